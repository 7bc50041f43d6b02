"""What the operator decides while the instance runs, and whom they take in."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.bounds import BOOKS_PER_PERSON
from farthing.core.schema import APP_ROLE, Base, guarded, policy, with_sql


class InstanceSettings(Base):
    """The one row of what the operator decided. NULL: nothing, and the service's own default holds."""

    __tablename__ = "instance_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("registration IN ('first', 'invite', 'open')", name="registration_known"),
        CheckConstraint("attachments_quota_bytes >= 0", name="quota_not_negative"),
        CheckConstraint(f"books_per_person BETWEEN 1 AND {BOOKS_PER_PERSON}", name="books_bounded"),
    )

    id: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False, server_default=text("1"))
    registration: Mapped[str | None]
    attachments_quota_bytes: Mapped[int | None]
    books_per_person: Mapped[int | None] = mapped_column(Integer())
    changed_at: Mapped[dt.datetime]


class Admission(Base):
    """An invitation to the instance, as the SHA-256 digest of its token. Used, it is gone."""

    __tablename__ = "admissions"
    __table_args__ = (
        CheckConstraint("octet_length(token_digest) = 32", name="digest_is_sha256"),
        CheckConstraint("(email_key IS NULL) = (email IS NULL)", name="address_whole"),
        CheckConstraint("expires_at BETWEEN created_at AND created_at + interval '30 days'", name="expiry_bounded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str | None]
    email_key: Mapped[str | None]
    """Who may use it; NULL: whoever has its token."""
    invited_by: Mapped[UUID]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


guarded(
    InstanceSettings,
    grants="SELECT",
    using=None,
    policies=(
        policy(
            "instance_settings", "instance_settings_read", command="SELECT", role=APP_ROLE, using="true", check=None
        ),
    ),
)
guarded(Admission, grants="", using=None)
with_sql(Admission, __file__, "operators.sql", "people.sql", "instance.sql", "events.sql")
