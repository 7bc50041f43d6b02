"""All SQL that reads the log."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import and_, select

from farthing.core.changelog import Change, History
from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.changes.schemas import HistoryQuery, ImageQuery
from farthing.kit.pages import CursorMalformed, Page

COLUMNS = (
    Change.revision,
    Change.at,
    Change.actor_id,
    Change.operation,
    Change.summary,
    Change.payload,
    Change.hash,
)


class ChangeRepository(Repository):
    """The change log and its before-images."""

    async def after(self, revision: int, limit: int) -> list[Row]:
        """Changes after a revision, in order."""
        return await self.rows(
            select(*COLUMNS)
            .where(Change.book_id == self.book_id, Change.revision > revision)
            .order_by(Change.revision)
            .limit(limit)
        )

    async def get(self, revision: int) -> Row | None:
        """The change that made a revision."""
        return await self.row(select(*COLUMNS).where(Change.book_id == self.book_id, Change.revision == revision))

    async def instant_of(self, revision: int) -> dt.datetime:
        """When a revision was made."""
        instant: dt.datetime = await self.value(
            select(Change.at).where(Change.book_id == self.book_id, Change.revision == revision)
        )
        return instant

    async def left_by(self, revision: int, wanted: ImageQuery) -> Page[Row]:
        """A page of what records were before a change, by their ids: the oldest record first."""
        query = (
            select(History.kind, History.record_id.label("id"), History.before)
            .where(History.book_id == self.book_id, History.revision == revision)
            .order_by(History.record_id)
            .limit(wanted.limit + 1)
        )
        if (after := wanted.after()) is not None:
            query = query.where(History.record_id > _record_id(after))
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def images(self, record_id: UUID, wanted: HistoryQuery) -> Page[Row]:
        """A page of what a record was before each change, newest first."""
        query = (
            select(
                History.revision,
                Change.at,
                History.kind,
                Change.operation,
                Change.actor_id,
                History.before,
            )
            .join(Change, and_(Change.book_id == self.book_id, Change.revision == History.revision))
            .where(History.book_id == self.book_id, History.record_id == record_id)
            .order_by(History.revision.desc())
            .limit(wanted.limit + 1)
        )
        if (after := wanted.after()) is not None:
            query = query.where(History.revision < _revision(after))
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["revision"]) if more else None)


def _revision(values: list[str]) -> int:
    try:
        (revision,) = (int(value) for value in values)
    except ValueError:
        raise CursorMalformed from None
    if not 0 <= revision < 1 << 63:
        raise CursorMalformed
    return revision


def _record_id(values: list[str]) -> UUID:
    try:
        (record_id,) = (UUID(value) for value in values)
    except ValueError:
        raise CursorMalformed from None
    return record_id
