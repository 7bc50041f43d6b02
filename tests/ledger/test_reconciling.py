"""Which postings a statement leaves out, told from what they come to."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.ledger.reconciling import LARGEST, leave_out

AMOUNTS = st.lists(st.integers(-50_000, 50_000).map(lambda cents: Decimal(cents).scaleb(-2)), max_size=40)


@pytest.mark.parametrize(
    ("amounts", "excess", "places"),
    [
        ("", "0", ()),
        ("5", "0", ()),
        ("", "1", None),
        ("5 7 9", "7", (1,)),
        ("5 7 7", "7", (1,)),
        ("5 7 9", "12", (0, 1)),
        ("3 4 7", "7", (2,)),
        ("5 -7 9", "-2", (0, 1)),
        ("1 10 100 1000", "111", (0, 1, 2)),
        ("1 10 100 1000 10000 100000 1000000", "111111", (0, 1, 2, 3, 4, 5)),
        ("1 10 100 1000 10000 100000 1000000", "1111111", None),
        ("5 7 9", "6", None),
    ],
)
def test_the_fewest_and_newest_are_left_out(amounts: str, excess: str, places: tuple[int, ...] | None) -> None:
    assert leave_out([Decimal(amount) for amount in amounts.split()], Decimal(excess)) == places


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(amounts=AMOUNTS, data=st.data())
def test_what_is_left_out_comes_to_the_excess(amounts: list[Decimal], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, max(len(amounts) - 1, 0)), max_size=2)) if amounts else set()
    excess = sum((amounts[place] for place in chosen), Decimal(0))
    places = leave_out(amounts, excess)
    assert places is not None
    assert len(places) <= max(len(chosen), 0)
    assert sum((amounts[place] for place in places), Decimal(0)) == excess
    assert len(set(places)) == len(places) <= LARGEST


def test_a_search_in_vain_ends_soon() -> None:
    amounts = [Decimal(2 * n) for n in range(5000)]
    began = time.process_time()
    assert leave_out(amounts, Decimal("0.01")) is None
    assert time.process_time() - began < 2
