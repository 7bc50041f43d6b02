"""Transfers between books, as each of the two books keeps its side."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, one_of


class Direction(StrEnum):
    """Which way the money went, as the book sees it."""

    OUT = "out"
    IN = "in"


class BookTransfer(Base):
    """One side of a transfer. The other has the same id, in the other book: what is there is that book's to show."""

    __tablename__ = "book_transfers"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "transaction_id"], ["transactions.book_id", "transactions.id"]),
        UniqueConstraint("book_id", "transaction_id"),
        CheckConstraint(one_of("direction", Direction), name="direction_known"),
        CheckConstraint("other_book_id <> book_id", name="books_differ"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    direction: Mapped[str]
    transaction_id: Mapped[UUID]
    other_book_id: Mapped[UUID]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


BOOK_TRANSFER = kept_as(BookTransfer, "book_transfer", needs="transactions:write", undoable=False)
in_book(BookTransfer)
