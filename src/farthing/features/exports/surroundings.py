"""Surroundings: what a book has besides transactions, for the formats that have words for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.features.exports.spool import Spool
from farthing.formats.drafts import DraftAccount, DraftAssertion, DraftPrice


@dataclass(slots=True)
class Surroundings:
    """What stands around the transactions of an export. Closed when they are written.

    ``is_whole`` says that all transactions of the book are among them; without that nothing is said of balances that
    the transactions would have to come to. ``held`` is what accounts hold at the end of ``until`` by account and
    currency, what is pending aside.
    """

    title: str
    currency: str
    until: dt.date
    is_whole: bool
    made_at: dt.datetime
    accounts: tuple[DraftAccount, ...] = ()
    prices: Spool[DraftPrice] = field(default_factory=Spool)
    assertions: tuple[DraftAssertion, ...] = ()
    held: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of what waits on the disk."""
        self.prices.close()
