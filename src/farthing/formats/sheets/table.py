"""Tables: records of cells, as a file of lines or the sheet of a workbook has them."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.formats import dates, numbers


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the line of the file on which it begins, from 1. A blank line has no cells."""

    line: int
    cells: list[str]

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written in any cell."""
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The records of a file, and what parts their cells."""

    delimiter: str
    """As a person can see it."""
    records: list[Record]


def looks_like_row(cells: list[str]) -> bool:
    """Whether there is a whole cell that is a date, and another that is a number."""
    has_date = has_number = False
    for cell in cells:
        if dates.written(cell) is not None:
            has_date = True
        elif numbers.figure(cell) is not None:
            has_number = True
    return has_date and has_number
