"""What can be asked of a book's records, whatever their kind, and how they are put back."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from farthing.core.changelog import canonical
from farthing.core.records import KINDS, Image, Kind
from farthing.core.work import Work
from farthing.features.records.errors import BookTooLarge
from farthing.features.records.repository import RecordRepository
from farthing.features.records.touched import BEGINNING, Last, Place, Touch

MOST_DIGESTED = 100_000
"""Records that are looked at while a caller waits."""
AT_ONCE = 1000
"""Records that are read or written at a time."""


class RecordService:
    """The records of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.records = RecordRepository(work)

    async def touched_since(self, since: int, after: Place | None, limit: int) -> list[tuple[Last, Image | None]]:
        """Records in the order in which they were last touched, each as it is now, or None where it is gone.

        Args:
            since: the revision whose state the reader started from.
            after: the place of the last record that the reader has seen; None: none since then.
            limit: how many places to look at, at most.
        """
        from_ = after or Place(since + 1, BEGINNING, "")
        found = await self.records.touched_since(since, from_, limit)
        live: defaultdict[str, list[UUID]] = defaultdict(list)
        for last in found:
            if not last.gone:
                live[last.place.kind].append(last.place.id)
        images = {
            (name, id_): image for name, ids in live.items() for id_, image in (await self._now(name, ids)).items()
        }
        return [(last, images.get((last.place.kind, last.place.id))) for last in found]

    async def touches(self, revision: int, made: Mapping[str, int]) -> list[Touch]:
        """What the write that made a revision did to each record.

        Args:
            revision: of the write.
            made: how many records of each kind it made, as the log counts them.
        """
        before: dict[tuple[str, UUID], Image | None] = {
            (row["kind"], row["id"]): row["before"] for row in await self.records.left_by(revision)
        }
        # What was made and deleted by the same write has an image of what it never was before it.
        before = {
            key: None if image and image.get("created_revision") == revision else image for key, image in before.items()
        }
        for name, count in made.items():
            if (kind := KINDS.get(name)) is None:
                continue
            new = [
                record_id for record_id in await self.records.made_at(kind, revision) if (name, record_id) not in before
            ]
            brought_back = sum(1 for (other, _), image in before.items() if other == name and image is None)
            if len(new) + brought_back < count:
                new += await self.records.made_and_touched(kind, revision)
            before |= {(name, record_id): None for record_id in new}
        by_kind: defaultdict[str, list[UUID]] = defaultdict(list)
        for name, record_id in before:
            by_kind[name].append(record_id)
        touches = []
        for name, ids in by_kind.items():
            now = await self._now(name, ids) if name in KINDS else {}
            later = await self.records.next_images(revision, ids)
            for record_id in ids:
                is_now = now.get(record_id)
                after = later[record_id]["before"] if record_id in later else is_now
                touches.append(Touch(name, record_id, before[name, record_id], after, is_now))
        return touches

    async def known_at(self, kind: Kind, revision: int) -> list[dict[str, Any]]:
        """The columns of all records of a kind, as they were at a revision. For kinds that a book has few of."""
        return [kind.values(image) for image in await self.records.known_at(kind, revision)]

    async def referring(self, kind: Kind, record_ids: Sequence[UUID], most: int) -> list[Any]:
        """Records that refer to these: ``kind`` and ``id`` of each, ``named`` the one it refers to."""
        return await self.records.referring(kind, record_ids, most)

    async def last_touched(self, record_ids: Sequence[UUID]) -> dict[UUID, int]:
        """The revisions that last changed or deleted records."""
        return await self.records.last_touched(record_ids)

    async def put_back(self, touches: Sequence[Touch], at: str) -> None:
        """Make records again what they were before a write: what it made goes, what it deleted comes back.

        What refers to others goes before them and comes after them. Each kind's tables are written with whole records,
        so that PostgreSQL's own checks see what they must; foreign keys are looked at when the caller has it settle.
        Whether it may be put back is for the caller to know.

        Args:
            touches: what the write did.
            at: the instant to note for what changes, ISO 8601.
        """
        await self.records.defer_keys()
        order = in_order()
        todo = {kind.name: [touch for touch in touches if touch.kind == kind.name] for kind in order}
        for kind in reversed(order):
            for some in _chunks([touch for touch in todo[kind.name] if touch.now is not None]):
                await self.records.remove_parts(kind, [touch.id for touch in some if touch.before is not None])
                if gone := [touch.id for touch in some if touch.before is None]:
                    await self.records.remove(kind, gone)
        for kind in order:
            for some in _chunks([touch for touch in todo[kind.name] if touch.before is not None]):
                await self._write_again(kind, some, at)
        for touch in touches:
            self._log(touch)

    async def bring_in(self, kind: Kind, images: Sequence[Image]) -> None:
        """Write records down just as images have them, and when they were written: into a book that is restored.

        Raises:
            RecordUnfit: PostgreSQL refuses them.
        """
        await self.records.insert(kind, images)
        await self.records.insert_parts(kind, images)

    async def defer_keys(self) -> None:
        """Have foreign keys looked at when all is written, where they allow it."""
        await self.records.defer_keys()

    async def settle(self) -> None:
        """Have PostgreSQL look now at what it would look at in the end.

        Raises:
            RecordUnfit: it refuses what was put back.
        """
        await self.records.settle()

    async def _write_again(self, kind: Kind, touches: Sequence[Touch], at: str) -> None:
        stamps = {"revision": self.work.revision, "changed_at": at}
        back = [touch.before | stamps for touch in touches if touch.before and touch.now is None]
        changed = [touch.before | stamps for touch in touches if touch.before and touch.now is not None]
        if back:
            await self.records.insert(kind, back)
        if changed:
            await self.records.overwrite(kind, changed)
        await self.records.insert_parts(kind, [*back, *changed])

    def _log(self, touch: Touch) -> None:
        if touch.now is None:
            self.work.restored(touch.kind, touch.id)
        elif touch.before is None:
            self.work.deleted(touch.kind, touch.id, touch.now)
        else:
            self.work.changed(touch.kind, touch.id, touch.now)

    async def told_digest(self) -> dict[str, Any]:
        """The digest of what the book holds, how many records that is, and at which revision.

        Raises:
            BookTooLarge: it takes longer than a caller waits.
        """
        count = await self.records.count()
        if count > MOST_DIGESTED:
            raise BookTooLarge(count=count, most=MOST_DIGESTED)
        return {"digest": await self.digest(), "records": count, "revision": self.work.opened.revision}

    async def digest(self) -> str:
        """The digest of what the book holds: the same for two books that hold the same.

        SHA-256, hexadecimal, over one line for each record, ended by a newline: the canonical JSON (keys sorted, no
        spaces, UTF-8) of ``[kind, content]``; kinds by name, and each kind's records by id. The content is the record's
        image without what says when and at which revision it was written.
        """
        digest = hashlib.sha256()
        async for name, images in self.all():
            for image in images:
                digest.update(digested(name, image))
        return digest.hexdigest()

    async def all(self) -> AsyncIterator[tuple[str, list[Image]]]:
        """All records, some of a kind at a time: kinds by name, and each kind's records by id."""
        for name in sorted(KINDS):
            async for images in self.of(KINDS[name]):
                yield name, images

    async def of(self, kind: Kind) -> AsyncIterator[list[Image]]:
        """All records of a kind by id, some at a time."""
        last = BEGINNING
        while images := await self.records.page(kind, last, AT_ONCE):
            last = next(reversed(images))
            yield list(images.values())

    async def _now(self, kind: str, record_ids: Sequence[UUID]) -> dict[UUID, Image]:
        found: dict[UUID, Image] = {}
        for start in range(0, len(record_ids), AT_ONCE):
            found |= await self.records.images(KINDS[kind], record_ids[start : start + AT_ONCE])
        return found


def digested(kind: str, image: Image) -> bytes:
    """The line for a record that goes into a book's digest."""
    return canonical([kind, KINDS[kind].content(image)]) + b"\n"


def _chunks(touches: list[Touch]) -> list[list[Touch]]:
    return [touches[start : start + AT_ONCE] for start in range(0, len(touches), AT_ONCE)]


def in_order() -> list[Kind]:
    """All kinds of records, those that others refer to first, be it only from rows that belong to them."""
    tables = {name: [kind.table, *(part.table for part in kind.parts)] for name, kind in sorted(KINDS.items())}
    kind_of = {table: name for name, its in tables.items() for table in its}
    refers = {
        name: {
            kind_of[key.referred_table]
            for table in its
            for key in table.foreign_key_constraints
            if kind_of.get(key.referred_table, name) != name
        }
        for name, its in tables.items()
    }
    return [KINDS[name] for name in TopologicalSorter(refers).static_order()]
