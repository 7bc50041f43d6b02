"""What every repository stands on: the unit of work's connection, and races judged by PostgreSQL."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import IntegrityError

from farthing.core.work import Work
from farthing.kit.faults import Fault


class Repository:
    """All of a room's SQL. Subclasses map the names of constraints to what their violation means."""

    conflicts: ClassVar[dict[str, type[Fault]]] = {}

    def __init__(self, work: Work) -> None:
        self.work = work
        self.connection = work.connection

    @property
    def book_id(self) -> UUID:
        """The book, to be named in every query: as a parameter it makes the policy a one-time filter."""
        return self.work.book_id

    async def run(self, statement: Executable, values: dict[str, Any] | None = None) -> CursorResult[Any]:
        """Execute a statement.

        Raises:
            Fault: the one that ``conflicts`` names for the constraint that PostgreSQL found violated.
        """
        try:
            return await self.connection.execute(statement, values)
        except IntegrityError as error:
            fault = self.conflicts.get(violated_constraint(error) or "")
            if fault is None:
                raise
            raise fault() from None


def violated_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that a statement violated, as the driver tells it."""
    cause = error.orig.__cause__ if error.orig else None
    name = getattr(cause, "constraint_name", None)
    return str(name) if name else None
