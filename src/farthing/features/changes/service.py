"""What can be read from the log."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from farthing.core.records import KINDS, Image
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.changes.errors import ChangeNotFound, RecordNotFound, RevisionUnknown
from farthing.features.changes.repository import ChangeRepository
from farthing.features.changes.schemas import ChangeQuery, Followed, HistoryQuery, ImageQuery, RecordQuery
from farthing.features.records.service import RecordService
from farthing.features.records.touched import Last, Place
from farthing.kit.pages import CursorMalformed, Page


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

    async def follow_records(self, wanted: ChangeQuery) -> dict[str, Any]:
        """A page of the records that were touched after a revision, each as it is now.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        asked = RecordQuery(limit=wanted.limit, cursor=wanted.cursor, since=wanted.after)
        found = await RecordService(self.work).touched_since(asked.since, _place(asked), asked.limit + 1)
        more = len(found) > asked.limit
        found = found[: asked.limit]
        last = found[-1][0].place if more else None
        return {
            "data": [_followed(each, image) for each, image in found],
            "next_cursor": asked.cursor_at(last.revision, last.id, last.kind) if last else None,
            "revision": self.work.opened.revision,
        }

    async def get(self, revision: int, wanted: ImageQuery) -> dict[str, Any]:
        """The change that made a revision, and a page of what the records it changed or deleted were before it.

        Raises:
            ChangeNotFound: the log doesn't reach that far.
            CursorMalformed: the cursor isn't this list's.
        """
        change = await self.told(revision)
        self.work.shows(revision)  # a change never changes
        return {**change, "images": await self.changes.left_by(revision, wanted)}

    async def stood_at(self, moment: int | dt.datetime) -> int:
        """The revision at which the book stood at a moment; 0 before it was founded.

        Raises:
            RevisionUnknown: the book hasn't come that far.
        """
        head = self.work.opened.revision
        if isinstance(moment, int):
            if moment > head:
                raise RevisionUnknown.in_parameter("known_at", revision=head)
            return moment
        low, high = 0, head
        while low < high:  # each look is by the log's key
            middle = (low + high + 1) // 2
            if await self.changes.instant_of(middle) <= moment:
                low = middle
            else:
                high = middle - 1
        return low

    async def told(self, revision: int) -> dict[str, Any]:
        """What the log says of the change that made a revision.

        Raises:
            ChangeNotFound: the log doesn't reach that far.
        """
        change = await self.changes.get(revision)
        if change is None:
            raise ChangeNotFound
        return _shown(change)

    async def facts(self, revision: int) -> dict[str, Any]:
        """What else was kept with a change, by name; nothing, where it was erased.

        Raises:
            ChangeNotFound: the log doesn't reach that far.
        """
        payload: dict[str, Any] = (await self.told(revision))["payload"] or {}
        return payload

    async def history(self, record_id: UUID, wanted: HistoryQuery) -> Page[Row]:
        """A page of what a record was before each change to it, newest first.

        Raises:
            RecordNotFound: nothing with this id was ever changed or deleted.
        """
        page = await self.changes.images(record_id, wanted)
        if not page.data and wanted.cursor is None:
            raise RecordNotFound
        return page


def _place(asked: RecordQuery) -> Place | None:
    after = asked.after()
    if after is None:
        return None
    try:
        revision, record_id, kind = after
        place = Place(int(revision), UUID(record_id), kind)
    except ValueError:
        raise CursorMalformed from None
    if not 0 <= place.revision < 1 << 62 or kind not in KINDS:
        raise CursorMalformed
    return place


def _followed(last: Last, image: Image | None) -> dict[str, Any]:
    action = Followed.REMOVED if image is None else Followed.CHANGED if last.known else Followed.ADDED
    place = last.place
    return {"kind": place.kind, "id": place.id, "action": action, "revision": place.revision, "record": image}


def _shown(row: Row) -> dict[str, Any]:
    payload = row["payload"] or {}
    return {
        **row,
        "records": payload.get("records", []),
        "counts": payload.get("counts", {}),
        "hash": row["hash"].hex(),
    }
