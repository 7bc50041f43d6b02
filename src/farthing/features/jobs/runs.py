"""What a worker writes down of a job that it does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from farthing.core.connection import Connection
from farthing.core.problems import BlameRead
from farthing.core.queue import Claim
from farthing.core.statements import Row
from farthing.features.jobs.repository import RunRepository
from farthing.features.jobs.states import JobState
from farthing.kit import clock
from farthing.kit.faults import Fault

MAX_NOTE = 200
MAX_DETAIL = 2000
MAX_BLAMES = 50


class RunService:
    """One try at a job. It works in the transaction that its connection is in, and commits nothing."""

    def __init__(self, connection: Connection, claim: Claim, attempt: int) -> None:
        self.attempt = attempt
        self.jobs = RunRepository(connection, claim.book_id, claim.job_id)

    async def look(self) -> Row | None:
        """The job, held until the transaction ends."""
        await self.jobs.enter()
        return await self.jobs.get()

    async def start(self) -> None:
        """The job is being done."""
        await self.jobs.start(self.attempt, clock.now())

    async def progress(self, done: int, total: int | None, note: str | None) -> None:
        """The job is so far."""
        await self.jobs.enter()
        total = None if total is None else max(done, total)
        await self.jobs.progress(self.attempt, max(done, 0), total, note[:MAX_NOTE] if note else None)

    async def holds(self) -> bool:
        """Whether the job is still this worker's, and wanted; held so until the transaction ends."""
        job = await self.look()
        return (
            job is not None
            and job["state"] == JobState.RUNNING
            and job["attempts"] == self.attempt
            and job["cancel_asked_at"] is None
        )

    async def is_wanted(self) -> bool:
        """The same at a glance, which waits for nobody."""
        await self.jobs.enter()
        return await self.jobs.is_wanted(self.attempt)

    async def end(self, state: JobState, *, fault: Fault | None = None, result: dict[str, Any] | None = None) -> bool:
        """The job is over. Returns whether it was still this worker's to say so."""
        await self.jobs.enter()
        return await self.jobs.end(
            self.attempt, {"state": state.value, "ended_at": clock.now(), "result": result, **_told(fault)}
        )

    async def put_back(self, delay: dt.timedelta, fault: Fault | None) -> bool:
        """The job is to be tried again after a while. Without a fault, this try doesn't count.

        Returns whether it was still this worker's to say so.
        """
        await self.jobs.enter()
        values: dict[str, Any] = {"state": JobState.QUEUED.value, "next_try_at": clock.now() + delay, **_told(fault)}
        if fault is None:
            values["attempts"] = self.attempt - 1
        return await self.jobs.end(self.attempt, values)


def _told(fault: Fault | None) -> dict[str, Any]:
    """What went wrong, as it is kept; whatever went wrong before is past."""
    if fault is None:
        return {"fault_code": None, "fault_detail": None, "fault_errors": None}
    errors = [BlameRead.model_validate(blame).model_dump(exclude_none=True) for blame in fault.blames[:MAX_BLAMES]]
    return {"fault_code": fault.code, "fault_detail": fault.detail[:MAX_DETAIL], "fault_errors": errors}
