"""Security events, as they are read."""

from __future__ import annotations

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.administration.repository import AdministrationRepository
from farthing.features.administration.schemas import EventQuery, InstanceEventQuery
from farthing.kit.pages import Page


class EventService:
    """What happened about who people are."""

    def __init__(self, work: Work) -> None:
        self.administration = AdministrationRepository(work)

    async def find(self, wanted: InstanceEventQuery) -> Page[Row]:
        """A page of the security events of all, newest first."""
        return await self.administration.events(wanted)

    async def find_own(self, wanted: EventQuery) -> Page[Row]:
        """A page of those about the person asking, newest first."""
        return await self.administration.own_events(wanted)
