"""The worker: asks the queue for jobs, does a few at a time, and says of each that it is still at it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from farthing.core.bounds import JOB_CONNECTIONS, JOBS_AT_ONCE
from farthing.core.connection import Begin
from farthing.core.database import DRIVER_ERRORS, Database, check_wall, trouble
from farthing.core.jobs import JobKind
from farthing.core.logging import logger
from farthing.core.queue import Claim, Queue, Task
from farthing.core.settings import Settings
from farthing.core.work import Actor, Bearer, Toolbox
from farthing.entrypoints.api.errors import DatabaseUnavailable
from farthing.entrypoints.commit import commit
from farthing.entrypoints.worker.kinds import KINDS
from farthing.entrypoints.worker.periodic import TASKS, Chore, do_task
from farthing.entrypoints.worker.postman import Postman
from farthing.entrypoints.worker.run import Run, RunLost
from farthing.features.jobs.errors import JobDefective, JobKindGone, JobTimedOut, JobWorkersLost
from farthing.features.jobs.runs import RunService
from farthing.features.jobs.states import OPEN, JobState
from farthing.kit import chance, ids
from farthing.kit.faults import Busy, Fault

TASK_SECONDS = 20.0
"""How often it looks whether one of the tasks that are done again and again is due."""
POLL_SECONDS = 1.0
"""How often an idle worker asks for work."""
AWAY_SECONDS = 10.0
"""How long it waits at most before it asks a database again that isn't there."""
BEATS = 4
"""How often a worker says that it lives in the time after which it is thought dead."""
FIRST_DELAY_SECONDS, MOST_DELAY_SECONDS = 2.0, 600.0
"""How long a job waits to be tried again, the first time and at most; in between it doubles."""


class Why(StrEnum):
    """Why a job is broken off."""

    UNWANTED = "it was cancelled, or another worker has it"
    STOPPING = "the worker stops"


@dataclass(eq=False)
class Doing:
    """A job that is being done."""

    claim: Claim
    task: asyncio.Task[None] | None = None
    run: Run | None = None
    broken_off: Why | None = None

    def break_off(self, why: Why) -> None:
        """End it at its next await, once."""
        if self.run is not None and not self.run.finished and self.broken_off is None and self.task is not None:
            self.broken_off = why
            self.task.cancel()


class JobWorker:
    """Does jobs until it is told to stop."""

    def __init__(
        self,
        settings: Settings,
        tools: Toolbox,
        *,
        kinds: Mapping[str, JobKind[Any]] = KINDS,
        tasks: Mapping[Task, Chore] = TASKS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.id = ids.new_id()
        self._kinds = kinds
        self._settings = settings
        self._tools = tools
        self._tasks = tasks
        self._database = Database(settings.model_copy(update={"pool_size": JOB_CONNECTIONS}))
        self._lapse = dt.timedelta(seconds=settings.job_lapse_seconds)
        self._poll_seconds = poll_seconds
        self._doing: set[Doing] = set()
        self._freed = asyncio.Event()
        self._stopping = False

    @contextlib.asynccontextmanager
    async def working(self, *, grace_seconds: float) -> AsyncIterator[None]:
        """Work while the block goes on. At its end, finish what is under way, or hand back what takes too long."""
        async with self._database:
            async with self._database.connect() as connection:
                await check_wall(connection)
            looking = asyncio.create_task(self._look_for_work())
            others = [asyncio.create_task(self._beat()), asyncio.create_task(self._keep_up())]
            postman = Postman(self._settings, self._tools, self._database)
            if self._settings.smtp_url is not None:
                others.append(asyncio.create_task(postman.carry()))
            try:
                yield
            finally:
                self._stopping = True
                postman.stop()
                self._freed.set()
                await asyncio.wait({looking})
                await self._wind_up(grace_seconds)
                for task in others:
                    task.cancel()
                await asyncio.wait(others)

    async def _wind_up(self, grace_seconds: float) -> None:
        tasks = {doing.task for doing in self._doing if doing.task}
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
        for doing in self._doing:
            doing.break_off(Why.STOPPING)
        tasks = {doing.task for doing in self._doing if doing.task}
        if tasks:
            await asyncio.wait(tasks)

    async def _look_for_work(self) -> None:
        away = 0.0
        while not self._stopping:
            self._freed.clear()
            pause = chance.about(self._poll_seconds)
            try:
                room = JOBS_AT_ONCE - len(self._doing)
                if room > 0 and self._kinds:
                    for claim in await self._claim(room):
                        self._start(claim)
                        pause = 0.0
                away = 0.0
            except DRIVER_ERRORS as error:
                away = min(AWAY_SECONDS, away * 2 or self._poll_seconds)
                pause = away
                logger().warning("queue_unavailable", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever it is, others may still be done
                logger().error("defect", exc_info=error)
            if len(self._doing) >= JOBS_AT_ONCE:
                pause = self._lapse.total_seconds()  # until one is done
            if pause:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), pause)

    async def _claim(self, room: int) -> list[Claim]:
        async with self._database.connect() as connection:
            claims = await Queue(connection).claim(list(self._kinds), worker=self.id, at_most=room, lapse=self._lapse)
        mine = {doing.claim.job_id for doing in self._doing}
        return [claim for claim in claims if claim.job_id not in mine]

    def _start(self, claim: Claim) -> None:
        doing = Doing(claim)
        doing.task = asyncio.create_task(self._do(doing))
        self._doing.add(doing)
        doing.task.add_done_callback(lambda _task: self._let_go(doing))

    def _let_go(self, doing: Doing) -> None:
        self._doing.discard(doing)
        self._freed.set()

    async def _keep_up(self) -> None:
        """Do the tasks that are due, one after another. Broken off, one is taken up by another worker."""
        known = list(self._tasks)
        chores = {task.name: chore for task, chore in self._tasks.items()}
        announced = False
        while known:
            try:
                async with self._database.connect() as connection:
                    queue = Queue(connection)
                    if not announced:
                        await queue.schedule(known)
                        announced = True
                    due = await queue.due(known)
                for taken in due:
                    await do_task(chores[taken.name], taken, self._settings, self._database)
            except DRIVER_ERRORS as error:
                logger().warning("tasks_unavailable", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - as above
                logger().error("defect", exc_info=error)
            await asyncio.sleep(chance.about(TASK_SECONDS))

    # --- one job ---

    async def _do(self, doing: Doing) -> None:
        """Do a job, and write down how it ended. What can't be written down is done again once its beats lapse."""
        try:
            doing.run = await self._begin(doing.claim)
            if doing.run is not None:
                await self._attempt(doing, doing.run)
        except RunLost:
            logger().warning("job_lost", job=str(doing.claim.job_id), kind=doing.claim.kind)
        except DRIVER_ERRORS as error:
            logger().warning("job_left", job=str(doing.claim.job_id), error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one job's bug must not end the worker
            logger().error("defect", exc_info=error)

    async def _begin(self, claim: Claim) -> Run | None:
        """Begin a try; None if there is nothing to be done."""
        kind = self._kinds[claim.kind]
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            queue = Queue(connection)
            job = await RunService(connection, claim, 0).look()
            if job is None or job["state"] not in OPEN:
                await queue.drop(claim.entry.id)
                await commit(connection)
                return None
            attempt = job["attempts"] + 1
            service = RunService(connection, claim, attempt)
            await service.start()
            run: Run | None = None
            if job["cancel_asked_at"] is not None:
                await service.end(JobState.CANCELLED)
                await queue.drop(claim.entry.id)
            elif job["attempts"] >= kind.attempts:
                await service.end(JobState.FAILED, fault=JobWorkersLost())
                await queue.bury(claim)
            else:
                actor = Actor(job["asked_by"], None) if job["token_id"] is None else Bearer(token_id=job["token_id"])
                run = Run(
                    claim, kind, actor, job["arguments"], attempt=attempt, database=self._database, tools=self._tools
                )
            await commit(connection)
        return run

    async def _attempt(self, doing: Doing, run: Run) -> None:
        log = logger().bind(job=str(run.job_id), kind=run.kind.name, attempt=run.attempt)
        if self._stopping:
            await self._hand_back(doing, run)
            return
        log.info("job_begun")
        try:
            async with asyncio.timeout(run.kind.seconds) as limit:
                await self._handle(run)
            log.info("job_done")
        except RunLost:
            raise
        except asyncio.CancelledError:
            if not run.finished:
                await self._hand_back(doing, run)
        except Fault as fault:
            log.info("job_fault", code=fault.code)
            await self._failed(run, fault, again=isinstance(fault, Busy))
        except Exception as error:
            if run.finished:  # and committed: what came after that changes nothing
                log.warning("job_done", error=type(error).__name__)
            elif limit.expired():
                await self._failed(run, JobTimedOut(), again=False)
            elif isinstance(error, DRIVER_ERRORS) and trouble(error) is not None:
                log.warning("job_in_trouble", error=type(error).__name__)
                await self._failed(run, DatabaseUnavailable(), again=True)
            else:
                log.exception("defect")
                await self._failed(run, JobDefective(), again=False)

    async def _handle(self, run: Run) -> None:
        kind = run.kind
        async with run.read():
            pass  # the person may still do this
        try:
            arguments = kind.arguments.model_validate(run.arguments)
        except ValidationError:
            raise JobKindGone from None
        await kind.handle(run, arguments)
        await run.conclude()

    async def _failed(self, run: Run, fault: Fault, *, again: bool) -> None:
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            service, queue = RunService(connection, run.claim, run.attempt), Queue(connection)
            if again and run.attempt < run.kind.attempts:
                delay = _delay(run.attempt)
                held = await service.put_back(delay, fault)
                await queue.put_back(run.claim, delay)
            else:
                held = await service.end(JobState.FAILED, fault=fault)
                await queue.bury(run.claim)
            if not held:
                raise RunLost
            await commit(connection)

    async def _hand_back(self, doing: Doing, run: Run) -> None:
        """The job was cancelled, or the worker stops: then another does it."""
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            service, queue = RunService(connection, run.claim, run.attempt), Queue(connection)
            if doing.broken_off is Why.UNWANTED:
                held = await service.end(JobState.CANCELLED)
                await queue.drop(run.claim.entry.id)
            else:
                held = await service.put_back(dt.timedelta(), None)
                await queue.put_back(run.claim, dt.timedelta())
            if not held:
                raise RunLost
            await commit(connection)

    # --- beats ---

    async def _beat(self) -> None:
        """Say of each job that it is being done, and break off those that nobody wants any more."""
        while True:
            await asyncio.sleep(min(POLL_SECONDS, self._lapse.total_seconds() / BEATS))
            doing = [each for each in self._doing if each.run is not None]
            if not doing:
                continue
            try:
                async with self._database.connect() as connection:
                    await Queue(connection).beat([each.claim for each in doing])
                    for each in doing:
                        await connection.begin(Begin.READING)
                        assert each.run is not None  # noqa: S101 - those without were left out
                        wanted = await RunService(connection, each.claim, each.run.attempt).is_wanted()
                        await connection.commit()
                        if not wanted:
                            each.break_off(Why.UNWANTED)
            except DRIVER_ERRORS as error:
                logger().warning("beat_missed", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - as above
                logger().error("defect", exc_info=error)


def _delay(attempt: int) -> dt.timedelta:
    """How long a job waits after its so-manieth try: twice as long each time, and not in step with others."""
    most = min(MOST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1))
    return dt.timedelta(seconds=chance.between(most / 2, most))
