"""Dates: calendar days as banks write them, read by their shape; the order of day and month is a column's to tell.

A cell is first taken apart into a :class:`Written` date: three numbers as they stand. Which of them is the day is
decided over all dates of a column (:func:`possible_orders`), since ``03/04/2025`` alone doesn't say.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")

FIRST_DAY = dt.date(1600, 1, 1)
LAST_DAY = dt.date(2999, 12, 31)
LONGEST = 48
"""A longer cell is no date, even with a time and a zone's name."""

_CENTURY_PIVOT = 69
"""Two-digit years from 69 on are of the 20th century, below it of the 21st (as POSIX strptime has it)."""

_BUDDHIST_AHEAD = 543
_BUDDHIST = range(1900 + _BUDDHIST_AHEAD, 2100 + _BUDDHIST_AHEAD)
"""Years of the 20th and 21st centuries as Thailand counts them."""

_SERIAL_ZERO = dt.date(1899, 12, 30)
"""Spreadsheets take 1900 for a leap year, so that from March 1900 on the day before the first is this one."""
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_050

_TIME = (
    r"(?:(?:,?\s+|\s*T|\s*-\s+)\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,9})?"
    r"\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[A-Z]{2,5}|[+-]\d{2}:?\d{2})?(?:\[[^\]]{0,16}\])?)?"
)
_WEEKDAY = r"(?:[^\W\d]{2,10}\.?,?\s+)?"
_NUMERIC = re.compile(
    rf"(?P<a>\d{{1,4}})(?P<mark>[-/.]|\.\s|\s)(?P<b>\d{{1,2}})(?P=mark)(?P<c>\d{{1,4}})\.?{_TIME}\Z", re.ASCII
)
_COMPACT = re.compile(rf"(?P<a>\d{{4}})(?P<b>\d{{2}})(?P<c>\d{{2}}){_TIME}\Z", re.ASCII)
_COLONS = re.compile(rf"(?P<a>\d{{4}}):(?P<b>\d{{2}}):(?P<c>\d{{2}}){_TIME}\Z", re.ASCII)
_CHINESE = re.compile(rf"(?P<a>\d{{4}})\u5e74\s?(?P<b>\d{{1,2}})\u6708\s?(?P<c>\d{{1,2}})\u65e5{_TIME}\Z")
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er|\u00ba)?(?:[\s/.-]+|(?=[^\W\d]))(?:de\s+|of\s+)?(?P<month>[^\W\d]{{3,12}})"
    rf"\.?,?(?:[\s/.-]+|(?=\d))(?:de\s+|del\s+)?(?P<year>\d{{4}}|\d{{2}}){_TIME}\Z"
)
_MONTH_NAMED = re.compile(
    rf"{_WEEKDAY}(?P<month>[^\W\d]{{3,12}})\.?[\s/.-]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[\s/.-]+(?P<year>\d{{4}}|\d{{2}}){_TIME}\Z"
)
_YEAR_NAMED = re.compile(rf"(?P<year>\d{{4}})[\s/.-]+(?P<month>[^\W\d]{{3,12}})\.?[\s/.-]+(?P<day>\d{{1,2}}){_TIME}\Z")

_MONTHS = (
    (
        "jan janv januar january janvier enero ene gennaio gen januari janeiro stycznia styczen sty "
        "leden ledna tammi tammikuu"
    ),
    (
        "feb febr february februar fevrier fevr fev febrero febbraio februari fevereiro lutego luty lut "
        "unora unor helmi helmikuu"
    ),
    "mar march marz maerz mrz mars marzo maart mrt marts marco marca marzec brezna brezen maalis maaliskuu",
    "apr april avril avr abril abr aprile kwietnia kwiecien kwi dubna duben huhti huhtikuu",
    "may mai mayo maggio mag mei maj maio mayis maja kvetna kveten touko toukokuu",
    "jun june juni juin junio giugno giu junho czerwca czerwiec cze cervna cerven kesa kesakuu",
    "jul july juli juil juillet julio luglio lug julho lipca lipiec lip cervence cervenec heina heinakuu",
    "aug august aout aou agosto ago augustus augusti sierpnia sierpien sie srpna srpen elo elokuu",
    "sep sept september septembre septiembre set settembre setembro wrzesnia wrzesien wrz zari syys syyskuu",
    (
        "oct october okt oktober octobre octubre ott ottobre out outubro pazdziernika pazdziernik paz "
        "rijna rijen loka lokakuu"
    ),
    "nov november novembre noviembre novembro listopada listopad lis marras marraskuu",
    (
        "dec december dez dezember decembre diciembre dic dicembre dezembro grudnia grudzien gru "
        "prosince prosinec joulu joulukuu"
    ),
)
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


@dataclass(frozen=True, slots=True)
class Written:
    """A date taken apart: three numbers as they stand, and what stands between them.

    ``mark`` is empty for ``20250131`` and ``name`` where the month was spelt; such dates are held year, month, day.
    """

    parts: tuple[int, int, int]
    widths: tuple[int, int, int]
    mark: str


class DateError(ValueError):
    """There is no such day, or it lies outside 1600 to 2999. The message doesn't repeat the text."""


def written(text: str) -> Written | None:
    """Take a cell apart, or None where it doesn't look like a date. A time of day behind the date is passed over."""
    return _written(text) if 0 < len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _written(text: str) -> Written | None:
    if not any(character.isdigit() for character in text):
        return None
    if found := _NUMERIC.match(text):
        parts = found.group("a", "b", "c")
        widths = (len(parts[0]), len(parts[1]), len(parts[2]))
        if not _is_date_like(widths):
            return None
        return Written((int(parts[0]), int(parts[1]), int(parts[2])), widths, found["mark"].strip() or " ")
    if found := (_COMPACT.match(text) or _CHINESE.match(text) or _COLONS.match(text)):
        return Written((int(found["a"]), int(found["b"]), int(found["c"])), (4, 2, 2), "")
    for pattern in (_DAY_NAMED, _MONTH_NAMED, _YEAR_NAMED):
        if (found := pattern.match(text)) and (month := month_number(found["month"])):
            return Written((int(found["year"]), month, int(found["day"])), (len(found["year"]), 2, 2), "name")
    return None


def as_text(each: Written) -> str:
    """The date's figures as they stand, without a time of day."""
    figures = (str(part).zfill(min(width, 2)) for part, width in zip(each.parts, each.widths, strict=True))
    return each.mark.join(figures)


def from_serial(text: str) -> Written | None:
    """The day that a spreadsheet counts: days since 30 December 1899, those of 1970 to 2099; None for anything else."""
    days, _, part = text.partition(".")
    if len(days) != len("45702") or not days.isdecimal() or not days.isascii() or (part and not part.isdecimal()):
        return None
    if not _FIRST_SERIAL <= int(days) <= _LAST_SERIAL:
        return None
    value = _SERIAL_ZERO + dt.timedelta(days=int(days))
    return Written((value.year, value.month, value.day), (4, 2, 2), "")


def _is_date_like(widths: tuple[int, int, int]) -> bool:
    """4-2-2, 2-2-4 and 2-2-2 figures; 4-2-4 or 3-1-1 are something else."""
    full, short = 4, 2
    first, _, last = widths
    return (first == full and last <= short) or (first <= short and last in (short, full))


def month_number(name: str) -> int | None:
    """The month of a name or its abbreviation in a dozen languages, 1 to 12."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return _MONTH_NUMBERS.get("".join(character for character in plain if character.isascii()))


def day(each: Written, order: Order) -> dt.date:
    """The calendar day, the order being known. Dates whose own shape tells the order are read by their shape.

    Raises:
        DateError: no such day, or outside 1600-01-01 to 2999-12-31.
    """
    first, second, third = each.parts
    shape = own_order(each) or order
    year, month, number = {
        "ymd": (first, second, third),
        "dmy": (third, second, first),
        "mdy": (third, first, second),
    }[shape]
    width = each.widths[0] if shape == "ymd" else each.widths[2]
    if width <= 2:  # noqa: PLR2004 - a two-digit year
        year += 1900 if year >= _CENTURY_PIVOT else 2000
    elif year in _BUDDHIST:
        year -= _BUDDHIST_AHEAD
    try:
        value = dt.date(year, month, number)
    except ValueError as error:
        raise DateError("is no day of the calendar") from error
    if not FIRST_DAY <= value <= LAST_DAY:
        raise DateError("lies outside the years 1600 to 2999")
    return value


def own_order(each: Written) -> Order | None:
    """The order, where the date's own shape tells it: a four-digit year in front, or a spelt month."""
    return "ymd" if each.mark in ("", "name") or each.widths[0] == 4 else None  # noqa: PLR2004 - a four-digit year


def possible_orders(column: Iterable[Written]) -> tuple[Order, ...]:
    """The orders under which the most dates of a column are days of the calendar: one where the dates are clear.

    No dates that leave it open: all three. Dots between the figures mean day first everywhere.
    """
    open_dates = {(each.parts, each.widths, each.mark) for each in column if own_order(each) is None}
    if not open_dates:
        return ORDERS
    fits: dict[Order, int] = dict.fromkeys(ORDERS, 0)
    for parts, widths, mark in open_dates:
        for order in ORDERS:
            fits[order] += _is_day(Written(parts, widths, mark), order)
    most = max(fits.values())
    possible = tuple(order for order in ORDERS if fits[order] == most)
    dotted = all(mark == "." for _, _, mark in open_dates)
    return ("dmy",) if dotted and "dmy" in possible else possible


def _is_day(each: Written, order: Order) -> bool:
    # A year stands where its figures say: neither 31/12/2025 nor 6/12/25 can be year first.
    if order == "ymd" and (each.widths[2] == 4 or each.widths[0] == 1):  # noqa: PLR2004 - a four-digit year
        return False
    try:
        day(each, order)
    except DateError:
        return False
    return True
