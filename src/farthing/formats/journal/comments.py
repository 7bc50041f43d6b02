"""Comments in journals: their words, and the tags among them.

``name:value`` is hledger's tag, up to a comma; ``:one:two:`` are Ledger's, as is ``name: value`` on a line of its own.
A file that this program wrote says so in its first line; in it a backslash keeps colons, commas and line ends from
meaning anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

SIGNATURE = "; Written by Farthing, 1"
"""The first line of a journal that this program writes, and the version of what it escapes."""

TAG_NAME = r"[^\W\d_][^\s:,\\\[\](){}\"';]{0,100}+"
_TAG = re.compile(rf"(?:(?<=\s)|(?<=,)|\A)(?P<name>{TAG_NAME}):(?!/)(?P<value>(?:\\.|[^,\n\\])*+)")
_TAGS = re.compile(r"(?:(?<=\s)|\A):(?P<names>[^\s:,]{1,100}(?::[^\s:,]{1,100}){0,30}):(?=\s|,|\Z)")
_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})\Z")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "c": ";", "l": "[", "g": "]", "w": " ", "e": ""}


@dataclass(slots=True)
class Comment:
    """What comments say: tags with values, tags without, and the lines that are more than tags."""

    values: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        """The lines, where there are any."""
        return "\n".join(self.lines).strip("\n") or None


def comment(lines: Sequence[str], *, is_own: bool) -> Comment:
    """Read the lines of a comment, their semicolons taken away.

    Args:
        lines: in their order.
        is_own: whether this program wrote the file, so that backslashes escape.
    """
    found = Comment()
    for line in lines:
        rest = _TAGS.sub(lambda each: _add_words(found, each["names"].split(":")), line) if ":" in line else line
        rest = _TAG.sub(lambda each: _add(found, each["name"], each["value"], is_own=is_own), rest)
        if rest.strip(", \t") or (rest == line and line.strip()):
            found.lines.append(unescaped(line.strip()) if is_own else line.strip())
    return found


def _add_words(found: Comment, names: Sequence[str]) -> str:
    found.words += [name for name in names if name and name not in found.words]
    return ""


def _add(found: Comment, name: str, value: str, *, is_own: bool) -> str:
    value = unescaped(value.strip()) if is_own else value.strip()
    name = name.removesuffix(":")
    if value:
        found.values.setdefault(name, value)
    elif name not in found.words:
        found.words.append(name)
    return ""


def unescaped(text: str) -> str:
    """What a text of this program's own says."""
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def day_of(text: str) -> dt.date | None:
    """The day that a value of a tag is, or None."""
    found = _DAY.match(text)
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
