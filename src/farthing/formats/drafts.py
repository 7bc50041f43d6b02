"""Drafts: what a statement file says, before anyone decides what to make of it.

Every reader answers with a :class:`DraftFile` or raises one of the faults below. A draft repeats the file: the
bank's signs (money out is negative), the file's own order, nothing dropped without a :class:`SkippedLine`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.kit.faults import Invalid


@dataclass(frozen=True, slots=True)
class DraftBalance:
    """What the bank says the account held at the end of ``date``."""

    amount: Decimal
    date: dt.date


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One movement.

    ``line`` counts the file's lines (or, where a format has none, its records) from 1. ``amount`` is signed from
    the account's view. ``balance`` is the account's running balance after the row, where the file has one.
    ``original`` keeps the row's own fields, as text, for ever.
    """

    line: int
    date: dt.date
    amount: Decimal
    currency: str | None = None
    payee: str | None = None
    description: str | None = None
    value_date: dt.date | None = None
    external_id: str | None = None
    balance: Decimal | None = None
    original: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """The movements of one account, in *bank order* (oldest first), and the balances the file states for it."""

    rows: tuple[DraftRow, ...]
    number: str | None = None
    """The account's own number or IBAN, spaces as in the file."""
    account_type: str | None = None
    """checking, savings, credit_card, loan, investment, where the format says so."""
    currency: str | None = None
    opening: DraftBalance | None = None
    closing: DraftBalance | None = None


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that holds no movement of money to book, and why it was left out."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class DraftFile:
    """All that a file says. ``warnings`` are sentences for a person; ``understood`` is how the file was read."""

    format: str
    statements: tuple[DraftStatement, ...]
    skipped: tuple[SkippedLine, ...] = ()
    warnings: tuple[str, ...] = ()
    understood: Mapping[str, str] = field(default_factory=dict)


class FileFormatUnknown(Invalid):
    """No reader recognises the file."""

    code = "file_format_unknown"
    message = "The file is none of the formats that are read here: {formats}."
    sample = {"formats": "csv, ofx"}


class FileUnreadable(Invalid):
    """The file is of a known format and breaks its rules. ``on_line`` says where."""

    code = "file_unreadable"
    message = "The file can't be read: {problem}."
    sample = {"problem": "line 4 ends inside a quoted cell"}


class FileReadingUnsure(Invalid):
    """The file could mean more than one thing. Lists what was understood, so that a person can say which."""

    code = "file_reading_unsure"
    message = "The file can be read in more than one way: {question}. Understood so far: {understood}."
    sample = {
        "question": "are the dates day first or month first",
        "understood": "delimiter ';', header on line 1, amount in 'Betrag'",
    }


class FileTooLong(Invalid):
    """The file has more rows than one import takes."""

    code = "file_too_long"
    message = "The file has more than {limit} rows; split it."
    sample = {"limit": "100000"}
