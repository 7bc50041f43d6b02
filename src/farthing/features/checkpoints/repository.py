"""All SQL about checkpoints and reconciliations, but for what the journal does to be held to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, or_, select, tuple_, update

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.checkpoints.errors import (
    CheckpointExists,
    CheckpointIdTaken,
    ReconciliationIdTaken,
)
from farthing.features.checkpoints.models import Reconciliation
from farthing.features.checkpoints.schemas import CheckpointQuery, ReconciliationQuery, SuspectQuery
from farthing.features.journal.models import CHECKPOINT_COLUMNS, Checkpoint, Posting, PostingStatus
from farthing.kit.pages import CursorMalformed, Page

RECONCILIATION_COLUMNS = (
    Reconciliation.id,
    Reconciliation.account_id,
    Reconciliation.currency,
    Reconciliation.date,
    Reconciliation.balance,
    Reconciliation.checkpoint_id,
    Reconciliation.postings,
    Reconciliation.created_revision,
    Reconciliation.revision,
    Reconciliation.created_at,
    Reconciliation.changed_at,
)


class CheckpointRepository(Repository):
    """Checkpoints, and which transactions moved what they are about."""

    conflicts = {
        "pk_checkpoints": CheckpointIdTaken,
        "uq_checkpoints_book_id_account_id_currency_date": CheckpointExists,
    }

    async def was(self, checkpoint_id: UUID) -> bool:
        """Whether there was one with this id, which was changed or deleted."""
        return bool(
            await self.value(
                select(exists().where(History.book_id == self.book_id, History.record_id == checkpoint_id))
            )
        )

    async def add(self, values: dict[str, Any]) -> Row:
        """Write one down. What is held, and how far that is from what is stated, PostgreSQL says."""
        reckoned = {"held": Decimal(0), "difference": Decimal(0), "broken_revision": None}
        await self.run(insert(Checkpoint).values(book_id=self.book_id, **values, **reckoned))
        return await self._reckoned(values["id"])

    async def change(self, checkpoint_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> Row:
        """Change one."""
        await self.run(
            update(Checkpoint)
            .where(Checkpoint.book_id == self.book_id, Checkpoint.id == checkpoint_id)
            .values(**values, revision=revision, changed_at=at)
        )
        return await self._reckoned(checkpoint_id)

    async def carry(self, checkpoint_id: UUID, amount: Decimal, *, revision: int, at: dt.datetime) -> None:
        """Have one know of more that was outstanding. Halfway it doesn't say the truth: the postings follow."""
        await self.run(
            update(Checkpoint)
            .where(Checkpoint.book_id == self.book_id, Checkpoint.id == checkpoint_id)
            .values(outstanding=Checkpoint.outstanding + amount, revision=revision, changed_at=at)
        )

    async def _reckoned(self, checkpoint_id: UUID) -> Row:
        return await self.one(_RECKON, {"book": self.book_id, "id": checkpoint_id, "revision": self.work.revision})

    async def remove(self, checkpoint_id: UUID) -> None:
        """Take one out."""
        await self.run(delete(Checkpoint).where(Checkpoint.book_id == self.book_id, Checkpoint.id == checkpoint_id))

    async def get(self, checkpoint_id: UUID) -> Row | None:
        """A checkpoint."""
        return await self.row(
            select(*CHECKPOINT_COLUMNS).where(Checkpoint.book_id == self.book_id, Checkpoint.id == checkpoint_id)
        )

    async def at(self, account_id: UUID, currency: str, day: dt.date) -> Row | None:
        """What an account is stated to have held on a day."""
        return await self.row(
            select(*CHECKPOINT_COLUMNS).where(*self._of(account_id, currency), Checkpoint.date == day)
        )

    async def before(self, account_id: UUID, currency: str, day: dt.date) -> list[Row]:
        """What an account is stated to have held on the days before one, where it did."""
        return await self.rows(
            select(*CHECKPOINT_COLUMNS).where(
                *self._of(account_id, currency), Checkpoint.date < day, Checkpoint.broken_revision.is_(None)
            )
        )

    def _of(self, account_id: UUID, currency: str) -> Sequence[Any]:
        return (
            Checkpoint.book_id == self.book_id,
            Checkpoint.account_id == account_id,
            Checkpoint.currency == currency,
        )

    async def find(self, wanted: CheckpointQuery, account_id: UUID | None) -> Page[Row]:
        """A page of checkpoints, the last day first."""
        query = select(*CHECKPOINT_COLUMNS).where(Checkpoint.book_id == self.book_id)
        if account_id is not None:
            query = query.where(Checkpoint.account_id == account_id)
        if wanted.broken is not None:
            broken = Checkpoint.broken_revision.is_not(None)
            query = query.where(broken if wanted.broken else ~broken)
        if (place := _place(wanted.after())) is not None:
            query = query.where(tuple_(Checkpoint.date, Checkpoint.id) < place)
        rows = await self.rows(query.order_by(Checkpoint.date.desc(), Checkpoint.id.desc()).limit(wanted.limit + 1))
        return _page(rows, wanted)

    async def suspects(self, checkpoint: Row, since: int, wanted: SuspectQuery) -> Page[Row]:
        """A page of the transactions that moved what a checkpoint counts, at ``since`` or later."""
        place = wanted.after()
        day, last = _day_and_id(place) if place is not None else (None, None)
        rows = await self.rows(
            _SUSPECTS,
            {
                "book": self.book_id,
                "account": checkpoint["account_id"],
                "account_text": str(checkpoint["account_id"]),
                "currency": checkpoint["currency"],
                "day": checkpoint["date"],
                "since": since,
                "after_day": day,
                "after_id": last,
                "limit": wanted.limit + 1,
            },
        )
        return _page(rows, wanted, id_="transaction_id")


class ReconciliationRepository(Repository):
    """Reconciliations, and the postings that they are made of."""

    conflicts = {"pk_reconciliations": ReconciliationIdTaken}

    async def add(self, values: dict[str, Any]) -> None:
        """Write one down."""
        await self.run(insert(Reconciliation).values(book_id=self.book_id, **values))

    async def get(self, account_id: UUID, reconciliation_id: UUID) -> Row | None:
        """A reconciliation of an account."""
        return await self.row(
            select(*RECONCILIATION_COLUMNS).where(
                Reconciliation.book_id == self.book_id,
                Reconciliation.account_id == account_id,
                Reconciliation.id == reconciliation_id,
            )
        )

    async def find(self, account_id: UUID, wanted: ReconciliationQuery) -> Page[Row]:
        """A page of an account's reconciliations, the last day first."""
        query = select(*RECONCILIATION_COLUMNS).where(
            Reconciliation.book_id == self.book_id, Reconciliation.account_id == account_id
        )
        if (place := _place(wanted.after())) is not None:
            query = query.where(tuple_(Reconciliation.date, Reconciliation.id) < place)
        rows = await self.rows(
            query.order_by(Reconciliation.date.desc(), Reconciliation.id.desc()).limit(wanted.limit + 1)
        )
        return _page(rows, wanted)

    async def reconciled(self, account_id: UUID, currency: str, day: dt.date) -> Decimal:
        """What an account's reconciled postings up to a day come to: whole months from their sums."""
        return Decimal(
            await self.value(
                _RECONCILED,
                {
                    "book": self.book_id,
                    "account": account_id,
                    "currency": currency,
                    "month": day.replace(day=1),
                    "day": day,
                },
            )
        )

    async def open_postings(self, account_id: UUID, currency: str, day: dt.date, most: int) -> list[Row]:
        """An account's postings up to a day that aren't reconciled, the newest first; no more than so many."""
        return await self.rows(
            select(Posting.id, Posting.transaction_id, Posting.date, Posting.amount, Posting.status)
            .where(
                Posting.book_id == self.book_id,
                Posting.account_id == account_id,
                Posting.currency == currency,
                Posting.date <= day,
                or_(Posting.status == PostingStatus.PENDING.value, Posting.status == PostingStatus.CLEARED.value),
            )
            .order_by(Posting.date.desc(), Posting.ordinal.desc(), Posting.transaction_id.desc(), Posting.position)
            .limit(most)
        )


def _place(after: list[str] | None) -> Any:
    return None if after is None else tuple_(*_day_and_id(after))


def _day_and_id(after: list[str]) -> tuple[dt.date, UUID]:
    try:
        day, id_ = after
        return dt.date.fromisoformat(day), UUID(id_)
    except ValueError:
        raise CursorMalformed from None


def _page(
    rows: list[Row], wanted: CheckpointQuery | ReconciliationQuery | SuspectQuery, *, id_: str = "id"
) -> Page[Row]:
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    return Page(rows, wanted.cursor_at(rows[-1]["date"], rows[-1][id_]) if more else None)


_RECKON = prepared(f"""
UPDATE checkpoints
   SET difference = amount + outstanding - held,
       broken_revision = CASE WHEN amount + outstanding <> held THEN coalesce(broken_revision, :revision) END
 WHERE book_id = :book AND id = :id
RETURNING {", ".join(column.key for column in CHECKPOINT_COLUMNS)}
""")  # noqa: S608 - names of columns
_RECONCILED = prepared("""
SELECT coalesce(sum(amount), 0)
  FROM (SELECT amount FROM month_sums
         WHERE book_id = :book AND account_id = :account AND currency = :currency AND status = 'reconciled'
           AND month < :month
        UNION ALL
        SELECT amount FROM postings
         WHERE book_id = :book AND account_id = :account AND currency = :currency AND status = 'reconciled'
           AND date BETWEEN :month AND :day) parts
""")
_SUSPECTS = prepared("""
WITH was AS (
    SELECT DISTINCT ON (h.record_id) h.record_id AS id, h.before,
           max(h.revision) OVER (PARTITION BY h.record_id) AS last
      FROM history h
     WHERE h.book_id = :book AND h.revision >= :since AND h.kind = 'transaction'
     ORDER BY h.record_id, h.revision
), touched AS (
    SELECT id FROM was
    UNION
    SELECT t.id FROM transactions t WHERE t.book_id = :book AND t.revision >= :since
), moved AS (
    SELECT k.id AS transaction_id, coalesce(t.date, CAST(w.before ->> 'date' AS date)) AS date,
           CASE WHEN t.id IS NULL THEN 'deleted'
                WHEN w.before IS NULL OR t.created_revision >= :since THEN 'created'
                ELSE 'changed' END AS action,
           coalesce(t.revision, w.last) AS revision,
           coalesce((SELECT sum(p.amount) FROM postings p
                      WHERE p.book_id = :book AND p.transaction_id = k.id AND p.account_id = :account
                        AND p.currency = :currency AND p.status <> 'pending' AND p.date <= :day), 0)
           - coalesce((SELECT sum(CAST(p ->> 'amount' AS numeric)) FROM jsonb_array_elements(w.before -> 'postings') p
                        WHERE CAST(w.before ->> 'created_revision' AS bigint) < :since
                          AND CAST(w.before ->> 'date' AS date) <= :day AND p ->> 'account_id' = :account_text
                          AND p ->> 'currency' = :currency AND p ->> 'status' <> 'pending'), 0) AS amount
      FROM touched k
      LEFT JOIN transactions t ON t.book_id = :book AND t.id = k.id
      LEFT JOIN was w ON w.id = k.id
)
SELECT transaction_id, date, action, revision, amount FROM moved
 WHERE amount <> 0
   AND (CAST(:after_day AS date) IS NULL
        OR (date, transaction_id) < (CAST(:after_day AS date), CAST(:after_id AS uuid)))
 ORDER BY date DESC, transaction_id DESC
 LIMIT :limit
""")
"""What each transaction is to an account now, less what it was when the checkpoint held: its oldest image since."""
