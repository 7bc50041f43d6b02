"""The bridge of net worth: why what one is worth at the end of a range isn't what it was before. Pure, and exact.

What is owned and owed changes by what is posted on other accounts: income, spending, what is brought in, exchanged or
revalued. Each such posting counts by the rate of its day. What is left is what rates did to what was held: of money, by
currencies; of anything else, by its price, and by the currency that the price is in.

    worth after - worth before = income - spending + brought in + exchange + revaluation + price + currency

holds to the last digit, whatever the rates: what a thing gained is what it was worth after, less what it was worth
before and what came and went. What no rate is known for on a day is worth nothing on that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from farthing.ledger.currencies import BY_ISO
from farthing.ledger.rates import Rate, Rates, convert, grains


class BridgeStep(StrEnum):
    """What changes what one is worth."""

    INCOME = "income"
    SPENDING = "spending"
    """Counted against it: a negative figure."""
    BROUGHT_IN = "brought_in"
    """Opening balances, and whatever else is booked against equity."""
    EXCHANGE = "exchange"
    """What was got in exchanges, less what was given, by that day's rates."""
    REVALUATION = "revaluation"
    """What houses, cars and funds are said to be worth, less what they held."""
    PRICE = "price"
    """Prices of what isn't money, in the currency that they are in."""
    CURRENCY = "currency"
    """Rates of currencies."""


FLOWS = (
    BridgeStep.INCOME,
    BridgeStep.SPENDING,
    BridgeStep.BROUGHT_IN,
    BridgeStep.EXCHANGE,
    BridgeStep.REVALUATION,
)
"""What is posted, rather than held."""


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount posted in the range to accounts neither owned nor owed. A debit, like spending, is positive."""

    step: BridgeStep
    currency: str
    date: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Gain:
    """What rates did to what was held of a commodity, in grains; ``before`` and ``after``, how much of it there was."""

    before: Decimal
    after: Decimal
    price: int
    currency: int


@dataclass(slots=True)
class Bridge:
    """What net worth was, what it is, and all steps from the one to the other, in grains: 10^40 are a unit."""

    before: int = 0
    after: int = 0
    steps: dict[BridgeStep, int] = field(default_factory=lambda: dict.fromkeys(BridgeStep, 0))
    gains: dict[str, Gain] = field(default_factory=dict)


def build_bridge(
    before: Mapping[str, Decimal],
    after: Mapping[str, Decimal],
    flows: Iterable[Flow],
    rates: Rates,
    *,
    currency: str,
    eve: dt.date,
    last: dt.date,
) -> Bridge:
    """Say why net worth changed.

    Args:
        before: what was owned less what was owed at the end of ``eve``, by currency.
        after: the same at the end of ``last``.
        flows: what was posted to all other accounts between the two.
        rates: those of all these days.
        currency: in which it is told.
        eve: the day before the range.
        last: its last day.
    """
    bridge = Bridge()
    flows_of: dict[str, list[Flow]] = {}
    for flow in flows:
        flows_of.setdefault(flow.currency, []).append(flow)
    for code in sorted({*before, *after, *flows_of}):
        held, holds = before.get(code, Decimal(0)), after.get(code, Decimal(0))
        was, will = _worth(held, code, rates, currency, eve), _worth(holds, code, rates, currency, last)
        gained = will - was
        for flow in flows_of.get(code, ()):
            came = _worth(-flow.amount, code, rates, currency, flow.date)
            bridge.steps[flow.step] += came
            gained -= came
        bridge.before += was
        bridge.after += will
        if code == currency:
            continue
        of_currency = gained
        if code not in BY_ISO:
            lots = [(held, eve), *((-flow.amount, flow.date) for flow in flows_of.get(code, ()))]
            of_currency = sum(_by_currency(amount, code, rates, currency, day, last) for amount, day in lots)
        bridge.steps[BridgeStep.CURRENCY] += of_currency
        bridge.steps[BridgeStep.PRICE] += gained - of_currency
        if gained or of_currency:
            bridge.gains[code] = Gain(held, holds, gained - of_currency, of_currency)
    return bridge


def _worth(amount: Decimal, code: str, rates: Rates, currency: str, day: dt.date) -> int:
    if code == currency or not amount:
        return grains(amount)
    rate = rates.get(code, currency, day)
    return 0 if rate is None else convert(amount, rate.value)


def _by_currency(amount: Decimal, code: str, rates: Rates, currency: str, day: dt.date, last: dt.date) -> int:
    """What the currency of a thing's price did to an amount of it since a day, by the price of that day.

    Where either price isn't in a currency, or the two are in different ones, all that happened is the price's doing.
    """
    was, now = (_parted(rates.get(code, currency, each)) for each in (day, last))
    if was is None or now is None or was[0] != now[0]:
        return 0
    (_, price, rate_then), (_, _, rate_now) = was, now
    return convert(amount, price * (rate_now - rate_then))


def _parted(rate: Rate | None) -> tuple[str, Fraction, Fraction] | None:
    """The currency that a rate's price is in, the price, and what a unit of that currency is worth."""
    if rate is None or not rate.steps:
        return None
    first, *others = rate.steps
    if first.to_code not in BY_ISO:
        return None
    worth = Fraction(1)
    for step in others:
        worth *= step.value
    return first.to_code, first.value, worth
