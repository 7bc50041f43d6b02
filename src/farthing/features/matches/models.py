"""Matches that were turned down. Proposals are made when they are asked for, and kept nowhere."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, one_of


class MatchKind(StrEnum):
    """In which way two transactions are one."""

    TRANSFER = "transfer"
    """What left one account came to another."""
    POSTED = "posted"
    """One was recorded by a person, the other is what the bank posted."""


class RejectedMatch(Base):
    """Two transactions of which someone said that they are not one; ``first_id`` is the lesser id.

    The transactions may have been deleted since.
    """

    __tablename__ = "rejected_matches"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "first_id", "second_id", "kind"),
        CheckConstraint(one_of("kind", MatchKind), name="kind_known"),
        CheckConstraint("first_id < second_id", name="pair_in_order"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    kind: Mapped[str]
    first_id: Mapped[UUID]
    second_id: Mapped[UUID]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


REJECTED_MATCH = kept_as(RejectedMatch, "rejected_match", needs="transactions:write")
in_book(RejectedMatch)
