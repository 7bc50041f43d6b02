"""What things were worth, by day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, guarded, in_book


class Price(Base):
    """What a unit of ``commodity`` was worth on a day, in ``currency``; ``source`` says who said so."""

    __tablename__ = "prices"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "commodity", "currency", "date"),
        CheckConstraint("commodity ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="commodity_is_a_code"),
        CheckConstraint("currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
        CheckConstraint("commodity <> currency", name="in_another_currency"),
        CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name="date_bounded"),
        CheckConstraint("amount >= 0 AND scale(amount) <= 18 AND amount < 1e28", name="amount_bounded"),
        CheckConstraint("source <> '' AND char_length(source) <= 200", name="source_given"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    commodity: Mapped[str] = mapped_column(Text(collation="C"))
    currency: Mapped[str] = mapped_column(Text(collation="C"))
    date: Mapped[dt.date]
    amount: Mapped[Decimal]
    source: Mapped[str]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class ReferencePrice(Base):
    """On a day a euro was worth ``amount`` of ``currency``: the instance's, for all its books."""

    __tablename__ = "reference_prices"
    __table_args__ = (
        PrimaryKeyConstraint("currency", "date"),
        CheckConstraint("currency ~ '^[A-Z]{3}$' AND currency <> 'EUR'", name="currency_of_iso"),
        CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name="date_bounded"),
        CheckConstraint("amount > 0 AND scale(amount) <= 18 AND amount < 1e28", name="amount_bounded"),
        CheckConstraint("source <> '' AND char_length(source) <= 200", name="source_given"),
    )

    currency: Mapped[str] = mapped_column(Text(collation="C"))
    date: Mapped[dt.date]
    amount: Mapped[Decimal]
    source: Mapped[str]


class ReferenceLoad(Base):
    """That reference prices were written: when, by whom they are said, and how many. The last names their state."""

    __tablename__ = "reference_loads"
    __table_args__ = (CheckConstraint("prices >= 0", name="prices_counted"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[dt.datetime]
    source: Mapped[str]
    prices: Mapped[int]


Index("ix_prices_order", Price.book_id, Price.date, Price.id)
in_book(Price)
PRICE = kept_as(Price, "price", needs="prices:write")
guarded(ReferencePrice, grants="SELECT", using="true")
guarded(ReferenceLoad, grants="SELECT", using="true")
