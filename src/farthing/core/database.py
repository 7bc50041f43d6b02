"""The database: connections that work as ``farthing_app``, the roles, and whether the wall stands."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from farthing.core.schema import APP_ROLE, OWNER_ROLE
from farthing.core.settings import Settings

OLDEST_POSTGRESQL = 150000


class WallDownError(RuntimeError):
    """PostgreSQL doesn't hold the service to its policies. It must not run like that."""


def engine_for(settings: Settings) -> AsyncEngine:
    """The service's own connections: a pool, each working as ``farthing_app``, each with its time limits."""
    url, arguments = driver_url(required_url(settings))
    return create_async_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.request_seconds,
        pool_use_lifo=True,
        pool_pre_ping=False,
        hide_parameters=True,
        json_serializer=json.dumps,
        connect_args={
            **arguments,
            "timeout": 5,
            "server_settings": {
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
        },
    )


def owner_engine(url: str) -> AsyncEngine:
    """Connections that may work as ``farthing_owner``: for migrations and proofs. Not pooled, no time limits."""
    address, arguments = driver_url(url)
    return create_async_engine(
        address,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={
            **arguments,
            "timeout": 5,
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
    """A ``postgresql://`` address as SQLAlchemy and asyncpg want it: the driver named, ``sslmode`` passed on.

    Raises:
        LookupError: it has a parameter that would be lost.
    """
    parts = urlsplit(url)
    arguments: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query):
        if name != "sslmode":
            raise LookupError(f"the database's address has the parameter {name}; only sslmode is understood")
        arguments["ssl"] = value
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query="")), arguments


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


async def check_wall(connection: AsyncConnection) -> None:
    """Ask PostgreSQL whether the policies bind this connection on every table that belongs to a book.

    Raises:
        WallDownError: they don't; the message says where.
    """
    version = (await connection.execute(text("SELECT current_setting('server_version_num')::int"))).scalar_one()
    if version < OLDEST_POSTGRESQL:
        raise WallDownError("Farthing needs PostgreSQL 15 or newer.")
    me = (
        await connection.execute(
            text("SELECT rolname AS name, rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = current_user")
        )
    ).one()
    if me.name != APP_ROLE or me.free:
        raise WallDownError(f"The service works as {me.name}, whom row-level security may not bind.")
    open_tables = (await connection.execute(_UNGUARDED)).scalars().all()
    if open_tables:
        raise WallDownError(f"Row-level security does not bind the service on: {', '.join(open_tables)}.")


_UNGUARDED = text("""
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
