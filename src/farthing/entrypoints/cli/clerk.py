"""The clerk: opens units of work for commands, as the doorkeeper does for requests. Ends them, too.

The operator's command line acts for a person without their sign-in; what that person may do in a book still counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self
from uuid import UUID

from pydantic import SecretStr

from farthing.core import migrations
from farthing.core.connection import Begin, Connection
from farthing.core.database import DRIVER_ERRORS, Database, Trouble, check_wall, required_url, trouble
from farthing.core.migrations import DatabaseUnreachable
from farthing.core.settings import Settings
from farthing.core.storage import Storage
from farthing.core.work import (
    Actor,
    BookBusy,
    BookNotFound,
    Request,
    Toolbox,
    Work,
    open_as,
    open_to_read,
    open_to_write,
)
from farthing.entrypoints.api.errors import StatementTimedOut
from farthing.entrypoints.cli.options import settings_with
from farthing.entrypoints.commit import commit_work
from farthing.entrypoints.local import Cluster, open_cluster
from farthing.features import models as _models  # noqa: F401 - what exports or restores a book knows all tables
from farthing.features.books.service import BookService
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.service.people import PeopleService, actor_of
from farthing.features.imports.reading import FileReader
from farthing.kit.faults import Invalid

DEFAULT = "default"


class BookAmbiguous(Invalid):
    """Several of the person's books have that name."""

    code = "book_ambiguous"
    message = "Several books have this name; give the id of one: {ids}."
    sample = {"ids": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}


def on_cluster(settings: Settings, cluster: Cluster) -> Settings:
    """The settings, with the embedded database as the database."""
    return settings.model_copy(update={"database_url": SecretStr(cluster.url), "database_password": None})


@contextlib.contextmanager
def a_database(data_dir: Path | None) -> Iterator[Settings]:
    """Settings that name a database: the one the environment names, else the data folder's, joined or started.

    Raises:
        Fault: there is none to be had; says why.
    """
    settings = settings_with(data_dir=data_dir)
    if settings.database_url is not None:
        yield settings
        return
    with open_cluster(settings.data_dir, mode="join") as cluster:
        yield on_cluster(settings, cluster)


@contextlib.contextmanager
def migrated_database(data_dir: Path | None) -> Iterator[Settings]:
    """The same, at the revision this program needs.

    The embedded one is brought there: it is this program's own. Another is only looked at: others may be using it.

    Raises:
        DatabaseBehind, DatabaseNewer: it isn't at that revision.
        Fault: as :func:`a_database`.
    """
    theirs = settings_with(data_dir=data_dir).database_url is not None
    with a_database(data_dir) as settings:
        url = required_url(settings)
        if theirs:
            migrations.check(url)
        else:
            migrations.upgrade(url)
        yield settings


class Clerk:
    """Opens units of work. Use it as a context manager: it lets its connections go."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.passwords = Passwords()
        self.reader = FileReader()
        self.tools = Toolbox(settings, self.passwords, self.reader, Storage(settings))
        self.database = Database(settings)

    async def __aenter__(self) -> Self:
        await self.database.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.passwords.close()
        self.reader.close()
        await self.database.__aexit__()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection that policies bind, in a transaction. Whoever opens it commits it, or it is rolled back.

        Raises:
            BookBusy, StatementTimedOut, DatabaseUnreachable: what PostgreSQL says in its own words.
        """
        with told():
            async with self.database.connect() as connection:
                await check_wall(connection)
                await connection.begin(Begin.WRITING)
                yield connection

    @contextlib.asynccontextmanager
    async def write(
        self, actor: Actor, book_id: UUID | None, *, needs: str, operation: str, dry_run: bool = False
    ) -> AsyncIterator[Work]:
        """A work that writes to a book, sealed and committed at the end unless it is a dry run.

        Raises:
            BookNotFound, PermissionMissing: not for this person.
        """
        async with self.transaction() as connection:
            work = await open_to_write(
                connection, actor, book_id, needs=needs, request=Request(operation), tools=self.tools
            )
            work.dry_run = dry_run
            yield work
            await work.seal(None)
            if not dry_run:
                await commit_work(work)

    @contextlib.asynccontextmanager
    async def read(self, actor: Actor, book_id: UUID | None, *, needs: str, operation: str) -> AsyncIterator[Work]:
        """A work that reads a book, from one snapshot.

        Raises:
            BookNotFound, PermissionMissing: not for this person.
        """
        with told():
            async with self.database.connect() as connection:
                await connection.begin(Begin.READING)
                yield await open_to_read(
                    connection, actor, book_id, needs=needs, request=Request(operation), tools=self.tools
                )

    async def person(self, email: str) -> Actor:
        """Whom a command acts for.

        Raises:
            PersonUnknown: nobody has this address.
        """
        async with self.transaction() as connection:
            work = Work(connection, Request("cli.person"), self.tools)
            return actor_of(await PeopleService(work).find_person(email))

    async def book(self, actor: Actor, named: str) -> UUID | None:
        """The id of the book a person means: its id, its name whatever the case, or ``default`` (None).

        Raises:
            BookNotFound: they have none such.
            BookAmbiguous: they have several.
        """
        if named == DEFAULT:
            return None
        async with self.transaction() as connection:
            work = await open_as(connection, actor, request=Request("cli.book"), tools=self.tools)
            mine = await BookService(work).mine()
        with contextlib.suppress(ValueError):
            return UUID(named)
        found = [book["id"] for book in mine if book["name"].casefold() == named.casefold()]
        if len(found) > 1:
            raise BookAmbiguous(ids=", ".join(map(str, found)))
        if not found:
            raise BookNotFound
        return UUID(str(found[0]))


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Tell what the database refuses as the fault that it is. What it says itself may quote people's data."""
    try:
        yield
    except DRIVER_ERRORS as error:
        match trouble(error):
            case Trouble.BUSY:
                raise BookBusy from None
            case Trouble.SLOW:
                raise StatementTimedOut from None
            case Trouble.AWAY:
                raise DatabaseUnreachable(why=type(error).__name__) from None
        raise
