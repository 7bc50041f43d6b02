"""Jobs on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from farthing.core.problems import BlameRead
from farthing.features.jobs.states import JobState
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Id, Instant

KindName = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=100, examples=["changes.undo"])]


class JobQuery(PageQuery):
    """Which jobs."""

    state: Annotated[JobState | None, Field(description="Only jobs in this state.")] = None
    kind: Annotated[KindName | None, Field(description="Only jobs of this kind.")] = None


class ProgressRead(Answered):
    """How far a job is."""

    done: Annotated[int, Field(description="Units done; what a unit is depends on the job.", examples=[40_000])]
    total: Annotated[int | None, Field(description="Of how many, as far as that is known.", examples=[100_000])]
    note: Annotated[str | None, Field(description="What is being done, in a sentence.", examples=["Writing rows."])]


class JobFaultRead(Answered):
    """What went wrong when a job was last tried."""

    code: Annotated[str, Field(description="As in a problem.", examples=["book_busy"])]
    detail: Annotated[str, Field(examples=["Other writes to this book are still under way; nothing was done."])]
    errors: Annotated[list[BlameRead], Field(description="What is to blame, as in a problem.")]


class JobRead(Answered):
    """A job: work that was put off."""

    id: Id
    kind: Annotated[str, Field(description="What is done.", examples=["changes.undo"])]
    state: JobState
    arguments: Annotated[dict[str, Any], Field(description="What it is done with.", examples=[{"revision": 41}])]
    asked_by: Annotated[Id, Field(description="The person it is done for, and as.")]
    progress: ProgressRead
    result: Annotated[
        dict[str, Any] | None, Field(description="What came of it, once it has succeeded.", examples=[{"revision": 42}])
    ]
    fault: Annotated[
        JobFaultRead | None, Field(description="What went wrong the last time; it may be tried again all the same.")
    ]
    attempts: Annotated[int, Field(description="How often it was begun.", examples=[1])]
    next_try_at: Annotated[Instant | None, Field(description="When it is tried again, if it is to be.")]
    cancel_asked_at: Annotated[Instant | None, Field(description="When someone asked to cancel it.")]
    created_at: Instant
    started_at: Instant | None
    ended_at: Instant | None


class JobPage(PageRead[JobRead]):
    """Jobs, newest first."""
