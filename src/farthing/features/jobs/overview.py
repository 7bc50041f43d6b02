"""What the operator sees of jobs: those of all books, without what they are done with."""

from __future__ import annotations

from typing import Any

from farthing.core.connection import Connection
from farthing.features.jobs.repository import OverviewRepository
from farthing.features.jobs.states import JobState


class OverviewService:
    """Jobs across all books. Unlike other services it is for no one.

    Args:
        owner: a connection that may take on ``farthing_owner``, in a transaction.
    """

    def __init__(self, owner: Connection) -> None:
        self.found = OverviewRepository(owner)

    async def jobs(self, state: JobState | None, limit: int) -> list[dict[str, Any]]:
        """Jobs, newest first."""
        await self.found.take_role()
        return [dict(job) for job in await self.found.jobs(state, limit)]
