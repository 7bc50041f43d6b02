"""XLSX and ODS: statements that banks hand out as spreadsheets, and tables that people keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from farthing.formats import zipped
from farthing.formats.drafts import DraftChoice, DraftFile, FileUnreadable
from farthing.formats.own import worksheet
from farthing.formats.sheets import office_open, open_document
from farthing.formats.sheets.inquiry import EVEN, Inquiry
from farthing.formats.sheets.interpretation import interpret, shape_of
from farthing.formats.sheets.sections import Section, is_header
from farthing.formats.sheets.sheet import sheet
from farthing.formats.sheets.table import Table, looks_like_row
from farthing.formats.sheets.workbook import Worksheet

_HEAD = 200
_SAMPLE = 500
_ALL = "*"
"""No sheet can be called so."""
_DELIMITER = "cells"


def recognises(data: bytes) -> bool:
    """Whether this is a workbook of Office Open XML, or an OpenDocument spreadsheet."""
    return _format(data) is not None


def _format(data: bytes) -> str | None:
    if not zipped.is_zip(data):
        return None
    if open_document.MIME in data[:_HEAD]:
        return "ods"
    try:
        names = zipped.names(data)
    except FileUnreadable:
        return None
    return "xlsx" if office_open.WORKBOOK in names else None


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a spreadsheet; see :func:`~farthing.formats.sheets.interpretation.interpret` for answers and faults.

    A workbook that this program wrote is read as such: its first sheet has the headings of that.

    ``sheet`` among the answers is the name of the sheet that is meant, or ``*`` for each as an account of its own.

    Raises:
        FileUnreadable: it is damaged, or none of its sheets has a day and a number in one row.
    """
    kind = _format(data)
    if kind is None:
        raise FileUnreadable.on_line(None, problem="it is no spreadsheet that is read here")
    reader = open_document if kind == "ods" else office_open
    worksheets = reader.sheets(data, max_rows=max_rows)
    if worksheets and worksheet.recognises(worksheets[0].records):
        return worksheet.read(worksheets[0].records, max_rows=max_rows)
    worksheets = [each for each in worksheets if _has_rows(each)]
    if not worksheets:
        raise FileUnreadable.on_line(None, problem="none of its sheets holds rows with a day and an amount")
    inquiry = Inquiry(answers)
    chosen = _chosen(worksheets, inquiry)
    tables = [Section(_table(each), each.name if len(chosen) > 1 else None) for each in chosen]
    understood = {"sheet": ", ".join(f"'{each.name}'" for each in chosen)}
    return interpret(tables, format=kind, max_rows=max_rows, inquiry=inquiry, understood=understood)


def _has_rows(each: Worksheet) -> bool:
    return any(looks_like_row(record.cells) or is_header(record) for record in each.records[:_SAMPLE])


def _table(each: Worksheet) -> Table:
    return Table(_DELIMITER, each.records)


def _chosen(worksheets: Sequence[Worksheet], inquiry: Inquiry) -> Sequence[Worksheet]:
    """The sheets to read: the only one, or those that a person means; each an account's while nobody said."""
    if len(worksheets) == 1:
        return worksheets
    alike = len({shape_of(sheet(_table(each))) for each in worksheets}) == 1
    longest = max(worksheets, key=lambda each: len(each.records))
    choices = [
        DraftChoice(_ALL, f"each of the {len(worksheets)} sheets is an account of its own"),
        *(DraftChoice(each.name, f"only this sheet, of {len(each.records)} rows, is meant") for each in worksheets),
    ]
    told = inquiry.settle("sheet", "Which sheet holds the account?", choices, _ALL if alike else longest.name, EVEN)
    return worksheets if told == _ALL else [each for each in worksheets if each.name == told]
