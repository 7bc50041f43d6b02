"""The change log: the feed that clients follow, and the history of a record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

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
    WholeChangeRead,
)
from farthing.features.changes.service import ChangeService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="", tag="changes")
Reading = Annotated[ChangeService, serve(ChangeService, needs="changes:read", tag=Tag.BOOK)]
Looking = Annotated[ChangeService, serve(ChangeService, needs="changes:read")]
Revision = Annotated[int, Path(ge=1, le=2**62, description="Which write to the book: 1 is the first.", examples=[7])]


@router.get("/changes", response_model=ChangeFeed)
async def list_changes(changes: Reading, wanted: Annotated[ChangeQuery, Query()]) -> dict[str, Any]:
    """The writes to the book after a revision, in order."""
    return await changes.follow(wanted)


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
