"""Signing in with an account elsewhere, as someone known or someone new."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from farthing.core.settings import Settings
from farthing.core.work import Work, open_as
from farthing.features.books.schemas import BookCreate
from farthing.features.factors.service.review import ReviewService
from farthing.features.identity.errors import EmailTaken, SecondFactorRequired
from farthing.features.identity.schemas import Email, TokenPair
from farthing.features.identity.service.challenges import Challenges
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import actor_of
from farthing.features.identity.service.register import RegisterService
from farthing.features.identity.service.sign_in import SignInService
from farthing.features.openid.errors import OpenIdAddressUnverified, OpenIdUnlinked
from farthing.features.openid.repository import OpenIdRepository
from farthing.features.openid.schemas import OpenIdSignIn
from farthing.features.openid.service.visit import ended, spent
from farthing.features.starters.service import StarterService
from farthing.kit import clock, ids
from farthing.kit.wire import Name

ELSEWHERE = ("oidc",)
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class OpenIdSignInService:
    """Sign-ins by what a provider says. The work is nobody's until it is known whose it is."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.settings = work.tools[Settings]

    async def sign_in(self, wanted: OpenIdSignIn) -> TokenPair:
        """Sign in whoever has joined the account to theirs; else take them in, where the operator has it so.

        Raises:
            OpenIdRefused: the sign-in isn't one that this client has begun and brought to its end.
            OpenIdUnlinked: nobody has, and nobody new is taken in, or someone has their address.
            OpenIdAddressUnverified: the provider doesn't vouch for their address.
            SecondFactorRequired: they want a second factor, and the provider doesn't say that it asked for one.
            PersonBlocked: the operator keeps them out.
        """
        ticket = ended(
            self.work.tools,
            code=wanted.code.get_secret_value(),
            login=wanted.login.get_secret_value(),
            person_id=None,
        )
        await spent(self.work, ticket)
        visitor = ticket.facts["visitor"]
        person_id = await OpenIdRepository(self.work).owner_of(visitor["issuer"], visitor["subject"])
        if person_id is None:
            person_id = await self._take_in(visitor, wanted)
        work = await self._of(person_id)
        identities = OpenIdRepository(work)
        await identities.used(visitor["issuer"], visitor["subject"], clock.now())
        if visitor["operator"] is not None and await identities.follow_operator_group(visitor["operator"]):
            event = "operator_made" if visitor["operator"] else "operator_unmade"
            await SecurityEvents(self.work).tell(person_id, event, details={"by": "openid"})
        await self._ask_for_more(work, several_factors=visitor["several_factors"])
        device = await SignInService(self.work).recognised(person_id, wanted.device_token)
        return await SignInService(self.work).begin(person_id, methods=ELSEWHERE, device_token=device)

    async def _ask_for_more(self, work: Work, *, several_factors: bool) -> None:
        methods = await ReviewService(work).ways()
        if not methods or several_factors:
            return
        challenge = await Challenges(self.work).issue(work.person_id, methods=ELSEWHERE)
        raise SecondFactorRequired(challenge=challenge, methods=methods)

    async def _take_in(self, visitor: dict[str, Any], wanted: OpenIdSignIn) -> UUID:
        """Write someone new down, with a first book."""
        if self.settings.oidc_register != "on":
            raise OpenIdUnlinked
        email = vouched_address(visitor)
        try:
            person_id = await RegisterService(self.work).register(
                email=email, password_hash=None, name=_name(visitor, email), only_first=False, verified=True
            )
        except EmailTaken:
            raise OpenIdUnlinked from None
        work = await self._of(person_id)
        await OpenIdRepository(work).add(
            ids.new_id(), issuer=visitor["issuer"], subject=visitor["subject"], email=email
        )
        await StarterService(work).found_book(
            BookCreate(name=wanted.book, currency=wanted.currency, starter=wanted.starter)
        )
        await work.seal(None)
        return person_id

    async def _of(self, person_id: UUID) -> Work:
        """The work, from now on for this person: policies show what is theirs."""
        return await open_as(
            self.work.connection, actor_of(person_id), request=self.work.request, tools=self.work.tools
        )


def vouched_address(visitor: dict[str, Any]) -> str:
    """The e-mail address of someone, if the provider says that it has made sure of it.

    Raises:
        OpenIdAddressUnverified: it doesn't.
    """
    if not visitor["email_verified"] or visitor["email"] is None:
        raise OpenIdAddressUnverified
    try:
        return _EMAIL.validate_python(visitor["email"])
    except ValidationError:
        raise OpenIdAddressUnverified from None


def _name(visitor: dict[str, Any], email: str) -> str:
    """What the provider says that someone goes by; what stands before the @ where it says nothing fit to be a name."""
    try:
        return _NAME.validate_python(visitor["name"])
    except ValidationError:
        return email.partition("@")[0][:100]
