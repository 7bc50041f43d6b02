"""What can be read from the log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.changes.errors import ChangeNotFound, RecordNotFound
from farthing.features.changes.repository import ChangeRepository
from farthing.features.changes.schemas import ChangeQuery, HistoryQuery, ImageQuery
from farthing.kit.pages import Page


class ChangeService:
    """The change log of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.changes = ChangeRepository(work)

    async def follow(self, wanted: ChangeQuery) -> dict[str, Any]:
        """The changes after a revision, in order."""
        rows = await self.changes.after(wanted.after, wanted.limit)
        head = self.work.opened.revision
        last = rows[-1]["revision"] if rows else wanted.after
        return {
            "data": [_shown(row) for row in rows],
            "next_after": last if last < head else None,
            "revision": head,
        }

    async def get(self, revision: int, wanted: ImageQuery) -> dict[str, Any]:
        """The change that made a revision, and a page of what the records it changed or deleted were before it.

        Raises:
            ChangeNotFound: the log doesn't reach that far.
            CursorMalformed: the cursor isn't this list's.
        """
        change = await self.changes.get(revision)
        if change is None:
            raise ChangeNotFound
        self.work.shows(revision)  # a change never changes
        return {**_shown(change), "images": await self.changes.left_by(revision, wanted)}

    async def history(self, record_id: UUID, wanted: HistoryQuery) -> Page[Row]:
        """A page of what a record was before each change to it, newest first.

        Raises:
            RecordNotFound: nothing with this id was ever changed or deleted.
        """
        page = await self.changes.images(record_id, wanted)
        if not page.data and wanted.cursor is None:
            raise RecordNotFound
        return page


def _shown(row: Row) -> dict[str, Any]:
    payload = row["payload"] or {}
    return {
        **row,
        "records": payload.get("records", []),
        "counts": payload.get("counts", {}),
        "hash": row["hash"].hex(),
    }
