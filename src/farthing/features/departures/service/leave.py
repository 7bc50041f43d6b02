"""Leaving: a book or a person, deleted with all that is held of them."""

from __future__ import annotations

from contextlib import nullcontext
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work, beside, open_as
from farthing.features.administration.errors import LastOperator
from farthing.features.administration.service.people import PersonService
from farthing.features.books.service import BookService
from farthing.features.departures.errors import (
    BookNameDiffers,
    OperatorNeeded,
    OwnerNeeded,
    PersonAddressDiffers,
    SharedBooksLeft,
)
from farthing.features.departures.repository import DepartureRepository
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import actor_of
from farthing.features.identity.service.proof import recently_proven

MOST_NAMED = 5


class LeaveService:
    """Deletes books and people."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.departures = DepartureRepository(work)
        self.events = SecurityEvents(work)

    async def delete_book(self, confirm: str) -> None:
        """Delete the open book with all that is in it, its log too. What was attached is swept from the storage later.

        Args:
            confirm: the book's name.

        Raises:
            ProofTooOld: they haven't proved lately who they are.
            RevisionStale: the caller's picture of the book is out of date.
            BookNameDiffers: it has another name.
        """
        await recently_proven(self.work)
        book = await BookService(self.work).get()
        self.work.expect(book["revision"])
        if confirm != book["name"]:
            raise BookNameDiffers.in_parameter("confirm")
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        await self.departures.delete_book(self.work.book_id)
        self.work.shown = None
        await self.events.tell(self.work.person_id, "book_deleted", details={"book_id": str(self.work.book_id)})

    async def delete_me(self, *, dry_run: bool = False) -> None:
        """Delete the person asking: books that are theirs alone go with them, others they leave.

        Args:
            dry_run: whether it is only to be seen if it could be done.

        Raises:
            ProofTooOld: they haven't proved lately who they are.
            OwnerNeeded: others share a book that only they own.
            OperatorNeeded: nobody else operates the instance.
        """
        await recently_proven(self.work)
        async with self.work.connection.undone() if dry_run else nullcontext():
            books = await self.departures.fellows(self.work.person_id)
            if left_alone := _left_alone(books):
                raise OwnerNeeded(books=", ".join(f"{book['name']} ({book['id']})" for book in left_alone[:MOST_NAMED]))
            if not await self._leave(books, told=self.events):
                raise OperatorNeeded

    async def delete_person(self, person_id: UUID, confirm: str, *, dry_run: bool = False) -> None:
        """Delete someone else, as who runs the instance; what becomes of their books, as if they did it themselves.

        Args:
            person_id: whom.
            confirm: their e-mail address.
            dry_run: whether it is only to be seen if it could be done.

        Raises:
            ProofTooOld: whoever asks hasn't proved lately who they are.
            PersonNotFound: there is nobody with this id.
            PersonAddressDiffers: they have another address.
            SharedBooksLeft: others share a book that only they own; which, isn't told.
            LastOperator: nobody else operates the instance.
        """
        await recently_proven(self.work)
        person = await PersonService(self.work).get(person_id)
        if email_key(confirm) != email_key(person["email"]):
            raise PersonAddressDiffers.in_parameter("confirm")
        async with self.work.connection.undone() if dry_run else nullcontext():
            # From here on the work is theirs, for policies hide their books from whoever asks.
            theirs = await open_as(
                self.work.connection, actor_of(person_id), request=self.work.request, tools=self.work.tools
            )
            leaving = LeaveService(theirs)
            books = await leaving.departures.fellows(person_id)
            if left_alone := _left_alone(books):
                raise SharedBooksLeft(count=len(left_alone))
            if not await leaving._leave(books, told=self.events):
                raise LastOperator

    async def _leave(self, books: list[Row], *, told: SecurityEvents) -> bool:
        """Delete the person of this work, who is a member of these books; False where nobody else operates."""
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        for book in books:  # in the order of their ids, so that two who leave at once don't wait for each other
            if book["members"]:
                async with beside(self.work, book["id"], needs="books:read") as there:
                    await BookService(there).remove_member(self.work.person_id)
            else:
                await self.departures.delete_book(book["id"])
        await told.tell(self.work.person_id, "account_deleted")
        return await self.departures.delete_person(self.work.person_id) == "deleted"


def _left_alone(books: list[Row]) -> list[Row]:
    """Those that others share, and that nobody else owns."""
    return [book for book in books if book["role"] == "owner" and book["members"] and not book["owners"]]
