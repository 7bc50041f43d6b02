"""The chart of accounts."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, one_of
from farthing.ledger.accounts import AccountKind, AccountType, SystemRole, name_key, number_key


class Account(Base):
    """An account. ``full_name`` repeats its ancestors' names; ``name_key`` is it as a person compares names,
    ``sort_key`` puts it in its place in the tree. ``named_revision`` is when its full name last changed.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "parent_id"], ["accounts.book_id", "accounts.id"]),
        UniqueConstraint("book_id", "name_key"),
        CheckConstraint(one_of("kind", AccountKind), name="kind_known"),
        CheckConstraint(f"type IS NULL OR {one_of('type', AccountType)}", name="type_known"),
        CheckConstraint(f"role IS NULL OR {one_of('role', SystemRole)}", name="role_known"),
        CheckConstraint("position(':' in name) = 0 AND name <> ''", name="name_is_one_segment"),
        CheckConstraint("currency IS NULL OR currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent_is_another"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    kind: Mapped[str]
    type: Mapped[str | None]
    role: Mapped[str | None]
    name: Mapped[str]
    full_name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    currency: Mapped[str | None]
    number: Mapped[str | None]
    number_key: Mapped[str | None]
    description: Mapped[str | None]
    position: Mapped[int]
    opened_on: Mapped[dt.date | None]
    closed_on: Mapped[dt.date | None]
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    named_revision: Mapped[int]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


Index("uq_accounts_role", Account.book_id, Account.role, unique=True, postgresql_where=Account.role.is_not(None))
Index(
    "uq_accounts_number",
    Account.book_id,
    Account.number_key,
    unique=True,
    postgresql_where=Account.number_key.is_not(None),
)
Index("ix_accounts_parent", Account.book_id, Account.parent_id)
Index("ix_accounts_order", Account.book_id, Account.sort_key)

in_book(Account)
ACCOUNT = kept_as(
    Account,
    "account",
    needs="accounts:write",
    derived={
        "name_key": lambda account: name_key(account["full_name"]),
        "number_key": lambda account: number_key(account["number"]) if account["number"] else None,
    },
)
