"""Makes ``src/farthing/ledger/iso4217.py`` anew: ``.venv/bin/python -m tests.ledger.iso4217``.

The list of currencies in use, with their numbers, is ISO's own (list one, through pycountry); names, the currencies of
the past and when they ended are Unicode CLDR's (through Babel). Neither tells ISO's minor units, which stand below as
ISO 4217 publishes them in the same list: CLDR has the digits that people write today, and so none for Lebanese pounds.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pycountry
from babel import Locale
from babel.core import get_global

PLACE = Path(__file__).parents[2] / "src" / "farthing" / "ledger" / "iso4217.py"
NOT_MONEY = frozenset({"XXX", "XTS"})
"""ISO 4217's codes for "no currency" and "testing"."""
USUAL_DIGITS = 2
NO_DIGITS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DIGITS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
FOUR_DIGITS = frozenset({"CLF", "UYW"})
METALS = frozenset({"XAU", "XAG", "XPT", "XPD"})
METAL_DIGITS = 6
"""ISO leaves the metals open: troy ounces are traded that finely."""
ONCE_TWO_DIGITS = frozenset(["LUF", "MRO", "SLL", "STD", "TMM", "TRL", "ZMK", "ZWD"])
"""Currencies of the past that had a hundredth, which CLDR doesn't write."""
IN_USE = frozenset({"CNH"})
"""Not ISO's, but quoted and kept by banks: the yuan outside China."""
ENDED = {"BGN": dt.date(2026, 1, 31)}
"""What ended after CLDR was written."""
HEAD = '''"""The currencies of ISO 4217, in use and of the past.

Made by tests/ledger/iso4217.py; don't change it by hand.

A line each: code, number (those in use), digits after the point, the last day as legal tender anywhere (those of the
past; - where it isn't known), English name.
"""

from __future__ import annotations

TABLE = """\\
'''
TAIL = '"""\n'


def made() -> str:
    """The module's text."""
    in_use = {currency.alpha_3: currency for currency in pycountry.currencies}
    names = Locale("en").currencies
    lines = []
    for code in sorted((in_use.keys() | names.keys() | get_global("all_currencies").keys()) - NOT_MONEY):
        is_past = code not in in_use and code not in IN_USE
        number = in_use[code].numeric if code in in_use else ""
        ended = (_ended(code) or "-") if is_past else ""
        name = names.get(code) or in_use[code].name
        lines.append("|".join((code, number, str(_digits(code, is_past=is_past)), ended, name)))
    return "".join([HEAD, *(f"{line}\n" for line in lines), TAIL])


def _digits(code: str, *, is_past: bool) -> int:
    if code in METALS:
        return METAL_DIGITS
    if is_past and code not in ONCE_TWO_DIGITS:
        fractions = get_global("currency_fractions")
        digits: int = fractions.get(code, fractions["DEFAULT"])[0]
        return digits
    named = {0: NO_DIGITS, 3: THREE_DIGITS, 4: FOUR_DIGITS}
    return next((digits for digits, codes in named.items() if code in codes), USUAL_DIGITS)


def _ended(code: str) -> str:
    if code in ENDED:
        return ENDED[code].isoformat()
    ends = [
        end
        for currencies in get_global("territory_currencies").values()
        for each, _, end, is_tender in currencies
        if each == code and is_tender
    ]
    return dt.date(*max(ends)).isoformat() if ends and None not in ends else ""


if __name__ == "__main__":
    PLACE.write_text(made(), encoding="utf-8")
