"""ODS: spreadsheets of the OpenDocument format (ISO/IEC 26300), read straight from their content."""

from __future__ import annotations

import re
from collections.abc import Mapping

from farthing.formats import zipped
from farthing.formats.drafts import FileUnreadable
from farthing.formats.sheets.table import Record
from farthing.formats.sheets.workbook import MOST_COLUMNS, MOST_SHEETS, Room, Words, Worksheet, hear, number_as_text

CONTENT = "content.xml"
MIME = b"application/vnd.oasis.opendocument.spreadsheet"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_NUMBERS = ("float", "currency", "percentage")
_CELLS = ("table-cell", "covered-table-cell")
_ASIDES = ("annotation", "table")
"""What stands inside a cell and isn't its text."""
_COUNT = re.compile(r"[1-9][0-9]{0,8}\Z")
_LONGEST_VALUE = 48


def sheets(data: bytes, *, max_rows: int) -> list[Worksheet]:
    """The sheets of a document, in its order.

    Raises:
        FileUnreadable: it is damaged, or has more than a statement can have.
        FileTooLong: more rows than allowed.
    """
    content = next((member.data for member in zipped.members(data, lambda name: name == CONTENT)), None)
    if content is None:
        raise FileUnreadable.on_line(None, problem="it has no content in it")
    tables = _Tables(Room(max_rows))
    hear(content, tables)
    return tables.found


class _Tables:
    """Gathers the tables. Rows and cells that repeat are written once, with a count."""

    def __init__(self, room: Room) -> None:
        self.found: list[Worksheet] = []
        self._room = room
        self._row = 0
        self._rows = 1
        self._cells: list[str] = []
        self._blank = 0
        self._cell: Mapping[str, str] | None = None
        self._words = Words()
        self._paragraphs = 0
        self._aside: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._aside:
            return
        if self._cell is not None:
            self._start_inside(name)
        elif name in _CELLS:
            self._cell = dict(attributes)
            self._words.clear()
            self._paragraphs = 0
        elif name == "table-row":
            self._rows = _count(attributes, "number-rows-repeated")
            self._cells, self._blank = [], 0
        elif name == "table":
            if len(self.found) >= MOST_SHEETS:
                raise FileUnreadable.on_line(None, problem=f"it has more than {MOST_SHEETS} sheets")
            self.found.append(Worksheet(attributes.get(f"{_TABLE}name", ""), []))
            self._row = 0

    def _start_inside(self, name: str) -> None:
        if name in _ASIDES:
            self._aside = name
        elif name == "p":
            self._paragraphs += 1
            if self._paragraphs > 1:
                self._words.add("\n", self._row + 1)
        elif name in ("s", "tab", "line-break"):
            self._words.add("\n" if name == "line-break" else " ", self._row + 1)

    def data(self, text: str) -> None:
        if self._paragraphs and self._cell is not None and not self._aside:
            self._words.add(text, self._row + 1)

    def end(self, name: str) -> None:
        if self._aside:
            self._aside = None if name == self._aside else self._aside
        elif name in _CELLS and self._cell is not None:
            self._put(_text(self._cell, str(self._words)), _count(self._cell, "number-columns-repeated"))
            self._cell = None
        elif name == "table-row" and self.found:
            self._repeat(self.found[-1].records)

    def _put(self, text: str, repeated: int) -> None:
        if not text:
            self._blank += repeated
            return
        if len(self._cells) + self._blank + repeated > MOST_COLUMNS:
            row = self._row + 1
            raise FileUnreadable.on_line(row, problem=f"row {row} has a cell beyond column {MOST_COLUMNS}")
        self._cells += [""] * self._blank + [text] * repeated
        self._blank = 0

    def _repeat(self, records: list[Record]) -> None:
        if self._cells:
            rows = range(self._row + 1, self._row + 1 + self._rows)
            records.extend(record for row in rows if (record := self._room.take(row, list(self._cells))))
        self._row += self._rows


def _count(attributes: Mapping[str, str], name: str) -> int:
    told = attributes.get(f"{_TABLE}{name}", "1")
    return int(told) if _COUNT.match(told) else 1


def _text(cell: Mapping[str, str], words: str) -> str:
    """A cell's value as text, where it has one that isn't its words."""
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in _NUMBERS:
        return number_as_text(cell.get(f"{_OFFICE}value", "").strip())
    if kind == "date":
        day, _, time = cell.get(f"{_OFFICE}date-value", "")[:_LONGEST_VALUE].partition("T")
        return f"{day} {time.partition('.')[0]}" if time.strip("0:.") else day
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value", "")[:_LONGEST_VALUE].upper()
    return words
