"""The person signed in, and finding others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.work import Actor, Work
from farthing.features.identity.errors import DefaultBookUnknown, PersonNotFound, PersonUnknown
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import MeUpdate, email_key


class PeopleService:
    """People, as they see themselves."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)

    async def find_person(self, email: str, *, pointer: str = "/email") -> UUID:
        """The id of whoever has this address.

        Raises:
            PersonUnknown: nobody has.
        """
        person_id = await self.people.find_person(email_key(email))
        if person_id is None:
            raise PersonUnknown.at(pointer)
        return person_id

    async def me(self) -> dict[str, Any]:
        """The person signed in.

        Raises:
            PersonNotFound: they are gone.
        """
        person = await self.people.get(self.work.person_id)
        if person is None:
            raise PersonNotFound
        standing = await self.people.own_standing()
        return {
            **person,
            "has_password": standing.password_hash is not None,
            "password_changed_at": standing.password_changed_at,
            "email_verified_at": standing.email_verified_at,
            "second_factor_since": standing.second_factor_since,
        }

    async def change_me(self, changes: MeUpdate) -> dict[str, Any]:
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


def actor_of(person_id: UUID) -> Actor:
    """The actor that the operator's command line works as: a person without a sign-in."""
    return Actor(person_id, session_id=None)
