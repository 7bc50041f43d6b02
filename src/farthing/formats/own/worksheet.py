"""The table read from a workbook, as :mod:`farthing.formats.own.workbook` wrote it or a spreadsheet saved it anew.

No guards stand before texts there: the type of a cell says that it is no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from farthing.formats.drafts import DraftBook, DraftFile
from farthing.formats.own.cells import TELLING, Line, transactions
from farthing.formats.own.separated import check, named
from farthing.formats.sheets.table import Record

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How a workbook writes characters that XML has no room for, and texts that look like that (ECMA-376, 22.4.2.4)."""
_SURROGATES = range(0xD800, 0xE000)


def recognises(records: Sequence[Record]) -> bool:
    """Whether a sheet begins with the headings that this table has."""
    return bool(records) and set(records[0].cells) >= TELLING


def read(records: Sequence[Record], *, max_rows: int) -> DraftFile:
    """Read a sheet that :func:`recognises` knows.

    Raises:
        FileUnreadable: a cell isn't what its column holds.
        FileTooLong: more than ``max_rows`` transactions.
    """
    book = DraftBook((), tuple(transactions(_lines(records), most=max_rows)))
    return DraftFile(
        "farthing", understood={"format": "Farthing's own table of transactions, in a workbook"}, book=book
    )


def _lines(records: Sequence[Record]) -> Iterator[Line]:
    headings = check(records[0].cells)
    for record in records[1:]:
        cells = [_ESCAPED.sub(_character, cell) for cell in record.cells]
        # Cells that nothing stands in aren't written.
        yield named(headings, [*cells, *([""] * (len(headings) - len(cells)))], record.line)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code in _SURROGATES or code == 0 else chr(code)
