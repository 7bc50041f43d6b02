"""The database: connections that work as ``farthing_app``, the roles, and whether the wall stands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import asyncpg
from pydantic_core import from_json
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from farthing.core.connection import Connection
from farthing.core.schema import APP_ROLE, OWNER_ROLE
from farthing.core.settings import Settings
from farthing.core.statements import Row, prepared
from farthing.kit.faults import Conflict

OLDEST_POSTGRESQL = 150000
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 5.0
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""All that the driver raises."""
EXTENSIONS = ("pg_trgm", "btree_gin")
"""What PostgreSQL needs beside itself: trigrams of words, and an index that has a book's id beside them."""
STATEMENTS_KEPT = 500
"""Prepared statements that a connection keeps; the program has fewer, but for the filters of lists."""


class Trouble(StrEnum):
    """Why PostgreSQL didn't do what it was asked to, where that is nobody's mistake."""

    BUSY = "others hold what it needs"
    SLOW = "it took longer than it may"
    AWAY = "it can't be reached"


AWAY_STATES = ("08", "53", "57", "28")
"""SQLSTATE classes (PostgreSQL, appendix A): connection, resources, the operator's intervention, authorization."""


def trouble(error: BaseException) -> Trouble | None:
    """What kind of trouble an exception of the driver's tells of; None: a refusal, or no trouble with the database."""
    match error:
        case asyncpg.LockNotAvailableError() | asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
            return Trouble.BUSY
        case asyncpg.QueryCanceledError():
            return Trouble.SLOW
        case asyncpg.PostgresError():
            return Trouble.AWAY if str(error.sqlstate).startswith(AWAY_STATES) else None
        case asyncpg.InterfaceError() | asyncpg.InternalClientError() | OSError():
            return Trouble.AWAY
    return None


class WallDownError(RuntimeError):
    """PostgreSQL doesn't hold the service to its policies. It must not run like that."""


class ExtensionMissing(Conflict):
    """PostgreSQL lacks an extension that searching needs, and it can't be made."""

    code = "extension_missing"
    message = (
        "The database needs the extension {name}, and the user that is connected may not make it, or this server "
        "hasn't got it. Have the database's owner run: CREATE EXTENSION {name} SCHEMA public"
    )
    sample = {"name": "pg_trgm"}


class Database:
    """The service's own connections: a pool, each working as ``farthing_app``, each with its time limits.

    A context manager: it lets its connections go at the end.
    """

    def __init__(self, settings: Settings) -> None:
        url, arguments = driver_url(required_url(settings))
        self._open = lambda: asyncpg.create_pool(
            url,
            min_size=0,
            max_size=settings.pool_size,
            statement_cache_size=STATEMENTS_KEPT,
            record_class=Row,
            init=_read_json,
            reset=_keep,
            timeout=CONNECT_SECONDS,
            server_settings={
                "role": APP_ROLE,
                "application_name": "farthing",
                "timezone": "UTC",
                "jit": "off",
                # A request is small; workers for it would cost more than they bring.
                "max_parallel_workers_per_gather": "0",
                "statement_timeout": f"{settings.statement_seconds * 1000:.0f}",
                "lock_timeout": f"{settings.lock_seconds * 1000:.0f}",
                "idle_in_transaction_session_timeout": f"{settings.request_seconds * 2000:.0f}",
            },
            **arguments,
        )
        self._pool: asyncpg.Pool | None = None

    async def __aenter__(self) -> Self:
        self._pool = await self._open()  # type: ignore[no-untyped-call]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._pool is not None, "it was opened"  # noqa: S101 - a defect
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """A connection, in no transaction. One that is left under way is undone.

        Raises:
            OSError, TimeoutError, asyncpg.PostgresError: none is to be had.
        """
        assert self._pool is not None, "the database is opened first"  # noqa: S101 - a defect
        driver = await self._pool.acquire()
        connection = Connection(driver)
        try:
            try:
                yield connection
            finally:
                await connection.rollback()
        except DRIVER_ERRORS as error:
            if trouble(error) is Trouble.AWAY:
                # PostgreSQL undoes what was under way. The other connections are probably lost in the same way.
                driver.terminate()
                await self._pool.expire_connections()
            raise
        finally:
            await self._pool.release(driver)


@asynccontextmanager
async def owner_connection(url: str) -> AsyncIterator[Connection]:
    """A connection that may work as ``farthing_owner``: for proofs. No time limits."""
    address, arguments = driver_url(url)
    driver = await asyncpg.connect(
        address,
        record_class=Row,
        timeout=CONNECT_SECONDS,
        server_settings={"application_name": "farthing owner", "timezone": "UTC"},
        **arguments,
    )
    try:
        await _read_json(driver)
        yield Connection(driver)
    finally:
        await driver.close()


async def _read_json(driver: Any) -> None:
    await driver.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=from_json)


async def _keep(_driver: Any) -> None:
    """What a unit of work sets, it sets for its transaction only: there is nothing to be put back."""


def owner_engine(url: str) -> AsyncEngine:
    """SQLAlchemy's own connections, which Alembic wants. Not pooled, no time limits."""
    address, arguments = driver_url(url)
    return create_async_engine(
        urlunsplit(urlsplit(address)._replace(scheme="postgresql+asyncpg")),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={
            **arguments,
            "timeout": CONNECT_SECONDS,
            "server_settings": {"application_name": "farthing owner", "timezone": "UTC"},
        },
    )


def required_url(settings: Settings) -> str:
    """The address of the database.

    Raises:
        LookupError: none is set.
    """
    url = settings.postgres_url()
    if url is None:
        raise LookupError(
            "FARTHING_DATABASE_URL is not set; `farthing serve` and `./run` bring a database of their own"
        )
    return url


def driver_url(url: str) -> tuple[str, dict[str, Any]]:
    """A ``postgresql://`` address as asyncpg wants it, ``sslmode`` passed on.

    Raises:
        LookupError: it has a parameter that would be lost.
    """
    parts = urlsplit(url)
    arguments: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query):
        if name != "sslmode":
            raise LookupError(f"the database's address has the parameter {name}; only sslmode is understood")
        arguments["ssl"] = value
    return urlunsplit(parts._replace(scheme="postgresql", query="")), arguments


async def prepare_roles(connection: AsyncConnection) -> None:
    """Make the two roles where they are missing, and let the one who is connected take them on.

    Roles belong to the whole cluster: they are made once, by whichever database comes first, and never dropped.
    """
    for role in (OWNER_ROLE, APP_ROLE):
        await connection.execute(
            text(f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database came first
            END $$""")
        )
        await connection.execute(
            text(f"""
            DO $$ BEGIN
                IF NOT pg_has_role(current_user, '{role}', 'MEMBER') THEN
                    EXECUTE format('GRANT {role} TO %I', current_user);
                END IF;
            END $$""")
        )
    await connection.execute(
        text(f"""
        DO $$ BEGIN
            IF NOT has_schema_privilege('{OWNER_ROLE}', 'public', 'CREATE') THEN
                GRANT CREATE, USAGE ON SCHEMA public TO {OWNER_ROLE};
            END IF;
            IF NOT has_schema_privilege('{APP_ROLE}', 'public', 'USAGE') THEN
                GRANT USAGE ON SCHEMA public TO {APP_ROLE};
            END IF;
        END $$""")
    )


async def prepare_extensions(connection: AsyncConnection) -> None:
    """Make the extensions that indexes of words need, where they are missing. Who may create in a database may do that.

    They come with PostgreSQL and with those who host it, and are trusted: no superuser is needed.

    Raises:
        ExtensionMissing: the one who is connected may not, or this PostgreSQL hasn't got it.
    """
    for name in EXTENSIONS:
        try:
            await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public"))
        except DBAPIError as refused:
            raise ExtensionMissing(name=name) from refused


async def check_wall(connection: Connection) -> None:
    """Ask PostgreSQL whether the policies bind this connection on every table that belongs to a book.

    Raises:
        WallDownError: they don't; the message says where.
    """
    me = await connection.one(_WHO)
    if me.version < OLDEST_POSTGRESQL:
        raise WallDownError("Farthing needs PostgreSQL 15 or newer.")
    if me.name != APP_ROLE or me.free:
        raise WallDownError(f"The service works as {me.name}, whom row-level security may not bind.")
    open_tables = await connection.column(_UNGUARDED)
    if open_tables:
        raise WallDownError(f"Row-level security does not bind the service on: {', '.join(open_tables)}.")


_WHO = prepared("""
SELECT rolname AS name, rolsuper OR rolbypassrls AS free, current_setting('server_version_num')::int AS version
  FROM pg_roles WHERE rolname = current_user
""")
_UNGUARDED = prepared("""
SELECT c.relname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
   AND (c.relname = 'books' OR EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'book_id' AND NOT a.attisdropped))
   AND NOT (c.relforcerowsecurity AND row_security_active(c.oid)
            AND NOT pg_has_role(c.relowner, 'MEMBER') -- who owns a table can take its guard off
            AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
 ORDER BY 1
""")
