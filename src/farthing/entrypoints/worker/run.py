"""A run: one try at a job. It opens units of work for the person who asked, and writes down how it ended.

How it ends is written where its last work is committed, and only while the job is still this worker's: that makes what
a job does happen once, whoever is killed in the middle.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from farthing.core.connection import Begin, Connection
from farthing.core.database import Database
from farthing.core.jobs import JobKind
from farthing.core.queue import Claim, Queue
from farthing.core.statements import prepared
from farthing.core.work import Actor, Bearer, Request, Toolbox, Work, open_to_read, open_to_write
from farthing.entrypoints.commit import commit, commit_work
from farthing.features.identity.service.sign_in import check_let_in
from farthing.features.jobs.runs import RunService
from farthing.features.jobs.states import JobState

LOCK_SECONDS = 60.0
"""The longest a job waits for its book; nobody waits for its answer, as for a request's."""
PROGRESS_SECONDS = 0.5
"""How often, at most, it is written down how far a job is."""


class RunLost(Exception):
    """The job isn't this worker's any more: it was thought dead, or the job was cancelled. Nothing more is written."""


class Run:
    """One try at a job, as its handler sees it (:class:`farthing.core.jobs.JobRun`)."""

    def __init__(
        self,
        claim: Claim,
        kind: JobKind[Any],
        actor: Actor | Bearer,
        arguments: dict[str, Any],
        *,
        attempt: int,
        database: Database,
        tools: Toolbox,
    ) -> None:
        self.claim = claim
        self.kind = kind
        self.book_id = claim.book_id
        self.job_id = claim.job_id
        self.arguments = arguments
        self.attempt = attempt
        self.tools = tools
        self.result: dict[str, Any] | None = None
        self.finished = False
        self._actor = actor
        self._database = database
        self._told = float("-inf")

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Say how far it is. Said more than twice a second, it is written down twice a second."""
        now = time.monotonic()
        if now < self._told + PROGRESS_SECONDS and done != total:
            return
        self._told = now
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            await RunService(connection, self.claim, self.attempt).progress(done, total, note)
            await commit(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """A work that reads the book, from one snapshot."""
        async with self._database.connect() as connection:
            await connection.begin(Begin.READING)
            await self._take_time(connection)
            work = await open_to_read(
                connection, self._actor, self.book_id, needs=self.kind.needs, request=self._request, tools=self.tools
            )
            await check_let_in(work)
            yield work

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """A work that writes to the book.

        Raises:
            RunLost: the job isn't this worker's any more; nothing is written.
        """
        async with self._writing() as work:
            yield work
            await work.seal(None)
            if not await RunService(work.connection, self.claim, self.attempt).holds():
                raise RunLost
            await commit_work(work)

    @asynccontextmanager
    async def finish(self) -> AsyncIterator[Work]:
        """The last work that writes to the book; its commit is the job's success.

        Raises:
            RunLost: the job isn't this worker's any more; nothing is written.
        """
        async with self._writing() as work:
            yield work
            await work.seal(None)
            await self._succeed(work.connection)
            await self._come_to_an_end(commit_work(work))

    async def conclude(self) -> None:
        """The handler has come to its end: that is a success, if it hasn't been written down yet."""
        if self.finished:
            return
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            await self._succeed(connection)
            await self._come_to_an_end(commit(connection))

    async def _come_to_an_end(self, committing: Coroutine[Any, Any, None]) -> None:
        """Commit. Broken off in the middle of it, the job has ended all the same, if it could be committed."""
        ending = asyncio.ensure_future(committing)
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait({ending})
            self.finished = ending.exception() is None
            raise
        self.finished = True

    async def _succeed(self, connection: Connection) -> None:
        run = RunService(connection, self.claim, self.attempt)
        if not await run.end(JobState.SUCCEEDED, result=self.result):
            raise RunLost
        await Queue(connection).finish(self.claim)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Work]:
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            await self._take_time(connection)
            work = await open_to_write(
                connection, self._actor, self.book_id, needs=self.kind.needs, request=self._request, tools=self.tools
            )
            await check_let_in(work)
            yield work

    @property
    def _request(self) -> Request:
        return Request(self.kind.name)

    async def _take_time(self, connection: Connection) -> None:
        """Give the transaction the time of a job: a connection's own limits are those of a request."""
        long = f"{self.kind.seconds * 1000:.0f}"
        await connection.run(_TAKE_TIME, {"lock": f"{LOCK_SECONDS * 1000:.0f}", "statement": long, "idle": long})


_TAKE_TIME = prepared("""
SELECT set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true),
       set_config('idle_in_transaction_session_timeout', :idle, true)
""")
