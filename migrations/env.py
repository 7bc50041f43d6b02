"""How migrations run: as ``farthing_owner``, one process at a time, each in a transaction of its own."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection, text

import farthing.features.models  # noqa: F401 - declares every table
from farthing.core.database import owner_engine, prepare_extensions, prepare_roles, required_url
from farthing.core.schema import APP_ROLE, OWNER_ROLE, Base
from farthing.core.settings import Settings

LOCK = "SELECT pg_advisory_lock(hashtextextended('farthing.migrations', 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('farthing.migrations', 0))"


def migrate(connection: Connection) -> None:
    """Run what Alembic was asked to on this connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Connect, make the roles, wait for other migrators, migrate."""
    url = context.config.attributes.get("url") or required_url(Settings())
    engine = owner_engine(url)
    async with engine.connect() as connection:
        await prepare_roles(connection)
        await connection.commit()
        await connection.execute(text(LOCK))
        await prepare_extensions(connection)
        await connection.execute(text(f"SET ROLE {OWNER_ROLE}"))
        await connection.commit()
        try:
            await connection.run_sync(migrate)
            # So that the service can tell whether it stands on a migrated database.
            await connection.execute(text(f"GRANT SELECT ON alembic_version TO {APP_ROLE}"))
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(text(UNLOCK))
            await connection.commit()
    await engine.dispose()


asyncio.run(main())
