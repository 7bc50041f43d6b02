"""Payees, and the names they go by."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import Part, kept_as
from farthing.core.schema import Base, in_book
from farthing.features.payees.names import payee_key


class Payee(Base):
    """Who money goes to or comes from. ``name_key`` is the name as people compare names; ``named_revision`` is when the
    name last changed.

    That the name is among those it goes by is looked at when a transaction ends: each row needs the other.
    """

    __tablename__ = "payees"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "default_category_id"], ["accounts.book_id", "accounts.id"]),
        ForeignKeyConstraint(
            ["book_id", "id", "name_key"],
            ["payee_names.book_id", "payee_names.payee_id", "payee_names.key"],
            name="fk_payees_name",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        UniqueConstraint("book_id", "name_key"),
        CheckConstraint("name <> '' AND char_length(name) <= 200", name="name_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    note: Mapped[str | None]
    default_category_id: Mapped[UUID | None]
    archived: Mapped[bool] = mapped_column(server_default=sql("false"))
    named_revision: Mapped[int]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class PayeeName(Base):
    """What a payee goes by: its name, and its aliases. One table, so that one key keeps all of them apart."""

    __tablename__ = "payee_names"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "key"),
        UniqueConstraint("book_id", "payee_id", "key"),
        ForeignKeyConstraint(["book_id", "payee_id"], ["payees.book_id", "payees.id"]),
        CheckConstraint("name <> '' AND char_length(name) <= 200", name="name_bounded"),
    )

    book_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text(collation="C"))
    payee_id: Mapped[UUID]
    name: Mapped[str]


in_book(Payee)
in_book(PayeeName)
PAYEE = kept_as(
    Payee,
    "payee",
    needs="payees:write",
    derived={"name_key": lambda payee: payee_key(payee["name"])},
    parts=(Part("names", PayeeName, "payee_id", ("key",)),),
    made_along=True,
)
