"""The stage: a PostgreSQL that keeps what it commits, the service on it, and households that were there before."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import threading
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx2
from pydantic import SecretStr

from bench import processes
from bench.households import Household, fill, furnish
from bench.pgbench import psql
from bench.service import Service, ServiceFailed, served
from bench.statements import Rewriter, Script, Sent, caught
from farthing.core import migrations
from farthing.core.logging import set_up_logging
from farthing.core.secrets import signing_key
from farthing.core.settings import Settings
from farthing.entrypoints.api.app import create_app
from farthing.entrypoints.local import Cluster, open_cluster

T = TypeVar("T")
LOOK_SECONDS = 0.5
SERVICE = ["-m", "farthing", "serve", "--port", "0"]
SETTINGS = {
    "FARTHING_REGISTRATION": "open",
    "FARTHING_ATTEMPTS_PER_ADDRESS": "1000000",
    "FARTHING_ACCESS_TOKEN_SECONDS": "3600",
    "FARTHING_STATEMENT_SECONDS": "60",
}
"""What is set otherwise than by default: time limits, so that a slow answer is measured and not refused."""
CLUSTER = {"max_connections": "200", "shared_preload_libraries": "pg_stat_statements"}
"""What PostgreSQL is told otherwise than at home. There are several services, and ``pgbench`` beside them; and what
counts statements counts none until it is told to, outside the rounds: see ``bench.profiles``."""
VARIABLES = """
CREATE SCHEMA bench;
CREATE TABLE bench.variables (script text, client int, name text, value text, PRIMARY KEY (script, client, name));
GRANT USAGE ON SCHEMA bench TO PUBLIC;
GRANT SELECT ON bench.variables TO PUBLIC;
CREATE EXTENSION pg_stat_statements SCHEMA bench;
ALTER SYSTEM SET pg_stat_statements.track = 'none';
SELECT pg_reload_conf();
"""
UNBALANCED = """
SELECT count(*) FROM (
    SELECT FROM postings WHERE book_id = ANY($1::uuid[])
     GROUP BY book_id, transaction_id, currency HAVING sum(amount) <> 0) uneven
"""


class BooksWrong(Exception):
    """What the database holds isn't what the service answered."""


@dataclass
class Stage:
    """Everything a case needs."""

    cluster: Cluster
    service: Service
    folder: Path
    settings: dict[str, str]
    """What services on this database are told."""
    stack: contextlib.ExitStack
    """What is to be stopped in the end."""
    homes: list[Household] = field(default_factory=list)
    """Written to by the service alone."""
    pgbench_homes: list[Household] = field(default_factory=list)
    """Written to by pgbench alone, whose changes aren't chained: SHA-256 over the one before is the service's work."""
    peak_memory: int = 0
    """The most that the service and PostgreSQL were seen to use together, in bytes."""
    _filled: dict[int, Household] = field(default_factory=dict)

    def settle(self, clients: int) -> None:
        """Have a household ready for each client, on both sides."""
        for homes in (self.homes, self.pgbench_homes):
            while len(homes) < clients:
                homes.append(Household.founded(self.service))

    def filled(self, count: int) -> Household:
        """A household with so many transactions; made when it is first asked for.

        It has a service of its own, on the same database: a connection that had read other books before would have
        PostgreSQL's plans for those, and pgbench's connections have read no other.
        """
        if count not in self._filled:
            home = Household.founded(self._own_service(f"service-{count}.log"))
            furnish(home)
            asyncio.run(fill(self.cluster.url, home, count))
            self._filled[count] = home
        return self._filled[count]

    def _own_service(self, log: str) -> Service:
        return self.stack.enter_context(served(SERVICE, self.folder / log, self.settings))

    def note_memory(self) -> None:
        """Look how much memory is in use."""
        self.peak_memory = max(self.peak_memory, processes.memory_of([self.service.pid, self.cluster.pid]))

    @contextlib.contextmanager
    def watching_memory(self) -> Iterator[None]:
        """Look again and again while the block runs."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(LOOK_SECONDS):
                self.note_memory()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    @property
    def proper(self) -> list[Household]:
        """Those whose books are whole, log and all."""
        return [*self.homes, *self._filled.values()]

    def value(self, sql: str, *values: Any) -> Any:
        """What one statement answers, asked as the superuser."""

        async def ask() -> Any:
            connection = await asyncpg.connect(self.cluster.url)
            try:
                return await connection.fetchval(sql, *values)
            finally:
                await connection.close()

        return run(ask())

    def transactions(self, homes: Sequence[Household]) -> int:
        """How many transactions there are in these households' books."""
        return int(
            self.value(
                "SELECT count(*) FROM transactions WHERE book_id = ANY($1::uuid[])", [home.book_id for home in homes]
            )
        )

    def check_balanced(self, homes: Sequence[Household]) -> None:
        """Make sure that every transaction of these books sums to zero in each currency.

        Raises:
            BooksWrong: some don't.
        """
        uneven = self.value(UNBALANCED, [home.book_id for home in homes])
        if uneven:
            raise BooksWrong(f"{uneven} transactions don't sum to zero")

    def catch(
        self, home: Household, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[list[Sent], httpx2.Response]:
        """The statements that a request leads to, and its answer. The second such request, so that all is warm."""
        settings = Settings(
            database_url=SecretStr(self.cluster.url),
            data_dir=self.folder / "data",
            access_token_seconds=3600,
            log_level="error",
        )
        set_up_logging(settings)
        app = create_app(settings, signing_key(settings))

        async def ask() -> tuple[list[Sent], httpx2.Response]:
            async with app.app.router.lifespan_context(app.app):
                transport = httpx2.ASGITransport(app=app)
                async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                    for _ in range(2):
                        with caught() as sent:
                            answer = await client.request(
                                method, home.root + path, json=body, headers={**home.headers(), **(headers or {})}
                            )
                        if answer.status_code >= 400:  # noqa: PLR2004 - what HTTP calls an error
                            raise ServiceFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
                    return sent, answer

        return run(ask())

    def reading(self, name: str, homes: Sequence[Household], path: str, headers: dict[str, str] | None = None) -> Path:
        """A script for pgbench that reads what the service reads to answer a question."""
        sent, _ = self.catch(homes[0], "GET", path, headers=headers)
        return self.put(name, Rewriter(name, homes[0].variables()).script(sent), homes)

    def recording(self, name: str, homes: Sequence[Household], body: dict[str, Any]) -> Path:
        """A script for pgbench that writes what the service writes to record a transaction."""
        sent, answer = self.catch(homes[0], "POST", "/transactions", body)
        read = answer.json()
        made = [UUID(read["id"]), *(UUID(each["id"]) for each in read["postings"])]
        script = Rewriter(name, homes[0].variables(), made=made, revision=read["revision"]).script(sent)
        return self.put(name, script, homes)

    def put(self, name: str, script: Script, homes: Sequence[Household]) -> Path:
        """Lay a script ready, with the variables of its clients."""
        rows = [(name, -1, variable, value) for variable, value in script.constants.items()]
        for client, home in enumerate(homes):
            rows += [(name, client, variable, str(value)) for value, variable in home.variables().items()]

        async def write() -> None:
            connection = await asyncpg.connect(self.cluster.url)
            try:
                await connection.execute("DELETE FROM bench.variables WHERE script = $1", name)
                await connection.executemany("INSERT INTO bench.variables VALUES ($1, $2, $3, $4)", rows)
                await connection.execute("ANALYZE bench.variables")
            finally:
                await connection.close()

        run(write())
        return self._kept(name, script.text)

    def put_text(self, name: str, text: str, variables: str) -> Path:
        """Lay a script ready that was written by hand, with a statement that writes the variables of its clients."""
        psql(f"DELETE FROM bench.variables WHERE script = '{name}'; {variables};", self.cluster.url, as_app=False)
        return self._kept(name, text)

    def _kept(self, name: str, text: str) -> Path:
        place = self.folder / f"{name}.sql"
        place.write_text(text, "utf-8")
        return place


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work from here."""
    return asyncio.run(work)


@contextlib.contextmanager
def staged() -> Iterator[Stage]:
    """Set the stage, and clear it away after the block."""
    with tempfile.TemporaryDirectory(prefix="farthing-bench-") as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        cluster = stack.enter_context(open_cluster(folder / "cluster", settings=CLUSTER))
        migrations.upgrade(cluster.url)
        psql(VARIABLES, cluster.url, as_app=False)
        settings = {
            **SETTINGS,
            "FARTHING_DATABASE_URL": cluster.url,
            "FARTHING_DATA_DIR": str(folder / "data"),
        }
        service = stack.enter_context(served(SERVICE, folder / "service.log", settings))
        yield Stage(cluster, service, folder, settings, stack)


def durability(stage: Stage) -> dict[str, str]:
    """What PostgreSQL itself says of how it keeps what it commits."""
    names = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "server_version")
    return {name: str(stage.value("SELECT current_setting($1)", name)) for name in names}


def as_json(value: object) -> str:
    """JSON, for a person to read too."""
    return json.dumps(value, indent=2, ensure_ascii=False)
