"""People, their sign-ins, and the refresh tokens of those. None of these belongs to a book."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, func, text
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import APP_ROLE, CURRENT_USER, Base, guarded, policy, with_sql


class User(Base):
    """A person."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_operator: Mapped[bool] = mapped_column(server_default=text("false"))
    default_book_id: Mapped[UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Session(Base):
    """A sign-in: the family that its refresh tokens belong to."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]


class RefreshToken(Base):
    """A refresh token, as its SHA-256 digest. Used once; the next one takes its place."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),)

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), index=True)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


guarded(
    User,
    # Not the password's hash, nor who is operator: those have functions of their own.
    grants="SELECT (id, email, name, is_operator, default_book_id, created_at), UPDATE (name, default_book_id)",
    using=None,
    policies=(
        policy("users", "users_self", command="SELECT", role=APP_ROLE, using=f"id = {CURRENT_USER}", check=None),
        policy(
            "users",
            "users_self_change",
            command="UPDATE",
            role=APP_ROLE,
            using=f"id = {CURRENT_USER}",
            check=f"id = {CURRENT_USER}",
        ),
    ),
)
guarded(Session, grants="SELECT, UPDATE (ended_at)", using=f"user_id = {CURRENT_USER}")
guarded(RefreshToken, grants="", using=None)
with_sql(RefreshToken, __file__, "sign_in.sql")
