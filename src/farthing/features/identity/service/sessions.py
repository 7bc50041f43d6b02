"""The sign-ins of a person: where they are signed in, and ending that."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.identity.errors import SessionNotFound
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import SessionQuery
from farthing.features.identity.service.events import SecurityEvents
from farthing.kit import clock
from farthing.kit.pages import Page


class SessionService:
    """A person's own sign-ins."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)
        self.events = SecurityEvents(work)

    async def find(self, wanted: SessionQuery) -> Page[dict[str, Any]]:
        """A page of the sign-ins that last, the newest first."""
        days = self.work.tools[Settings].session_days
        page = await self.people.find_sessions(wanted, used_since=clock.now() - dt.timedelta(days=days))
        current = self.work.actor.session_id if self.work.actor else None
        return Page([{**row, "current": row["id"] == current} for row in page.data], page.next_cursor)

    async def end(self, session_id: UUID) -> None:
        """End one of them. What was signed in there is out at its next request.

        Raises:
            SessionNotFound: it isn't theirs, or has ended.
        """
        if not await self.people.end_session(session_id):
            raise SessionNotFound
        await self.events.tell(self.work.person_id, "session_ended", details={"session_id": str(session_id)})

    async def end_all(self, *, keep_current: bool) -> None:
        """End all of them, but for the one that asks if that is to stay."""
        current = self.work.actor.session_id if self.work.actor else None
        ended = await self.people.end_sessions(self.work.person_id, kept=current if keep_current else None)
        await self.events.tell(self.work.person_id, "sessions_ended", details={"count": ended})
