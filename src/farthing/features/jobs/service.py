"""What people do with jobs: ask for them, look at them, cancel them, have them tried again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.bounds import JOBS_PER_BOOK
from farthing.core.jobs import KINDS, A, JobKind
from farthing.core.queue import Queue
from farthing.core.statements import Row
from farthing.core.work import KeyReused, Work
from farthing.features.jobs.errors import JobNotFailed, JobNotFound, JobOver, JobsTooMany
from farthing.features.jobs.repository import JobRepository
from farthing.features.jobs.schemas import JobQuery
from farthing.features.jobs.states import OPEN, JobState
from farthing.kit import clock, ids
from farthing.kit.pages import Page


class JobService:
    """Jobs of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.jobs = JobRepository(work)
        self.queue = Queue(work.connection)

    async def put_off(self, kind: JobKind[A], arguments: A) -> dict[str, Any]:
        """Have something done by a worker, as the person asking. It is begun once this work is committed, if it is.

        Asked again with the same Idempotency-Key, the answer is the same job.

        Raises:
            PermissionMissing: the member may not do such a thing.
            KeyReused: the key came before, with another request.
            JobsTooMany: as many of the book's jobs wait as may.
        """
        self.work.allow(kind.needs)
        known = await self.asked_before()
        if known is not None:
            return known
        request = self.work.request
        waiting = await self.jobs.open()
        if waiting >= JOBS_PER_BOOK:
            raise JobsTooMany
        job_id = ids.new_id()
        number = await self.queue.add(kind.name, self.work.book_id, job_id, behind=waiting)
        await self.jobs.add(
            {
                "id": job_id,
                "queue_number": number,
                "kind": kind.name,
                "state": JobState.QUEUED.value,
                "arguments": arguments.model_dump(mode="json", exclude_none=True),
                "asked_by": self.work.person_id,
                "token_id": self.work.token_id,
                "key": request.key,
                "request_digest": request.digest if request.key is not None else None,
                "created_at": clock.now(),
            }
        )
        return await self.get(job_id)

    async def asked_before(self) -> dict[str, Any] | None:
        """The job that this very request, known by its Idempotency-Key, has asked for before; None: it hasn't.

        To be looked at first where a request writes something for its job to start from.

        Raises:
            KeyReused: the key came before, with another request.
        """
        request = self.work.request
        known = await self.jobs.by_key(self.work.person_id, request.key) if request.key is not None else None
        if known is None:
            return None
        if known["request_digest"] != request.digest:
            raise KeyReused.in_parameter("Idempotency-Key")
        return shown(known)

    async def get(self, job_id: UUID) -> dict[str, Any]:
        """A job.

        Raises:
            JobNotFound: the book has none such.
        """
        return shown(await self._known(job_id))

    async def find(self, wanted: JobQuery) -> Page[dict[str, Any]]:
        """A page of jobs, newest first."""
        page = await self.jobs.find(wanted)
        return Page([shown(job) for job in page.data], page.next_cursor)

    async def cancel(self, job_id: UUID) -> dict[str, Any]:
        """Cancel a job. One that waits is over at once; one that is being done is broken off, unless it ends first.

        Raises:
            JobNotFound: the book has none such.
            PermissionMissing: the member may not do what the job does.
            JobOver: it succeeded or failed already.
        """
        job = await self._mine(job_id)
        if job["state"] == JobState.CANCELLED:
            return shown(job)
        if job["state"] not in OPEN:
            raise JobOver(state=job["state"])
        at = clock.now()
        asked = job["cancel_asked_at"] or at
        if job["state"] == JobState.QUEUED:
            await self.jobs.change(
                job_id,
                {
                    "state": JobState.CANCELLED.value,
                    "cancel_asked_at": asked,
                    "ended_at": at,
                    "next_try_at": None,
                },
            )
            await self.queue.drop(job["queue_number"])
        else:
            await self.jobs.change(job_id, {"cancel_asked_at": asked})
        return await self.get(job_id)

    async def retry(self, job_id: UUID) -> dict[str, Any]:
        """Have a job that has failed for good tried again.

        Raises:
            JobNotFound: the book has none such.
            PermissionMissing: the member may not do what the job does.
            JobNotFailed: it hasn't failed for good.
            JobsTooMany: as many of the book's jobs wait as may.
        """
        job = await self._mine(job_id)
        if job["state"] != JobState.FAILED:
            raise JobNotFailed(state=job["state"])
        if await self.jobs.open() >= JOBS_PER_BOOK:
            raise JobsTooMany
        await self.jobs.change(
            job_id,
            {
                "state": JobState.QUEUED.value,
                "attempts": 0,
                "ended_at": None,
                "cancel_asked_at": None,
                "progress_done": 0,
                "progress_total": None,
                "progress_note": None,
            },
        )
        await self.queue.dig_up(job["queue_number"])
        return await self.get(job_id)

    async def _mine(self, job_id: UUID) -> Row:
        """A job that the member may do, and that nobody else changes until the work ends."""
        job = await self._known(job_id, lock=True)
        kind = KINDS.get(job["kind"])
        if kind is not None:
            self.work.allow(kind.needs)
        return job

    async def _known(self, job_id: UUID, *, lock: bool = False) -> Row:
        job = await self.jobs.get(job_id, lock=lock)
        if job is None:
            raise JobNotFound
        return job


def shown(job: Row) -> dict[str, Any]:
    """A job as it is answered."""
    fault = (
        {"code": job["fault_code"], "detail": job["fault_detail"], "errors": job["fault_errors"]}
        if job["fault_code"]
        else None
    )
    progress = {"done": job["progress_done"], "total": job["progress_total"], "note": job["progress_note"]}
    return {**job, "progress": progress, "fault": fault}
