"""People, their sign-ins, and what became of both. None of these belongs to a book."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import APP_ROLE, CURRENT_USER, Base, guarded, one_of, policy, with_sql

MAX_DEVICE = 300
"""Characters of what a client calls itself that are kept."""
MAX_ADDRESS = 100
"""Characters of the address that a request comes from."""


class LinkPurpose(StrEnum):
    """What a mailed link is for."""

    RESET_PASSWORD = "reset_password"  # noqa: S105 - a word
    CONFIRM_EMAIL = "confirm_email"
    """The address is theirs already, or is to become theirs."""


class User(Base):
    """A person."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("password_hash IS NULL OR password_changed_at IS NOT NULL", name="password_dated"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    """None: they only sign in elsewhere, or by passkey."""
    is_operator: Mapped[bool] = mapped_column(server_default=text("false"))
    default_book_id: Mapped[UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    password_changed_at: Mapped[dt.datetime | None]
    tokens_revoked_at: Mapped[dt.datetime | None]
    """When what they gave to programs was last taken back, all at once."""
    email_verified_at: Mapped[dt.datetime | None]
    """When they last showed that mail to their address reaches them."""
    second_factor_since: Mapped[dt.datetime | None]
    """Since when a password alone doesn't sign them in; None: it does."""
    second_factor_methods: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    """The ways in which they can show their second factor, in words of RFC 8176."""
    blocked_at: Mapped[dt.datetime | None]
    """Since when the operator keeps them out."""
    deleted_at: Mapped[dt.datetime | None]
    """When they deleted themselves: nothing of them is left but the id that logs of books name."""


class Session(Base):
    """A sign-in: the family that its refresh tokens belong to."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint(f"char_length(device) <= {MAX_DEVICE}", name="device_bounded"),
        CheckConstraint(f"char_length(address) <= {MAX_ADDRESS}", name="address_bounded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    device: Mapped[str | None]
    """What the client called itself (User-Agent)."""
    address: Mapped[str | None]
    """Where it was last heard of from: at its sign-in, or when it last refreshed its token."""
    last_used_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    """As of the last refresh, hence late by at most the life of an access token."""
    proven_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    """When its person last proved who they are, by whatever means."""
    methods: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{pwd}'"))
    """How they proved it when it began, in words of RFC 8176: ``pwd``, ``otp``, ``hwk``; and ``oidc``."""


class RefreshToken(Base):
    """A refresh token, as its SHA-256 digest. Used once; its child takes its place."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        UniqueConstraint("parent_digest"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), index=True)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    parent_digest: Mapped[bytes | None]
    """The token that it was given in exchange for; None: it was given at the sign-in."""


class Challenge(Base):
    """A sign-in that wants a second factor, as the SHA-256 digest of what its client holds."""

    __tablename__ = "challenges"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),)

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    methods: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{pwd}'"))
    """How the first factor was shown, in the words of a sign-in's methods."""


class KnownDevice(Base):
    """A device that someone signed in from, as the SHA-256 digest of what it was given to be known by."""

    __tablename__ = "known_devices"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    last_used_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Allowance(Base):
    """How much of what is bounded someone has used up. Its subject is a SHA-256 digest: no address lies here."""

    __tablename__ = "allowances"
    __table_args__ = (CheckConstraint("octet_length(subject) = 32", name="subject_is_sha256"),)

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    full_at: Mapped[dt.datetime] = mapped_column(index=True)
    """When all of it will be there again."""


class MailedLink(Base):
    """What a link in a mail carries, as its SHA-256 digest. Of a purpose, a person has one, the last."""

    __tablename__ = "mailed_links"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint(one_of("purpose", LinkPurpose), name="purpose_known"),
        UniqueConstraint("person_id", "purpose"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str]
    email: Mapped[str]
    """The address that the mail went to."""
    email_key: Mapped[str]
    expires_at: Mapped[dt.datetime]


class SecurityEvent(Base):
    """Something that happened about who someone is. Written once; each event of a person seals those before it."""

    __tablename__ = "security_events"
    __table_args__ = (
        UniqueConstraint("person_id", "number", postgresql_nulls_not_distinct=True),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("event ~ '^[a-z][a-z0-9_]{0,62}$'", name="event_is_a_word"),
        CheckConstraint(f"char_length(address) <= {MAX_ADDRESS}", name="address_bounded"),
        CheckConstraint(
            "jsonb_typeof(details) = 'object' AND octet_length(details::text) <= 4096", name="details_bounded"
        ),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None]
    """Whom it is about, also when they are gone; None: nobody who is known."""
    number: Mapped[int]
    """Its place among the events of that person, from 1."""
    at: Mapped[dt.datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None]
    """Who did it; None: nobody who had signed in."""
    event: Mapped[str]
    address: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    hash: Mapped[bytes]
    """SHA-256 of this event and of the hash of the one before it."""


guarded(
    User,
    # Not the password's hash, nor who is operator, nor how they sign in, which fellow members of a book could see too:
    # those have functions of their own.
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
guarded(Session, grants="SELECT, UPDATE (ended_at, proven_at)", using=f"user_id = {CURRENT_USER}")
guarded(RefreshToken, grants="", using=None)
guarded(Challenge, grants="", using=None)
guarded(KnownDevice, grants="", using=None)
guarded(Allowance, grants="", using=None)
guarded(MailedLink, grants="", using=None)
guarded(
    SecurityEvent,
    grants="SELECT",
    using=None,
    policies=(
        policy(
            "security_events",
            "security_events_self",
            command="SELECT",
            role=APP_ROLE,
            using=f"person_id = {CURRENT_USER}",
            check=None,
        ),
    ),
)
with_sql(RefreshToken, __file__, "sign_in.sql")
with_sql(Challenge, __file__, "challenges.sql")
with_sql(SecurityEvent, __file__, "security_events.sql")
with_sql(Allowance, __file__, "allowances.sql")
with_sql(MailedLink, __file__, "passwords.sql")
