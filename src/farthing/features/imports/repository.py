"""All SQL about imports."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.imports.models import Import
from farthing.features.imports.schemas import ImportQuery
from farthing.kit.pages import CursorMalformed, Page

COLUMNS = (Import.id, Import.state, Import.format, Import.outcome, Import.revision, Import.created_at)


class ImportRepository(Repository):
    """Files that were handed in."""

    async def add(self, values: dict[str, Any]) -> None:
        """Keep an import."""
        await self.run(insert(Import).values(book_id=self.book_id, **values))

    async def commit_draft(
        self, import_id: UUID, outcome: dict[str, Any], revision: int | None, at: dt.datetime
    ) -> None:
        """Make a draft a booked import."""
        await self.run(
            update(Import)
            .where(Import.book_id == self.book_id, Import.id == import_id)
            .values(
                state="committed",
                outcome=outcome,
                created_revision=revision,
                revision=revision,
                changed_at=at,
                draft=None,
            )
        )

    async def get(self, import_id: UUID) -> Row | None:
        """An import."""
        return await self.row(select(*COLUMNS).where(Import.book_id == self.book_id, Import.id == import_id))

    async def draft(self, import_id: UUID) -> tuple[UUID | None, str]:
        """The account that a draft names, and the file as it was read, JSON."""
        row = await self.one(
            select(Import.account_id, Import.draft).where(Import.book_id == self.book_id, Import.id == import_id)
        )
        return row.account_id, json.dumps(row.draft)

    async def find(self, wanted: ImportQuery) -> Page[Row]:
        """A page of imports, newest first."""
        query = select(*COLUMNS).where(Import.book_id == self.book_id)
        if wanted.state:
            query = query.where(Import.state == wanted.state)
        if (after := wanted.after()) is not None:
            try:
                (last,) = (UUID(value) for value in after)
            except ValueError:
                raise CursorMalformed from None
            query = query.where(Import.id < last)
        rows = await self.rows(query.order_by(Import.id.desc()).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)
