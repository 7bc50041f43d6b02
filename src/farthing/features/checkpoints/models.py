"""Reconciliations. Checkpoints are the journal's: it is held to them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book


class Reconciliation(Base):
    """A bank's statement that an account was reconciled with.

    ``postings`` is how many postings became reconciled with it. ``checkpoint_id`` is the checkpoint that came of it,
    which may have been deleted since.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        CheckConstraint("postings >= 0", name="postings_not_negative"),
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    account_id: Mapped[UUID]
    currency: Mapped[str]
    date: Mapped[dt.date]
    balance: Mapped[Decimal]
    checkpoint_id: Mapped[UUID]
    postings: Mapped[int]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


Index(
    "ix_reconciliations_order",
    Reconciliation.book_id,
    Reconciliation.account_id,
    Reconciliation.date,
    Reconciliation.id,
)

RECONCILIATION = kept_as(Reconciliation, "reconciliation", needs="checkpoints:write")
in_book(Reconciliation)
