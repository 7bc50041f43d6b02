"""Rounding many figures at once, so that they add up to what their exact sum is rounded to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from farthing.ledger.money import EXACT

K = TypeVar("K")


def rounded(value: Fraction, digits: int) -> Decimal:
    """The nearest amount with so many digits after the point, half to even."""
    return Decimal(round(value * 10**digits)).scaleb(-digits, context=EXACT)


def rounded_together(values: Mapping[K, Fraction], digits: int) -> dict[K, Decimal]:
    """Round figures so that they add up to their exact sum, rounded.

    By largest remainder: each is first cut off downwards, and the units that the sum still lacks go, one each, to
    those who lost most; among equals to those who come first. So none is a whole unit away from what it is exactly,
    what needs no rounding stays as it is, and the sum is rounded once, however many there are.

    Args:
        values: the figures, exact.
        digits: how many digits after the point they are to have.
    """
    units = {key: value * 10**digits for key, value in values.items()}
    whole = {key: each.numerator // each.denominator for key, each in units.items()}
    lacking = round(sum(units.values(), Fraction(0))) - sum(whole.values())
    losers = sorted(units, key=lambda key: whole[key] - units[key])
    for key in losers[:lacking]:
        whole[key] += 1
    return {key: Decimal(each).scaleb(-digits, context=EXACT) for key, each in whole.items()}
