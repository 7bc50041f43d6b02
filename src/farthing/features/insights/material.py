"""What is read of a book to look into it, and what is forecast of an account."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from farthing.ledger.currencies import Currencies
from farthing.ledger.flows import Flow
from farthing.ledger.forecast import Key, Point, Score

VAST = Decimal(10) ** 13
"""Of larger amounts a float doesn't know the cents: accounts that saw such aren't forecast."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is read of a book to look into it: one state of it.

    ``day`` is until when the book is kept. ``held`` is what accounts hold at its end, ``coming`` what is recorded for
    days to come. ``labels`` says how each ``who`` of the flows is written. ``settled`` are pairs of which it is known
    that they are two, the lesser id first. ``wrong_sums`` are findings of what isn't as the postings have it.
    """

    book_id: UUID
    revision: int
    day: dt.date
    flows: Sequence[Flow]
    coming: Sequence[Flow]
    transactions: int
    held: Mapping[Key, Decimal]
    names: Mapping[UUID, str]
    owed: frozenset[UUID]
    """The accounts of debts: these may hold less than nothing."""
    labels: Mapping[str, str]
    settled: frozenset[tuple[UUID, UUID]]
    currencies: Currencies
    wrong_sums: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """What makes chance the same for the same state of the book."""
        return int.from_bytes(hashlib.sha256(self.book_id.bytes + str(self.revision).encode()).digest()[:8])


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is forecast of an account, or of all together (None), in a currency."""

    account_id: UUID | None
    currency: str
    held: Decimal
    points: tuple[Point, ...]
    score: Score
