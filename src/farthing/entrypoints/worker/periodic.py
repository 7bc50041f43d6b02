"""What is done again and again for the whole instance, once, however many workers there are."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from farthing.core.changelog import ANSWERS_KEPT
from farthing.core.connection import Begin
from farthing.core.database import Database
from farthing.core.logging import logger
from farthing.core.queue import Queue, TakenTask, Task
from farthing.core.settings import Settings
from farthing.core.statements import prepared
from farthing.core.work import Actor, Request, Toolbox, open_to_read
from farthing.entrypoints.commit import commit
from farthing.entrypoints.rates import refresh_rates
from farthing.entrypoints.sweep import sweep_storage
from farthing.features.insights.jobs import REFRESH, ask_for_refresh
from farthing.kit.faults import Fault

JOBS_KEPT = dt.timedelta(days=30)
"""How long a job that is over is remembered."""
SIGN_INS_KEPT = dt.timedelta(days=90)
"""How long a sign-in that is over is remembered."""
BEAT_SECONDS = 5.0
BOOKS_AT_ONCE = 500
"""So many books are asked for at once; those that follow are asked for next."""
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


async def forget_sign_ins(_settings: Settings, database: Database) -> Mapping[str, int]:
    """Forget sign-ins that ended long ago, links that ran out, and allowances that are full again."""
    async with database.connect() as connection:
        return dict(await connection.one(_FORGET_SIGN_INS, {"kept": SIGN_INS_KEPT}))


async def sweep_attachments(settings: Settings, _database: Database) -> Mapping[str, int]:
    """Delete what the storage keeps for nobody."""
    orphans, unused = await sweep_storage(settings)
    return {"orphans": orphans, "unused": unused}


async def fetch_rates(settings: Settings, _database: Database) -> Mapping[str, int]:
    """Fetch newer reference prices, if the operator has named a source; else nothing is asked of anyone."""
    return {"rates": 0 if settings.rates_url is None else await refresh_rates(settings)}


async def refresh_insights(_settings: Settings, database: Database) -> Mapping[str, int]:
    """Have the books looked into that have changed, each as one of its owners."""
    asked, refused, last = 0, 0, None
    while True:
        async with database.connect() as connection:
            due = await connection.rows(_DUE, {"after": last, "most": BOOKS_AT_ONCE})
        for book in due:
            try:
                await _ask_for_refresh(database, book["person_id"], book["book_id"])
                asked += 1
            except Fault as fault:
                refused += 1
                logger().warning("refresh_refused", book=str(book["book_id"]), code=fault.code)
        if len(due) < BOOKS_AT_ONCE:
            return {"books": asked, "refused": refused}
        last = due[-1]["book_id"]


async def _ask_for_refresh(database: Database, person_id: UUID, book_id: UUID) -> None:
    async with database.connect() as connection:
        await connection.begin(Begin.WRITING)
        work = await open_to_read(
            connection,
            Actor(person_id, None),
            book_id,
            needs=REFRESH.needs,
            request=Request(REFRESH.name),
            tools=Toolbox(),
        )
        await ask_for_refresh(work)
        await commit(connection)


TASKS: dict[Task, Chore] = {
    Task("forget_answers", "23 */6 * * *"): forget_answers,
    Task("forget_jobs", "41 2 * * *"): forget_jobs,
    Task("forget_sign_ins", "17 * * * *"): forget_sign_ins,
    Task("sweep_attachments", "11 3 * * *"): sweep_attachments,
    Task("fetch_rates", "37 0 * * *"): fetch_rates,
    Task("refresh_insights", "17 1 * * *"): refresh_insights,
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
_DUE = prepared("SELECT book_id, person_id FROM books_to_look_into(:after, :most)")
_FORGET_SIGN_INS = prepared("SELECT * FROM forget_sign_ins(:kept)")
