"""What can be done about books and members."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

from farthing.core import bounds
from farthing.core.changelog import FIRST_HASH
from farthing.core.permissions import Role
from farthing.core.statements import Row
from farthing.core.work import OpenBook, Work, choose_book
from farthing.features.administration.service.settings import InstanceService
from farthing.features.books.errors import BooksTooMany, LastOwner, MemberNotFound, MembersTooMany, OwnerSame
from farthing.features.books.repository import BookRepository
from farthing.features.books.schemas import BookCreate, BookLock, BookUpdate, HandingOver, MemberUpdate
from farthing.kit import ids

SETTINGS = ("name", "time_zone", "locale", "first_weekday", "fiscal_year_start", "locked_until", "checkpoint_policy")


class BookService:
    """Books and their members."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.books = BookRepository(work)

    async def found(self, wanted: BookCreate) -> UUID:
        """Make a book, owned by whoever asks; the work is about that book from here on.

        Raises:
            BookIdTaken: there is a book with the id that the client chose.
            BooksTooMany: they have as many as a person has.
        """
        await self._have_room()
        book_id = wanted.id or ids.new_id()
        await choose_book(
            self.work,
            OpenBook(
                id=book_id,
                role=Role.OWNER,
                revision=0,
                head_hash=FIRST_HASH,
                currency=wanted.currency,
                time_zone=wanted.time_zone,
                locked_until=None,
                checked_until=None,
            ),
        )
        values = wanted.model_dump(include={"currency", *SETTINGS})
        await self.books.add({**values, "id": book_id, "revision": 0, "head_hash": FIRST_HASH})
        await self.books.add_member(self.work.person_id, Role.OWNER, self.work.revision)
        self.work.created("book", book_id)
        self.work.created("member", self.work.person_id)
        self.work.tell(f"Founded the book {wanted.name}.")
        return book_id

    async def refound(self, wanted: BookCreate, *, created_at: dt.datetime) -> UUID:
        """Begin to make a book again that was elsewhere, empty and without members: the work is about it from here on.

        It gets the id that it had, if no book has it here, else a new one.

        Raises:
            BooksTooMany: they have as many as a person has.
        """
        await self._have_room()
        values = wanted.model_dump(include=BookCreate.model_fields.keys() & {"currency", *SETTINGS})
        values["created_at"] = created_at
        for book_id in (wanted.id or ids.new_id(), ids.new_id()):
            await choose_book(
                self.work,
                OpenBook(
                    id=book_id,
                    role=Role.OWNER,
                    revision=0,
                    head_hash=FIRST_HASH,
                    currency=wanted.currency,
                    time_zone=wanted.time_zone,
                    locked_until=None,
                    checked_until=None,
                ),
            )
            if await self.books.claim({**values, "id": book_id, "revision": 0, "head_hash": FIRST_HASH}):
                break
        return self.work.book_id

    async def take_over(self, settings: dict[str, Any], *, revision: int, head_hash: bytes) -> None:
        """Own a book that was made again, whose log ends there, and give it the settings it had besides."""
        self.work.book = replace(self.work.opened, revision=revision, head_hash=head_hash)
        await self.books.change({**settings, "revision": revision, "head_hash": head_hash})
        await self.books.add_member(self.work.person_id, Role.OWNER, self.work.revision)
        self.work.created("member", self.work.person_id)

    async def mine(self) -> list[Row]:
        """The books of whoever asks, as far as they are in sight."""
        books = await self.books.find(self.work.person_id)
        return [book for book in books if self.work.actor is not None and self.work.actor.sees(book["id"])]

    async def get(self) -> Row:
        """The open book."""
        book = await self.books.get(self.work.book_id, self.work.person_id)
        self.work.shows(book["revision"])
        return book

    async def founded(self) -> dict[str, Any]:
        """The open book, as it will be once this work is committed."""
        book = dict(await self.books.get(self.work.book_id, self.work.person_id))
        if self.work.is_dirty:
            book["revision"] = self.work.revision
        self.work.shows(book["revision"])
        return book

    async def change(self, changes: BookUpdate | BookLock) -> dict[str, Any]:
        """Change the open book's settings, or how far it is locked.

        Raises:
            RevisionStale: the caller's picture of the book is out of date.
        """
        book = await self.books.get(self.work.book_id, self.work.person_id)
        self.work.expect(book["revision"])
        values = {name: value for name, value in changes.model_dump(exclude_unset=True).items() if value != book[name]}
        if values:
            await self.books.change(values)
            self.work.changed("book", self.work.book_id, _settings(book))
            self.work.tell("Changed the book's settings: " + ", ".join(sorted(values)) + ".")
        return await self.founded()

    async def members(self) -> list[Row]:
        """Everyone who shares the open book."""
        return await self.books.members()

    async def join(self, role: Role) -> None:
        """Make whoever asks a member of the open book: they accepted what they were invited to.

        Raises:
            BooksTooMany: they have as many as a person has.
            MemberExists: they are a member already.
            MembersTooMany: the book is shared by as many as can.
        """
        if len(await self.books.members()) >= bounds.MEMBERS_PER_BOOK:
            raise MembersTooMany
        await self._have_room()
        await self.books.add_member(self.work.person_id, role, self.work.revision)
        self.work.created("member", self.work.person_id)

    async def change_member(self, person_id: UUID, changes: MemberUpdate) -> Row:
        """Make a member something else.

        Raises:
            MemberNotFound: no such member.
            LastOwner: a book always has an owner.
            PermissionMissing: only an owner makes and unmakes owners.
            RevisionStale: the caller's picture of the member is out of date.
        """
        member = await self._member(person_id)
        self.work.expect(member["revision"])
        if changes.role != member["role"]:
            self._may_make(changes.role)
            await self._may_unmake(Role(member["role"]))
            await self.books.change_member(person_id, changes.role, self.work.revision)
            self.work.changed("member", person_id, _image(member))
            self.work.tell(f"Made a member {changes.role}.")
        return await self._shown(person_id)

    async def remove_member(self, person_id: UUID) -> None:
        """Let a member go.

        Raises:
            MemberNotFound, LastOwner, PermissionMissing, RevisionStale: as in :meth:`change_member`.
        """
        member = await self._member(person_id)
        self.work.expect(member["revision"])
        await self._may_unmake(Role(member["role"]))
        await self.books.remove_member(person_id)
        self.work.deleted("member", person_id, _image(member))
        self.work.tell("Removed a member.")

    async def leave(self) -> None:
        """Stop being a member of the open book.

        Raises:
            LastOwner: nobody else owns it.
        """
        member = await self._member(self.work.person_id)
        if member["role"] == Role.OWNER:
            await self._keep_an_owner()
        await self.books.remove_member(member["user_id"])
        self.work.deleted("member", member["user_id"], _image(member))
        self.work.tell("Left the book.")

    async def hand_over(self, wanted: HandingOver) -> list[Row]:
        """Make another member the book's owner, and oneself something else: both or neither.

        Raises:
            OwnerSame: they named themselves.
            MemberNotFound: no such member.
        """
        if wanted.user_id == self.work.person_id:
            raise OwnerSame.at("/user_id")
        successor, owner = await self._member(wanted.user_id), await self._member(self.work.person_id)
        for member, role in ((successor, Role.OWNER), (owner, Role(wanted.role))):
            if member["role"] != role:
                await self.books.change_member(member["user_id"], role, self.work.revision)
                self.work.changed("member", member["user_id"], _image(member))
        self.work.tell(f"Handed the book over, and stays as {wanted.role}.")
        return await self.books.members()

    def _may_make(self, role: Role) -> None:
        if role is Role.OWNER:
            self.work.allow("owners:write")

    async def _may_unmake(self, role: Role) -> None:
        if role is Role.OWNER:
            self.work.allow("owners:write")
            await self._keep_an_owner()

    async def _have_room(self) -> None:
        most = (await InstanceService(self.work).get())["books_per_person"]
        if len(await self.books.find(self.work.person_id)) >= most:
            raise BooksTooMany(most=most)

    async def _keep_an_owner(self) -> None:
        if await self.books.owners() == 1:
            raise LastOwner

    async def _member(self, person_id: UUID) -> Row:
        member = await self.books.member(person_id)
        if member is None:
            raise MemberNotFound
        return member

    async def _shown(self, person_id: UUID) -> Row:
        member = await self._member(person_id)
        self.work.shows(member["revision"])
        return member


def _settings(book: Row) -> dict[str, Any]:
    settings = {name: book[name] for name in SETTINGS}
    lock = book["locked_until"]
    return settings | {"locked_until": lock.isoformat() if lock else None}


def _image(member: Row) -> dict[str, Any]:
    return {
        "user_id": str(member["user_id"]),
        "role": member["role"],
        "created_revision": member["created_revision"],
        "revision": member["revision"],
    }
