"""All SQL about profiles of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.imports.models import IMPORT_PROFILE, ImportProfile
from farthing.kit.pages import CursorMalformed, Page, PageQuery


class ProfileRepository(Repository):
    """What is remembered of files."""

    async def of_shape(self, shape: str) -> Row | None:
        """The profile of files of a shape."""
        return await self.row(
            select(*IMPORT_PROFILE.columns).where(ImportProfile.book_id == self.book_id, ImportProfile.shape == shape)
        )

    async def get(self, profile_id: UUID) -> Row | None:
        """A profile."""
        return await self.row(
            select(*IMPORT_PROFILE.columns).where(ImportProfile.book_id == self.book_id, ImportProfile.id == profile_id)
        )

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of profiles, oldest first."""
        query = select(*IMPORT_PROFILE.columns).where(ImportProfile.book_id == self.book_id)
        if (after := wanted.after()) is not None:
            try:
                (last,) = (UUID(value) for value in after)
            except ValueError:
                raise CursorMalformed from None
            query = query.where(ImportProfile.id > last)
        rows = await self.rows(query.order_by(ImportProfile.id).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def add(self, values: Mapping[str, Any]) -> None:
        """Keep a profile."""
        await self.run(insert(ImportProfile).values(book_id=self.book_id, **values))

    async def change(self, profile_id: UUID, values: Mapping[str, Any]) -> None:
        """Change a profile."""
        await self.run(
            update(ImportProfile)
            .where(ImportProfile.book_id == self.book_id, ImportProfile.id == profile_id)
            .values(**values)
        )

    async def remove(self, profile_id: UUID) -> None:
        """Take a profile out."""
        await self.run(
            delete(ImportProfile).where(ImportProfile.book_id == self.book_id, ImportProfile.id == profile_id)
        )
