"""Flows: what came to an account or left it by one transaction. Recurrence and forecasts are told from them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Flow:
    """What one transaction did to one account that money can be in, in one currency.

    ``amount`` is signed from the account's view: what left is negative. ``who`` is who the money went to or came from,
    as far as it is told: flows that share it are of one payee, or bear the same words. ``category_id`` is the income
    or expense account of its largest other line, None for a transfer between accounts that money can be in.
    """

    transaction_id: UUID
    account_id: UUID
    date: dt.date
    amount: Decimal
    currency: str
    who: str
    category_id: UUID | None

    @property
    def is_transfer(self) -> bool:
        """Whether the money only went from one account to another."""
        return self.category_id is None

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        """What tells it from all others."""
        return self.transaction_id, self.account_id, self.currency


def median(values: list[float]) -> float:
    """The middle value; of an even number, halfway between the two in the middle. There is at least one."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread(values: list[float]) -> float:
    """The median distance from the median, scaled so that it is the standard deviation where values are normal."""
    middle = median(values)
    return median([abs(value - middle) for value in values]) * 1.4826
