"""Transactions, their postings and tags, what accounts are worth, and the checkpoints that all is held to."""

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
    UniqueConstraint,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import Part, kept_as
from farthing.core.schema import Base, in_book, one_of, with_sql


class TransactionKind(StrEnum):
    """What a transaction is for."""

    ORDINARY = "ordinary"
    OPENING = "opening"
    VALUATION = "valuation"
    BOOK_TRANSFER = "book_transfer"
    REVERSAL = "reversal"
    """The mirror of another, which it takes back."""


class PostingStatus(StrEnum):
    """How far a posting has come on its way from "I think" to "the bank says so"."""

    PENDING = "pending"
    CLEARED = "cleared"
    RECONCILED = "reconciled"


class LinkKind(StrEnum):
    """Why money that was spent came back."""

    REFUND = "refund"
    """Whoever was paid gave it back."""
    REIMBURSEMENT = "reimbursement"
    """Someone else bore the expense."""


class Transaction(Base):
    """Something that happened on a day. ``ordinal`` orders a day's transactions as they were written or banked.

    ``payee`` is what was written, and ``payee_id`` who that is. ``reverses_id`` is the transaction that a reversal
    takes back.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "reverses_id"], ["transactions.book_id", "transactions.id"], deferrable=True),
        # Looked at once all is written, where an undo takes out payees and changes their transactions.
        ForeignKeyConstraint(
            ["book_id", "payee_id"], ["payees.book_id", "payees.id"], deferrable=True, initially="IMMEDIATE"
        ),
        CheckConstraint(one_of("kind", TransactionKind), name="kind_known"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_of_something"),
        CheckConstraint("reverses_id <> id", name="reverses_another"),
        CheckConstraint("payee_id IS NULL OR payee IS NOT NULL", name="payee_in_words"),
        CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name="date_bounded"),
        CheckConstraint("char_length(notes) <= 10000", name="notes_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    date: Mapped[dt.date]
    ordinal: Mapped[int]
    kind: Mapped[str]
    reverses_id: Mapped[UUID | None]
    payee: Mapped[str | None]
    payee_id: Mapped[UUID | None]
    description: Mapped[str | None]
    notes: Mapped[str | None]
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
    Transaction.reverses_id,
    Transaction.payee,
    Transaction.payee_id,
    Transaction.description,
    Transaction.notes,
    Transaction.value_date,
    Transaction.due_date,
    Transaction.extra,
    Transaction.created_revision,
    Transaction.revision,
    Transaction.created_at,
    Transaction.changed_at,
)
"""All of a transaction but its book, its postings and its tags."""

Index(
    "ix_transactions_order",
    Transaction.book_id,
    Transaction.date,
    Transaction.ordinal,
    Transaction.id,
)
Index(
    "ix_transactions_words",
    Transaction.book_id,
    # As PostgreSQL writes it, so that Alembic knows it again; search.sql says the same.
    literal_column(
        "((((coalesce(payee, ''::text) || ' '::text) || coalesce(description, ''::text)) || ' '::text)"
        " || coalesce(notes, ''::text))"
    ).label("words"),
    postgresql_using="gin",
    postgresql_ops={"words": "gin_trgm_ops"},
)
Index(
    "uq_transactions_reverses",
    Transaction.book_id,
    Transaction.reverses_id,
    unique=True,
    postgresql_where=Transaction.reverses_id.is_not(None),
)
Index(
    "ix_transactions_payee",
    Transaction.book_id,
    Transaction.payee_id,
    Transaction.date,
    Transaction.ordinal,
    Transaction.id,
    postgresql_where=Transaction.payee_id.is_not(None),
)


class Posting(Base):
    """An amount on an account. ``date`` and ``ordinal`` repeat the transaction's, for the index.

    What a unit of it was worth (``price``) or was bought for (``cost``) may be noted: facts that move no money.
    """

    __tablename__ = "postings"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "transaction_id"], ["transactions.book_id", "transactions.id"]),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        CheckConstraint(one_of("status", PostingStatus), name="status_known"),
        CheckConstraint("currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
        CheckConstraint("scale(amount) <= 18 AND abs(amount) < 1e28", name="amount_bounded"),
        # Most postings note nothing: that is told first.
        CheckConstraint(
            "(price_amount IS NULL AND price_currency IS NULL) OR (price_amount IS NOT NULL"
            " AND price_amount >= 0 AND price_amount < 1e28 AND scale(price_amount) <= 18"
            " AND price_currency IS NOT NULL AND price_currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'"
            " AND price_currency <> currency)",
            name="price_noted_whole",
        ),
        CheckConstraint(
            "(cost_amount IS NULL AND cost_currency IS NULL AND cost_date IS NULL AND cost_label IS NULL)"
            " OR (cost_amount IS NOT NULL"
            " AND cost_amount >= 0 AND cost_amount < 1e28 AND scale(cost_amount) <= 18"
            " AND cost_currency IS NOT NULL AND cost_currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'"
            " AND cost_currency <> currency"
            " AND (cost_date IS NULL OR cost_date BETWEEN '1600-01-01' AND '2999-12-31')"
            " AND (cost_label IS NULL OR (cost_label <> '' AND char_length(cost_label) <= 200)))",
            name="cost_noted_whole",
        ),
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
    price_amount: Mapped[Decimal | None]
    price_currency: Mapped[str | None]
    cost_amount: Mapped[Decimal | None]
    cost_currency: Mapped[str | None]
    cost_date: Mapped[dt.date | None]
    cost_label: Mapped[str | None]


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
Index(
    "ix_postings_noted",
    Posting.book_id,
    Posting.price_currency,
    Posting.cost_currency,
    postgresql_where=or_(Posting.price_amount.is_not(None), Posting.cost_amount.is_not(None)),
)
Index(
    "ix_postings_priced",
    Posting.book_id,
    Posting.currency,
    Posting.price_currency,
    Posting.date,
    Posting.ordinal,
    postgresql_include=["price_amount", "transaction_id"],
    postgresql_where=Posting.price_amount.is_not(None),
)
Index("ix_postings_size", Posting.book_id, func.abs(Posting.amount))
Index(
    "ix_postings_memo",
    Posting.book_id,
    Posting.memo,
    postgresql_using="gin",
    postgresql_ops={"memo": "gin_trgm_ops"},
    postgresql_where=Posting.memo.is_not(None),
)


class TransactionTag(Base):
    """That a transaction bears a tag."""

    __tablename__ = "transaction_tags"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "transaction_id", "tag_id"),
        ForeignKeyConstraint(["book_id", "transaction_id"], ["transactions.book_id", "transactions.id"]),
        ForeignKeyConstraint(["book_id", "tag_id"], ["tags.book_id", "tags.id"]),
    )

    book_id: Mapped[UUID]
    transaction_id: Mapped[UUID]
    tag_id: Mapped[UUID]


Index("ix_transaction_tags_tag", TransactionTag.book_id, TransactionTag.tag_id, TransactionTag.transaction_id)


class PostingLink(Base):
    """How much of what was spent (``from_posting_id``, a line on an expense account) came back, and in which line
    (``to_posting_id``, one of another transaction that takes from an income or expense account).

    A line may be written anew with its transaction; hence keys that are looked at when all is done.
    """

    __tablename__ = "posting_links"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(
            ["book_id", "from_posting_id"], ["postings.book_id", "postings.id"], deferrable=True, initially="DEFERRED"
        ),
        ForeignKeyConstraint(
            ["book_id", "to_posting_id"], ["postings.book_id", "postings.id"], deferrable=True, initially="DEFERRED"
        ),
        UniqueConstraint("book_id", "from_posting_id", "to_posting_id"),
        CheckConstraint(one_of("kind", LinkKind), name="kind_known"),
        CheckConstraint("amount > 0 AND scale(amount) <= 18 AND amount < 1e28", name="amount_bounded"),
        CheckConstraint("currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    kind: Mapped[str]
    from_posting_id: Mapped[UUID]
    to_posting_id: Mapped[UUID]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    note: Mapped[str | None]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


Index("ix_posting_links_to", PostingLink.book_id, PostingLink.to_posting_id)


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


class CheckpointOrigin(StrEnum):
    """Who states what an account held."""

    MANUAL = "manual"
    """A member."""
    STATEMENT = "statement"
    """A bank's statement that the account was reconciled with."""
    IMPORT = "import"
    """A file from the bank."""


class CheckpointState(StrEnum):
    """Whether an account held what is stated."""

    HOLDS = "holds"
    BROKEN = "broken"


class Checkpoint(Base):
    """What an account is stated to have held at the end of a day; postings that are pending don't count.

    ``held`` is what its postings add up to, kept by PostgreSQL with the postings. ``outstanding`` is what is dated by
    then and reached the bank later, as later reconciliations found. ``difference`` is what is stated, and outstanding,
    less what is held: zero while the checkpoint holds. ``broken_revision`` is the one since which it doesn't.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        UniqueConstraint("book_id", "account_id", "currency", "date"),
        CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name="date_bounded"),
        CheckConstraint("currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
        CheckConstraint("scale(amount) <= 18 AND abs(amount) < 1e28", name="amount_bounded"),
        CheckConstraint(one_of("origin", CheckpointOrigin), name="origin_known"),
        CheckConstraint("(difference <> 0) = (broken_revision IS NOT NULL)", name="broken_since_a_revision"),
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    account_id: Mapped[UUID]
    currency: Mapped[str]
    date: Mapped[dt.date]
    amount: Mapped[Decimal]
    held: Mapped[Decimal]
    outstanding: Mapped[Decimal]
    difference: Mapped[Decimal]
    broken_revision: Mapped[int | None]
    origin: Mapped[str]
    import_id: Mapped[UUID | None]
    note: Mapped[str | None]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


CHECKPOINT_COLUMNS = (
    Checkpoint.id,
    Checkpoint.account_id,
    Checkpoint.currency,
    Checkpoint.date,
    Checkpoint.amount,
    Checkpoint.held,
    Checkpoint.outstanding,
    Checkpoint.difference,
    Checkpoint.broken_revision,
    Checkpoint.origin,
    Checkpoint.import_id,
    Checkpoint.note,
    Checkpoint.created_revision,
    Checkpoint.revision,
    Checkpoint.created_at,
    Checkpoint.changed_at,
)
"""All of a checkpoint but its book."""

Index("ix_checkpoints_order", Checkpoint.book_id, Checkpoint.date, Checkpoint.id)


class Valuation(Base):
    """What an account is worth at the end of a day. Its transaction books what the postings lack, or have too much."""

    __tablename__ = "valuations"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "account_id", "date"),
        UniqueConstraint("book_id", "transaction_id"),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        ForeignKeyConstraint(["book_id", "transaction_id"], ["transactions.book_id", "transactions.id"]),
        CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name="date_bounded"),
        CheckConstraint("amount >= 0 AND scale(amount) <= 18 AND amount < 1e28", name="amount_bounded"),
        CheckConstraint("currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    account_id: Mapped[UUID]
    date: Mapped[dt.date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    note: Mapped[str | None]
    transaction_id: Mapped[UUID]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


VALUATION_COLUMNS = (
    Valuation.id,
    Valuation.account_id,
    Valuation.date,
    Valuation.amount,
    Valuation.currency,
    Valuation.note,
    Valuation.transaction_id,
    Valuation.created_revision,
    Valuation.revision,
    Valuation.created_at,
    Valuation.changed_at,
)
"""All of a valuation but its book."""

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
        Part("tags", TransactionTag, "transaction_id", ("tag_id",)),
    ),
)
CHECKPOINT = kept_as(
    Checkpoint,
    "checkpoint",
    needs="checkpoints:write",
    derived={"held": lambda checkpoint: checkpoint["amount"] + checkpoint["outstanding"] - checkpoint["difference"]},
    reckoned=frozenset({"difference"}),
)
VALUATION = kept_as(Valuation, "valuation", needs="accounts:write")
LINK = kept_as(PostingLink, "link", needs="transactions:write")
in_book(Transaction)
in_book(Posting)
in_book(Valuation)
in_book(PostingLink)
in_book(TransactionTag)
in_book(MonthSum, grants="SELECT")
in_book(Checkpoint)
with_sql(Posting, __file__, "balance.sql", "sums.sql", "lock.sql", "search.sql", "checks.sql")
with_sql(Checkpoint, __file__, "checkpoints.sql")
with_sql(PostingLink, __file__, "links.sql")
with_sql(TransactionTag, __file__, "tags.sql")
