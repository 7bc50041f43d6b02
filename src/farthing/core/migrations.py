"""Migrations, run by the program itself: how far the database is, and how it gets to where this program needs it.

A database that is where it should be costs one short connection: Alembic and every table are only imported for one
that isn't. Everything here is synchronous and must be called outside an event loop, as Alembic runs one of its own.
"""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import farthing
from farthing.core.database import DRIVER_ERRORS, owner_connection
from farthing.core.statements import prepared
from farthing.kit.faults import Busy, Conflict

LINKS = ("revision", "down_revision")
"""What a migration's file calls itself and the one before it."""


class DatabaseNewer(Conflict):
    """The database was migrated by a newer program; an older one could spoil what it doesn't know."""

    code = "database_newer"
    message = (
        "The database is at revision {revision}, which this Farthing doesn't know: a newer one was here. Use that."
    )
    sample = {"revision": "0042"}


class DatabaseBehind(Conflict):
    """The database hasn't been migrated to where this program needs it."""

    code = "database_behind"
    message = "The database is at revision {revision}, and this Farthing needs {head}. Run `farthing db upgrade` first."
    sample = {"revision": "0001", "head": "0002"}


class DatabaseUnreachable(Busy):
    """No PostgreSQL answers at the address, or it lets us not in."""

    code = "database_unreachable"
    message = "The database can't be reached: {why}."
    sample = {"why": "ConnectionRefusedError"}


def folder() -> Path:
    """Where the migrations are: in the package that is installed, or beside ``src`` in a checkout.

    Raises:
        FileNotFoundError: in neither.
    """
    package = Path(farthing.__file__).resolve().parent
    for place in (package / "migrations", package.parents[1] / "migrations"):
        if (place / "env.py").is_file():
            return place
    raise FileNotFoundError("the migrations are missing from this installation")


def known() -> dict[str, str | None]:
    """Every revision this program knows, with the one it follows. Read from the files without running them."""
    return dict(_links(file) for file in sorted((folder() / "versions").glob("*.py")))


def head() -> str:
    """The revision that this program needs."""
    links = known()
    (newest,) = links.keys() - links.values()
    return newest


def current(url: str) -> str | None:
    """The revision that the database is at; None where nothing has been migrated yet.

    Raises:
        DatabaseUnreachable: no PostgreSQL answers there.
    """
    try:
        return asyncio.run(_current(url))
    except DRIVER_ERRORS as trouble:
        raise DatabaseUnreachable(why=_reason(trouble)) from trouble


def check(url: str) -> str:
    """Make sure that the database is where this program needs it. Changes nothing.

    Raises:
        DatabaseBehind, DatabaseNewer: it isn't.
        DatabaseUnreachable: no PostgreSQL answers there.
    """
    found, needed = current(url), head()
    if found != needed:
        _refuse_newer(found)
        raise DatabaseBehind(revision=found or "none", head=needed)
    return found


def upgrade(url: str) -> bool:
    """Bring the database to where this program needs it; one program at a time, others wait. Says if it had to.

    Raises:
        DatabaseNewer: it is past that.
        DatabaseUnreachable: no PostgreSQL answers there.
    """
    found = current(url)
    if found == head():
        return False
    _refuse_newer(found)
    from alembic import command  # noqa: PLC0415 - half a second that a database at head need not pay
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    command.upgrade(config, "head")
    return True


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in known():
        raise DatabaseNewer(revision=found)


async def _current(url: str) -> str | None:
    async with owner_connection(url) as connection:
        if not await connection.value(_IS_MIGRATED):
            return None
        found = await connection.row(_CURRENT)
        return found.version_num if found else None


_IS_MIGRATED = prepared("SELECT to_regclass('alembic_version') IS NOT NULL")
_CURRENT = prepared("SELECT version_num FROM alembic_version")


def _links(file: Path) -> tuple[str, str | None]:
    """A migration's revision and the one it follows."""
    names: dict[str, str | None] = {}
    for statement in ast.parse(file.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name):
            names[target.id] = ast.literal_eval(statement.value) if target.id in LINKS else None
    revision = names["revision"]
    assert revision is not None, f"{file.name} has no revision"  # noqa: S101 - a file of ours that is broken
    return revision, names["down_revision"]


def _reason(trouble: BaseException) -> str:
    """What kind of trouble it is. The text of it may quote the address, and the address holds a password."""
    cause = trouble.__cause__ or trouble
    return type(cause).__name__
