"""Amounts as reports show them: by currency, what they come to on average, and which part of a whole they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from farthing.features.reports.service.figures import NOTHING, Sums, minus
from farthing.ledger.currencies import Currencies

HUNDRED = Decimal(100)
TENTHS = Decimal("0.1")
ROUNDED = Context(prec=200, rounding=ROUND_HALF_EVEN)
"""For averages and shares alone: what is posted is never rounded."""


def money(sums: Mapping[str, Decimal], currencies: Currencies) -> list[dict[str, Any]]:
    """Amounts by currency, in the order of their codes; of what comes to nothing there is none."""
    return [
        {"amount": currencies.show(amount, currency), "currency": currency}
        for currency, amount in sorted(sums.items())
        if amount
    ]


def cells(figures: Sequence[Sums], others: Sequence[Sums] | None, currencies: Currencies) -> list[dict[str, Any]]:
    """Figures, and what they are compared with, if with anything."""
    if others is None:
        return [{"amounts": money(sums, currencies), "compared": None, "change": None} for sums in figures]
    return [
        {
            "amounts": money(sums, currencies),
            "compared": money(other, currencies),
            "change": money(minus(sums, other), currencies),
        }
        for sums, other in zip(figures, others, strict=True)
    ]


def divided(sums: Mapping[str, Decimal], by: int, currencies: Currencies) -> Sums:
    """So many equal parts: one of them, rounded to its currency's own digits, half to even."""
    return {
        currency: currencies.rounded(ROUNDED.divide(amount, Decimal(by)), currency) for currency, amount in sums.items()
    }


def median(figures: Sequence[Sums], currencies: Currencies) -> Sums:
    """The figure in the middle, by currency; of two, half of both, rounded. What isn't there is zero."""
    middle, is_even = len(figures) // 2, len(figures) % 2 == 0
    found: Sums = {}
    for currency in {code for sums in figures for code in sums}:
        ordered = sorted(sums.get(currency, Decimal(0)) for sums in figures)
        found[currency] = ordered[middle]
        if is_even:
            both = ROUNDED.add(ordered[middle - 1], ordered[middle])
            found[currency] = currencies.rounded(ROUNDED.divide(both, Decimal(2)), currency)
    return found


def share(part: Sums, whole: Sums) -> Decimal | None:
    """A part of the whole in per cent, to a tenth; None unless both are of one currency, and the whole isn't zero."""
    currencies = {currency for currency, amount in (*part.items(), *whole.items()) if amount}
    if len(currencies) != 1:
        return None
    (currency,) = currencies
    if not whole.get(currency):
        return None
    return ROUNDED.divide(part.get(currency, Decimal(0)) * HUNDRED, whole[currency]).quantize(TENTHS)


def is_nothing(figures: Sequence[Sums]) -> bool:
    """Whether no figure is anything but zero."""
    return not any(any(sums.values()) for sums in figures)


def nothing(periods: int) -> list[Sums]:
    """No figure, so many times."""
    return [NOTHING] * periods
