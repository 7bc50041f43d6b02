"""All SQL about jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from farthing.core.connection import Asking, Connection
from farthing.core.repository import Repository
from farthing.core.schema import OWNER_ROLE
from farthing.core.statements import NOTHING, Row, prepared
from farthing.core.work import BookBusy
from farthing.features.jobs.models import Job
from farthing.features.jobs.schemas import JobQuery
from farthing.features.jobs.states import JobState
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import as_id


class JobRepository(Repository):
    """Jobs, as members see them."""

    conflicts = {"uq_jobs_key": BookBusy}

    async def get(self, job_id: UUID, *, lock: bool = False) -> Row | None:
        """A job; with ``lock`` nobody else changes it until the work ends."""
        query = select(Job.__table__).where(Job.book_id == self.book_id, Job.id == job_id)
        return await self.row(query.with_for_update() if lock else query)

    async def by_key(self, person_id: UUID, key: str) -> Row | None:
        """The job that a person asked for with this idempotency key."""
        return await self.row(
            select(Job.__table__).where(Job.book_id == self.book_id, Job.asked_by == person_id, Job.key == key)
        )

    async def find(self, wanted: JobQuery) -> Page[Row]:
        """A page of jobs, newest first."""
        query = select(Job.__table__).where(Job.book_id == self.book_id).order_by(Job.id.desc()).limit(wanted.limit + 1)
        if wanted.state is not None:
            query = query.where(Job.state == wanted.state.value)
        if wanted.kind is not None:
            query = query.where(Job.kind == wanted.kind)
        after = wanted.after()
        if after is not None:
            last = as_id(after[0]) if len(after) == 1 else None
            if last is None:
                raise CursorMalformed
            query = query.where(Job.id < last)
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def open(self) -> int:
        """How many jobs of the book wait or are being done."""
        return int(
            await self.value(
                select(func.count()).select_from(Job).where(Job.book_id == self.book_id, Job.ended_at.is_(None))
            )
        )

    async def add(self, values: dict[str, Any]) -> None:
        """Write a job down."""
        await self.run(insert(Job).values(book_id=self.book_id, **values))

    async def change(self, job_id: UUID, values: dict[str, Any]) -> None:
        """Change a job that this work has locked."""
        await self.run(update(Job).where(Job.book_id == self.book_id, Job.id == job_id).values(**values))


class RunRepository(Asking):
    """One job, as the worker that does it sees it. What it says counts only while the job is its to do.

    Each try has a number. A worker that was thought dead, and whose job another has begun again, says nothing any more.
    """

    def __init__(self, connection: Connection, book_id: UUID, job_id: UUID) -> None:
        self.connection = connection
        self.book_id = book_id
        self.job_id = job_id

    async def rows(self, statement: Any, values: Mapping[str, Any] = NOTHING) -> list[Row]:
        """All rows."""
        return await self.connection.rows(statement, values)

    async def enter(self) -> None:
        """Turn the connection's transaction to the job's book."""
        await self.run(_ENTER, {"book": str(self.book_id)})

    async def get(self) -> Row | None:
        """The job; nobody else changes it until the transaction ends."""
        return await self.row(
            select(Job.__table__).where(Job.book_id == self.book_id, Job.id == self.job_id).with_for_update()
        )

    async def start(self, attempt: int, at: dt.datetime) -> None:
        """Begin a try at a job that this transaction holds."""
        await self.run(
            update(Job)
            .where(Job.book_id == self.book_id, Job.id == self.job_id)
            .values(state=JobState.RUNNING.value, attempts=attempt, started_at=at, next_try_at=None)
        )

    async def end(self, attempt: int, values: dict[str, Any]) -> bool:
        """Write down how a try ended. Returns whether it was still this worker's to say."""
        query = update(Job).where(
            Job.book_id == self.book_id,
            Job.id == self.job_id,
            Job.attempts == attempt,
            Job.state == JobState.RUNNING.value,
        )
        return bool(await self.rows(query.values(**values).returning(Job.id)))

    async def progress(self, attempt: int, done: int, total: int | None, note: str | None) -> None:
        """Write down how far a try is."""
        await self.run(
            _PROGRESS,
            {
                "book": self.book_id,
                "job": self.job_id,
                "attempt": attempt,
                "done": done,
                "total": total,
                "note": note,
            },
        )

    async def is_wanted(self, attempt: int) -> bool:
        """Whether the try is still to go on: it is this worker's, and nobody has asked to cancel the job."""
        return bool(
            await self.column(
                select(Job.id).where(
                    Job.book_id == self.book_id,
                    Job.id == self.job_id,
                    Job.attempts == attempt,
                    Job.state == JobState.RUNNING.value,
                    Job.cancel_asked_at.is_(None),
                )
            )
        )


class OverviewRepository:
    """Jobs across all books."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def take_role(self) -> None:
        """See every book, as the tables' owner does, until the transaction ends."""
        await self.connection.run(text(f"SET LOCAL ROLE {OWNER_ROLE}"))

    async def jobs(self, state: JobState | None, limit: int) -> list[Row]:
        """Jobs, newest first, without what they are done with."""
        query = (
            select(
                Job.id,
                Job.book_id,
                Job.kind,
                Job.state,
                Job.progress_done,
                Job.progress_total,
                Job.attempts,
                Job.fault_code,
                Job.created_at,
                Job.started_at,
                Job.ended_at,
                Job.next_try_at,
            )
            .order_by(Job.id.desc())
            .limit(limit)
        )
        return await self.connection.rows(query if state is None else query.where(Job.state == state.value))


_ENTER = prepared("SELECT set_config('farthing.book', :book, true)")
_PROGRESS = prepared("""
UPDATE jobs SET progress_done = :done, progress_total = :total, progress_note = :note
 WHERE book_id = :book AND id = :job AND state = 'running' AND attempts = :attempt
""")
