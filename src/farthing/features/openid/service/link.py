"""Joining accounts elsewhere to one's own, and parting them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.proof import recently_proven
from farthing.features.identity.service.sign_in import OpenWork
from farthing.features.openid.errors import LastWayIn, OpenIdAddressUnverified, OpenIdentityNotFound
from farthing.features.openid.repository import OpenIdRepository
from farthing.features.openid.schemas import OpenIdLink, OpenIdStarted
from farthing.features.openid.service.sign_in import vouched_address
from farthing.features.openid.service.visit import Way, begin, ended, spent
from farthing.kit import ids


class LinkService:
    """The accounts elsewhere of the person signed in."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.identities = OpenIdRepository(work)
        self.people = PeopleService(work)
        self.events = SecurityEvents(work)

    async def mine(self) -> dict[str, Any]:
        """The accounts that sign the person in."""
        return {"data": await self.identities.mine()}

    async def link(self, wanted: OpenIdLink) -> Row:
        """Join the account with which someone has just signed in elsewhere to that of the person, who asked for it.

        Raises:
            OpenIdRefused: that isn't what was begun, by this person.
            OpenIdAddressUnverified: the provider doesn't vouch for the address that the person has here.
            OpenIdTaken: the account is joined to someone's already.
        """
        ticket = ended(
            self.work.tools,
            code=wanted.code.get_secret_value(),
            login=wanted.login.get_secret_value(),
            person_id=self.work.person_id,
        )
        await spent(self.work, ticket)
        visitor = ticket.facts["visitor"]
        email = vouched_address(visitor)
        if email_key(email) != email_key((await self.people.me())["email"]):
            raise OpenIdAddressUnverified
        identity_id = ids.new_id()
        await self.identities.add(identity_id, issuer=visitor["issuer"], subject=visitor["subject"], email=email)
        await self.events.tell(self.work.person_id, "openid_joined", details={"identity_id": str(identity_id)})
        return await self._get(identity_id)

    async def unlink(self, identity_id: UUID) -> None:
        """Part an account from the person's.

        Raises:
            OpenIdentityNotFound: the person has joined none such.
            ProofTooOld: the person hasn't proven lately who they are.
            LastWayIn: without it they couldn't sign in any more.
        """
        await self._get(identity_id)
        await recently_proven(self.work)
        # A passkey is no way in that stays: its owner may remove it, and nothing below this room knows of identities.
        has_password = (await self.people.me())["has_password"] and self.work.tools[Settings].local_login == "on"
        if len(await self.identities.mine()) == 1 and not has_password:
            raise LastWayIn
        await self.identities.remove(identity_id)
        await self.events.tell(self.work.person_id, "openid_parted", details={"identity_id": str(identity_id)})

    async def _get(self, identity_id: UUID) -> Row:
        for identity in await self.identities.mine():
            if identity["id"] == identity_id:
                return identity
        raise OpenIdentityNotFound


async def begin_link(open_work: OpenWork, way: Way) -> OpenIdStarted:
    """Begin to join an account elsewhere to that of the person signed in.

    The provider is asked after the unit of work: nothing waits for it with a connection in its hands.

    Raises:
        ProofTooOld: the person hasn't proven lately who they are.
        OpenIdOff: no provider was named.
        ProviderAway: it can't be asked.
    """
    async with open_work() as work:
        await recently_proven(work)
    return await begin(work.tools, way, person_id=work.person_id)
