"""Departures: taking all of one's data along, deleting a book, deleting oneself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import DryRun, book_room, open_books, open_for_person, room, saved_as, serve, tool
from farthing.core.storage import StorageUnavailable
from farthing.core.work import RevisionStale, Work
from farthing.features.departures.errors import BookNameDiffers, OperatorNeeded, OwnerNeeded
from farthing.features.departures.service.leave import LeaveService
from farthing.features.departures.service.take_along import TAKES, TakeAlongService, add_books
from farthing.features.exports.archive import MEDIA_TYPE
from farthing.features.exports.desk import ExportDesk
from farthing.features.exports.router import SavedFile, download
from farthing.features.identity.errors import ProofTooOld
from farthing.kit import clock

book_router = book_room(prefix="", tag="books")
router = room(prefix="/me", tag="identity")
Leaving = Annotated[LeaveService, serve(LeaveService, needs="owners:write")]
LeavingAltogether = Annotated[LeaveService, serve(LeaveService, needs=SIGNED_IN)]
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


@router.post(
    "/export", response_class=Response, responses=faults(ProofTooOld, StorageUnavailable) | download(MEDIA_TYPE)
)
async def export_me(
    open_myself: OpeningMyself, read_book: ReadingBooks, desk: Annotated[ExportDesk, tool(ExportDesk)]
) -> Response:
    """All that is held of oneself as one ZIP file: person, sign-ins, events, memberships, and archives of books.

    A book is in it if one's role there may export it. Nothing of the file is kept here. It needs a fresh proof of who
    one is.
    """
    async with desk.turn():
        async with open_myself() as work:
            begun, books = await TakeAlongService(work).gather()
        export = await add_books(begun, books, read_book)
    headers: dict[str, Any] = {
        "Content-Type": MEDIA_TYPE,
        "Content-Disposition": saved_as(f"farthing-{clock.now().date().isoformat()}.zip"),
        "Cache-Control": "no-store",
    }
    return SavedFile(export, headers)
