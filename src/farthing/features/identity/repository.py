"""All SQL about people and sign-ins. What happens before anyone is signed in goes through functions of PostgreSQL."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text, update

from farthing.core.repository import Repository
from farthing.features.identity.models import Session, User

COLUMNS = (User.id, User.email, User.name, User.is_operator, User.default_book_id, User.created_at)


class IdentityRepository(Repository):
    """People and their sign-ins."""

    async def register(
        self, *, person_id: UUID, email: str, key: str, name: str, password_hash: str, only_first: bool
    ) -> str:
        """Write a person down; answers ``registered``, ``closed`` or ``taken``."""
        found = await self.run(
            text("SELECT outcome FROM register_person(:id, :email, :key, :name, :hash, :only_first)"),
            {
                "id": person_id,
                "email": email,
                "key": key,
                "name": name,
                "hash": password_hash,
                "only_first": only_first,
            },
        )
        return str(found.scalar_one())

    async def credentials(self, key: str) -> tuple[UUID | None, str | None]:
        """The id and the password hash of whoever has this address; None and None where nobody has."""
        found = (await self.run(text("SELECT * FROM find_credentials(:key)"), {"key": key})).one()
        return found.user_id, found.password_hash

    async def find_person(self, key: str) -> UUID | None:
        """The id of whoever has this address."""
        found: UUID | None = (await self.run(text("SELECT find_person(:key)"), {"key": key})).scalar_one()
        return found

    async def begin_session(self, session_id: UUID, person_id: UUID, digest: bytes, until: dt.datetime) -> None:
        """Write a sign-in down, with its first refresh token."""
        await self.run(
            text("SELECT begin_session(:id, :person, :digest, :until)"),
            {"id": session_id, "person": person_id, "digest": digest, "until": until},
        )

    async def rotate(self, old: bytes, new: bytes, until: dt.datetime) -> RowMapping:
        """Change a refresh token for a new one: ``outcome``, and ``user_id`` and ``session_id`` if ``rotated``."""
        found = await self.run(
            text("SELECT * FROM rotate_refresh_token(:old, :new, :until)"), {"old": old, "new": new, "until": until}
        )
        return found.mappings().one()

    async def end_session_of(self, digest: bytes) -> None:
        """End the sign-in that a refresh token belongs to, if there is one."""
        await self.run(text("SELECT end_session_of(:digest)"), {"digest": digest})

    async def end_session(self, session_id: UUID) -> None:
        """End a sign-in of the person's own."""
        await self.run(
            update(Session).where(Session.id == session_id, Session.ended_at.is_(None)).values(ended_at=func.now())
        )

    async def get(self, person_id: UUID) -> RowMapping | None:
        """A person, as far as the one asking may see them."""
        return (await self.run(select(*COLUMNS).where(User.id == person_id))).mappings().one_or_none()

    async def rename(self, person_id: UUID, name: str) -> None:
        """Change the name a person goes by."""
        await self.run(update(User).where(User.id == person_id).values(name=name))

    async def prefer_book(self, person_id: UUID, book_id: UUID) -> bool:
        """Choose what ``default`` stands for; False where the person isn't a member of that book."""
        chosen = await self.run(text("SELECT prefer_book(:person, :book)"), {"person": person_id, "book": book_id})
        return bool(chosen.scalar_one())
