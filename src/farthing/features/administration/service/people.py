"""People, as the operator manages them."""

from __future__ import annotations

from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.administration.errors import LastOperator, OperatorBlocked
from farthing.features.administration.repository import AdministrationRepository
from farthing.features.administration.schemas import PeopleQuery, PersonUpdate
from farthing.features.identity.errors import PersonNotFound
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.proof import recently_proven
from farthing.kit.pages import Page


class PersonService:
    """The people of the instance."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.administration = AdministrationRepository(work)
        self.events = SecurityEvents(work)

    async def find(self, wanted: PeopleQuery) -> Page[Row]:
        """A page of people, in the order they came."""
        return await self.administration.people(wanted)

    async def get(self, person_id: UUID) -> Row:
        """Someone.

        Raises:
            PersonNotFound: there is nobody with this id.
        """
        person = await self.administration.person(person_id)
        if person is None:
            raise PersonNotFound
        return person

    async def change(self, person_id: UUID, changes: PersonUpdate) -> Row:
        """Keep someone out or let them in, have them run the instance or not: all of it or nothing.

        Raises:
            PersonNotFound: there is nobody with this id.
            LastOperator: nobody else runs the instance.
            OperatorBlocked: whoever is to run it is blocked.
            ProofTooOld: someone is to run it, and whoever says so hasn't shown who they are for a while.
        """
        if changes.is_operator:
            await recently_proven(self.work)
        if changes.blocked is False:
            await self._block(person_id, blocked=False)
        if changes.is_operator is not None:
            outcome = await self.administration.make_operator(person_id, operating=changes.is_operator)
            await self._told(person_id, outcome, "operator_made" if changes.is_operator else "operator_unmade")
        if changes.blocked:
            await self._block(person_id, blocked=True)
        return await self.get(person_id)

    async def _block(self, person_id: UUID, *, blocked: bool) -> None:
        outcome = await self.administration.block(person_id, blocked=blocked)
        await self._told(person_id, outcome, "blocked" if blocked else "unblocked")

    async def _told(self, person_id: UUID, outcome: str, event: str) -> None:
        match outcome:
            case "absent":
                raise PersonNotFound
            case "last_operator":
                raise LastOperator
            case "blocked":
                raise OperatorBlocked
            case "done":
                await self.events.tell(person_id, event)
