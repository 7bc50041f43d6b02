"""Sections: the tables that one file holds one below the other, each of an account of its own.

A header that comes again is a new page where nothing but it comes again, and a new table where a title stands above it
or its headings are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farthing.formats.sheets import headings
from farthing.formats.sheets.headings import DATES, MONEY
from farthing.formats.sheets.table import Record, Table

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
        start, title = _title_above(records, place)
        if not starts or title or records[place].cells != records[headers[0]].cells:
            starts.append((start, title))
    if len(starts) < _FEWEST_HEADINGS or len(starts) > MOST:
        yield Section(table)
        return
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


def _title_above(records: list[Record], place: int) -> tuple[int, str | None]:
    """Where a header's table begins, and its title: the last line above, if that is one cell of words."""
    above = place - 1
    while above >= 0 and records[above].is_blank:
        above -= 1
    if above < 0:
        return place, None
    cells = [cell for cell in records[above].cells if cell]
    is_title = len(cells) == 1 and len(cells[0]) <= headings.LONGEST and not _DIGIT.search(cells[0])
    return (above, cells[0]) if is_title else (place, None)
