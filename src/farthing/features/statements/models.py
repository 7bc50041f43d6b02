"""Lines of bank statements."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, with_sql


class StatementLine(Base):
    """A line as the bank wrote it. ``transaction_id`` is what it became; it may have been deleted since.

    What the bank wrote is never touched again; what it became changes when that is merged into another transaction.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        UniqueConstraint("book_id", "account_id", "fingerprint"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    account_id: Mapped[UUID]
    import_id: Mapped[UUID]
    line: Mapped[int]
    external_id: Mapped[str | None]
    fingerprint: Mapped[bytes]
    date: Mapped[dt.date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    original: Mapped[dict[str, Any]]
    transaction_id: Mapped[UUID]
    posting_id: Mapped[UUID]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


Index("ix_statement_lines_posting", StatementLine.book_id, StatementLine.posting_id)
STATEMENT_LINE = kept_as(StatementLine, "statement_line", needs="imports:write")
in_book(StatementLine)
with_sql(StatementLine, __file__, "statistics.sql", "lines.sql")
