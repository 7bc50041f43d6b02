"""Currencies: the codes people use, and how many digits each has after the point.

Source: ISO 4217 as Unicode CLDR carries it (through Babel), historic currencies included, because a book may reach
back to marks and francs.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal

from babel import Locale
from babel.numbers import get_currency_precision, list_currencies

from farthing.kit.faults import Invalid
from farthing.ledger.money import EXACT, MAX_DIGITS, decimals

CODE_PATTERN = r"^[A-Z]{3}$"
METALS = {"XAU": 6, "XAG": 6, "XPT": 6, "XPD": 6}
"""Digits of the metals, which ISO 4217 leaves open and CLDR gives as 2: troy ounces are traded finer than that."""
NOT_MONEY = frozenset({"XXX", "XTS"})
"""ISO 4217's codes for "no currency" and "testing"."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency: its ISO 4217 code, digits after the point, English name."""

    code: str
    digits: int
    name: str


class CurrencyUnknown(Invalid):
    """No currency has this code."""

    code = "currency_unknown"
    message = "There is no currency with that code; codes are those of ISO 4217, like EUR."


class AmountTooFine(Invalid):
    """The amount has more digits after the point than its currency."""

    code = "amount_too_fine"
    message = "An amount in {currency} has at most {digits} digits after the point."
    sample = {"currency": "EUR", "digits": 2}


class AmountTooLarge(Invalid):
    """The amount has more digits than can be kept."""

    code = "amount_too_large"
    message = "An amount has at most 28 digits, those after the point of its currency included."


@functools.cache
def all_currencies() -> dict[str, Currency]:
    """Every currency there is, by code."""
    names = Locale("en").currencies
    return {
        code: Currency(code, METALS.get(code, get_currency_precision(code)), names.get(code, code))
        for code in sorted(list_currencies())
        if re.match(CODE_PATTERN, code) and code not in NOT_MONEY
    }


def find_currency(code: str) -> Currency | None:
    """The currency with this code, or None."""
    return all_currencies().get(code)


def digits_of(code: str) -> int:
    """How many digits after the point amounts in this currency are shown with."""
    currency = find_currency(code)
    return currency.digits if currency else 0


def settle(amount: Decimal, code: str, *, pointer: str) -> Decimal:
    """The amount at exactly its currency's precision: 12.5 EUR is 12.50. Never rounds.

    Raises:
        CurrencyUnknown: no such currency.
        AmountTooFine: digits would be lost.
        AmountTooLarge: more digits than can be kept.
    """
    currency = find_currency(code)
    if currency is None:
        raise CurrencyUnknown.at(pointer)
    if decimals(amount) > currency.digits:
        raise AmountTooFine.at(pointer, currency=code, digits=currency.digits)
    if amount and amount.adjusted() + 1 + currency.digits > MAX_DIGITS:
        raise AmountTooLarge.at(pointer)
    return amount.quantize(Decimal(1).scaleb(-currency.digits), context=EXACT)
