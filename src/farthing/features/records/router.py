"""What a book holds, as a whole."""

from __future__ import annotations

from typing import Annotated, Any

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, serve
from farthing.features.records.errors import BookTooLarge
from farthing.features.records.schemas import DigestRead
from farthing.features.records.service import RecordService

router = book_room(prefix="", tag="changes")
Reading = Annotated[RecordService, serve(RecordService, needs="changes:read", tag=Tag.BOOK)]


@router.get("/digest", response_model=DigestRead, responses=faults(BookTooLarge))
async def get_digest(records: Reading) -> dict[str, Any]:
    """The digest of all that the book holds: whether a copy is the same, and whether an undo left no trace."""
    return await records.told_digest()
