"""Currencies: the codes people use, and how many digits each has after the point.

Those of ISO 4217 are the same for everyone, the ones of the past included, because a book may reach back to marks and
francs. Besides, a book has currencies of its own: coins, shares, miles. Whatever an amount is of, it has no more digits
than its currency, and none is ever rounded away.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from farthing.kit.faults import Invalid
from farthing.ledger.iso4217 import TABLE
from farthing.ledger.money import EXACT, MAX_DECIMALS, MAX_DIGITS, decimals, write_amount

CODE_PATTERN = r"^[A-Z][A-Z0-9._-]{1,11}$"
"""What the code of any currency looks like, ISO's and a book's own."""
NOT_MONEY = frozenset({"XXX", "XTS"})
"""ISO 4217's codes for "no currency" and "testing": nothing is kept in them, nor may anything be called so."""
MAX_NEAR = 3
_CODE = re.compile(CODE_PATTERN.replace("$", r"\Z"))
_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(MAX_DECIMALS + 1))
"""One minor unit, by digits after the point."""


class CurrencyKind(StrEnum):
    """What a currency is in life."""

    CURRENCY = "currency"
    CRYPTO = "crypto"
    SECURITY = "security"
    POINTS = "points"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency: its code, digits after the point, English name.

    ``number`` is ISO's, of those in use. One that is ``historic`` isn't in use any more; ``ended_on`` is its last day
    as legal tender, where that is known.
    """

    code: str
    digits: int
    name: str
    kind: CurrencyKind = CurrencyKind.CURRENCY
    number: str | None = None
    historic: bool = False
    ended_on: dt.date | None = None


class CurrencyUnknown(Invalid):
    """Neither ISO 4217 nor the book has a currency with this code."""

    code = "currency_unknown"
    message = "There is no currency with that code; codes are those of ISO 4217, like EUR, and the book's own.{near}"
    sample = {"near": " Did you mean EUR?"}


class AmountTooFine(Invalid):
    """The amount has more digits after the point than its currency."""

    code = "amount_too_fine"
    message = "An amount in {currency} has at most {digits} digits after the point."
    sample = {"currency": "EUR", "digits": 2}


class AmountTooLarge(Invalid):
    """The amount has more digits than can be kept."""

    code = "amount_too_large"
    message = "An amount has at most 28 digits, those after the point of its currency included."


def _read(line: str) -> Currency:
    code, number, digits, ended, name = line.split("|")
    return Currency(
        code,
        int(digits),
        name,
        number=number or None,
        historic=bool(ended),
        ended_on=dt.date.fromisoformat(ended) if len(ended) > 1 else None,
    )


ISO: Mapping[str, Currency] = {currency.code: currency for currency in map(_read, TABLE.splitlines())}
"""The currencies of ISO 4217, and those that were, by code."""
BY_ISO = frozenset(ISO)
"""Their codes."""


def is_code(text: str) -> bool:
    """Whether a currency could be called so."""
    return _CODE.match(text) is not None


class Currencies:
    """The currencies that amounts in a book can be of: those of ISO 4217, and some or all of the book's own.

    Args:
        own: the book's own. One that is called like one of ISO's is hidden by it.
        hints: codes of the book's own that are only known by name: to guess at what was meant.
    """

    __slots__ = ("_hints", "_own")

    def __init__(self, own: Iterable[Currency] = (), hints: Iterable[str] = ()) -> None:
        self._own = {currency.code: currency for currency in own}
        self._hints = tuple(hints)

    @property
    def own(self) -> tuple[Currency, ...]:
        """Those of the book's own that are known."""
        return tuple(self._own.values())

    def find(self, code: str) -> Currency | None:
        """The currency with this code, or None."""
        return ISO.get(code) or self._own.get(code)

    def get(self, code: str, *, pointer: str) -> Currency:
        """The currency with this code.

        Raises:
            CurrencyUnknown: there is none; says which was probably meant, and blames ``pointer``.
        """
        currency = ISO.get(code) or self._own.get(code)
        if currency is None:
            raise CurrencyUnknown.at(pointer, near=self._near(code))
        return currency

    def settle(self, amount: Decimal, code: str, *, pointer: str, currency_pointer: str | None = None) -> Decimal:
        """The amount at exactly its currency's precision: 12.5 EUR is 12.50. Never rounds.

        Args:
            amount: how much.
            code: of what.
            pointer: the field that says the amount.
            currency_pointer: the field that says the currency, if another does.

        Raises:
            CurrencyUnknown: no such currency.
            AmountTooFine: digits would be lost.
            AmountTooLarge: more digits than can be kept.
        """
        digits = self.get(code, pointer=currency_pointer or pointer).digits
        if decimals(amount) > digits:
            raise AmountTooFine.at(pointer, currency=code, digits=digits)
        if amount and amount.adjusted() + 1 + digits > MAX_DIGITS:
            raise AmountTooLarge.at(pointer)
        return amount.quantize(_UNITS[digits], context=EXACT)

    def show(self, amount: Decimal, code: str) -> Decimal:
        """The amount with just the digits of its currency, and with more only where it needs them: never rounded.

        What was posted before a book's own currency got other digits is shown with those it has now.
        """
        currency = self.find(code)
        if currency is None or amount.same_quantum(_UNITS[currency.digits]) or decimals(amount) > currency.digits:
            return amount
        return amount.quantize(_UNITS[currency.digits], context=EXACT)

    def rounded(self, amount: Decimal, code: str) -> Decimal:
        """The nearest amount that its currency can express, half to even: for averages, never for what is kept."""
        currency = self.find(code)
        return amount if currency is None else amount.quantize(_UNITS[currency.digits], rounding=ROUND_HALF_EVEN)

    def write(self, amount: Decimal, code: str) -> str:
        """The amount in figures, as sentences have it: 12.50."""
        currency = self.find(code)
        return write_amount(amount, currency.digits if currency else 0)

    def _near(self, code: str) -> str:
        known = [*ISO, *self._own, *self._hints]
        near = difflib.get_close_matches(code.upper()[:12], known, n=MAX_NEAR, cutoff=0.6)
        return f" Did you mean {' or '.join(near)}?" if near else ""
