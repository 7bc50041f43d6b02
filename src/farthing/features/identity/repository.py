"""All SQL about people and sign-ins. What happens before anyone is signed in goes through functions of PostgreSQL."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.identity.models import Session, User

COLUMNS = (User.id, User.email, User.name, User.is_operator, User.default_book_id, User.created_at)


class IdentityRepository(Repository):
    """People and their sign-ins."""

    async def register(
        self,
        *,
        person_id: UUID,
        email: str,
        key: str,
        name: str,
        password_hash: str | None,
        verified: bool,
        only_first: bool,
    ) -> str:
        """Write a person down; answers ``registered``, ``closed`` or ``taken``."""
        outcome = await self.value(
            _REGISTER,
            {
                "id": person_id,
                "email": email,
                "key": key,
                "name": name,
                "hash": password_hash,
                "verified": verified,
                "only_first": only_first,
            },
        )
        return str(outcome)

    async def credentials(self, key: str) -> Row:
        """What signing in needs to know of whoever has this address; all of it None where nobody has."""
        return await self.one(_FIND_CREDENTIALS, {"key": key})

    async def find_person(self, key: str) -> UUID | None:
        """The id of whoever has this address."""
        found: UUID | None = await self.value(_FIND_PERSON, {"key": key})
        return found

    async def begin_session(
        self,
        *,
        session_id: UUID,
        person_id: UUID,
        digest: bytes,
        until: dt.datetime,
        methods: list[str],
        device: str | None,
        address: str | None,
    ) -> bool:
        """Write a sign-in down, with its first refresh token; False where the person is kept out."""
        begun = await self.value(
            _BEGIN_SESSION,
            {
                "id": session_id,
                "person": person_id,
                "digest": digest,
                "until": until,
                "methods": methods,
                "device": device,
                "address": address,
            },
        )
        return bool(begun)

    async def rotate(
        self, old: bytes, new: bytes, until: dt.datetime, *, grace: dt.timedelta, address: str | None
    ) -> Row:
        """Change a refresh token for a new one: ``outcome``, and ``user_id`` and ``session_id`` if it was ever one."""
        return await self.one(_ROTATE, {"old": old, "new": new, "until": until, "grace": grace, "address": address})

    async def end_session_of(self, digest: bytes) -> Row:
        """End the sign-in that a refresh token belongs to: ``user_id`` and ``session_id``, None if there is none."""
        return await self.one(_END_SESSION_OF, {"digest": digest})

    async def issue_challenge(self, digest: bytes, person_id: UUID, until: dt.datetime, methods: list[str]) -> None:
        """Write down that someone has shown their first factor, and how."""
        await self.run(_ISSUE_CHALLENGE, {"digest": digest, "person": person_id, "until": until, "methods": methods})

    async def look_at_challenge(self, digest: bytes) -> Row:
        """Whose first factor it was, ``person_id``, and its ``methods``; None and None where it isn't good any more."""
        return await self.one(_LOOK_AT_CHALLENGE, {"digest": digest})

    async def take_challenge(self, digest: bytes) -> UUID | None:
        """Whose first factor it stands for, and no longer does."""
        found: UUID | None = await self.value(_TAKE_CHALLENGE, {"digest": digest})
        return found

    async def append_event(
        self,
        *,
        event_id: UUID,
        person_id: UUID | None,
        actor_id: UUID | None,
        event: str,
        address: str | None,
        details: dict[str, Any],
    ) -> None:
        """Write a security event down, chained to the one before it."""
        await self.run(
            _APPEND_EVENT,
            {
                "id": event_id,
                "person": person_id,
                "actor": actor_id,
                "event": event,
                "address": address,
                "details": details,
            },
        )

    async def is_proven(self, session_id: UUID, within: dt.timedelta) -> bool:
        """Whether the person of a sign-in of one's own has proved within so long who they are."""
        proven = select(Session.proven_at > func.now() - within).where(Session.id == session_id)
        return bool(await self.column(proven) == [True])

    async def prove_session(self, session_id: UUID) -> dt.datetime:
        """Write down that the person of this sign-in has just proved who they are; when that was."""
        at: dt.datetime = await self.value(
            update(Session).where(Session.id == session_id).values(proven_at=func.now()).returning(Session.proven_at)
        )
        return at

    async def own_standing(self) -> Row:
        """What only they themselves may know of the person asking."""
        return await self.one(_OWN_STANDING)

    async def end_session(self, session_id: UUID) -> None:
        """End a sign-in of the person's own."""
        await self.run(
            update(Session).where(Session.id == session_id, Session.ended_at.is_(None)).values(ended_at=func.now())
        )

    async def get(self, person_id: UUID) -> Row | None:
        """A person, as far as the one asking may see them."""
        return await self.row(select(*COLUMNS).where(User.id == person_id))

    async def rename(self, person_id: UUID, name: str) -> None:
        """Change the name a person goes by."""
        await self.run(update(User).where(User.id == person_id).values(name=name))

    async def prefer_book(self, person_id: UUID, book_id: UUID) -> bool:
        """Choose what ``default`` stands for; False where the person isn't a member of that book."""
        return bool(await self.value(_PREFER_BOOK, {"person": person_id, "book": book_id}))


_REGISTER = prepared("SELECT outcome FROM register_person(:id, :email, :key, :name, :hash, :verified, :only_first)")
_FIND_CREDENTIALS = prepared("SELECT * FROM find_credentials(:key)")
_FIND_PERSON = prepared("SELECT find_person(:key)")
_BEGIN_SESSION = prepared("SELECT begin_session(:id, :person, :digest, :until, :methods, :device, :address)")
_ROTATE = prepared("SELECT * FROM rotate_refresh_token(:old, :new, :until, :grace, :address)")
_END_SESSION_OF = prepared("SELECT * FROM end_session_of(:digest)")
_ISSUE_CHALLENGE = prepared("SELECT issue_challenge(:digest, :person, :until, :methods)")
_LOOK_AT_CHALLENGE = prepared("SELECT * FROM look_at_challenge(:digest)")
_TAKE_CHALLENGE = prepared("SELECT take_challenge(:digest)")
_APPEND_EVENT = prepared(
    "SELECT append_security_event(:id, :person, :actor, :event, :address, CAST(:details AS jsonb))"
)
_OWN_STANDING = prepared("SELECT * FROM own_standing()")
_PREFER_BOOK = prepared("SELECT prefer_book(:person, :book)")
