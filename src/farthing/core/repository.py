"""What every repository stands on: the unit of work's connection, and races judged by PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from sqlalchemy import Executable

from farthing.core.connection import Asking
from farthing.core.statements import NOTHING, Row, Statement
from farthing.core.work import Work
from farthing.kit.faults import Fault


class Repository(Asking):
    """All of a room's SQL. Subclasses map the names of constraints to what their violation means."""

    conflicts: ClassVar[dict[str, type[Fault]]] = {}

    def __init__(self, work: Work) -> None:
        self.work = work
        self.connection = work.connection

    @property
    def book_id(self) -> UUID:
        """The book, to be named in every query: as a parameter it makes the policy a one-time filter."""
        return self.work.book_id

    async def rows(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> list[Row]:
        """All rows.

        Raises:
            Fault: the one that ``conflicts`` names for the constraint, or the right, that PostgreSQL found violated.
        """
        try:
            return await self.connection.rows(statement, values)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError) as violation:
            fault = self.conflicts.get(violation.constraint_name or "")
            if fault is None:
                raise
            raise fault() from None
