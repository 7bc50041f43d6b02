"""All SQL about people and sign-ins. What happens before anyone is signed in goes through functions of PostgreSQL."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import func, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.identity.models import Session, User

COLUMNS = (User.id, User.email, User.name, User.is_operator, User.default_book_id, User.created_at)


class IdentityRepository(Repository):
    """People and their sign-ins."""

    async def register(
        self, *, person_id: UUID, email: str, key: str, name: str, password_hash: str, only_first: bool
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
                "only_first": only_first,
            },
        )
        return str(outcome)

    async def credentials(self, key: str) -> tuple[UUID | None, str | None]:
        """The id and the password hash of whoever has this address; None and None where nobody has."""
        found = await self.one(_FIND_CREDENTIALS, {"key": key})
        return found.user_id, found.password_hash

    async def find_person(self, key: str) -> UUID | None:
        """The id of whoever has this address."""
        found: UUID | None = await self.value(_FIND_PERSON, {"key": key})
        return found

    async def begin_session(self, session_id: UUID, person_id: UUID, digest: bytes, until: dt.datetime) -> None:
        """Write a sign-in down, with its first refresh token."""
        await self.run(
            _BEGIN_SESSION,
            {"id": session_id, "person": person_id, "digest": digest, "until": until},
        )

    async def rotate(self, old: bytes, new: bytes, until: dt.datetime) -> Row:
        """Change a refresh token for a new one: ``outcome``, and ``user_id`` and ``session_id`` if ``rotated``."""
        return await self.one(_ROTATE, {"old": old, "new": new, "until": until})

    async def end_session_of(self, digest: bytes) -> None:
        """End the sign-in that a refresh token belongs to, if there is one."""
        await self.run(_END_SESSION_OF, {"digest": digest})

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


_REGISTER = prepared("SELECT outcome FROM register_person(:id, :email, :key, :name, :hash, :only_first)")
_FIND_CREDENTIALS = prepared("SELECT * FROM find_credentials(:key)")
_FIND_PERSON = prepared("SELECT find_person(:key)")
_BEGIN_SESSION = prepared("SELECT begin_session(:id, :person, :digest, :until)")
_ROTATE = prepared("SELECT * FROM rotate_refresh_token(:old, :new, :until)")
_END_SESSION_OF = prepared("SELECT end_session_of(:digest)")
_PREFER_BOOK = prepared("SELECT prefer_book(:person, :book)")
