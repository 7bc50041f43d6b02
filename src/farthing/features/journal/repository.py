"""All SQL that writes transactions and postings, and that sums them by account."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, Statement, prepared
from farthing.core.work import MAX_RECORDS_NAMED
from farthing.features.books.models import Book
from farthing.features.journal.entries import (
    NOTED,
    Balance,
    Extent,
    Staged,
    StruckTransaction,
    TakenIds,
    Tie,
    Ties,
    Touched,
    WrittenPosting,
    WrittenTransaction,
    cost_noted,
    price_noted,
)
from farthing.features.journal.errors import (
    PeriodLockedMeanwhile,
    PostingIdTaken,
    ReversedMeanwhile,
    ReversedMissing,
    TransactionIdTaken,
    TransactionTransferred,
    ValuationExists,
    ValuationIdTaken,
)
from farthing.features.journal.models import (
    CHECKPOINT,
    TRANSACTION,
    TRANSACTION_COLUMNS,
    VALUATION_COLUMNS,
    LinkKind,
    Posting,
    PostingStatus,
    Transaction,
    TransactionKind,
    TransactionTag,
    Valuation,
)
from farthing.kit.wire import LAST_DAY

MIDDLE_OF_MONTH = 15
Borne = tuple[UUID, UUID]
"""A transaction and a tag that it bears."""


class JournalRepository(Repository):
    """Transactions, whole."""

    conflicts = {
        "pk_transactions": TransactionIdTaken,
        "pk_postings": PostingIdTaken,
        "period_locked": PeriodLockedMeanwhile,
        "pk_valuations": ValuationIdTaken,
        "uq_valuations_book_id_account_id_date": ValuationExists,
        "fk_book_transfers_book_id_transaction_id": TransactionTransferred,
        "uq_transactions_reverses": ReversedMeanwhile,
        "fk_transactions_book_id_reverses_id": ReversedMissing,
    }

    async def write(self, transactions: Sequence[WrittenTransaction]) -> list[Touched]:
        """Write whole transactions down in one statement; answers where that touched what was valued."""
        tags, notes = _tags(transactions), _notes(transactions)
        touched = await self.rows(
            _write(tagged=bool(tags["tag_ids"]), noted=bool(notes)),
            {
                "book": self.book_id,
                "revision": transactions[0].revision,
                "at": transactions[0].created_at,
                "ids": [transaction.id for transaction in transactions],
                "dates": [transaction.date for transaction in transactions],
                "ordinals": [transaction.ordinal for transaction in transactions],
                "kinds": [transaction.kind.value for transaction in transactions],
                "reversed": [transaction.reverses_id for transaction in transactions],
                "payees": [transaction.payee for transaction in transactions],
                "payee_ids": [transaction.payee_id for transaction in transactions],
                "descriptions": [transaction.description for transaction in transactions],
                "notes": [transaction.notes for transaction in transactions],
                "value_dates": [transaction.value_date for transaction in transactions],
                "due_dates": [transaction.due_date for transaction in transactions],
                "extras": [transaction.extra for transaction in transactions],
                **_postings(transactions),
                **notes,
                **tags,
            },
        )
        return [(row.account_id, row.date) for row in touched]

    async def write_staged(self, staged: Staged, *, revision: int, at: dt.datetime) -> tuple[list[UUID], list[Touched]]:
        """Write down whole transactions that wait in a table; answers the first ids, and where valued accounts are
        touched.
        """
        values = {"book": self.book_id, "revision": revision, "at": at, **staged.values}
        written = await self.one(_write_staged(staged.transactions), values)
        touched = await self.rows(_post_staged(staged.postings), values)
        if staged.tags is not None:
            await self.run(_tag_staged(staged.tags), values)
        return written["first"] or [], [(row.account_id, row.date) for row in touched]

    async def rewrite(self, transaction: WrittenTransaction, *, retagged: bool) -> None:
        """Write a transaction anew whose old postings are gone: the new ones come whole.

        Args:
            transaction: as it is to be.
            retagged: whether its tags are others than they were.
        """
        await self.run(
            update(Transaction)
            .where(Transaction.book_id == self.book_id, Transaction.id == transaction.id)
            .values(
                date=transaction.date,
                payee=transaction.payee,
                payee_id=transaction.payee_id,
                description=transaction.description,
                notes=transaction.notes,
                value_date=transaction.value_date,
                due_date=transaction.due_date,
                extra=dict(transaction.extra),
                revision=transaction.revision,
                changed_at=transaction.changed_at,
            )
        )
        await self._write_postings([transaction])
        if retagged:
            await self.run(_TAKE_TAGS_OFF, {"book": self.book_id, "id": transaction.id})
            await self._write_tags(transaction)

    async def strike(self, transaction_id: UUID) -> None:
        """Take a transaction out whose postings are gone, and its tags off it."""
        await self.run(_STRIKE, {"book": self.book_id, "id": transaction_id})

    async def override_lock(self) -> None:
        """Have the wall let the rest of the transaction into the locked period."""
        await self.run(_OVERRIDE_LOCK)

    async def remove_postings(self, transaction_id: UUID) -> Ties:
        """Take all postings of a transaction out; their triggers see it whole. Answers what refers to it."""
        return _ties(await self.rows(_REMOVE_POSTINGS, {"book": self.book_id, "transaction": transaction_id}))

    async def ties(self, transaction_ids: Sequence[UUID]) -> dict[UUID, Ties]:
        """What refers to each of these transactions; without those that nothing refers to."""
        found = await self.rows(_TIES, {"book": self.book_id, "transactions": list(transaction_ids)})
        return {id_: _ties(list(rows)) for id_, rows in groupby(found, key=itemgetter("transaction_id"))}

    async def broken_link(self, posting_ids: Sequence[UUID], link_ids: Sequence[UUID]) -> Row | None:
        """One of these links, or of those of these lines, that its lines don't bear."""
        values = {"book": self.book_id, "postings": list(posting_ids), "links": list(link_ids)}
        return await self.row(_BROKEN_LINK, values)

    async def kinds_of(self, account_ids: Sequence[UUID]) -> dict[UUID, str]:
        """What kinds of accounts these are."""
        found = await self.rows(_KINDS, {"book": self.book_id, "accounts": list(account_ids)})
        return {row.id: row.kind for row in found}

    async def reversal_of(self, transaction_id: UUID) -> UUID | None:
        """What reversed a transaction."""
        row = await self.row(
            select(Transaction.id).where(Transaction.book_id == self.book_id, Transaction.reverses_id == transaction_id)
        )
        return row["id"] if row else None

    async def get(self, transaction_id: UUID) -> WrittenTransaction | None:
        """A transaction with all its postings and tags."""
        found = _each_written(await self.rows(_GET, {"book": self.book_id, "id": transaction_id}))
        return found[0] if found else None

    async def get_many(self, transaction_ids: Sequence[UUID]) -> list[WrittenTransaction]:
        """Those of these transactions that there are, with all their postings and tags, oldest first."""
        return _each_written(await self.rows(_GET_MANY, {"book": self.book_id, "ids": list(transaction_ids)}))

    async def of_payee(self, payee_id: UUID) -> list[WrittenTransaction]:
        """A payee's transactions with all their postings and tags, oldest first."""
        return _each_written(await self.rows(_OF_PAYEE, {"book": self.book_id, "payee": payee_id}))

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

    async def count_of_payee(self, payee_id: UUID) -> int:
        """How many transactions a payee has."""
        return int(
            await self.value(
                select(func.count())
                .select_from(Transaction)
                .where(Transaction.book_id == self.book_id, Transaction.payee_id == payee_id)
            )
        )

    async def reassign(self, payee_id: UUID, to: UUID, *, revision: int, at: dt.datetime) -> None:
        """Give a payee's transactions to another."""
        await self.run(
            update(Transaction)
            .where(Transaction.book_id == self.book_id, Transaction.payee_id == payee_id)
            .values(payee_id=to, revision=revision, changed_at=at)
        )

    async def tagged(self, tag_id: UUID) -> list[WrittenTransaction]:
        """All transactions that bear a tag, with all their postings and tags."""
        return _each_written(await self.rows(_TAGGED, {"book": self.book_id, "tag": tag_id}))

    async def bearing(self, tag_id: UUID) -> Extent:
        """How many transactions bear a tag, and how many postings these have."""
        return Extent(*await self.one(_BEARING, {"book": self.book_id, "tag": tag_id}))

    async def retag(self, tag_id: UUID, by: UUID | None, *, revision: int, at: dt.datetime) -> None:
        """Put another tag in a tag's place on all transactions that bear it, or none."""
        values = {"book": self.book_id, "tag": tag_id, "by": by}
        await self.run(_STAMP_TAGGED, {"book": self.book_id, "tag": tag_id, "revision": revision, "at": at})
        await self.run(_RETAG, values)

    async def get_all(self, transaction_ids: Sequence[UUID], *, postings: int) -> list[WrittenTransaction] | None:
        """These transactions with all their postings; None if they have more postings than that together."""
        rows = await self.rows(
            _GET_ALL, {"book": self.book_id, "transactions": list(transaction_ids), "rows": postings + 1}
        )
        if len(rows) > postings:
            return None
        return _each_written(rows)

    async def rewrite_all(
        self, transactions: Sequence[WrittenTransaction], rebooked: Sequence[WrittenTransaction]
    ) -> None:
        """Write transactions anew, in as many statements as for one.

        Args:
            transactions: as they are to be.
            rebooked: those among them whose postings are to be others, or dated otherwise.
        """
        if rebooked:
            await self._remove_all_postings([transaction.id for transaction in rebooked])
        images = [transaction.image() for transaction in transactions]
        await self.run(_REWRITE_ALL, {"book": self.book_id, "images": images})
        if rebooked:
            await self._write_postings(rebooked)

    async def take_tags_off(self, borne: Sequence[Borne]) -> None:
        """Take tags off transactions."""
        await self.run(_TAKE_ALL_OFF, {"book": self.book_id, **_pairs(borne)})

    async def put_tags_on(self, borne: Sequence[Borne]) -> None:
        """Put tags on transactions that don't bear them yet."""
        await self.run(_WRITE_TAGS, {"book": self.book_id, **_pairs(borne)})

    async def strike_all(self, transaction_ids: Sequence[UUID]) -> None:
        """Take transactions out, postings first: their triggers must see them whole."""
        await self._remove_all_postings(transaction_ids)
        await self.run(_STRIKE_ALL, {"book": self.book_id, "transactions": list(transaction_ids)})

    async def _remove_all_postings(self, transaction_ids: Sequence[UUID]) -> None:
        await self.run(_REMOVE_ALL_POSTINGS, {"book": self.book_id, "transactions": list(transaction_ids)})

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
        *,
        with_pending: bool = True,
    ) -> list[Balance]:
        """What accounts hold at the end of a day (None: of all days), by account and currency; zeros included.

        ``account_ids`` None is all accounts that were ever posted to; without what is pending, it is what has reached
        the bank. What it costs doesn't grow with the years: whole
        months come from their sums, and at most half a month from the postings. As a revision knew it, it costs what
        was done since, besides: that is taken away again.
        """
        values: dict[str, Any] = {"book": self.book_id}
        if account_ids is not None:
            values["accounts"] = list(account_ids)
        if known_at is not None:
            values |= {"known_at": known_at, "until": until or LAST_DAY}
        kind, bounds = _reach(until)
        found = await self.rows(
            _held(kind, account_ids is not None, known_at is not None, with_pending), values | bounds
        )
        return [Balance(*row) for row in found]

    async def valuations_from(self, touched: Collection[Touched]) -> list[Row]:
        """For each account and day the first two valuations from then on, in the order of their days."""
        return await self.rows(
            _VALUATIONS_FROM,
            {
                "book": self.book_id,
                "accounts": [account_id for account_id, _ in touched],
                "days": [day for _, day in touched],
            },
        )

    async def valuation(self, *, of_transaction: UUID) -> Row | None:
        """The valuation that a transaction belongs to."""
        return await self._valuation(Valuation.transaction_id == of_transaction)

    async def valuations_of(self, transaction_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """The valuations that these transactions belong to, by the transaction."""
        found = await self.rows(_VALUATIONS_OF, {"book": self.book_id, "transactions": list(transaction_ids)})
        return {row.transaction_id: row.id for row in found}

    async def valuation_on(self, account_id: UUID, day: dt.date) -> Row | None:
        """What an account was valued at for a day."""
        return await self._valuation(Valuation.account_id == account_id, Valuation.date == day)

    async def valued(self, account_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these accounts have a valuation."""
        return await self.column(_VALUED, {"book": self.book_id, "accounts": list(account_ids)})

    async def _valuation(self, *conditions: ColumnElement[bool]) -> Row | None:
        return await self.row(select(*VALUATION_COLUMNS).where(Valuation.book_id == self.book_id, *conditions).limit(1))

    async def add_valuation(self, values: dict[str, Any]) -> None:
        """Write a valuation down, whose transaction is there."""
        await self.run(insert(Valuation).values(book_id=self.book_id, **values))

    async def change_valuation(
        self, valuation_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime
    ) -> None:
        """Change a valuation."""
        await self.run(
            update(Valuation)
            .where(Valuation.book_id == self.book_id, Valuation.id == valuation_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def remove_valuation(self, valuation_id: UUID) -> None:
        """Take a valuation out; its transaction is struck after it."""
        await self.run(delete(Valuation).where(Valuation.book_id == self.book_id, Valuation.id == valuation_id))

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
                reverses_id=transaction.reverses_id,
                payee=transaction.payee,
                payee_id=transaction.payee_id,
                description=transaction.description,
                notes=transaction.notes,
                value_date=transaction.value_date,
                due_date=transaction.due_date,
                extra=dict(transaction.extra),
                created_revision=transaction.created_revision,
                revision=transaction.revision,
                created_at=transaction.created_at,
                changed_at=transaction.changed_at,
            )
        )
        await self._write_postings([transaction])
        if transaction.tags:
            await self._write_tags(transaction)

    async def _write_postings(self, transactions: Sequence[WrittenTransaction]) -> None:
        notes = _notes(transactions)
        statement = _WRITE_NOTED_POSTINGS if notes else _WRITE_POSTINGS
        await self.run(statement, {"book": self.book_id, **_postings(transactions), **notes})

    async def _write_tags(self, transaction: WrittenTransaction) -> None:
        await self.run(_WRITE_TAGS, {"book": self.book_id, **_tags([transaction])})


@lru_cache
def _write_staged(source: str) -> Statement:
    return prepared(f"""
        WITH written AS (
            INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, payee_id, description, notes, value_date,
                                      due_date, metadata, created_revision, revision, created_at, changed_at)
            SELECT :book, s.id, s.date, s.ordinal, s.kind, s.payee, s.payee_id, s.description, s.notes, s.value_date,
                   s.due_date, s.metadata, :revision, :revision, CAST(:at AS timestamptz), CAST(:at AS timestamptz)
              FROM ({source}) s
            RETURNING id
        )
        SELECT (array_agg(id))[1:{MAX_RECORDS_NAMED}] AS first FROM written""")  # noqa: S608 - constants


@lru_cache
def _post_staged(source: str) -> Statement:
    return prepared(f"""
        WITH posted AS (
            INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency,
                                  status, memo, generated, {", ".join(NOTED)})
            SELECT :book, s.id, s.transaction_id, s.position, s.account_id, s.date, s.ordinal, s.amount, s.currency,
                   s.status, s.memo, s.generated, {", ".join(f"s.{name}" for name in NOTED)}
              FROM ({source}) s
            RETURNING account_id, date
        )
        SELECT DISTINCT p.account_id, p.date FROM posted p
         WHERE EXISTS (SELECT FROM valuations v
                        WHERE v.book_id = :book AND v.account_id = p.account_id AND v.date >= p.date)""")  # noqa: S608 - constants


@lru_cache
def _tag_staged(source: str) -> Statement:
    return prepared(f"""
        INSERT INTO transaction_tags (book_id, transaction_id, tag_id)
        SELECT :book, s.transaction_id, s.tag_id FROM ({source}) s""")  # noqa: S608 - constants


def _tags(transactions: Sequence[WrittenTransaction]) -> dict[str, list[UUID]]:
    return _pairs([(transaction.id, tag_id) for transaction in transactions for tag_id in transaction.tags])


def _pairs(borne: Sequence[Borne]) -> dict[str, list[UUID]]:
    return {"tagged": [tagged for tagged, _ in borne], "tag_ids": [tag_id for _, tag_id in borne]}


def _ties(rows: Sequence[Row]) -> Ties:
    links = tuple(
        Tie(row.id, LinkKind(row.kind), row.posting_id, row.amount, row.currency, row.is_spending)
        for row in rows
        if row.posting_id is not None
    )
    return Ties(links, next((row.id for row in rows if row.posting_id is None), None))


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


def _notes(transactions: Sequence[WrittenTransaction]) -> dict[str, list[Any]]:
    """What is noted on postings, by column, in their order; nothing if none of them notes anything."""
    lines = [posting for transaction in transactions for posting in transaction.postings]
    if not any(posting.price or posting.cost for posting in lines):
        return {}
    noted = [posting.noted for posting in lines]
    return {name: [each[name] for each in noted] for name in NOTED}


def _each_written(rows: Sequence[Row]) -> list[WrittenTransaction]:
    return [_written(list(group)) for _, group in groupby(rows, key=itemgetter(0))]


def _written(rows: Sequence[Row]) -> WrittenTransaction:
    head = rows[0]
    return WrittenTransaction(
        id=head.id,
        date=head.date,
        ordinal=head.ordinal,
        kind=TransactionKind(head.kind),
        reverses_id=head.reverses_id,
        payee=head.payee,
        payee_id=head.payee_id,
        description=head.description,
        notes=head.notes,
        value_date=head.value_date,
        due_date=head.due_date,
        extra=head.metadata,
        created_revision=head.created_revision,
        revision=head.revision,
        created_at=head.created_at,
        changed_at=head.changed_at,
        postings=tuple(
            WrittenPosting(
                row.posting_id,
                row.account_id,
                row.amount,
                row.currency,
                row.status,
                row.memo,
                row.generated,
                price_noted(row),
                cost_noted(row),
            )
            for row in rows
        ),
        tags=tuple(head.tags),
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
def _held(reach: _Reach, of_accounts: bool, known_then: bool, with_pending: bool) -> Statement:
    # Postings are counted too: an account that was not posted to by then holds nothing, rather than zero.
    those = " AND account_id = ANY(CAST(:accounts AS uuid[]))" if of_accounts else ""
    those += "" if with_pending else f" AND status <> '{PostingStatus.PENDING}'"
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
               jsonb_to_recordset(h.before->'postings')
                   AS p (account_id uuid, currency text, amount numeric, status text)
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
_VALUED = prepared("""
SELECT a.id FROM unnest(CAST(:accounts AS uuid[])) AS a (id)
 WHERE EXISTS (SELECT FROM valuations v WHERE v.book_id = :book AND v.account_id = a.id)
""")
_VALUATIONS_OF = prepared("""
SELECT transaction_id, id FROM valuations
 WHERE book_id = :book AND transaction_id = ANY(CAST(:transactions AS uuid[]))
""")
_VALUATIONS_FROM = prepared("""
SELECT DISTINCT v.id, v.account_id, v.date, v.amount, v.currency, v.transaction_id
  FROM unnest(CAST(:accounts AS uuid[]), CAST(:days AS date[])) AS t (account_id, day)
 CROSS JOIN LATERAL (
       SELECT * FROM valuations
        WHERE book_id = :book AND account_id = t.account_id AND date >= t.day ORDER BY date LIMIT 2) v
 ORDER BY v.date, v.id
""")
_REWRITTEN = ", ".join(f"{column.name} = n.{column.name}" for column in TRANSACTION.columns if column.name != "id")
_REWRITE_ALL = prepared(f"""
UPDATE transactions t SET {_REWRITTEN}
  FROM jsonb_populate_recordset(CAST(NULL AS transactions), CAST(:images AS jsonb)) n
 WHERE t.book_id = :book AND t.id = n.id
""")  # noqa: S608 - names of columns
_REMOVE_ALL_POSTINGS = prepared("""
DELETE FROM postings WHERE book_id = :book AND transaction_id = ANY(CAST(:transactions AS uuid[]))
""")
_STRIKE_ALL = prepared("""
WITH untagged AS (
    DELETE FROM transaction_tags WHERE book_id = :book AND transaction_id = ANY(CAST(:transactions AS uuid[]))
)
DELETE FROM transactions WHERE book_id = :book AND id = ANY(CAST(:transactions AS uuid[]))
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
_REMOVE_POSTINGS = prepared("""
WITH removed AS (
    DELETE FROM postings WHERE book_id = :book AND transaction_id = :transaction RETURNING id
)
SELECT l.id, l.kind, r.id AS posting_id, l.amount, l.currency, true AS is_spending
  FROM removed r JOIN posting_links l ON l.book_id = :book AND l.from_posting_id = r.id
UNION ALL
SELECT l.id, l.kind, r.id, l.amount, l.currency, false
  FROM removed r JOIN posting_links l ON l.book_id = :book AND l.to_posting_id = r.id
UNION ALL
SELECT t.id, t.kind, NULL, NULL, NULL, NULL
  FROM transactions t WHERE t.book_id = :book AND t.reverses_id = :transaction
""")
_TIES = prepared("""
WITH lines AS (
    SELECT id, transaction_id FROM postings
     WHERE book_id = :book AND transaction_id = ANY(CAST(:transactions AS uuid[]))
)
SELECT p.transaction_id, l.id, l.kind, p.id AS posting_id, l.amount, l.currency, true AS is_spending
  FROM lines p JOIN posting_links l ON l.book_id = :book AND l.from_posting_id = p.id
UNION ALL
SELECT p.transaction_id, l.id, l.kind, p.id, l.amount, l.currency, false
  FROM lines p JOIN posting_links l ON l.book_id = :book AND l.to_posting_id = p.id
UNION ALL
SELECT t.reverses_id, t.id, t.kind, NULL, NULL, NULL, NULL
  FROM transactions t WHERE t.book_id = :book AND t.reverses_id = ANY(CAST(:transactions AS uuid[]))
 ORDER BY 1, 2
""")
_BROKEN_LINK = prepared("""
SELECT l.id, l.kind
  FROM posting_links l
 WHERE l.book_id = :book
   AND (l.id = ANY(CAST(:links AS uuid[])) OR l.from_posting_id = ANY(CAST(:postings AS uuid[]))
        OR l.to_posting_id = ANY(CAST(:postings AS uuid[])))
   AND NOT posting_link_holds(l)
 LIMIT 1
""")
_KINDS = prepared("SELECT id, kind FROM accounts WHERE book_id = :book AND id = ANY(CAST(:accounts AS uuid[]))")
_WHOLE = (
    select(
        *TRANSACTION_COLUMNS,
        func.array(
            select(TransactionTag.tag_id)
            .where(TransactionTag.book_id == bindparam("book"), TransactionTag.transaction_id == Transaction.id)
            .order_by(TransactionTag.tag_id)
            .scalar_subquery()
        ).label("tags"),
        Posting.id.label("posting_id"),
        Posting.account_id,
        Posting.amount,
        Posting.currency,
        Posting.status,
        Posting.memo,
        Posting.generated,
        *(getattr(Posting, name) for name in NOTED),
    )
    .join(Posting, and_(Posting.book_id == bindparam("book"), Posting.transaction_id == Transaction.id))
    .where(Transaction.book_id == bindparam("book"))
)
_GET_ALL = prepared(
    _WHOLE.where(Transaction.id == any_(bindparam("transactions", type_=ARRAY(Uuid()))))
    .order_by(Transaction.id, Posting.position)
    .limit(bindparam("rows", type_=BigInteger()))
)
_GET = prepared(_WHOLE.where(Transaction.id == bindparam("id")).order_by(Posting.position))
_GET_ALL = prepared(
    _WHOLE.where(Transaction.id == any_(bindparam("transactions", type_=ARRAY(Uuid()))))
    .order_by(Transaction.id, Posting.position)
    .limit(bindparam("rows", type_=BigInteger()))
)
_GET_MANY = prepared(
    _WHOLE.where(Transaction.id == func.any(bindparam("ids", type_=ARRAY(Uuid)))).order_by(
        Transaction.date, Transaction.ordinal, Transaction.id, Posting.position
    )
)
_OF_PAYEE = prepared(
    _WHOLE.where(Transaction.payee_id == bindparam("payee")).order_by(
        Transaction.date, Transaction.ordinal, Transaction.id, Posting.position
    )
)
_TAGGED = prepared(
    _WHOLE.where(
        Transaction.id.in_(
            select(TransactionTag.transaction_id).where(
                TransactionTag.book_id == bindparam("book"), TransactionTag.tag_id == bindparam("tag")
            )
        )
    ).order_by(Transaction.id, Posting.position)
)
_BEARING = prepared("""
SELECT count(DISTINCT x.transaction_id), count(p.id)
  FROM transaction_tags x LEFT JOIN postings p ON p.book_id = :book AND p.transaction_id = x.transaction_id
 WHERE x.book_id = :book AND x.tag_id = :tag
""")
_STAMP_TAGGED = prepared("""
UPDATE transactions t SET revision = :revision, changed_at = :at
  FROM transaction_tags x
 WHERE t.book_id = :book AND x.book_id = :book AND x.tag_id = :tag AND x.transaction_id = t.id
""")
_RETAG = prepared("""
WITH gone AS (
    DELETE FROM transaction_tags WHERE book_id = :book AND tag_id = :tag RETURNING transaction_id
)
INSERT INTO transaction_tags (book_id, transaction_id, tag_id)
SELECT :book, g.transaction_id, CAST(:by AS uuid) FROM gone g WHERE CAST(:by AS uuid) IS NOT NULL
    ON CONFLICT DO NOTHING
""")
_TAKE_TAGS_OFF = prepared("DELETE FROM transaction_tags WHERE book_id = :book AND transaction_id = :id")
_TAKE_ALL_OFF = prepared("""
DELETE FROM transaction_tags x
 USING unnest(CAST(:tagged AS uuid[]), CAST(:tag_ids AS uuid[])) AS b (transaction_id, tag_id)
 WHERE x.book_id = :book AND x.transaction_id = b.transaction_id AND x.tag_id = b.tag_id
""")
_STRIKE = prepared("""
WITH untagged AS (DELETE FROM transaction_tags WHERE book_id = :book AND transaction_id = :id)
DELETE FROM transactions WHERE book_id = :book AND id = :id
""")
_TAGS = """
INSERT INTO transaction_tags (book_id, transaction_id, tag_id)
SELECT :book, x.* FROM unnest(CAST(:tagged AS uuid[]), CAST(:tag_ids AS uuid[])) AS x
"""
_POSTINGS = """
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status, memo,
                      generated{columns})
SELECT :book, p.*
  FROM unnest(CAST(:posting_ids AS uuid[]), CAST(:transaction_ids AS uuid[]), CAST(:positions AS smallint[]),
              CAST(:account_ids AS uuid[]), CAST(:posting_dates AS date[]), CAST(:posting_ordinals AS bigint[]),
              CAST(:amounts AS numeric[]), CAST(:currencies AS text[]), CAST(:statuses AS text[]),
              CAST(:memos AS text[]), CAST(:generated AS boolean[]){arrays}) AS p
"""
_PLAIN_POSTINGS = _POSTINGS.format(columns="", arrays="")
_NOTED_POSTINGS = _POSTINGS.format(
    columns=", price_amount, price_currency, cost_amount, cost_currency, cost_date, cost_label",
    arrays=""",
              CAST(:price_amount AS numeric[]), CAST(:price_currency AS text[]), CAST(:cost_amount AS numeric[]),
              CAST(:cost_currency AS text[]), CAST(:cost_date AS date[]), CAST(:cost_label AS text[])""",
)
_WRITE_POSTINGS = prepared(_PLAIN_POSTINGS)
_WRITE_NOTED_POSTINGS = prepared(_NOTED_POSTINGS)
_TRANSACTIONS = """
INSERT INTO transactions (book_id, id, date, ordinal, kind, reverses_id, payee, payee_id, description, notes,
                          value_date, due_date, metadata, created_revision, revision, created_at, changed_at)
SELECT :book, t.id, t.date, t.ordinal, t.kind, t.reverses_id, t.payee, t.payee_id, t.description, t.notes,
       t.value_date, t.due_date, t.metadata, :revision, :revision, :at, :at
  FROM unnest(CAST(:ids AS uuid[]), CAST(:dates AS date[]), CAST(:ordinals AS bigint[]), CAST(:kinds AS text[]),
              CAST(:reversed AS uuid[]), CAST(:payees AS text[]), CAST(:payee_ids AS uuid[]),
              CAST(:descriptions AS text[]), CAST(:notes AS text[]), CAST(:value_dates AS date[]),
              CAST(:due_dates AS date[]), CAST(:extras AS jsonb[]))
    AS t (id, date, ordinal, kind, reverses_id, payee, payee_id, description, notes, value_date, due_date, metadata)
"""
_WRITE_TAGS = prepared(_TAGS)
_TOUCHED = """
SELECT DISTINCT p.account_id, p.date
  FROM unnest(CAST(:account_ids AS uuid[]), CAST(:posting_dates AS date[])) AS p (account_id, date)
 WHERE EXISTS (SELECT FROM valuations v
                WHERE v.book_id = :book AND v.account_id = p.account_id AND v.date >= p.date)
"""


@cache
def _write(*, tagged: bool, noted: bool) -> Statement:
    """Most transactions bear no tag and note no price, and don't pay for those that do."""
    tags = f"tagged AS ({_TAGS}), " if tagged else ""
    postings = _NOTED_POSTINGS if noted else _PLAIN_POSTINGS
    return prepared(f"WITH written AS ({_TRANSACTIONS}), {tags}posted AS ({postings}) {_TOUCHED}")
