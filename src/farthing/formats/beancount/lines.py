"""Lines of a beancount file: taken apart into tokens, strings that run over several lines kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farthing.formats.drafts import FileUnreadable

_BEYOND_ASCII = "\u0080-\U0010ffff"
_PART = f"[A-Za-z0-9{_BEYOND_ASCII}-]*+"
ACCOUNT = rf"[A-Z{_BEYOND_ASCII}]{_PART}(?::[A-Z0-9{_BEYOND_ASCII}]{_PART})++"
KEY = r"[a-z][A-Za-z0-9_-]*+"
WORD = r"[A-Za-z0-9_/.-]++"
"""What tags and links are made of."""

_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\f]++)
    |(?P<end>\n)
    |(?P<comment>;[^\n]*+)
    |(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")
    |(?P<date>[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}(?![0-9]))
    |(?P<account>{ACCOUNT})
    |(?P<key>{KEY}:(?=\s|\Z))
    |(?P<number>[0-9][0-9,]*+(?:\.[0-9]*+)?|\.[0-9]++)
    |(?P<currency>/?[A-Z][A-Z0-9'._-]*+)
    |(?P<word>[a-z][a-z_]*+)
    |(?P<tag>\#{WORD})
    |(?P<link>\^{WORD})
    |(?P<mark>\{{\{{|\}}\}}|@@|[]{{}}@()+*/,~|!&#?%=-])
    """,
    re.VERBOSE | re.DOTALL,
)
_PASSED_OVER = re.compile(r"[*:#!&?%][^\n]*+")
"""Lines of Org mode and the like, which beancount passes over where they begin in the first column."""
_BLANK = re.compile(r"(?:[ \t\r\f]*+(?:;[^\n]*+)?\n)++")

Token = tuple[str, str]
"""Its kind, by the names of the pattern, and its text."""


@dataclass(slots=True)
class Line:
    """A line with something on it. ``is_indented``: it belongs to the directive above."""

    number: int
    is_indented: bool
    tokens: list[Token]


def lines(text: str) -> Iterator[Line]:
    """The lines that aren't blank, comments, or headings of Org mode.

    Raises:
        FileUnreadable: a character that begins nothing, or a string that never ends.
    """
    place, number, size = 0, 1, len(text)
    match = _TOKEN.match
    while place < size:
        if blank := _BLANK.match(text, place):
            number += text.count("\n", place, blank.end())
            place = blank.end()
            continue
        if passed := _PASSED_OVER.match(text, place):
            place = passed.end() + 1
            number += 1
            continue
        began, is_indented = number, text[place] in " \t"
        tokens: list[Token] = []
        while place < size:
            found = match(text, place)
            if found is None:
                raise _unreadable(text, place, number)
            kind = found.lastgroup or ""
            place = found.end()
            if kind == "end":
                number += 1
                break
            if kind == "string":
                number += found.group().count("\n")
            if kind not in {"space", "comment"}:
                tokens.append((kind, found.group()))
        if tokens:
            yield Line(began, is_indented, tokens)


def _unreadable(text: str, place: int, number: int) -> FileUnreadable:
    if text[place] == '"':
        return FileUnreadable.on_line(number, problem=f"line {number} begins a text that never ends")
    return FileUnreadable.on_line(number, problem=f"line {number} holds something that is no part of a directive")
