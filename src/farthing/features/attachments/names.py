"""What files are called: a name is for people to read, and never says where anything lies."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 200
NAMELESS = "attachment"
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what isn't seen, among it what turns the direction of writing."""
_PATH = re.compile(r"[/\\]")
_SUFFIX = re.compile(r"\.[^.\s]{1,16}\Z")


def is_fit(name: str) -> bool:
    """Whether a name is nothing but a name."""
    return bool(name.strip(". ")) and not _PATH.search(name) and not any(map(_is_unfit, name))


def fitted(name: str | None) -> str:
    """A file's name as a browser sends it, without folders, without what isn't seen, and not too long."""
    last = _PATH.split(unicodedata.normalize("NFC", name or ""))[-1]
    plain = " ".join("".join(" " if each.isspace() else each for each in last if not _is_hidden(each)).split())
    if not plain.strip(". "):
        return NAMELESS
    suffix = found[0] if (found := _SUFFIX.search(plain)) else ""
    return plain if len(plain) <= MAX_NAME else plain[: MAX_NAME - len(suffix)] + suffix


def _is_hidden(character: str) -> bool:
    return _is_unfit(character) and not character.isspace()


def _is_unfit(character: str) -> bool:
    return unicodedata.category(character) in _UNFIT
