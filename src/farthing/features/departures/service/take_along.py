"""Taking along: all that is held of a person, as one ZIP file."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import IO, Any
from uuid import UUID

from pydantic import BaseModel

from farthing.core.permissions import PERMISSIONS, Role
from farthing.core.work import Work
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
from farthing.features.exports.service.archive import ArchiveService
from farthing.features.exports.service.export import Export, new_file, ready
from farthing.features.factors.service.review import ReviewService
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.proof import recently_proven
from farthing.features.openid.service.link import LinkService

PIECE = 1 << 16
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
"""


class TakeAlongService:
    """Gathers what is held of a person."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.departures = DepartureRepository(work)

    async def gather(self) -> tuple[Export, list[HeldMembership]]:
        """What is held of them outside of books, as the beginning of a ZIP file; and the books that belong into it.

        Raises:
            ProofTooOld: they haven't proved lately who they are.
        """
        await recently_proven(self.work)
        person_id = self.work.person_id
        me = await PeopleService(self.work).me()
        books = [_membership(book) for book in await BookService(self.work).mine()]
        sessions = [HeldSession(**dict(row)) for row in await self.departures.sessions(person_id)]
        factors = [HeldFactor(**dict(row)) for row in (await ReviewService(self.work).mine())["data"]]
        identities = [HeldIdentity(**dict(row)) for row in (await LinkService(self.work).mine())["data"]]
        events = [HeldEvent(**dict(row)) for row in await self.departures.events(person_id)]
        await SecurityEvents(self.work).tell(person_id, "data_exported")
        file = new_file()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", README)
            archive.writestr("person.json", HeldPerson(**dict(me)).model_dump_json(indent=1))
            for name, held in (
                ("sessions", sessions),
                ("factors", factors),
                ("identities", identities),
                ("events", events),
                ("memberships", books),
            ):
                archive.writestr(f"{name}.jsonl", _lines(held))
        return ready(file), books


async def add_books(begun: Export, books: Sequence[HeldMembership], read_book: ReadBook) -> Export:
    """Put the archives of books into a ZIP file that was begun, one after the other, each of its own moment.

    Args:
        begun: the file.
        books: those that belong into it.
        read_book: opens one of them to read.

    Raises:
        StorageUnavailable: what is attached can't be had just now.
    """
    try:
        with zipfile.ZipFile(begun.file, "a") as archive:
            for book in books:
                if book.archive is None:
                    continue
                async with read_book(book.book_id) as work:
                    whole = await ArchiveService(work).archive()
                with whole.file as file:
                    await asyncio.to_thread(_add, archive, book.archive, file)
    except BaseException:
        begun.file.close()
        raise
    return ready(begun.file)


def _add(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> None:
    # An archive is packed already.
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
        while piece := file.read(PIECE):
            entry.write(piece)


def _membership(book: Any) -> HeldMembership:
    takes = TAKES in PERMISSIONS[Role(book["role"])]
    name = f"books/{book['id']}.zip" if takes else None
    return HeldMembership(book_id=book["id"], name=book["name"], role=book["role"], archive=name)


def _lines(held: Iterable[BaseModel]) -> str:
    return "".join(f"{json.dumps(each.model_dump(mode='json'), ensure_ascii=False)}\n" for each in held)
