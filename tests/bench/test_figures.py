"""The sums of the bench, and what it reads from others. Nothing here takes a time."""

from __future__ import annotations

import pytest
from bench.figures import FEWEST_ROUNDS, CaseResult, Round, growth, percentile, rotated, rounded


def a_round(rate: float = 40.0, others: float = 0.0, around: tuple[float, ...] = (90.0, 110.0)) -> Round:
    return Round(
        per_second=rate,
        pgbench_per_second=around,
        bare_per_second=200.0,
        p50_ms=2.0,
        p99_ms=9.0,
        python_us=1000.0,
        postgres_us=500.0,
        pgbench_postgres_us=480.0,
        load_cores=0.1,
        others=others,
    )


def test_a_round_is_compared_with_the_mean_of_the_runs_around_it() -> None:
    assert a_round(40.0, around=(90.0, 110.0)).ratio == pytest.approx(0.4)
    assert a_round(around=()).ratio is None


def test_a_case_is_the_median_of_its_quiet_rounds() -> None:
    case = CaseResult("record", 8, (a_round(40), a_round(50), a_round(60), a_round(1, others=0.9)))
    assert case.ratio == pytest.approx(0.5)
    assert case.dropped == 1
    written = case.written()
    assert (written["ratio_min"], written["ratio_max"], written["rounds"]) == (0.4, 0.6, 3)
    assert written["bare_ratio"] == 0.25


def test_fewer_than_five_quiet_rounds_are_not_enough() -> None:
    quiet, loud = a_round(), a_round(others=0.21)
    assert CaseResult("record", 8, (quiet,) * FEWEST_ROUNDS + (loud,)).is_enough
    assert not CaseResult("record", 8, (quiet,) * (FEWEST_ROUNDS - 1) + (loud,) * 9).is_enough


def test_a_case_without_a_quiet_round_still_shows_what_was_seen() -> None:
    case = CaseResult("record", 8, (a_round(30, others=1.0),))
    assert case.ratio == pytest.approx(0.3)
    assert not case.is_enough


def test_growth_is_the_exponent_of_the_power_law() -> None:
    sizes = (10_000, 100_000, 1_000_000)
    assert growth(sizes, (3.0, 3.0, 3.0)) == pytest.approx(0)
    assert growth(sizes, (1.0, 10.0, 100.0)) == pytest.approx(1)
    assert growth((10_000, 1_000_000), (1.0, 10.0)) == pytest.approx(0.5)


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7


def test_each_round_begins_with_another_case() -> None:
    assert [rotated("abc", n) for n in range(4)] == [list("abc"), list("bca"), list("cab"), list("abc")]
    assert rotated([], 3) == []


def test_figures_are_told_in_four_digits() -> None:
    assert rounded(1234.56) == 1235
    assert rounded(0.123456) == 0.1235
    assert rounded(None) is None
    assert rounded(0.0) == 0
