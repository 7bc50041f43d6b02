"""XLSX: workbooks of Office Open XML (ISO/IEC 29500), read straight from their parts.

A reader that lays a sheet out as a grid takes as much memory as the farthest cell asks for: five kilobytes of file can
ask for half a terabyte. Here cells are read one after the other, and nothing stands for those that aren't there.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from farthing.formats import zipped
from farthing.formats.drafts import FileUnreadable
from farthing.formats.sheets.table import Record
from farthing.formats.sheets.workbook import (
    MOST_COLUMNS,
    MOST_SHEETS,
    Elements,
    Room,
    Words,
    Worksheet,
    day_as_text,
    hear,
    number_as_text,
)

WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_STRINGS = "xl/sharedStrings.xml"
_SHEETS = "xl/worksheets/"
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}\Z")
_ROW = re.compile(r"[0-9]{1,7}\Z")
_STRING = re.compile(r"[0-9]{1,9}\Z")
_LETTERS = 26
_SINCE_1900 = dt.date(1899, 12, 30)
_SINCE_1904 = dt.date(1904, 1, 1)
_DATE_FORMATS = frozenset(str(number) for number in (*range(14, 18), 22, *range(27, 37), *range(50, 59)))
"""The numbers of the built-in formats that show a day."""
_LITERAL = re.compile(r'"[^"]{0,255}"|\\.|\[[^\]]{0,64}\]|_.|\*.')
"""What a format shows as it stands, and its conditions and colours."""
_DAY = re.compile(r"[yd]|m{3}", re.IGNORECASE)
_LONGEST_FORMAT = 255
_SERIAL = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,20})?\Z")
_TRUTHS = {"1": "TRUE", "0": "FALSE"}


def sheets(data: bytes, *, max_rows: int) -> list[Worksheet]:
    """The sheets of a workbook that are shown, in its order.

    Raises:
        FileUnreadable: it is damaged, or has more than a statement can have.
        FileTooLong: more rows than allowed.
    """
    parts = {
        member.name: member.data
        for member in zipped.members(
            data, lambda name: name in (WORKBOOK, _RELATIONS, _STYLES, _STRINGS) or name.startswith(_SHEETS)
        )
    }
    if WORKBOOK not in parts:
        raise FileUnreadable.on_line(None, problem="it has no workbook in it")
    shown, epoch = _shown(parts[WORKBOOK])
    targets = _targets(parts.get(_RELATIONS, b""))
    types = _Types(_strings(parts.get(_STRINGS, b"")), _date_styles(parts.get(_STYLES, b"")), epoch)
    room = Room(max_rows)
    found: list[Worksheet] = []
    for name, relation in shown:
        if (part := parts.get(targets.get(relation, ""))) is not None:
            rows = _Rows(types, room)
            hear(part, rows)
            found.append(Worksheet(name, rows.records))
    return found


def _elements(part: bytes, *names: str) -> Sequence[tuple[str, Mapping[str, str]]]:
    elements = Elements(*names)
    if part:
        hear(part, elements)
    return elements.found


def _shown(workbook: bytes) -> tuple[list[tuple[str, str]], dt.date]:
    """The names of the visible sheets with the relations that lead to them, and the day that days are counted from."""
    names: list[tuple[str, str]] = []
    epoch = _SINCE_1900
    for name, attributes in _elements(workbook, "sheet", "workbookPr"):
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
            epoch = _SINCE_1904
        elif name == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next((value for key, value in attributes.items() if key.endswith("}id")), "")
            names.append((attributes.get("name", ""), relation))
    if len(names) > MOST_SHEETS:
        raise FileUnreadable.on_line(None, problem=f"it has more than {MOST_SHEETS} sheets")
    return names, epoch


def _targets(relations: bytes) -> dict[str, str]:
    return {
        attributes.get("Id", ""): posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        for _, attributes in _elements(relations, "Relationship")
    }


def _date_styles(styles: bytes) -> frozenset[str]:
    """The numbers of the cell styles that show a day."""
    custom: set[str] = set()
    dated: set[str] = set()
    style: int | None = None
    for name, attributes in _elements(styles, "numFmt", "cellXfs", "xf"):
        if name == "numFmt":
            shown = _LITERAL.sub("", attributes.get("formatCode", "")[:_LONGEST_FORMAT])
            if _DAY.search(shown):
                custom.add(attributes.get("numFmtId", ""))
        elif name == "cellXfs":
            style = 0
        elif name == "/cellXfs":
            style = None
        elif name == "xf" and style is not None:
            if attributes.get("numFmtId") in custom | _DATE_FORMATS:
                dated.add(str(style))
            style += 1
    return frozenset(dated)


def _strings(part: bytes) -> list[str]:
    """The texts that cells refer to by number."""
    strings = _Strings()
    if part:
        hear(part, strings)
    return strings.found


class _Strings:
    """Gathers the shared texts, rich or plain, without the readings that Japanese puts above them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._words = Words()
        self._is_text = self._is_reading = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 - texts need none
        if name == "si":
            self._words.clear()
        elif name == "rPh":
            self._is_reading = True
        elif name == "t":
            self._is_text = not self._is_reading

    def data(self, text: str) -> None:
        if self._is_text:
            self._words.add(text, len(self.found) + 1)

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append(str(self._words))
        elif name == "rPh":
            self._is_reading = False
        elif name == "t":
            self._is_text = False


@dataclass(frozen=True, slots=True)
class _Types:
    """What the types and styles of cells make of their values."""

    strings: Sequence[str]
    dated: frozenset[str]
    epoch: dt.date

    def text(self, kind: str, style: str, value: str, row: int) -> str:
        """A cell's text."""
        if kind == "s":
            place = int(value) if _STRING.match(value) else -1
            if not 0 <= place < len(self.strings):
                raise FileUnreadable.on_line(row, problem=f"row {row} has a text that isn't in the workbook")
            return self.strings[place]
        if kind == "n" and value:
            if style in self.dated and _SERIAL.match(value):
                return day_as_text(Decimal(value), self.epoch) or value
            return number_as_text(value)
        return _TRUTHS.get(value, "") if kind == "b" else value


class _Rows:
    """Gathers a sheet's rows. Rows and cells that don't say where they are stand behind what came before."""

    def __init__(self, types: _Types, room: Room) -> None:
        self.records: list[Record] = []
        self._types = types
        self._room = room
        self._row = 0
        self._cells: list[str] = []
        self._kind = self._style = ""
        self._column = -1
        self._words = Words()
        self._is_text = self._is_reading = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._column = _column(attributes.get("r", ""), self._column + 1)
            self._words.clear()
        elif name == "v":
            self._is_text = True
        elif name == "t":
            self._is_text = not self._is_reading
        elif name == "row":
            told = attributes.get("r", "")
            self._row = int(told) if _ROW.match(told) else self._row + 1
            self._cells = []
            self._column = -1
        elif name == "rPh":
            self._is_reading = True

    def data(self, text: str) -> None:
        if self._is_text:
            self._words.add(text, self._row)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._is_text = False
        elif name == "c":
            if text := self._types.text(self._kind, self._style, str(self._words), self._row):
                self._put(text)
        elif name == "row":
            if record := self._room.take(self._row, self._cells):
                self.records.append(record)
        elif name == "rPh":
            self._is_reading = False

    def _put(self, text: str) -> None:
        if self._column >= MOST_COLUMNS:
            problem = f"row {self._row} has a cell beyond column {MOST_COLUMNS}"
            raise FileUnreadable.on_line(self._row, problem=problem)
        self._cells.extend([""] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = text


def _column(place: str, following: int) -> int:
    """The place of a cell in its row, from 0."""
    found = _PLACE.match(place)
    if found is None:
        return following
    column = 0
    for letter in found[1]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return column - 1
