"""Saved searches."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book
from farthing.ledger.accounts import name_key


class SavedSearch(Base):
    """A search that is kept. ``filter`` holds what was given of the transactions' filters, by their names."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "name_key"),
        CheckConstraint("name <> '' AND char_length(name) <= 100", name="name_bounded"),
        CheckConstraint("jsonb_typeof(filter) = 'object' AND filter <> '{}'", name="filter_given"),
        CheckConstraint("position BETWEEN 0 AND 10000", name="position_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    filter: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(Integer())
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


in_book(SavedSearch)
SAVED_SEARCH = kept_as(
    SavedSearch,
    "saved_search",
    needs="transactions:write",
    derived={"name_key": lambda search: name_key(search["name"])},
)
