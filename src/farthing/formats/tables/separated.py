"""Tables as text: CSV (RFC 4180), in UTF-8."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from farthing.formats.own.cells import guarded
from farthing.formats.tables.table import Cell, Table


def write(table: Table) -> bytes:
    """The headings, and a line for each row. Text that a spreadsheet would take for a formula has an apostrophe before
    it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([guarded(column.heading) for column in table.columns])
    writer.writerows([_text(cell) for cell in row.cells] for row in table.rows)
    return text.getvalue().encode()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(cell)
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
