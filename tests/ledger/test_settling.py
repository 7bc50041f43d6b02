"""Settling up: whatever moved, it comes to zero; few payments even it out, exactly."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.ledger.money import allocate
from farthing.ledger.settling import Movement, Payment, Tally, settle

ADA, BOB, EVE = UUID(int=1), UUID(int=2), UUID(int=3)
CENTS = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))
PEOPLE = st.integers(1, 7).map(lambda count: [UUID(int=number) for number in range(1, count + 1)])


def tallied(*movements: Movement) -> Tally:
    tally = Tally(2)
    for movement in movements:
        tally.count(movement)
    return tally


def moved(pot: str, **held: str) -> Movement:
    people = {"ada": ADA, "bob": BOB, "eve": EVE}
    return Movement({people[name]: Decimal(amount) for name, amount in held.items()}, Decimal(pot))


@pytest.mark.parametrize(
    ("movement", "paid", "given_", "unassigned"),
    [
        (moved("50.00", ada="-50.00"), {ADA: "50.00"}, {}, "0"),
        (moved("50.00", ada="-70.00"), {ADA: "50.00"}, {}, "0"),
        (moved("50.00", ada="-40.00", bob="-30.00"), {ADA: "28.57", BOB: "21.43"}, {}, "0"),
        (moved("50.00"), {}, {}, "50.00"),
        (moved("50.00", ada="-20.00"), {ADA: "20.00"}, {}, "30.00"),
        (moved("-8.00", ada="8.00"), {ADA: "-8.00"}, {}, "0"),
        (moved("0", ada="-50.00", bob="50.00"), {}, {ADA: "50.00", BOB: "-50.00"}, "0"),
        (moved("60.00", ada="-100.00", bob="40.00"), {ADA: "60.00"}, {ADA: "40.00", BOB: "-40.00"}, "0"),
        (moved("0", ada="-100.00", bob="30.00"), {}, {ADA: "30.00", BOB: "-30.00"}, "0"),
        (moved("0", ada="2000.00"), {}, {}, "0"),
        (moved("2000.00"), {}, {}, "2000.00"),
    ],
)
def test_what_goes_into_the_pot_is_paid_and_what_goes_to_others_is_given(
    movement: Movement, paid: dict[UUID, str], given_: dict[UUID, str], unassigned: str
) -> None:
    tally = tallied(movement)
    assert {person: amount for person, amount in tally.paid.items() if amount} == {
        person: Decimal(amount) for person, amount in paid.items()
    }
    assert tally.given == {person: Decimal(amount) for person, amount in given_.items()}
    assert tally.unassigned == Decimal(unassigned)


@given(
    st.lists(st.tuples(CENTS, st.dictionaries(st.sampled_from((ADA, BOB, EVE)), CENTS)), max_size=8),
    st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any),
)
def test_whatever_moved_balances_come_to_zero_and_once_settled_to_nothing(
    movements: list[tuple[Decimal, dict[UUID, Decimal]]], weights: list[int]
) -> None:
    tally = tallied(*(Movement(held, pot) for pot, held in movements))
    assert sum(tally.given.values()) == 0
    assert tally.shared + tally.unassigned == sum(pot for pot, _ in movements)
    shares = dict(zip((ADA, BOB, EVE), allocate(tally.shared, [Decimal(each) for each in weights], 2), strict=True))

    def balances() -> dict[UUID, Decimal]:
        return {
            person: tally.paid.get(person, Decimal(0)) + tally.given.get(person, Decimal(0)) - shares[person]
            for person in shares
        }

    assert sum(balances().values()) == 0
    for payment in settle(balances()):
        tally.count(Movement({payment.payer: -payment.amount, payment.payee: payment.amount}, Decimal(0)))
    assert not any(balances().values())
    assert settle(balances()) == []


@given(PEOPLE, st.data())
def test_there_are_as_few_payments_as_can_be(people: list[UUID], data: st.DataObject) -> None:
    amounts = [Decimal(data.draw(st.integers(-4, 4))) for _ in people]
    amounts[-1] -= sum(amounts)
    balances = dict(zip(people, amounts, strict=True))
    payments = settle(balances)
    assert all(payment.amount > 0 for payment in payments)
    assert len(payments) <= max(0, len(people) - 1)
    for payment in payments:
        balances[payment.payer] += payment.amount
        balances[payment.payee] -= payment.amount
    assert not any(balances.values())
    assert len(payments) == _fewest([amount for amount in amounts if amount])


def _fewest(amounts: list[Decimal]) -> int:
    """The same by trying all ways to take a group of zero out first: slow, and plain."""
    if not amounts:
        return 0
    first, rest = 0, range(1, len(amounts))
    best = len(amounts) - 1
    for size in range(1, len(amounts) - 1):
        for others in combinations(rest, size):
            group = {first, *others}
            if sum(amounts[place] for place in group) == 0:
                left = [amount for place, amount in enumerate(amounts) if place not in group]
                best = min(best, len(group) - 1 + _fewest(left))
    return best


def test_a_crowd_takes_no_more_payments_than_people() -> None:
    crowd = {UUID(int=number): Decimal(number) for number in range(1, 40)} | {UUID(int=99): Decimal(-780)}
    assert len(settle(crowd)) == 39


def test_two_pairs_settle_among_themselves() -> None:
    balances = {ADA: Decimal(5), BOB: Decimal(-5), EVE: Decimal(7), UUID(int=4): Decimal(-7)}
    assert settle(balances) == [Payment(BOB, ADA, Decimal(5)), Payment(UUID(int=4), EVE, Decimal(7))]
    with pytest.raises(ValueError, match="differ"):
        settle({ADA: Decimal(1)})
