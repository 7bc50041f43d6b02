"""The change log: the feed that clients follow, and the history of a record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import Field

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, paged, serve
from farthing.core.statements import Row
from farthing.features.changes.errors import ChangeNotFound, RecordNotFound
from farthing.features.changes.schemas import (
    ChangeFeed,
    ChangeQuery,
    HistoryPage,
    HistoryQuery,
    ImageQuery,
    RecordFeed,
    WholeChangeRead,
)
from farthing.features.changes.service import ChangeService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="", tag="changes")
Reading = Annotated[ChangeService, serve(ChangeService, needs="changes:read", tag=Tag.BOOK)]
Looking = Annotated[ChangeService, serve(ChangeService, needs="changes:read")]
Revision = Annotated[int, Path(ge=1, le=2**62, description="Which write to the book: 1 is the first.", examples=[7])]


@router.get(
    "/changes",
    response_model=Annotated[ChangeFeed | RecordFeed, Field(union_mode="left_to_right")],
    responses=faults(CursorMalformed),
)
async def list_changes(
    changes: Reading, wanted: Annotated[ChangeQuery, Query()], request: Request, response: Response
) -> dict[str, Any]:
    """The writes to the book after a revision, in order; or the records that they touched.

    With `include=records`, whoever begins with nothing and `after=0`, takes what is added or changed, drops what is
    removed, and follows `next_cursor` to the last page, holds what the book held at that page's `revision`; asking
    `after` it brings what has happened since. A page that was lost is asked for again: to take a record twice does no
    harm, and what was never there to be removed is skipped.
    """
    if wanted.include is None:
        if wanted.cursor is not None:
            raise CursorMalformed
        return await changes.follow(wanted)
    followed = await changes.follow_records(wanted)
    paged(request, response, Page(followed["data"], followed["next_cursor"]))
    return followed


@router.get("/changes/{revision}", response_model=WholeChangeRead, responses=faults(ChangeNotFound, CursorMalformed))
async def get_change(
    changes: Looking,
    revision: Revision,
    wanted: Annotated[ImageQuery, Query()],
    request: Request,
    response: Response,
) -> dict[str, Any]:
    """One write to the book, with what the records that it changed or deleted were before it."""
    change = await changes.get(revision, wanted)
    paged(request, response, change["images"])
    return change


@router.get("/history/{record_id}", response_model=HistoryPage, responses=faults(RecordNotFound, CursorMalformed))
async def get_history(
    changes: Reading,
    record_id: Id,
    wanted: Annotated[HistoryQuery, Query()],
    request: Request,
    response: Response,
) -> Page[Row]:
    """What a record was before each change to it, newest first: also of one that was deleted."""
    return paged(request, response, await changes.history(record_id, wanted))
