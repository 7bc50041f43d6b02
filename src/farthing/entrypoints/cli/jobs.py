"""``farthing jobs``: what was put off, across all books; and a job that a command waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from farthing.entrypoints.cli.answers import Advance, answer_json, answer_table
from farthing.entrypoints.cli.options import AsJson, DataDir
from farthing.features.jobs.states import JobState

if TYPE_CHECKING:
    from farthing.core.settings import Settings
    from farthing.core.work import Actor
    from farthing.entrypoints.cli.clerk import Clerk

LOOK_SECONDS = 0.2
"""How often a command that waits for a job looks how far it is."""

app = typer.Typer(help="Jobs of all books, and tasks that are done again and again.", no_args_is_help=True)


@app.command("list")
def list_jobs(
    *,
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show jobs, newest first. Says which books they are of, and nothing of what is in those."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings:
        jobs = asyncio.run(_jobs(settings, state, limit))
    if as_json:
        answer_json(jobs)
        return
    answer_table(
        "Jobs",
        ("Id", "Book", "Kind", "State", "Done", "Tries", "Asked for", "Fault"),
        [
            (
                job["id"],
                job["book_id"],
                job["kind"],
                job["state"],
                _far(job),
                job["attempts"],
                f"{job['created_at']:%Y-%m-%d %H:%M:%S}",
                job["fault_code"],
            )
            for job in jobs
        ],
    )


@app.command("tasks")
def list_tasks(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the tasks that are done again and again: when each was last done, and when it is due."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings:
        tasks = asyncio.run(_tasks(settings))
    if as_json:
        answer_json(tasks)
        return
    answer_table(
        "Tasks",
        ("Task", "When (UTC)", "Last done", "Due"),
        [
            (
                task["name"],
                task["expression"],
                f"{task['last_done_at']:%Y-%m-%d %H:%M}" if task["last_done_at"] else "never",
                "now" if task["running"] else f"{task['due_at']:%Y-%m-%d %H:%M}",
            )
            for task in tasks
        ],
    )


async def wait_for(clerk: Clerk, actor: Actor, book_id: UUID | None, job_id: UUID, advance: Advance) -> dict[str, Any]:
    """Wait until a job is over, and show how far it is. It is done here, where no other worker does it.

    Raises:
        JobFailed: it failed for good, or was cancelled.
    """
    from farthing.entrypoints.worker.worker import JobWorker  # noqa: PLC0415 - for a quick --help
    from farthing.features.jobs.errors import JobFailed  # noqa: PLC0415 - as above
    from farthing.features.jobs.service import JobService  # noqa: PLC0415 - as above

    async with JobWorker(clerk.settings, clerk.tools, tasks={}).working(grace_seconds=0.0):
        while True:
            async with clerk.read(actor, book_id, needs="jobs:read", operation="cli.jobs") as work:
                job = await JobService(work).get(job_id)
            advance(job["progress"]["done"], job["progress"]["total"])
            if job["state"] == JobState.SUCCEEDED:
                return job
            if job["ended_at"] is not None:
                raise JobFailed(why=job["fault"]["detail"] if job["fault"] else "It was cancelled.")
            await asyncio.sleep(LOOK_SECONDS)


async def _jobs(settings: Settings, state: JobState | None, limit: int) -> list[dict[str, Any]]:
    from farthing.core.connection import Begin  # noqa: PLC0415 - for a quick --help
    from farthing.core.database import owner_connection, required_url  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import told  # noqa: PLC0415 - as above
    from farthing.features.jobs.overview import OverviewService  # noqa: PLC0415 - as above

    with told():
        async with owner_connection(required_url(settings)) as owner:
            await owner.begin(Begin.READING)
            return await OverviewService(owner).jobs(state, limit)


async def _tasks(settings: Settings) -> list[dict[str, Any]]:
    from farthing.core.database import Database  # noqa: PLC0415 - for a quick --help
    from farthing.core.queue import Queue  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import told  # noqa: PLC0415 - as above

    with told():
        async with Database(settings) as database, database.connect() as connection:
            return [dict(task) for task in await Queue(connection).tasks()]


def _far(job: dict[str, Any]) -> str:
    total = job["progress_total"]
    return str(job["progress_done"]) if total is None else f"{job['progress_done']}/{total}"
