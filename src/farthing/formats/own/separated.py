"""The table as text: CSV (RFC 4180) and TSV, in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from farthing.formats.drafts import DraftBook, DraftFile, DraftTransaction, FileUnreadable
from farthing.formats.own.cells import (
    HEADINGS,
    LONGEST_CELL,
    TELLING,
    TEXTS,
    Cell,
    Line,
    guarded,
    rows,
    transactions,
    unguarded,
)
from farthing.formats.text import decode

DELIMITERS = (",", "\t", ";")
"""What is written, the last one aside: that comes of a spreadsheet that saved the file anew."""
_LOOKED_AT = 4000
"""So much of a file is looked at for its headings."""


def head(delimiter: str = ",") -> bytes:
    """The line of headings."""
    return _written([HEADINGS], delimiter)


def write(written: Iterable[DraftTransaction], *, delimiter: str = ",") -> bytes:
    """The lines of transactions, without the headings."""
    return _written((_texts(row) for row in rows(written)), delimiter)


def recognises(data: bytes) -> bool:
    """Whether the file begins with the headings that this table has."""
    first = data[:_LOOKED_AT].decode("utf-8", "replace").removeprefix("\ufeff").splitlines()[:1]
    return bool(first) and any(set(next(csv.reader(first, delimiter=each))) >= TELLING for each in DELIMITERS)


def read(data: bytes, *, max_rows: int, answers: Mapping[str, str]) -> DraftFile:  # noqa: ARG001 - nothing is unsure
    """Read what :func:`write` wrote, its columns in whatever order.

    Raises:
        FileUnreadable: it isn't that, or a cell isn't what its column holds.
        FileTooLong: more than ``max_rows`` transactions.
    """
    text = decode(data).text
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    book = DraftBook((), tuple(transactions(_lines(text, delimiter), most=max_rows)))
    return DraftFile("farthing", understood={"format": "Farthing's own table of transactions"}, book=book)


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    headings: list[str] = []
    try:
        for cells in reader:
            if not headings:
                headings = check(cells)
            elif any(cells):
                yield named(headings, [unguarded(cell) for cell in cells], reader.line_num)
    except csv.Error:
        raise FileUnreadable.on_line(
            reader.line_num, problem=f"line {reader.line_num} isn't made of cells as CSV has them"
        ) from None


def check(headings: list[str]) -> list[str]:
    """The headings, if the table has them.

    Raises:
        FileUnreadable: some are missing, or stand there twice.
    """
    if missing := TELLING.difference(headings):
        raise FileUnreadable.on_line(1, problem=f"it has no column {', '.join(sorted(missing))}")
    ours = [heading for heading in headings if heading in HEADINGS]
    if len(ours) != len(set(ours)):
        raise FileUnreadable.on_line(1, problem="a column stands there twice")
    return headings


def named(headings: list[str], cells: list[str], line: int) -> Line:
    """The cells of a row by their headings; those under other headings are somebody's own.

    Raises:
        FileUnreadable: there are more or fewer than headings, or one is longer than any that is written.
    """
    if len(cells) != len(headings):
        raise FileUnreadable.on_line(line, problem=f"line {line} has {len(cells)} cells for {len(headings)} headings")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise FileUnreadable.on_line(line, problem=f"line {line} has a cell of more than {LONGEST_CELL} characters")
    return line, dict(zip(headings, cells, strict=True))


def _texts(row: tuple[Cell, ...]) -> list[str]:
    return [_text(cell, is_text=heading in TEXTS) for heading, cell in zip(HEADINGS, row, strict=True)]


def _text(cell: Cell, *, is_text: bool) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, str):
        return guarded(cell) if is_text else cell
    return cell.isoformat()


def _written(lines: Iterable[Iterable[str]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()
