"""Every night, the books that have changed are looked into, each as one of its owners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from tests.features.insights.living import lived, today
from tests.household import Household, serving
from tests.jobs import a_worker, until

from farthing.core.database import Database
from farthing.core.settings import Settings
from farthing.entrypoints.worker import periodic
from farthing.entrypoints.worker.periodic import refresh_insights


@pytest.fixture
async def street(fresh_database_url: str, signing_key: str) -> AsyncIterator[list[Household]]:
    """Three households that nobody works for yet."""
    async with serving(fresh_database_url, signing_key, registration="open", worker="none") as client:
        yield [await Household.founded(client) for _ in range(3)]


async def _night(url: str, tmp_path: Path) -> int:
    """Have done what is done at night. Returns how many books are to be looked into."""
    settings = Settings(database_url=SecretStr(url), data_dir=tmp_path)
    async with Database(settings) as database:
        did = await refresh_insights(settings, database)
    assert did["refused"] == 0
    return did["books"]


async def _all_done(url: str, homes: list[Household]) -> None:
    async with a_worker(url):
        for home in homes:
            for job in (await home.got("/jobs"))["data"]:
                assert (await until(home, job["id"], seconds=60))["state"] == "succeeded"


async def test_books_that_changed_are_looked_into_and_no_others(
    street: list[Household], fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic, "BOOKS_AT_ONCE", 2)
    await lived(street[0])
    assert await _night(fresh_database_url, tmp_path) == 3
    (job,) = (await street[0].got("/jobs"))["data"]
    assert (job["kind"], job["asked_by"]) == ("insights.refresh", street[0].person.id)
    assert await _night(fresh_database_url, tmp_path) == 0, "they wait already"
    await _all_done(fresh_database_url, street)
    assert (await street[0].got("/recurring"))["data"] != []
    assert (await street[1].got("/insights"))["as_of"]["transactions"] == 0
    assert await _night(fresh_database_url, tmp_path) == 0, "nothing has changed"
    await street[1].record("-5.00", date=today().isoformat())
    assert await _night(fresh_database_url, tmp_path) == 1
    assert len((await street[1].got("/jobs"))["data"]) == 2


async def test_a_book_in_which_nothing_happens_is_looked_into_once_a_week(
    street: list[Household], fresh_database_url: str, tmp_path: Path
) -> None:
    await _night(fresh_database_url, tmp_path)
    await _all_done(fresh_database_url, street)
    superuser = await asyncpg.connect(fresh_database_url)
    try:
        aged = "UPDATE analyses SET made_at = made_at - interval '8 days' WHERE book_id = $1"
        await superuser.execute(aged, street[2].book_id)
    finally:
        await superuser.close()
    assert await _night(fresh_database_url, tmp_path) == 1
    assert len((await street[2].got("/jobs"))["data"]) == 2
