"""Imports: files that were handed in, and the rows that are to become transactions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.records import kept_as
from farthing.core.schema import Base, in_book, one_of


class Decision(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    """A transaction of its own."""
    DUPLICATE = "duplicate"
    """Nothing: the book has it from an earlier statement."""
    REPLACES = "replaces"
    """The transaction that was pending, or the bank's word for it: it is posted now."""
    MERGE = "merge"
    """A part of a transaction that the book has: of one recorded by hand, or the other side of a transfer."""
    DELETES = "deletes"
    """The end of a transaction that the book has from an earlier statement: the bank takes it back."""
    SKIP = "skip"
    """Nothing: someone said so, or there is nothing to take back."""


class RowKind(StrEnum):
    """What a row says."""

    LINE = "line"
    """A line of an account's statement, one movement on that account."""
    TRANSACTION = "transaction"
    """A whole transaction of another program's book."""
    DELETION = "deletion"
    """That the bank takes an earlier line back, and nothing else."""


class Import(Base):
    """A file that was handed in: a draft of what it would do, or what it did.

    ``draft`` is what was understood of the file and said about it; it is emptied when booked.
    """

    __tablename__ = "imports"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        CheckConstraint("state IN ('draft', 'committed')", name="state_known"),
        CheckConstraint("(draft IS NOT NULL) = (state = 'draft')", name="draft_kept_while_draft"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    state: Mapped[str]
    format: Mapped[str]
    account_id: Mapped[UUID | None]
    outcome: Mapped[dict[str, Any]]
    draft: Mapped[dict[str, Any] | None]
    created_revision: Mapped[int | None]
    """At which it was booked, if it changed anything; before that it isn't a record of the book."""
    revision: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class ImportFile(Base):
    """The file that a draft was read from: it is read again when someone answers its questions."""

    __tablename__ = "import_files"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "import_id"),
        ForeignKeyConstraint(["book_id", "import_id"], ["imports.book_id", "imports.id"], ondelete="CASCADE"),
        CheckConstraint("octet_length(content) BETWEEN 1 AND 50000000", name="content_bounded"),
    )

    book_id: Mapped[UUID]
    import_id: Mapped[UUID]
    content: Mapped[bytes]


class ImportRow(Base):
    """A row of a file, and what is to become of it. Work in progress: no record of the book.

    ``category_id`` is null where nobody has named one. ``postings`` are those of a row that needs more than a line
    on its account and one on a category; then ``posting_id`` is the one on the account. ``of_transaction_id`` is what
    the row is a duplicate of, replaces or is merged with; of one that is new, what it looks like. Accounts may be such
    as are only made when the import is booked: nothing holds them to be there before.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "import_id", "position"),
        ForeignKeyConstraint(["book_id", "import_id"], ["imports.book_id", "imports.id"], ondelete="CASCADE"),
        CheckConstraint(one_of("decision", Decision), name="decision_known"),
        CheckConstraint(one_of("kind", RowKind), name="kind_known"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
        CheckConstraint(
            "kind = 'transaction' OR num_nulls(account_id, amount, currency, fingerprint, posting_id) = 0",
            name="line_complete",
        ),
        CheckConstraint("kind <> 'transaction' OR postings IS NOT NULL", name="transaction_complete"),
        CheckConstraint(
            "decision NOT IN ('replaces', 'merge') OR num_nulls(of_transaction_id, match) = 0", name="merged_with_one"
        ),
        CheckConstraint(
            "CASE WHEN kind = 'deletion' THEN corrects IS NOT NULL AND decision IN ('deletes', 'duplicate', 'skip')"
            " ELSE decision <> 'deletes' END AND (decision <> 'deletes' OR of_transaction_id IS NOT NULL)",
            name="deletion_of_one",
        ),
    )

    book_id: Mapped[UUID]
    import_id: Mapped[UUID]
    position: Mapped[int]
    id: Mapped[UUID]
    kind: Mapped[str]
    statement: Mapped[int]
    """Which of the file's statements it is of, from 0."""
    line: Mapped[int]
    date: Mapped[dt.date]
    account_id: Mapped[UUID | None]
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    status: Mapped[str]
    payee: Mapped[str | None]
    description: Mapped[str | None]
    notes: Mapped[str | None]
    value_date: Mapped[dt.date | None]
    due_date: Mapped[dt.date | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    extra: Mapped[dict[str, Any]] = mapped_column("metadata", server_default=text("'{}'"))
    external_id: Mapped[str | None]
    corrects: Mapped[str | None]
    """The bank's id of the earlier line that it takes back."""
    fingerprint: Mapped[bytes | None]
    category_id: Mapped[UUID | None]
    postings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    is_opening: Mapped[bool]
    original: Mapped[dict[str, Any]]
    decision: Mapped[str]
    is_chosen: Mapped[bool]
    """Whether a person decided."""
    edits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """What a person wrote into it, by columns: it is written again when the file is read again."""
    match: Mapped[str | None]
    """In which way it is one with ``of_transaction_id``: as a match is."""
    of_transaction_id: Mapped[UUID | None]
    score: Mapped[Decimal | None]
    reasons: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    transaction_id: Mapped[UUID]
    """What it becomes, or became."""
    posting_id: Mapped[UUID | None]
    counter_id: Mapped[UUID | None]
    """The posting on the category."""
    line_id: Mapped[UUID | None]
    """The line of a statement that it is kept as."""


class ImportProfile(Base):
    """What someone said of files of one origin, so that the next of them is read in the same way.

    ``shape`` is what such files have in common. ``mapping`` says by the names that files use which account is meant,
    and behind ``payee:`` and ``tag:`` which payee or tag.
    """

    __tablename__ = "import_profiles"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        ForeignKeyConstraint(["book_id", "account_id"], ["accounts.book_id", "accounts.id"]),
        UniqueConstraint("book_id", "shape"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name_bounded"),
        CheckConstraint("char_length(shape) BETWEEN 1 AND 1000", name="shape_bounded"),
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    id: Mapped[UUID]
    name: Mapped[str]
    format: Mapped[str]
    shape: Mapped[str]
    answers: Mapped[dict[str, Any]]
    account_id: Mapped[UUID | None]
    mapping: Mapped[dict[str, Any]]
    created_revision: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


in_book(Import)
in_book(ImportFile)
in_book(ImportRow)
in_book(ImportProfile)
IMPORT = kept_as(Import, "import", needs="imports:write")
IMPORT_PROFILE = kept_as(ImportProfile, "import_profile", needs="imports:write")
