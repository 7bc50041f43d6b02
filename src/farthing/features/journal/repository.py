"""All SQL that writes transactions and postings, and that sums them by account."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, bindparam, delete, func, insert, select, update

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, Statement, prepared
from farthing.features.books.models import Book
from farthing.features.journal.entries import Balance, StruckTransaction, TakenIds, WrittenPosting, WrittenTransaction
from farthing.features.journal.errors import PeriodLockedMeanwhile, PostingIdTaken, TransactionIdTaken
from farthing.features.journal.models import (
    CHECKPOINT,
    TRANSACTION,
    TRANSACTION_COLUMNS,
    Posting,
    Transaction,
    TransactionKind,
)
from farthing.kit.wire import LAST_DAY

MIDDLE_OF_MONTH = 15


class JournalRepository(Repository):
    """Transactions, whole."""

    conflicts = {
        "pk_transactions": TransactionIdTaken,
        "pk_postings": PostingIdTaken,
        "period_locked": PeriodLockedMeanwhile,
    }

    async def write(self, transactions: Sequence[WrittenTransaction]) -> None:
        """Write whole transactions down in one statement."""
        await self.run(
            _WRITE,
            {
                "book": self.book_id,
                "revision": transactions[0].revision,
                "at": transactions[0].created_at,
                "ids": [transaction.id for transaction in transactions],
                "dates": [transaction.date for transaction in transactions],
                "ordinals": [transaction.ordinal for transaction in transactions],
                "kinds": [transaction.kind.value for transaction in transactions],
                "payees": [transaction.payee for transaction in transactions],
                "descriptions": [transaction.description for transaction in transactions],
                "value_dates": [transaction.value_date for transaction in transactions],
                "due_dates": [transaction.due_date for transaction in transactions],
                "extras": [transaction.extra for transaction in transactions],
                **_postings(transactions),
            },
        )

    async def rewrite(self, transaction: WrittenTransaction) -> None:
        """Write a transaction anew: the old postings go and the new ones come, each lot whole."""
        await self._remove_postings(transaction.id)
        await self.run(
            update(Transaction)
            .where(Transaction.book_id == self.book_id, Transaction.id == transaction.id)
            .values(
                date=transaction.date,
                payee=transaction.payee,
                description=transaction.description,
                value_date=transaction.value_date,
                due_date=transaction.due_date,
                extra=dict(transaction.extra),
                revision=transaction.revision,
                changed_at=transaction.changed_at,
            )
        )
        await self.run(_WRITE_POSTINGS, {"book": self.book_id, **_postings([transaction])})

    async def strike(self, transaction_id: UUID) -> None:
        """Take a transaction out, postings first: their triggers must see it whole."""
        await self._remove_postings(transaction_id)
        await self.run(delete(Transaction).where(Transaction.book_id == self.book_id, Transaction.id == transaction_id))

    async def override_lock(self) -> None:
        """Have the wall let the rest of the transaction into the locked period."""
        await self.run(_OVERRIDE_LOCK)

    async def _remove_postings(self, transaction_id: UUID) -> None:
        await self.run(delete(Posting).where(Posting.book_id == self.book_id, Posting.transaction_id == transaction_id))

    async def get(self, transaction_id: UUID) -> WrittenTransaction | None:
        """A transaction with all its postings."""
        rows = await self.rows(
            self._whole().where(Transaction.id == transaction_id).order_by(Posting.position),
        )
        return _written(rows) if rows else None

    async def get_many(self, transaction_ids: Sequence[UUID]) -> list[WrittenTransaction]:
        """Those of these transactions that there are, with all their postings."""
        rows = await self.rows(
            self._whole()
            .where(Transaction.id == func.any(bindparam("ids", list(transaction_ids), type_=ARRAY(Uuid))))
            .order_by(Transaction.id, Posting.position),
        )
        return [_written(list(group)) for _, group in groupby(rows, key=attrgetter("id"))]

    def _whole(self) -> Select[*tuple[Any, ...]]:
        return (
            select(
                *TRANSACTION_COLUMNS,
                Posting.id.label("posting_id"),
                Posting.account_id,
                Posting.amount,
                Posting.currency,
                Posting.status,
                Posting.memo,
                Posting.generated,
            )
            .join(Posting, (Posting.book_id == self.book_id) & (Posting.transaction_id == Transaction.id))
            .where(Transaction.book_id == self.book_id)
        )

    async def mark(
        self, statuses: Mapping[UUID, str], transaction_ids: Sequence[UUID], *, revision: int, at: dt.datetime
    ) -> None:
        """Give postings of these transactions another status."""
        await self.run(
            _MARK,
            {
                "book": self.book_id,
                "revision": revision,
                "at": at,
                "transactions": list(transaction_ids),
                "postings": list(statuses),
                "statuses": list(statuses.values()),
            },
        )

    async def moved_checkpoints(self) -> list[Row]:
        """The checkpoints whose account doesn't hold what they say it holds, by day, with the account's name."""
        return await self.rows(_MOVED, {"book": self.book_id})

    async def reckon_checkpoints(self, *, revision: int, at: dt.datetime) -> None:
        """Have each of them say how far it is from what is stated."""
        await self.run(_RECKON, {"book": self.book_id, "revision": revision, "at": at})

    async def checkpoint_policy(self) -> str:
        """What becomes of a write after which a checkpoint doesn't hold."""
        return str(await self.value(select(Book.checkpoint_policy).where(Book.id == self.book_id)))

    async def taken(self, transaction_ids: Sequence[UUID], posting_ids: Sequence[UUID]) -> TakenIds:
        """Which of these ids a transaction has, or had before it was changed or deleted, and which a posting has."""
        found = await self.rows(
            _TAKEN, {"book": self.book_id, "transactions": list(transaction_ids), "postings": list(posting_ids)}
        )
        return TakenIds(
            transactions={row.id for row in found if row.of_transaction},
            postings={row.id for row in found if not row.of_transaction},
        )

    async def balances(
        self,
        account_ids: Sequence[UUID] | None = None,
        until: dt.date | None = None,
        known_at: int | None = None,
    ) -> list[Balance]:
        """What accounts hold at the end of a day (None: of all days), by account and currency; zeros included.

        ``account_ids`` None is all accounts that were ever posted to. What it costs doesn't grow with the years: whole
        months come from their sums, and at most half a month from the postings. As a revision knew it, it costs what
        was done since, besides: that is taken away again.
        """
        values: dict[str, Any] = {"book": self.book_id}
        if account_ids is not None:
            values["accounts"] = list(account_ids)
        if known_at is not None:
            values |= {"known_at": known_at, "until": until or LAST_DAY}
        kind, bounds = _reach(until)
        found = await self.rows(_held(kind, account_ids is not None, known_at is not None), values | bounds)
        return [Balance(*row) for row in found]

    async def first_day(self, account_id: UUID) -> dt.date | None:
        """The day of the first posting to an account."""
        day: dt.date | None = await self.value(
            select(func.min(Posting.date)).where(Posting.book_id == self.book_id, Posting.account_id == account_id)
        )
        return day

    async def last_day(self, account_id: UUID) -> dt.date | None:
        """The day of the last posting to an account."""
        day: dt.date | None = await self.value(
            select(func.max(Posting.date)).where(Posting.book_id == self.book_id, Posting.account_id == account_id)
        )
        return day

    async def has_opening(self, account_id: UUID) -> bool:
        """Whether an opening balance was booked for an account."""
        return (
            await self.row(
                select(Posting.id)
                .join(
                    Transaction,
                    (Transaction.book_id == self.book_id) & (Transaction.id == Posting.transaction_id),
                )
                .where(
                    Posting.book_id == self.book_id,
                    Posting.account_id == account_id,
                    Transaction.kind == TransactionKind.OPENING,
                )
                .limit(1)
            )
            is not None
        )

    async def opened_twice(self, account_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these accounts have more than one opening balance."""
        return await self.column(_OPENED_TWICE, {"book": self.book_id, "accounts": list(account_ids)})

    async def currencies_used(self, account_id: UUID) -> list[str]:
        """The currencies that were ever posted to an account."""
        return await self.column(
            select(Posting.currency).distinct().where(Posting.book_id == self.book_id, Posting.account_id == account_id)
        )

    async def struck(self, transaction_id: UUID) -> StruckTransaction | None:
        """The last image of a transaction that isn't there any more: it is what its deletion left."""
        row = await self.row(
            select(History.before, History.revision)
            .where(
                History.book_id == self.book_id,
                History.record_id == transaction_id,
                History.kind == TRANSACTION.name,
                History.before.is_not(None),
            )
            .order_by(History.revision.desc())
            .limit(1)
        )
        return StruckTransaction(WrittenTransaction.of_image(row["before"]), row["revision"]) if row else None

    async def restore(self, transaction: WrittenTransaction) -> None:
        """Write a transaction down that has a past: unlike a new one it was made at another revision than this."""
        await self.run(
            insert(Transaction).values(
                book_id=self.book_id,
                id=transaction.id,
                date=transaction.date,
                ordinal=transaction.ordinal,
                kind=transaction.kind.value,
                payee=transaction.payee,
                description=transaction.description,
                value_date=transaction.value_date,
                due_date=transaction.due_date,
                extra=dict(transaction.extra),
                created_revision=transaction.created_revision,
                revision=transaction.revision,
                created_at=transaction.created_at,
                changed_at=transaction.changed_at,
            )
        )
        await self.run(_WRITE_POSTINGS, {"book": self.book_id, **_postings([transaction])})


def _postings(transactions: Sequence[WrittenTransaction]) -> dict[str, list[Any]]:
    lines = [
        (transaction, position, posting)
        for transaction in transactions
        for position, posting in enumerate(transaction.postings)
    ]
    return {
        "posting_ids": [posting.id for _, _, posting in lines],
        "transaction_ids": [transaction.id for transaction, _, _ in lines],
        "positions": [position for _, position, _ in lines],
        "account_ids": [posting.account_id for _, _, posting in lines],
        "posting_dates": [transaction.date for transaction, _, _ in lines],
        "posting_ordinals": [transaction.ordinal for transaction, _, _ in lines],
        "amounts": [posting.amount for _, _, posting in lines],
        "currencies": [posting.currency for _, _, posting in lines],
        "statuses": [posting.status for _, _, posting in lines],
        "memos": [posting.memo for _, _, posting in lines],
        "generated": [posting.generated for _, _, posting in lines],
    }


def _written(rows: Sequence[Row]) -> WrittenTransaction:
    head = rows[0]
    return WrittenTransaction(
        id=head.id,
        date=head.date,
        ordinal=head.ordinal,
        kind=TransactionKind(head.kind),
        payee=head.payee,
        description=head.description,
        value_date=head.value_date,
        due_date=head.due_date,
        extra=head.metadata,
        created_revision=head.created_revision,
        revision=head.revision,
        created_at=head.created_at,
        changed_at=head.changed_at,
        postings=tuple(
            WrittenPosting(
                row.posting_id, row.account_id, row.amount, row.currency, row.status, row.memo, row.generated
            )
            for row in rows
        ),
    )


class _Reach(Enum):
    """How a balance is put together: sums of months, and postings added to them or taken away again."""

    ALL_MONTHS = ""
    MONTHS_AND_DAYS = "+"
    MONTHS_LESS_DAYS = "-"


def _reach(until: dt.date | None) -> tuple[_Reach, dict[str, dt.date]]:
    """The nearer month's end: a day in the second half is reached from the end of its own month, backwards."""
    if until is None:
        return _Reach.ALL_MONTHS, {}
    first = until.replace(day=1)
    if until.day <= MIDDLE_OF_MONTH:
        return _Reach.MONTHS_AND_DAYS, {"month": first, "first": first, "last": until}
    end = until.replace(day=calendar.monthrange(until.year, until.month)[1])
    return _Reach.MONTHS_LESS_DAYS, {"month": end, "first": until + dt.timedelta(days=1), "last": end}


@lru_cache
def _held(reach: _Reach, of_accounts: bool, known_then: bool) -> Statement:
    # Postings are counted too: an account that was not posted to by then holds nothing, rather than zero.
    those = " AND account_id = ANY(CAST(:accounts AS uuid[]))" if of_accounts else ""
    months = f"SELECT account_id, currency, amount, postings FROM month_sums WHERE book_id = :book{those}"  # noqa: S608 - constants
    days = ""
    if reach is not _Reach.ALL_MONTHS:
        months += " AND month < :month"
        days = f"""
        UNION ALL
        SELECT account_id, currency, {reach.value}amount, {reach.value}1 FROM postings
         WHERE book_id = :book{those} AND date BETWEEN :first AND :last"""  # noqa: S608 - as above
    since = ""
    if known_then:
        # Less what was written since, and what was there before it.
        since = f"""
        UNION ALL
        SELECT p.account_id, p.currency, -p.amount, -1 FROM transactions t
          JOIN postings p ON p.book_id = :book AND p.transaction_id = t.id
         WHERE t.book_id = :book AND t.revision > :known_at AND t.date <= :until{those}
        UNION ALL
        SELECT p.account_id, p.currency, p.amount, 1
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = '{TRANSACTION.name}' AND revision > :known_at
                 ORDER BY record_id, revision) AS h,
               jsonb_to_recordset(h.before->'postings') AS p (account_id uuid, currency text, amount numeric)
         WHERE h.before IS NOT NULL AND (h.before->>'created_revision')::bigint <= :known_at
           AND (h.before->>'date')::date <= :until{those}"""  # noqa: S608 - as above
    return prepared(f"""
        SELECT account_id, currency, sum(amount) AS amount FROM ({months}{days}{since}) AS parts
         GROUP BY account_id, currency HAVING sum(postings) > 0 ORDER BY account_id, currency""")  # noqa: S608 - as above


_OPENED_TWICE = prepared("""
SELECT p.account_id FROM postings p JOIN transactions t ON t.book_id = :book AND t.id = p.transaction_id
 WHERE p.book_id = :book AND p.account_id = ANY(CAST(:accounts AS uuid[])) AND t.kind = 'opening'
 GROUP BY p.account_id HAVING count(DISTINCT t.id) > 1
""")
_OVERRIDE_LOCK = prepared("SELECT set_config('farthing.override_lock', 'on', true)")
_MARK = prepared("""
WITH marked AS (
    UPDATE postings p SET status = m.status
      FROM unnest(CAST(:postings AS uuid[]), CAST(:statuses AS text[])) AS m (id, status)
     WHERE p.book_id = :book AND p.id = m.id
)
UPDATE transactions SET revision = :revision, changed_at = :at
 WHERE book_id = :book AND id = ANY(CAST(:transactions AS uuid[]))
""")
_MOVED = prepared(f"""
SELECT {", ".join(f"c.{column.name}" for column in CHECKPOINT.table.columns)}, a.full_name
  FROM checkpoints c JOIN accounts a ON a.book_id = :book AND a.id = c.account_id
 WHERE c.book_id = :book AND c.difference <> c.amount + c.outstanding - c.held
 ORDER BY c.date, c.id
""")  # noqa: S608 - names of columns
_RECKON = prepared("""
UPDATE checkpoints
   SET difference = amount + outstanding - held,
       broken_revision = CASE WHEN amount + outstanding <> held THEN coalesce(broken_revision, :revision) END,
       revision = :revision, changed_at = :at
 WHERE book_id = :book AND difference <> amount + outstanding - held
""")
_TAKEN = prepared("""
SELECT true AS of_transaction, record_id AS id FROM history
 WHERE book_id = :book AND record_id = ANY(CAST(:transactions AS uuid[]))
UNION
SELECT true, id FROM transactions WHERE book_id = :book AND id = ANY(CAST(:transactions AS uuid[]))
UNION
SELECT false, id FROM postings WHERE book_id = :book AND id = ANY(CAST(:postings AS uuid[]))
""")
_POSTINGS = """
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status, memo,
                      generated)
SELECT :book, p.*
  FROM unnest(CAST(:posting_ids AS uuid[]), CAST(:transaction_ids AS uuid[]), CAST(:positions AS smallint[]),
              CAST(:account_ids AS uuid[]), CAST(:posting_dates AS date[]), CAST(:posting_ordinals AS bigint[]),
              CAST(:amounts AS numeric[]), CAST(:currencies AS text[]), CAST(:statuses AS text[]),
              CAST(:memos AS text[]), CAST(:generated AS boolean[])) AS p
"""
_WRITE_POSTINGS = prepared(_POSTINGS)
_WRITE = prepared(f"""
WITH written AS (
    INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, description, value_date, due_date, metadata,
                              created_revision, revision, created_at, changed_at)
    SELECT :book, t.id, t.date, t.ordinal, t.kind, t.payee, t.description, t.value_date, t.due_date,
           t.metadata, :revision, :revision, :at, :at
      FROM unnest(CAST(:ids AS uuid[]), CAST(:dates AS date[]), CAST(:ordinals AS bigint[]), CAST(:kinds AS text[]),
                  CAST(:payees AS text[]), CAST(:descriptions AS text[]), CAST(:value_dates AS date[]),
                  CAST(:due_dates AS date[]), CAST(:extras AS jsonb[]))
        AS t (id, date, ordinal, kind, payee, description, value_date, due_date, metadata)
)
{_POSTINGS}
""")  # noqa: S608 - two constants
