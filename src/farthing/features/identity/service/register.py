"""Taking people in."""

from __future__ import annotations

from uuid import UUID

from farthing.core.work import Work
from farthing.features.identity.errors import EmailTaken, RegistrationClosed
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.events import SecurityEvents
from farthing.kit import ids


class RegisterService:
    """Writes people down."""

    def __init__(self, work: Work) -> None:
        self.people = IdentityRepository(work)
        self.events = SecurityEvents(work)

    async def register(
        self, *, email: str, password_hash: str | None, name: str, only_first: bool, verified: bool = False
    ) -> UUID:
        """Write a person down; the first one is the instance's operator.

        Args:
            email: where mail reaches them.
            password_hash: None: they sign in without a password.
            name: what they go by.
            only_first: whether nobody is taken in any more once someone is.
            verified: whether someone trustworthy says that the address is theirs.

        Raises:
            RegistrationClosed: someone is registered, and no one else is taken.
            EmailTaken: someone has this address.
        """
        person_id = ids.new_id()
        outcome = await self.people.register(
            person_id=person_id,
            email=email,
            key=email_key(email),
            name=name,
            password_hash=password_hash,
            verified=verified,
            only_first=only_first,
        )
        if outcome == "closed":
            raise RegistrationClosed
        if outcome == "taken":
            raise EmailTaken
        await self.events.tell(person_id, "registered")
        return person_id
