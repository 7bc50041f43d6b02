"""Cases that are planted in households that were made up are found; the same households each time."""

from __future__ import annotations

import pytest
from bench.analytics import Found, add, judged
from bench.planted import CURRENCY, Household, made_up

from farthing.ledger.forecast import Score, back_test

SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def homes() -> list[Household]:
    return [made_up(seed) for seed in SEEDS]


def test_the_same_seed_makes_the_same_household() -> None:
    assert made_up(3).flows == made_up(3).flows
    assert made_up(3).flows != made_up(4).flows


def test_planted_cases_are_found(homes: list[Household]) -> None:
    recurring, unusual, twice = Found(), Found(), Found()
    for home in homes:
        for total, one in zip((recurring, unusual, twice), judged(home), strict=True):
            total.add(one)
    assert recurring.right > 80
    assert recurring.precision >= 0.9, recurring.remarks
    assert recurring.recall >= 0.9, recurring.remarks
    assert unusual.precision >= 0.7, unusual.remarks
    assert unusual.recall >= 0.7, unusual.remarks
    assert twice.precision >= 0.9, twice.remarks
    assert twice.recall >= 0.9, twice.remarks


def test_the_bands_hold_about_as_often_as_they_say(homes: list[Household]) -> None:
    score = Score()
    for home in homes[:4]:
        _, in_total = back_test(home.flows, home.held(), home.last, home.seed, origins=4)
        add(score, in_total[CURRENCY])
    assert 0.65 <= score.coverage_80 <= 0.95
    assert 0.35 <= score.coverage_50 <= 0.75
    assert score.error < 0.6 * score.naive_error
