"""Rounding together: nothing drifts, and nothing is a unit away."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from farthing.ledger.rounding import rounded, rounded_together

FIGURES = st.lists(st.fractions(-(10**9), 10**9, max_denominator=10**6), max_size=30)


def test_thirds_of_a_cent_by_hand() -> None:
    thirds = {name: Fraction(1, 300) for name in "abc"}
    assert rounded_together(thirds, 2) == {"a": Decimal("0.01"), "b": Decimal("0.00"), "c": Decimal("0.00")}
    eighths = rounded_together({"a": Fraction(1, 8), "b": Fraction(-1, 8)}, 2)
    assert eighths == {"a": Decimal("0.13"), "b": Decimal("-0.13")}
    assert rounded(Fraction(1, 8), 2) == Decimal("0.12")
    assert rounded(Fraction(-5, 2), 0) == Decimal(-2)


@given(FIGURES, st.integers(0, 18))
def test_they_add_up_to_their_sum_rounded_once(figures: list[Fraction], digits: int) -> None:
    together = rounded_together(dict(enumerate(figures)), digits)
    assert sum(together.values(), Decimal(0)) == rounded(sum(figures, Fraction(0)), digits)


@given(FIGURES, st.integers(0, 18))
def test_none_is_a_unit_away_and_what_is_whole_stays(figures: list[Fraction], digits: int) -> None:
    unit = Fraction(1, 10**digits)
    for place, amount in rounded_together(dict(enumerate(figures)), digits).items():
        away = abs(Fraction(amount) - figures[place])
        assert away < unit
        if (figures[place] / unit).denominator == 1:
            assert not away
