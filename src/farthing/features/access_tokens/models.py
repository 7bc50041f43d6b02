"""Personal access tokens. They belong to people, not to books."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import CURRENT_USER, Base, guarded, with_sql


class AccessToken(Base):
    """A personal access token, as its SHA-256 digest. Revoked, it stays on record."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("name <> '' AND char_length(name) <= 100", name="name_bounded"),
        CheckConstraint("cardinality(scopes) BETWEEN 1 AND 100", name="scopes_bounded"),
        CheckConstraint("NOT scopes && '{members:write,membership:write,owners:write}'", name="scopes_within_reach"),
        CheckConstraint("cardinality(book_ids) BETWEEN 1 AND 50", name="books_bounded"),
        CheckConstraint("expires_at > created_at AND expires_at <= created_at + interval '366 days'", name="ends"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    book_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))
    """The books that it is good for; NULL: all of its owner's, those to come included.

    Whether they are members is asked at each opening, so a book that is gone does no harm here.
    """
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    """To the minute."""
    revoked_at: Mapped[dt.datetime | None]


guarded(
    AccessToken,
    # Not the digest: whoever sees a row need not see that.
    grants="SELECT (id, user_id, name, scopes, book_ids, created_at, expires_at, last_used_at, revoked_at), "
    "INSERT (id, user_id, digest, name, scopes, book_ids, created_at, expires_at), UPDATE (revoked_at)",
    using=f"user_id = {CURRENT_USER}",
)
with_sql(AccessToken, __file__, "gate.sql", "revoking.sql")
