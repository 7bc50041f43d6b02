"""All SQL about insights: what is read to find them, and where they are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, literal, or_, select, tuple_, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.insights.errors import InsightNotFound
from farthing.features.insights.models import (
    AccountForecast,
    Analysis,
    Direction,
    Insight,
    InsightState,
    RecurringPayment,
)
from farthing.features.insights.schemas import InsightQuery, RecurringQuery
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.ledger.recurrence import SeriesState


class MaterialRepository(Repository):
    """What insights are found in."""

    async def transactions(self, date_from: dt.date, date_to: dt.date, most: int) -> list[Row]:
        """The newest transactions between two days, oldest first, each with its lines on accounts that money can be in.

        Of each: ``account_ids``, ``amounts`` and ``currencies`` of those lines; ``category_id``, the account of its
        largest line on a category, and how much is ``categorised`` in all. What was reversed is left out, and what
        reversed it.
        """
        values = {"book": self.book_id, "date_from": date_from, "date_to": date_to, "most": most}
        return await self.rows(_TRANSACTIONS, values)

    async def settled(self) -> set[tuple[UUID, UUID]]:
        """Pairs of transactions of which it is known that they are two: a match was turned down, or they are linked."""
        return {(row.first_id, row.second_id) for row in await self.rows(_SETTLED, {"book": self.book_id})}


class InsightRepository(Repository):
    """What was found."""

    async def analysis(self) -> Row | None:
        """How the book was when it was last looked into."""
        return await self.row(select(Analysis.__table__).where(Analysis.book_id == self.book_id))

    async def get(self, insight_id: UUID, today: dt.date, *, lock: bool = False) -> Row:
        """An insight that is still so; with ``lock`` nobody else changes it until the work ends.

        Raises:
            InsightNotFound: there is none such.
        """
        query = _insights(today).where(
            Insight.book_id == self.book_id, Insight.id == insight_id, Insight.gone_at.is_(None)
        )
        found = await self.row(query.with_for_update() if lock else query)
        if found is None:
            raise InsightNotFound
        return found

    async def find(self, wanted: InsightQuery, today: dt.date) -> Page[Row]:
        """A page of the insights that are still so, the newest first."""
        query = (
            _insights(today)
            .where(Insight.book_id == self.book_id, Insight.gone_at.is_(None))
            .order_by(Insight.date.desc(), Insight.id.desc())
            .limit(wanted.limit + 1)
        )
        if wanted.state is not None:
            query = query.where(_state(today) == wanted.state.value)
        if wanted.kind is not None:
            query = query.where(Insight.kind == wanted.kind.value)
        if (after := _after(wanted)) is not None:
            query = query.where(tuple_(Insight.date, Insight.id) < tuple_(*after))
        return _page(await self.rows(query), wanted, "date")

    async def change(self, insight_id: UUID, values: dict[str, Any]) -> None:
        """Change an insight that this work has locked."""
        await self.run(
            update(Insight).where(Insight.book_id == self.book_id, Insight.id == insight_id).values(**values)
        )

    async def recurring(self, wanted: RecurringQuery) -> Page[Row]:
        """A page of recurring payments, the next to come first."""
        query = (
            select(RecurringPayment.__table__)
            .where(RecurringPayment.book_id == self.book_id)
            .order_by(RecurringPayment.next_date, RecurringPayment.id)
            .limit(wanted.limit + 1)
        )
        if wanted.state is None:
            query = query.where(RecurringPayment.state != SeriesState.ENDED.value)
        else:
            query = query.where(RecurringPayment.state == wanted.state.value)
        if wanted.direction is not None:
            query = query.where(RecurringPayment.direction == Direction(wanted.direction).value)
        if (after := _after(wanted)) is not None:
            query = query.where(tuple_(RecurringPayment.next_date, RecurringPayment.id) > tuple_(*after))
        return _page(await self.rows(query), wanted, "next_date")

    async def one_recurring(self, payment_id: UUID) -> Row | None:
        """A recurring payment."""
        return await self.row(
            select(RecurringPayment.__table__).where(
                RecurringPayment.book_id == self.book_id, RecurringPayment.id == payment_id
            )
        )

    async def forecasts(self, account_id: UUID | None) -> list[Row]:
        """The forecasts of an account, or of all together."""
        of_it = AccountForecast.account_id.is_(None) if account_id is None else AccountForecast.account_id == account_id
        return await self.rows(
            select(AccountForecast.__table__)
            .where(AccountForecast.book_id == self.book_id, of_it)
            .order_by(AccountForecast.position)
        )

    async def forecast_accounts(self) -> list[Row]:
        """Which accounts are forecast, and in which currency."""
        return await self.rows(
            select(AccountForecast.account_id, AccountForecast.currency)
            .where(AccountForecast.book_id == self.book_id, AccountForecast.account_id.is_not(None))
            .order_by(AccountForecast.position)
        )

    async def keep_analysis(self, values: dict[str, Any]) -> None:
        """Write down how the book was."""
        await self.run(_KEEP_ANALYSIS, {"book": self.book_id, **values})

    async def keep_recurring(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write down what recurs, in place of what did; what is known keeps its id."""
        await self.run(_KEEP_RECURRING, {"book": self.book_id, "rows": list(rows)})
        await self.run(_DROP_RECURRING, {"book": self.book_id, "fingerprints": [row["fingerprint"] for row in rows]})

    async def keep_forecasts(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write down what is forecast, in place of what was."""
        await self.run(_DROP_FORECASTS, {"book": self.book_id})
        await self.run(_KEEP_FORECASTS, {"book": self.book_id, "rows": list(rows)})

    async def keep_insights(
        self, rows: Sequence[dict[str, Any]], *, revision: int, at: dt.datetime, forgotten: dt.datetime
    ) -> int:
        """Write down what is to be told; returns how much of it is new.

        What is known keeps its id and what was made of it. What isn't found any more is gone, and forgotten once that
        is long ago.
        """
        values = {"book": self.book_id, "rows": list(rows), "revision": revision, "at": at}
        made = await self.column(_KEEP_INSIGHTS, values)
        fingerprints = [row["fingerprint"] for row in rows]
        await self.run(_MISS_INSIGHTS, {"book": self.book_id, "fingerprints": fingerprints, "at": at})
        await self.run(_FORGET_INSIGHTS, {"book": self.book_id, "before": forgotten})
        return sum(made)


def _state(today: dt.date) -> Any:
    """The state as it is on a day: what was snoozed is new again once its day has come."""
    is_over = (Insight.state == InsightState.SNOOZED.value) & (Insight.snoozed_until <= today)
    return case((is_over, literal(InsightState.NEW.value)), else_=Insight.state)


def _insights(today: dt.date) -> Any:
    is_over = or_(Insight.snoozed_until.is_(None), Insight.snoozed_until <= today)
    return select(
        Insight.id,
        Insight.kind,
        _state(today).label("state"),
        case((is_over, None), else_=Insight.snoozed_until).label("snoozed_until"),
        Insight.date,
        Insight.title,
        Insight.detail,
        Insight.facts,
        Insight.transaction_ids,
        Insight.first_seen_at,
        Insight.seen_at,
        Insight.seen_revision,
        Insight.changed_at,
        Insight.changed_by,
    )


def _after(wanted: PageQuery) -> tuple[dt.date, UUID] | None:
    after = wanted.after()
    if after is None:
        return None
    try:
        day, id_ = after
        return dt.date.fromisoformat(day), UUID(id_)
    except ValueError:
        raise CursorMalformed from None


def _page(rows: list[Row], wanted: PageQuery, day: str) -> Page[Row]:
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    return Page(rows, wanted.cursor_at(rows[-1][day], rows[-1]["id"]) if more else None)


_TRANSACTIONS = prepared("""
WITH looked_at AS (
    SELECT t.id, t.date, t.ordinal, t.payee, t.payee_id, t.description
      FROM transactions t
     WHERE t.book_id = :book AND t.date BETWEEN :date_from AND :date_to AND t.kind IN ('ordinary', 'book_transfer')
       AND NOT EXISTS (SELECT FROM transactions r WHERE r.book_id = :book AND r.reverses_id = t.id)
     ORDER BY t.date DESC, t.ordinal DESC, t.id DESC
     LIMIT CAST(:most AS int)
)
SELECT t.id, t.date, t.payee, t.payee_id, t.description,
       array_agg(p.account_id ORDER BY p.position) FILTER (WHERE a.holds) AS account_ids,
       array_agg(p.amount ORDER BY p.position) FILTER (WHERE a.holds) AS amounts,
       array_agg(p.currency ORDER BY p.position) FILTER (WHERE a.holds) AS currencies,
       (array_agg(p.account_id ORDER BY abs(p.amount) DESC, p.position) FILTER (WHERE a.sorts))[1] AS category_id,
       sum(p.amount) FILTER (WHERE a.sorts) AS categorised
  FROM looked_at t
  JOIN postings p ON p.book_id = :book AND p.transaction_id = t.id
  JOIN (SELECT id, kind IN ('income', 'expense') AS sorts,
               kind IN ('asset', 'liability')
               AND coalesce(type, 'cash') IN ('checking', 'savings', 'cash', 'credit_card') AS holds
          FROM accounts WHERE book_id = :book) a ON a.id = p.account_id
 GROUP BY t.id, t.date, t.ordinal, t.payee, t.payee_id, t.description
HAVING bool_or(a.holds)
 ORDER BY t.date, t.ordinal, t.id
""")
_SETTLED = prepared("""
SELECT first_id, second_id FROM rejected_matches WHERE book_id = :book
UNION
SELECT least(f.transaction_id, t.transaction_id), greatest(f.transaction_id, t.transaction_id)
  FROM posting_links l
  JOIN postings f ON f.book_id = :book AND f.id = l.from_posting_id
  JOIN postings t ON t.book_id = :book AND t.id = l.to_posting_id
 WHERE l.book_id = :book
""")
_KEEP_ANALYSIS = prepared("""
INSERT INTO analyses (book_id, revision, day, looked_from, transactions, seconds, sums_hold, made_on, made_at)
VALUES (:book, :revision, :day, :looked_from, :transactions, :seconds, :sums_hold, :made_on, :made_at)
ON CONFLICT (book_id) DO UPDATE
   SET revision = excluded.revision, day = excluded.day, looked_from = excluded.looked_from,
       transactions = excluded.transactions, seconds = excluded.seconds, sums_hold = excluded.sums_hold,
       made_on = excluded.made_on, made_at = excluded.made_at
""")
_KEEP_RECURRING = prepared("""
INSERT INTO recurring_payments AS kept (book_id, id, fingerprint, direction, name, account_id, category_id, currency,
       cadence, day_of_month, shift, state, amount, amount_min, amount_max, is_fixed, first_date, last_date, next_date,
       payments, missed, confidence, evidence, price_changes, transaction_ids)
SELECT :book, id, fingerprint, direction, name, account_id, category_id, currency, cadence, day_of_month, shift, state,
       amount, amount_min, amount_max, is_fixed, first_date, last_date, next_date, payments, missed, confidence,
       evidence, price_changes, transaction_ids
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id uuid, fingerprint text, direction text, name text,
       account_id uuid, category_id uuid, currency text, cadence text, day_of_month smallint, shift text, state text,
       amount numeric, amount_min numeric, amount_max numeric, is_fixed boolean, first_date date, last_date date,
       next_date date, payments integer, missed integer, confidence numeric, evidence jsonb, price_changes jsonb,
       transaction_ids uuid[])
ON CONFLICT (book_id, fingerprint) DO UPDATE
   SET direction = excluded.direction, name = excluded.name, account_id = excluded.account_id,
       category_id = excluded.category_id, day_of_month = excluded.day_of_month, shift = excluded.shift,
       state = excluded.state, amount = excluded.amount, amount_min = excluded.amount_min,
       amount_max = excluded.amount_max, is_fixed = excluded.is_fixed, first_date = excluded.first_date,
       last_date = excluded.last_date, next_date = excluded.next_date, payments = excluded.payments,
       missed = excluded.missed, confidence = excluded.confidence, evidence = excluded.evidence,
       price_changes = excluded.price_changes, transaction_ids = excluded.transaction_ids
""")
_DROP_RECURRING = prepared("""
DELETE FROM recurring_payments WHERE book_id = :book AND fingerprint <> ALL(CAST(:fingerprints AS text[]))
""")
_DROP_FORECASTS = prepared("DELETE FROM forecasts WHERE book_id = :book")
_KEEP_FORECASTS = prepared("""
INSERT INTO forecasts (book_id, position, account_id, currency, held, points, back_test)
SELECT :book, position, account_id, currency, held, points, back_test
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (position smallint, account_id uuid, currency text, held numeric,
       points jsonb, back_test jsonb)
""")
_KEEP_INSIGHTS = prepared("""
INSERT INTO insights AS kept (book_id, id, kind, fingerprint, state, date, title, detail, facts, transaction_ids,
       first_seen_at, seen_at, seen_revision)
SELECT :book, id, kind, fingerprint, 'new', date, title, detail, facts, transaction_ids, :at, :at, :revision
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id uuid, kind text, fingerprint text, date date, title text,
       detail text, facts jsonb, transaction_ids uuid[])
ON CONFLICT (book_id, fingerprint) DO UPDATE
   SET date = excluded.date, title = excluded.title, detail = excluded.detail, facts = excluded.facts,
       transaction_ids = excluded.transaction_ids, seen_at = excluded.seen_at,
       seen_revision = excluded.seen_revision, gone_at = NULL
RETURNING (kept.first_seen_at = :at)::int
""")
_MISS_INSIGHTS = prepared("""
UPDATE insights SET gone_at = :at
 WHERE book_id = :book AND gone_at IS NULL AND fingerprint <> ALL(CAST(:fingerprints AS text[]))
""")
_FORGET_INSIGHTS = prepared("DELETE FROM insights WHERE book_id = :book AND gone_at < :before")
