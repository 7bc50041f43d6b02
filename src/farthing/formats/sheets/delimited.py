"""Delimited text: lines to cells, forgiving what people and banks do to quotes.

The rules of RFC 4180, read as a person would: a quote inside a cell that isn't followed by the end of the cell belongs
to the text, and so does a quote in a cell that didn't begin with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from farthing.formats.drafts import FileTooLong, FileUnreadable
from farthing.formats.sheets import headings
from farthing.formats.sheets.table import Record, Table, looks_like_row

DELIMITERS = (";", "\t", ",", "|")
_NAMES = {"\t": "tab", ";": "';'", ",": "','", "|": "'|'"}

MOST_COLUMNS = 1_024
MOST_LINES_IN_A_CELL = 500
LONGEST_CELL = 100_000
_MORE_THAN_ROWS = 1_000
"""Lines a file may have beyond its rows: what stands before and after them."""
_CELLS_PER_ROW = 50
"""The average over a whole file, so that its cells fit into memory."""

_SAMPLE = 65_536
_SAMPLE_RECORDS = 200
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ]*(?:\n|\Z)', re.IGNORECASE)


class _Unclosed(Exception):
    """A quoted cell doesn't end. Carries the line on which it begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


class _TooLong(_Unclosed):
    """A cell is longer than any can be."""


def table(text: str, *, max_rows: int) -> Table | None:
    """The file's records, by the delimiter under which most of them are rows; None where no delimiter parts anything.

    Raises:
        FileUnreadable: a quoted cell that never ends, or more cells than can be.
        FileTooLong: more records than rows are allowed and a thousand lines.
    """
    start = 0
    if stated := _SEPARATOR_LINE.match(text):
        delimiter, start = stated[1], stated.end()
    else:
        best = max(DELIMITERS, key=lambda each: _score(text, each))
        if _score(text, best) == _NOTHING:
            return None
        delimiter = best
    records: list[Record] = []
    cells = 0
    most_cells = max(_CELLS_PER_ROW * max_rows, _CELLS_PER_ROW * _MORE_THAN_ROWS)
    try:
        for record in _records(text, delimiter, start):
            records.append(record)
            cells += len(record.cells)
            if len(records) > max_rows + _MORE_THAN_ROWS:
                raise FileTooLong(limit=str(max_rows))
            if len(record.cells) > MOST_COLUMNS or cells > most_cells:
                problem = f"line {record.line} has more cells than a statement can have"
                raise FileUnreadable.on_line(record.line, problem=problem)
    except _TooLong as cell:
        problem = f"line {cell.line} has a cell of more than {LONGEST_CELL} characters"
        raise FileUnreadable.on_line(cell.line, problem=problem) from None
    except _Unclosed as unclosed:
        problem = f"line {unclosed.line} begins a quoted cell that never ends"
        raise FileUnreadable.on_line(unclosed.line, problem=problem) from None
    return Table(_NAMES.get(delimiter, repr(delimiter)), records)


_NOTHING = (0, 0, 0)


def _score(text: str, delimiter: str) -> tuple[int, int, int]:
    """How much the beginning of the file looks like a statement under a delimiter: rows, headings, cells."""
    sample = text if len(text) <= _SAMPLE else text[: text.rfind("\n", 0, _SAMPLE) + 1 or _SAMPLE]
    rows = known = parted = 0
    try:
        for number, record in enumerate(_records(sample, delimiter, 0)):
            if number >= _SAMPLE_RECORDS or len(record.cells) > MOST_COLUMNS:
                break
            parted += len(record.cells) > 1
            rows += looks_like_row(record.cells)
            known = max(known, sum(1 for cell in record.cells if headings.roles(cell)) if len(record.cells) > 1 else 0)
    except _Unclosed:
        pass  # the sample may end inside a cell
    return (rows, known, parted) if parted else _NOTHING


def _records(text: str, delimiter: str, start: int) -> Iterator[Record]:
    line = 1 + text.count("\n", 0, start)
    position, length = start, len(text)
    while position < length:
        end = text.find("\n", position)
        end = length if end < 0 else end
        if text.find('"', position, end) < 0:
            # Reading stops at the bound on columns, so a line needs no more parts than one beyond it.
            parts = text[position:end].split(delimiter, MOST_COLUMNS)
            if end - position > LONGEST_CELL and any(len(part) > LONGEST_CELL for part in parts[:MOST_COLUMNS]):
                raise _TooLong(line)
            yield Record(line, [part.strip() for part in parts] if len(parts) > 1 or parts[0].strip() else [])
            line += 1
        else:
            cells, end = _quoted_cells(text, position, end, delimiter, line)
            yield Record(line, cells)
            line += text.count("\n", position, end) + 1
        position = end + 1


def _quoted_cells(text: str, position: int, end: int, delimiter: str, line: int) -> tuple[list[str], int]:
    """The cells of a record that has quotes, and where the record ends. ``end`` is where its first line does."""
    cells: list[str] = []
    begin = position
    while True:
        opening = begin  # the lines above it are counted already
        while opening < end and text[opening] == " ":
            opening += 1
        if opening < end and text[opening] == '"':
            cell, stop = _quoted_cell(text, opening, delimiter, line)
            line += text.count("\n", opening, stop)
            if stop > end:
                end = text.find("\n", stop)
                end = len(text) if end < 0 else end
        else:
            stop = text.find(delimiter, begin, end)
            stop = end if stop < 0 else stop
            cell = text[begin:stop]
        if len(cell) > LONGEST_CELL:
            raise _TooLong(line)
        cells.append(_bare(cell))
        if stop >= end or len(cells) > MOST_COLUMNS:
            return cells, end
        begin = stop + 1


def _quoted_cell(text: str, opening: int, delimiter: str, line: int) -> tuple[str, int]:
    """A quoted cell's text, and where its delimiter or its line's end stands."""
    parts: list[str] = []
    begin = opening + 1
    is_bare = False  # whether a quote of the text stands there as itself
    while True:
        quote = text.find('"', begin)
        if quote < 0 or quote - opening > LONGEST_CELL:
            has_lines = text.find("\n", opening, opening + LONGEST_CELL) >= 0
            raise _Unclosed(line) if quote < 0 or has_lines else _TooLong(line)
        after = quote + 1
        if text.startswith('"', after) and not (is_bare and _ends(text, after + 1, delimiter)):
            parts.append(text[begin:after])
            begin = after + 1
            continue
        while after < len(text) and text[after] == " ":
            after += 1
        if after >= len(text) or text[after] in (delimiter, "\n"):
            parts.append(text[begin:quote])
            cell = "".join(parts)
            if cell.count("\n") > MOST_LINES_IN_A_CELL:
                raise _Unclosed(line)
            return cell, after
        parts.append(text[begin : quote + 1])
        begin = quote + 1
        is_bare = True


def _ends(text: str, position: int, delimiter: str) -> bool:
    return position >= len(text) or text[position] in (delimiter, "\n")


def _bare(cell: str) -> str:
    """The cell without padding, and without the ``="..."`` that keeps spreadsheets from dropping leading zeros."""
    cell = cell.strip()
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > len('=""') else cell
