"""SQLite databases as bytes: opened in memory, read and never run.

A database is a program as much as a file: it can hold views, triggers, generated columns and pages that point anywhere.
So only plain tables are read, by columns that are named, with every function refused, and all work counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from farthing.formats.drafts import FileUnreadable

MAGIC = b"SQLite format 3\0"

Cell = str | int | float | bytes | None

_HEADER_BYTES = 100
_WRITE_VERSION, _READ_VERSION = 18, 19
_ROLLBACK_JOURNAL = 1
_LONGEST_CELL = 1_000_000
_STEPS_BETWEEN = 10_000
_STEPS_PER_BYTE = 20
_STEPS_AT_LEAST = 5_000_000
_BROKEN = (sqlite3.Error, OverflowError, MemoryError, UnicodeError)
"""What SQLite raises over a damaged database; even the words of its errors may be no text."""
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})


class Database:
    """An open database. ``tables`` are its plain tables and their columns."""

    def __init__(self, connection: sqlite3.Connection, tables: dict[str, frozenset[str]]) -> None:
        self._connection = connection
        self.tables = tables

    def rows(self, table: str, columns: Sequence[str], *, most: int) -> Iterator[tuple[Cell, ...]]:
        """The rows of a table, in the order in which they were put there.

        Args:
            table: its name; none by that name has no rows.
            columns: those that are wanted. What a table lacks is None.
            most: how many may come.

        Raises:
            FileUnreadable: it has more of them, or is damaged.
        """
        known = self.tables.get(table)
        if known is None:
            return
        wanted = ", ".join(f'"{column}"' if column in known else "NULL" for column in columns)
        # Names of tables and columns are this code's own, never the file's.
        query = f'SELECT {wanted} FROM "{table}" LIMIT {most + 1}'  # noqa: S608
        try:
            for count, row in enumerate(self._connection.execute(query)):
                if count == most:
                    raise FileUnreadable.on_line(None, problem=f"it holds more than {most} rows in '{table}'")
                yield row
        except _BROKEN as error:
            raise FileUnreadable.on_line(None, problem=f"its table '{table}' is damaged") from error


@contextmanager
def opened(data: bytes) -> Iterator[Database]:
    """A database, from its bytes.

    Raises:
        FileUnreadable: it isn't one, or is damaged.
    """
    if len(data) < _HEADER_BYTES or not data.startswith(MAGIC):
        raise FileUnreadable.on_line(None, problem="it is no SQLite database")
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    try:
        try:
            tables = _prepared(connection, data)
        except _BROKEN as error:
            raise FileUnreadable.on_line(None, problem="it is an SQLite database, and damaged") from error
        yield Database(connection, tables)
    finally:
        connection.close()


def _prepared(connection: sqlite3.Connection, data: bytes) -> dict[str, frozenset[str]]:
    image = bytearray(data)
    # A database in memory has no write-ahead log; what is read is what was written back by the program.
    image[_WRITE_VERSION] = image[_READ_VERSION] = _ROLLBACK_JOURNAL
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(_LONGEST_CELL, len(data)))
    connection.deserialize(bytes(image))
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0)
    _count_steps(connection, max(_STEPS_AT_LEAST, len(data) * _STEPS_PER_BYTE))
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0"):
        connection.execute(f"PRAGMA {pragma}")
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND typeof(name) = 'text'"
        " AND length(name) < 64 LIMIT 500"
    ).fetchall()
    tables = {
        name: frozenset(
            str(row[1]) for row in connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)) if not row[6]
        )
        for (name,) in found
    }
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY)
    return tables


def _count_steps(connection: sqlite3.Connection, most: int) -> None:
    left = most // _STEPS_BETWEEN

    def take() -> int:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(take, _STEPS_BETWEEN)


def text(cell: Cell) -> str:
    """A cell as text; a blob, and nothing, is none."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None or isinstance(cell, bytes) else str(cell)


def whole(cell: Cell) -> int | None:
    """A cell as a whole number, or None where it is no such."""
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return None
