"""Writers: transactions into a file, a page at a time. What they are given is all that is in memory of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from pydantic import TypeAdapter

from farthing.features.exports.drafting import draft
from farthing.features.exports.schemas import ExportFormat
from farthing.features.transactions.schemas import ListedTransactionRead
from farthing.features.transactions.showing import Shown
from farthing.formats.own import separated
from farthing.formats.own.workbook import TransactionsWorkbook

LINES = "application/x-ndjson"
"""JSON Lines, as most programs call them."""
_LISTED = TypeAdapter(list[ListedTransactionRead])
_ONE = TypeAdapter(ListedTransactionRead)


class Writer(Protocol):
    """Writes transactions into a file."""

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""

    def end(self) -> None:
        """There are no more."""


class SeparatedWriter:
    """Writes rows of cells with a delimiter between them."""

    def __init__(self, file: IO[bytes], delimiter: str) -> None:
        self._file = file
        self._delimiter = delimiter
        file.write(separated.head(delimiter))

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""
        self._file.write(separated.write(map(draft, page), delimiter=self._delimiter))

    def end(self) -> None:
        """There are no more."""


class WorkbookWriter:
    """Writes a workbook."""

    def __init__(self, file: IO[bytes]) -> None:
        self._workbook = TransactionsWorkbook(file)

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""
        self._workbook.add(map(draft, page))

    def end(self) -> None:
        """There are no more."""
        self._workbook.end()


class LinesWriter:
    """Writes a line of JSON for each, as the list of transactions answers."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""
        for each in _LISTED.validate_python(page, from_attributes=True):
            self._file.write(_ONE.dump_json(each) + b"\n")

    def end(self) -> None:
        """There are no more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is called on the web and on a disk, and what writes it."""

    media_type: str
    ending: str
    writer: Callable[[IO[bytes]], Writer]


KINDS = {
    ExportFormat.CSV: Kind("text/csv; charset=utf-8; header=present", "csv", lambda file: SeparatedWriter(file, ",")),
    ExportFormat.TSV: Kind("text/tab-separated-values; charset=utf-8", "tsv", lambda file: SeparatedWriter(file, "\t")),
    ExportFormat.XLSX: Kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", WorkbookWriter
    ),
    ExportFormat.JSONL: Kind(LINES, "jsonl", LinesWriter),
}
