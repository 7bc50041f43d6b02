"""What was worked out of a book: how it was then, what recurs, what is forecast, and what is to be told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import Base, in_book, one_of, with_sql
from farthing.ledger.recurrence import Cadence, SeriesState, Shift


class InsightKind(StrEnum):
    """What an insight tells."""

    RECURRING_FOUND = "recurring_found"
    """A payment comes again and again."""
    PRICE_CHANGED = "price_changed"
    """A payment that recurs has another amount since."""
    PAYMENT_MISSED = "payment_missed"
    """A payment that recurs was expected, and hasn't come."""
    UNUSUAL_SPENDING = "unusual_spending"
    """A payment is far larger than is usual."""
    DUPLICATE_SUSPECTED = "duplicate_suspected"
    """Two payments may be one."""
    BALANCE_LOW = "balance_low"
    """An account may come to hold less than nothing."""
    SUMS_DIFFER = "sums_differ"
    """The sums that are kept aren't those of the postings."""


class InsightState(StrEnum):
    """What members have made of an insight."""

    NEW = "new"
    DISMISSED = "dismissed"
    SNOOZED = "snoozed"


class Direction(StrEnum):
    """Which way a recurring payment goes."""

    INCOME = "income"
    EXPENSE = "expense"
    TRANSFER = "transfer"


class Analysis(Base):
    """How a book was when it was last worked out what it tells: at which revision, and from which day to which.

    ``day`` is until when the book is kept, ``made_on`` the day that it was where it is. ``sums_hold`` is whether what
    is kept with the postings was what they add up to.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        PrimaryKeyConstraint("book_id"),
        CheckConstraint("revision >= 0 AND transactions >= 0 AND seconds >= 0", name="counted"),
        Index("ix_analyses_wrong", "book_id", postgresql_where=text("NOT sums_hold")),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    revision: Mapped[int]
    day: Mapped[dt.date]
    looked_from: Mapped[dt.date | None]
    transactions: Mapped[int]
    seconds: Mapped[float]
    sums_hold: Mapped[bool]
    made_on: Mapped[dt.date]
    made_at: Mapped[dt.datetime]


class RecurringPayment(Base):
    """A payment that recurs, as it was last worked out; ``fingerprint`` knows it again the next time."""

    __tablename__ = "recurring_payments"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "fingerprint"),
        CheckConstraint(one_of("direction", Direction), name="direction_known"),
        CheckConstraint(one_of("cadence", Cadence), name="cadence_known"),
        CheckConstraint(one_of("state", SeriesState), name="state_known"),
        CheckConstraint(f"shift IS NULL OR {one_of('shift', Shift)}", name="shift_known"),
        CheckConstraint("day_of_month BETWEEN 1 AND 31", name="day_in_a_month"),
        CheckConstraint("(day_of_month IS NULL) = (shift IS NULL)", name="day_with_shift"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_a_share"),
        CheckConstraint("cardinality(transaction_ids) > 0", name="proven"),
        Index("ix_recurring_payments_next", "book_id", "next_date", "id"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    fingerprint: Mapped[str]
    direction: Mapped[str]
    name: Mapped[str]
    account_id: Mapped[UUID]
    category_id: Mapped[UUID | None]
    currency: Mapped[str]
    cadence: Mapped[str]
    day_of_month: Mapped[int | None] = mapped_column(SmallInteger())
    shift: Mapped[str | None]
    state: Mapped[str]
    amount: Mapped[Decimal]
    amount_min: Mapped[Decimal]
    amount_max: Mapped[Decimal]
    is_fixed: Mapped[bool]
    first_date: Mapped[dt.date]
    last_date: Mapped[dt.date]
    next_date: Mapped[dt.date]
    payments: Mapped[int] = mapped_column(Integer())
    missed: Mapped[int] = mapped_column(Integer())
    confidence: Mapped[Decimal]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(none_as_null=True))
    price_changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(none_as_null=True))
    transaction_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class AccountForecast(Base):
    """What an account, or all together (NULL), is going to hold in a currency; and how good that has been."""

    __tablename__ = "forecasts"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "position"),
        CheckConstraint("position >= 0", name="position_counts"),
        CheckConstraint(
            "jsonb_typeof(points) = 'array' AND octet_length(points::text) <= 200000", name="points_bounded"
        ),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    position: Mapped[int] = mapped_column(SmallInteger())
    account_id: Mapped[UUID | None]
    currency: Mapped[str]
    held: Mapped[Decimal]
    points: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(none_as_null=True))
    back_test: Mapped[dict[str, Any] | None]


class Insight(Base):
    """Something to be told. ``fingerprint`` is of what it is about: it is made once, and what was made of it stays.

    ``gone_at`` is since when it isn't found any more.
    """

    __tablename__ = "insights"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "fingerprint"),
        CheckConstraint(one_of("kind", InsightKind), name="kind_known"),
        CheckConstraint(one_of("state", InsightState), name="state_known"),
        CheckConstraint("(snoozed_until IS NOT NULL) = (state = 'snoozed')", name="snoozed_until_a_day"),
        CheckConstraint("jsonb_typeof(facts) = 'object' AND octet_length(facts::text) <= 20000", name="facts_bounded"),
        CheckConstraint("cardinality(transaction_ids) > 0 OR kind = 'sums_differ'", name="proven"),
        Index("ix_insights_order", "book_id", "date", "id"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    kind: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(Text())
    state: Mapped[str]
    snoozed_until: Mapped[dt.date | None]
    date: Mapped[dt.date]
    """The day that it is about."""
    title: Mapped[str]
    detail: Mapped[str]
    facts: Mapped[dict[str, Any]]
    transaction_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    first_seen_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    seen_revision: Mapped[int]
    gone_at: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime | None]
    """When a member last said what to make of it."""
    changed_by: Mapped[UUID | None]


in_book(Analysis)
in_book(RecurringPayment)
in_book(AccountForecast)
in_book(Insight)
with_sql(Analysis, __file__, "due.sql")
