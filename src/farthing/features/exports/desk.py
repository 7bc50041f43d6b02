"""The desk: where exports wait for their turn. Each takes a connection and a snapshot for as long as it is made."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from farthing.core.bounds import EXPORTS_AT_ONCE


class ExportDesk:
    """Lets so many exports be made at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(EXPORTS_AT_ONCE)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn."""
        async with self._turns:
            yield
