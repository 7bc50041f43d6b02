"""Postings: completing and balancing a transaction, exactly.

Per currency, the amounts of a transaction sum to zero. An exchange between currencies names both amounts; the
difference in each currency is booked to the trading account, so that the sum is zero in every one of them and no
rate ever has to be rounded (Peter Selinger, "Tutorial on Multiple Currency Accounting", 2005).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from farthing.kit.faults import Invalid
from farthing.ledger.money import EXACT

MIN_POSTINGS = 2
MAX_POSTINGS = 200


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit was worth in another currency. A fact that is noted on a posting, and never part of the balance."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a unit was bought for, noted as a price is; on which day, and what the lot is called."""

    amount: Decimal
    currency: str
    date: dt.date | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One posting as it is about to be written. ``amount`` is None where the writer left it out."""

    account_id: UUID
    amount: Decimal | None
    currency: str
    id: UUID | None = None
    status: str = "cleared"
    memo: str | None = None
    generated: bool = False
    price: Price | None = None
    cost: Cost | None = None


class TransactionUnbalanced(Invalid):
    """The amounts of the transaction don't sum to zero."""

    code = "transaction_unbalanced"
    message = "The postings don't sum to zero: {excess} too much. Name both amounts of an exchange, or correct one."
    sample = {"excess": "5.00 EUR"}


class AmountMissing(Invalid):
    """More than one amount was left out, or none is left to fill it with."""

    code = "amount_missing"
    message = "At most one amount may be left out, and only where the others leave one currency open."


def excesses(lines: Iterable[Line]) -> dict[str, Decimal]:
    """What each currency's amounts sum to, where that isn't zero."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.amount is not None:
            sums[line.currency] = EXACT.add(sums[line.currency], line.amount)
    return {currency: amount for currency, amount in sums.items() if amount}


def complete(lines: Sequence[Line], *, pointer: str = "/postings") -> tuple[Line, ...]:
    """Fill in the one amount that may have been left out: what makes the transaction balance.

    Raises:
        AmountMissing: it can't be told.
    """
    open_places = [place for place, line in enumerate(lines) if line.amount is None]
    if not open_places:
        return tuple(lines)
    left = excesses(lines)
    if len(open_places) > 1 or len(left) != 1:
        raise AmountMissing.at(f"{pointer}/{open_places[-1]}/amount")
    ((currency, amount),) = left.items()
    filled = list(lines)
    filled[open_places[0]] = replace(filled[open_places[0]], amount=-amount, currency=currency)
    return tuple(filled)


def balance(lines: Sequence[Line], *, trading_account_id: UUID, pointer: str = "/postings") -> tuple[Line, ...]:
    """The lines with the generated postings that an exchange between currencies needs.

    An exchange gives in one currency and takes in another: money that only appears, or only vanishes, is a mistake.

    Raises:
        TransactionUnbalanced: the amounts don't sum to zero and aren't an exchange.
    """
    left = excesses(lines)
    if not left:
        return tuple(lines)
    if not (min(left.values()) < 0 < max(left.values())):
        raise TransactionUnbalanced.at(
            pointer, excess=", ".join(f"{amount:f} {currency}" for currency, amount in sorted(left.items()))
        )
    trading = (
        Line(account_id=trading_account_id, amount=-amount, currency=currency, generated=True)
        for currency, amount in sorted(left.items())
    )
    return (*lines, *trading)
