"""Saved searches, and what they find."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.searches.errors import (
    SavedSearchesTooMany,
    SavedSearchIdTaken,
    SavedSearchNameTaken,
    SavedSearchNotFound,
)
from farthing.features.searches.schemas import (
    FoundQuery,
    SavedSearchCreate,
    SavedSearchPage,
    SavedSearchRead,
    SavedSearchUpdate,
)
from farthing.features.searches.service import SearchService
from farthing.features.tags.errors import TagUnknown
from farthing.features.transactions.errors import SearchMalformed
from farthing.features.transactions.schemas import TransactionPage
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import Id

router = book_room(prefix="/saved-searches", tag="transactions")
Viewing = Annotated[SearchService, serve(SearchService, needs="transactions:read")]
Listing = Annotated[SearchService, serve(SearchService, needs="transactions:read", tag=Tag.BOOK)]
Changing = Annotated[SearchService, serve(SearchService, needs="transactions:write")]


@router.post(
    "",
    status_code=201,
    response_model=SavedSearchRead,
    responses=faults(
        SavedSearchIdTaken, SavedSearchNameTaken, SavedSearchesTooMany, SearchMalformed, AccountUnknown, TagUnknown
    ),
)
async def create_saved_search(
    searches: Changing, search: SavedSearchCreate, request: Request, response: Response
) -> Row:
    """Keep a search under a name. It is read as the list of transactions reads it, so that it can be run."""
    book_id = searches.work.book_id
    with told_where(request, SavedSearchIdTaken, "get_saved_search", book_id=book_id, search_id=search.id):
        made = await searches.create(search)
    created_at(request, response, "get_saved_search", book_id=book_id, search_id=made["id"])
    return made


@router.get("", response_model=SavedSearchPage, responses=faults(CursorMalformed))
async def list_saved_searches(
    searches: Listing, wanted: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """Saved searches, by their positions and names."""
    return paged(request, response, await searches.find(wanted))


@router.get("/{search_id}", response_model=SavedSearchRead, responses=faults(SavedSearchNotFound))
async def get_saved_search(searches: Viewing, search_id: Id) -> Row:
    """A saved search."""
    return await searches.get(search_id)


@router.get(
    "/{search_id}/transactions",
    response_model=TransactionPage,
    responses=faults(SavedSearchNotFound, CursorMalformed, AccountUnknown, TagUnknown, SearchMalformed),
)
async def run_saved_search(
    searches: Listing,
    search_id: Id,
    wanted: Annotated[FoundQuery, Query()],
    request: Request,
    response: Response,
) -> Page[dict[str, Any]]:
    """The transactions that a saved search finds, newest first."""
    return paged(request, response, await searches.run(search_id, wanted))


@router.patch(
    "/{search_id}",
    response_model=SavedSearchRead,
    responses=faults(
        SavedSearchNotFound, SavedSearchNameTaken, SearchMalformed, AccountUnknown, TagUnknown, RevisionStale
    ),
)
async def update_saved_search(searches: Changing, search_id: Id, changes: SavedSearchUpdate) -> Row:
    """Change a saved search."""
    return await searches.change(search_id, changes)


@router.delete("/{search_id}", status_code=204, responses=faults(SavedSearchNotFound, RevisionStale))
async def delete_saved_search(searches: Changing, search_id: Id) -> None:
    """Delete a saved search; the transactions that it finds stay."""
    await searches.delete(search_id)
