"""Notation: which mark is the decimal one, and whether days or months come first, decided over whole columns.

A decision has a reason that a person can check. Where the file gives none, :class:`Doubt` says what the question is;
nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from farthing.formats import dates, numbers
from farthing.formats.balance_chain import Direction
from farthing.formats.dates import DateError, Order, Written
from farthing.formats.numbers import Figure

_MONTH_FIRST_CURRENCIES = frozenset({"USD", "CAD", "PHP", "BZD", "FJD", "KES", "GHS"})
"""Currencies of countries where month-first dates are in use; a dollar account can also be anyone's."""

_FEWEST_IN_SEQUENCE = 3
_NEAR_DAYS = 31
_FEW_YEARS = 2
_MANY_YEARS = 4


class Doubt(Exception):
    """The file can be read in more than one way. ``question`` is what a person would have to be asked."""

    def __init__(self, question: str) -> None:
        self.question = question
        super().__init__(question)


@dataclass(frozen=True, slots=True)
class Marked:
    """The decimal mark of a column and how it's known."""

    mark: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order of a file's dates and how it's known."""

    order: Order
    reason: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What the rest of a file says about the order of its dates."""

    elsewhere: Sequence[Written] = ()
    """Dates before or after the rows: a period, the day of the export."""
    foreign_heading: bool = False
    """Whether a heading is in a language that never writes the month first."""
    decimal_comma: bool = False
    """No country that writes the month first has a decimal comma."""
    currencies: frozenset[str] = frozenset()
    direction: Direction | None = None
    """The order of the rows, where the running balance has proven it."""


def decimal_mark(own: Counter[str], elsewhere: Counter[str], currency: str | None) -> Marked:
    """The decimal mark of a column, from its figures' votes (:func:`numbers.decimal_votes`).

    Args:
        own: the column's votes.
        elsewhere: the votes of the file's other columns and of its preamble.
        currency: the file's currency, where known: euros have no third decimal, so 1,234 of them are thousands.

    Raises:
        Doubt: figures that contradict each other, or that leave it open with nothing else to tell.
    """
    shown = [mark for mark in ".," if own[mark]]
    if len(shown) > 1:
        raise Doubt("is the point or the comma the decimal mark, when the column has both")
    if shown:
        return Marked(shown[0], "its figures")
    if not own["?"]:
        return Marked(".", "there are no decimals")
    others = [mark for mark in ".," if elsewhere[mark]]
    if len(others) == 1:
        return Marked(others[0], "other figures in the file")
    meaning = numbers.three_digits_mean(currency)
    if meaning is None:
        raise Doubt("is a mark before three digits a decimal mark or a thousands mark")
    return Marked(meaning, f"the currency {currency}")


def resolved_mark(figures: Iterable[Figure], marked: Marked) -> Marked:
    """The mark itself, where only the meaning of three digits was known.

    Raises:
        Doubt: the figures have both marks before three digits.
    """
    if marked.mark in (".", ","):
        return marked
    seen = {mark for each in figures for mark in each.marks}
    if len(seen) != 1:
        raise Doubt("is a mark before three digits a decimal mark or a thousands mark")
    mark = seen.pop()
    if marked.mark == "thousands":
        mark = "," if mark == "." else "."
    return Marked(mark, marked.reason)


def date_order(columns: Sequence[Sequence[Written | None]], hints: Hints) -> Ordered:
    """The order of day, month and year, decided over all dates of a file.

    Args:
        columns: the date columns, the booking date's first, each with one entry a row in the file's order.
        hints: what else there is to go by.

    Raises:
        Doubt: more than one order fits, and nothing tells which.
    """
    every = [each for column in columns for each in column if each is not None]
    possible = dates.possible_orders(every)
    if all(dates.own_order(each) for each in every):
        return Ordered("ymd", "written so")
    if len(possible) == 1:
        return Ordered(possible[0], "the only order in which they are days")
    possible = _by_years(every, possible)
    if len(possible) == 1:
        return Ordered(possible[0], "the years they would make")
    if all(each.parts[0] == each.parts[1] for each in every if not dates.own_order(each)):
        return Ordered("dmy", "both readings are the same days")
    return _between(columns, possible, hints)


def _between(columns: Sequence[Sequence[Written | None]], possible: tuple[Order, ...], hints: Hints) -> Ordered:
    """Day first or month first, by what the rest of the file says."""
    outside = dates.possible_orders(hints.elsewhere)
    if len(outside) == 1 and outside[0] in possible:
        return Ordered(outside[0], "other dates in the file")
    if hints.foreign_heading:
        return Ordered("dmy", "the language of the headings")
    if hints.decimal_comma:
        return Ordered("dmy", "the decimal comma")
    if order := _only(possible, lambda each: _runs_one_way(columns[0], each, hints.direction)):
        return Ordered(order, "the order of the rows")
    if len(columns) > 1 and (order := _only(possible, lambda each: _are_near(columns[0], columns[1], each))):
        return Ordered(order, "the nearness of the date columns")
    if hints.currencies and not hints.currencies & _MONTH_FIRST_CURRENCIES:
        return Ordered("dmy", f"the currency {min(hints.currencies)}")
    raise Doubt("are the dates day first or month first")


def _only(possible: Iterable[Order], fits: Callable[[Order], bool]) -> Order | None:
    """The only order that fits, or None where none or several do."""
    fitting = [order for order in possible if fits(order)]
    return fitting[0] if len(fitting) == 1 else None


def _days(column: Iterable[Written | None], order: Order) -> list[dt.date]:
    days: list[dt.date] = []
    for each in column:
        if each is not None:
            try:
                days.append(dates.day(each, order))
            except DateError:
                continue
    return days


def _by_years(every: Sequence[Written], possible: tuple[Order, ...]) -> tuple[Order, ...]:
    """For years of two figures: a statement spans few years, so the reading that makes many of them is none."""
    if "ymd" not in possible:
        return possible
    others = tuple(order for order in possible if order != "ymd")
    if all(each.mark == "/" for each in every):
        return others  # nobody writes 25/01/31
    counts = {order: len({each.year for each in _days(every, order)}) for order in possible}
    if counts["ymd"] <= _FEW_YEARS and all(counts[order] >= _MANY_YEARS for order in others):
        return ("ymd",)
    if counts["ymd"] >= _MANY_YEARS and any(counts[order] <= _FEW_YEARS for order in others):
        return others
    raise Doubt("does the year come first or last in the dates")


def _runs_one_way(column: Sequence[Written | None], order: Order, direction: Direction | None) -> bool:
    days = _days(column, order)
    if len(set(days)) < _FEWEST_IN_SEQUENCE:
        return False
    rising = all(before <= after for before, after in pairwise(days))
    falling = all(before >= after for before, after in pairwise(days))
    if direction is None:
        return rising or falling
    return rising if direction == "oldest first" else falling


def _are_near(first: Sequence[Written | None], second: Sequence[Written | None], order: Order) -> bool:
    for one, other in zip(first, second, strict=True):
        if one is not None and other is not None:
            pair = _days((one, other), order)
            if len(pair) == 2 and abs((pair[0] - pair[1]).days) > _NEAR_DAYS:  # noqa: PLR2004 - a pair
                return False
    return True
