"""What can be done about people and sign-ins."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Actor, Work
from farthing.features.identity.errors import (
    CredentialsWrong,
    DefaultBookUnknown,
    EmailTaken,
    PersonNotFound,
    PersonUnknown,
    RefreshTokenInvalid,
    RefreshTokenReused,
    RegistrationClosed,
)
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import MeUpdate, TokenPair, email_key
from farthing.features.identity.tokens import Tokens
from farthing.kit import clock, ids

BEARER: Final = "bearer"
OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
"""Opens a unit of work for someone who isn't signed in."""


class IdentityService:
    """People and sign-ins."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)

    async def register(self, *, email: str, password_hash: str, name: str, only_first: bool) -> UUID:
        """Write a person down; the first one is the instance's operator.

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
            only_first=only_first,
        )
        if outcome == "closed":
            raise RegistrationClosed
        if outcome == "taken":
            raise EmailTaken
        return person_id

    async def credentials(self, email: str) -> tuple[UUID | None, str | None]:
        """Who has this address, and the hash to check their password against; None and None for nobody."""
        return await self.people.credentials(email_key(email))

    async def begin_session(self, person_id: UUID) -> TokenPair:
        """A sign-in for someone who has proven who they are."""
        session_id, refresh_token = ids.new_id(), _new_refresh_token()
        await self.people.begin_session(session_id, person_id, _digest(refresh_token), self._good_until())
        return self._pair(person_id, session_id, refresh_token)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Change a refresh token for a new pair. It works once: its second use ends the sign-in.

        Raises:
            RefreshTokenInvalid: unknown, expired or ended.
            RefreshTokenReused: used before; the sign-in is over.
        """
        new = _new_refresh_token()
        found = await self.people.rotate(_digest(refresh_token), _digest(new), self._good_until())
        if found["outcome"] == "reused":
            raise RefreshTokenReused
        if found["outcome"] != "rotated":
            raise RefreshTokenInvalid
        return self._pair(found["user_id"], found["session_id"], new)

    async def sign_out(self, refresh_token: str) -> None:
        """End the sign-in a refresh token belongs to. An unknown one is as good as ended."""
        await self.people.end_session_of(_digest(refresh_token))

    async def find_person(self, email: str, *, pointer: str = "/email") -> UUID:
        """The id of whoever has this address.

        Raises:
            PersonUnknown: nobody has.
        """
        person_id = await self.people.find_person(email_key(email))
        if person_id is None:
            raise PersonUnknown.at(pointer)
        return person_id

    async def me(self) -> Row:
        """The person signed in."""
        return await self._get(self.work.person_id)

    async def change_me(self, changes: MeUpdate) -> Row:
        """Change what people may change about themselves.

        Raises:
            DefaultBookUnknown: not a member of that book.
        """
        if "name" in changes.model_fields_set:
            await self.people.rename(self.work.person_id, changes.name)
        if changes.default_book_id is not None:
            await self.prefer_book(changes.default_book_id)
        return await self.me()

    async def prefer_book(self, book_id: UUID) -> None:
        """Make a book the one that ``default`` stands for.

        Raises:
            DefaultBookUnknown: not a member of that book.
        """
        if not await self.people.prefer_book(self.work.person_id, book_id):
            raise DefaultBookUnknown.at("/default_book_id")

    async def _get(self, person_id: UUID) -> Row:
        person = await self.people.get(person_id)
        if person is None:
            raise PersonNotFound
        return person

    def _pair(self, person_id: UUID, session_id: UUID, refresh_token: str) -> TokenPair:
        access = self.work.tools[Tokens].issue(person_id, session_id)
        return TokenPair(
            access_token=access.text, token_type=BEARER, expires_in=access.expires_in, refresh_token=refresh_token
        )

    def _good_until(self) -> dt.datetime:
        return clock.now() + dt.timedelta(days=self.work.tools[Settings].session_days)


async def sign_in(open_work: OpenWork, passwords: Passwords, *, email: str, password: str) -> TokenPair:
    """Begin a sign-in, if the password is the person's.

    Two units of work with the check between them: argon2 takes its time, and no connection waits for it.

    Raises:
        CredentialsWrong: no such person, or another password.
        SignInBusy: too many passwords are being checked.
    """
    async with open_work() as work:
        person_id, password_hash = await IdentityService(work).credentials(email)
    if not await passwords.check(password, password_hash) or person_id is None:
        raise CredentialsWrong
    async with open_work() as work:
        return await IdentityService(work).begin_session(person_id)


def actor_of(person_id: UUID) -> Actor:
    """The actor that the operator's command line works as: a person without a sign-in."""
    return Actor(person_id, session_id=None)


def _new_refresh_token() -> str:
    return ids.new_secret("frt")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
