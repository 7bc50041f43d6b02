"""How much the bench measures, and how long that takes."""

from __future__ import annotations

import pytest
from bench.cases.reading import SIZES
from bench.figures import FEWEST_ROUNDS, Round
from bench.schedule import CLIENTS, NAMES, ON_REQUEST, USUALLY, full, is_due, quick
from tests.bench.test_figures import a_round

QUIET, LOUD = a_round(), a_round(others=0.9)


def test_all_of_it_takes_half_an_hour_and_a_quick_run_six_minutes() -> None:
    assert full().seconds() <= 30 * 60
    assert quick().seconds() <= 6 * 60


def test_all_of_it_leaves_room_for_rounds_that_are_dropped() -> None:
    assert full().rounds == FEWEST_ROUNDS + 2
    assert min(full().rounds_for(1), full().rounds_for(32), full().import_rounds) >= FEWEST_ROUNDS


def test_each_case_is_asked_by_eight_clients_and_some_by_one_and_by_many() -> None:
    schedule = full()
    assert schedule.clients == (CLIENTS, 1, 32)
    assert {"record", "record-full", "list", "list-account", "login", "peer-tutorial"} <= set(schedule.rated(8))
    assert set(schedule.rated(32)) == {"record", "list", "balance", "trial-balance", "get", "not-modified"}
    assert schedule.sizes_for(8) == SIZES
    assert schedule.sizes_for(1) == SIZES[:1]
    assert [schedule.case_count(clients) for clients in schedule.clients] == [20, 6, 6]


def test_clients_that_are_named_ask_everything() -> None:
    schedule = full(clients=[4])
    assert schedule.rated(4) == full().rated(8)
    assert schedule.sizes_for(4) == SIZES
    assert schedule.rounds_for(4) == schedule.rounds


def test_what_needs_a_program_installed_for_it_is_only_done_if_named() -> None:
    assert set(full().names) == set(USUALLY) == set(NAMES) - set(ON_REQUEST)
    assert full(["peer-hordak"]).names == ("peer-hordak",)


def test_what_is_left_out_takes_no_time() -> None:
    assert full(["record"]).seconds() < full(["record", "list"]).seconds() < full().seconds()
    assert full(rounds=5).seconds() < full().seconds() < full(rounds=9).seconds()


@pytest.mark.parametrize(
    ("rounds", "planned", "due"),
    [
        ([], 7, True),
        ([QUIET] * 5, 7, True),
        ([QUIET] * 5 + [LOUD] * 2, 7, False),
        ([QUIET] * 4 + [LOUD] * 3, 7, True),
        ([QUIET] * 4 + [LOUD] * 3 + [QUIET], 7, False),
        ([LOUD] * 13, 7, True),
        ([LOUD] * 14, 7, False),
        ([QUIET] * 4 + [LOUD], 5, True),
        ([LOUD] * 2, 2, False),
    ],
)
def test_more_rounds_are_played_while_too_few_were_quiet(rounds: list[Round], planned: int, due: bool) -> None:
    assert is_due(rounds, planned) is due
