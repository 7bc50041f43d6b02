"""A book's own currencies."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, one_of, with_sql
from farthing.ledger.currencies import CurrencyKind


class OwnCurrency(Base):
    """A currency of a book's own: ``digits`` after the point, ``kind`` for what it is in life."""

    __tablename__ = "own_currencies"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "code"),
        CheckConstraint("code ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="code_is_a_code"),
        CheckConstraint("digits BETWEEN 0 AND 18", name="digits_bounded"),
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint(one_of("kind", CurrencyKind), name="kind_known"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str]
    digits: Mapped[int] = mapped_column(SmallInteger())
    kind: Mapped[str]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


in_book(OwnCurrency)
with_sql(OwnCurrency, __file__, "use.sql")
CURRENCY = kept_as(OwnCurrency, "currency", needs="currencies:write")
