"""Agreements about what the members of a book share."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import Part, kept_as
from farthing.core.schema import Base, in_book

AGREEMENT_KEY = (["book_id", "agreement_id"], ["agreements.book_id", "agreements.id"])


class Agreement(Base):
    """What is shared from a day on, until the next agreement begins."""

    __tablename__ = "agreements"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "since"),
        CheckConstraint("since BETWEEN '1600-01-01' AND '2999-12-31'", name="since_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    since: Mapped[dt.date]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class AgreementShare(Base):
    """What a member bears of what is shared, beside the others. They may have left since."""

    __tablename__ = "agreement_shares"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "agreement_id", "user_id"),
        ForeignKeyConstraint(*AGREEMENT_KEY),
        CheckConstraint("weight > 0 AND weight <= 1000000 AND scale(weight) <= 6", name="weight_bounded"),
    )

    book_id: Mapped[UUID]
    agreement_id: Mapped[UUID]
    user_id: Mapped[UUID]
    weight: Mapped[Decimal]


class AgreementAccount(Base):
    """An account, with those under it that aren't named themselves: a member's own, or shared by all."""

    __tablename__ = "agreement_accounts"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "agreement_id", "account_id"),
        ForeignKeyConstraint(*AGREEMENT_KEY),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
    )

    book_id: Mapped[UUID]
    agreement_id: Mapped[UUID]
    account_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    """Whose it is; NULL: a shared category, or an account of all."""


class AgreementTag(Base):
    """A tag: whatever category a transaction that bears it is about, is shared."""

    __tablename__ = "agreement_tags"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "agreement_id", "tag_id"),
        ForeignKeyConstraint(*AGREEMENT_KEY),
        ForeignKeyConstraint(["book_id", "tag_id"], ["tags.book_id", "tags.id"]),
    )

    book_id: Mapped[UUID]
    agreement_id: Mapped[UUID]
    tag_id: Mapped[UUID]


Index("ix_agreement_accounts_account", AgreementAccount.book_id, AgreementAccount.account_id)
Index("ix_agreement_tags_tag", AgreementTag.book_id, AgreementTag.tag_id)
in_book(Agreement)
in_book(AgreementShare)
in_book(AgreementAccount)
in_book(AgreementTag)
AGREEMENT = kept_as(
    Agreement,
    "agreement",
    needs="settlements:write",
    parts=(
        Part("shares", AgreementShare, "agreement_id", ("user_id",)),
        Part("accounts", AgreementAccount, "agreement_id", ("account_id",)),
        Part("tags", AgreementTag, "agreement_id", ("tag_id",)),
    ),
)
