"""Attachments, and the content that they name."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, with_sql
from farthing.features.attachments.types import NAMES


class Content(Base):
    """What a file holds, once in a book. ``object_name`` is where the storage keeps it; NULL: no longer."""

    __tablename__ = "contents"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "hash"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("starts_with(object_name, book_id::text || '/')", name="object_of_the_book"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    hash: Mapped[bytes]
    size: Mapped[int]
    object_name: Mapped[str | None]
    stored_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Attachment(Base):
    """A file of a transaction or of an account. A trigger sees to it that the transaction is there when it is attached;
    no key does, because it stays, unseen, while the transaction is deleted.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        ForeignKeyConstraint(["book_id", "content_hash"], ["contents.book_id", "contents.hash"]),
        CheckConstraint("num_nonnulls(transaction_id, account_id) = 1", name="belongs_to_one"),
        CheckConstraint(f"media_type IN ({', '.join(map(repr, NAMES))})", name="media_type_known"),
        CheckConstraint(r"name ~ '^[^[:cntrl:]/\\]{1,200}$'", name="name_is_no_path"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    transaction_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    content_hash: Mapped[bytes]
    note: Mapped[str | None]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


Index("ix_attachments_transaction", Attachment.book_id, Attachment.transaction_id, Attachment.id)
Index("ix_attachments_account", Attachment.book_id, Attachment.account_id, Attachment.id)
Index("ix_attachments_content", Attachment.book_id, Attachment.content_hash)

in_book(Content, grants="SELECT, INSERT, UPDATE")
in_book(Attachment)
with_sql(Attachment, __file__, "attached.sql")
ATTACHMENT = kept_as(Attachment, "attachment", needs="attachments:write")
