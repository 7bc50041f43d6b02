"""Conversions: figures in many currencies told in one, exactly, with the rates that each of them rests on. Pure.

What a posting is worth is told to 40 digits, and added up exactly; nothing is rounded before a whole column of a
section is known. Then its figures are rounded together, so that they add up to their exact sum, rounded once. What no
rate is known for stays beside it, in its own currency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from farthing.features.prices.service.rate import shown
from farthing.features.reports.service.figures import Figures, Sums
from farthing.features.reports.valued_schemas import Valued
from farthing.ledger.currencies import Currencies
from farthing.ledger.money import EXACT
from farthing.ledger.rates import GRAINS, Rate, Rates, convert, grains
from farthing.ledger.rounding import rounded_together

K = TypeVar("K", bound=Hashable)
NONE = Decimal(0)
AS_POSTED: Mapping[str, Any] = {"currency": None, "valued": None, "rates": [], "unconverted": []}
"""What a report says in which nothing is converted."""


BY_POSTING = frozenset({Valued.COST, Valued.POSTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """An amount in a currency, valued by the rate of a day.

    ``cost`` of ``cost_currency`` is what was paid for all of it, where that is asked for and known.
    """

    currency: str
    amount: Decimal
    valued_on: dt.date
    cost_currency: str | None = None
    cost: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedLot(Lot):
    """An amount posted to an account, and counted on a day that needn't be the one by whose rate it is valued."""

    account_id: UUID
    counted_on: dt.date


@dataclass(slots=True)
class Part:
    """How much of a figure was in a foreign currency, and by which rates it was converted, by their places."""

    amount: Decimal
    rates: set[int]


Parts = Mapping[str, Part]
"""Parts of a figure, by currency."""


@dataclass(slots=True)
class Worth:
    """What some postings come to: in the currency of the report, and in those that stayed.

    ``value`` is in grains: 10^40 are a unit.
    """

    value: int = 0
    left: Sums = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    def add(self, currency: str, amount: Decimal, value: int, rates: Iterable[int]) -> None:
        """Count something that was converted."""
        self.value += value
        part = self.parts.get(currency)
        if part is None:
            self.parts[currency] = Part(amount, set(rates))
        else:
            part.amount = EXACT.add(part.amount, amount)
            part.rates.update(rates)

    def include(self, other: Worth) -> None:
        """Count all of another."""
        self.value += other.value
        for currency, amount in other.left.items():
            self.leave(currency, amount)
        for currency, part in other.parts.items():
            self.add(currency, part.amount, 0, part.rates)

    def leave(self, currency: str, amount: Decimal) -> None:
        """Count something that can't be."""
        self.left[currency] = EXACT.add(self.left.get(currency, NONE), amount)


Worths = Mapping[UUID, Sequence[Worth]]
"""What accounts' own postings come to, a column each."""


class Conversion:
    """How a report is told in one currency: with which rates, kept once each, and what stayed as it was.

    Args:
        currency: the one.
        digits: how many that has after the point.
        valued: by which rates.
    """

    def __init__(self, currency: str, digits: int, valued: Valued) -> None:
        self.currency = currency
        self.digits = digits
        self.valued = valued
        self.left: set[str] = set()
        self._places: dict[tuple[str, str, dt.date], int] = {}
        self._rates: list[Rate] = []

    def place(self, rate: Rate) -> int:
        """Where a rate stands among all that were used."""
        key = rate.commodity, rate.currency, rate.on
        if key not in self._places:
            self._places[key] = len(self._rates)
            self._rates.append(rate)
        return self._places[key]

    def is_stale(self, places: Iterable[int]) -> bool:
        """Whether one of these rates is stale."""
        return any(self._rates[place].stale for place in places)

    def shown(self) -> dict[str, Any]:
        """What a report says about it."""
        return {
            "currency": self.currency,
            "valued": self.valued,
            "rates": [shown(rate) for rate in self._rates],
            "unconverted": sorted(self.left),
        }

    def noted(self, parts: Parts, currencies: Currencies, *, is_turned: bool = False) -> list[dict[str, Any]]:
        """What a figure says of what was converted for it; turned like the figure."""
        return [
            {
                "amount": currencies.show(EXACT.minus(part.amount) if is_turned else part.amount, currency),
                "currency": currency,
                "rates": sorted(part.rates),
                "stale": self.is_stale(part.rates),
            }
            for currency, part in sorted(parts.items())
        ]

    def leave(self, worths: Iterable[Worth]) -> None:
        """Say that what of these has no rate stays in its own currency."""
        self.left |= {code for worth in worths for code, amount in worth.left.items() if amount}

    def rounded(self, worths: Mapping[K, Worth], together: Iterable[Iterable[K]]) -> dict[K, Sums]:
        """Figures to be shown: those of each group are rounded so that they add up to their exact sum, rounded once.

        Args:
            worths: what they are, exactly.
            together: the groups; what is in none has no figure.
        """
        figures: dict[K, Sums] = {}
        for group in together:
            values = {key: Fraction(worths[key].value, GRAINS) for key in group}
            for key, amount in rounded_together(values, self.digits).items():
                figures[key] = {**worths[key].left, self.currency: amount}
        return figures

    def figures(self, worths: Worths, sections: Iterable[Collection[UUID]], periods: int) -> Figures:
        """Figures of accounts to be shown: those of each section and column are rounded so that they add up.

        Args:
            worths: what accounts' own postings come to.
            sections: the accounts of each section.
            periods: how many columns there are.
        """
        cells = {(account_id, column): worth for account_id, own in worths.items() for column, worth in enumerate(own)}
        within = [[account_id for account_id in section if account_id in worths] for section in sections]
        columns = [[(account_id, column) for account_id in each] for each in within for column in range(periods)]
        rounded = self.rounded(cells, columns)
        accounts = [account_id for each in within for account_id in each]
        return Figures(periods, {id_: [rounded[id_, column] for column in range(periods)] for id_ in accounts})


class Notes:
    """What figures rest on: which amounts were converted by which rates, for accounts and for all that is above them.

    Args:
        conversion: how.
        own: those of accounts by themselves.
        columns: how many there are.
    """

    def __init__(self, conversion: Conversion, own: Mapping[UUID, Sequence[Parts]], columns: int) -> None:
        self.conversion = conversion
        self.columns = columns
        self._own = own

    def rolled_up(self, chart: Sequence[Mapping[str, Any]]) -> Mapping[UUID, Sequence[Parts]]:
        """Those of these accounts, each with all accounts below it; children stand behind their parents."""
        within = {account["id"] for account in chart}
        whole = {account_id: own for account_id, own in self._own.items() if account_id in within}
        for account in reversed(chart):
            own, above = whole.get(account["id"]), account["parent_id"]
            if own is None or above not in within:
                continue
            there = whole.get(above)
            whole[above] = own if there is None else [*map(merged, there, own)]
        return whole

    def total(self, account_ids: Iterable[UUID]) -> list[Parts]:
        """Those of accounts together."""
        total: list[Parts] = [{}] * self.columns
        for account_id in account_ids:
            if (own := self._own.get(account_id)) is not None:
                total = [merged(one, other) for one, other in zip(total, own, strict=True)]
        return total


def parts_of(worths: Worths) -> Mapping[UUID, Sequence[Parts]]:
    """What of accounts' own postings was converted."""
    return {account_id: [worth.parts for worth in own] for account_id, own in worths.items()}


def merged(one: Parts, other: Parts) -> Parts:
    """What two figures together rest on."""
    both = dict(one)
    for currency, part in other.items():
        there = both.get(currency)
        both[currency] = part if there is None else Part(EXACT.add(there.amount, part.amount), there.rates | part.rates)
    return both


def risen(worths: Worths) -> Worths:
    """By how much worths rise from each column to the next; a rise rests on the rates of both."""
    found: dict[UUID, list[Worth]] = {}
    for account_id, own in worths.items():
        found[account_id] = []
        for before, after in pairwise(own):
            rise = Worth(after.value - before.value)
            for currency in {**before.left, **after.left}:
                rise.leave(currency, EXACT.subtract(after.left.get(currency, NONE), before.left.get(currency, NONE)))
            for worth, amount in ((before, NONE), (after, None)):
                for currency, part in worth.parts.items():
                    rise.add(currency, part.amount if amount is None else amount, 0, part.rates)
            found[account_id].append(rise)
    return found


def exchanged(amount: Decimal, given: Decimal, taken: Decimal) -> Fraction:
    """What was paid for an amount, where so much of another currency was given for so much of its own."""
    return Fraction(convert(amount, Fraction(given) / Fraction(taken)), GRAINS)


def count_lot(conversion: Conversion, rates: Rates, worth: Worth, lot: Lot) -> None:
    """Count a lot at what was paid, if that is known, or by the rate of its day."""
    if lot.cost is None or lot.cost_currency is None:
        count(conversion, rates, worth, lot.currency, lot.amount, lot.valued_on)
        return
    rate = rates.get(lot.cost_currency, conversion.currency, lot.valued_on)
    if rate is None:
        worth.leave(lot.currency, lot.amount)
    else:
        worth.add(
            lot.currency, lot.amount, convert(lot.cost, rate.value), [conversion.place(rate)] if rate.steps else ()
        )


def count(conversion: Conversion, rates: Rates, worth: Worth, currency: str, amount: Decimal, day: dt.date) -> None:
    """Count an amount by the rate of a day."""
    if currency == conversion.currency:
        worth.value += grains(amount)
        return
    if not amount:
        return
    rate = rates.get(currency, conversion.currency, day)
    if rate is None:
        worth.leave(currency, amount)
    else:
        worth.add(currency, amount, convert(amount, rate.value), [conversion.place(rate)])
