"""Books, their settings and their members. A book is opened in the room ``starters``, which furnishes it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import book_room, room, serve
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.books.errors import LastOwner, MemberNotFound, OwnerSame
from farthing.features.books.schemas import (
    BookList,
    BookLock,
    BookRead,
    BookUpdate,
    HandingOver,
    MemberList,
    MemberRead,
    MemberUpdate,
)
from farthing.features.books.service import BookService

mine = room(prefix="/books", tag="books")
router = book_room(prefix="", tag="books")
Mine = Annotated[BookService, serve(BookService, needs=SIGNED_IN, scope="books:read")]
Viewing = Annotated[BookService, serve(BookService, needs="books:read")]
Settling = Annotated[BookService, serve(BookService, needs="books:write")]
# No entity tag: people change their names without a word to the book.
SeeingMembers = Annotated[BookService, serve(BookService, needs="members:read", tag=None)]
Sharing = Annotated[BookService, serve(BookService, needs="members:write")]
Locking = Annotated[BookService, serve(BookService, needs="locks:write")]
Leaving = Annotated[BookService, serve(BookService, needs="membership:write")]
Owning = Annotated[BookService, serve(BookService, needs="owners:write")]


@mine.get("", response_model=BookList)
async def list_books(books: Mine) -> dict[str, list[Row]]:
    """The books one is a member of, oldest first."""
    return {"data": await books.mine()}


@router.get("", response_model=BookRead)
async def get_book(books: Viewing) -> Row:
    """A book and its settings."""
    return await books.get()


@router.patch("", response_model=BookRead, responses=faults(RevisionStale))
async def update_book(books: Settling, changes: BookUpdate) -> dict[str, Any]:
    """Change a book's settings."""
    return await books.change(changes)


@router.put("/lock", response_model=BookRead, responses=faults(RevisionStale))
async def lock_book(books: Locking, lock: BookLock) -> dict[str, Any]:
    """Lock the book until a day, or unlock it: what is dated then or earlier can't change."""
    return await books.change(lock)


@router.get("/members", response_model=MemberList)
async def list_members(books: SeeingMembers) -> dict[str, list[Row]]:
    """Everyone who shares the book, in the order they came."""
    return {"data": await books.members()}


@router.patch(
    "/members/{user_id}", response_model=MemberRead, responses=faults(MemberNotFound, LastOwner, RevisionStale)
)
async def update_member(books: Sharing, user_id: UUID, changes: MemberUpdate) -> Row:
    """Give a member another role. Only an owner makes and unmakes owners; the last one stays."""
    return await books.change_member(user_id, changes)


@router.delete("/members/{user_id}", status_code=204, responses=faults(MemberNotFound, LastOwner, RevisionStale))
async def remove_member(books: Sharing, user_id: UUID) -> None:
    """Stop sharing the book with someone: to them it isn't there any more, at once."""
    await books.remove_member(user_id)


@router.post("/leave", status_code=204, responses=faults(LastOwner))
async def leave_book(books: Leaving) -> None:
    """Stop being a member of the book. The last owner stays."""
    await books.leave()


@router.post("/hand-over", response_model=MemberList, responses=faults(OwnerSame, MemberNotFound))
async def hand_over_book(books: Owning, wanted: HandingOver) -> dict[str, list[Row]]:
    """Make another member the owner, and oneself something else, in one change."""
    return {"data": await books.hand_over(wanted)}
