"""Jobs."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import Base, in_book, one_of, with_sql
from farthing.features.jobs.states import JobState


class Job(Base):
    """A job. It is work in progress and takes no revision; what it writes does."""

    __tablename__ = "jobs"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        CheckConstraint(one_of("state", JobState), name="state_known"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('queued', 'running'))", name="ended_when_over"),
        CheckConstraint("state <> 'running' OR started_at IS NOT NULL", name="started_when_running"),
        CheckConstraint("state <> 'failed' OR fault_code IS NOT NULL", name="fault_when_failed"),
        CheckConstraint("num_nonnulls(fault_code, fault_detail, fault_errors) IN (0, 3)", name="fault_whole"),
        CheckConstraint("result IS NULL OR state = 'succeeded'", name="result_when_succeeded"),
        CheckConstraint(
            "jsonb_typeof(arguments) = 'object' AND octet_length(arguments::text) <= 20000", name="arguments_bounded"
        ),
        CheckConstraint("result IS NULL OR octet_length(result::text) <= 100000", name="result_bounded"),
        CheckConstraint(
            "progress_done >= 0 AND (progress_total IS NULL OR progress_total >= progress_done)",
            name="progress_sensible",
        ),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        CheckConstraint("(key IS NULL) = (request_digest IS NULL)", name="key_with_digest"),
        Index(
            "uq_jobs_key",
            "book_id",
            "asked_by",
            "key",
            unique=True,
            postgresql_where=text("key IS NOT NULL"),
        ),
        Index("ix_jobs_open", "book_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_jobs_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    queue_number: Mapped[int]
    """Which entry of the queue stands for it."""
    kind: Mapped[str]
    state: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    asked_by: Mapped[UUID]
    """The person it is done for, and as."""
    token_id: Mapped[UUID | None]
    """The personal access token that they asked by: the job is done within its scopes, while it is good."""
    key: Mapped[str | None]
    """The Idempotency-Key of the request that asked for it."""
    request_digest: Mapped[bytes | None]
    progress_done: Mapped[int] = mapped_column(server_default=text("0"))
    progress_total: Mapped[int | None]
    progress_note: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    fault_code: Mapped[str | None]
    """What went wrong the last time it was tried."""
    fault_detail: Mapped[str | None]
    fault_errors: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    """What it blames, as a problem does."""
    attempts: Mapped[int] = mapped_column(Integer(), server_default=text("0"))
    """How often it was begun since it was asked for, or asked to be tried again."""
    next_try_at: Mapped[dt.datetime | None]
    cancel_asked_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


in_book(Job)
with_sql(Job, __file__, "forget.sql")
