"""Labels: the payees and tags that a file names, and who or what is meant by them. Pure.

Unlike accounts (``mapping.py``) there may be thousands, and most of them mean what they say: a payee or a tag of that
name, found or made. A draft only keeps what a person says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

Kept = dict[str, dict[str, Any]]
"""What a draft keeps: by kind and name, what the name is taken for; None: it is left out."""


class LabelKind(StrEnum):
    """What a name is of."""

    PAYEE = "payee"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Which payee or tag of the book was meant by a name, so that it is meant in the next file, too."""

    kind: LabelKind
    name: str
    id: UUID

    @property
    def key(self) -> str:
        """As a profile calls it, beside the names of accounts."""
        return f"{self.kind}:{self.name}"


def remembered(mapping: Mapping[str, str]) -> list[Remembered]:
    """What a profile says of payees and tags."""
    found = []
    for key, value in mapping.items():
        kind, colon, name = key.partition(":")
        if colon and kind in set(LabelKind):
            found.append(Remembered(LabelKind(kind), name, UUID(value)))
    return found


def taken_for(kept: Mapping[str, Mapping[str, Any]], kind: LabelKind, names: Iterable[str]) -> dict[str, str]:
    """What names are taken for, by what a draft keeps; those that are left out aren't there."""
    said = kept.get(kind, {})
    found = ((name, said[name]["called"] if name in said else name) for name in names)
    return {name: called for name, called in found if called is not None}
