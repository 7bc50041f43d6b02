"""Setting up authenticator apps and passkeys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from farthing.core import tickets
from farthing.core.sealing import Seals
from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.factors.codes import enrolment_uri, new_secret, step_of
from farthing.features.factors.errors import CodeWrong, EnrolmentOver, FactorNotFound, FactorsTooMany, PasskeyUnfit
from farthing.features.factors.passkeys import PasskeyRefusedError, RelyingParty, challenge_in, ways_to
from farthing.features.factors.repository import FactorRepository
from farthing.features.factors.schemas import AuthenticatorCreate, PasskeyCreate
from farthing.features.factors.service.review import ReviewService
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.proof import recently_proven
from farthing.kit import clock, ids

MAX_FACTORS = 20
ENROLMENT_MINUTES = 60
"""How long an app may wait for its first code."""
CREATION: Final = "passkey creation"
CEREMONY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Started:
    """An app that waits for its first code."""

    id: UUID
    name: str
    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Added:
    """A factor that is asked for from now on, and the recovery codes that came with the first."""

    factor: Row
    recovery_codes: list[str] | None


class EnrolService:
    """Setting up factors of the person signed in, who has proven lately who they are."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.factors = FactorRepository(work)
        self.review = ReviewService(work)

    async def begin_authenticator(self, wanted: AuthenticatorCreate) -> Started:
        """Make a secret for an app. It isn't asked for until its first code was given.

        Raises:
            ProofTooOld: the person hasn't proven lately who they are.
            FactorsTooMany: the person has as many factors as one can have.
        """
        await self._make_room()
        me = await PeopleService(self.work).me()
        factor_id, secret = ids.new_id(), new_secret()
        await self.factors.begin_authenticator(
            {
                "id": factor_id,
                "name": wanted.name,
                "sealed_secret": self.work.tools[Seals].seal(secret.encode(), purpose=f"authenticator {factor_id}"),
            }
        )
        return Started(factor_id, wanted.name, secret, enrolment_uri(secret, name=me["email"]))

    async def confirm_authenticator(self, factor_id: UUID, code: str) -> Added:
        """Ask for an app's codes from now on.

        Raises:
            FactorNotFound: no such app is being set up.
            EnrolmentOver: it was confirmed before, or waited too long.
            CodeWrong: that isn't its code now.
        """
        app = await self.factors.authenticator(factor_id)
        if app is None:
            raise FactorNotFound
        now = clock.now()
        if app["confirmed_at"] is not None or app["created_at"] < now - dt.timedelta(minutes=ENROLMENT_MINUTES):
            raise EnrolmentOver
        secret = self.work.tools[Seals].open(app["sealed_secret"], purpose=f"authenticator {factor_id}").decode()
        step = step_of(secret, code, at=now)
        if step is None:
            raise CodeWrong.at("/code")
        if not await self.factors.confirm_authenticator(factor_id, step, now):
            raise EnrolmentOver
        return await self._added(factor_id)

    async def passkey_options(self) -> dict[str, Any]:
        """What a device is to make a passkey of.

        Raises:
            ProofTooOld: the person hasn't proven lately who they are.
            FactorsTooMany: the person has as many factors as one can have.
        """
        await self._make_room()
        me = await PeopleService(self.work).me()
        known = [passkey["credential_id"] for passkey in await self.factors.passkeys()]
        challenge = tickets.issue(
            self.work.tools[Seals], CREATION, {"who": str(self.work.person_id)}, seconds=CEREMONY_SECONDS
        )
        party = RelyingParty(self.work.tools[Settings])
        return {
            "public_key": party.creation(
                challenge, person_id=self.work.person_id, email=me["email"], name=me["name"], known=known
            )
        }

    async def add_passkey(self, made: PasskeyCreate) -> Added:
        """Take a passkey that a device has made.

        Raises:
            ProofTooOld: the person hasn't proven lately who they are.
            FactorsTooMany: the person has as many factors as one can have.
            PasskeyUnfit: it proves nothing.
            PasskeyTaken: it is registered already.
        """
        await self._make_room()
        credential = made.credential.model_dump(by_alias=True)
        try:
            challenge = challenge_in(credential)
            ticket = tickets.read(self.work.tools[Seals], CREATION, challenge)
            if ticket.facts["who"] != str(self.work.person_id):
                raise PasskeyUnfit.at("/credential")
            passkey = RelyingParty(self.work.tools[Settings]).check_new(credential, challenge)
            await ticket.spend(self.work.connection)
        except (tickets.TicketInvalidError, PasskeyRefusedError):
            raise PasskeyUnfit.at("/credential") from None
        factor_id = ids.new_id()
        await self.factors.add_passkey(
            {
                "id": factor_id,
                "name": made.name,
                "credential_id": passkey.credential_id,
                "public_key": passkey.public_key,
                "sign_count": passkey.sign_count,
                "synced": passkey.synced,
                "transports": ways_to(made.credential.response.transports),
            }
        )
        return await self._added(factor_id)

    async def _make_room(self) -> None:
        await recently_proven(self.work)
        if len(await self.factors.mine()) >= MAX_FACTORS:
            raise FactorsTooMany(most=MAX_FACTORS)

    async def _added(self, factor_id: UUID) -> Added:
        factor = await self.review.get(factor_id)
        first = len(await self.factors.mine()) == 1
        codes = await self.review.make_codes() if first else None
        await self.review.tell("factor_added", factor)
        return Added(factor, codes)
