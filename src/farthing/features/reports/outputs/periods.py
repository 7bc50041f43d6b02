"""What periods are called in headings and along axes."""

from __future__ import annotations

import datetime as dt

from farthing.ledger.periods import Interval, Period, month_end, named

MONTHS_IN = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}


def heading(first: str, last: str) -> str:
    """The name of a whole month, quarter or year, or the day; of other periods, their first and last days."""
    period = Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    return named(period, _interval_of(period))


def label(first: str, last: str) -> str:
    """The same in short: a month that is cut off is called like the month, other periods by their first day."""
    period = Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    interval = _interval_of(period)
    if interval is not Interval.NONE:
        return named(period, interval)
    is_long = period.days > 7 and (period.first.year, period.first.month) == (period.last.year, period.last.month)  # noqa: PLR2004 - a week
    return first[:7] if is_long else first


def _interval_of(period: Period) -> Interval:
    if period.first == period.last:
        return Interval.DAY
    if period.first.day == 1 and period.last == month_end(period.last):
        months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
        for interval, length in MONTHS_IN.items():
            if months == length and (period.first.month - 1) % length == 0:
                return interval
    return Interval.NONE
