"""Storage: where files are kept that aren't PostgreSQL's to keep, in a folder or in a bucket, by names of ours.

An object is written once, whole, under a name that nobody can guess and nobody had before, and is never changed. So
whoever writes a name into the database writes the object first: then no row ever names what isn't there.

The library behind it is loaded, and whatever it needs is started, at first use: workers are forked before. Its calls
that wait run in threads; its own coroutines can abort a program that ends soon after (pyo3-async-runtimes, issue 40).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit
from uuid import UUID

from farthing.core.bounds import FILES_AT_ONCE
from farthing.core.logging import logger
from farthing.core.settings import Settings
from farthing.kit import ids
from farthing.kit.faults import Busy, NotFound

if TYPE_CHECKING:
    from obstore.store import ObjectStore

T = TypeVar("T")
FOLDER = "attachments"
"""Where files are kept in the data folder, unless the settings name another place."""
CHUNK_BYTES = 1 << 20
"""So much of an object is brought at a time."""
OWNER_ONLY = 0o700
_OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{32}\Z")
RETRIES = 2
RETRY_SECONDS = 20
"""How often, and for how long, a bucket is asked again that doesn't answer."""


class StorageUnavailable(Busy):
    """The place where files are kept can't be reached, or refuses."""

    code = "storage_unavailable"
    message = "The place where files are kept can't be used just now; nothing was done. Try again."
    retry_after_seconds = 5


class ObjectLost(NotFound):
    """What a record names isn't where files are kept."""

    code = "content_lost"
    message = "The file's content is no longer where files are kept."


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing tells of it."""

    name: str
    size: int
    written_at: dt.datetime

    @property
    def book_id(self) -> UUID:
        """The book that its name says it is of."""
        return UUID(self.name.partition("/")[0])


class Storage:
    """Keeps objects: bytes under a name, ``<book>/<random>``."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.attachments_url
        self._folder = settings.data_dir.expanduser() / FOLDER
        self._turns = asyncio.Semaphore(FILES_AT_ONCE)
        self._opened: ObjectStore | None = None

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn to have a whole file in memory."""
        async with self._turns:
            yield

    @staticmethod
    def new_name(book_id: UUID) -> str:
        """A name for an object of a book that none had before."""
        return f"{book_id}/{ids.new_salt().hex()}"

    async def put(self, name: str, data: bytes) -> None:
        """Keep an object. When this returns, it outlasts a loss of power.

        Raises:
            StorageUnavailable: it can't be kept.
        """
        try:
            await self._asked(lambda store: _put(store, name, data))
        except ObjectLost:  # the folder itself is gone
            raise StorageUnavailable from None

    async def content(self, name: str, size: int) -> AsyncIterator[bytes]:
        """The content of an object, a piece at a time. It is there, in its size, when this returns.

        Raises:
            ObjectLost: there is no such object, or it isn't of this size.
            StorageUnavailable: it can't be read.
        """
        found, pieces = await self._asked(lambda store: _get(store, name))
        if found != size:
            raise ObjectLost

        async def bring() -> AsyncIterator[bytes]:
            while (piece := await self._asked(lambda _: next(pieces, None))) is not None:
                yield bytes(piece)

        return bring()

    async def discard(self, name: str) -> None:
        """Let go of an object that no record names. What can't be deleted now is swept later."""
        try:
            await self.delete(name)
        except StorageUnavailable:
            logger().warning("object not discarded")

    async def delete(self, name: str) -> None:
        """Delete an object, if it is there.

        Raises:
            StorageUnavailable: it can't be deleted.
        """
        with contextlib.suppress(ObjectLost):
            await self._asked(lambda store: store.delete(name))

    async def objects(self) -> AsyncIterator[StoredObject]:
        """All objects with names of ours; what else lies there is left alone.

        Raises:
            StorageUnavailable: they can't be listed.
        """
        batches = await self._asked(lambda store: iter(store.list()))
        while (batch := await self._asked(lambda _: next(batches, None))) is not None:
            for found in batch:
                if _OURS.match(found["path"]):
                    yield StoredObject(found["path"], found["size"], found["last_modified"])

    async def _asked(self, ask: Callable[[ObjectStore], T]) -> T:
        """What the store answers.

        Raises:
            ObjectLost: it has no such object.
            StorageUnavailable: it doesn't.
        """
        from obstore.exceptions import BaseError  # noqa: PLC0415 - at first use

        try:
            return await asyncio.to_thread(lambda: ask(self._store()))
        except FileNotFoundError:
            raise ObjectLost from None
        except (BaseError, OSError, ValueError) as error:
            # What it says itself may hold addresses.
            logger().warning("storage unavailable", error=type(error).__name__)
            raise StorageUnavailable from None

    def _store(self) -> ObjectStore:
        if self._opened is None:
            from obstore.store import LocalStore, from_url  # noqa: PLC0415 - at first use

            if self._url is None or self._url.startswith("file://"):
                folder = self._folder if self._url is None else Path(unquote(urlsplit(self._url).path))
                folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
                self._opened = LocalStore(folder)
            else:
                # Where it is and by what key it is entered, the environment says: AWS_REGION, AWS_ACCESS_KEY_ID, ….
                retries: Any = {"max_retries": RETRIES, "retry_timeout": dt.timedelta(seconds=RETRY_SECONDS)}
                self._opened = from_url(self._url, retry_config=retries)
        return self._opened


def _put(store: ObjectStore, name: str, data: bytes) -> None:
    from obstore.store import LocalStore  # noqa: PLC0415 - at first use

    store.put(name, data, use_multipart=False)  # parts of one that was broken off would stay unseen
    if isinstance(store, LocalStore):
        assert store.prefix is not None, "it was opened on a folder"  # noqa: S101 - a defect
        file = Path(store.prefix, name)
        for place in (file, file.parent, file.parent.parent):
            _sync(place)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _get(store: ObjectStore, name: str) -> tuple[int, Iterator[Any]]:
    found = store.get(name)
    return found.meta["size"], iter(found.stream(min_chunk_size=CHUNK_BYTES))
