"""Tags."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.journal.errors import PeriodLocked
from farthing.features.tags.errors import (
    RetaggingTooLarge,
    TagAgreedOn,
    TagIdTaken,
    TagInUse,
    TagNameTaken,
    TagNotFound,
    TagsSame,
    TagsTooMany,
    TagUnknown,
)
from farthing.features.tags.schemas import TagCreate, TagMerge, TagPage, TagQuery, TagRead, TagUpdate
from farthing.features.tags.service.change import ChangeService
from farthing.features.tags.service.find import TagService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="/tags", tag="tags")
Viewing = Annotated[TagService, serve(TagService, needs="tags:read")]
Listing = Annotated[TagService, serve(TagService, needs="tags:read", tag=Tag.BOOK)]
Changing = Annotated[ChangeService, serve(ChangeService, needs="tags:write")]
FromTransactions = Annotated[
    bool, Query(description="Take it off the transactions that bear it, up to 10,000, in the same change.")
]
OverrideLock = Annotated[
    bool,
    Query(
        description=(
            "Do it although transactions in the locked period bear it. Needs `books:write`, and the change log says so."
        )
    ),
]


@router.post("", status_code=201, response_model=TagRead, responses=faults(TagIdTaken, TagNameTaken, TagsTooMany))
async def create_tag(tags: Changing, tag: TagCreate, request: Request, response: Response) -> Row:
    """Make a tag."""
    book_id = tags.work.book_id
    with told_where(request, TagIdTaken, "get_tag", book_id=book_id, tag_id=tag.id):
        made = await tags.create(tag)
    created_at(request, response, "get_tag", book_id=book_id, tag_id=made["id"])
    return made


@router.get("", response_model=TagPage, responses=faults(CursorMalformed))
async def list_tags(
    tags: Listing, wanted: Annotated[TagQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """Tags, each with how many transactions bear it: by name, or the most used first."""
    return paged(request, response, await tags.find(wanted))


@router.get("/{tag_id}", response_model=TagRead, responses=faults(TagNotFound))
async def get_tag(tags: Viewing, tag_id: Id) -> Row:
    """A tag."""
    return await tags.get(tag_id)


@router.patch("/{tag_id}", response_model=TagRead, responses=faults(TagNotFound, TagNameTaken, RevisionStale))
async def update_tag(tags: Changing, tag_id: Id, changes: TagUpdate) -> Row:
    """Rename, colour, describe or archive a tag."""
    return await tags.change(tag_id, changes)


@router.delete(
    "/{tag_id}",
    status_code=204,
    responses=faults(TagNotFound, TagInUse, TagAgreedOn, RetaggingTooLarge, PeriodLocked, RevisionStale),
)
async def delete_tag(
    tags: Changing, tag_id: Id, from_transactions: FromTransactions = False, override_lock: OverrideLock = False
) -> None:
    """Delete a tag that no transaction bears, or take it off them first. What they were stays in the history."""
    await tags.delete(tag_id, from_transactions=from_transactions, override_lock=override_lock)


@router.post(
    "/{tag_id}/merge",
    response_model=TagRead,
    responses=faults(TagNotFound, TagUnknown, TagsSame, TagAgreedOn, RetaggingTooLarge, PeriodLocked, RevisionStale),
)
async def merge_tag(tags: Changing, tag_id: Id, merging: TagMerge, override_lock: OverrideLock = False) -> Row:
    """Merge a tag into another: its transactions bear that one in its place, and it is deleted."""
    return await tags.merge(tag_id, merging.into, override_lock=override_lock)
