"""Accounts elsewhere that people have joined to theirs here. They are people's own, and belong to no book."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import CURRENT_USER, Base, guarded, with_sql


class OpenIdentity(Base):
    """Someone, as a provider knows them: by its own address and the word that it has for nobody else."""

    __tablename__ = "openid_identities"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("issuer <> '' AND char_length(issuer) <= 2000", name="issuer_bounded"),
        CheckConstraint("subject <> '' AND char_length(subject) <= 255", name="subject_bounded"),
        CheckConstraint("char_length(email) <= 254", name="email_bounded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str]
    """As the provider had it when both were joined."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[dt.datetime | None]


guarded(OpenIdentity, grants="SELECT, INSERT, DELETE, UPDATE (last_used_at)", using=f"user_id = {CURRENT_USER}")
with_sql(OpenIdentity, __file__, "openid.sql")
