"""Imports."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book


class Import(Base):
    """A file that was handed in: a draft of what it would do, or what it did. ``draft`` is emptied when booked."""

    __tablename__ = "imports"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        CheckConstraint("state IN ('draft', 'committed')", name="state_known"),
        CheckConstraint("(draft IS NOT NULL) = (state = 'draft')", name="draft_kept_while_draft"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    state: Mapped[str]
    format: Mapped[str]
    account_id: Mapped[UUID | None]
    outcome: Mapped[dict[str, Any]]
    draft: Mapped[dict[str, Any] | None]
    created_revision: Mapped[int | None]
    """At which it was booked, if it changed anything; before that it isn't a record of the book."""
    revision: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


in_book(Import)
IMPORT = kept_as(Import, "import", needs="imports:write")
