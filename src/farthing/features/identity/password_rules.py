"""What a password must be: long, and not one of those that are tried first.

At least twelve characters, whatever they are, and no rules about kinds of characters (NIST SP 800-63B-4, 3.1.1.2).
What is tried first is told offline: a password is cut into as few pieces as possible, each a common word, a run, a
repetition, a year, something of its owner's own, or a single character. Few pieces are as good as few characters.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from farthing.features.identity.errors import PasswordCommon

FEWEST_PIECES = 4
"""With the commonest words and what people put around them, three pieces are guessed in hours; four in years."""
SHORTEST_PIECE = 3
LONGEST_PIECE = 20
LONGEST_OWN = 100
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789012",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!qaz@wsx#edc$rfv",
    "q1w2e3r4t5y6u7i8o9p0",
)
"""What lies side by side: in the alphabet, among the digits, and on keyboards."""
OF_THIS_PLACE = ("farthing", "money", "finance", "budget", "account")
_LEET = str.maketrans("013457@$!|", "oleastasil")
_REPEATED = re.compile(r"(.)\1{3,}|(.{2,8}?)\2+")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")


def judge(password: str, *, about: tuple[str, ...] = (), pointer: str = "/password") -> None:
    """Let a password pass that isn't among those that are tried first.

    Args:
        password: what is to become someone's password.
        about: what others may know of them: address and name.
        pointer: where the password stands in the body.

    Raises:
        PasswordCommon: it would be guessed.
    """
    if pieces(password, _words_about(about)) < FEWEST_PIECES:
        raise PasswordCommon.at(pointer)


def pieces(password: str, own: frozenset[str] = frozenset()) -> int:
    """In how few pieces a password can be told. Spaces, and what is said again, cost nothing."""
    plain = re.sub(r"\s+", "", password.casefold())
    known = common_words() | own
    longest = max(LONGEST_PIECE, *map(len, own)) if own else LONGEST_PIECE
    return min(_fewest(text, known, longest) for text in {plain, _said_once(plain)})


def _fewest(text: str, known: frozenset[str], longest: int) -> int:
    spelt = text.translate(_LEET)
    fewest = [0]
    for end in range(1, len(text) + 1):
        best = fewest[end - 1] + 1
        for start in range(max(0, end - longest), end - SHORTEST_PIECE + 1):
            if fewest[start] + 1 < best and (
                text[start:end] in known or spelt[start:end] in known or _is_run(text[start:end])
            ):
                best = fewest[start] + 1
        fewest.append(best)
    return fewest[-1]


def _said_once(text: str) -> str:
    while (repeated := _REPEATED.search(text)) is not None:
        text = text[: repeated.start()] + (repeated[1] or repeated[2]) + text[repeated.end() :]
    return text


@cache
def common_words() -> frozenset[str]:
    """The words that passwords are most often made of."""
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").split("\n")
    return frozenset([*(line for line in lines if line and not line.startswith("#")), *OF_THIS_PLACE])


@cache
def _runs() -> tuple[str, ...]:
    return (*RUNS, *(run[::-1] for run in RUNS))


def _is_run(piece: str) -> bool:
    return len(set(piece)) == 1 or any(piece in run for run in _runs()) or bool(_YEAR.fullmatch(piece))


def _words_about(about: tuple[str, ...]) -> frozenset[str]:
    """The words in what is known of someone, and each of it as a whole."""
    words = {word for text in about for word in re.split(r"[\W_]+", text.casefold())}
    wholes = {re.sub(r"[\W_]+", "", text.casefold()) for text in about} | {
        re.sub(r"\s", "", t.casefold()) for t in about
    }
    return frozenset(word for word in words | wholes if SHORTEST_PIECE <= len(word) <= LONGEST_OWN)
