"""All SQL that reads valuations; the journal writes them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import func, select

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.journal.models import VALUATION_COLUMNS, Valuation
from farthing.features.valuations.schemas import ValuationQuery
from farthing.kit.pages import CursorMalformed, Page


class ValuationRepository(Repository):
    """What accounts are worth."""

    async def get(self, account_id: UUID, valuation_id: UUID) -> Row | None:
        """A valuation of an account."""
        return await self.row(
            select(*VALUATION_COLUMNS).where(
                Valuation.book_id == self.book_id, Valuation.account_id == account_id, Valuation.id == valuation_id
            )
        )

    async def find(self, account_id: UUID, wanted: ValuationQuery) -> Page[Row]:
        """A page of an account's valuations, newest first."""
        query = select(*VALUATION_COLUMNS).where(Valuation.book_id == self.book_id, Valuation.account_id == account_id)
        if wanted.date_from:
            query = query.where(Valuation.date >= wanted.date_from)
        if wanted.date_to:
            query = query.where(Valuation.date <= wanted.date_to)
        if (after := wanted.after()) is not None:
            query = query.where(Valuation.date < _only_day(after))
        rows = await self.rows(query.order_by(Valuation.date.desc()).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["date"]) if more else None)

    async def count(self, account_id: UUID) -> int:
        """How many valuations an account has."""
        those = select(func.count()).where(Valuation.book_id == self.book_id, Valuation.account_id == account_id)
        return int(await self.value(those))

    async def existed(self, valuation_id: UUID) -> bool:
        """Whether the history knows of a record with this id."""
        seen = select(History.record_id).where(History.book_id == self.book_id, History.record_id == valuation_id)
        return await self.row(seen.limit(1)) is not None


def _only_day(values: list[str]) -> dt.date:
    try:
        (value,) = values
        return dt.date.fromisoformat(value)
    except ValueError:
        raise CursorMalformed from None
