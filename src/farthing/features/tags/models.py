"""Tags. Which transactions bear them is part of the transactions, in the journal."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, table_of
from farthing.features.journal.models import Transaction
from farthing.ledger.accounts import name_key


class Tag(Base):
    """A word for transactions. ``name_key`` is the name as people compare names; ``named_revision`` is when the name
    last changed.
    """

    __tablename__ = "tags"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "name_key"),
        CheckConstraint("name <> '' AND char_length(name) <= 100", name="name_bounded"),
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color_is_a_color"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    color: Mapped[str | None]
    description: Mapped[str | None]
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    named_revision: Mapped[int]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


# Transactions are written with their tags: where tables are written in order, tags come first.
table_of(Transaction).add_is_dependent_on(table_of(Tag))
in_book(Tag)
TAG = kept_as(Tag, "tag", needs="tags:write", derived={"name_key": lambda tag: name_key(tag["name"])}, made_along=True)
