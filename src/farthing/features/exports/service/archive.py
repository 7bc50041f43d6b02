"""Archiving: a whole book as one file, from which it can be made anew."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from typing import Any
from uuid import UUID

from farthing import __version__
from farthing.core.records import KINDS, to_json
from farthing.core.statements import Row
from farthing.core.storage import ObjectLost, Storage
from farthing.core.work import Work
from farthing.features.books.service import SETTINGS, BookService
from farthing.features.exports.archive import (
    AUTHORS,
    CHANGES,
    CONTENTS,
    FORMAT,
    HISTORY,
    MEMBERS,
    README,
    VERSION,
    ArchiveWriter,
    content_of,
    records_of,
)
from farthing.features.exports.repository import ArchiveRepository
from farthing.features.exports.service.export import Export, new_file, ready
from farthing.features.records.service import RecordService, digested
from farthing.features.records.touched import BEGINNING
from farthing.kit import clock

AT_ONCE = 500
"""Changes, and images, that are in memory at a time."""


ABOUT = """A book of Farthing, whole: a household's accounts and all that happened in them.

An instance of Farthing makes the book anew of this file: POST /api/v1/books/restore, or: farthing restore FILE.
All of it can be read without Farthing, too. Files that end in .jsonl have a JSON object on each line.

manifest.json           settings of the book, counts, and the SHA-256 of each file
records/                what the book holds now: accounts, transactions with their postings, payees, and so on
changes.jsonl           the log: who did what when, chained by hashes
history.jsonl           what records were before each change
contents.jsonl          attached files, with their SHA-256 and size; contents/ has them
authors.jsonl           the names of who wrote in the book
members.jsonl           who shared it, and as what; restoring it shares it with nobody
"""


class ArchiveService:
    """Archives a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.kept = ArchiveRepository(work)
        self.storage = work.tools[Storage]

    async def archive(self) -> Export:
        """The book, with all that it was and what is attached to it.

        Raises:
            StorageUnavailable: what is attached can't be had just now.
        """
        file = new_file()
        try:
            writer = ArchiveWriter(file)
            counts: Counter[str] = Counter()
            digest = await self._records(writer, counts)
            await self._log(writer, counts)
            await self._contents(writer, counts)
            await asyncio.to_thread(writer.end, await self._manifest(digest, counts))
        except BaseException:
            file.close()
            raise
        return ready(file)

    async def _records(self, writer: ArchiveWriter, counts: Counter[str]) -> str:
        """Write all records; answers with their digest."""
        digest = hashlib.sha256()
        for name in sorted(KINDS):
            with writer.entry(records_of(name)) as entry:
                async for images in RecordService(self.work).of(KINDS[name]):
                    await asyncio.to_thread(entry.lines, images)
                    counts[name] += len(images)
                    for image in images:
                        digest.update(digested(name, image))
        return digest.hexdigest()

    async def _log(self, writer: ArchiveWriter, counts: Counter[str]) -> None:
        with writer.entry(CHANGES) as entry:
            after = 0
            while rows := await self.kept.changes(after, AT_ONCE):
                after = rows[-1]["revision"]
                counts["changes"] += len(rows)
                await asyncio.to_thread(entry.lines, [_written(row) for row in rows])
        with writer.entry(HISTORY) as entry:
            place: tuple[int, UUID] = (0, BEGINNING)
            while rows := await self.kept.history(*place, AT_ONCE):
                place = rows[-1]["revision"], rows[-1]["record_id"]
                counts["history"] += len(rows)
                await asyncio.to_thread(entry.lines, [_written(row) for row in rows])
        with writer.entry(AUTHORS) as entry:
            entry.lines([_written(row) for row in await self.kept.authors()])
        with writer.entry(MEMBERS) as entry:
            members = await BookService(self.work).members()
            entry.lines([{name: member[name] for name in ("email", "name", "role")} for member in members])
        with writer.entry(README) as entry:
            entry.write(ABOUT.encode())

    async def _contents(self, writer: ArchiveWriter, counts: Counter[str]) -> None:
        """Write what is attached. What was deleted for long isn't kept any more: only what it was is."""
        contents = await self.kept.contents()
        counts["contents"] = len(contents)
        with writer.entry(CONTENTS) as entry:
            entry.lines([_written({name: row[name] for name in ("hash", "size", "stored_at")}) for row in contents])
        for row in contents:
            if row["object_name"] is None:
                continue
            try:
                pieces = await self.storage.content(row["object_name"], row["size"])
            except ObjectLost:
                counts["contents lost"] += 1
                continue
            with writer.entry(content_of(row["hash"].hex()), packed=False) as entry:
                async for piece in pieces:
                    await asyncio.to_thread(entry.write, piece)

    async def _manifest(self, digest: str, counts: Counter[str]) -> dict[str, Any]:
        book = await BookService(self.work).get()
        opened = self.work.opened
        settings = {name: book[name] for name in ("id", "currency", *SETTINGS, "created_at")}
        return {
            "format": FORMAT,
            "version": VERSION,
            "created_by": f"farthing {__version__}",
            "created_at": clock.now().isoformat(),
            "book": _written(settings),
            "revision": opened.revision,
            "head_hash": opened.head_hash.hex(),
            "digest": digest,
            "counts": dict(sorted(counts.items())),
        }


def _written(row: Row | dict[str, Any]) -> dict[str, Any]:
    """A row as JSON. What is JSON already stays as it is."""
    return {name: to_json(value) for name, value in row.items()}
