"""Tasks that are done again and again: once each time, however many workers there are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from tests.entrypoints.central_bank import published
from tests.jobs import a_worker

from farthing.core.database import Database
from farthing.core.queue import Task
from farthing.core.settings import Settings
from farthing.entrypoints.worker import worker as worker_module
from farthing.entrypoints.worker.periodic import TASKS, fetch_rates
from farthing.kit import ids


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "TASK_SECONDS", 0.05)


class Counting:
    """A task that counts how often it is done."""

    def __init__(self, *, goes_wrong: bool = False) -> None:
        self.task = Task(f"tests.{ids.new_id().hex}", "30 4 * * *")
        self.times = 0
        self.goes_wrong = goes_wrong

    async def do(self, _settings: Settings, _database: Database) -> Mapping[str, int]:
        self.times += 1
        await asyncio.sleep(0.2)
        if self.goes_wrong:
            raise RuntimeError("a bug")
        return {"times": self.times}

    async def becomes_due(self, superuser: asyncpg.Connection) -> None:
        await superuser.execute(
            "UPDATE periodic_tasks SET next_run = now() - interval '1 minute' WHERE entrypoint = $1", self.task.name
        )


async def test_a_task_is_done_once_when_it_is_due(database_url: str, superuser: asyncpg.Connection) -> None:
    counting = Counting()
    tasks = {counting.task: counting.do}
    async with a_worker(database_url, tasks=tasks), a_worker(database_url, tasks=tasks):
        await asyncio.sleep(0.4)
        assert counting.times == 0, "it isn't due before its time"
        for times in (1, 2):
            await counting.becomes_due(superuser)
            await asyncio.sleep(0.8)
            assert counting.times == times
    row = await superuser.fetchrow("SELECT * FROM periodic_tasks WHERE entrypoint = $1", counting.task.name)
    assert (row["status"], row["last_run"] is None) == ("queued", False)
    assert (row["next_run"].hour, row["next_run"].minute) == (4, 30)


async def test_a_task_that_goes_wrong_waits_for_its_next_time(database_url: str, superuser: asyncpg.Connection) -> None:
    counting = Counting(goes_wrong=True)
    async with a_worker(database_url, tasks={counting.task: counting.do}):
        await asyncio.sleep(0.2)
        await counting.becomes_due(superuser)
        await asyncio.sleep(0.8)
        assert counting.times == 1
        await counting.becomes_due(superuser)
        await asyncio.sleep(0.6)
    assert counting.times == 2


async def test_a_task_whose_worker_died_is_done_by_another(database_url: str, superuser: asyncpg.Connection) -> None:
    counting = Counting()
    async with a_worker(database_url, tasks={counting.task: counting.do}):
        await asyncio.sleep(0.2)
        await superuser.execute(
            "UPDATE periodic_tasks SET status = 'picked', heartbeat = now() - interval '1 minute' "
            "WHERE entrypoint = $1",
            counting.task.name,
        )
        await asyncio.sleep(0.6)
    assert counting.times == 1


async def test_what_the_program_does_again_and_again_succeeds(fresh_database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=SecretStr(fresh_database_url), data_dir=tmp_path)
    async with Database(settings) as database:
        did = {task.name: await doing(settings, database) for task, doing in TASKS.items()}
    assert did == {
        "forget_answers": {"answers": 0},
        "forget_jobs": {"jobs": 0},
        "forget_sign_ins": {"allowances": 0, "links": 0, "sessions": 0},
        "sweep_attachments": {"orphans": 0, "unused": 0},
        "fetch_rates": {"rates": 0},
        "refresh_insights": {"books": 0, "refused": 0},
    }


async def test_rates_are_fetched_every_night_if_the_operator_has_named_a_source(
    fresh_database_url: str, tmp_path: Path
) -> None:
    with published() as address:
        settings = Settings(database_url=SecretStr(fresh_database_url), data_dir=tmp_path, rates_url=address)
        async with Database(settings) as database:
            assert await fetch_rates(settings, database) == {"rates": 3}
            assert await fetch_rates(settings, database) == {"rates": 0}
