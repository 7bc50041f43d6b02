"""Names that other programs give to accounts and categories, as parts of a path here.

A colon parts the segments of a path, so a name of another program can't keep one: it becomes :data:`COLON`, which looks
the same, is the same to nobody else, and can be turned back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass, field

from farthing.ledger.accounts import SEPARATOR, name_key

COLON = "\ua789"
"""The letter that looks like a colon (MODIFIER LETTER COLON); no form of Unicode turns it into one."""
UNNAMED = "Unnamed"
LONGEST = 100
"""A name has at most so many characters here."""


def one_line(text: str | None) -> str | None:
    """Text without line breaks, control characters and padding; None where nothing is left."""
    if text is None:
        return None
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(each) in ("Cc", "Zl", "Zp", "Cs") else each for each in text)
    return " ".join(text.split()) or None


def segment(text: str | None) -> str:
    """A name of another program as one segment of a path."""
    return ((one_line(text) or UNNAMED).replace(SEPARATOR, COLON)[:LONGEST]).strip() or UNNAMED


def path(*names: str | None) -> str:
    """Names, each below the one before, as a path. Those that are empty are left out."""
    found = [segment(name) for name in names if one_line(name)]
    return SEPARATOR.join(found or [UNNAMED])


def original(segment_: str) -> str:
    """The name that a segment was made of."""
    return segment_.replace(COLON, SEPARATOR)


@dataclass(slots=True)
class Paths:
    """The paths of a program's accounts, by whatever it tells them apart by. No two are called alike here."""

    _of: dict[Hashable, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def give(self, account: Hashable, name: str | None, *, below: str | None = None) -> str:
        """The path of an account; one that it has already stays.

        Args:
            account: what tells it apart.
            name: what the program calls it.
            below: the path of the account above it.
        """
        if (known := self._of.get(account)) is not None:
            return known
        stem = segment(name)
        before = f"{below}{SEPARATOR}" if below else ""
        found, count = f"{before}{stem}", 1
        while name_key(found) in self._taken:
            count += 1
            mark = f" ({count})"
            found = f"{before}{stem[: LONGEST - len(mark)]}{mark}"
        self._taken.add(name_key(found))
        self._of[account] = found
        return found
