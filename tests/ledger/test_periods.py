"""Periods: consecutive, complete, and cut where calendars cut."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.ledger.periods import MOST_PERIODS, Calendar, Interval, Period, PeriodsTooMany, before, cut, year_before

DAYS = st.dates(dt.date(1600, 1, 1), dt.date(2999, 12, 31))
CALENDARS = st.builds(
    Calendar,
    first_weekday=st.integers(1, 7),
    fiscal_year_start=st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)).map(lambda day: (day.month, day.day)),
)


@given(first=DAYS, length=st.integers(0, 900), interval=st.sampled_from(Interval), calendar=CALENDARS)
def test_periods_cover_the_range_once(first: dt.date, length: int, interval: Interval, calendar: Calendar) -> None:
    last = min(first + dt.timedelta(days=length), dt.date(2999, 12, 31))
    try:
        periods = cut(first, last, interval, calendar)
    except PeriodsTooMany:
        assert (last - first).days >= MOST_PERIODS
        return
    assert (periods[0].first, periods[-1].last) == (first, last)
    assert all(other.first - one.last == dt.timedelta(days=1) for one, other in pairwise(periods))
    assert all(period.days >= 1 for period in periods)


def test_weeks_begin_on_the_books_day() -> None:
    weeks = cut(dt.date(2026, 1, 1), dt.date(2026, 1, 12), Interval.WEEK, Calendar(first_weekday=7))
    assert [week.first for week in weeks] == [dt.date(2026, 1, 1), dt.date(2026, 1, 4), dt.date(2026, 1, 11)]


def test_fiscal_years_begin_on_the_books_day_and_in_common_years_on_the_28th_of_february() -> None:
    british = Calendar(fiscal_year_start=(4, 6))
    years = cut(dt.date(2025, 1, 1), dt.date(2026, 12, 31), Interval.FISCAL_YEAR, british)
    assert [year.first for year in years] == [dt.date(2025, 1, 1), dt.date(2025, 4, 6), dt.date(2026, 4, 6)]
    assert british.fiscal_year_of(dt.date(2026, 4, 5)) == dt.date(2025, 4, 6)
    leaping = Calendar(fiscal_year_start=(2, 29))
    assert leaping.fiscal_year_of(dt.date(2023, 3, 1)) == dt.date(2023, 2, 28)
    assert leaping.fiscal_year_of(dt.date(2024, 2, 28)) == dt.date(2023, 2, 28)


@pytest.mark.parametrize(
    ("first", "last", "earlier"),
    [
        ("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28")),
        ("2026-01-01", "2026-03-31", ("2025-10-01", "2025-12-31")),
        ("2026-03-05", "2026-03-14", ("2026-02-23", "2026-03-04")),
    ],
)
def test_what_came_before_is_as_long(first: str, last: str, earlier: tuple[str, str]) -> None:
    period = Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert before(period) == Period(*map(dt.date.fromisoformat, earlier))


def test_a_year_before_the_end_of_february_is_the_end_of_february() -> None:
    february = Period(dt.date(2025, 2, 1), dt.date(2025, 2, 28))
    assert year_before(february) == Period(dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert year_before(Period(dt.date(2024, 2, 29), dt.date(2024, 2, 29))).last == dt.date(2023, 2, 28)
