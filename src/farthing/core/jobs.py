"""Jobs: work that is put off and done by a worker, for the person who asked for it.

A room declares a kind of job once, in its ``jobs.py``::

    class RebuildArguments(Given):
        account_id: Id

    @job_kind("accounts.rebuild", needs="accounts:write", arguments=RebuildArguments)
    async def REBUILD(run: JobRun, arguments: RebuildArguments) -> None:
        async with run.finish() as work:
            await RebuildService(work).rebuild(arguments.account_id)

Whatever is done within ``run.finish()`` and that the job has succeeded are one commit: a worker that is killed leaves
either both or nothing, and then the job is done again. What is done before that, in ``run.write()``, is committed by
itself, and must be fit to be done twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from farthing.core.permissions import IN_BOOK
from farthing.core.work import Toolbox, Work
from farthing.kit.wire import Given

A = TypeVar("A", bound=Given)
ATTEMPTS = 6
"""How often a job is tried, where its kind doesn't say."""
SECONDS = 1800.0
"""The longest one try of a job may take, where its kind doesn't say."""


class JobRun(Protocol):
    """One try at a job, as its handler sees it.

    If the job is cancelled, the handler is broken off at its next await, and what it has open is undone.
    """

    book_id: UUID
    job_id: UUID
    tools: Toolbox
    result: dict[str, Any] | None
    """What the job's answer will say came of it: JSON; to be set before :meth:`finish` ends."""

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Say how far it is: units done, of how many, and what is being done, in a sentence. Cheap to say often."""

    def read(self) -> AbstractAsyncContextManager[Work]:
        """A work that reads the book, as the person who asked for the job."""

    def write(self) -> AbstractAsyncContextManager[Work]:
        """A work that writes to the book, as the person who asked; committed at its end, whatever becomes of the job.

        The job may be done again after it, from the start.
        """

    def finish(self) -> AbstractAsyncContextManager[Work]:
        """The last work that writes to the book: its commit is the job's success."""


Handler = Callable[[JobRun, A], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobKind(Generic[A]):
    """A kind of job."""

    name: str
    """The room's, and a verb: ``imports.commit``. The change log calls what the job writes so."""
    needs: str
    """What whoever asks must be allowed to do; it is looked at again when the job is done."""
    arguments: type[A]
    handle: Handler[A]
    attempts: int
    """How often it is tried before it is given up."""
    seconds: float
    """The longest one try may take."""


KINDS: dict[str, JobKind[Any]] = {}
"""All kinds of jobs, by name, once the rooms' modules are loaded."""


def job_kind(
    name: str, *, needs: str, arguments: type[A], attempts: int = ATTEMPTS, seconds: float = SECONDS
) -> Callable[[Handler[A]], JobKind[A]]:
    """Declare a kind of job; decorates what does it.

    Args:
        name: the room's, and a verb.
        needs: the permission in the book.
        arguments: the shape of what is to be done. Ids rather than data: it is kept, and shown to members.
        attempts: how often it is tried, where something that passes stands in the way.
        seconds: the longest one try may take.
    """
    if needs not in IN_BOOK:
        raise LookupError(f"no such permission: {needs}")

    def declare(handle: Handler[A]) -> JobKind[A]:
        assert name not in KINDS, f"two kinds of jobs are called {name}"  # noqa: S101 - a defect
        kind = JobKind(name, needs, arguments, handle, attempts, seconds)
        KINDS[name] = kind
        return kind

    return declare
