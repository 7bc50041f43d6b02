"""Tables as a workbook (XLSX, ECMA-376): figures are numbers, headings stay where they are.

A spreadsheet keeps numbers as binary fractions of 15 decimal digits: an amount with more is written as text, exactly.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook

from farthing.formats.own.workbook import EXACT_DIGITS, FIRST_DAY, LONGEST_TEXT
from farthing.formats.tables.table import Cell, CellKind, Row, Table

WIDEST = 48
NARROWEST = 10
LONGEST_SHEET_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def write(table: Table) -> bytes:
    """The table on one sheet."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, options) as book:
        # A file says when it was made: what is asked twice is answered alike, so that is the day it is of.
        made = dt.datetime.combine(table.as_of, dt.time())
        book.set_properties({"title": table.title, "created": made})
        _Sheet(book, table).write()
    return file.getvalue()


class _Sheet:
    def __init__(self, book: Workbook, table: Table) -> None:
        self.book = book
        self.table = table
        self.sheet = book.add_worksheet(_NOT_IN_NAMES.sub(" ", table.title)[:LONGEST_SHEET_NAME])
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def write(self) -> None:
        columns = self.table.columns
        for place, column in enumerate(columns):
            alike = self._format(
                bold=True, bottom=1, text_wrap=True, valign="bottom", align="right" if column.kind.is_figure else "left"
            )
            self.sheet.write_string(0, place, column.heading, alike)
            self.sheet.set_column(place, place, self._width(place))
        for line, row in enumerate(self.table.rows, start=1):
            for place, cell in enumerate(row.cells):
                self._write(line, place, cell, row)
        names = next((place for place, column in enumerate(columns) if column.kind.is_figure), 1)
        self.sheet.freeze_panes(1, names)
        self.sheet.autofilter(0, 0, max(len(self.table.rows), 1), len(columns) - 1)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0)

    def _width(self, place: int) -> float:
        texts = [self.table.columns[place].heading, *(str(row.cells[place] or "") for row in self.table.rows)]
        return float(min(max(len(max(texts, key=len)) + 2, NARROWEST), WIDEST))

    def _write(self, line: int, place: int, cell: Cell, row: Row) -> None:
        kind = self.table.columns[place].kind
        looks: dict[str, Any] = {"bold": True, "top": 1} if row.is_total else {}
        if cell is None:
            self.sheet.write_blank(line, place, None, self._format(**looks))
        elif isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= EXACT_DIGITS:
            places = max(-int(cell.as_tuple().exponent), 0)
            figure = "0.0" if kind is CellKind.PERCENT else "#,##0" + (f".{'0' * places}" if places else "")
            self.sheet.write_number(line, place, float(cell), self._format(num_format=figure, **looks))
        elif isinstance(cell, int):
            self.sheet.write_number(line, place, cell, self._format(num_format="#,##0", **looks))
        elif isinstance(cell, dt.date) and cell >= FIRST_DAY:
            day = dt.datetime.combine(cell, dt.time())
            self.sheet.write_datetime(line, place, day, self._format(num_format="yyyy-mm-dd", align="left", **looks))
        else:
            text = f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
            if row.depth and kind is CellKind.TEXT:
                looks["indent"] = row.depth
            self.sheet.write_string(line, place, text[:LONGEST_TEXT], self._format(**looks))

    def _format(self, **looks: Any) -> Any:
        """Each look is made once: a workbook holds 64,000 of them at most."""
        key = tuple(sorted(looks.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(looks)
        return self._formats[key]
