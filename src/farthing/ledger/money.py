"""Amounts: exact decimals, read by pattern, never by way of a binary float.

An amount has at most 28 digits, 18 of them after the point. Anything else is refused *before* it becomes a
``Decimal``, so that no input can cost more than its own length (``Decimal("1e999999999")`` is short to write).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation

MAX_DIGITS = 28
MAX_DECIMALS = 18
MAX_LENGTH = 1 + MAX_DIGITS + 1  # sign and point

AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?$"
"""What an amount looks like on the wire, for JSON Schema and for :func:`parse_amount`."""

_AMOUNT = re.compile(AMOUNT_PATTERN.replace("$", r"\Z"))
EXACT = Context(prec=MAX_DIGITS * 4, traps=[Inexact, InvalidOperation])
"""Arithmetic that would have to round is an error here, not a rounding."""


class AmountError(ValueError):
    """The text is not an amount; the message says what is wrong, without repeating the text."""


def parse_amount(text: str) -> Decimal:
    """Read an amount as written on the wire: ``-12.50``, ``0.001``, ``7``.

    Raises:
        AmountError: another shape, or more than 28 digits in all.
    """
    if len(text) > MAX_LENGTH:
        raise AmountError(f"an amount has at most {MAX_DIGITS} digits")
    if not _AMOUNT.match(text):
        raise AmountError("an amount is written like -12.50: digits, and up to 18 more after a point")
    if sum(character.isdigit() for character in text) > MAX_DIGITS:
        raise AmountError(f"an amount has at most {MAX_DIGITS} digits")
    amount = Decimal(text)
    return amount or amount.copy_abs()  # -0 is 0


def decimals(amount: Decimal) -> int:
    """How many digits after the point the amount really needs: 2 for 1.250, 0 for 100."""
    exponent = amount.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def write_amount(amount: Decimal, digits: int) -> str:
    """The amount as the wire shows it: fixed point, with at least ``digits`` places and never fewer than it needs."""
    return f"{amount:.{max(digits, decimals(amount))}f}"


def allocate(amount: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Share an amount out by weight, exactly: the shares add up to it, to the last minor unit.

    By largest remainder (Hamilton's method): each share is first cut off at the minor unit, and the units that are left
    go, one each, to those who lost most; among equals to those who come first. So no share is a whole unit away from
    what it would be if there were no units, and what weighs nothing gets nothing. A negative amount is shared out as
    its opposite is.

    Args:
        amount: what is shared out, a whole number of minor units.
        weights: how much of it each gets beside the others; none negative, not all zero.
        digits: how many digits after the point a share has.

    Raises:
        ValueError: the amount is finer than that, or the weights aren't weights.
    """
    if decimals(amount) > digits:
        raise ValueError("the amount is finer than a share can be")
    finest = max(map(decimals, weights), default=0)
    whole = [int(weight.scaleb(finest, context=EXACT)) for weight in weights]
    total = sum(whole)
    if total <= 0 or min(whole) < 0:
        raise ValueError("weights are zero or more, and not all zero")
    units = int(abs(amount).scaleb(digits, context=EXACT))
    shares, remainders = zip(*(divmod(units * weight, total) for weight in whole), strict=True)
    left = units - sum(shares)
    first = set(sorted(range(len(whole)), key=lambda place: -remainders[place])[:left])
    sign = -1 if amount < 0 else 1
    return [
        Decimal(sign * (share + (place in first))).scaleb(-digits, context=EXACT) for place, share in enumerate(shares)
    ]
