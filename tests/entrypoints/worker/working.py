"""A worker in a process of its own, which a test can kill: ``python -m tests.entrypoints.worker.working URL LAPSE``."""

from __future__ import annotations

import asyncio
import sys

from tests.jobs import a_worker


async def _work(url: str, lapse: str) -> None:
    async with a_worker(url, lapse=float(lapse)):
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
