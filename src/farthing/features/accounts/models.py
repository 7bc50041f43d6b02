"""The chart of accounts, and the groups that people put accounts into."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, one_of
from farthing.ledger.accounts import AccountKind, AccountTerm, AccountType, SystemRole, name_key, number_key

AMOUNTS = tuple(term for term in AccountTerm if term.is_amount)


class AccountGroup(Base):
    """A group that people put accounts into, whatever the chart says. ``name_key`` is its name as people compare it."""

    __tablename__ = "account_groups"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "name_key"),
        CheckConstraint("name <> ''", name="name_is_written"),
        CheckConstraint("position >= 0", name="position_counts"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    position: Mapped[int]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


in_book(AccountGroup)
ACCOUNT_GROUP = kept_as(
    AccountGroup,
    "account_group",
    needs="accounts:write",
    derived={"name_key": lambda group: name_key(group["name"])},
)


def _fits(term: AccountTerm) -> CheckConstraint:
    """The check that an account of another type has no such term."""
    types = ", ".join(repr(type_.value) for type_ in term.types)
    return CheckConstraint(f"{term} IS NULL OR coalesce(type, '') IN ({types})", name=f"{term}_fits")


class Account(Base):
    """An account. ``full_name`` repeats its ancestors' names; ``name_key`` is it as a person compares names,
    ``sort_key`` puts it in its place in the tree. ``named_revision`` is when its full name last changed.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "parent_id"], ["accounts.book_id", "accounts.id"]),
        ForeignKeyConstraint(
            ["book_id", "group_id"], ["account_groups.book_id", "account_groups.id"], name="fk_accounts_group"
        ),
        UniqueConstraint("book_id", "name_key"),
        CheckConstraint(one_of("kind", AccountKind), name="kind_known"),
        CheckConstraint(f"type IS NULL OR {one_of('type', AccountType)}", name="type_known"),
        CheckConstraint(f"role IS NULL OR {one_of('role', SystemRole)}", name="role_known"),
        CheckConstraint("position(':' in name) = 0 AND name <> ''", name="name_is_one_segment"),
        CheckConstraint("currency IS NULL OR currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name="currency_is_a_code"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent_is_another"),
        *map(_fits, AccountTerm),
        *(
            CheckConstraint(f"{term} >= 0 AND scale({term}) <= 18 AND {term} < 1e28", name=f"{term}_bounded")
            for term in AMOUNTS
        ),
        CheckConstraint(
            f"num_nonnulls({', '.join(AMOUNTS)}) = 0 OR currency IS NOT NULL", name="amounts_have_a_currency"
        ),
        CheckConstraint(
            "interest_rate BETWEEN -100 AND 1000 AND scale(interest_rate) <= 6", name="interest_rate_bounded"
        ),
        CheckConstraint("payment_day BETWEEN 1 AND 31", name="payment_day_in_a_month"),
        CheckConstraint("started_on BETWEEN '1600-01-01' AND '2999-12-31'", name="started_on_bounded"),
        CheckConstraint("ends_on BETWEEN '1600-01-01' AND '2999-12-31'", name="ends_on_bounded"),
        CheckConstraint("ends_on >= started_on", name="ends_after_it_started"),
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
    group_id: Mapped[UUID | None]
    interest_rate: Mapped[Decimal | None]
    credit_limit: Mapped[Decimal | None]
    minimum_payment: Mapped[Decimal | None]
    payment_day: Mapped[int | None] = mapped_column(SmallInteger())
    started_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    original_amount: Mapped[Decimal | None]
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
Index("ix_accounts_group", Account.book_id, Account.group_id)

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
