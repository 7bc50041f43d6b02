"""``farthing worker`` and ``farthing jobs``: jobs done beside the service, and seen by the operator."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from pydantic import SecretStr
from tests.entrypoints.cli.commands import PATIENCE_SECONDS, answered, run, surroundings
from tests.household import Household, serving
from tests.jobs import STAYING, PayeeArguments, failed, put_off, until

from farthing.core.settings import Settings
from farthing.core.work import Actor
from farthing.entrypoints.cli.clerk import Clerk
from farthing.entrypoints.cli.jobs import wait_for
from farthing.entrypoints.worker.periodic import TASKS
from farthing.features.jobs.errors import JobFailed
from farthing.features.undo.jobs import UNDO, UndoArguments


@pytest.fixture
async def home(fresh_database_url: str, signing_key: str) -> AsyncIterator[Household]:
    async with serving(fresh_database_url, signing_key, worker="none") as client:
        yield await Household.founded(client)


@pytest.fixture
def place(fresh_database_url: str) -> dict[str, str]:
    return {"FARTHING_DATABASE_URL": fresh_database_url}


@pytest.fixture
def worker(place: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "farthing", "worker"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd="/",
        env=surroundings(**place),
    )
    assert process.stdout
    with process:
        yield process
        process.kill()


async def _undoing(home: Household) -> str:
    await home.record()
    return await put_off(home, UNDO, UndoArguments(revision=await home.revision()))


async def test_a_worker_of_its_own_does_jobs_until_it_is_told_to_stop(
    home: Household, worker: subprocess.Popen[str]
) -> None:
    job_id = await _undoing(home)
    assert worker.stdout
    assert worker.stdout.readline() == "Farthing does jobs\n"
    job = await until(home, job_id)
    assert (job["state"], job["fault"], job["result"]["deleted"]) == ("succeeded", None, 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE_SECONDS) == 0


async def test_the_operator_sees_jobs_of_all_books_and_not_what_they_are_done_with(
    home: Household, place: dict[str, str]
) -> None:
    waiting = await put_off(home, STAYING, PayeeArguments(name="A secret friend"))
    dead = await failed(home)
    jobs = answered("jobs", "list", **place)
    assert [(job["id"], job["state"], job["fault_code"]) for job in jobs] == [
        (dead, "failed", "in_the_way"),
        (waiting, "queued", None),
    ]
    assert [job["id"] for job in answered("jobs", "list", "--state", "failed", **place)] == [dead]
    said = run("jobs", "list", **place)
    assert (said.returncode, "secret" in said.stdout, home.book_id in said.stdout) == (0, False, True)


async def test_the_operator_sees_what_is_done_again_and_again(
    home: Household, worker: subprocess.Popen[str], place: dict[str, str]
) -> None:
    assert worker.stdout
    assert worker.stdout.readline()
    await until(home, await _undoing(home))
    tasks = answered("jobs", "tasks", **place)
    assert [(task["name"], task["last_done_at"]) for task in tasks] == [
        (name, None) for name in sorted(task.name for task in TASKS)
    ]
    assert run("jobs", "tasks", **place).stdout.count("never") == len(TASKS)


async def test_a_command_waits_for_a_job_and_does_it_if_nobody_else_does(
    home: Household, fresh_database_url: str
) -> None:
    seen: list[tuple[int, int | None]] = []
    async with Clerk(Settings(database_url=SecretStr(fresh_database_url))) as clerk:
        actor, book_id = Actor(UUID(home.person.id), None), UUID(home.book_id)

        def advance(done: int, total: int | None) -> None:
            seen.append((done, total))

        job = await wait_for(clerk, actor, book_id, UUID(await _undoing(home)), advance)
        assert (job["state"], job["result"]["deleted"]) == ("succeeded", 1)
        assert seen
        await home.record()
        superseded = await put_off(home, UNDO, UndoArguments(revision=10_000))
        with pytest.raises(JobFailed):
            await wait_for(clerk, actor, book_id, UUID(superseded), advance)
