"""Schema: how the code says what the database must look like, guards included.

Tables are declared by the rooms that own them. :func:`in_book` puts a table behind its book's wall: row-level
security, forced, so that a query without a book sees nothing, whoever forgot the filter. Functions and triggers stand
in ``.sql`` files beside the models; :func:`with_sql` hangs them on a table. So ``Base.metadata.create_all`` builds
exactly what the migrations build, and a test compares the two catalogues.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, BigInteger, Date, LargeBinary, MetaData, Numeric, Table, Text, Uuid, event
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase

OWNER_ROLE = "farthing_owner"
APP_ROLE = "farthing_app"
CURRENT_BOOK = "nullif(current_setting('farthing.book', true), '')::uuid"
CURRENT_USER = "nullif(current_setting('farthing.user', true), '')::uuid"
"""After a transaction the settings are '' rather than NULL, hence ``nullif``."""


class Base(DeclarativeBase):
    """Every table's ancestor: names of constraints, and what Python types are in PostgreSQL."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {
        str: Text(),
        int: BigInteger(),
        bytes: LargeBinary(),
        UUID: Uuid(),
        Decimal: Numeric(),
        dt.date: Date(),
        dt.datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
    }


def table_of(model: type[Base]) -> Table:
    """The table of a mapped class."""
    table: Any = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - a mapped class has a table; this tells mypy
    return table


def one_of(column: str, values: type[StrEnum]) -> str:
    """The check that a column holds one of an enumeration's values: easier to change than PostgreSQL's own enums."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


def policy(table: str, name: str, *, command: str, role: str, using: str | None, check: str | None) -> str:
    """The statement that makes one policy."""
    parts = [f"CREATE POLICY {name} ON {table} FOR {command} TO {role}"]
    if using is not None:
        parts.append(f"USING ({using})")
    if check is not None:
        parts.append(f"WITH CHECK ({check})")
    return " ".join(parts)


def guarded(model: type[Base], *, grants: str, using: str | None, policies: tuple[str, ...] = ()) -> None:
    """Put a table behind row-level security, forced.

    Args:
        model: the table's class.
        grants: what ``farthing_app`` may do: ``SELECT, INSERT``.
        using: which rows ``farthing_app`` sees and may write; None where ``policies`` say it all.
        policies: whole statements for what ``using`` doesn't cover.
    """
    table = model.__tablename__
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        policy(table, f"{table}_owner", command="ALL", role=OWNER_ROLE, using="true", check="true"),
        *([policy(table, f"{table}_app", command="ALL", role=APP_ROLE, using=using, check=using)] if using else []),
        *policies,
        *([f"GRANT {grants} ON {table} TO {APP_ROLE}"] if grants else []),
    ]
    for statement in statements:
        _after_create(model, statement)


def in_book(
    model: type[Base], *, grants: str = "SELECT, INSERT, UPDATE, DELETE", policies: tuple[str, ...] = ()
) -> None:
    """Put a table behind its book's wall: only rows of the book that the unit of work has chosen."""
    guarded(model, grants=grants, using=f"book_id = {CURRENT_BOOK}", policies=policies)


def with_sql(model: type[Base], beside: str, *names: str) -> None:
    """Hang ``.sql`` files on a table: functions and triggers that are made right after it.

    Args:
        model: the table they need; all tables declared before it exist by then.
        beside: ``__file__`` of the module whose folder holds the files.
        names: the files, in order.
    """
    for name in names:
        for statement in statements_of(Path(beside).with_name(name).read_text(encoding="utf-8")):
            _after_create(model, statement)


def statements_of(script: str) -> list[str]:
    """A script's statements, each of which starts at the beginning of a line: the driver takes them one by one."""
    return [part.strip() for part in re.split(r"(?<=;)\n+(?=(?:CREATE|GRANT|REVOKE) )", script) if part.strip()]


def _after_create(model: type[Base], statement: str) -> None:
    event.listen(table_of(model), "after_create", DDL(statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
