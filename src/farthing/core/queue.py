"""The queue: which jobs are to be done, and which worker has taken which. It is pgqueuer's, on tables of ours.

What stands in it belongs to the instance and is seen across all books; so it holds ids and nothing else. Workers ask
for work every so often: pgqueuer's trigger, which tells them by ``NOTIFY``, takes a lock across the whole database at
every commit that touches the queue, and is left out.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import ScheduleExecutor, ScheduleExecutorFactoryParameters
from pgqueuer.domain.models import CronExpressionEntrypoint, Schedule
from pgqueuer.domain.models import Job as Entry
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import (
    Channel,
    CronEntrypoint,
    CronExpression,
    JobId,
    QueueEntrypoint,
    QueueManagerId,
    ScheduleId,
)
from pgqueuer.ports.repository import EntrypointExecutionParameter
from sqlalchemy import Boolean, Enum, Identity, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.connection import Connection
from farthing.core.schema import Base, guarded, with_sql
from farthing.core.statements import Row, prepared

NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("farthing_is_not_notified"),
    function="queued_jobs_changed",
    trigger="queued_jobs_changed",
    statistics_table="queued_jobs_statistics",
    queue_status_type="queued_job_status",
    queue_table="queued_jobs",
    queue_table_log="queued_jobs_log",
    schedules_table="periodic_tasks",
    durability=Durability.durable,
    widen_id=False,
)
"""What pgqueuer's tables are called here. All of it is said: what isn't, pgqueuer reads from the environment."""
STATUS = Enum(
    "queued",
    "picked",
    "successful",
    "exception",
    "canceled",
    "deleted",
    "failed",
    name=NAMES.queue_status_type,
    metadata=Base.metadata,
)
_NOW = text("now()")
_QUEUED = text("status = 'queued'")
_PICKED = text("status = 'picked'")


class QueuedJob(Base):
    """A job that waits, is being done (``picked``), or has failed for good. Its columns are pgqueuer's."""

    __tablename__ = NAMES.queue_table

    id: Mapped[int] = mapped_column(primary_key=True)
    priority: Mapped[int] = mapped_column(Integer())
    queue_manager_id: Mapped[UUID | None]
    """Which worker has it."""
    created: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    updated: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    heartbeat: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    execute_after: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    status: Mapped[str] = mapped_column(STATUS)
    entrypoint: Mapped[str]
    """The job's kind."""
    dedupe_key: Mapped[str | None]
    payload: Mapped[bytes | None]
    """The ids of the book and of the job."""
    headers: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(Integer(), server_default=text("0"))
    slot: Mapped[int | None]


class QueueLog(Base):
    """What became of queued jobs, as pgqueuer writes it down. Nothing here reads it; it is kept for a while."""

    __tablename__ = NAMES.queue_table_log

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    job_id: Mapped[int]
    status: Mapped[str] = mapped_column(STATUS)
    priority: Mapped[int] = mapped_column(Integer())
    entrypoint: Mapped[str]
    traceback: Mapped[dict[str, Any] | None] = mapped_column(JSONB())
    aggregated: Mapped[bool | None] = mapped_column(Boolean(), server_default=text("false"))


class PeriodicTask(Base):
    """A task that is done again and again for the whole instance, and when it is due next."""

    __tablename__ = NAMES.schedules_table
    __table_args__ = (UniqueConstraint("expression", "entrypoint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    expression: Mapped[str]
    entrypoint: Mapped[str]
    heartbeat: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    created: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    updated: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    next_run: Mapped[dt.datetime] = mapped_column(server_default=_NOW)
    last_run: Mapped[dt.datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    status: Mapped[str | None] = mapped_column(STATUS, server_default=text("'queued'"))


Index(
    "queued_jobs_priority_id_id1_idx",
    QueuedJob.priority,
    QueuedJob.id.desc(),
    postgresql_include=["id"],
    postgresql_where=_QUEUED,
)
Index(
    "queued_jobs_updated_id_id1_idx",
    QueuedJob.updated,
    QueuedJob.id.desc(),
    postgresql_include=["id"],
    postgresql_where=_PICKED,
)
Index("queued_jobs_picked_heartbeat_idx", QueuedJob.heartbeat, postgresql_where=_PICKED)
Index(
    "queued_jobs_queue_manager_id_idx",
    QueuedJob.queue_manager_id,
    postgresql_where=text("queue_manager_id IS NOT NULL"),
)
Index(
    "queued_jobs_ep_prio_id_idx",
    QueuedJob.entrypoint,
    QueuedJob.priority.desc(),
    QueuedJob.id,
    postgresql_where=_QUEUED,
)
Index("queued_jobs_ep_ea_idx", QueuedJob.entrypoint, QueuedJob.execute_after, postgresql_where=_QUEUED)
Index(
    "queued_jobs_unique_dedupe_key",
    QueuedJob.dedupe_key,
    unique=True,
    postgresql_where=text("status IN ('queued', 'picked') AND dedupe_key IS NOT NULL"),
)
Index(
    "queued_jobs_picked_slot_idx",
    QueuedJob.entrypoint,
    QueuedJob.slot,
    unique=True,
    postgresql_where=text("status = 'picked' AND slot IS NOT NULL"),
)
Index("queued_jobs_log_created", QueueLog.created)
guarded(QueuedJob, grants="SELECT, INSERT, UPDATE, DELETE", using="true")
guarded(QueueLog, grants="SELECT, INSERT", using="true")
guarded(PeriodicTask, grants="SELECT, INSERT, UPDATE", using="true")
with_sql(PeriodicTask, __file__, "queue.sql")


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken."""

    entry: Entry
    book_id: UUID
    job_id: UUID

    @property
    def kind(self) -> str:
        """The job's kind."""
        return self.entry.entrypoint


@dataclass(frozen=True, slots=True)
class Task:
    """What is done again and again, for the instance rather than for a book."""

    name: str
    expression: str
    """When it is due, as for cron, in UTC: minute, hour, day, month, weekday."""


@dataclass(frozen=True, slots=True)
class TakenTask:
    """A task that a worker has taken."""

    name: str
    number: int


class Queue:
    """The queue, as a connection sees it: within a transaction, all of it is done with that or not at all."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queries = Queries(
            Unnotified(connection.driver),
            QueryBuilderEnvironment(NAMES),
            _ENTRIES,
            _SCHEDULES,
        )

    async def add(self, kind: str, book_id: UUID, job_id: UUID, *, behind: int) -> int:
        """Have a job done. Returns the number that it has in the queue.

        Args:
            kind: what is to be done.
            book_id: the book.
            job_id: the job.
            behind: how many jobs of the book wait or are being done. Who has few is done before who has many.
        """
        payload = json.dumps({"book": str(book_id), "job": str(job_id)}).encode()
        (number,) = await self._queries.enqueue(kind, payload, priority=-behind, dedupe_key=str(job_id))
        return number

    async def claim(self, kinds: list[str], *, worker: UUID, at_most: int, lapse: dt.timedelta) -> list[Claim]:
        """Take jobs: those that are due, and those whose worker hasn't said for so long that it lives.

        Args:
            kinds: which this worker knows how to do.
            worker: who takes them.
            at_most: how many.
            lapse: after how long without a beat another's job is taken over.
        """
        entries = await self._queries.dequeue(
            at_most,
            {QueueEntrypoint(kind): EntrypointExecutionParameter(concurrency_limit=0) for kind in kinds},
            QueueManagerId(worker),
            None,
            lapse,
        )
        return [_read(entry) for entry in entries]

    async def beat(self, claims: list[Claim]) -> None:
        """Say that the jobs are still being done."""
        await self._queries.update_heartbeat([claim.entry.id for claim in claims])

    async def put_back(self, claim: Claim, delay: dt.timedelta) -> None:
        """Have a job done again, after a while."""
        await self._queries.retry_job(claim.entry, delay, None)

    async def finish(self, claim: Claim) -> None:
        """A job is over."""
        await self._queries.log_jobs([(claim.entry, "successful", None)])

    async def bury(self, claim: Claim) -> None:
        """A job has failed for good. It stays, as a dead letter, until it is dug up or forgotten."""
        await self._queries.log_jobs([(claim.entry, "failed", None)])

    async def dig_up(self, number: int) -> None:
        """Have a job that had failed for good done again."""
        await self._queries.requeue_jobs([JobId(number)])

    async def drop(self, number: int) -> None:
        """A job is not to be done."""
        await self._queries.mark_job_as_cancelled([JobId(number)])

    async def figures(self) -> list[Row]:
        """How many jobs of each kind are how, and for how many seconds the oldest of them has been due."""
        return await self._connection.rows(_FIGURES)

    async def schedule(self, tasks: list[Task]) -> None:
        """Make tasks known; those that are known stay as they are."""
        await self._queries.insert_schedule(_delays(tasks))

    async def due(self, tasks: list[Task]) -> list[TakenTask]:
        """Take the tasks that are due, or whose worker hasn't said for half a minute that it lives."""
        taken = await self._queries.fetch_schedule(_delays(tasks))
        return [TakenTask(each.entrypoint, each.id) for each in taken]

    async def beat_task(self, task: TakenTask) -> None:
        """Say that a task is still being done."""
        await self._queries.update_schedule_heartbeat({ScheduleId(task.number)})

    async def finish_task(self, task: TakenTask) -> None:
        """A task is done, until it is due again."""
        await self._queries.set_schedule_queued({ScheduleId(task.number)})

    async def tasks(self) -> list[Row]:
        """The tasks that are known, when each was last done, and when it is due."""
        return await self._connection.rows(_TASKS)


class Unnotified(AsyncpgDriver):
    """pgqueuer's way to PostgreSQL, on a connection of ours and without notifications."""

    async def notify(self, channel: str, payload: str) -> None:
        """Tell nobody: those who care look at the job."""


def _read(entry: Entry) -> Claim:
    ids = json.loads(entry.payload or b"")
    return Claim(entry, UUID(ids["book"]), UUID(ids["job"]))


def _delays(tasks: list[Task]) -> dict[CronExpressionEntrypoint, dt.timedelta]:
    return {
        CronExpressionEntrypoint(CronEntrypoint(task.name), CronExpression(task.expression)): _due_in(task)
        for task in tasks
    }


def _due_in(task: Task) -> dt.timedelta:
    """How long it is until the task is due for the next time."""
    told = ScheduleExecutorFactoryParameters(
        CronEntrypoint(task.name), CronExpression(task.expression), _nothing, clean_old=False
    )
    return ScheduleExecutor(told).next_in()


async def _nothing(_task: Schedule) -> None:
    """What pgqueuer wants to be told is done; the worker does it by itself."""


_ENTRIES = QueryQueueBuilder(NAMES)
_SCHEDULES = QuerySchedulerBuilder(NAMES)
_FIGURES = prepared("""
SELECT entrypoint AS kind, status::text AS status, count(*) AS count,
       coalesce(extract(epoch FROM max(now() - greatest(created, execute_after)))::float8, 0) AS seconds
  FROM queued_jobs GROUP BY 1, 2 ORDER BY 1, 2
""")
_TASKS = prepared("""
SELECT DISTINCT ON (entrypoint) entrypoint AS name, expression, last_run AS last_done_at, next_run AS due_at,
       status = 'picked' AS running
  FROM periodic_tasks ORDER BY entrypoint, updated DESC
""")
