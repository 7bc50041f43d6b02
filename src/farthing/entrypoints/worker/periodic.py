"""What is done again and again for the whole instance, once, however many workers there are."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from farthing.core.changelog import ANSWERS_KEPT
from farthing.core.database import Database
from farthing.core.logging import logger
from farthing.core.queue import Queue, TakenTask, Task
from farthing.core.settings import Settings
from farthing.core.statements import prepared
from farthing.entrypoints.sweep import sweep_storage

JOBS_KEPT = dt.timedelta(days=30)
"""How long a job that is over is remembered."""
BEAT_SECONDS = 5.0
Chore = Callable[[Settings, Database], Awaitable[Mapping[str, int]]]
"""Does a task, and says in figures what it did."""


async def forget_answers(_settings: Settings, database: Database) -> Mapping[str, int]:
    """Drop the answers that no retry will ask for any more."""
    async with database.connect() as connection:
        return {"answers": await connection.value(_FORGET_ANSWERS, {"kept": ANSWERS_KEPT})}


async def forget_jobs(_settings: Settings, database: Database) -> Mapping[str, int]:
    """Forget jobs that have been over for long."""
    async with database.connect() as connection:
        return {"jobs": await connection.value(_FORGET_JOBS, {"kept": JOBS_KEPT})}


async def sweep_attachments(settings: Settings, _database: Database) -> Mapping[str, int]:
    """Delete what the storage keeps for nobody."""
    orphans, unused = await sweep_storage(settings)
    return {"orphans": orphans, "unused": unused}


TASKS: dict[Task, Chore] = {
    Task("forget_answers", "23 */6 * * *"): forget_answers,
    Task("forget_jobs", "41 2 * * *"): forget_jobs,
    Task("sweep_attachments", "11 3 * * *"): sweep_attachments,
}
"""All of them. Hours are UTC."""


async def do_task(chore: Chore, taken: TakenTask, settings: Settings, database: Database) -> None:
    """Do a task that this worker has taken. If it goes wrong, it is done when it is due for the next time."""
    log = logger().bind(task=taken.name)
    beating = asyncio.create_task(_beat(taken, database))
    try:
        log.info("task_done", **await chore(settings, database))
    except Exception:
        log.exception("task_failed")
    finally:
        beating.cancel()
    async with database.connect() as connection:
        await Queue(connection).finish_task(taken)


async def _beat(taken: TakenTask, database: Database) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        with contextlib.suppress(Exception):  # the next one may get through
            async with database.connect() as connection:
                await Queue(connection).beat_task(taken)


_FORGET_ANSWERS = prepared("SELECT forget_answers(:kept)")
_FORGET_JOBS = prepared("SELECT forget_jobs(:kept)")
