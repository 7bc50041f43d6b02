"""Sharing out: the shares add up to the whole, to the last minor unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.ledger.money import allocate

SETTINGS = settings(max_examples=500, derandomize=True, database=None, deadline=None)
WEIGHTS = st.lists(
    st.decimals(0, 10**6, places=6, allow_nan=False, allow_infinity=False), min_size=1, max_size=12
).filter(any)
UNITS = st.integers(-(10**15), 10**15)
DIGITS = st.integers(0, 18)


def shares(units: int, weights: list[Decimal], digits: int) -> tuple[Decimal, list[Decimal]]:
    amount = Decimal(units).scaleb(-digits)
    return amount, allocate(amount, weights, digits)


@given(UNITS, WEIGHTS, DIGITS)
@SETTINGS
def test_shares_add_up_and_none_is_a_whole_unit_off(units: int, weights: list[Decimal], digits: int) -> None:
    amount, shared = shares(units, weights, digits)
    unit = Fraction(1, 10**digits)
    total = sum(map(Fraction, weights))
    assert sum(map(Fraction, shared)) == Fraction(amount)
    for share, weight in zip(shared, weights, strict=True):
        exact = Fraction(amount) * Fraction(weight) / total
        assert abs(Fraction(share) - exact) < unit
        assert share.as_tuple().exponent == -digits
        assert share * amount >= 0
        assert weight or not share


@given(UNITS, WEIGHTS, DIGITS)
@SETTINGS
def test_a_debt_is_shared_as_what_is_owned(units: int, weights: list[Decimal], digits: int) -> None:
    _, shared = shares(units, weights, digits)
    _, owed = shares(-units, weights, digits)
    assert owed == [-share for share in shared]


@given(UNITS, WEIGHTS, st.integers(1, 1000))
@SETTINGS
def test_only_the_proportion_of_weights_counts(units: int, weights: list[Decimal], factor: int) -> None:
    assert shares(units, weights, 2) == shares(units, [weight * factor for weight in weights], 2)


@given(UNITS.map(abs), WEIGHTS)
@SETTINGS
def test_who_weighs_more_gets_no_less_and_among_equals_the_first_gets_no_less(
    units: int, weights: list[Decimal]
) -> None:
    _, shared = shares(units, weights, 2)
    for place, weight in enumerate(weights):
        for later in range(place + 1, len(weights)):
            if weight >= weights[later]:
                assert shared[place] >= shared[later]
            else:
                assert shared[place] <= shared[later]


def test_the_units_left_over_go_to_those_who_lost_most() -> None:
    assert allocate(Decimal("10.00"), [Decimal(1)] * 3, 2) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert allocate(Decimal("0.01"), [Decimal(1), Decimal(2), Decimal(2)], 2) == [
        Decimal("0.00"), Decimal("0.01"), Decimal("0.00"),
    ]  # fmt: skip
    assert allocate(Decimal(100), [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")], 0) == [34, 33, 33]


@pytest.mark.parametrize(
    ("amount", "weights", "digits"),
    [("0.001", ["1"], 2), ("1", [], 2), ("1", ["0", "0"], 2), ("1", ["1", "-1"], 2), ("1", ["2", "-1"], 2)],
)
def test_what_cannot_be_shared_out_is_refused(amount: str, weights: list[str], digits: int) -> None:
    with pytest.raises(ValueError, match=r"finer|weights"):
        allocate(Decimal(amount), [Decimal(weight) for weight in weights], digits)
