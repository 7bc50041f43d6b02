"""All SQL about a book's own currencies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, delete, func, insert, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.currencies.errors import (
    CurrencyCodeTaken,
    CurrencyIdTaken,
    CurrencyInUse,
    CurrencyPostedFiner,
)
from farthing.features.currencies.models import OwnCurrency
from farthing.features.currencies.schemas import CurrencyQuery
from farthing.kit.pages import CursorMalformed, Page
from farthing.ledger.currencies import is_code

COLUMNS = (
    OwnCurrency.id,
    OwnCurrency.code,
    OwnCurrency.name,
    OwnCurrency.digits,
    OwnCurrency.kind,
    OwnCurrency.created_revision,
    OwnCurrency.revision,
    OwnCurrency.created_at,
    OwnCurrency.changed_at,
)
_CODED = prepared(
    select(*COLUMNS).where(
        OwnCurrency.book_id == bindparam("book"), OwnCurrency.code == func.any(bindparam("codes", type_=ARRAY(Text)))
    )
)
_USE = prepared("SELECT * FROM currency_use(:book, :code)")


class CurrencyRepository(Repository):
    """A book's own currencies."""

    conflicts = {
        "pk_own_currencies": CurrencyIdTaken,
        "uq_own_currencies_book_id_code": CurrencyCodeTaken,
        "currency_in_use": CurrencyInUse,
        "currency_posted_finer": CurrencyPostedFiner,
    }

    async def add(self, values: dict[str, Any]) -> None:
        """Write a currency down."""
        await self.run(insert(OwnCurrency).values(book_id=self.book_id, **values))

    async def get(self, currency_id: UUID) -> Row | None:
        """A currency."""
        return await self.row(
            select(*COLUMNS).where(OwnCurrency.book_id == self.book_id, OwnCurrency.id == currency_id)
        )

    async def coded(self, codes: Sequence[str]) -> list[Row]:
        """The currencies with these codes."""
        return await self.rows(_CODED, {"book": self.book_id, "codes": list(codes)})

    async def codes(self) -> list[str]:
        """The codes of all, for a hint at what was meant."""
        return await self.column(select(OwnCurrency.code).where(OwnCurrency.book_id == self.book_id))

    async def find(self, wanted: CurrencyQuery) -> Page[Row]:
        """A page of them, by code."""
        query = select(*COLUMNS).where(OwnCurrency.book_id == self.book_id)
        if wanted.kind:
            query = query.where(OwnCurrency.kind == wanted.kind)
        if (after := wanted.after()) is not None:
            query = query.where(OwnCurrency.code > _only(after))
        rows = await self.rows(query.order_by(OwnCurrency.code).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["code"]) if more else None)

    async def count(self) -> int:
        """How many the book has."""
        counted = select(func.count()).select_from(OwnCurrency).where(OwnCurrency.book_id == self.book_id)
        return int(await self.value(counted))

    async def use(self, code: str) -> tuple[bool, int | None]:
        """Whether something is kept in a currency, and the most digits after the point of an amount in it."""
        row = await self.one(_USE, {"book": self.book_id, "code": code})
        return row["used"], row["finest"]

    async def change(self, currency_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change a currency."""
        await self.run(
            update(OwnCurrency)
            .where(OwnCurrency.book_id == self.book_id, OwnCurrency.id == currency_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def remove(self, currency_id: UUID) -> None:
        """Delete a currency."""
        await self.run(delete(OwnCurrency).where(OwnCurrency.book_id == self.book_id, OwnCurrency.id == currency_id))


def _only(values: list[str]) -> str:
    if len(values) != 1 or not is_code(values[0]):
        raise CursorMalformed
    return values[0]
