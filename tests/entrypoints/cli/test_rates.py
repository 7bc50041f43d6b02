from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator

import pytest
from tests.entrypoints.central_bank import TABLE, Source, published
from tests.entrypoints.cli.commands import answered, run

from farthing.entrypoints.rates import begin_with_rates


@pytest.fixture
def source() -> Iterator[str]:
    with published() as address:
        yield address


def test_rates_are_added_and_shown(fresh_database_url: str) -> None:
    place = {"FARTHING_DATABASE_URL": fresh_database_url}
    assert answered("rates", "list", **place) == []
    said = ("rates", "add", "USD", "1.1172", "--date", "2026-11-23", "--source", "the paper")
    assert answered(*said, **place) == {"written": 1}
    assert answered(*said, **place) == {"written": 0}
    (dollar,) = answered("rates", "list", **place)
    assert dollar == {"currency": "USD", "days": 1, "first": "2026-11-23", "last": "2026-11-23", "source": "the paper"}
    for wrong in (("EUR", "1"), ("USD", "0"), ("USD", "1e3"), ("ACME", "1")):
        refused = run("rates", "add", *wrong, "--date", "2026-11-23", **place)
        assert refused.returncode == 1, refused.stdout
        assert refused.stderr.startswith("error: ")


def test_what_is_newer_is_fetched_from_where_the_operator_says(fresh_database_url: str, source: str) -> None:
    place = {"FARTHING_DATABASE_URL": fresh_database_url}
    refused = run("rates", "refresh", **place)
    assert (refused.returncode, "rates_unavailable" in refused.stderr) == (1, True)
    place["FARTHING_RATES_URL"] = source
    assert answered("rates", "refresh", **place) == {"written": 3}
    assert answered("rates", "refresh", **place) == {"written": 0}
    assert {each["currency"]: each["last"] for each in answered("rates", "list", **place)} == {
        "JPY": "2026-11-20",
        "USD": "2026-11-20",
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [((404, TABLE), "rates_unavailable"), ((302, TABLE), "rates_unavailable"), ((200, b"<html>"), "rates_unreadable")],
)
def test_a_source_that_answers_otherwise_changes_nothing(
    fresh_database_url: str, source: str, monkeypatch: pytest.MonkeyPatch, said: tuple[int, bytes], code: str
) -> None:
    monkeypatch.setattr(Source, "said", said)
    place = {"FARTHING_DATABASE_URL": fresh_database_url}
    refused = run("rates", "refresh", **place, FARTHING_RATES_URL=source)
    assert (refused.returncode, code in refused.stderr) == (1, True)
    assert answered("rates", "list", **place) == []


def test_a_database_begins_with_the_history_of_the_central_bank(fresh_database_url: str) -> None:
    assert asyncio.run(begin_with_rates(fresh_database_url)) > 200_000
    assert asyncio.run(begin_with_rates(fresh_database_url)) == 0
    known = answered("rates", "list", FARTHING_DATABASE_URL=fresh_database_url)
    (dollar,) = [each for each in known if each["currency"] == "USD"]
    assert dollar["first"] == "1999-01-04"
    assert dt.date.fromisoformat(dollar["last"]) > dt.date(2025, 1, 1)
