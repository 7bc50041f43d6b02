"""Numbers: amounts as people and banks write them, read by their shape.

One cell alone can't always be read: ``1,234`` is a thousand and some to one bank and one and a bit to another. So a
cell is first taken apart into a :class:`Figure`, all figures of a column vote on which mark is the decimal one, and
only then does a figure become a ``Decimal``. Every bound holds on the text, before any arithmetic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from farthing.ledger.money import MAX_DIGITS, AmountError, parse_amount

LONGEST = 64
"""A longer cell is no amount: 28 digits, their marks, a currency and padding fit well."""

_MINUS = "\\-\u2212\u2013\ufe63\uff0d"
_APOSTROPHES = "'\u2019\u02bc`\u00b4"
_CURRENCY = (
    r"[A-Z]{3}|(?:US|CA|C|AU|A|NZ|HK|S|R|MX)?\$|[\u20ac\u00a3\u00a5\uffe5\u20b9\u20bd\u20ba\u20aa\u20a9\u20b4\u5143]"
    r"|z\u0142|K\u010d|Ft|kr\.?|Kr\.?|Fr\.?|Rs\.?|lei|Lei|TL|RM|Rp\.?|\u0440\.|\u0440\u0443\u0431\.?|\u0433\u0440\u043d\.?"
    r"|[\u0621-\u064a](?:\.[\u0621-\u064a]){1,2}\.?|\u043b\u0432\.?|\u5186|\uc6d0|\u20ab|\u0e3f|\u20b1|\u20a6|\u20b8|\u20be"
)
_FIGURE = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[+{_MINUS}])? ?(?P<unit>{_CURRENCY})? ?(?P<inner>[+{_MINUS}])? ?"
    rf"(?P<body>[0-9.,]+(?:[ {_APOSTROPHES}][0-9.,]+)*) ?(?P<trailing>[+{_MINUS}])? ?"
    rf"(?P<mark>(?:CR|DR|Cr|Dr|cr|dr|DB)\.?(?![A-Z]))? ?(?P<suffix>{_CURRENCY})? ?(?P<close>\))?\Z"
)
_GROUPED_BY_SPACE = re.compile(rf"[0-9]{{1,3}}(?:[ {_APOSTROPHES}][0-9]{{3}})+(?![0-9])")
_SPACED = re.compile(rf"[ {_APOSTROPHES}]")
_GROUPS = {
    mark: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{2,3}})*{re.escape(mark)}[0-9]{{3}}") for mark in ".,"
}
_GROUP_DIGITS = 3
_CODE_LENGTH = 3

CURRENCY_CODES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLF",
        "CLP",
        "CNH",
        "CNY",
        "COP",
        "CRC",
        "CUP",
        "CVE",
        "CZK",
        "DEM",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ESP",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "FRF",
        "GBP",
        "GEL",
        "GGP",
        "GHS",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HRK",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "IMP",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "ITL",
        "JEP",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KPW",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NLG",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VED",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWL",
        "BTC",
        "ETH",
    ]
)
"""ISO 4217, with the few codes that old statements or everyday use add."""

CURRENCIES_BY_SIGN = {
    "\u20ac": "EUR",
    "\u00a3": "GBP",
    "\u20b9": "INR",
    "Rs": "INR",
    "RUR": "RUB",
    "\u20bd": "RUB",
    "\u20ba": "TRY",
    "\u20aa": "ILS",
    "\u20a9": "KRW",
    "\u20b4": "UAH",
    "\u5143": "CNY",
    "\u4eba\u6c11\u5e01": "CNY",
    "z\u0142": "PLN",
    "K\u010d": "CZK",
    "Ft": "HUF",
    "Fr": "CHF",
    "lei": "RON",
    "Lei": "RON",
    "TL": "TRY",
    "RM": "MYR",
    "Rp": "IDR",
    "\u0440": "RUB",
    "\u0440\u0443\u0431": "RUB",
    "\u0433\u0440\u043d": "UAH",
    "\u043b\u0432": "BGN",
    "\u5186": "JPY",
    "\uc6d0": "KRW",
    "\u20ab": "VND",
    "\u0e3f": "THB",
    "\u20b1": "PHP",
    "\u20a6": "NGN",
    "\u20b8": "KZT",
    "\u20be": "GEL",
    "\u062f.\u0625": "AED",
    "\u062f.\u0627": "JOD",
    "\u062f.\u0623": "JOD",
    "\u062f.\u0643": "KWD",
    "\u0631.\u0633": "SAR",
    "\u062c.\u0645": "EGP",
    "\u062f.\u0628": "BHD",
    "\u0631.\u0639": "OMR",
    "\u0631.\u0642": "QAR",
    "\u0644.\u0644": "LBP",
    "\u062f.\u0645": "MAD",
    "\u062f.\u062a": "TND",
    "\u062f.\u062c": "DZD",
    "\u0639.\u062f": "IQD",
    "\u062f.\u0639": "IQD",
    "\u062f.\u0644": "LYD",
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "AU$": "AUD",
    "A$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "MX$": "MXN",
}
"""Signs that mean one currency only. A bare dollar, yen or crown is several countries', so it names none."""

_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


class NumberError(ValueError):
    """The text is no amount that can be kept. The message says why without repeating the text."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount taken apart: its digits with ``.`` and ``,`` where they were, its sign, and the currency beside it."""

    body: str
    negative: bool = False
    unit: str | None = None

    @property
    def marks(self) -> str:
        """The marks in the order they stand: ``.,`` for 1.234,56."""
        return "".join(character for character in self.body if character in ".,")


def figure(text: str) -> Figure | None:
    """Take a cell apart, or None where it is no amount.

    Understands a sign before, after or beside the currency, parentheses for money out, ``CR`` and ``DR``, a currency
    before or behind, and spaces or apostrophes between thousands.
    """
    if len(text) > LONGEST or not (found := _FIGURE.match(" ".join(text.split()))):
        return None
    body = _ungrouped(found["body"])
    if body is None or not _is_grouped_well(body):
        return None
    unit = found["unit"] or found["suffix"]
    if unit and currency_of(unit) is None and unit.isalpha() and unit.isupper():
        return None  # "REF 12345" is no amount
    if bool(found["open"]) != bool(found["close"]):
        return None
    signs = [sign for sign in (found["sign"], found["inner"], found["trailing"]) if sign]
    if len(signs) > 1:
        return None
    negative = bool(signs and signs[0] != "+")
    if found["open"] or (found["mark"] or "").upper() in {"DR", "DR.", "DB"}:
        negative = not negative
    return Figure(body, negative, unit)


def is_too_long(text: str) -> bool:
    """Whether a cell is nothing but figures and marks, and more of them than an amount can have."""
    return len(text) > LONGEST and not text[:LONGEST].strip("0123456789.,-+ ")


def _is_grouped_well(body: str) -> bool:
    """Whether at least one mark can be the decimal one: 01.02.2024 is no amount under either."""
    if body.isdigit():
        return True
    for decimal_mark, grouping in ((".", ","), (",", ".")):
        whole, _, fraction = body.partition(decimal_mark)
        grouped = grouping not in whole or _GROUPS[grouping].fullmatch(whole)
        if grouped and (whole + fraction).replace(grouping, "").isdigit() and grouping not in fraction:
            return True
    return False


def _ungrouped(body: str) -> str | None:
    """The digits without spaces and apostrophes, or None where those stand elsewhere than between thousands."""
    if not _SPACED.search(body):
        return body
    found = _GROUPED_BY_SPACE.match(body)
    if not found or _SPACED.search(body, found.end()):
        return None
    return _SPACED.sub("", found.group()) + body[found.end() :]


def currency_of(unit: str | None) -> str | None:
    """The ISO 4217 code that a currency sign or code means, or None where it could be several."""
    if unit is None:
        return None
    if code := CURRENCIES_BY_SIGN.get(unit.rstrip(".")):
        return code
    code = unit.upper() if len(unit) == _CODE_LENGTH and unit.islower() else unit
    return code if code in CURRENCY_CODES else None


def decimal_votes(figures: Iterable[Figure]) -> Counter[str]:
    """Which mark each figure shows to be the decimal one; ``?`` counts figures such as ``1,234`` that don't show it."""
    votes: Counter[str] = Counter()
    for each in figures:
        votes[_vote(each.body)] += 1
    votes.pop("", None)
    return votes


def _vote(body: str) -> str:
    dots, commas = body.count("."), body.count(",")
    if dots and commas:
        return "." if body.rfind(".") > body.rfind(",") else ","
    if not dots and not commas:
        return ""
    mark, other = (".", ",") if dots else (",", ".")
    if dots + commas > 1:
        return other  # 1.234.567: a mark that comes twice is no decimal one
    before, _, after = body.partition(mark)
    if len(after) != _GROUP_DIGITS or not before.strip("0") or len(before) > _GROUP_DIGITS:
        return mark
    return "?"


def three_digits_mean(currency: str | None) -> str | None:
    """How to take ``1,234`` in a currency: ``decimals`` or ``thousands``, or None where the currency isn't known."""
    if currency is None:
        return None
    return "decimals" if currency in _THREE_DECIMALS else "thousands"


def amount(each: Figure, decimal_mark: str) -> Decimal:
    """The figure as a number, its decimal mark being known.

    Raises:
        NumberError: marks in places where they can't be, or more digits than an amount may have.
    """
    body = each.body
    grouping = "," if decimal_mark == "." else "."
    whole, _, fraction = body.partition(decimal_mark)
    if grouping in fraction or decimal_mark in fraction:
        raise NumberError("has its thousands and decimal marks in the wrong order")
    if grouping in whole:
        if not _GROUPS[grouping].fullmatch(whole):
            raise NumberError("has thousands marks that aren't between thousands")
        whole = whole.replace(grouping, "")
    digits = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    try:
        value = parse_amount(digits)
    except AmountError as error:
        raise NumberError(f"has more than {MAX_DIGITS} digits, or more than 18 decimals") from error
    return -value if each.negative and value else value
