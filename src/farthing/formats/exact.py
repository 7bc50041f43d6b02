"""Exact arithmetic on what files say, within what an amount can hold: sums as text, quotients that may have no end."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation

from farthing.formats.numbers import NumberError
from farthing.ledger.money import EXACT, MAX_DECIMALS, MAX_DIGITS, decimals

MOST_TERMS = 200
"""A sum written into a ledger has fewer figures and signs than that."""

_ROUNDED = Context(prec=MAX_DIGITS * 4, traps=[InvalidOperation])
_SMALLEST = Decimal(1).scaleb(-MAX_DECIMALS)
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3}
_SIGNS = {"-": "negative", "+": ""}


def fits(value: Decimal) -> bool:
    """Whether an amount can hold it: at most 28 digits, 18 of them after the point."""
    return decimals(value) <= MAX_DECIMALS and len(value.as_tuple().digits) <= MAX_DIGITS and value.adjusted() < MAX_DIGITS


def kept(value: Decimal) -> Decimal:
    """The value as an amount, its digits as they were where they fit.

    Raises:
        NumberError: more digits than an amount can have.
    """
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and (exponent > 0 or exponent < -MAX_DECIMALS or len(value.as_tuple().digits) > MAX_DIGITS):
        value = value.quantize(Decimal(1).scaleb(-min(decimals(value), MAX_DECIMALS)), context=_ROUNDED)
    if not fits(value):
        raise NumberError(f"has more than {MAX_DIGITS} digits, or more than {MAX_DECIMALS} decimals")
    return value or abs(value)


def quotient(dividend: Decimal, divisor: Decimal) -> tuple[Decimal, bool]:
    """What a division makes, at 18 decimals where it has no end before that, and whether it is exact.

    Raises:
        NumberError: by zero, or too long for an amount.
    """
    if not divisor:
        raise NumberError("divides by zero")
    context = _ROUNDED.copy()
    context.clear_flags()
    value = context.divide(dividend, divisor)
    is_exact = not context.flags[Inexact] and decimals(value) <= MAX_DECIMALS
    return kept(value if is_exact else value.quantize(_SMALLEST, context=_ROUNDED)), is_exact


def calculate(terms: Sequence[Decimal | str]) -> tuple[Decimal, bool]:
    """What a sum such as ``(1.20 + 3) / 2`` makes, and whether that is exact.

    Args:
        terms: figures, ``+ - * /`` and parentheses, in their order.

    Raises:
        NumberError: it is no sum, is longer than anyone writes, or makes more digits than an amount has.
    """
    if len(terms) > MOST_TERMS:
        raise NumberError("is a sum of too many terms")
    pending: list[str] = []
    values: list[Decimal] = []
    is_exact = True
    wants_value = True
    try:
        for term in terms:
            if isinstance(term, Decimal):
                if not wants_value:
                    raise NumberError("has two figures and nothing between them")
                values.append(term)
                wants_value = False
            elif term == "(":
                if not wants_value:
                    raise NumberError("has a parenthesis where a sign belongs")
                pending.append(term)
            elif term == ")":
                if wants_value:
                    raise NumberError("has nothing before a parenthesis")
                while pending and pending[-1] != "(":
                    is_exact &= _apply(pending.pop(), values)
                if not pending:
                    raise NumberError("closes a parenthesis that isn't open")
                pending.pop()
            else:
                sign = _SIGNS.get(term) if wants_value else term
                if sign is None:
                    raise NumberError(f"has a {term} where a figure belongs")
                if not sign:
                    continue
                while not wants_value and pending and _PRECEDENCE.get(pending[-1], 0) >= _PRECEDENCE[sign]:
                    is_exact &= _apply(pending.pop(), values)
                pending.append(sign)
                wants_value = True
        if wants_value:
            raise NumberError("ends where a figure belongs")
        while pending:
            is_exact &= _apply(pending.pop(), values)
    except DecimalException as error:
        raise NumberError("makes more digits than an amount has") from error
    return kept(values[0]), is_exact


def _apply(sign: str, values: list[Decimal]) -> bool:
    """Replace the last values by what the sign makes of them. Whether it is exact."""
    if sign == "(":
        raise NumberError("opens a parenthesis that isn't closed")
    last = values.pop()
    if sign == "negative":
        values.append(EXACT.minus(last) if last else last)
        return True
    first = values.pop()
    if sign == "/":
        value, is_exact = quotient(first, last)
        values.append(value)
        return is_exact
    operation = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[sign]
    values.append(operation(first, last))
    return True
