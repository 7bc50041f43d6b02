"""Spreadsheets made for tests: XLSX as a writer of its own makes them, and the parts of XLSX and ODS by hand."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import xlsxwriter

Cell = str | float | dt.date | bool | None

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[Cell]]], *, hidden: Sequence[str] = (), from_1904: bool = False
) -> bytes:
    """A workbook of these sheets; days are written as spreadsheets keep them."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "date_1904": from_1904}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    elif cell is not None:
                        sheet.write(row, column, cell)
    return data.getvalue()


def archive(parts: Mapping[str, str | bytes], *, is_packed: bool = True) -> bytes:
    """An archive of these parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        for name, content in parts.items():
            is_stored = name == "mimetype" or not is_packed
            zipped.writestr(name, content, zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED)
    return data.getvalue()


def xlsx_by_hand(rows: str, *, strings: str = "", prolog: str = "", is_packed: bool = True) -> bytes:
    """A workbook of one sheet, whose rows are written in XML."""
    return archive(
        {
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
            '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'{prolog}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        },
        is_packed=is_packed,
    )


def ods(tables: Mapping[str, str]) -> bytes:
    """A document of these tables, whose rows are written in XML."""
    body = "".join(f'<table:table table:name="{escape(name)}">{rows}</table:table>' for name, rows in tables.items())
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f'<office:document-content xmlns:office="{ODF}:office:1.0" xmlns:table="{ODF}:table:1.0" '
            f'xmlns:text="{ODF}:text:1.0"><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>'
            "</office:document-content>",
        }
    )


def ods_row(*cells: Cell, repeated: int = 1) -> str:
    """A row of a table."""
    return (
        f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(_ods_cell, cells))}</table:table-row>'
    )


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str):
        words = f"<text:p>{escape(cell)}</text:p>"
        return f'<table:table-cell office:value-type="string">{words}</table:table-cell>'
    if isinstance(cell, dt.date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}">'
            f"<text:p>{cell:%d.%m.%y}</text:p></table:table-cell>"
        )
    return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>?</text:p></table:table-cell>'
