"""The change log: one row for each write to a book, chained, and the before-images it leaves behind.

It is the audit trail, the idempotency store, the feed that clients follow, and what undo reads. Each row's hash covers
the row before it, so that nothing can be altered, dropped or slipped in unnoticed. Words and figures enter the chain
only as a salted digest: erase payload and salt, and the chain still holds.

The hash of a row is SHA-256 over the hash of the row before and the canonical JSON of
``[book, revision, instant, actor, operation, payload digest]``; the payload's digest is SHA-256 over the salt and the
canonical JSON of ``[summary, payload]``. Canonical: keys sorted, no spaces, UTF-8.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.schema import Base, in_book, with_sql

FIRST_HASH = bytes(32)
"""What the chain of a book starts from."""
MAX_KEY_LENGTH = 255
ANSWERS_KEPT = dt.timedelta(days=30)
"""How long an answer is kept for retries. The log itself stays."""


class Change(Base):
    """One write to a book."""

    __tablename__ = "changes"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "revision"),
        ForeignKeyConstraint(["book_id"], ["books.id"]),
        CheckConstraint("revision > 0", name="revision_positive"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        CheckConstraint("(key IS NULL) OR (request_digest IS NOT NULL)", name="key_with_digest"),
    )

    book_id: Mapped[UUID]
    revision: Mapped[int]
    at: Mapped[dt.datetime]
    actor_id: Mapped[UUID | None]
    operation: Mapped[str]
    summary: Mapped[str | None]
    payload: Mapped[dict[str, Any] | None]
    salt: Mapped[bytes | None]
    payload_digest: Mapped[bytes]
    key: Mapped[str | None]
    request_digest: Mapped[bytes | None]
    answer: Mapped[dict[str, Any] | None]
    hash: Mapped[bytes]


Index(
    "uq_changes_key",
    Change.book_id,
    Change.actor_id,
    Change.key,
    unique=True,
    postgresql_where=Change.key.is_not(None),
)
Index("ix_changes_answered", Change.at, postgresql_where=Change.answer.is_not(None))
in_book(Change, grants="SELECT, INSERT")
with_sql(Change, __file__, "changelog.sql")


class History(Base):
    """A record as it was before a write changed or deleted it; ``before`` is NULL if it was gone, and is back since."""

    __tablename__ = "history"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "record_id", "revision"),
        ForeignKeyConstraint(["book_id", "revision"], ["changes.book_id", "changes.revision"]),
    )

    book_id: Mapped[UUID]
    record_id: Mapped[UUID]
    revision: Mapped[int]
    kind: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


Index("ix_history_revision", History.book_id, History.revision, History.record_id)
in_book(History, grants="SELECT, INSERT")


@dataclass(frozen=True, slots=True)
class Link:
    """What of a change row goes into the chain."""

    book_id: UUID
    revision: int
    at: dt.datetime
    actor_id: UUID | None
    operation: str
    payload_digest: bytes


def canonical(value: object) -> bytes:
    """The one way to write a JSON value down."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_payload(salt: bytes, summary: str | None, payload: dict[str, Any] | None) -> bytes:
    """The salted SHA-256 of what a change says in words and figures."""
    return hashlib.sha256(salt + canonical([summary, payload])).digest()


def hash_link(previous: bytes, link: Link) -> bytes:
    """The hash of a change row, given the hash of the row before it."""
    words = [
        str(link.book_id),
        link.revision,
        link.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        str(link.actor_id) if link.actor_id else None,
        link.operation,
        link.payload_digest.hex(),
    ]
    return hashlib.sha256(previous + canonical(words)).digest()
