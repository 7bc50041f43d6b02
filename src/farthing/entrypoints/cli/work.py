"""``farthing worker``: does jobs in a process of its own, until someone says stop."""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import TYPE_CHECKING

from farthing.entrypoints.cli.options import DataDir

if TYPE_CHECKING:
    from farthing.core.settings import Settings

GRACE_SECONDS = 8.0
"""How long jobs under way may take to end; then they are handed back."""


def work(*, data_dir: DataDir = None) -> None:
    """Do jobs, beside `serve` or instead of the worker in it (FARTHING_WORKER=none). Ctrl-C hands back what it does."""
    from farthing.core.logging import set_up_logging  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import migrated_database, told  # noqa: PLC0415 - as above

    with migrated_database(data_dir) as settings, told():
        set_up_logging(settings)
        asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    from farthing.core.storage import Storage  # noqa: PLC0415 - for a quick --help
    from farthing.core.work import Toolbox  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.server import stopped_by_signals  # noqa: PLC0415 - as above
    from farthing.entrypoints.worker.worker import JobWorker  # noqa: PLC0415 - as above
    from farthing.features.imports.reading import FileReader  # noqa: PLC0415 - as above

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    worker = JobWorker(settings, Toolbox(settings, FileReader(), Storage(settings)))

    def end(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    with stopped_by_signals(end):
        async with worker.working(grace_seconds=GRACE_SECONDS):
            print("Farthing does jobs", flush=True)
            await stop.wait()
