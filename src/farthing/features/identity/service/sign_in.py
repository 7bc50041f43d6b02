"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

from pydantic import SecretStr

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.identity.errors import (
    CredentialsWrong,
    LocalLoginOff,
    PersonBlocked,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SecondFactorRequired,
)
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import TokenPair, email_key
from farthing.features.identity.service.challenges import Challenges
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.throttling import Throttle, by_address, by_device, by_stranger
from farthing.features.identity.tokens import Tokens, digest
from farthing.kit import clock, ids

BEARER: Final = "bearer"
BY_PASSWORD = ("pwd",)
GRACE = dt.timedelta(seconds=10)
"""For how long a refresh token that was used may be used again, by a client that didn't get the answer."""
OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
"""Opens a unit of work."""


class SignInService:
    """Sign-ins, from their beginning to their end."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)
        self.events = SecurityEvents(work)

    async def credentials(self, email: str, device_token: str | None = None) -> Row:
        """Of whoever has this address: ``user_id``, the ``password_hash`` to check their password against, since when
        it holds (``password_changed_at``), and their ``second_factor_methods``, None if the password is enough. All
        None for nobody. And whether the device is one that they signed in from (``device_known``).
        """
        return await self.people.credentials(email_key(email), digest(device_token or ""))

    async def recognised(self, person_id: UUID, device_token: SecretStr | None) -> str | None:
        """What makes a device known, if it is one that the person has signed in from; else None."""
        shown = device_token.get_secret_value() if device_token else None
        return shown if shown and await self.people.knows_device(person_id, digest(shown)) else None

    async def begin(
        self,
        person_id: UUID,
        *,
        methods: tuple[str, ...],
        device: str | None = None,
        address: str | None = None,
        device_token: str | None = None,
    ) -> TokenPair:
        """A sign-in for someone whose proof of who they are is complete.

        Args:
            person_id: who they are.
            methods: how they proved it, in words of RFC 8176, and ``oidc`` where another service says so.
            device: what their client calls itself; None: as this request says.
            address: where they are; None: where this request comes from.
            device_token: what makes their device known, if it is; None: it becomes known now.

        Raises:
            PersonBlocked: the operator keeps them out.
        """
        session_id, refresh_token = ids.new_id(), ids.new_secret("frt")
        request = self.work.request
        device, address = device or request.device, address or request.address
        device_token = device_token or ids.new_secret("dvc")
        begun = await self.people.begin_session(
            session_id=session_id,
            person_id=person_id,
            digest=digest(refresh_token),
            until=self._good_until(),
            methods=list(methods),
            device=device,
            address=address,
            device_digest=digest(device_token),
        )
        if not begun:
            raise PersonBlocked
        details = {"session_id": str(session_id), "methods": list(methods), "device": device}
        await self.events.tell(person_id, "signed_in", address=address, details=details)
        return self._pair(person_id, session_id, refresh_token, device_token)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Change a refresh token for a new pair. It works once: used again later, it ends the sign-in.

        Used again within ten seconds, while nothing has come of the pair, it answers with the same new refresh token:
        an answer may have been lost, or the client may have asked several times at once.

        Raises:
            RefreshTokenInvalid: unknown, expired or ended.
            RefreshTokenReused: used before; the sign-in is over.
        """
        new = self.work.tools[Tokens].successor(refresh_token)
        found = await self.people.rotate(
            digest(refresh_token), digest(new), self._good_until(), grace=GRACE, address=self.work.request.address
        )
        if found.outcome == "reused":
            details = {"session_id": str(found.session_id)}
            await self.events.tell(found.user_id, "refresh_token_reused", details=details)
            raise RefreshTokenReused
        if found.outcome != "rotated":
            raise RefreshTokenInvalid
        return self._pair(found.user_id, found.session_id, new, None)

    async def sign_out(self, refresh_token: str) -> None:
        """End the sign-in a refresh token belongs to. An unknown one is as good as ended."""
        ended = await self.people.end_session_of(digest(refresh_token))
        if ended.user_id is not None:
            await self.events.tell(ended.user_id, "signed_out", details={"session_id": str(ended.session_id)})

    def _pair(self, person_id: UUID, session_id: UUID, refresh_token: str, device_token: str | None) -> TokenPair:
        access = self.work.tools[Tokens].issue(person_id, session_id)
        return TokenPair(
            access_token=access.text,
            token_type=BEARER,
            expires_in=access.expires_in,
            refresh_token=refresh_token,
            device_token=device_token,
        )

    def _good_until(self) -> dt.datetime:
        return clock.now() + dt.timedelta(days=self.work.tools[Settings].session_days)


def check_local_login(work: Work) -> None:
    """Let those through who come with a password or a passkey, where that is a way in.

    Raises:
        LocalLoginOff: the operator has people sign in elsewhere only.
    """
    if work.tools[Settings].local_login == "off":
        raise LocalLoginOff


async def check_let_in(work: Work) -> None:
    """Let the person of this work through, who has put something off, unless they were blocked since.

    Raises:
        PersonBlocked: the operator keeps them out.
    """
    if await IdentityRepository(work).is_kept_out(work.person_id):
        raise PersonBlocked


async def sign_in(
    open_work: OpenWork, passwords: Passwords, *, email: str, password: str, device_token: str | None = None
) -> TokenPair:
    """Begin a sign-in, if the password is the person's.

    Two units of work with the check between them: argon2 takes its time, and no connection waits for it. Someone whom
    nobody knows is looked up, checked and written down like anyone else.

    Raises:
        LocalLoginOff: the operator has people sign in elsewhere only.
        CredentialsWrong: no such person, or another password.
        SecondFactorRequired: the password is right, and not enough; carries the challenge.
        PersonBlocked: the operator keeps them out.
        TooManyAttempts: there were too many that came to nothing.
        SignInBusy: too many passwords are being checked.
    """
    account = email_key(email)
    async with open_work() as work:
        check_local_login(work)
        known = await SignInService(work).credentials(email, device_token)
        at_account = (
            by_device(account, digest(device_token)) if device_token and known.device_known else by_stranger(account)
        )
        bounds = (by_address(work), at_account)
        await Throttle(work).spend(*bounds)
    right, new_hash = await passwords.check_anew(password, known.password_hash)
    async with open_work() as work:
        if not right or known.user_id is None:
            await SecurityEvents(work).tell(known.user_id, "sign_in_failed")
            raise CredentialsWrong
        await Throttle(work).give_back(*bounds)
        # The password that was checked may be another by now: then what ended all sign-ins doesn't miss this one.
        if not await IdentityRepository(work).hold_password(known.user_id, known.password_changed_at):
            await SecurityEvents(work).tell(known.user_id, "sign_in_failed")
            raise CredentialsWrong
        if new_hash is not None:
            await IdentityRepository(work).rehash_password(known.user_id, known.password_hash, new_hash)
        if known.second_factor_methods is not None:
            challenge = await Challenges(work).issue(known.user_id, methods=BY_PASSWORD)
            raise SecondFactorRequired(challenge=challenge, methods=known.second_factor_methods)
        return await SignInService(work).begin(
            known.user_id, methods=BY_PASSWORD, device_token=device_token if known.device_known else None
        )
