"""Titled tables: the CSV files of programs that always write the same headings, so that nothing has to be guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from farthing.formats import dates, numbers
from farthing.formats.dates import DateError, Order, Written
from farthing.formats.drafts import FileTooLong, FileUnreadable, SkippedLine
from farthing.formats.numbers import NumberError
from farthing.formats.sheets.delimited import table
from farthing.formats.text import decode

_HEAD = 16_384
_BINARY = (b"SQLite format 3\0", b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"<", b"{", b"[")
_MOST_HEADINGS = 200


@dataclass(frozen=True, slots=True)
class TitledRow:
    """A row: its line, and its cells by heading (in lower case)."""

    line: int
    cells: Mapping[str, str]

    def get(self, *headings: str) -> str | None:
        """The first of these cells that isn't empty."""
        return next((cell for heading in headings if (cell := self.cells.get(heading))), None)

    @property
    def original(self) -> dict[str, str]:
        """All cells in which something is written."""
        return {heading: cell for heading, cell in self.cells.items() if cell}


@dataclass(frozen=True, slots=True)
class Titled:
    """A table whose headings are known."""

    headings: tuple[str, ...]
    """In lower case, in the file's order."""
    rows: tuple[TitledRow, ...]
    skipped: tuple[SkippedLine, ...]
    encoding: str

    @property
    def shape(self) -> str:
        """What files of the same origin have in common."""
        return "|".join(self.headings)


def headings(data: bytes) -> frozenset[str]:
    """The cells of the file's first line, in lower case; none where it isn't text."""
    return _headings(data[:_HEAD])


@lru_cache(maxsize=2)
def _headings(head: bytes) -> frozenset[str]:
    """Of the beginning of a file. Each reader asks for the same."""
    if head.startswith(_BINARY):
        return frozenset()
    if len(head) == _HEAD:
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
    try:
        parted = table(decode(head).text, max_rows=1_000)
    except (FileUnreadable, FileTooLong):
        return frozenset()
    first = next((record.cells for record in parted.records if not record.is_blank), []) if parted else []
    return frozenset(_plain(cell) for cell in first[:_MOST_HEADINGS])


def _plain(cell: str) -> str:
    return " ".join(cell.casefold().split())


def titled(data: bytes, needed: Iterable[str], *, max_rows: int) -> Titled:
    """Read a table by its headings.

    Args:
        data: the whole file.
        needed: headings without which it can't be read, in lower case.
        max_rows: more rows are refused.

    Raises:
        FileUnreadable: it isn't text, lacks a heading, or a line breaks the rules.
        FileTooLong: more than ``max_rows`` rows.
    """
    decoded = decode(data)
    parted = table(decoded.text, max_rows=max_rows)
    records = iter(() if parted is None else parted.records)
    header = next((record for record in records if not record.is_blank), None)
    titles = tuple(_plain(cell) for cell in header.cells) if header else ()
    if missing := [heading for heading in needed if heading not in titles]:
        line = header.line if header else None
        raise FileUnreadable.on_line(line, problem=f"it has no column '{missing[0]}'")
    rows: list[TitledRow] = []
    skipped: list[SkippedLine] = []
    for record in records:
        if record.is_blank:
            continue
        if _plain(record.cells[0]) == titles[0] and tuple(map(_plain, record.cells)) == titles:
            skipped.append(SkippedLine(record.line, "repeats the headings"))
            continue
        if len(rows) == max_rows:
            raise FileTooLong(limit=str(max_rows))
        cells: dict[str, str] = {}
        for title, cell in zip(titles, record.cells, strict=False):
            if title and cell:
                cells.setdefault(title, cell)
        rows.append(TitledRow(record.line, cells))
    return Titled(titles, tuple(rows), tuple(skipped), decoded.encoding)


def decimal_mark(cells: Iterable[str]) -> str:
    """Which mark is the decimal one in columns of amounts. Where none shows it, marks stand between thousands."""
    figures = [figure for cell in cells if cell and (figure := numbers.figure(cell))]
    votes = numbers.decimal_votes(figures)
    if votes["."] != votes[","]:
        return "." if votes["."] > votes[","] else ","
    unclear = next((figure.marks[0] for figure in figures if figure.marks), ",")
    return "," if unclear == "." else "."


def amount(row: TitledRow, heading: str, mark: str = ".") -> Decimal:
    """A cell's amount; an empty one is 0.

    Raises:
        FileUnreadable: it is no amount that can be kept.
    """
    cell = row.get(heading)
    if cell is None or cell in ("-", "\u2013"):
        return Decimal(0)
    figure = numbers.figure(cell)
    if figure is None:
        raise FileUnreadable.on_line(row.line, problem=f"line {row.line} has no amount that can be read in '{heading}'")
    try:
        return numbers.amount(figure, mark)
    except NumberError as error:
        raise FileUnreadable.on_line(
            row.line, problem=f"line {row.line} has an amount in '{heading}' that {error}"
        ) from error


def written_days(table_: Titled, heading: str) -> Iterator[Written]:
    """The dates of a column, taken apart; cells that are none are passed over."""
    for row in table_.rows:
        if (each := dates.written(row.get(heading) or "")) is not None:
            yield each


def day(row: TitledRow, heading: str, order: Order = "ymd") -> dt.date:
    """A cell's calendar day as it is written, whatever time and zone stand behind it.

    Raises:
        FileUnreadable: it is none.
    """
    each = dates.written(row.get(heading) or "")
    if each is None:
        raise FileUnreadable.on_line(row.line, problem=f"line {row.line} has no date that can be read in '{heading}'")
    try:
        return dates.day(each, order)
    except DateError as error:
        raise FileUnreadable.on_line(
            row.line, problem=f"line {row.line} has a date in '{heading}' that {error}"
        ) from error
