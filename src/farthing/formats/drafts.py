"""Drafts: what a statement file says, before anyone decides what to make of it.

Every reader answers with a :class:`DraftFile` or raises one of the faults below. A draft repeats the file: the
bank's signs (money out is negative), the file's own order, nothing dropped without a :class:`SkippedLine`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from farthing.kit.faults import Invalid

Status = Literal["pending", "cleared", "reconciled"]
"""How far a movement has come: announced by the bank, booked by it, or ticked by a person in another program."""
MetadataFact = str | bool | int | Decimal | dt.date | None
"""What a name in a transaction's metadata stands for."""


@dataclass(frozen=True, slots=True)
class DraftSum:
    """So much of a currency or commodity."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class DraftSecurity:
    """Units of a security that came with a movement of money, or went (negative).

    ``commodity`` is its ticker where that is known, else its number (ISIN, CUSIP), as a code that can be kept; ``name``
    is what the bank calls it. ``price`` is for one unit, where the file says.
    """

    amount: Decimal
    commodity: str
    price: DraftSum | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DraftHolding:
    """How much of a security the bank says the account held at the end of ``date``."""

    security: DraftSecurity
    date: dt.date


@dataclass(frozen=True, slots=True)
class DraftBalance:
    """What the bank says the account held at the end of ``date``."""

    amount: Decimal
    date: dt.date


@dataclass(frozen=True, slots=True)
class DraftSplit:
    """A part of a movement, signed as the movement is: for a category, or to another account of the same person."""

    amount: Decimal
    category: str | None = None
    transfer_to: str | None = None
    memo: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftCorrection:
    """An earlier movement that the bank takes back, by its external id.

    ``is_in_file`` is whether the same file told of it, so that nobody need have heard of it before.
    """

    of: str
    is_in_file: bool = False


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One movement.

    ``line`` counts the file's lines (or, where a format has none, its records) from 1. ``amount`` is signed from
    the account's view. ``balance`` is the account's running balance after the row, where the file has one.
    ``original`` keeps the row's own fields, as text, for ever.

    ``category``, ``transfer_to`` (another account of the same person, by the name or number that the file calls it)
    and ``splits`` (which sum to ``amount``) are what another program or a bank made of the movement;
    ``counterparty_number`` is the account or IBAN on the other side. ``foreign`` is what was paid abroad, signed as
    the amount is. ``is_opening`` rows aren't movements: they say what the account held before its first one.
    ``security`` is what the money bought or came of. ``corrects`` is an earlier movement that the bank takes back, and
    puts this one in its place.
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
    status: Status = "cleared"
    category: str | None = None
    transfer_to: str | None = None
    counterparty_number: str | None = None
    splits: tuple[DraftSplit, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str | None = None
    foreign: DraftSum | None = None
    is_opening: bool = False
    security: DraftSecurity | None = None
    corrects: DraftCorrection | None = None


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
    name: str | None = None
    """What another program calls the account."""
    holdings: tuple[DraftHolding, ...] = ()
    deletions: tuple[DraftRow, ...] = ()
    """What only takes earlier movements back, each with what it corrects: no movements themselves."""


@dataclass(frozen=True, slots=True)
class DraftAccount:
    """An account or category of another program. ``name`` is its path, with ``:`` between the parts.

    ``kind`` is asset, liability, equity, income or expense, and None where the program doesn't say. ``type`` is one of
    Farthing's account types where the program's own maps to one. ``currency`` binds the account; None takes any.
    """

    name: str
    kind: str | None = None
    type: str | None = None
    currency: str | None = None
    number: str | None = None
    description: str | None = None
    opened: dt.date | None = None
    closed: dt.date | None = None


@dataclass(frozen=True, slots=True)
class DraftCommodity:
    """A share, a fund, a coin of another program: its code, its name, and how many digits it has after the point."""

    code: str
    name: str | None = None
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class DraftCost:
    """What a unit of a commodity was bought for, on which day, and the name of the lot."""

    amount: Decimal
    currency: str
    date: dt.date | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class DraftPosting:
    """A posting of a transaction: complete, what the file left out filled in.

    ``price`` is for one unit. Where a file states what all units were exchanged for, and that divided by their number
    has no end within 18 decimals, ``price`` is None and ``total`` is what all of them came to, positive.
    ``generated`` is what a program added to balance an exchange; without such ones the transaction says as much.
    """

    account: str
    amount: Decimal
    currency: str
    memo: str | None = None
    status: Status = "cleared"
    price: DraftSum | None = None
    cost: DraftCost | None = None
    generated: bool = False
    total: DraftSum | None = None


@dataclass(frozen=True, slots=True)
class DraftTransaction:
    """A whole transaction. It balances by its amounts, or by the prices and costs noted on them."""

    line: int
    date: dt.date
    postings: tuple[DraftPosting, ...]
    payee: str | None = None
    description: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, MetadataFact] = field(default_factory=dict)
    value_date: dt.date | None = None
    due_date: dt.date | None = None
    external_id: str | None = None
    is_opening: bool = False
    """Whether it says what accounts held before the books began."""
    original: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftPrice:
    """What a unit of ``commodity`` cost on a day."""

    line: int
    date: dt.date
    commodity: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class DraftAssertion:
    """What an account held of a currency at the end of ``date``; ``with_children`` adds the accounts below it."""

    line: int
    account: str
    date: dt.date
    amount: Decimal
    currency: str
    with_children: bool = False


@dataclass(frozen=True, slots=True)
class DraftBook:
    """What another program kept: accounts and categories in its order, transactions by date as they happened."""

    accounts: tuple[DraftAccount, ...]
    transactions: tuple[DraftTransaction, ...]
    prices: tuple[DraftPrice, ...] = ()
    assertions: tuple[DraftAssertion, ...] = ()
    commodities: tuple[DraftCommodity, ...] = ()


WrittenRegister = tuple[DraftStatement, Iterable[DraftRow]]
"""A statement as writers take it, and the rows that stand in it instead of its own: those needn't be in memory."""


class WrittenBook(Protocol):
    """A book as writers take it: what is many is looked at again and again, and needn't be in memory."""

    @property
    def accounts(self) -> Sequence[DraftAccount]:
        """Accounts and categories, in the order in which they are written."""

    @property
    def transactions(self) -> Iterable[DraftTransaction]:
        """All of them by date, each time that they are asked for."""

    @property
    def prices(self) -> Iterable[DraftPrice]:
        """All of them, each time that they are asked for."""

    @property
    def assertions(self) -> Sequence[DraftAssertion]:
        """What accounts held."""


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that holds no movement of money to book, and why it was left out."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class DraftChoice:
    """One way to read what isn't certain, and what the file would say then, in words a person can judge."""

    value: str
    means: str


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """Something the file doesn't say for sure. ``name`` is what an answer is given under.

    ``chosen`` is how it was read, None if it could not be read at all without an answer; ``confidence`` is how sure
    that is, from 0 to 1.
    """

    name: str
    question: str
    choices: tuple[DraftChoice, ...]
    chosen: str | None
    confidence: Decimal


@dataclass(frozen=True, slots=True)
class DraftFile:
    """All that a file says: statements of accounts, or the book of another program.

    ``warnings`` are sentences for a person; ``understood`` is how the file was read. ``questions`` are what has to be
    answered before the file may be booked; ``shape`` is what files of the same origin have in common (such as their
    headings), so that an answer given once holds for the next; None where a format leaves nothing to ask.
    """

    format: str
    statements: tuple[DraftStatement, ...] = ()
    skipped: tuple[SkippedLine, ...] = ()
    warnings: tuple[str, ...] = ()
    understood: Mapping[str, str] = field(default_factory=dict)
    book: DraftBook | None = None
    questions: tuple[DraftQuestion, ...] = ()
    shape: str | None = None


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
