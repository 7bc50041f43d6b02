"""Fractions: amounts that a program keeps as one whole number over another, as the decimals that they are."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

from farthing.formats.numbers import NumberError
from farthing.ledger.money import EXACT, MAX_DECIMALS, MAX_DIGITS, decimals

_WRITTEN = re.compile(r"(-?[0-9]{1,28})/([0-9]{1,28})\Z")
_ROUNDED = Context(prec=MAX_DIGITS, traps=[InvalidOperation])
_POWERS = {10**digits: digits for digits in range(MAX_DECIMALS + 1)}


def written(text: str) -> tuple[int, int]:
    """The two numbers of ``-1250/100``.

    Raises:
        NumberError: it isn't written so, or divides by nothing.
    """
    found = _WRITTEN.match(text.strip())
    if found is None or not int(found[2]):
        raise NumberError("is no fraction of two whole numbers")
    return int(found[1]), int(found[2])


def amount(numerator: int, denominator: int) -> Decimal:
    """A fraction as an amount, with as many decimals as the denominator shows.

    Raises:
        NumberError: it is none to the last digit, or has more digits than can be kept.
    """
    if denominator <= 0:
        raise NumberError("divides by nothing")
    try:
        if (digits := _POWERS.get(denominator)) is not None:
            value = Decimal(numerator).scaleb(-digits, context=EXACT)
        else:
            value = EXACT.divide(Decimal(numerator), Decimal(denominator))
    except Inexact as error:
        raise NumberError("can't be written as a decimal number") from error
    except InvalidOperation as error:
        raise NumberError(f"has more than {MAX_DIGITS} digits") from error
    return fitting(value)


def fitting(value: Decimal) -> Decimal:
    """A number as an amount.

    Raises:
        NumberError: more than 28 digits, or more than 18 after the point.
    """
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise NumberError("is no number")
    if -exponent > MAX_DECIMALS or exponent > 0:
        if decimals(value) > MAX_DECIMALS or value.adjusted() >= MAX_DIGITS:
            raise NumberError(f"has more than {MAX_DIGITS} digits, or more than {MAX_DECIMALS} decimals")
        value = value.quantize(Decimal(1).scaleb(-decimals(value)), context=EXACT)
    if len(value.as_tuple().digits) > MAX_DIGITS:
        raise NumberError(f"has more than {MAX_DIGITS} digits")
    return value or abs(value)


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """What a unit costs, of what many did: rounded at 18 decimals where it doesn't end; None where it is nothing."""
    if not dividend or not divisor:
        return None
    value = _ROUNDED.divide(dividend, divisor)
    if decimals(value) > MAX_DECIMALS:
        value = value.quantize(Decimal(1).scaleb(-MAX_DECIMALS), context=_ROUNDED)
    try:
        return fitting(value.normalize(EXACT)) or None
    except NumberError:
        return None


def to_digits(value: Decimal, digits: int) -> Decimal:
    """The same value with so many digits after the point, or as many more as it needs."""
    return value if decimals(value) > digits else value.quantize(Decimal(1).scaleb(-digits), context=EXACT)
