"""Commit: how a unit of work ends well. The entrypoints' to call, and nobody else's."""

from __future__ import annotations

import asyncio

import asyncpg

from farthing.core.connection import Connection
from farthing.core.logging import logger
from farthing.core.work import LARGE_WRITE, Work, refresh_statistics


async def commit(connection: Connection) -> None:
    """Commit. One that was begun is waited for, also when the time is up: half an answer helps nobody."""
    await asyncio.shield(connection.commit())


async def commit_work(work: Work) -> None:
    """Commit what a work wrote, and see to it that after a large write the planner knows of it."""
    await commit(work.connection)
    if work.written >= LARGE_WRITE:
        # What was asked is done and kept. If the planner's picture can't be refreshed now, autovacuum will do it.
        try:
            await refresh_statistics(work.connection, work.written)
        except asyncpg.PostgresError as error:
            logger().warning("statistics not refreshed", exc_info=error)
