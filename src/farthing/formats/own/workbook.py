"""The table as a workbook (XLSX, ECMA-376).

A spreadsheet keeps numbers as binary fractions of 15 decimal digits: an amount with more is written as text, exactly.
Days before March 1900 are text too: spreadsheets don't agree on them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from farthing.formats.drafts import DraftTransaction
from farthing.formats.own.cells import HEADINGS, Cell, rows
from farthing.kit.faults import Invalid

EXACT_DIGITS = 15
"""So many decimal digits a spreadsheet's number keeps."""
MOST_ROWS = 1_048_576
"""Rows of a sheet, the headings included."""
LONGEST_TEXT = 32_767
"""Characters of a cell."""
FIRST_DAY = dt.date(1900, 3, 1)
SHEET = "Transactions"
_WIDE = {"transaction_id": 38, "payee": 24, "description": 24, "account": 32, "date": 11, "amount": 12}


class WorkbookTooSmall(Invalid):
    """More than a workbook holds."""

    code = "workbook_too_small"
    message = "A sheet of XLSX doesn't hold this: {what}. Ask for csv or jsonl, or for less."
    sample = {"what": "it has more than 1,048,575 rows"}


class TransactionsWorkbook:
    """A workbook that is written row by row, into a temporary file; :meth:`end` makes it whole.

    Args:
        file: where it goes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self._sheet = self._book.add_worksheet(SHEET)
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._amounts: dict[int, Format] = {}
        self._row = 0
        heading = self._book.add_format({"bold": True})
        for column, name in enumerate(HEADINGS):
            self._sheet.set_column(column, column, _WIDE.get(name))
        for column, name in enumerate(HEADINGS):
            self._sheet.write_string(0, column, name, heading)
        self._sheet.freeze_panes(1, 0)

    def add(self, written: Iterable[DraftTransaction]) -> None:
        """Write transactions down, after those before.

        Raises:
            WorkbookTooSmall: they don't fit.
        """
        for row in rows(written):
            self._row += 1
            if self._row == MOST_ROWS:
                raise WorkbookTooSmall.in_parameter("format", what=f"it has more than {MOST_ROWS - 1:,} rows")
            for column, cell in enumerate(row):
                self._write(column, cell)

    def end(self) -> None:
        """There are no more."""
        self._book.close()

    def _with_places(self, places: int) -> Format:
        """How a number is shown with so many digits after the point: those that it was written with."""
        found = self._amounts.get(places)
        if found is None:
            found = self._book.add_format({"num_format": f"0.{'0' * places}" if places else "0"})
            self._amounts[places] = found
        return found

    def _write(self, column: int, cell: Cell) -> None:
        if isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= EXACT_DIGITS:
            places = -int(cell.as_tuple().exponent)
            self._sheet.write_number(self._row, column, float(cell), self._with_places(max(places, 0)))
        elif isinstance(cell, dt.date) and cell >= FIRST_DAY:
            self._sheet.write_datetime(self._row, column, dt.datetime.combine(cell, dt.time()), self._day)
        elif cell != "":
            text = cell if isinstance(cell, str) else str(cell) if isinstance(cell, dt.date) else f"{cell:f}"
            if len(text) > LONGEST_TEXT:
                raise WorkbookTooSmall.in_parameter("format", what=f"a cell has more than {LONGEST_TEXT:,} characters")
            self._sheet.write_string(self._row, column, text)
