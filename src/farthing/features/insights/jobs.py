"""Looking into a book: asked for by a member, or every night for books that have changed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from farthing.core.jobs import JobRun, job_kind
from farthing.core.logging import logger
from farthing.core.work import Work
from farthing.features.insights.looking import Looked, look_into
from farthing.features.insights.material import Material
from farthing.features.insights.service.keep import KeepService
from farthing.features.insights.service.read import ReadService
from farthing.features.jobs.schemas import JobQuery
from farthing.features.jobs.service import JobService
from farthing.features.jobs.states import JobState
from farthing.kit.wire import Given

SECONDS = 900.0
"""The longest one try may take."""
TELL_SECONDS = 1.0
"""How often it is looked how far it is."""


class RefreshArguments(Given):
    """There is nothing to say."""


class BrokenOffError(Exception):
    """The job isn't wanted any more."""


class _Meter:
    """How far what is done in a thread is; it is broken off from here."""

    def __init__(self) -> None:
        self.done, self.of = 0, 1
        self.is_wanted = True

    def advance(self, done: int, of: int) -> None:
        """Told by the thread how far it is."""
        if not self.is_wanted:
            raise BrokenOffError
        self.done, self.of = done, of


@job_kind("insights.refresh", needs="insights:write", arguments=RefreshArguments, attempts=3, seconds=SECONDS)
async def REFRESH(run: JobRun, arguments: RefreshArguments) -> None:  # noqa: ARG001, N802 - a constant; takes nothing
    """Look into a book, and keep what it tells. Its result is how much that is."""
    began = time.monotonic()
    await run.progress(0, None, "Reading the book.")
    async with run.read() as work:
        material = await ReadService(work).read()
    if material.wrong_sums:
        logger().error("sums_differ", book=str(run.book_id), findings=list(material.wrong_sums))
    looked = await _looked_into(run, material)
    async with run.finish() as work:
        run.result = await KeepService(work).keep(looked, time.monotonic() - began)


async def _looked_into(run: JobRun, material: Material) -> Looked:
    """Look into it beside the loop, and say how far that is."""
    meter = _Meter()
    looking = asyncio.create_task(asyncio.to_thread(look_into, material, meter.advance))
    try:
        while not looking.done():
            await asyncio.wait({looking}, timeout=TELL_SECONDS)
            await run.progress(meter.done, meter.of, "Looking into it.")
    except BaseException:
        meter.is_wanted = False
        looking.add_done_callback(_forget)
        raise
    return looking.result()


def _forget(looking: asyncio.Task[Looked]) -> None:
    """Nobody waits for it any more, nor for how it ended."""
    if not looking.cancelled():
        looking.exception()


async def ask_for_refresh(work: Work) -> dict[str, Any]:
    """Have a book looked into. If that is under way already, it is that job."""
    jobs = JobService(work)
    work.allow(REFRESH.needs)
    for state in (JobState.QUEUED, JobState.RUNNING):
        waiting = await jobs.find(JobQuery(kind=REFRESH.name, state=state, limit=1))
        if waiting.data:
            return waiting.data[0]
    return await jobs.put_off(REFRESH, RefreshArguments())
