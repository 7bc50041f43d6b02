"""The statements that the service really sends, and the same as a script for ``pgbench``.

They are caught once from the service's own application running in this process. Then each
value becomes a variable: what belongs to a household (its person, its book, its accounts) is looked up once for each
client; what is new each time (ids, the revision) is made by PostgreSQL, in the statement that opens the book; all else
stays as it was sent. So both sides ask the same of PostgreSQL, in the same number of round trips.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from farthing.core.connection import Connection, watched

PLACEHOLDER = re.compile(r"\$(\d+)")
ORDINALS_PER_REVISION = 1 << 20
OPENS = "open_for_"
READ_BEGINS = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it went to the driver."""

    sql: str
    values: tuple[Any, ...]


@contextmanager
def caught() -> Iterator[list[Sent]]:
    """The statements that are sent meanwhile by whoever opens a book; what the service does unasked is left out."""
    sent: list[Sent] = []
    opened: list[Connection] = []

    def note(connection: Connection, sql: str, values: Sequence[Any]) -> None:
        if OPENS in sql:
            opened.append(connection)
        if any(connection is each for each in opened):
            sent.append(Sent(sql, tuple(values)))

    with watched(note):
        yield sent


@dataclass(frozen=True, slots=True)
class Script:
    """A script for ``pgbench``, and the values that are the same for every client and every turn."""

    text: str
    constants: Mapping[str, str]


class Rewriter:
    """Turns statements into a script.

    Args:
        name: what the script is called where its variables are kept.
        of_home: the household's own values, each with the variable that holds it.
        made: the ids that the service made up for this one request.
        revision: the revision that the request made; None where it only read.
    """

    def __init__(
        self, name: str, of_home: Mapping[UUID, str], *, made: Sequence[UUID] = (), revision: int | None = None
    ) -> None:
        self.name = name
        self.of_home = of_home
        self.made = {each: f"made_{place}" for place, each in enumerate(made)}
        self.revision = revision
        self.constants: dict[str, str] = {}
        self._used: set[str] = set()

    def script(self, statements: Sequence[Sent]) -> Script:
        """The whole of it, as one transaction."""
        lines = []
        for place, sent in enumerate(statements):
            sql = PLACEHOLDER.sub(self._placed(sent), sent.sql.strip())
            if place == 0 and self.revision is not None:
                made = "".join(f", uuidv7() AS {name}" for name in self.made.values())
                sql = sql.replace("SELECT *", f"SELECT *{made}", 1)
                lines += [f"{sql} \\gset", "\\set next :revision + 1"]
                lines += [f"\\set ordinal :next * {ORDINALS_PER_REVISION}"]
            else:
                lines.append(f"{sql};")
        writes = self.revision is not None
        body = [("BEGIN;" if writes else READ_BEGINS), *lines, ("COMMIT;" if writes else "ROLLBACK;")]
        return Script("\n".join([*self._look_up(), *body, ""]), dict(self.constants))

    def _look_up(self) -> list[str]:
        """Ask for the client's own values, in its first turn only."""
        names = [*sorted(self._used), *self.constants]
        if not names:
            return []
        columns = ", ".join(f"max(value) FILTER (WHERE name = '{name}') AS {name}" for name in names)
        return [
            "\\if :first_turn",
            f"SELECT {columns} FROM bench.variables WHERE script = '{self.name}' AND client IN (-1, :client_id) \\gset",
            "\\set first_turn 0",
            "\\endif",
        ]

    def _placed(self, sent: Sent) -> Callable[[re.Match[str]], str]:
        def place(found: re.Match[str]) -> str:
            return self._written(sent.values[int(found.group(1)) - 1])

        return place

    def _written(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, list):
            if any(self._variable(each) for each in value):
                return f"ARRAY[{', '.join(self._written(each) for each in value)}]"
            return self._constant(array_text(value))
        return self._variable(value) or self._constant(plain_text(value))

    def _variable(self, value: Any) -> str | None:
        if isinstance(value, UUID):
            if value in self.made:
                return f":{self.made[value]}"
            if value in self.of_home:
                self._used.add(self.of_home[value])
                return f":{self.of_home[value]}"
        elif type(value) is int and self.revision is not None:
            if value == self.revision:
                return ":next"
            if value == self.revision * ORDINALS_PER_REVISION:
                return ":ordinal"
        return None

    def _constant(self, text: str) -> str:
        for name, known in self.constants.items():
            if known == text:
                return f":{name}"
        name = f"constant_{len(self.constants)}"
        self.constants[name] = text
        return f":{name}"


def plain_text(value: Any) -> str:
    """A value as PostgreSQL reads it."""
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return plain_text(value.value)
        case bytes():
            return f"\\x{value.hex()}"
        case dict():
            return json.dumps(value)
        case dt.date():
            return value.isoformat()
        case str() | int() | UUID() | Decimal():
            return str(value)
    raise TypeError(f"no way to write {type(value).__name__}")


def array_text(values: Sequence[Any]) -> str:
    """A list as PostgreSQL reads an array."""
    return "{" + ",".join(_element(value) for value in values) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    escaped = plain_text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
