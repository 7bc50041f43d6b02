"""Movements: which lines below the header are rows of an account, and why the others aren't."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from farthing.formats import dates, numbers
from farthing.formats.dates import Written
from farthing.formats.drafts import FileTooLong, FileUnreadable, SkippedLine
from farthing.formats.sheets import headings, stated, states
from farthing.formats.sheets.headings import DATES, MONEY, Role
from farthing.formats.sheets.sheet import Column, Sheet
from farthing.formats.sheets.stated import Stated
from farthing.formats.sheets.table import Record

TEXTS = (Role.DESCRIPTION, Role.PAYEE, Role.PAYER, Role.RECIPIENT)

_DATE_LIKE = re.compile(r"[\d\s./:-]{4,40}\Z")
_TOTALS = headings.phrases("total|totals|sum|summe|gesamt|gesamtsumme|somme|suma|totale|totaal|totalt|sumy|soma")
_TURNOVER = headings.phrases("turnover|apgrozijums|kaive|apyvarta|обороты|оборот|обороти")
_TURNOVER_BEGINS = frozenset(word[0] for word in _TURNOVER)
_LONGEST_TURNOVER = max(map(len, _TURNOVER))
_MOST_STATUSES = 4
_MOST_TEXTS = 8
_BALANCE_STEMS = (
    "sald",
    "balan",
    "stand",
    "zustatek",
    "zůstatek",
    "egyenleg",
    "forward",
    "余额",
    "残高",
    "잔액",
    "atlikum",
    "likut",
    "остат",
    "залиш",
    "υπολοιπ",
    "υπόλοιπ",
    "bakiye",
    "stanje",
    "sold",
)
"""What a line that states a balance has in it, whatever its language: a quick look before a careful one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line with a date: a row, if it has an amount too."""

    record: Record
    written: tuple[Written | None, ...]
    """Its dates, one for each date column."""
    is_pending: bool = False
    """Whether the bank announces it, and hasn't booked it."""

    @property
    def when(self) -> Written:
        """The first date it has; there is one."""
        return next(each for each in self.written if each is not None)


@dataclass(slots=True)
class Found:
    """The lines of a sheet, told apart."""

    candidates: list[Candidate] = field(default_factory=list)
    undated: list[Record] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def skip(self, line: int, reason: str, *, warn: bool = False) -> None:
        """Leave a line out, and say so aloud where it may have been a movement."""
        self.skipped.append(SkippedLine(line, reason))
        if warn:
            self.warnings.append(f"Line {line} was left out: it {reason}.")


def date_columns(sheet: Sheet) -> list[Column]:
    """The columns with dates: the booking's first, then the purchase's, then the value date's."""
    found: list[Column] = []
    for role in DATES:
        column = sheet.best(role)
        if column is not None and column not in found:
            found.append(column)
    return found


def tell_apart(sheet: Sheet, columns: Sequence[Column], *, max_rows: int) -> Found:
    """Sort a sheet's lines into rows with a date, lines without, balances, and lines that say nothing.

    Raises:
        FileTooLong: more rows than allowed.
    """
    found = Found()
    for record in sheet.preamble:
        if not record.is_blank:
            found.skip(record.line, "stands before the rows")
    judge = _Judge(sheet, columns, found)
    for record in sheet.body:
        if record.is_blank:
            found.skip(record.line, "is blank")
        elif sheet.header and record.cells == sheet.header.cells:
            found.skip(record.line, "repeats the header")
        elif (balance := judge.stated(record)) is not None:
            found.stated.append(balance)
            found.skip(record.line, "states a balance and moves no money")
        else:
            judge.look_for_date(record)
        if len(found.candidates) > max_rows:
            raise FileTooLong(limit=str(max_rows))
    return found


class _Judge:
    """Judges the lines of one sheet, its columns looked up once."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column], found: Found) -> None:
        self.sheet = sheet
        self.columns = columns
        self.found = found
        self.statuses = sheet.having(Role.STATUS)[:_MOST_STATUSES]
        self.texts = [column for role in TEXTS for column in sheet.having(role)[:_MOST_TEXTS]]
        self.silent = {column.index for column in sheet.columns if _is_kind(column)}
        self.counted = {column.index for column in sheet.having(Role.REFERENCE)}

    def look_for_date(self, record: Record) -> None:
        """Sort a line by whether it has a date, and is booked."""
        whole = _rejoined(self.sheet, record, len(self.sheet.columns))
        if whole is not record:
            warning = f"Line {record.line} has too many cells; a delimiter in its text was taken as text."
            self.found.warnings.append(warning)
        written = tuple([_date(_cell(whole, column), column) for column in self.columns])
        said = {states.state_of(_cell(whole, each)) for each in self.statuses}
        if not any(written):
            self.found.undated.append(whole)
        elif "void" in said:
            self.found.skip(record.line, "came to nothing, says the file")
        elif self._is_turnover(whole):
            self.found.skip(record.line, "is a total and moves no money")
        else:
            said.add(None if written[0] else states.state_of(_cell(whole, self.columns[0])))
            self.found.candidates.append(Candidate(whole, written, is_pending="pending" in said))

    def _is_turnover(self, record: Record) -> bool:
        texts = [_cell(record, column) for column in self.texts]
        return any(
            text[:1].casefold() in _TURNOVER_BEGINS and headings.plain(text) in _TURNOVER
            for text in texts
            if 0 < len(text) <= _LONGEST_TURNOVER
        )

    def stated(self, record: Record) -> Stated | None:
        """The balance that a line states. Words of one in place of a date can't mean anything else."""
        whole = "|".join(record.cells).replace(" ", "").casefold()
        if not any(stem in whole for stem in _BALANCE_STEMS):
            return None
        spoken = [
            cell
            for index, cell in enumerate(record.cells)
            if index not in self.silent and len(cell) <= headings.LONGEST and stated.balance_words(cell)
        ]
        if not spoken:
            return None
        cells = ["" if index in self.counted else cell for index, cell in enumerate(record.cells)]
        balance = stated.in_record(Record(record.line, cells))
        booked = _cell(record, self.columns[0])
        is_sure = balance is not None and (balance.is_sure or stated.balance_words(booked) is not None)
        return balance if is_sure else None


def _date(cell: str, column: Column) -> Written | None:
    return dates.written(cell) or (dates.from_serial(cell) if column.serials and not column.dates else None)


def _is_kind(column: Column) -> bool:
    """Whether the column says what kind of movement a row is: "opening balance" there is a movement's kind."""
    proposed = headings.roles(column.label)
    return Role.INDICATOR in proposed or Role.STATUS in proposed


def _cell(record: Record, column: Column) -> str:
    return record.cells[column.index] if column.index < len(record.cells) else ""


def _rejoined(sheet: Sheet, record: Record, width: int) -> Record:
    """A record whose text has a bare delimiter in it, put together again where its dates and amounts show how."""
    extra = len(record.cells) - width
    if extra <= 0 or sheet.header is None or not any(record.cells[width:]) or _is_typed(sheet, record.cells):
        return record
    delimiter = "\t" if sheet.delimiter == "tab" else sheet.delimiter.strip("'")
    for column in sheet.columns:
        if any(role in column.roles for role in TEXTS):
            end = column.index + extra + 1
            text = delimiter.join(record.cells[column.index : end])
            cells = [*record.cells[: column.index], text, *record.cells[end:]]
            if _is_typed(sheet, cells):
                return Record(record.line, cells)
    return record


def _is_typed(sheet: Sheet, cells: Sequence[str]) -> bool:
    """Whether dates and amounts stand where the columns want them."""
    has_money = False
    for column, cell in zip(sheet.columns, cells, strict=False):
        if any(role in column.roles for role in DATES) and cell and _date(cell, column) is None:
            return False
        if any(role in column.roles for role in (*MONEY, Role.BALANCE)) and cell:
            if dates.written(cell) is not None or numbers.figure(cell) is None:
                return False
            has_money = True
        if Role.CURRENCY in column.roles and cell and numbers.currency_of(cell) is None:
            return False
    return has_money


def judge_undated(found: Found, makers: Sequence[Column], booked: Column) -> None:
    """Skip the lines without a date: totals and notes in passing, anything that may be a movement with a warning.

    Raises:
        FileUnreadable: a line has an amount, and figures for a date that are none.
    """
    for record in found.undated:
        has_amount = any(numbers.figure(_cell(record, column)) for column in makers)
        if not has_amount:
            found.skip(record.line, "has neither a date nor an amount")
        elif states.state_of(_cell(record, booked)) == "pending":
            found.skip(record.line, "isn't booked, and has no date yet")
        elif (balance := stated.in_record(record)) is not None:
            found.stated.append(balance)
            found.skip(record.line, "states a balance and moves no money")
        elif _DATE_LIKE.match(_cell(record, booked)):
            problem = f"line {record.line} has no date that can be read in column '{booked.label}'"
            raise FileUnreadable.on_line(record.line, problem=problem)
        else:
            words = {word for cell in record.cells for word in headings.plain(cell[: headings.LONGEST]).split()}
            found.skip(record.line, "has an amount but no date", warn=not words & _TOTALS)


def judge_without_amount(found: Found, record: Record, makers: Sequence[Column], sheet: Sheet) -> None:
    """Skip a dated line that has no amount; with a warning where another column has a number that may be one.

    Raises:
        FileUnreadable: there is something with figures in its place, and all cells are there.
    """
    texts = [(column, text) for column in makers if (text := _cell(record, column))]
    width = len(sheet.columns)
    if len(record.cells) < width and any(record.cells):
        reason = f"has {len(record.cells)} cells where the header has {width}, and no amount that can be read"
        found.skip(record.line, reason, warn=True)
    elif not texts:
        others = (column for column in sheet.columns if column not in makers)
        other = next((column for column in others if _may_be_amounts(column, record)), None)
        rest = f", but a number in column '{other.label}' that isn't taken for one" if other else ""
        found.skip(record.line, f"has no amount{rest}", warn=other is not None)
    else:
        column, text = texts[0]
        if any(character.isdigit() for character in text):
            problem = f"line {record.line} has no amount that can be read in column '{column.label}'"
            raise FileUnreadable.on_line(record.line, problem=problem)
        found.skip(record.line, f"has words instead of an amount in column '{column.label}'", warn=True)


def _may_be_amounts(column: Column, record: Record) -> bool:
    is_known = bool(column.roles) and not any(role in column.roles for role in MONEY)
    if is_known or column.is_aside or not column.marked or not column.mostly(column.numbers):
        return False
    figure = numbers.figure(_cell(record, column))
    return figure is not None and bool(figure.body.strip("0.,"))
