"""All SQL that reads the log."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping, and_, select

from farthing.core.changelog import Change, History
from farthing.core.repository import Repository

MAX_IMAGES = 200


class ChangeRepository(Repository):
    """The change log and its before-images."""

    async def after(self, revision: int, limit: int) -> list[RowMapping]:
        """Changes after a revision, in order."""
        found = await self.run(
            select(
                Change.revision,
                Change.at,
                Change.actor_id,
                Change.operation,
                Change.summary,
                Change.payload,
                Change.hash,
            )
            .where(Change.book_id == self.book_id, Change.revision > revision)
            .order_by(Change.revision)
            .limit(limit)
        )
        return list(found.mappings().all())

    async def images(self, record_id: UUID) -> list[RowMapping]:
        """What a record was before each change, newest first."""
        found = await self.run(
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
            .limit(MAX_IMAGES)
        )
        return list(found.mappings().all())
