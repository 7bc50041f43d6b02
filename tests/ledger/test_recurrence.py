"""What recurs is told from what merely happens often."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.ledger.flows import Flow
from farthing.ledger.recurrence import (
    MIN_CONFIDENCE,
    Cadence,
    Series,
    SeriesState,
    Shift,
    day_in_month,
    find_recurring,
)

ACCOUNT, CATEGORY = UUID(int=1), UUID(int=2)
DAY = dt.timedelta(days=1)


def flow(day: dt.date, amount: str = "-9.99", who: str = "streaming") -> Flow:
    return Flow(
        UUID(int=random.Random(f"{day}{amount}{who}").getrandbits(128)),
        ACCOUNT,
        day,
        Decimal(amount),
        "EUR",
        who,
        CATEGORY,
    )


def monthly(count: int, day: int = 3, shift: Shift = Shift.NONE, first: int = 2024 * 12) -> list[dt.date]:
    return [day_in_month(first + n, day, shift) for n in range(count)]


def the_one(flows: Sequence[Flow], as_of: dt.date | None = None) -> Series:
    (found,) = find_recurring(flows, as_of or max(each.date for each in flows))
    return found


@pytest.mark.parametrize(
    ("cadence", "days"),
    [
        (Cadence.WEEKLY, [dt.date(2025, 1, 6) + n * 7 * DAY for n in range(12)]),
        (Cadence.FORTNIGHTLY, [dt.date(2025, 1, 6) + n * 14 * DAY for n in range(8)]),
        (Cadence.FOUR_WEEKLY, [dt.date(2025, 1, 6) + n * 28 * DAY for n in range(13)]),
        (Cadence.MONTHLY, monthly(12, 17)),
        (Cadence.TWO_MONTHLY, monthly(24, 17)[::2]),
        (Cadence.QUARTERLY, monthly(24, 17)[::3]),
        (Cadence.HALF_YEARLY, monthly(30, 17)[::6]),
        (Cadence.YEARLY, monthly(30, 17)[::12]),
    ],
)
def test_each_rhythm_is_known(cadence: Cadence, days: list[dt.date]) -> None:
    found = the_one([flow(day) for day in days])
    assert (found.rhythm.cadence, len(found.hits), found.missed) == (cadence, len(days), 0)
    assert found.state is SeriesState.ACTIVE
    assert found.expected_next > days[-1]
    assert sum(each.weight for each in found.evidence) == pytest.approx(found.confidence)


@pytest.mark.parametrize("shift", [Shift.FOLLOWING, Shift.PRECEDING])
@pytest.mark.parametrize("day", [1, 15, 31])
def test_a_day_that_is_moved_off_week_ends_is_known(day: int, shift: Shift) -> None:
    found = the_one([flow(each) for each in monthly(24, day, shift)])
    assert (found.rhythm.day_of_month, found.rhythm.shift) == (day, shift)
    assert found.expected_next == monthly(25, day, shift)[-1]


def test_the_last_day_of_a_month_is_known_in_every_month() -> None:
    found = the_one([flow(each) for each in monthly(14, 31)])
    assert [found.rhythm.expected(slot).day for slot in range(3)] == [31, 29, 31]


@given(st.sets(st.integers(1, 22), max_size=3))
def test_some_may_be_left_out(left_out: set[int]) -> None:
    days = [day for place, day in enumerate(monthly(24)) if place not in left_out]
    found = the_one([flow(day) for day in days])
    assert (found.rhythm.cadence, len(found.hits), found.missed) == (Cadence.MONTHLY, len(days), len(left_out))


@given(st.integers(0, 2**32))
def test_days_and_amounts_may_vary(seed: int) -> None:
    dice = random.Random(seed)
    flows = [flow(day + dice.choice((0, 0, 1, 2)) * DAY, f"-{dice.uniform(80, 120):.2f}") for day in monthly(18, 10)]
    found = the_one(flows)
    assert (found.rhythm.cadence, found.is_fixed, len(found.hits)) == (Cadence.MONTHLY, False, 18)
    assert Decimal(-120) <= found.usual <= Decimal(-80)


def test_a_price_that_rose_is_told_with_its_day() -> None:
    days = monthly(18)
    prices = ["-9.99"] * 7 + ["-11.99"] * 8 + ["-12.99"] * 3
    found = the_one([flow(day, price) for day, price in zip(days, prices, strict=True)])
    assert [(step.date, step.before, step.after) for step in found.steps] == [
        (days[7], Decimal("9.99"), Decimal("11.99")),
        (days[15], Decimal("11.99"), Decimal("12.99")),
    ]
    assert (found.usual, len(found.level)) == (Decimal("-12.99"), 3)


def test_one_that_is_off_is_no_new_price() -> None:
    prices = ["2000.00"] * 11 + ["4000.00"] + ["2000.00"] * 5
    found = the_one([flow(day, price, "employer") for day, price in zip(monthly(17), prices, strict=True)])
    assert (found.steps, found.usual) == ((), Decimal("2000.00"))
    last = the_one([flow(day, price, "employer") for day, price in zip(monthly(12), prices, strict=False)])
    assert (last.steps, last.usual) == ((), Decimal("2000.00")), "nor is the last, if it is far off"


def test_what_does_not_come_is_late_and_then_ended() -> None:
    days = monthly(12)
    flows = [flow(day) for day in days]
    states = [the_one(flows, days[-1] + after * DAY).state for after in (20, 34, 45, 90)]
    assert states == [SeriesState.ACTIVE, SeriesState.ACTIVE, SeriesState.LATE, SeriesState.ENDED]


def test_a_subscription_is_found_among_other_purchases_at_the_shop() -> None:
    dice = random.Random(5)
    prime = [flow(day, "-8.99" if place < 15 else "-9.99", "shop") for place, day in enumerate(monthly(20))]
    first = prime[0].date
    other = [flow(first + dice.randrange(600) * DAY, f"-{dice.uniform(12, 180):.2f}", "shop") for _ in range(60)]
    found = the_one([*prime, *other])
    assert {hit.key for hit in found.hits} == {each.key for each in prime}
    assert [(step.before, step.after) for step in found.steps] == [(Decimal("8.99"), Decimal("9.99"))]


@pytest.mark.parametrize("days", [(1, 15), (15, 31), (10, 25)])
def test_wages_that_come_twice_a_month_are_two_series(days: tuple[int, int]) -> None:
    flows = [flow(each, "1150.00", "employer") for day in days for each in monthly(14, day, Shift.PRECEDING)]
    found = find_recurring(flows, max(each.date for each in flows))
    assert {series.rhythm.cadence for series in found} == {Cadence.MONTHLY}
    assert sorted(series.rhythm.day_of_month for series in found) == list(days)
    assert [len(series.hits) for series in found] == [14, 14]


@given(st.integers(0, 2**32))
def test_shopping_at_random_does_not_recur(seed: int) -> None:
    dice = random.Random(seed)
    first = dt.date(2024, 1, 1)
    flows = [
        flow(first + n * DAY, f"-{dice.lognormvariate(3.5, 0.5):.2f}", "grocer")
        for n in range(700)
        if dice.random() < 0.2
    ]
    assert find_recurring(flows, first + 700 * DAY) == []


def test_two_payments_do_not_recur_unless_they_are_a_year_apart_and_alike() -> None:
    assert find_recurring([flow(day) for day in monthly(2)], dt.date(2024, 3, 1)) == []
    years = [dt.date(2024, 3, 1), dt.date(2025, 3, 3)]
    assert find_recurring([flow(years[0], "-80.00"), flow(years[1], "-55.00")], dt.date(2025, 4, 1)) == []
    assert the_one([flow(day, "-80.00") for day in years]).rhythm.cadence is Cadence.YEARLY


def test_directions_currencies_and_payees_are_kept_apart() -> None:
    days = monthly(10)
    flows = [flow(day) for day in days] + [flow(day, "9.99") for day in days] + [flow(day, who="music") for day in days]
    assert len(find_recurring(flows, days[-1])) == 3


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(-5000, 5000)), max_size=60))
def test_whatever_is_found_holds_together(told: list[tuple[int, int]]) -> None:
    first = dt.date(2023, 1, 1)
    flows = [
        Flow(UUID(int=place + 1), ACCOUNT, first + after * DAY, Decimal(cents) / 100, "EUR", "someone", CATEGORY)
        for place, (after, cents) in enumerate(told)
    ]
    as_of = first + 1000 * DAY
    found = find_recurring(flows, as_of)
    keys = [hit.key for series in found for hit in series.hits]
    assert len(keys) == len(set(keys)), "no payment is of two series"
    for series in found:
        assert MIN_CONFIDENCE <= series.confidence <= 1
        assert list(series.slots) == sorted(set(series.slots))
        assert len(series.hits) == len(series.slots) >= series.rhythm.cadence.least
        assert series.next_after(as_of) > as_of
        for slot, hit in zip(series.slots, series.hits, strict=True):
            assert abs((hit.date - series.rhythm.expected(slot)).days) <= series.rhythm.cadence.tolerance
    again = find_recurring(list(reversed(flows)), as_of)
    assert [series.hits for series in again] == [series.hits for series in found], "the order of flows doesn't matter"
