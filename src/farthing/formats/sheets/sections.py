"""Sections: the tables that one file holds one below the other, each of an account of its own.

A header that comes again is a new page where nothing but it comes again, and a new table where a title stands above it,
lines that say whose account it is or what that held, or its headings are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farthing.formats.sheets import headings, stated
from farthing.formats.sheets.headings import DATES, MONEY
from farthing.formats.sheets.table import Record, Table, looks_like_row

_DIGIT = re.compile(r"\d")
_FEWEST_HEADINGS = 2
MOST = 50
"""More tables than this are no statement."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a file, and the title above it where the file has several."""

    table: Table
    title: str | None = None


def sections_of(table: Table) -> Iterator[Section]:
    """The tables of a file: mostly one, the whole of it."""
    records = table.records
    headers = [place for place, record in enumerate(records) if is_header(record)]
    starts: list[tuple[int, str | None]] = []
    for place in headers:
        is_other = records[place].cells != records[headers[0]].cells
        start, title = _title_above(records, place, is_other=is_other)
        if not starts or title or is_other:
            starts.append((start, title))
    if len(starts) < _FEWEST_HEADINGS or len(starts) > MOST:
        yield Section(table)
        return
    if any(title for _, title in starts):
        # What is of several accounts must not go to one because the title of one isn't known.
        starts = [(start, title or f"table {number}") for number, (start, title) in enumerate(starts, 1)]
    starts[0] = (0, starts[0][1])
    ends = [start for start, _ in starts[1:]] + [len(records)]
    for (start, title), end in zip(starts, ends, strict=True):
        yield Section(Table(table.delimiter, records[start:end]), title)


def is_header(record: Record) -> bool:
    """Whether a record is nothing but headings, a date's and an amount's among them."""
    cells = [cell for cell in record.cells if cell]
    if len(cells) <= _FEWEST_HEADINGS or _DIGIT.search("".join(cells)):
        return False
    known = [roles for cell in cells if (roles := headings.roles(cell))]
    has_date = any(role in roles for roles in known for role in DATES)
    has_money = any(role in roles for roles in known for role in MONEY)
    return has_date and has_money and len(known) * 2 > len(cells)


def _title_above(records: list[Record], place: int, *, is_other: bool) -> tuple[int, str | None]:
    """Where a header's table begins, and its title: the last line above, if that is one cell of words.

    Or the first of the lines above, if these say what the account held or which it is; or if the header ``is_other``
    than the first of the file.
    """
    above = place - 1
    while above >= 0 and records[above].is_blank:
        above -= 1
    if above < 0:
        return place, None
    cells = [cell for cell in records[above].cells if cell]
    if len(cells) == 1 and len(cells[0]) <= headings.LONGEST and not _DIGIT.search(cells[0]):
        return above, cells[0]
    start = above
    while start > 0 and not records[start - 1].is_blank and not looks_like_row(records[start - 1].cells):
        start -= 1
    block = records[start : above + 1]
    title = next((cell for cell in block[0].cells if cell), "")
    is_parted = start == 0 or records[start - 1].is_blank
    is_titled = is_parted and len(title) <= headings.LONGEST and any(map(str.isalpha, title))
    if not is_titled or looks_like_row(block[0].cells) or stated.in_record(block[0]) is not None:
        return place, None
    speaks = bool(stated.around(block)) or stated.account_number(block) is not None
    return (start, title) if speaks or is_other else (place, None)
