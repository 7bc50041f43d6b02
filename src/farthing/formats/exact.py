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
    return (
        decimals(value) <= MAX_DECIMALS and len(value.as_tuple().digits) <= MAX_DIGITS and value.adjusted() < MAX_DIGITS
    )


def kept(value: Decimal) -> Decimal:
    """The value as an amount, its digits as they were where they fit.

    Raises:
        NumberError: more digits than an amount can have.
    """
    text = str(value)
    if len(text) <= MAX_DECIMALS and "E" not in text:  # most amounts, told quickly
        return value or abs(value)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and (
        exponent > 0 or exponent < -MAX_DECIMALS or len(value.as_tuple().digits) > MAX_DIGITS
    ):
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
    calculation = _Calculation()
    try:
        for term in terms:
            calculation.take(term)
        return kept(calculation.result()), calculation.is_exact
    except DecimalException as error:
        raise NumberError("makes more digits than an amount has") from error


class _Calculation:
    """Dijkstra's shunting yard: values, and the signs that wait for what binds tighter."""

    def __init__(self) -> None:
        self.is_exact = True
        self._values: list[Decimal] = []
        self._pending: list[str] = []
        self._wants_value = True

    def take(self, term: Decimal | str) -> None:
        """Take the next figure, sign or parenthesis."""
        if isinstance(term, Decimal):
            if not self._wants_value:
                raise NumberError("has two figures and nothing between them")
            self._values.append(term)
            self._wants_value = False
        elif term == "(":
            if not self._wants_value:
                raise NumberError("has a parenthesis where a sign belongs")
            self._pending.append(term)
        elif term == ")":
            self._close()
        else:
            self._sign(term)

    def result(self) -> Decimal:
        """What all of it makes."""
        if self._wants_value:
            raise NumberError("ends where a figure belongs")
        while self._pending:
            self._apply(self._pending.pop())
        return self._values[0]

    def _close(self) -> None:
        if self._wants_value:
            raise NumberError("has nothing before a parenthesis")
        while self._pending and self._pending[-1] != "(":
            self._apply(self._pending.pop())
        if not self._pending:
            raise NumberError("closes a parenthesis that isn't open")
        self._pending.pop()

    def _sign(self, term: str) -> None:
        sign = _SIGNS.get(term) if self._wants_value else term
        if sign is None:
            raise NumberError(f"has a {term} where a figure belongs")
        if not sign:
            return
        while not self._wants_value and self._pending and _PRECEDENCE.get(self._pending[-1], 0) >= _PRECEDENCE[sign]:
            self._apply(self._pending.pop())
        self._pending.append(sign)
        self._wants_value = True

    def _apply(self, sign: str) -> None:
        """Replace the last values by what the sign makes of them."""
        if sign == "(":
            raise NumberError("opens a parenthesis that isn't closed")
        last = self._values.pop()
        if sign == "negative":
            self._values.append(EXACT.minus(last) if last else last)
            return
        first = self._values.pop()
        if sign == "/":
            value, is_exact = quotient(first, last)
            self.is_exact &= is_exact
        else:
            value = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[sign](first, last)
        self._values.append(value)
