"""Being introduced to a server: that it is ours, that it lets us in, and that it has our database."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

import asyncpg

HOST = "127.0.0.1"
SUPERUSER = "postgres"
DATABASE = "finance_db"
GREETING_SECONDS = 10
COMMAND_SECONDS = 60


class PasswordRefused(Exception):
    """The server doesn't know the password in its folder."""


class Unreachable(Exception):
    """Nobody answers as a PostgreSQL should."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes connections."""

    pid: int
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where the superuser finds the database. Holds the password."""
        return f"postgresql://{SUPERUSER}:{self.password}@{HOST}:{self.port}/{DATABASE}"


def greet(running: Running, name: str) -> None:
    """Log in, and make the database if there is none yet.

    Logging in works both ways: with SCRAM, the server proves that it knows the password, too. A stranger on the same
    port can't pass for it. But the server of a copied folder could: so its name must be right as well.

    Raises:
        PasswordRefused: the server has another password.
        Unreachable: nobody answers, or not as our server would.
    """
    failure: list[BaseException] = []

    def main() -> None:
        try:
            asyncio.run(_greet(running, name))
        except BaseException as trouble:  # noqa: BLE001 - carried over to the thread that asked
            failure.append(trouble)

    # In a thread of its own, since the caller's may be running an event loop.
    thread = threading.Thread(target=main, name="postgres-greeting", daemon=True)
    thread.start()
    thread.join()
    if not failure:
        return
    trouble = failure[0]
    if isinstance(trouble, asyncpg.InvalidPasswordError):
        raise PasswordRefused("it refuses the password in its folder") from trouble
    if isinstance(trouble, (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        raise Unreachable(str(trouble) or type(trouble).__name__) from trouble
    raise trouble


async def _greet(running: Running, name: str) -> None:
    connection = await asyncpg.connect(
        host=HOST,
        port=running.port,
        user=SUPERUSER,
        password=running.password,
        database="postgres",
        ssl=False,
        timeout=GREETING_SECONDS,
        command_timeout=COMMAND_SECONDS,
    )
    try:
        if await connection.fetchval("SELECT current_setting('cluster_name')") != name:
            raise Unreachable("the server of another folder answers")
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close(timeout=GREETING_SECONDS)
