"""Invitations to books."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.permissions import Role
from farthing.core.schema import Base, in_book, one_of, with_sql


class Invitation(Base):
    """An invitation that waits for its answer; answered or withdrawn, it is gone, and the log tells of it.

    Either it is to an address, or it is to whoever has its token. One to an address has a token once a mail went there:
    then it takes both to accept it by the token.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "email_key"),
        CheckConstraint(one_of("role", Role), name="role_known"),
        CheckConstraint("email_key IS NOT NULL OR token_digest IS NOT NULL", name="to_someone"),
        CheckConstraint("(email_key IS NULL) = (email IS NULL)", name="address_whole"),
        CheckConstraint("octet_length(token_digest) = 32", name="digest_is_sha256"),
        CheckConstraint("message <> '' AND char_length(message) <= 2000", name="message_bounded"),
        CheckConstraint("expires_at BETWEEN created_at AND created_at + interval '30 days'", name="expiry_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(index=True)
    token_digest: Mapped[bytes | None] = mapped_column(index=True)
    role: Mapped[str]
    message: Mapped[str | None]
    invited_by: Mapped[UUID]
    """Who wrote it. If they may not give that role any more, or have left, it is void."""
    expires_at: Mapped[dt.datetime]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]


in_book(Invitation, grants="SELECT, INSERT, DELETE")
with_sql(Invitation, __file__, "answering.sql", "mailing.sql")
