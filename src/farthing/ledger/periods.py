"""Periods: a range of days cut into days, weeks, months, quarters, calendar years or fiscal years."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from enum import StrEnum

MONTHS = 12
MOST_PERIODS = 400
"""More columns than that nobody reads; it bounds what a report costs."""


class Interval(StrEnum):
    """How long a period is. ``NONE`` leaves the range whole."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"


_MONTHS_IN = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: MONTHS, Interval.FISCAL_YEAR: MONTHS}


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both counted."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Calendar:
    """When weeks and fiscal years begin.

    ``first_weekday`` is 1 for Monday to 7 for Sunday (ISO 8601); ``fiscal_year_start`` is a month and a day, and
    29 February is the 28th in common years.
    """

    first_weekday: int = 1
    fiscal_year_start: tuple[int, int] = (1, 1)

    def fiscal_year_of(self, day: dt.date) -> dt.date:
        """The first day of the fiscal year that a day is in."""
        this = _fiscal_start(day.year, self.fiscal_year_start)
        return this if this <= day else _fiscal_start(day.year - 1, self.fiscal_year_start)


class PeriodsTooMany(ValueError):
    """The range holds more periods than a report shows."""


_CIVIL = Calendar()


def cut(first: dt.date, last: dt.date, interval: Interval, calendar: Calendar = _CIVIL) -> tuple[Period, ...]:
    """Cut a range of days into consecutive periods, oldest first. The outer ones are cut off where the range ends.

    Args:
        first: the first day.
        last: the last; not before the first.
        interval: how long each is.
        calendar: when weeks and fiscal years begin.

    Raises:
        PeriodsTooMany: there would be more than :data:`MOST_PERIODS`.
    """
    periods: list[Period] = []
    start = first
    while start <= last:
        if len(periods) == MOST_PERIODS:
            raise PeriodsTooMany
        following = _next_start(start, interval, calendar)
        end = last if following is None else min(last, following - dt.timedelta(days=1))
        periods.append(Period(start, end))
        if end == last:
            break
        start = end + dt.timedelta(days=1)
    return tuple(periods)


def before(period: Period) -> Period:
    """The period just as long before another: by calendar months where it is whole months, by days elsewhere."""
    last = period.first - dt.timedelta(days=1)
    if _is_whole_months(period):
        months = (period.last.year - period.first.year) * MONTHS + period.last.month - period.first.month + 1
        return Period(_shifted(period.first, -months), last)
    return Period(period.first - dt.timedelta(days=period.days), last)


def year_before(period: Period) -> Period:
    """The same days a year earlier; the end of February stays the end of February."""
    last = _shifted(period.last, -MONTHS)
    if _ismonth_end(period.last):
        last = month_end(last)
    return Period(_shifted(period.first, -MONTHS), last)


def _next_start(day: dt.date, interval: Interval, calendar: Calendar) -> dt.date | None:
    """The first day of the period after the one that a day is in; None where there is none any more."""
    try:
        match interval:
            case Interval.NONE:
                return None
            case Interval.DAY:
                return day + dt.timedelta(days=1)
            case Interval.WEEK:
                return day + dt.timedelta(days=7 - (day.isoweekday() - calendar.first_weekday) % 7)
            case Interval.FISCAL_YEAR:
                begun = calendar.fiscal_year_of(day)
                return _fiscal_start(begun.year + 1, calendar.fiscal_year_start)
            case _:
                length = _MONTHS_IN[interval]
                month = (day.month - 1) // length * length
                return _shifted(dt.date(day.year, month + 1, 1), length)
    except (OverflowError, ValueError):
        return None


def _fiscal_start(year: int, start: tuple[int, int]) -> dt.date:
    month, day = start
    return dt.date(year, month, min(day, monthrange(year, month)[1]))


def _shifted(day: dt.date, months: int) -> dt.date:
    """So many months on; the last day of a shorter month where the day isn't in it."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(day: dt.date) -> dt.date:
    """The first of its month."""
    return day.replace(day=1)


def months_before(day: dt.date, months: int) -> dt.date:
    """So many months earlier; the last day of a shorter month where the day isn't in it."""
    return _shifted(day, -months)


def month_end(day: dt.date) -> dt.date:
    """The last of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _ismonth_end(day: dt.date) -> bool:
    return day == month_end(day)


def _is_whole_months(period: Period) -> bool:
    return period.first.day == 1 and _ismonth_end(period.last)


def named(period: Period, interval: Interval) -> str:
    """What a period is called in short: 2026-03-14, 2026-03, 2026 Q1, 2026; of others, their first and last days."""
    first = period.first
    match interval:
        case Interval.DAY:
            return first.isoformat()
        case Interval.MONTH:
            return f"{first:%Y-%m}"
        case Interval.QUARTER:
            return f"{first.year} Q{(first.month - 1) // 3 + 1}"
        case Interval.YEAR:
            return str(first.year)
        case _:
            return f"{first.isoformat()}..{period.last.isoformat()}"
