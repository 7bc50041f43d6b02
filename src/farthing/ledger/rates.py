"""Rates: what a unit of one thing is worth in another on a day, from what was said about the two. Pure, and exact.

What was said is a :class:`Quote`: a price that the book records, one that is noted on a posting, or a reference rate
of the instance, which is so much of a currency for a euro. A rate is found in a step or in two:

- a step is a quote of the pair, as it was said or the other way round; or two reference rates, crossed in the euro;
- two steps meet in a third thing that either is quoted in, or in one of those that are always tried (the euro, the
  book's own currency).

Of all ways it is the one that is fresh, then the newest, a way being as old as the oldest quote on it; of those the one
in fewer steps; and of one day a recorded price comes before a noted one, and that before a reference rate.

No quote is of every day. Money is quoted on working days, so what is at most a week old is fresh; of anything else,
what is at most a month old. What is older is carried on, marked as stale, for a year and for ten; after that there is
no rate.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from farthing.ledger.currencies import BY_ISO

EURO = "EUR"
"""What reference rates are in."""
MONEY_FRESH_DAYS, MONEY_CARRIED_DAYS = 7, 366
FRESH_DAYS, CARRIED_DAYS = 31, 3653
"""For how long a quote is fresh, and how long it is carried on: of money, and of anything else."""
SHOWN_DIGITS = 16
GRAINS = 10**40
"""So many grains are a unit of a currency: see :func:`convert`."""
ONE = Fraction(1)
_SHOWN = Context(prec=SHOWN_DIGITS, rounding=ROUND_HALF_EVEN)


class Origin(StrEnum):
    """Who says what something is worth. Of one day the first of these counts."""

    RECORDED = "recorded"
    """The book, as one of its prices."""
    NOTED = "noted"
    """A posting."""
    REFERENCE = "reference"
    """The instance, for all its books."""


_RANK = {Origin.RECORDED: 2, Origin.NOTED: 1, Origin.REFERENCE: 0}


@dataclass(frozen=True, slots=True)
class Quote:
    """On ``date`` a unit of ``commodity`` was worth ``amount`` of ``currency``, as ``source`` says.

    ``id`` is that of the price or of the transaction; reference rates have none.
    """

    commodity: str
    currency: str
    date: dt.date
    amount: Decimal
    origin: Origin
    source: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A quote on the way; ``inverse``: taken the other way round."""

    quote: Quote
    inverse: bool = False

    @property
    def from_code(self) -> str:
        """What it leads from."""
        return self.quote.currency if self.inverse else self.quote.commodity

    @property
    def to_code(self) -> str:
        """What it leads to."""
        return self.quote.commodity if self.inverse else self.quote.currency

    @property
    def value(self) -> Fraction:
        """How much of the one a unit of the other is."""
        amount = Fraction(self.quote.amount)
        return 1 / amount if self.inverse else amount


@dataclass(frozen=True, slots=True)
class Rate:
    """What a unit of ``commodity`` is worth in ``currency``, asked about ``on``.

    ``date`` is that of the oldest quote it rests on; ``stale``, that one of them was carried on for longer than is
    usual. No steps: the two are one.
    """

    commodity: str
    currency: str
    on: dt.date
    date: dt.date
    value: Fraction
    stale: bool
    steps: tuple[Step, ...]

    @property
    def source(self) -> str:
        """Who says so: every source once, in order."""
        return ", ".join(dict.fromkeys(step.quote.source for step in self.steps))

    @property
    def via(self) -> tuple[str, ...]:
        """What it leads through."""
        return tuple(step.to_code for step in self.steps[:-1])

    def shown(self) -> Decimal:
        """The value in figures: exact where it has at most 16 digits, else rounded to so many."""
        return decimal_of(self.value)


class Rates:
    """What was said, and the rates that follow from it.

    Args:
        quotes: of each pair asked about, those in force on the days asked about; more don't hurt.
        base: the book's currency, through which ways are tried too.
    """

    def __init__(self, quotes: Iterable[Quote], base: str = EURO) -> None:
        self._through = (EURO, base)
        pairs: dict[tuple[str, str], list[Quote]] = {}
        reference: dict[str, list[Quote]] = {}
        self._beside: dict[str, dict[str, None]] = {}
        for quote in quotes:
            if quote.origin is Origin.REFERENCE:
                reference.setdefault(quote.currency, []).append(quote)
                continue
            pairs.setdefault((quote.commodity, quote.currency), []).append(quote)
            self._beside.setdefault(quote.commodity, {})[quote.currency] = None
            self._beside.setdefault(quote.currency, {})[quote.commodity] = None
        self._pairs = {pair: _Series(said) for pair, said in pairs.items()}
        self._reference = {code: _Series(said) for code, said in reference.items()}
        self._found: dict[tuple[str, str, dt.date], Rate | None] = {}

    def get(self, commodity: str, currency: str, on: dt.date) -> Rate | None:
        """What a unit of something is worth in a currency by the end of a day; None: that can't be told."""
        asked = commodity, currency, on
        if asked not in self._found:
            self._found[asked] = self._find(commodity, currency, on)
        return self._found[asked]

    def _find(self, commodity: str, currency: str, on: dt.date) -> Rate | None:
        if commodity == currency:
            return Rate(commodity, currency, on, on, ONE, stale=False, steps=())
        ways = list(self._steps(commodity, currency, on))
        beside = (*self._beside.get(commodity, ()), *self._beside.get(currency, ()))
        for between in dict.fromkeys((*beside, *self._through)):
            if between in {commodity, currency}:
                continue
            seconds = list(self._steps(between, currency, on))
            if seconds:
                ways += [(*one, *other) for one in self._steps(commodity, between, on) for other in seconds]
        if not ways:
            return None
        steps = max(ways, key=lambda way: _worth(way, on))
        value = ONE
        for step in steps:
            value *= step.value
        dates = [step.quote.date for step in steps]
        return Rate(commodity, currency, on, min(dates), value, stale=_is_stale(steps, on), steps=steps)

    def _steps(self, one: str, other: str, on: dt.date) -> Iterator[tuple[Step, ...]]:
        """The ways from one to another in a step."""
        for pair, is_inverse in (((one, other), False), ((other, one), True)):
            series = self._pairs.get(pair)
            quote = series.at(on) if series else None
            # What was worth nothing can't be turned round.
            if quote is not None and not (is_inverse and not quote.amount):
                yield (Step(quote, is_inverse),)
        crossed = []
        for code, is_inverse in ((one, True), (other, False)):
            if code == EURO:
                continue
            series = self._reference.get(code)
            quote = series.at(on) if series else None
            if quote is None:
                return
            crossed.append(Step(quote, is_inverse))
        yield tuple(crossed)


class _Series:
    """What was said about a pair, by day."""

    def __init__(self, quotes: Iterable[Quote]) -> None:
        self._quotes = sorted(quotes, key=lambda quote: (quote.date, _RANK[quote.origin]))
        self._dates = [quote.date for quote in self._quotes]

    def at(self, on: dt.date) -> Quote | None:
        """The last that was said by a day, if it isn't too long ago."""
        place = bisect_right(self._dates, on)
        if not place:
            return None
        quote = self._quotes[place - 1]
        return quote if (on - quote.date).days <= _days(quote, MONEY_CARRIED_DAYS, CARRIED_DAYS) else None


def convert(amount: Decimal | Fraction, rate: Fraction) -> int:
    """What an amount is worth at a rate, in grains, half to even.

    A grain is 10^-40 of a unit. Exact fractions would be as long as all rates that were ever added up; whole numbers
    stay short, are added up exactly, and what they lack is no part of a smallest unit that anybody could see.
    """
    numerator, denominator = amount.as_integer_ratio()
    divisor = denominator * rate.denominator
    whole, rest = divmod(numerator * rate.numerator * GRAINS, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))


def grains(amount: Decimal) -> int:
    """An amount in grains, exactly."""
    numerator, denominator = amount.as_integer_ratio()
    return numerator * GRAINS // denominator


def decimal_of(value: Fraction) -> Decimal:
    """A fraction in figures: exact where it has at most 16 digits, else rounded to so many, half to even."""
    shown = _SHOWN.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(_SHOWN)
    return Decimal(f"{shown:f}")


def _worth(way: tuple[Step, ...], on: dt.date) -> tuple[bool, dt.date, int, int]:
    """What makes one way better than another."""
    oldest = min(step.quote.date for step in way)
    return not _is_stale(way, on), oldest, -len(way), min(_RANK[step.quote.origin] for step in way)


def _is_stale(way: tuple[Step, ...], on: dt.date) -> bool:
    return any((on - step.quote.date).days > _days(step.quote, MONEY_FRESH_DAYS, FRESH_DAYS) for step in way)


def _days(quote: Quote, of_money: int, of_others: int) -> int:
    return of_money if quote.commodity in BY_ISO and quote.currency in BY_ISO else of_others
