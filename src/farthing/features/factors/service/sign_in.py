"""Signing in with a factor: as the second step after the password, or with a passkey alone."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr

from farthing.core.work import Work, open_as
from farthing.features.factors.errors import FactorRefused, FactorTriesSpent, PasskeyUnknown
from farthing.features.factors.passkeys import PasskeyRefusedError, credential_id_in
from farthing.features.factors.repository import FactorRepository
from farthing.features.factors.schemas import FactorGiven, PasskeyUsed
from farthing.features.factors.service.verify import SIGN_IN, Occasion, Verifier, ask_devices
from farthing.features.identity.schemas import TokenPair
from farthing.features.identity.service.challenges import Challenges
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import actor_of
from farthing.features.identity.service.sign_in import SignInService, check_local_login
from farthing.features.identity.service.throttling import Throttle, by_address, by_second_factor
from farthing.features.identity.tokens import digest
from farthing.kit import clock

MAX_TRIES = 5
TRIES_MINUTES = 15
"""For how long tries count."""
ON_ITS_OWN: Final = ("mfa",)
"""What RFC 8176 calls several factors at once: a passkey is what one has, unlocked by what one is or knows."""


class FactorSignInService:
    """Sign-ins that a factor completes. The work is nobody's until it is known whose it is."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.challenges = Challenges(work)
        self.events = SecurityEvents(work)
        self.throttle = Throttle(work)

    async def options(self, challenge: str) -> dict[str, Any]:
        """What the person's devices are to sign, for the second step of a sign-in.

        Raises:
            ChallengeInvalid: there is no such sign-in under way.
        """
        person_id, _ = await self.challenges.look(challenge)
        work = await self._of(person_id)
        return await Verifier(work).passkey_options(Occasion.second_factor(challenge))

    async def finish(self, challenge: str, given: FactorGiven, *, device_token: SecretStr | None = None) -> TokenPair:
        """Complete the sign-in that a password has begun.

        A wrong try counts, and a fifth ends it: the password must be given anew. Whoever knows the password and tries
        codes slows nobody who comes from a known device.

        Raises:
            ChallengeInvalid: there is no such sign-in under way.
            TooManyAttempts: there were too many that came to nothing, in whatever sign-ins.
            FactorRefused: what was given proves nothing.
            FactorTriesSpent: too much was tried.
        """
        person_id, first = await self.challenges.look(challenge)
        device = await SignInService(self.work).recognised(person_id, device_token)
        bounds = (by_address(self.work), by_second_factor(person_id, digest(device) if device else None))
        await self.throttle.spend(*bounds)
        work = await self._of(person_id)
        occasion = Occasion.second_factor(challenge)
        await count_try(work, occasion)
        try:
            methods = await verified(work, given, occasion)
        except FactorRefused:
            await self.events.tell(person_id, "second_factor_failed")
            raise
        await self.throttle.give_back(*bounds)
        await self.challenges.take(challenge)
        return await SignInService(self.work).begin(person_id, methods=(*first, *methods), device_token=device)

    def passkey_options(self) -> dict[str, Any]:
        """What a device is to sign for someone who hasn't said who they are: it offers the passkeys that it has."""
        return ask_devices(self.work, SIGN_IN, None)

    async def by_passkey(self, given: PasskeyUsed, *, device_token: SecretStr | None = None) -> TokenPair:
        """Sign in whoever the passkey belongs to, without a password.

        Raises:
            LocalLoginOff: the operator has people sign in elsewhere only.
            TooManyAttempts: there were too many that came to nothing.
            PasskeyUnknown: it is no one's, or proves nothing.
        """
        check_local_login(self.work)
        bound = by_address(self.work)
        await self.throttle.spend(bound)
        try:
            person_id = await FactorRepository(self.work).owner_of(credential_id_in(given.model_dump(by_alias=True)))
        except PasskeyRefusedError:
            raise PasskeyUnknown from None
        if person_id is None:
            raise PasskeyUnknown
        work = await self._of(person_id)
        try:
            async with work.connection.attempt():
                methods = await Verifier(work).by_passkey(given, SIGN_IN)
        except FactorRefused:
            await self.events.tell(person_id, "sign_in_failed", details={"by": "passkey"})
            raise PasskeyUnknown from None
        await self.throttle.give_back(bound)
        device = await SignInService(self.work).recognised(person_id, device_token)
        return await SignInService(self.work).begin(person_id, methods=(*methods, *ON_ITS_OWN), device_token=device)

    async def _of(self, person_id: UUID) -> Work:
        """The work, from now on for this person: policies show what is theirs."""
        return await open_as(
            self.work.connection, actor_of(person_id), request=self.work.request, tools=self.work.tools
        )


async def count_try(work: Work, occasion: Occasion) -> None:
    """Count a try, before it is known whether it is right.

    Raises:
        FactorTriesSpent: there were too many.
    """
    now = clock.now()
    until = now + dt.timedelta(minutes=TRIES_MINUTES)
    if await FactorRepository(work).count_try(occasion.digest, at=now, until=until) > MAX_TRIES:
        raise FactorTriesSpent(minutes=TRIES_MINUTES)


async def verified(work: Work, given: FactorGiven, occasion: Occasion) -> tuple[str, ...]:
    """How what was given proves who the person is; the tries for it are forgotten.

    Raises:
        FactorRefused: it doesn't; that it was tried stands.
    """
    async with work.connection.attempt():
        methods = await Verifier(work).verify(given, occasion)
    await FactorRepository(work).forget_tries(occasion.digest)
    return methods
