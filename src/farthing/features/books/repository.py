"""All SQL about books and members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as claiming

from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.books.errors import BookIdTaken, MemberExists
from farthing.features.books.models import Book, Member
from farthing.features.identity.models import User


class BookRepository(Repository):
    """Books and their members."""

    conflicts = {"pk_books": BookIdTaken, "pk_members": MemberExists}

    def _books(self, person_id: UUID) -> Select[*tuple[Any, ...]]:
        return select(
            Book.id,
            Book.name,
            Book.currency,
            Book.time_zone,
            Book.locale,
            Book.first_weekday,
            Book.fiscal_year_start,
            Book.locked_until,
            Book.checkpoint_policy,
            Book.revision,
            Book.created_at,
            Member.role,
        ).join(Member, (Member.book_id == Book.id) & (Member.user_id == person_id))

    async def find(self, person_id: UUID) -> list[Row]:
        """The books a person is a member of, oldest first."""
        return await self.rows(self._books(person_id).order_by(Book.created_at, Book.id))

    async def get(self, book_id: UUID, person_id: UUID) -> Row:
        """The book that is open."""
        return await self.one(self._books(person_id).where(Book.id == book_id))

    async def add(self, values: dict[str, Any]) -> None:
        """Write a book down."""
        await self.run(insert(Book).values(**values))

    async def claim(self, values: dict[str, Any]) -> bool:
        """Write a book down unless its id is another's; whether it was."""
        claimed = claiming(Book).values(**values).on_conflict_do_nothing(index_elements=[Book.id]).returning(Book.id)
        return bool(await self.rows(claimed))

    async def change(self, values: dict[str, Any]) -> None:
        """Change the open book's settings."""
        await self.run(update(Book).where(Book.id == self.book_id).values(**values))

    def _members(self) -> Select[*tuple[Any, ...]]:
        return (
            select(
                Member.user_id,
                User.name,
                User.email,
                Member.role,
                Member.created_revision,
                Member.revision,
                Member.created_at,
            )
            .join(User, User.id == Member.user_id)
            .where(Member.book_id == self.book_id)
        )

    async def members(self) -> list[Row]:
        """Everyone who shares the open book, in the order they came."""
        return await self.rows(self._members().order_by(Member.created_revision, Member.user_id))

    async def member(self, person_id: UUID) -> Row | None:
        """One who shares the open book."""
        return await self.row(self._members().where(Member.user_id == person_id))

    async def owners(self) -> int:
        """How many owners the open book has."""
        return int(
            await self.value(
                select(func.count()).select_from(Member).where(Member.book_id == self.book_id, Member.role == "owner")
            )
        )

    async def add_member(self, person_id: UUID, role: str, revision: int) -> None:
        """Let someone share the open book."""
        await self.run(
            insert(Member).values(
                book_id=self.book_id, user_id=person_id, role=role, created_revision=revision, revision=revision
            )
        )

    async def change_member(self, person_id: UUID, role: str, revision: int) -> None:
        """Make a member something else."""
        await self.run(
            update(Member)
            .where(Member.book_id == self.book_id, Member.user_id == person_id)
            .values(role=role, revision=revision)
        )

    async def remove_member(self, person_id: UUID) -> None:
        """Let a member go."""
        await self.run(delete(Member).where(Member.book_id == self.book_id, Member.user_id == person_id))
