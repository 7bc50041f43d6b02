"""Restoring: a book made anew of its archive, in one unit of work. All that the archive holds is somebody's word."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from farthing.core.bounds import ATTACHMENT_BYTES
from farthing.core.changelog import FIRST_HASH, Link, canonical, digest_payload, hash_link
from farthing.core.records import KINDS, STAMP_ENDINGS, Image, Kind
from farthing.core.settings import Settings
from farthing.core.storage import Storage
from farthing.core.work import Work
from farthing.features.administration.service.settings import InstanceService
from farthing.features.attachments.errors import QuotaExceeded
from farthing.features.books.schemas import BookCreate, BrokenCheckpoints, LockedUntil
from farthing.features.books.service import BookService
from farthing.features.changes.schemas import TouchedRead
from farthing.features.exports.archive import CHANGES, CONTENTS, HISTORY, ArchiveReader, content_of, records_of, unfit
from farthing.features.exports.checks import RecordWrong, check, is_hex, is_id, is_instant, is_text, is_whole
from farthing.features.exports.errors import ArchiveAltered, ArchiveUnreadable
from farthing.features.exports.repository import ArchiveRepository
from farthing.features.identity.service.people import PeopleService
from farthing.features.proofs.service import ProofService
from farthing.features.records.errors import RecordUnfit
from farthing.features.records.service import RecordService, digested, in_order
from farthing.kit.faults import Fault
from farthing.kit.wire import Given, Instant

AT_ONCE = 500
"""Lines that are in memory at a time."""
MOST_WHOLE = 50_000
"""Records of a kind that refer to each other: they are written together."""
TOGETHER = frozenset({"account"})
"""Kinds whose records name others of their kind, which must be there."""
AFTER_OTHERS = frozenset({"attachment", "checkpoint"})
"""Kinds that triggers hold to transactions, where no key does."""
DIGEST_LENGTH = 64
MANIFEST = "manifest.json"
_TOUCHED = TypeAdapter(list[TouchedRead])
_COUNTS = TypeAdapter(dict[str, int])
Numbered = list[tuple[int, Any]]


class ArchivedBook(BookCreate):
    """A book's settings, as its archive has them."""

    model_config = ConfigDict(frozen=True)

    locked_until: LockedUntil
    checkpoint_policy: BrokenCheckpoints
    created_at: Instant


class Head(Given):
    """Where the log of an archived book ends, and the digest of its records."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=1, le=2**62, strict=True)
    head_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class RestoreService:
    """Makes books of their archives."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.books = BookService(work)
        self.kept = ArchiveRepository(work)
        self.records = RecordService(work)
        self.storage = work.tools[Storage]
        self._stored: list[str] = []

    async def restore(self, archive: ArchiveReader) -> dict[str, Any]:
        """Make a book of its archive, owned by whoever asks: with its records, its log and what is attached.

        It has the id that it had, if no book has that here. Where it doesn't, its log is chained anew.

        Raises:
            ArchiveUnreadable: something in it isn't what a book has; says where.
            ArchiveAltered: it isn't what it was when it was made.
            ArchiveTooLarge, QuotaExceeded: it is too much.
            BooksTooMany: they have as many books as a person has.
        """
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        wanted, head = _manifest(archive)
        try:
            return await self._restore(archive, wanted, head)
        except BaseException:
            for name in self._stored:
                await self.storage.discard(name)
            raise

    async def _restore(self, archive: ArchiveReader, wanted: ArchivedBook, head: Head) -> dict[str, Any]:
        if unknown := set(archive.kinds) - set(KINDS):
            raise ArchiveUnreadable(problem=f"it has {len(unknown)} kinds of records that aren't known here")
        book_id = await self.books.refound(wanted, created_at=wanted.created_at)
        await self.records.defer_keys()
        head_hash = await self._log(archive, wanted, head)
        await self._history(archive, head.revision)
        await self._contents(archive)
        for kind in sorted(in_order(), key=lambda kind: kind.name in AFTER_OTHERS):
            await self._records(archive, kind, head.revision)
        await self._judge(archive, head)
        settings = {"locked_until": wanted.locked_until, "checkpoint_policy": wanted.checkpoint_policy}
        await self.books.take_over(settings, revision=head.revision, head_hash=head_hash)
        self.work.tell(
            f"Restored the book {wanted.name} from an archive of its revision {head.revision}.",
            archive={"book_id": str(wanted.id), "revision": head.revision, "head_hash": head.head_hash},
        )
        people = PeopleService(self.work)
        if (await people.me())["default_book_id"] is None:
            await people.prefer_book(book_id)
        return await self.books.founded()

    async def _log(self, archive: ArchiveReader, wanted: ArchivedBook, head: Head) -> bytes:
        """Write the log down, if its chain holds; answers with the hash of the last change in it."""
        told = ours = FIRST_HASH
        revision = 0
        async for lines in _batches(archive, CHANGES):
            rows = []
            for number, line in lines:
                row = _change(line, number)
                revision += 1
                if row["revision"] != revision or revision > head.revision:
                    raise unfit(CHANGES, number, "the revisions have a gap")
                link = _link(wanted.id, row)
                if hash_link(told, link).hex() != row["hash"]:
                    raise ArchiveAltered(what=f"the hash of change {revision} doesn't follow from the one before")
                told = bytes.fromhex(row["hash"])
                ours = hash_link(ours, _link(self.work.book_id, row))
                rows.append(
                    row
                    | {"hash": f"\\x{ours.hex()}"}
                    | {name: row[name] and f"\\x{row[name]}" for name in ("salt", "payload_digest")}
                )
            await self._write(CHANGES, lines, rows, self.kept.add_changes)
        if revision != head.revision or told.hex() != head.head_hash:
            raise ArchiveAltered(what="its log doesn't end where the manifest says")
        return ours

    async def _history(self, archive: ArchiveReader, revision: int) -> None:
        async for lines in _batches(archive, HISTORY):
            rows = [_image(line, number, revision) for number, line in lines]
            await self._write(HISTORY, lines, rows, self.kept.add_history)

    async def _contents(self, archive: ArchiveReader) -> None:
        """Store what is attached, each under a name that none had before."""
        total, quota = 0, (await InstanceService(self.work).get())["attachments_quota_bytes"]
        async for lines in _batches(archive, CONTENTS):
            rows = []
            for number, line in lines:
                row = _content(line, number)
                name = content_of(row["hash"])
                stored = None
                if archive.has(name):
                    total += row["size"]
                    if total > quota:
                        raise QuotaExceeded(used=0, quota=quota, needed=total)
                    stored = await self._store(archive, name, row["hash"], row["size"])
                rows.append(row | {"hash": f"\\x{row['hash']}", "object_name": stored})
            await self._write(CONTENTS, lines, rows, self.kept.add_contents)

    async def _store(self, archive: ArchiveReader, name: str, sha256: str, size: int) -> str:
        if archive.size(name) != size or size > ATTACHMENT_BYTES:
            raise ArchiveUnreadable(problem=f"{name} isn't of the size that is said, or too large")
        async with self.storage.turn():
            data = await asyncio.to_thread(lambda: b"".join(archive.pieces(name)))
            if hashlib.sha256(data).hexdigest() != sha256:
                raise ArchiveAltered(what=f"{name} has another hash")
            stored = self.storage.new_name(self.work.book_id)
            self._stored.append(stored)
            await self.storage.put(stored, data)
        return stored

    async def _records(self, archive: ArchiveReader, kind: Kind, revision: int) -> None:
        name = records_of(kind.name)
        at_once = MOST_WHOLE if kind.name in TOGETHER else AT_ONCE
        async for lines in _batches(archive, name, at_once):
            images = []
            for number, line in lines:
                try:
                    images.append(check(kind, line, revision=revision))
                except RecordWrong as wrong:
                    raise unfit(name, number, str(wrong)) from None

            async def write(some: Sequence[Image]) -> None:
                await self.records.bring_in(kind, some)

            await self._write(name, lines, images, write)

    async def _write(self, name: str, lines: Numbered, rows: Sequence[Any], write: Any) -> None:
        """Write rows down; if PostgreSQL refuses some, find the first line that it refuses."""
        try:
            async with self.work.connection.attempt():
                await write(rows)
        except (RecordUnfit, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError) as refused:
            if len(rows) > 1 and not (name.startswith("records/") and name[8:-6] in TOGETHER):
                middle = len(rows) // 2
                await self._write(name, lines[:middle], rows[:middle], write)
                await self._write(name, lines[middle:], rows[middle:], write)
                return
            raise unfit(name, lines[0][0], _why(refused)) from None

    async def _judge(self, archive: ArchiveReader, head: Head) -> None:
        """Look at the book as a whole: what its records say together."""
        try:
            await self.records.settle()
        except RecordUnfit as refused:
            raise ArchiveUnreadable(problem=_why(refused)) from None
        connection = self.work.connection
        proof = await ProofService(connection, connection, book_id=self.work.book_id).prove_records()
        if not proof.holds:
            first = proof.findings[0]
            raise ArchiveUnreadable(problem=f"{first.record or 'the book'}: {first.why}")
        restored = await self.records.digest()
        if restored != head.digest and (head.digest, restored) != await asyncio.to_thread(_digests, archive):
            raise ArchiveAltered(what="the digest of its records is another")


def _digests(archive: ArchiveReader) -> tuple[str, str]:
    """The digest of an archive's records as they stand in it, and what it is with the columns that came since."""
    as_it_was, completed = hashlib.sha256(), hashlib.sha256()
    archive.again()
    for name in sorted(archive.kinds):
        for _, image in archive.lines(records_of(name)):
            told = {field: value for field, value in image.items() if not field.endswith(STAMP_ENDINGS)}
            as_it_was.update(canonical([name, told]) + b"\n")
            completed.update(digested(name, image))
    return as_it_was.hexdigest(), completed.hexdigest()


def _manifest(archive: ArchiveReader) -> tuple[ArchivedBook, Head]:
    try:
        wanted = ArchivedBook.model_validate(archive.manifest.get("book"))
        head = Head.model_validate(archive.manifest)
    except ValidationError as wrong:
        place = ".".join(str(each)[:40] for each in wrong.errors()[0]["loc"])
        raise unfit(MANIFEST, 1, f"the book or its log isn't described as it should be ({place})") from None
    if wanted.id is None:
        raise unfit(MANIFEST, 1, "the book has no id")
    return wanted, head


async def _batches(archive: ArchiveReader, name: str, at_once: int = AT_ONCE) -> AsyncIterator[Numbered]:
    """The lines of a file, some at a time; read in a thread."""
    lines = archive.lines(name)
    while some := await asyncio.to_thread(_some, lines, at_once):
        yield some


def _some(lines: Iterator[tuple[int, Any]], at_once: int) -> Numbered:
    return list(islice(lines, at_once))


def _link(book_id: UUID | None, row: dict[str, Any]) -> Link:
    assert book_id is not None, "it was looked at before"  # noqa: S101 - a defect
    return Link(
        book_id,
        row["revision"],
        dt.datetime.fromisoformat(row["at"]),
        UUID(row["actor_id"]) if row["actor_id"] else None,
        row["operation"],
        bytes.fromhex(row["payload_digest"]),
    )


def _change(line: Any, number: int) -> dict[str, Any]:
    names = {"revision", "at", "actor_id", "operation", "summary", "payload", "salt", "payload_digest", "hash"}
    if not isinstance(line, dict) or set(line) != names:
        raise unfit(CHANGES, number, "it isn't what a change is made of")
    payload = line["payload"]
    fits = (
        is_whole(line["revision"])
        and is_instant(line["at"])
        and (line["actor_id"] is None or is_id(line["actor_id"]))
        and is_text(line["operation"])
        and (line["summary"] is None or is_text(line["summary"]))
        and (payload is None or isinstance(payload, dict))
        and (line["salt"] is None or is_hex(line["salt"]))
        and all(is_hex(line[name]) and len(line[name]) == DIGEST_LENGTH for name in ("payload_digest", "hash"))
    )
    if not fits:
        raise unfit(CHANGES, number, "a field of the change isn't what it should be")
    try:
        _TOUCHED.validate_python((payload or {}).get("records", []))
        _COUNTS.validate_python((payload or {}).get("counts", {}))
    except ValidationError:
        raise unfit(CHANGES, number, "it doesn't say what it touched as a change does") from None
    if payload is not None or line["salt"] is not None:
        salt = bytes.fromhex(line["salt"] or "")
        if digest_payload(salt, line["summary"], payload).hex() != line["payload_digest"]:
            raise ArchiveAltered(what=f"what change {line['revision']} says isn't what its digest was made of")
    return line


def _image(line: Any, number: int, revision: int) -> dict[str, Any]:
    if not isinstance(line, dict) or set(line) != {"revision", "record_id", "kind", "before", "at"}:
        raise unfit(HISTORY, number, "it isn't what the history is made of")
    fits = (
        is_whole(line["revision"])
        and is_id(line["record_id"])
        and is_text(line["kind"])
        and is_instant(line["at"])
        and (line["before"] is None or isinstance(line["before"], dict))
    )
    if not fits:
        raise unfit(HISTORY, number, "a field of the history isn't what it should be")
    kind = KINDS.get(line["kind"])
    if kind is not None and line["before"] is not None:
        try:
            check(kind, line["before"], revision=revision)
        except RecordWrong as wrong:
            raise unfit(HISTORY, number, str(wrong)) from None
    return line


def _content(line: Any, number: int) -> dict[str, Any]:
    if not isinstance(line, dict) or set(line) != {"hash", "size", "stored_at"}:
        raise unfit(CONTENTS, number, "it isn't what a content is made of")
    fits = is_hex(line["hash"]) and len(line["hash"]) == DIGEST_LENGTH
    if not (fits and is_whole(line["size"]) and is_instant(line["stored_at"])):
        raise unfit(CONTENTS, number, "a field of the content isn't what it should be")
    return line


def _why(refused: Exception) -> str:
    """Why PostgreSQL refuses, without repeating what."""
    if isinstance(refused, Fault):
        return refused.detail
    return f"PostgreSQL refuses it ({getattr(refused, 'constraint_name', None) or type(refused).__name__})"
