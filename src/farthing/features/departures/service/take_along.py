"""Taking along: all that is held of a person, as one ZIP file that is sent while it is made.

A part of it at a time is in memory, or on the disk where it is large: one book's archive, however many there are.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import zipfile
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import IO, Any, cast
from uuid import UUID

from pydantic import BaseModel

from farthing.core.permissions import PERMISSIONS, PermissionMissing, Role
from farthing.core.work import BookNotFound, Work
from farthing.features.books.service import BookService
from farthing.features.departures.repository import DepartureRepository
from farthing.features.departures.schemas import (
    HeldEvent,
    HeldFactor,
    HeldIdentity,
    HeldMembership,
    HeldPerson,
    HeldSession,
)
from farthing.features.exports.desk import ExportDesk
from farthing.features.exports.service.archive import ArchiveService
from farthing.features.factors.service.review import ReviewService
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.proof import recently_proven
from farthing.features.identity.service.throttling import Throttle, by_taking_along
from farthing.features.openid.service.link import LinkService

PIECE = 1 << 16
IN_MEMORY = 1 << 20
"""Bytes of what waits to be sent that stay in memory."""
AT_ONCE = 500
"""Security events in memory at a time."""
TAKES = "exports:read"
"""What a role needs so that a book may be taken along."""
ReadBook = Callable[[UUID], AbstractAsyncContextManager[Work]]
README = """What Farthing holds of you.

person.json           who you are here
sessions.jsonl        where and when you signed in, as far back as that is kept
factors.jsonl         what you prove who you are with besides a password
identities.jsonl      accounts elsewhere that sign you in
events.jsonl          what happened about your account, such as changes of the password
memberships.jsonl     the books that you are a member of, and as what
books/<id>.zip        those books, each as an archive that an instance of Farthing restores; its README says more

A file that breaks off isn't whole, and a program that unpacks it says so.
"""


class Outlet:
    """A ZIP file that is taken away while it is written: it can be written to, and neither read nor sought in."""

    def __init__(self) -> None:
        self._waiting: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - see close
        self.zip = zipfile.ZipFile(cast("IO[bytes]", self), "w", zipfile.ZIP_DEFLATED)

    def write(self, data: bytes) -> int:
        """What :class:`zipfile.ZipFile` does with a file, also at the end of one that broke off."""
        if not self._waiting.closed:
            self._waiting.write(data)
        return len(data)

    def flush(self) -> None:
        """As above."""

    async def pieces(self) -> AsyncGenerator[bytes]:
        """What was written since, to be sent."""
        self._waiting.seek(0)
        while piece := await asyncio.to_thread(self._waiting.read, PIECE):
            yield piece
        self._waiting.seek(0)
        self._waiting.truncate()

    def close(self) -> None:
        """Let it go."""
        self._waiting.close()


class TakeAlongService:
    """Gathers what is held of a person outside of books."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.departures = DepartureRepository(work)

    async def gather(self) -> TakenAlong:
        """The beginning of the file.

        Raises:
            ProofTooOld: they haven't proved lately who they are.
            TooManyAttempts: they have had it sent too often.
        """
        await recently_proven(self.work)
        person_id = self.work.person_id
        await Throttle(self.work).spend(by_taking_along(person_id))
        me = await PeopleService(self.work).me()
        books = [_membership(book) for book in await BookService(self.work).mine()]
        sessions = [HeldSession(**dict(row)) for row in await self.departures.sessions(person_id)]
        factors = [HeldFactor(**dict(row)) for row in (await ReviewService(self.work).mine())["data"]]
        identities = [HeldIdentity(**dict(row)) for row in (await LinkService(self.work).mine())["data"]]
        await SecurityEvents(self.work).tell(person_id, "data_exported")
        taken = TakenAlong(books)
        try:
            taken.outlet.zip.writestr("README.txt", README)
            taken.outlet.zip.writestr("person.json", HeldPerson(**dict(me)).model_dump_json(indent=1))
            for name, held in (("sessions", sessions), ("factors", factors), ("identities", identities)):
                taken.outlet.zip.writestr(f"{name}.jsonl", _lines(held))
            with taken.outlet.zip.open("events.jsonl", "w") as entry:
                after = 0
                while rows := await self.departures.events(person_id, after=after, most=AT_ONCE):
                    after = rows[-1]["number"]
                    entry.write(_lines(HeldEvent(**dict(row)) for row in rows).encode())
        except BaseException:
            taken.outlet.close()
            raise
        return taken


class TakenAlong:
    """A file that was begun; the books are still to come."""

    def __init__(self, books: list[HeldMembership]) -> None:
        self.books = books
        self.outlet = Outlet()

    async def parts(self, read_book: ReadBook, desk: ExportDesk) -> AsyncGenerator[AsyncGenerator[bytes]]:
        """The file, part by part: what it begins with, each book, and its end.

        Each book is of one moment, its own, and opened as if it were asked for alone: one that the person isn't a
        member of any more by then isn't in the file.

        Args:
            read_book: opens a book to read.
            desk: where exports wait for their turn.

        Raises:
            SessionEnded: the sign-in is over; nothing more is sent.
            StorageUnavailable: what is attached can't be had just now.
        """
        try:
            yield self.outlet.pieces()
            for book in self.books:
                if book.archive is not None:
                    yield self._book(book, read_book, desk)
            self.outlet.zip.writestr("memberships.jsonl", _lines(self.books))
            self.outlet.zip.close()
            yield self.outlet.pieces()
        finally:
            self.outlet.close()

    async def _book(self, book: HeldMembership, read_book: ReadBook, desk: ExportDesk) -> AsyncGenerator[bytes]:
        assert book.archive is not None, "its archive is wanted"  # noqa: S101 - see above
        try:
            async with desk.turn(), read_book(book.book_id) as work:
                whole = await ArchiveService(work).archive()
        except (BookNotFound, PermissionMissing):
            book.archive = None
            return
        with whole.file as file:
            # An archive is packed already.
            with self.outlet.zip.open(zipfile.ZipInfo(book.archive), "w", force_zip64=True) as entry:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    entry.write(piece)
                    async for sent in self.outlet.pieces():
                        yield sent
            async for sent in self.outlet.pieces():
                yield sent


def _membership(book: Any) -> HeldMembership:
    takes = TAKES in PERMISSIONS[Role(book["role"])]
    name = f"books/{book['id']}.zip" if takes else None
    return HeldMembership(book_id=book["id"], name=book["name"], role=book["role"], archive=name)


def _lines(held: Iterable[BaseModel]) -> str:
    return "".join(f"{json.dumps(each.model_dump(mode='json'), ensure_ascii=False)}\n" for each in held)
