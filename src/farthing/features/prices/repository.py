"""All SQL about prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.prices.errors import PriceIdTaken
from farthing.features.prices.models import Price
from farthing.features.prices.schemas import PriceQuery
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import as_id

COLUMNS = (
    Price.id,
    Price.commodity,
    Price.currency,
    Price.date,
    Price.amount,
    Price.source,
    Price.created_revision,
    Price.revision,
    Price.created_at,
    Price.changed_at,
)
Key = tuple[str, str, dt.date]
"""A commodity, a currency, and a day."""


class PriceRepository(Repository):
    """A book's prices."""

    conflicts = {"pk_prices": PriceIdTaken}

    async def put(self, prices: Sequence[dict[str, Any]], *, revision: int, at: dt.datetime) -> None:
        """Write prices down; where their day has one, in its place. No two of them are of one pair and day."""
        columns = ("id", "commodity", "currency", "date", "amount", "source")
        values = {column: [price[column] for price in prices] for column in columns}
        await self.run(_PUT, {"book": self.book_id, "revision": revision, "at": at, **values})

    async def get(self, price_id: UUID) -> Row | None:
        """A price."""
        return await self.row(select(*COLUMNS).where(Price.book_id == self.book_id, Price.id == price_id))

    async def on_days(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """The prices of these pairs on these days, as far as there are any."""
        commodities, currencies, dates = zip(*keys, strict=True)
        rows = await self.rows(
            _ON_DAYS,
            {
                "book": self.book_id,
                "commodities": list(commodities),
                "currencies": list(currencies),
                "dates": list(dates),
            },
        )
        return {(row["commodity"], row["currency"], row["date"]): row for row in rows}

    async def taken(self, price_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these ids a record has, or had before it was changed or deleted."""
        return await self.column(_TAKEN, {"book": self.book_id, "ids": list(price_ids)})

    async def find(self, wanted: PriceQuery) -> Page[Row]:
        """A page of them, the newest first."""
        query = select(*COLUMNS).where(Price.book_id == self.book_id)
        if wanted.commodity:
            query = query.where(Price.commodity == wanted.commodity)
        if wanted.currency:
            query = query.where(Price.currency == wanted.currency)
        if wanted.date_from:
            query = query.where(Price.date >= wanted.date_from)
        if wanted.date_to:
            query = query.where(Price.date <= wanted.date_to)
        if (after := wanted.after()) is not None:
            query = query.where(tuple_(Price.date, Price.id) < tuple_(*_place(after)))
        rows = await self.rows(query.order_by(Price.date.desc(), Price.id.desc()).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["date"], rows[-1]["id"]) if more else None)

    async def rates(self, commodities: Sequence[str], currency: str, on: dt.date) -> list[Row]:
        """For each commodity the last price by a day, in a currency or the other way round, if there is one.

        Of two of one day it is the one that is in the currency; a price of nothing can't be turned round.
        """
        values = {"book": self.book_id, "commodities": list(commodities), "currency": currency, "on": on}
        return await self.rows(_RATES, values)

    async def remove(self, price_id: UUID) -> None:
        """Delete a price."""
        await self.run(delete(Price).where(Price.book_id == self.book_id, Price.id == price_id))


_PUT = prepared("""
INSERT INTO prices (book_id, id, commodity, currency, date, amount, source, created_revision, revision, created_at,
                    changed_at)
SELECT :book, p.*, :revision, :revision, :at, :at
  FROM unnest(CAST(:id AS uuid[]), CAST(:commodity AS text[]), CAST(:currency AS text[]), CAST(:date AS date[]),
              CAST(:amount AS numeric[]), CAST(:source AS text[])) AS p
    ON CONFLICT (book_id, commodity, currency, date) DO UPDATE
   SET amount = excluded.amount, source = excluded.source, revision = excluded.revision,
       changed_at = excluded.changed_at
""")
_ON_DAYS = prepared(f"""
SELECT {", ".join(f"p.{column.name}" for column in COLUMNS)}
  FROM unnest(CAST(:commodities AS text[]), CAST(:currencies AS text[]), CAST(:dates AS date[]))
    AS k (commodity, currency, date)
  JOIN prices p ON p.book_id = :book AND p.commodity = k.commodity AND p.currency = k.currency AND p.date = k.date
""")  # noqa: S608 - names of columns
_TAKEN = prepared("""
SELECT id FROM prices WHERE book_id = :book AND id = ANY(CAST(:ids AS uuid[]))
UNION
SELECT record_id FROM history WHERE book_id = :book AND record_id = ANY(CAST(:ids AS uuid[]))
""")
_RATES = prepared("""
SELECT r.*
  FROM unnest(CAST(:commodities AS text[])) AS k (commodity)
 CROSS JOIN LATERAL (
       SELECT * FROM (
              (SELECT k.commodity, id AS price_id, date, amount, false AS inverse FROM prices
                WHERE book_id = :book AND commodity = k.commodity AND currency = :currency AND date <= :on
                ORDER BY date DESC LIMIT 1)
              UNION ALL
              (SELECT k.commodity, id, date, amount, true FROM prices
                WHERE book_id = :book AND commodity = :currency AND currency = k.commodity AND date <= :on
                  AND amount > 0
                ORDER BY date DESC LIMIT 1)) AS both_ways
        ORDER BY date DESC, inverse LIMIT 1) AS r
""")


def _place(values: list[str]) -> tuple[dt.date, UUID]:
    """Where the page before ended.

    Raises:
        CursorMalformed: it isn't a place in this list.
    """
    try:
        day, id_ = values
        price_id = as_id(id_)
        if price_id is None:
            raise CursorMalformed
        return dt.date.fromisoformat(day), price_id
    except ValueError:
        raise CursorMalformed from None
