"""What tests stand on: a real PostgreSQL of their own, migrated once, cloned where a test needs it empty.

``FARTHING_TEST_DATABASE_URL`` names another server to test on (PostgreSQL 15 or newer, as a superuser); else each
worker starts the embedded one for itself and throws it away.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from tests.household import Client, Household, serving
from tests.provider import Provider, chosen, standing

from farthing.core.secrets import new_signing_key
from farthing.entrypoints.local import throwaway_cluster
from farthing.kit import ids

HOSTILE = 4
"""Hostile values that each field is sent in the suite."""


THOROUGH = frozenset(
    {
        "tests/entrypoints/cli/test_workers.py",
        "tests/entrypoints/local/test_cluster.py",
        "tests/entrypoints/local/test_recovery.py",
        "tests/stories/test_another_machine.py",
    }
)
"""What `--thorough` adds: servers that start, die, and move to another machine."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hostile", type=int, default=HOSTILE, help="how many hostile values each field is sent")
    parser.addoption("--fuzz", type=int, help="how many damaged files each reader is given, others every time")
    parser.addoption("--thorough", action="store_true", help="leave nothing out, however long it takes")
    parser.addoption("--steps", type=int, default=STEPS, help="steps of a book beside the same in plain Python")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long and is tried in part by other tests, unless it is asked for."""
    named = {Path(argument.partition("::")[0]).resolve() for argument in config.args}
    if config.getoption("--thorough") or named & {ROOT / each for each in THOROUGH}:
        return
    left_out = [item for item in items if item.path.relative_to(ROOT).as_posix() in THOROUGH]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the slowest answer to a hostile value."""
    told = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "slowest"
    ]
    if told:
        seconds, what = max(told)
        terminalreporter.write_line(f"slowest answer to a hostile value: {seconds * 1000:.0f} ms, {what}")


ROOT = Path(__file__).parent.parent
STEPS = 300
"""Steps that are part of every run of the tests."""
FIXTURES = ROOT.parent / "shared" / "fixtures"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Real statement files, kept beside the project; tests that use them are skipped where they are missing."""
    if not FIXTURES.is_dir():
        pytest.skip(f"no statement files at {FIXTURES}")
    return FIXTURES


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server to make databases on, as a superuser."""
    given = os.environ.get("FARTHING_TEST_DATABASE_URL")
    if given:
        yield given
    else:
        with throwaway_cluster() as cluster:
            yield cluster.url


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database to clone."""
    with database(server_url) as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def clone(server_url: str, template: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes an empty, migrated database."""
    return lambda: database(server_url, urlsplit(template).path[1:])


@pytest.fixture(scope="session")
def database_url(clone: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The database that most tests share, each with people and books of its own."""
    with clone() as url:
        yield url


@pytest.fixture
def fresh_database_url(clone: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """A database that nobody has registered in."""
    with clone() as url:
        yield url


@pytest.fixture(scope="session")
def signing_key() -> str:
    return new_signing_key()


@pytest.fixture(scope="session")
def known_provider() -> Iterator[Provider]:
    """Where people of the shared database can sign in elsewhere."""
    with standing() as provider:
        yield provider


@pytest.fixture(scope="session")
async def client(database_url: str, signing_key: str, known_provider: Provider) -> AsyncIterator[Client]:
    """The API on the shared database, open to anyone."""
    async with serving(database_url, signing_key, **chosen(known_provider, oidc_register="on")) as client:
        client.provider = known_provider
        yield client


@pytest.fixture
async def household(client: Client) -> Household:
    """A person with a book in euros, and a checking account in it."""
    return await Household.founded(client)


@pytest.fixture
async def superuser(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that no policy binds, for breaking things by hand."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@contextmanager
def database(server_url: str, template: str | None = None) -> Iterator[str]:
    """A database on the server, dropped at the end."""
    name = f"farthing_{ids.new_id().hex}"
    make = f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")
    asyncio.run(_execute(server_url, make))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    command.upgrade(config, revision)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
