"""Workbooks: the sheets of a spreadsheet as tables of text, within bounds that hold while it is read.

A cell's text is what its value is, not what its format makes of it: a number in plain decimals, a day as in 2025-02-14,
a truth as TRUE or FALSE. Spreadsheets keep numbers as binary fractions of 15 to 17 digits and show at most 15; so 15
significant digits are taken, which gives back every decimal amount that was put in (0.1 + 0.2 is 0.3 again).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Protocol

from lxml import etree

from farthing.formats.drafts import FileTooLong, FileUnreadable
from farthing.formats.sheets.table import Record

MOST_COLUMNS = 1_024
MOST_SHEETS = 100
LONGEST_CELL = 32_767
"""Characters; what spreadsheets themselves allow."""
_MOST_ELEMENTS = 200_000
_PIECE = 65_536
_MORE_THAN_ROWS = 1_000
_CELLS_PER_ROW = 50
_MOST_CHARACTERS = 100_000_000
"""In all cells together: a text that is kept once may be shown in many."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,2})?\Z|[+-]?\.[0-9]{1,40}\Z")
_SHOWN = Context(prec=15)
_MOST_PLAIN = 30
_THREE_DECIMALS = re.compile(r"-?[0-9]{1,3}\.[0-9]{3}\Z")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet: its name, and its rows that aren't blank, each with its number."""

    name: str
    records: list[Record]


@dataclass(slots=True)
class Room:
    """How much more may be read of a workbook."""

    max_rows: int
    rows: int = 0
    cells: int = 0
    characters: int = 0

    def take(self, row: int, cells: list[str]) -> Record | None:
        """A row as a record; None where it is blank.

        Raises:
            FileTooLong: more rows than allowed.
            FileUnreadable: more cells or characters than a statement can have.
        """
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return None
        self.rows += 1
        self.cells += len(cells)
        self.characters += sum(map(len, cells))
        if self.rows > self.max_rows + _MORE_THAN_ROWS:
            raise FileTooLong(limit=str(self.max_rows))
        most_cells = max(_CELLS_PER_ROW * self.max_rows, _CELLS_PER_ROW * _MORE_THAN_ROWS)
        if self.cells > most_cells or self.characters > _MOST_CHARACTERS:
            raise FileUnreadable.on_line(row, problem=f"row {row} is one more than there is room for")
        return Record(row, cells)


class Handler(Protocol):
    """Hears of the elements of a part as they pass; nothing of them is kept but what it keeps."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins. Names are without their namespaces."""

    def data(self, text: str) -> None:
        """Some text inside the elements that have begun."""

    def end(self, name: str) -> None:
        """An element ends."""


class _Target:
    """What the parser tells everything to."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.data = handler.data

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.handler.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self.handler.end(tag.rpartition("}")[2])

    def doctype(self, *_: object) -> None:
        raise FileUnreadable.on_line(None, problem="its XML has a document type")

    def close(self) -> None:
        """Nothing is left to do."""


def hear(part: bytes, handler: Handler) -> None:
    """Read a part of a workbook, its elements one after the other.

    Raises:
        FileUnreadable: it is no XML, has a document type, or breaks the bounds of the parser.
    """
    parser = etree.XMLParser(
        target=_Target(handler), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for begin in range(0, len(part), _PIECE):
            parser.feed(part[begin : begin + _PIECE])
        parser.close()
    except etree.XMLSyntaxError as error:
        problem = f"its XML breaks off or is damaged in line {error.lineno}"
        raise FileUnreadable.on_line(None, problem=problem) from error


class Elements:
    """Notes the elements of some names with their attributes, in their order; ``/name`` where one ends."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)
        self.found: list[tuple[str, Mapping[str, str]]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note one."""
        if name in self.names:
            self._note(name, dict(attributes))

    def data(self, text: str) -> None:
        """Text isn't of interest."""

    def end(self, name: str) -> None:
        """Note an end."""
        if name in self.names:
            self._note(f"/{name}", {})

    def _note(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self.found) >= _MOST_ELEMENTS:
            raise FileUnreadable.on_line(None, problem="it describes more than a workbook can have")
        self.found.append((name, attributes))


class Words:
    """The text of one cell, gathered piece by piece."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def clear(self) -> None:
        """Forget it for the next cell."""
        if self._parts:
            self._parts.clear()
            self._length = 0

    def add(self, text: str, row: int) -> None:
        """Add a piece.

        Raises:
            FileUnreadable: it gets longer than a cell can be.
        """
        self._length += len(text)
        if self._length > LONGEST_CELL:
            raise FileUnreadable.on_line(row, problem=f"row {row} has a cell of more than {LONGEST_CELL} characters")
        self._parts.append(text)

    def __str__(self) -> str:
        return "".join(self._parts).strip()


def number_as_text(written: str) -> str:
    """A number in plain decimals, of 15 significant digits; as it is written where it's none.

    A number of three decimals gets a fourth: ``1.2340`` can't be taken for a thousand, as ``1.234`` can.
    """
    if not _NUMBER.match(written):
        return written[:LONGEST_CELL]
    value = _SHOWN.create_decimal(Decimal(written))
    if abs(value.adjusted()) > _MOST_PLAIN:
        return written
    plain = f"{value:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".") or "0"
    return f"{plain}0" if _THREE_DECIMALS.match(plain) else plain


def day_as_text(days: Decimal, epoch: dt.date) -> str | None:
    """A day that is counted from another, with the time if there is one; None where there is no such day."""
    whole = int(days)
    seconds = round((days - whole) * 86_400)
    try:
        moment = dt.datetime(epoch.year, epoch.month, epoch.day) + dt.timedelta(days=whole, seconds=seconds)  # noqa: DTZ001
    except OverflowError:
        return None
    return moment.date().isoformat() if not seconds else moment.isoformat(sep=" ")
