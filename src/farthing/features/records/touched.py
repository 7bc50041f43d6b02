"""Touched records: what a write, or all writes since one, did to which record."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from farthing.core.records import KINDS, Image


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record stands in the order in which records were last touched."""

    revision: int
    id: UUID
    kind: str


BEGINNING = UUID(int=0)
"""The first of all ids, which no record has."""


@dataclass(frozen=True, slots=True)
class Last:
    """A record, by the last write that touched it."""

    place: Place
    gone: bool
    """Whether that write deleted it."""
    known: bool
    """Whether the book held it at the revision that was asked from; of what is gone this isn't looked up."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What one write did to a record: what it was before and after, and what it is now. None: there was none."""

    kind: str
    id: UUID
    before: Image | None
    after: Image | None
    now: Image | None

    @property
    def is_current(self) -> bool:
        """Whether the record says now what it said right after the write."""
        return _same(self.kind, self.after, self.now)

    @property
    def is_undone(self) -> bool:
        """Whether the record says now what it said before the write."""
        return _same(self.kind, self.before, self.now)


def _same(kind: str, one: Image | None, other: Image | None) -> bool:
    if one is None or other is None:
        return one is other
    return KINDS[kind].own_content(one) == KINDS[kind].own_content(other)
