"""Departures: taking all of one's data along, deleting a book, deleting oneself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from starlette.types import Receive, Scope, Send

from farthing.core.permissions import OPERATOR, SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import DryRun, book_room, open_books, open_for_person, room, saved_as, serve, tool
from farthing.core.work import RevisionStale, Work
from farthing.features.administration.errors import LastOperator
from farthing.features.departures.errors import (
    BookNameDiffers,
    OperatorNeeded,
    OwnerNeeded,
    PersonAddressDiffers,
    SharedBooksLeft,
)
from farthing.features.departures.service.leave import LeaveService
from farthing.features.departures.service.take_along import TAKES, TakeAlongService
from farthing.features.exports.archive import MEDIA_TYPE
from farthing.features.exports.desk import ExportDesk
from farthing.features.exports.router import download
from farthing.features.identity.errors import PersonNotFound, ProofTooOld, TooManyAttempts
from farthing.kit import clock
from farthing.kit.wire import Id

book_router = book_room(prefix="", tag="books")
router = room(prefix="/me", tag="identity")
people = room(prefix="/instance/people", tag="administration")
Leaving = Annotated[LeaveService, serve(LeaveService, needs="owners:write")]
LeavingAltogether = Annotated[LeaveService, serve(LeaveService, needs=SIGNED_IN)]
Dismissing = Annotated[LeaveService, serve(LeaveService, needs=OPERATOR)]
OpeningMyself = Annotated[Callable[[], AbstractAsyncContextManager[Work]], open_for_person()]
ReadingBooks = Annotated[Callable[[UUID], AbstractAsyncContextManager[Work]], open_books(needs=TAKES)]


@book_router.delete("", status_code=204, responses=faults(BookNameDiffers, ProofTooOld, RevisionStale))
async def delete_book(
    books: Leaving,
    confirm: Annotated[str, Query(min_length=1, max_length=200, description="The book's name, as it is.")],
) -> None:
    """Delete the book for good, with its log and all files; nobody gets it back. Ask for its archive before.

    Only an owner may, and one who proved lately who they are. Other members lose it, too. Money that moved to or from
    other books stays in those.
    """
    await books.delete_book(confirm)


@router.delete("", status_code=204, responses=faults(OwnerNeeded, OperatorNeeded, ProofTooOld))
async def delete_me(
    people: LeavingAltogether,
    confirm: Annotated[Literal["delete my account"], Query(description="These very words.")],  # noqa: ARG001 - that
    *,
    dry_run: DryRun = False,
) -> None:
    """Delete one's account for good, at once: sign-ins, name and address, and books that nobody else is a member of.

    Books that others own, too, are left; their logs keep an id and no name. It needs a fresh proof of who one is.
    """
    await people.delete_me(dry_run=dry_run)


@people.delete(
    "/{person_id}",
    status_code=204,
    responses=faults(PersonNotFound, PersonAddressDiffers, SharedBooksLeft, LastOperator, ProofTooOld),
)
async def delete_person(
    departures: Dismissing,
    person_id: Id,
    confirm: Annotated[str, Query(min_length=1, max_length=254, description="Their e-mail address.")],
    *,
    dry_run: DryRun = False,
) -> None:
    """Delete someone for good, at once, with the books that nobody else is a member of; they leave all others.

    None of their books is shown for that, not by name either. It needs a fresh proof of who one is. To keep someone out
    and their books as they are, block them.
    """
    await departures.delete_person(person_id, confirm, dry_run=dry_run)


@router.post("/export", response_class=Response, responses=faults(ProofTooOld, TooManyAttempts) | download(MEDIA_TYPE))
async def export_me(
    open_myself: OpeningMyself, read_book: ReadingBooks, desk: Annotated[ExportDesk, tool(ExportDesk)]
) -> Response:
    """All that is held of oneself as one ZIP file: person, sign-ins, events, memberships, and archives of books.

    A book is in it if one's role there may export it. It is made while it is sent, one book after the other, and
    nothing of it is kept here. One that breaks off isn't whole. It needs a fresh proof of who one is.
    """
    async with open_myself() as work:
        taken = await TakeAlongService(work).gather()
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Disposition": saved_as(f"farthing-{clock.now().date().isoformat()}.zip"),
        "Cache-Control": "no-store",
    }
    return PartedFile(taken.parts(read_book, desk), headers)


class PartedFile(Response):
    """A file that is sent part by part, each made when its turn comes, in the time that a request like it may take."""

    def __init__(self, parts: AsyncGenerator[AsyncGenerator[bytes]], headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self.parts) as parts:
            async for part in parts:
                scope["farthing.go_on"]()
                async with aclosing(part) as pieces:
                    async for piece in pieces:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
