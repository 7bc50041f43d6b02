"""Connections: where statements are run. A transaction is begun and ended in so many words, and never by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import Any

import asyncpg
from sqlalchemy import Executable

from farthing.core.statements import NOTHING, Row, Statement, prepared

ROWS_AT_ONCE = 1000
"""Rows that a stream brings at a time."""
Watcher = Callable[["Connection", str, Sequence[Any]], None]
_watchers: list[Watcher] = []


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Tell a watcher of every statement of this process before it is sent: the connection, the SQL, the values."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


class Begin(StrEnum):
    """How a transaction begins."""

    WRITING = "BEGIN"
    READING = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    """All that is read is of one moment."""


class Asking(ABC):
    """The ways to ask, by what is expected back."""

    @abstractmethod
    async def rows(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> list[Row]:
        """All rows."""

    async def run(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> None:
        """Run it; nothing is expected back."""
        await self.rows(statement, values)

    async def row(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> Row | None:
        """The first row, or None."""
        found = await self.rows(statement, values)
        return found[0] if found else None

    async def one(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> Row:
        """The only row, which there always is."""
        (found,) = await self.rows(statement, values)
        return found

    async def value(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> Any:
        """The only column of the only row, which there always is."""
        return (await self.one(statement, values))[0]

    async def column(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in await self.rows(statement, values)]


class Connection(Asking):
    """A connection to PostgreSQL. Without a transaction, each statement is one of its own.

    Raises:
        asyncpg.PostgresError: PostgreSQL refuses a statement; the transaction, if there is one, is lost.
        asyncpg.InterfaceError, OSError: the connection is gone.
    """

    def __init__(self, driver: asyncpg.Connection) -> None:
        self.driver = driver

    async def rows(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> list[Row]:
        """All rows."""
        if not isinstance(statement, Statement):
            statement = prepared(statement)
        arguments = statement.arguments(values)
        for watcher in _watchers:
            watcher(self, statement.sql, arguments)
        found: list[Row] = await self.driver.fetch(statement.sql, *arguments)
        return found

    async def stream(self, statement: Executable) -> AsyncIterator[Row]:
        """All rows, a few at a time. Only within a transaction."""
        ready = prepared(statement)
        async for row in self.driver.cursor(ready.sql, *ready.arguments(NOTHING), prefetch=ROWS_AT_ONCE):
            yield row

    async def begin(self, how: Begin) -> None:
        """Begin a transaction."""
        await self.driver.execute(how.value)

    async def commit(self) -> None:
        """Keep what the transaction did."""
        await self.driver.execute("COMMIT")

    async def rollback(self) -> None:
        """Undo what the transaction did, if one is under way."""
        if self.driver.is_in_transaction():
            await self.driver.execute("ROLLBACK")

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Keep what the transaction does within, unless something goes wrong: then undo that, and nothing else."""
        await self.driver.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            await self.driver.execute("ROLLBACK TO SAVEPOINT attempt")
            raise
        await self.driver.execute("RELEASE SAVEPOINT attempt")

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Undo what the transaction does within, and nothing else."""
        await self.driver.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            await self.driver.execute("ROLLBACK TO SAVEPOINT undone")
