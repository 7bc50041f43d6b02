"""Transactions and postings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import Part, kept_as
from farthing.core.schema import Base, in_book, one_of, with_sql


class TransactionKind(StrEnum):
    """What a transaction is for."""

    ORDINARY = "ordinary"
    OPENING = "opening"


class PostingStatus(StrEnum):
    """How far a posting has come on its way from "I think" to "the bank says so"."""

    PENDING = "pending"
    CLEARED = "cleared"
    RECONCILED = "reconciled"


class Transaction(Base):
    """Something that happened on a day. ``ordinal`` orders a day's transactions as they were written or banked."""

    __tablename__ = "transactions"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        CheckConstraint(one_of("kind", TransactionKind), name="kind_known"),
        CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name="date_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    date: Mapped[dt.date]
    ordinal: Mapped[int]
    kind: Mapped[str]
    payee: Mapped[str | None]
    description: Mapped[str | None]
    value_date: Mapped[dt.date | None]
    due_date: Mapped[dt.date | None]
    extra: Mapped[dict[str, Any]] = mapped_column("metadata", server_default=text("'{}'"))
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


TRANSACTION_COLUMNS = (
    Transaction.id,
    Transaction.date,
    Transaction.ordinal,
    Transaction.kind,
    Transaction.payee,
    Transaction.description,
    Transaction.value_date,
    Transaction.due_date,
    Transaction.extra,
    Transaction.created_revision,
    Transaction.revision,
    Transaction.created_at,
    Transaction.changed_at,
)
"""All of a transaction but its book and its postings."""

Index(
    "ix_transactions_order",
    Transaction.book_id,
    Transaction.date,
    Transaction.ordinal,
    Transaction.id,
)


class Posting(Base):
    """An amount on an account. ``date`` and ``ordinal`` repeat the transaction's, for the index."""

    __tablename__ = "postings"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "transaction_id"], ["transactions.book_id", "transactions.id"]),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        CheckConstraint(one_of("status", PostingStatus), name="status_known"),
        CheckConstraint("currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
        CheckConstraint("scale(amount) <= 18 AND abs(amount) < 1e28", name="amount_bounded"),
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    transaction_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger())
    account_id: Mapped[UUID]
    date: Mapped[dt.date]
    ordinal: Mapped[int]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    status: Mapped[str]
    memo: Mapped[str | None]
    generated: Mapped[bool]


Index("ix_postings_transaction", Posting.book_id, Posting.transaction_id)
Index(
    "ix_postings_account",
    Posting.book_id,
    Posting.account_id,
    Posting.date,
    Posting.ordinal,
    Posting.transaction_id,
    postgresql_include=["amount", "currency"],
)


class MonthSum(Base):
    """What a month's postings to an account add up to. Kept by PostgreSQL with the postings; nobody else writes it."""

    __tablename__ = "month_sums"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "account_id", "currency", "status", "month"),
        # An account that can go has no postings: its sums are zeros, and go with it.
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"], ondelete="CASCADE"),
        CheckConstraint("extract(day FROM month) = 1", name="month_is_its_first_day"),
    )

    book_id: Mapped[UUID]
    account_id: Mapped[UUID]
    currency: Mapped[str]
    status: Mapped[str]
    month: Mapped[dt.date]
    amount: Mapped[Decimal]
    postings: Mapped[int]


TRANSACTION = kept_as(
    Transaction,
    "transaction",
    needs="transactions:write",
    parts=(
        Part(
            "postings",
            Posting,
            "transaction_id",
            ("position",),
            derived={
                "position": lambda _, place: place,
                "date": lambda transaction, _: transaction["date"],
                "ordinal": lambda transaction, _: transaction["ordinal"],
            },
        ),
    ),
)
in_book(Transaction)
in_book(Posting)
in_book(MonthSum, grants="SELECT")
with_sql(Posting, __file__, "balance.sql", "sums.sql", "lock.sql")
