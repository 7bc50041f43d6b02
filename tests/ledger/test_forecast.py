"""What accounts are going to hold, and how good that would have been in the past."""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal
from uuid import UUID

import pytest

from farthing.ledger.flows import Flow
from farthing.ledger.forecast import LEAST_DAYS, Key, Past, back_test, forecast
from farthing.ledger.recurrence import Shift, day_in_month, find_recurring

CHECKING, SAVINGS, CATEGORY = UUID(int=1), UUID(int=2), UUID(int=3)
AS_OF = dt.date(2026, 11, 22)
IN_CHECKING: Key = (CHECKING, "EUR")
IN_SAVINGS: Key = (SAVINGS, "EUR")
_dice = random.Random(11)


def flow(day: dt.date, amount: float, who: str, account: UUID = CHECKING, category: UUID | None = CATEGORY) -> Flow:
    exact = Decimal(str(round(amount, 2)))
    return Flow(UUID(int=_dice.getrandbits(128)), account, day, exact, "EUR", who, category)


def rents(count: int = 24) -> list[Flow]:
    last = AS_OF.year * 12 + AS_OF.month - 1
    days = [day_in_month(last - back, 5, Shift.NONE) for back in range(count)]
    return [flow(day, -800, "landlord") for day in sorted(days)]


def shopping(days: int = 700) -> list[Flow]:
    dice = random.Random(2)
    return [
        flow(AS_OF - dt.timedelta(days=back), -dice.uniform(10, 60), "grocer")
        for back in range(days)
        if dice.random() < 0.4
    ]


def past(flows: list[Flow], held: dict[Key, float], coming: list[Flow] | None = None) -> Past:
    known = [*flows, *(coming or [])]
    return Past(AS_OF, flows, coming or [], held, find_recurring(known, AS_OF))


def test_what_recurs_is_projected_on_its_days() -> None:
    made = forecast(past(rents(), {IN_CHECKING: 5000.0}), 1)
    assert made is not None
    points = {point.date: point for point in made.accounts[IN_CHECKING]}
    assert len(points) == 90
    assert points[dt.date(2026, 12, 4)].middle == 5000
    assert points[dt.date(2026, 12, 5)].middle == 4200
    assert points[dt.date(2027, 2, 5)].middle == 2600


def test_the_rest_is_drawn_from_the_past_and_spreads_with_time() -> None:
    made = forecast(past(shopping(), {IN_CHECKING: 5000.0}), 1)
    assert made is not None
    points = made.accounts[IN_CHECKING]
    assert points[-1].middle == pytest.approx(5000 - 90 * 0.4 * 35, rel=0.05)
    for point in points:
        assert point.low_80 <= point.low_50 <= point.middle <= point.high_50 <= point.high_80
    assert points[6].high_80 - points[6].low_80 < points[-1].high_80 - points[-1].low_80


def test_the_same_past_and_seed_make_the_same_forecast() -> None:
    flows = [*rents(), *shopping()]
    one, again, other = (forecast(past(flows, {IN_CHECKING: 5000.0}), seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_a_short_past_tells_nothing() -> None:
    assert forecast(past([], {IN_CHECKING: 10.0}), 1) is None
    assert forecast(past(shopping(LEAST_DAYS - 2), {IN_CHECKING: 10.0}), 1) is None
    assert forecast(past([flow(AS_OF - dt.timedelta(days=LEAST_DAYS), -1, "x")], {IN_CHECKING: 10.0}), 1) is not None


def test_what_is_recorded_ahead_is_known_and_not_expected_twice() -> None:
    ahead = flow(dt.date(2026, 12, 5), -800, "landlord")
    trip = flow(dt.date(2026, 12, 20), -1500, "travel")
    made = forecast(past(rents(), {IN_CHECKING: 5000.0}, [ahead, trip]), 1)
    assert made is not None
    points = {point.date: point for point in made.accounts[IN_CHECKING]}
    assert points[dt.date(2026, 12, 6)].middle == 4200
    assert points[dt.date(2026, 12, 21)].middle == 2700
    assert points[dt.date(2027, 1, 6)].middle == 1900


def test_transfers_between_accounts_cancel_out_in_the_total() -> None:
    moved = []
    dice = random.Random(4)
    for back in range(0, 600, 3):
        day, amount = AS_OF - dt.timedelta(days=back), dice.uniform(10, 900)
        out = flow(day, -amount, "own", category=None)
        moved += [out, Flow(out.transaction_id, SAVINGS, day, -out.amount, "EUR", "own", None)]
    made = forecast(past(moved, {IN_CHECKING: 900.0, IN_SAVINGS: 100.0}), 1)
    assert made is not None
    assert all(math.isclose(point.low_80, 1000, abs_tol=1e-6) for point in made.totals["EUR"])
    assert made.accounts[IN_CHECKING][-1].low_80 < made.accounts[IN_CHECKING][-1].high_80


def test_what_came_once_and_is_like_nothing_else_is_not_expected_again() -> None:
    house = flow(AS_OF - dt.timedelta(days=100), -90_000, "notary")
    made = forecast(past([*shopping(), house], {IN_CHECKING: 5000.0}), 1)
    assert made is not None
    assert made.accounts[IN_CHECKING][-1].low_80 > 0


def test_what_has_ended_is_not_expected() -> None:
    ended = [each for each in rents() if each.date < dt.date(2026, 6, 1)]
    made = forecast(past([*ended, flow(AS_OF, -1, "grocer")], {IN_CHECKING: 5000.0}), 1)
    assert made is not None
    assert made.accounts[IN_CHECKING][-1].middle > 4900


def test_forecasts_are_held_against_what_came() -> None:
    flows = [*rents(), *shopping()]
    steps: list[tuple[int, int]] = []
    by_account, in_total = back_test(
        flows, {IN_CHECKING: 5000.0}, AS_OF, 1, origins=4, advance=lambda done, of: steps.append((done, of))
    )
    score = by_account[IN_CHECKING]
    assert (score.origins, score.checks, steps[-1]) == (4, 4 * 12, (4, 4))
    assert score.error < 0.2 * score.naive_error
    assert score.coverage_50 <= score.coverage_80 <= 1
    assert in_total["EUR"].checks == score.checks


def test_a_forecast_of_the_past_knows_nothing_of_what_came() -> None:
    flows = [*rents(), *shopping()]
    then = AS_OF - dt.timedelta(days=90)
    changed = [each if each.date <= then else flow(each.date, float(each.amount) * 9, each.who) for each in flows]
    one, other = (
        back_test(
            given, {IN_CHECKING: 5000.0 + sum(float(f.amount) for f in given if f.date > then)}, AS_OF, 1, origins=1
        )
        for given in (flows, changed)
    )
    assert one[0][IN_CHECKING].error < other[0][IN_CHECKING].error, "the forecast is the same, what came is not"


def test_a_past_without_anything_has_no_score() -> None:
    by_account, in_total = back_test([], {IN_CHECKING: 5.0}, AS_OF, 1)
    assert by_account[IN_CHECKING].checks == in_total["EUR"].checks == 0
    assert math.isnan(by_account[IN_CHECKING].coverage_80)
