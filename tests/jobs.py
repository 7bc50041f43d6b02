"""Jobs, as a room would ask for them: kinds that go wrong in some way, and a worker for tests that run their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from tests.household import Household

from farthing.core.connection import Begin
from farthing.core.jobs import A, JobKind, JobRun, job_kind
from farthing.core.settings import Settings
from farthing.core.statements import prepared
from farthing.core.storage import Storage
from farthing.core.work import Actor, Bearer, Request, Toolbox, Work, open_to_write
from farthing.entrypoints.commit import commit_work
from farthing.entrypoints.worker.worker import JobWorker
from farthing.features.jobs.service import JobService
from farthing.features.payees.errors import PayeeInUse
from farthing.features.payees.schemas import PayeeCreate
from farthing.features.payees.service.change import ChangeService
from farthing.kit.faults import Busy
from farthing.kit.wire import Given

OVER = {"succeeded", "failed", "cancelled"}
ATTEMPTS = 3


class PayeeArguments(Given):
    """Whom to write down, and what is to go wrong."""

    name: str
    busy: int = 0
    """How many tries find something in the way."""
    before: float = 0.0
    """How long it takes before the book is opened."""
    within: float = 0.0
    """How long it takes once the payee is written."""
    fault: bool = False
    bug: bool = False


class InTheWay(Busy):
    """Something stands in the way."""

    code = "in_the_way"
    message = "Something stands in the way."


TRIES: dict[str, int] = {}
"""How often each payee was tried, in this process."""


@job_kind("tests.payee", needs="payees:write", arguments=PayeeArguments, attempts=ATTEMPTS, seconds=30)
async def PAYEE(run: JobRun, arguments: PayeeArguments) -> None:  # noqa: N802 - what it makes is a constant
    """Write a payee down."""
    tried = TRIES[arguments.name] = TRIES.get(arguments.name, 0) + 1
    await run.progress(1, 2, "Half of it.")
    await asyncio.sleep(arguments.before)
    if tried <= arguments.busy:
        raise InTheWay
    async with run.finish() as work:
        made: Any = await ChangeService(work).create(PayeeCreate(name=arguments.name))
        await asyncio.sleep(arguments.within)
        if arguments.fault:
            raise PayeeInUse.at("/name", count=1)
        if arguments.bug:
            raise RuntimeError("a bug, which quotes somebody's data")
        run.result = {"payee_id": str(made["id"])}


async def _never(_run: JobRun, _arguments: PayeeArguments) -> None:
    raise AssertionError("no worker knows this kind")


STAYING = JobKind("tests.staying", "payees:write", PayeeArguments, _never, attempts=1, seconds=1)
"""A kind that no worker knows: such jobs wait for ever."""


@asynccontextmanager
async def writing(
    home: Household,
    *,
    needs: str = "payees:write",
    request: Request | None = None,
    bearer: Bearer | None = None,
) -> AsyncIterator[Work]:
    """A unit of work that writes to a household's book, as the service opens them; committed if it ends well."""
    keeper = home.person.client.app.app.state.doorkeeper
    async with keeper.database.connect() as connection:
        await connection.begin(Begin.WRITING)
        work = await open_to_write(
            connection,
            bearer or Actor(UUID(home.person.id), None),
            UUID(home.book_id),
            needs=needs,
            request=request or Request("tests.put_off"),
            tools=keeper.tools,
        )
        yield work
        await work.seal(None)
        await commit_work(work)


async def put_off(home: Household, kind: JobKind[A], arguments: A, *, bearer: Bearer | None = None) -> str:
    """Have a job done for a household, asked for by a token if one is shown. Returns its id."""
    async with writing(home, needs=kind.needs, bearer=bearer) as work:
        return str((await JobService(work).put_off(kind, arguments))["id"])


async def failed(home: Household) -> str:
    """A job that has failed for good. Returns its id."""
    async with writing(home) as work:
        job = await JobService(work).put_off(STAYING, PayeeArguments(name="Nobody"))
        values = {"book": work.book_id, "job": job["id"], "number": job["queue_number"]}
        await work.connection.run(_FAIL, values)
        await work.connection.run(_BURY, values)
    return str(job["id"])


async def until(home: Household, job_id: str, *states: str, seconds: float = 20.0) -> Any:
    """The job, once it is in one of the states: over, if none is named."""
    ends = time.monotonic() + seconds
    while True:
        job = await home.got(f"/jobs/{job_id}")
        if job["state"] in (states or OVER):
            return job
        assert time.monotonic() < ends, job
        await asyncio.sleep(0.05)


@asynccontextmanager
async def a_worker(
    database_url: str, *, lapse: float = 30.0, grace: float = 0.0, **options: Any
) -> AsyncIterator[JobWorker]:
    """A worker in this process, which asks for work all the time."""
    settings = Settings(database_url=SecretStr(database_url), job_lapse_seconds=lapse)
    worker = JobWorker(settings, Toolbox(settings, Storage(settings)), **{"poll_seconds": 0.02, **options})
    async with worker.working(grace_seconds=grace):
        yield worker


_FAIL = prepared("""
UPDATE jobs SET state = 'failed', attempts = 1, started_at = now(), ended_at = now(), fault_code = 'in_the_way',
       fault_detail = 'Something stands in the way.', fault_errors = '[]' WHERE book_id = :book AND id = :job
""")
_BURY = prepared("UPDATE queued_jobs SET status = 'failed' WHERE id = :number")
