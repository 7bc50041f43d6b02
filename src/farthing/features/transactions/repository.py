"""All SQL that finds and lists transactions, with the names of their accounts. Writing is the journal's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    text,
    tuple_,
)

from farthing.core.repository import Repository
from farthing.features.accounts.models import Account
from farthing.features.journal.models import TRANSACTION_COLUMNS, Posting, Transaction
from farthing.features.transactions.schemas import RegisterQuery, TransactionQuery
from farthing.features.transactions.showing import FACTS, POSTING_FACTS, Shown, show
from farthing.kit.pages import CursorMalformed, Page

FACTS_END = len(FACTS)
POSTING_END = FACTS_END + len(POSTING_FACTS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a transaction stands in the order of its book."""

    date: dt.date
    ordinal: int
    id: UUID


# Built once: to put a query together costs as much as to run it.
_SHOWN = (
    select(
        # As FACTS has them.
        *TRANSACTION_COLUMNS,
        # As POSTING_FACTS has them, and when the account's name last changed.
        Posting.id.label("posting_id"),
        Posting.account_id,
        Account.full_name,
        Posting.amount,
        Posting.currency,
        Posting.status,
        Posting.memo,
        Posting.generated,
        Account.kind.label("account_kind"),
        Account.named_revision,
    )
    .join(Posting, and_(Posting.book_id == bindparam("book"), Posting.transaction_id == Transaction.id))
    .join(Account, and_(Account.book_id == bindparam("book"), Account.id == Posting.account_id))
    .where(Transaction.book_id == bindparam("book"))
    .order_by(Transaction.date.desc(), Transaction.ordinal.desc(), Transaction.id.desc(), Posting.position)
)
_GET = _SHOWN.where(Transaction.id == bindparam("id"))


def _among(ids: Subquery, *, generated: bool) -> Select[*tuple[Any, ...]]:
    query = _SHOWN.where(Transaction.id.in_(select(ids.c.id)))
    return query if generated else query.where(Posting.generated.is_(False))


class TransactionRepository(Repository):
    """Transactions as people ask for them."""

    async def get(self, transaction_id: UUID, *, generated: bool) -> tuple[Shown, int] | None:
        """A transaction, and the revision at which it or a name in it last changed."""
        found = await self.run(_GET, {"book": self.book_id, "id": transaction_id})
        shown = _grouped(found.all(), generated=generated)
        return shown[0] if shown else None

    async def find(
        self, wanted: TransactionQuery, *, accounts: Sequence[UUID] | None, categories: Sequence[UUID] | None
    ) -> Page[Shown]:
        """A page of transactions, newest first."""
        keys = (
            select(Transaction.id, Transaction.date, Transaction.ordinal)
            .where(Transaction.book_id == self.book_id, *_filters(wanted, accounts, categories, self.book_id))
            .order_by(Transaction.date.desc(), Transaction.ordinal.desc(), Transaction.id.desc())
            .limit(wanted.limit + 1)
        )
        if (place := _place(wanted)) is not None:
            keys = keys.where(
                tuple_(Transaction.date, Transaction.ordinal, Transaction.id)
                < tuple_(literal(place.date), literal(place.ordinal), literal(place.id))
            )
        ids = keys.subquery("ids")
        found = await self.run(_among(ids, generated=wanted.generated), {"book": self.book_id})
        shown = [transaction for transaction, _ in _grouped(found.all(), generated=wanted.generated)]
        return _page(shown, wanted)

    async def register_page(self, account_id: UUID, wanted: RegisterQuery) -> Page[Shown]:
        """A page of the transactions that touch an account, newest first, with the postings that exchanges made."""
        keys = (
            select(Posting.transaction_id.label("id"), Posting.date, Posting.ordinal)
            .distinct()
            .where(Posting.book_id == self.book_id, Posting.account_id == account_id)
            .order_by(Posting.date.desc(), Posting.ordinal.desc(), Posting.transaction_id.desc())
            .limit(wanted.limit + 1)
        )
        if wanted.date_from:
            keys = keys.where(Posting.date >= wanted.date_from)
        if wanted.date_to:
            keys = keys.where(Posting.date <= wanted.date_to)
        if (place := _place(wanted)) is not None:
            keys = keys.where(
                tuple_(Posting.date, Posting.ordinal, Posting.transaction_id)
                < tuple_(literal(place.date), literal(place.ordinal), literal(place.id))
            )
        ids = keys.subquery("ids")
        found = await self.run(_among(ids, generated=True), {"book": self.book_id})
        return _page([transaction for transaction, _ in _grouped(found.all(), generated=True)], wanted)

    async def sums_up_to(self, account_id: UUID, place: Place) -> dict[str, Any]:
        """What an account held after the transaction at this place, by currency: whole months from their sums."""
        found = await self.run(
            _SUMS_UP_TO,
            {
                "book": self.book_id,
                "account": account_id,
                "month": place.date.replace(day=1),
                "date": place.date,
                "ordinal": place.ordinal,
                "id": place.id,
            },
        )
        return {row.currency: row.amount for row in found.all()}


_SUMS_UP_TO = text("""
SELECT currency, sum(amount) AS amount
  FROM (SELECT currency, amount, postings FROM month_sums
         WHERE book_id = :book AND account_id = :account AND month < :month
        UNION ALL
        SELECT currency, amount, 1 FROM postings
         WHERE book_id = :book AND account_id = :account AND date >= :month
           AND (date, ordinal, transaction_id) <= (:date, :ordinal, :id)) AS parts
 GROUP BY currency HAVING sum(postings) > 0
""")


def _filters(
    wanted: TransactionQuery, accounts: Sequence[UUID] | None, categories: Sequence[UUID] | None, book_id: UUID
) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if wanted.date_from:
        filters.append(Transaction.date >= wanted.date_from)
    if wanted.date_to:
        filters.append(Transaction.date <= wanted.date_to)
    if wanted.payee:
        filters.append(Transaction.payee.icontains(wanted.payee, autoescape=True))
    sized: list[ColumnElement[bool]] = []
    if wanted.amount_min is not None:
        sized.append(func.abs(Posting.amount) >= wanted.amount_min)
    if wanted.amount_max is not None:
        sized.append(func.abs(Posting.amount) <= wanted.amount_max)
    if wanted.status:
        sized.append(Posting.status == wanted.status)
    touched = [named for named in (accounts, categories) if named is not None]
    if sized and not touched:
        filters.append(_has_posting(book_id, *sized, Posting.generated.is_(False)))
    for place, named in enumerate(touched):
        filters.append(_has_posting(book_id, Posting.account_id.in_(named), *(sized if place == 0 else [])))
    return filters


def _has_posting(book_id: UUID, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Posting.book_id == book_id, Posting.transaction_id == Transaction.id, *conditions)


def _place(wanted: TransactionQuery | RegisterQuery) -> Place | None:
    after = wanted.after()
    if after is None:
        return None
    try:
        date, ordinal, id_ = after
        number = int(ordinal)
        if not 0 <= number < 1 << 63:
            raise CursorMalformed
        return Place(dt.date.fromisoformat(date), number, UUID(id_))
    except ValueError:
        raise CursorMalformed from None


def _page(shown: list[Shown], wanted: TransactionQuery | RegisterQuery) -> Page[Shown]:
    more = len(shown) > wanted.limit
    shown = shown[: wanted.limit]
    last = shown[-1] if more else None
    return Page(shown, wanted.cursor_at(last["date"], last["ordinal"], last["id"]) if last else None)


def _grouped(rows: Sequence[Row[*tuple[Any, ...]]], *, generated: bool) -> list[tuple[Shown, int]]:
    """Rows of postings to transactions, in order; with each the revision at which its answer last changed."""
    shown: list[tuple[Shown, int]] = []
    for _, group in groupby(rows, key=itemgetter(0)):
        lines = list(group)
        transaction = show(lines[0][:FACTS_END], [line[FACTS_END:POSTING_END] for line in lines])
        if not generated:
            transaction["postings"] = [posting for posting in transaction["postings"] if not posting["generated"]]
        shown.append((transaction, max(transaction["revision"], *(line[POSTING_END] for line in lines))))
    return shown
