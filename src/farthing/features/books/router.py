"""Books, their settings and their members. A book is opened in the room ``starters``, which furnishes it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import book_room, room, serve
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.books.errors import LastOwner, MemberExists, MemberNotFound, MembersTooMany
from farthing.features.books.schemas import (
    BookList,
    BookRead,
    BookUpdate,
    MemberCreate,
    MemberList,
    MemberRead,
    MemberUpdate,
)
from farthing.features.books.service import BookService
from farthing.features.identity.errors import PersonUnknown

mine = room(prefix="/books", tag="books")
router = book_room(prefix="", tag="books")
Mine = Annotated[BookService, serve(BookService, needs=SIGNED_IN, scope="books:read")]
Viewing = Annotated[BookService, serve(BookService, needs="books:read")]
Settling = Annotated[BookService, serve(BookService, needs="books:write")]
# No entity tag: people change their names without a word to the book.
SeeingMembers = Annotated[BookService, serve(BookService, needs="members:read", tag=None)]
Sharing = Annotated[BookService, serve(BookService, needs="members:write")]


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


@router.get("/members", response_model=MemberList)
async def list_members(books: SeeingMembers) -> dict[str, list[Row]]:
    """Everyone who shares the book, in the order they came."""
    return {"data": await books.members()}


@router.post(
    "/members",
    status_code=201,
    response_model=MemberRead,
    responses=faults(PersonUnknown, MemberExists, MembersTooMany),
)
async def add_member(books: Sharing, member: MemberCreate) -> Row:
    """Share the book with someone who is registered here. Only an owner makes owners."""
    return await books.add_member(member)


@router.patch(
    "/members/{user_id}", response_model=MemberRead, responses=faults(MemberNotFound, LastOwner, RevisionStale)
)
async def update_member(books: Sharing, user_id: UUID, changes: MemberUpdate) -> Row:
    """Give a member another role. Only an owner makes and unmakes owners; the last one stays."""
    return await books.change_member(user_id, changes)


@router.delete("/members/{user_id}", status_code=204, responses=faults(MemberNotFound, LastOwner, RevisionStale))
async def remove_member(books: Sharing, user_id: UUID) -> None:
    """Stop sharing the book with someone."""
    await books.remove_member(user_id)
