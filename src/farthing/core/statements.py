"""Statements: written with SQLAlchemy, put into words once, and run by the driver itself.

SQLAlchemy knows the tables and writes the SQL; it doesn't run it. What is left between a repository and the driver is a
list of values in the right order, which is what makes a round trip cheap. A statement that is always the same is made
with :func:`prepared` when its module is loaded; one that depends on what is asked is put into words when it is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Executable, text
from sqlalchemy.dialects.postgresql import asyncpg as dialect

DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]
NOTHING: Mapping[str, Any] = {}


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of an answer: a value by its name (``row["amount"]``, ``row.amount``) or by its place (``row[0]``)."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """The value of the column with this name.

        Raises:
            AttributeError: there is no such column.
        """
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in PostgreSQL's words, and the values that ``$1``, ``$2`` and so on stand for."""

    sql: str
    names: tuple[str, ...]
    """The values' names, in the order of their numbers."""
    constants: Mapping[str, Any]
    """The values that the statement was written with, by name."""

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of their numbers.

        Raises:
            KeyError: one is missing.
        """
        if not self.constants:
            return [values[name] for name in self.names]
        constants = self.constants
        return [constants[name] if name in constants else values[name] for name in self.names]


def prepared(statement: Executable | str) -> Statement:
    """Put a statement into words.

    Args:
        statement: a SQLAlchemy statement, or SQL. What differs from one run to the next stands in it as a
            ``bindparam``, in SQL as ``:name``.
    """
    executable: Any = text(statement) if isinstance(statement, str) else statement
    compiled: Any = executable.compile(dialect=DIALECT)
    assert not compiled.post_compile_params, "a list is passed as an array: = ANY (...)"  # noqa: S101 - a defect
    names = tuple(compiled.positiontup or ())
    constants = {name: compiled.params[name] for name in names if not compiled.binds[name].required}
    return Statement(compiled.string, names, constants)
