"""What is unusual, and what may be there twice."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from uuid import UUID

from farthing.ledger.flows import Flow
from farthing.ledger.outliers import Twice, find_twice, find_unusual, pair_of

ACCOUNT, CATEGORY = UUID(int=1), UUID(int=2)
FIRST = dt.date(2025, 1, 1)
LONG_AGO = dt.date(2000, 1, 1)


def flow(
    after: int, amount: str, who: str = "grocer", account: UUID = ACCOUNT, category: UUID | None = CATEGORY
) -> Flow:
    """A payment so many days after the first."""
    dice = random.Random(f"{after}{amount}{who}{account}{category}{random.random()}")
    id_ = UUID(int=dice.getrandbits(128))
    return Flow(id_, account, FIRST + dt.timedelta(days=after), Decimal(amount), "EUR", who, category)


def usual(count: int = 60, who: str = "grocer") -> list[Flow]:
    dice = random.Random(3)
    return [flow(n * 5, f"-{dice.uniform(20, 60):.2f}", who) for n in range(count)]


def test_what_is_far_above_what_is_usual_at_a_payee_is_told() -> None:
    odd = flow(200, "-480.00")
    (found,) = find_unusual([*usual(), odd], set(), LONG_AGO)
    assert (found.flow, found.of_payee, found.compared) == (odd, True, 60)
    assert 30 < found.usual < 50


def test_a_payee_that_is_hardly_known_is_compared_with_its_category() -> None:
    odd = flow(200, "-480.00", "delicatessen")
    (found,) = find_unusual([*usual(), odd], set(), LONG_AGO)
    assert (found.flow, found.of_payee) == (odd, False)
    others = [flow(100, "-450.00", "delicatessen"), flow(150, "-420.00", "delicatessen")]
    assert find_unusual([*usual(), odd, *others], set(), LONG_AGO) == [], "such amounts are paid there"


def test_of_few_payments_nothing_is_told() -> None:
    assert find_unusual([*usual(5), flow(200, "-480.00")], set(), LONG_AGO) == []


def test_what_is_expected_or_only_moved_or_came_in_or_is_old_is_not_unusual() -> None:
    odd = flow(200, "-480.00")
    assert find_unusual([*usual(), odd], {odd.key}, LONG_AGO) == []
    assert find_unusual([*usual(), flow(200, "-480.00", category=None)], set(), LONG_AGO) == []
    assert find_unusual([*usual(), flow(200, "480.00")], set(), LONG_AGO) == []
    assert find_unusual([*usual(), odd], set(), odd.date + dt.timedelta(days=1)) == []


def test_what_is_large_beside_little_but_little_beside_the_rest_is_not_told() -> None:
    sweets = [flow(n * 5, f"-{0.5 + n % 3 / 10:.2f}", "kiosk") for n in range(40)]
    assert find_unusual([*usual(), *sweets, flow(100, "-4.00", "kiosk")], set(), LONG_AGO) == []


def test_a_category_of_small_things_and_large_has_nothing_unusual() -> None:
    flights = [flow(n * 40, f"-{400 + n * 10}.00", f"airline {n}") for n in range(5)]
    assert find_unusual([*usual(), *flights], set(), LONG_AGO) == []


def test_two_of_one_amount_within_days_are_suspected() -> None:
    first, second = flow(50, "-33.21", "shoes"), flow(52, "-33.21", "shoes")
    assert find_twice([*usual(), second, first], {}, set(), LONG_AGO) == [Twice(first, second)]


def test_they_are_not_if_they_lie_apart_or_differ() -> None:
    first = flow(50, "-33.21", "shoes")
    for other in (
        flow(54, "-33.21", "shoes"),
        flow(50, "-33.22", "shoes"),
        flow(50, "33.21", "shoes"),
        flow(50, "-33.21", "hats"),
        flow(50, "-33.21", "shoes", account=UUID(int=9)),
    ):
        assert find_twice([first, other], {}, set(), LONG_AGO) == []


def test_they_are_not_if_it_is_known_that_they_are_two_or_if_that_is_long_ago() -> None:
    first, second = flow(50, "-33.21", "shoes"), flow(50, "-33.21", "shoes")
    settled = {pair_of(first.transaction_id, second.transaction_id)}
    assert find_twice([first, second], {}, settled, LONG_AGO) == []
    assert find_twice([first, second], {}, set(), second.date + dt.timedelta(days=1)) == []


def test_tickets_that_are_bought_twice_a_day_are_not_suspected() -> None:
    tickets = [flow(day, "-2.90", "tram") for day in range(0, 300, 4) for _ in range(2)]
    assert find_twice(tickets, {}, set(), LONG_AGO) == []


def test_a_second_rent_is_suspected_and_the_next_one_is_not() -> None:
    rents = [flow(30 * n, "-800.00", "landlord") for n in range(12)]
    again = flow(61, "-800.00", "landlord")
    recurring = {rent.key: 30.44 for rent in rents}
    assert find_twice([*rents, again], recurring, set(), LONG_AGO) == [Twice(rents[2], again)]
    assert find_twice(rents, recurring, set(), LONG_AGO) == []
    daily = [flow(n, "-4.00", "paper") for n in range(6)]
    assert find_twice(daily, {each.key: 7.0 for each in daily}, set(), LONG_AGO) == []
