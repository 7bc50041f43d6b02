"""How amounts are written for programs that may take a point or a comma for either."""

from __future__ import annotations

from decimal import Decimal

_GROUP_DIGITS = 3


def unmistakable(amount: Decimal) -> str:
    """An amount with two decimals or more, and never three: those could be read as thousands."""
    exponent = amount.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"{amount:.{digits + 1 if digits == _GROUP_DIGITS else max(2, digits)}f}"
