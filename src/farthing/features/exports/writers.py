"""Writers: transactions into a file, a page at a time. What they are given is all that is in memory of them.

Formats that begin with accounts, or go by account, are written at the end; until then transactions wait in a spool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Protocol

from pydantic import TypeAdapter

from farthing.features.exports.drafting import draft
from farthing.features.exports.registers import Registers
from farthing.features.exports.schemas import ExportFormat
from farthing.features.exports.spool import Spool
from farthing.features.exports.surroundings import Surroundings
from farthing.features.transactions.schemas import ListedTransactionRead
from farthing.features.transactions.showing import Shown
from farthing.formats import beancount, journal, ofx, qif
from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftPrice,
    DraftRow,
    DraftTransaction,
    WrittenBook,
)
from farthing.formats.ofx.writer import Version
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

    def close(self) -> None:
        """Let go of what it kept, whether it came to an end or not."""


class StraightWriter:
    """Keeps nothing of what it wrote."""

    def end(self) -> None:
        """There are no more."""

    def close(self) -> None:
        """Let go of nothing."""


class SeparatedWriter(StraightWriter):
    """Writes rows of cells with a delimiter between them."""

    def __init__(self, file: IO[bytes], delimiter: str) -> None:
        self._file = file
        self._delimiter = delimiter
        file.write(separated.head(delimiter))

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""
        self._file.write(separated.write(map(draft, page), delimiter=self._delimiter))


class WorkbookWriter(StraightWriter):
    """Writes a workbook."""

    def __init__(self, file: IO[bytes]) -> None:
        self._workbook = TransactionsWorkbook(file)

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""
        self._workbook.add(map(draft, page))

    def end(self) -> None:
        """There are no more."""
        self._workbook.end()


class LinesWriter(StraightWriter):
    """Writes a line of JSON for each, as the list of transactions answers."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, page: Sequence[Shown]) -> None:
        """Write transactions down, after those before."""
        for each in _LISTED.validate_python(page, from_attributes=True):
            self._file.write(_ONE.dump_json(each) + b"\n")


@dataclass(frozen=True, slots=True)
class _Book:
    """What is written of a book, as :class:`WrittenBook` has it."""

    accounts: Sequence[DraftAccount]
    transactions: Iterable[DraftTransaction]
    prices: Iterable[DraftPrice]
    assertions: Sequence[DraftAssertion]


class BookWriter:
    """Writes a book for programs of double entry, once all of it is known: they want accounts first.

    Args:
        file: where to.
        around: what the book has besides.
        write: what makes a file of it.
    """

    def __init__(
        self, file: IO[bytes], around: Surroundings, write: Callable[[WrittenBook, Surroundings], Iterator[bytes]]
    ) -> None:
        self._file = file
        self._around = around
        self._write = write
        self._transactions: Spool[DraftTransaction] = Spool()
        self._used: set[str] = set()

    def add(self, page: Sequence[Shown]) -> None:
        """Keep transactions, after those before."""
        for each in map(draft, page):
            self._used.update(posting.account for posting in each.postings)
            self._transactions.add(each)

    def end(self) -> None:
        """Write all of it: of a part of the book only the accounts that are in it."""
        around = self._around
        accounts = [each for each in around.accounts if around.is_whole or each.name in self._used]
        book = _Book(accounts, self._transactions, around.prices, around.assertions)
        for piece in self._write(book, around):
            self._file.write(piece)

    def close(self) -> None:
        """Let go of what was kept."""
        self._transactions.close()


class RegisterWriter:
    """Writes registers of accounts, once all rows of each are known."""

    def __init__(
        self, file: IO[bytes], around: Surroundings, write: Callable[[Registers, Surroundings], Iterator[bytes]]
    ) -> None:
        self._file = file
        self._around = around
        self._write = write
        self._registers = Registers(around)

    def add(self, page: Sequence[Shown]) -> None:
        """Enter transactions, after those before."""
        for each in map(draft, page):
            self._registers.add(each)

    def end(self) -> None:
        """Write all of it."""
        for piece in self._write(self._registers, self._around):
            self._file.write(piece)

    def close(self) -> None:
        """Let go of what was kept."""
        self._registers.close()


def _beancount(book: WrittenBook, around: Surroundings) -> Iterator[bytes]:
    return beancount.write(book, title=around.title, currencies=[around.currency])


def _hledger(book: WrittenBook, _around: Surroundings) -> Iterator[bytes]:
    return journal.write(book, dialect="hledger")


def _ledger(book: WrittenBook, _around: Surroundings) -> Iterator[bytes]:
    return journal.write(book, dialect="ledger")


def _qif(registers: Registers, _around: Surroundings) -> Iterator[bytes]:
    return qif.write((registers.statement(key), registers.rows(key)) for key in registers.keys())  # noqa: SIM118


class _Rows:
    """The rows of a register, to be looked at more than once."""

    def __init__(self, rows: Callable[[], Iterator[DraftRow]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[DraftRow]:
        return self._rows()


def _ofx(version: Version, registers: Registers, around: Surroundings) -> Iterator[bytes]:
    found = ((registers.statement(key), _Rows(partial(registers.rows, key))) for key in registers.keys())  # noqa: SIM118
    fit = ((statement, rows) for statement, rows in found if ofx.takes(statement))
    return ofx.write(fit, made_at=around.made_at, version=version)


Make = Callable[[IO[bytes], Surroundings], Writer]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is called on the web and on a disk, and what writes it.

    ``asks_around`` says that it tells of more than of transactions.
    """

    media_type: str
    ending: str
    writer: Make
    asks_around: bool = False


def _book(write: Callable[[WrittenBook, Surroundings], Iterator[bytes]]) -> Make:
    return lambda file, around: BookWriter(file, around, write)


def _registers(write: Callable[[Registers, Surroundings], Iterator[bytes]]) -> Make:
    return lambda file, around: RegisterWriter(file, around, write)


_TEXT = "text/plain; charset=utf-8"
KINDS = {
    ExportFormat.CSV: Kind(
        "text/csv; charset=utf-8; header=present", "csv", lambda file, _around: SeparatedWriter(file, ",")
    ),
    ExportFormat.TSV: Kind(
        "text/tab-separated-values; charset=utf-8", "tsv", lambda file, _around: SeparatedWriter(file, "\t")
    ),
    ExportFormat.XLSX: Kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        lambda file, _around: WorkbookWriter(file),
    ),
    ExportFormat.JSONL: Kind(LINES, "jsonl", lambda file, _around: LinesWriter(file)),
    ExportFormat.BEANCOUNT: Kind(_TEXT, "beancount", _book(_beancount), asks_around=True),
    ExportFormat.HLEDGER: Kind(_TEXT, "journal", _book(_hledger), asks_around=True),
    ExportFormat.LEDGER: Kind(_TEXT, "ledger", _book(_ledger), asks_around=True),
    ExportFormat.QIF: Kind("application/qif", "qif", _registers(_qif), asks_around=True),
    ExportFormat.OFX: Kind("application/x-ofx", "ofx", _registers(partial(_ofx, "2.2")), asks_around=True),
    ExportFormat.OFX_SGML: Kind("application/x-ofx", "ofx", _registers(partial(_ofx, "1.0.2")), asks_around=True),
}
