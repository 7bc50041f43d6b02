"""All SQL about prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, tuple_

from farthing.core.connection import Connection
from farthing.core.repository import Repository
from farthing.core.schema import OWNER_ROLE
from farthing.core.statements import Row, Statement, prepared
from farthing.features.prices.errors import PriceIdTaken
from farthing.features.prices.models import Price, ReferenceLoad
from farthing.features.prices.published import Published
from farthing.features.prices.schemas import PriceQuery
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import as_id
from farthing.ledger.rates import EURO, Origin, Quote

NOTED = "posting"
"""The source of a price that is noted on a posting."""

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

    async def remove(self, price_id: UUID) -> None:
        """Delete a price."""
        await self.run(delete(Price).where(Price.book_id == self.book_id, Price.id == price_id))


class QuoteRepository(Repository):
    """What was said about what things are worth: in the book, and by the instance."""

    async def quotes(
        self, codes: Sequence[str], currency: str, base: str, days: Sequence[dt.date], *, known_at: int | None
    ) -> list[Quote]:
        """What it takes to tell rates: what holds by the ends of days.

        Args:
            codes: what rates are wanted of.
            currency: in which currency.
            base: the book's own, by which ways are tried too.
            days: by the ends of which days.
            known_at: by what the book knew at this revision.
        """
        values = {
            "book": self.book_id,
            "codes": list(codes),
            "currency": currency,
            "through": [currency, base],
            "days": list(days),
            "known_at": known_at,
        }
        return [
            Quote(row.commodity, row.currency, row.date, row.amount, Origin(row.origin), row.source, row.id)
            for row in await self.rows(_quotes(known_at is not None), values)
        ]


class ReferenceRepository:
    """The reference prices, for the operator.

    Args:
        connection: one that may take on ``farthing_owner``, in a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def take_role(self) -> None:
        """Write as the tables' owner, until the transaction ends."""
        await self.connection.run(text(f"SET LOCAL ROLE {OWNER_ROLE}"))

    async def alone(self) -> None:
        """Have others who write reference prices wait."""
        await self.connection.run(text("LOCK TABLE reference_loads IN SHARE ROW EXCLUSIVE MODE"))

    async def was_loaded(self, source: str) -> bool:
        """Whether this was written before; whoever asks at the same time waits for the first."""
        if await self.connection.row(_LOADED, {"source": source}) is not None:
            return True
        await self.alone()
        return await self.connection.row(_LOADED, {"source": source}) is not None

    async def fill(self, prices: Sequence[Published], source: str) -> int:
        """Write down a whole history, but for days that have a price; answers how many were written."""
        # COPY into a guarded table is refused, and takes half the time: it goes into one that isn't.
        await self.connection.run(
            text("CREATE TEMPORARY TABLE history_of_rates (LIKE reference_prices) ON COMMIT DROP")
        )
        await self.connection.driver.copy_records_to_table(
            "history_of_rates", records=[(*price, source) for price in prices], schema_name="pg_temp"
        )
        return int(await self.connection.value(text(_FILL)))

    async def put(self, prices: Sequence[Published], source: str) -> int:
        """Write prices down, in the place of those of their days; answers how many weren't there just so."""
        currencies, dates, amounts = zip(*prices, strict=True) if prices else ((), (), ())
        values = {"currencies": list(currencies), "dates": list(dates), "amounts": list(amounts), "source": source}
        return len(await self.connection.rows(_PUT_REFERENCE, values))

    async def note(self, source: str, prices: int, *, at: dt.datetime) -> None:
        """Note that prices were written."""
        await self.connection.run(insert(ReferenceLoad).values(at=at, source=source, prices=prices))

    async def state(self) -> int:
        """How many times prices were written. The service may ask that, too."""
        return int(await self.connection.value(_STATE))

    async def overview(self) -> list[Row]:
        """Of each currency how many days are known, the first, the last, and who says the last."""
        return await self.connection.rows(_OVERVIEW)


_STATE = prepared("SELECT coalesce(max(id), 0) FROM reference_loads")
_LOADED = prepared("SELECT 1 FROM reference_loads WHERE source = :source LIMIT 1")
_FILL = """
WITH written AS (
    INSERT INTO reference_prices SELECT * FROM history_of_rates ON CONFLICT DO NOTHING RETURNING 1
)
SELECT count(*) FROM written
"""
_PUT_REFERENCE = prepared("""
INSERT INTO reference_prices AS r (currency, date, amount, source)
SELECT p.*, :source
  FROM unnest(CAST(:currencies AS text[]), CAST(:dates AS date[]), CAST(:amounts AS numeric[])) AS p
    ON CONFLICT (currency, date) DO UPDATE SET amount = excluded.amount, source = excluded.source
 WHERE (r.amount, r.source) IS DISTINCT FROM (excluded.amount, excluded.source)
RETURNING 1
""")
_OVERVIEW = prepared("""
SELECT r.currency, count(*) AS days, min(r.date) AS first, max(r.date) AS last,
       (array_agg(r.source ORDER BY r.date DESC))[1] AS source
  FROM reference_prices r GROUP BY r.currency ORDER BY r.currency
""")
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


@lru_cache
def _quotes(known_then: bool) -> Statement:
    """What was said by the ends of days about pairs that one of some codes is in, and about those it takes from there.

    Pairs are found by going from one to the next in an index, and of each the last that was said by a day: so that it
    costs by the pairs and the days asked about, whatever else was ever said.
    """
    own, noted, before = "prices", "postings", ""
    if known_then:
        own, noted = "prices_then", "postings_then"
        before = """
    prices_then AS MATERIALIZED (
        SELECT commodity, currency, date, amount, source, id FROM prices WHERE book_id = :book AND revision <= :known_at
        UNION ALL
        SELECT i.commodity, i.currency, i.date, i.amount, i.source, i.id
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = 'price' AND revision > :known_at
                 ORDER BY record_id, revision) AS h,
               jsonb_to_record(h.before) AS i (commodity text, currency text, date date, amount numeric, source text,
                                               id uuid, created_revision bigint)
         WHERE h.before IS NOT NULL AND i.created_revision <= :known_at
    ), postings_then AS MATERIALIZED (
        SELECT p.currency, p.price_currency, p.date, p.ordinal, p.price_amount, p.transaction_id
          FROM postings p JOIN transactions t ON t.book_id = :book AND t.id = p.transaction_id
         WHERE p.book_id = :book AND p.price_amount IS NOT NULL AND t.revision <= :known_at
        UNION ALL
        SELECT p.currency, p.price_currency, i.date, i.ordinal, p.price_amount, i.id
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = 'transaction' AND revision > :known_at
                 ORDER BY record_id, revision) AS h,
               jsonb_to_record(h.before) AS i (id uuid, date date, ordinal bigint, created_revision bigint,
                                               postings jsonb),
               jsonb_to_recordset(i.postings) AS p (currency text, price_amount numeric, price_currency text)
         WHERE h.before IS NOT NULL AND i.created_revision <= :known_at AND p.price_amount IS NOT NULL
    ),"""
    of_book = "true" if known_then else "book_id = :book"
    return prepared(f"""
    WITH RECURSIVE {before} days AS (
        SELECT * FROM unnest(CAST(:days AS date[])) AS d (day)
    ), recorded_pairs AS (
        (SELECT commodity, currency FROM {own} WHERE {of_book} ORDER BY commodity, currency LIMIT 1)
        UNION ALL
        SELECT n.* FROM recorded_pairs r CROSS JOIN LATERAL (
               SELECT commodity, currency FROM {own}
                WHERE {of_book} AND (commodity, currency) > (r.commodity, r.currency)
                ORDER BY commodity, currency LIMIT 1) AS n
    ), noted_pairs (commodity, currency) AS (
        (SELECT currency, price_currency FROM {noted} WHERE {of_book} AND price_amount IS NOT NULL
          ORDER BY currency, price_currency LIMIT 1)
        UNION ALL
        SELECT n.* FROM noted_pairs r CROSS JOIN LATERAL (
               SELECT currency, price_currency FROM {noted}
                WHERE {of_book} AND price_amount IS NOT NULL
                  AND (currency, price_currency) > (r.commodity, r.currency)
                ORDER BY currency, price_currency LIMIT 1) AS n
    ), pairs AS (
        SELECT * FROM recorded_pairs UNION SELECT * FROM noted_pairs
    ), beside (code) AS (
        SELECT CASE WHEN commodity = ANY(CAST(:codes AS text[])) THEN currency ELSE commodity END
          FROM pairs WHERE commodity = ANY(CAST(:codes AS text[])) OR currency = ANY(CAST(:codes AS text[]))
        UNION SELECT unnest(CAST(:codes AS text[])) UNION SELECT unnest(CAST(:through AS text[]))
    ), needed AS (
        SELECT * FROM pairs
         WHERE commodity = ANY(CAST(:codes AS text[])) OR currency = ANY(CAST(:codes AS text[]))
            OR (commodity = :currency AND currency IN (SELECT code FROM beside))
            OR (currency = :currency AND commodity IN (SELECT code FROM beside))
    ), recorded AS (
        SELECT r.commodity, r.currency, q.* FROM needed r CROSS JOIN days CROSS JOIN LATERAL (
               SELECT date, amount, source, id FROM {own}
                WHERE {of_book} AND commodity = r.commodity AND currency = r.currency AND date <= days.day
                ORDER BY date DESC LIMIT 1) AS q
    ), noted AS (
        SELECT r.commodity, r.currency, q.* FROM needed r CROSS JOIN days CROSS JOIN LATERAL (
               SELECT date, price_amount, '{NOTED}', transaction_id FROM {noted}
                WHERE {of_book} AND price_amount IS NOT NULL AND currency = r.commodity
                  AND price_currency = r.currency AND date <= days.day
                ORDER BY date DESC, ordinal DESC LIMIT 1) AS q (date, amount, source, id)
    )
    SELECT '{Origin.RECORDED}' AS origin, * FROM (SELECT DISTINCT * FROM recorded) AS r
    UNION ALL
    SELECT '{Origin.NOTED}', * FROM (SELECT DISTINCT * FROM noted) AS n
    UNION ALL
    SELECT '{Origin.REFERENCE}', * FROM (
        SELECT DISTINCT '{EURO}', b.code, q.*, CAST(NULL AS uuid) FROM beside b CROSS JOIN days CROSS JOIN LATERAL (
               SELECT date, amount, source FROM reference_prices
                WHERE currency = b.code AND date <= days.day ORDER BY date DESC LIMIT 1) AS q) AS r
    """)  # noqa: S608 - names of tables


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
