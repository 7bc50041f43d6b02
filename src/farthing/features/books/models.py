"""Books, and who is a member of each."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.permissions import Role
from farthing.core.schema import APP_ROLE, CURRENT_BOOK, CURRENT_USER, Base, guarded, in_book, one_of, policy, with_sql


class CheckpointPolicy(StrEnum):
    """What becomes of a write after which a checkpoint doesn't hold any more."""

    REFUSE = "refuse"
    """It is refused, unless a member who may says otherwise."""
    FLAG = "flag"
    """It is done, and the checkpoint is marked as broken."""


class Book(Base):
    """A household's ledger. ``revision`` and ``head_hash`` are the end of its change log: the row that writers lock."""

    __tablename__ = "books"
    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
        CheckConstraint("revision >= 0", name="revision_not_negative"),
        CheckConstraint("first_weekday BETWEEN 1 AND 7", name="first_weekday_is_iso"),
        CheckConstraint("fiscal_year_start ~ '^[0-9]{2}-[0-9]{2}$'", name="fiscal_year_start_is_month_and_day"),
        CheckConstraint("locked_until BETWEEN '1600-01-01' AND '2999-12-31'", name="locked_until_bounded"),
        CheckConstraint(one_of("checkpoint_policy", CheckpointPolicy), name="checkpoint_policy_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    currency: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str]
    first_weekday: Mapped[int]
    fiscal_year_start: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    head_hash: Mapped[bytes]
    locked_until: Mapped[dt.date | None]
    """Nothing dated on this day or earlier changes; NULL: all of it may."""
    checkpoint_policy: Mapped[str] = mapped_column(server_default=text("'flag'"))
    checked_until: Mapped[dt.date | None]
    """The day of the last checkpoint. Kept by PostgreSQL with the checkpoints."""


class DeletedBook(Base):
    """A book that was deleted: its id, by which the sweep of the storage knows that what is there of it is nobody's."""

    __tablename__ = "deleted_books"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deleted_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Member(Base):
    """What a person is to a book."""

    __tablename__ = "members"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "user_id"),
        CheckConstraint(one_of("role", Role), name="role_known"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


guarded(Book, grants="SELECT, INSERT, UPDATE", using=f"id = {CURRENT_BOOK}")
guarded(DeletedBook, grants="", using=None)
in_book(
    Member,
    policies=(
        policy(
            "members", "members_self", command="SELECT", role=APP_ROLE, using=f"user_id = {CURRENT_USER}", check=None
        ),
        # These two look at members, which must exist by then.
        policy(
            "books",
            "books_member",
            command="SELECT",
            role=APP_ROLE,
            using=f"EXISTS (SELECT FROM members m WHERE m.book_id = books.id AND m.user_id = {CURRENT_USER})",
            check=None,
        ),
        policy(
            "users",
            "users_fellow",
            command="SELECT",
            role=APP_ROLE,
            using=f"EXISTS (SELECT FROM members m WHERE m.book_id = {CURRENT_BOOK} AND m.user_id = users.id)",
            check=None,
        ),
    ),
)
with_sql(Member, __file__, "gate.sql", "members.sql")
