"""Authenticator apps, passkeys, recovery codes, and wrong tries. They are people's own, and belong to no book.

``factors.sql`` keeps ``users.second_factor_since`` and ``users.second_factor_methods`` in step with them: sign-in reads
no more than that.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import CURRENT_USER, Base, guarded, with_sql

MAX_CREDENTIAL_ID = 1023
"""Bytes of a passkey's id (WebAuthn Level 3, 4)."""
MAX_PUBLIC_KEY = 2000
"""Bytes of a public key: an RSA one of 8,192 bits takes half of that."""


class Authenticator(Base):
    """An authenticator app: a secret that it shares with the service (RFC 6238)."""

    __tablename__ = "authenticators"
    __table_args__ = (
        CheckConstraint("name <> '' AND char_length(name) <= 100", name="name_bounded"),
        CheckConstraint("(confirmed_at IS NULL) = (last_step IS NULL)", name="confirmed_by_a_code"),
        # Someone enrols one at a time.
        Index(
            "uq_authenticators_user_id_unconfirmed",
            "user_id",
            unique=True,
            postgresql_where=text("confirmed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    sealed_secret: Mapped[bytes]
    """Sealed for this row alone: in the place of another it doesn't open."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[dt.datetime | None]
    """When its first code was given; None: it isn't asked for yet."""
    last_step: Mapped[int | None]
    """The 30-second step of the last code that was taken: only later ones are taken after."""
    last_used_at: Mapped[dt.datetime | None]


class Passkey(Base):
    """A passkey: a public key whose private half never leaves the person's devices."""

    __tablename__ = "passkeys"
    __table_args__ = (
        CheckConstraint("name <> '' AND char_length(name) <= 100", name="name_bounded"),
        CheckConstraint(f"octet_length(credential_id) BETWEEN 1 AND {MAX_CREDENTIAL_ID}", name="credential_id_bounded"),
        CheckConstraint(f"octet_length(public_key) BETWEEN 1 AND {MAX_PUBLIC_KEY}", name="public_key_bounded"),
        CheckConstraint("sign_count BETWEEN 0 AND 4294967295", name="sign_count_counts"),
        CheckConstraint("cardinality(transports) <= 10", name="transports_bounded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    """How often it was used, as its device counts; a copy would count for itself. 0: the device doesn't count."""
    synced: Mapped[bool]
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    """The ways to its device: ``usb``, ``internal``, ``hybrid``."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[dt.datetime | None]


class RecoveryCode(Base):
    """A code kept on paper, as its digest. Used once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", "digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    digest: Mapped[bytes]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[dt.datetime | None]


class FactorTries(Base):
    """How many codes were tried for one sign-in that is under way, or to prove oneself within one that is."""

    __tablename__ = "factor_tries"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", "digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("tries > 0", name="tries_positive"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    digest: Mapped[bytes]
    tries: Mapped[int] = mapped_column(Integer())
    until: Mapped[dt.datetime]
    """When they are forgotten."""


guarded(
    Authenticator,
    grants="SELECT, INSERT, DELETE, UPDATE (name, confirmed_at, last_step, last_used_at)",
    using=f"user_id = {CURRENT_USER}",
)
guarded(
    Passkey,
    grants="SELECT, INSERT, DELETE, UPDATE (name, sign_count, last_used_at)",
    using=f"user_id = {CURRENT_USER}",
)
guarded(RecoveryCode, grants="SELECT, INSERT, DELETE, UPDATE (used_at)", using=f"user_id = {CURRENT_USER}")
guarded(FactorTries, grants="SELECT, INSERT, DELETE, UPDATE (tries, until)", using=f"user_id = {CURRENT_USER}")
with_sql(Passkey, __file__, "factors.sql")
