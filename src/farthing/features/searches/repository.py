"""All SQL about saved searches."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select, tuple_, update

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.searches.errors import SavedSearchIdTaken, SavedSearchNameTaken
from farthing.features.searches.models import SavedSearch
from farthing.kit.pages import CursorMalformed, Page, PageQuery


class SearchRepository(Repository):
    """Saved searches."""

    conflicts = {
        "pk_saved_searches": SavedSearchIdTaken,
        "uq_saved_searches_book_id_name_key": SavedSearchNameTaken,
    }

    async def get(self, search_id: UUID) -> Row | None:
        """A saved search."""
        return await self.row(
            select(SavedSearch.__table__).where(SavedSearch.book_id == self.book_id, SavedSearch.id == search_id)
        )

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of saved searches."""
        query = (
            select(SavedSearch.__table__)
            .where(SavedSearch.book_id == self.book_id)
            .order_by(SavedSearch.position, SavedSearch.name_key)
            .limit(wanted.limit + 1)
        )
        after = wanted.after()
        if after is not None:
            try:
                position, key = int(after[0]), after[1]
            except (IndexError, ValueError):
                raise CursorMalformed from None
            query = query.where(tuple_(SavedSearch.position, SavedSearch.name_key) > (position, key))
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["position"], rows[-1]["name_key"]) if more else None)

    async def count(self) -> int:
        """How many saved searches the book has."""
        return int(
            await self.value(select(func.count()).select_from(SavedSearch).where(SavedSearch.book_id == self.book_id))
        )

    async def is_taken(self, search_id: UUID) -> bool:
        """Whether a saved search has this id, or a record had it before it was deleted."""
        there = exists().where(SavedSearch.book_id == self.book_id, SavedSearch.id == search_id)
        was_there = exists().where(History.book_id == self.book_id, History.record_id == search_id)
        return bool(await self.value(select(or_(there, was_there))))

    async def add(self, values: dict[str, Any]) -> None:
        """Write a saved search down."""
        await self.run(insert(SavedSearch).values(book_id=self.book_id, **values))

    async def change(self, search_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change a saved search."""
        await self.run(
            update(SavedSearch)
            .where(SavedSearch.book_id == self.book_id, SavedSearch.id == search_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def remove(self, search_id: UUID) -> None:
        """Take a saved search out."""
        await self.run(delete(SavedSearch).where(SavedSearch.book_id == self.book_id, SavedSearch.id == search_id))
