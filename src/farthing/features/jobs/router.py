"""Jobs: what was put off, and how far it is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import book_room, paged, put_off, serve
from farthing.features.jobs.errors import JobNotFailed, JobNotFound, JobOver, JobsTooMany
from farthing.features.jobs.schemas import JobPage, JobQuery, JobRead
from farthing.features.jobs.service import JobService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="/jobs", tag="jobs")
Viewing = Annotated[JobService, serve(JobService, needs="jobs:read", tag=None)]
Steering = Annotated[JobService, serve(JobService, needs="jobs:write", locks=False)]


@router.get("", response_model=JobPage, responses=faults(CursorMalformed))
async def list_jobs(
    jobs: Viewing, wanted: Annotated[JobQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Jobs, newest first. They are forgotten 30 days after they are over."""
    return paged(request, response, await jobs.find(wanted))


@router.get("/{job_id}", response_model=JobRead, responses=faults(JobNotFound))
async def get_job(jobs: Viewing, job_id: Id, response: Response) -> dict[str, Any]:
    """A job, how far it is, and what came of it. While it isn't over, `Retry-After` says when to look again."""
    job = await jobs.get(job_id)
    if job["ended_at"] is None:
        response.headers["Retry-After"] = "1"
    return job


@router.post("/{job_id}/cancel", response_model=JobRead, responses=faults(JobNotFound, JobOver))
async def cancel_job(jobs: Steering, job_id: Id) -> dict[str, Any]:
    """Cancel a job. It needs what the job itself needs.

    One that waits is over at once. One that is being done is broken off and leaves nothing, unless it ends first.
    """
    return await jobs.cancel(job_id)


@router.post("/{job_id}/retry", response_model=JobRead, responses=faults(JobNotFound, JobNotFailed, JobsTooMany))
async def retry_job(jobs: Steering, job_id: Id) -> dict[str, Any]:
    """Have a job that has failed tried again, from the start. It needs what the job itself needs."""
    return await jobs.retry(job_id)


PUT_OFF: dict[int | str, dict[str, Any]] = {
    202: {
        "model": JobRead,
        "description": "Put off: a worker does it. `Location` is the job, which tells how far it is.",
    }
}
"""What an operation documents that may put its work off, beside its faults."""


def accepted(request: Request, job: dict[str, Any]) -> Response:
    """The answer of an operation that has put its work off: 202, the job, and where to look."""
    return put_off(request, JobRead.model_validate(job), "get_job", book_id=job["book_id"], job_id=job["id"])
