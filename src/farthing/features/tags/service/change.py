"""Making, changing, merging and deleting tags."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.journal.entries import Extent
from farthing.features.journal.service import JournalService
from farthing.features.tags.errors import (
    RetaggingTooLarge,
    TagIdTaken,
    TagInUse,
    TagsSame,
    TagsTooMany,
    TagUnknown,
)
from farthing.features.tags.models import TAG
from farthing.features.tags.repository import TagRepository
from farthing.features.tags.schemas import TagCreate, TagUpdate
from farthing.features.tags.service.find import MAX_TAGS, TagService
from farthing.kit import clock, ids
from farthing.ledger.accounts import name_key

MAX_TRANSACTIONS = 10_000
"""How many transactions are changed at once."""
MAX_POSTINGS = 100_000
"""How many postings those have together: all of them are read, for the history."""


class ChangeService:
    """Changes tags, and takes them off transactions."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.tags = TagRepository(work)
        self.found = TagService(work)
        self.journal = JournalService(work)

    async def create(self, wanted: TagCreate) -> Row:
        """Make a tag.

        Raises:
            TagIdTaken: the book has, or had, a tag with the id that the client chose.
            TagNameTaken: another tag has this name.
            TagsTooMany: the book is full.
        """
        if wanted.id and await self.tags.is_taken(wanted.id):
            raise TagIdTaken
        if await self.tags.count() >= MAX_TAGS:
            raise TagsTooMany
        at = clock.now()
        tag_id = wanted.id or ids.new_id()
        await self.tags.add(
            {
                "id": tag_id,
                "name": wanted.name,
                "name_key": name_key(wanted.name),
                "color": wanted.color,
                "description": wanted.description or None,
                "named_revision": self.work.revision,
                "created_revision": self.work.revision,
                "revision": self.work.revision,
                "created_at": at,
                "changed_at": at,
            }
        )
        self.work.created("tag", tag_id)
        self.work.tell(f"Made the tag {wanted.name}.")
        return await self.found.get(tag_id)

    async def change(self, tag_id: UUID, changes: TagUpdate) -> Row:
        """Change a tag. What is absent stays; what changes nothing takes no revision.

        Raises:
            TagNotFound: the book has none such.
            TagNameTaken: another tag has this name.
            RevisionStale: the caller's picture of the tag is out of date.
        """
        tag = await self._expected(tag_id)
        values: dict[str, Any] = changes.model_dump(exclude_unset=True)
        if "description" in values:
            values["description"] = values["description"] or None
        values = {name: value for name, value in values.items() if tag[name] != value}
        if not values:
            return tag
        if "name" in values:
            values |= {"name_key": name_key(values["name"]), "named_revision": self.work.revision}
        await self.tags.change(tag_id, values, revision=self.work.revision, at=clock.now())
        self.work.changed("tag", tag_id, TAG.image(tag))
        self.work.tell(f"Changed the tag {values.get('name', tag['name'])}.")
        return await self.found.get(tag_id)

    async def delete(self, tag_id: UUID, *, from_transactions: bool = False, override_lock: bool = False) -> None:
        """Delete a tag.

        Args:
            tag_id: which one.
            from_transactions: whether it is taken off the transactions that bear it.
            override_lock: whether those may be dated in the locked period, if the member may do that.

        Raises:
            TagNotFound: the book has none such.
            TagInUse: transactions bear it, and it isn't to be taken off them.
            RetaggingTooLarge: more bear it than are changed at once.
            PeriodLocked: one of them is dated in the locked period.
            PermissionMissing: the member may not override the lock.
            RevisionStale: the caller's picture of the tag is out of date.
        """
        await self.work.take_up_to(self.work.tools[Settings].request_seconds)
        tag = await self._expected(tag_id)
        self.work.shown = None
        borne = await self.journal.bearing(tag_id)
        if borne.transactions and not from_transactions:
            raise TagInUse(count=borne.transactions)
        await self._retag(tag_id, None, borne, override_lock=override_lock)
        await self.tags.remove(tag_id)
        self.work.deleted("tag", tag_id, TAG.image(tag))
        self.work.tell(f"Deleted the tag {tag['name']}{_of(borne)}.")

    async def merge(self, tag_id: UUID, into: UUID, *, override_lock: bool = False) -> Row:
        """Give the transactions that bear a tag another one in its place, and delete it; answers with the other.

        Args:
            tag_id: the tag that goes.
            into: the one that stays.
            override_lock: whether the transactions may be dated in the locked period, if the member may do that.

        Raises:
            TagNotFound: the book has none such.
            TagUnknown: it hasn't got the other one.
            TagsSame: they are one.
            RetaggingTooLarge: more transactions bear it than are changed at once.
            PeriodLocked: one of them is dated in the locked period.
            PermissionMissing: the member may not override the lock.
            RevisionStale: the caller's picture of the tag that goes is out of date.
        """
        await self.work.take_up_to(self.work.tools[Settings].request_seconds)
        tag = await self._expected(tag_id)
        if into == tag_id:
            raise TagsSame.at("/into")
        staying = await self.tags.get(into)
        if staying is None:
            raise TagUnknown.at("/into", near="")
        borne = await self.journal.bearing(tag_id)
        await self._retag(tag_id, into, borne, override_lock=override_lock)
        await self.tags.remove(tag_id)
        self.work.deleted("tag", tag_id, TAG.image(tag))
        self.work.tell(f"Merged the tag {tag['name']} into {staying['name']}{_of(borne)}.")
        return await self.found.get(into)

    async def _expected(self, tag_id: UUID) -> Row:
        tag = await self.found.get(tag_id)
        self.work.expect(tag["revision"])
        return tag

    async def _retag(self, tag_id: UUID, by: UUID | None, borne: Extent, *, override_lock: bool) -> None:
        """Put another tag in a tag's place on all transactions, or none."""
        if override_lock:
            self.journal.override_lock()
        if borne.transactions > MAX_TRANSACTIONS or borne.postings > MAX_POSTINGS:
            raise RetaggingTooLarge(count=borne.transactions)
        if borne.transactions:
            await self.journal.retag(tag_id, by)


def _of(borne: Extent) -> str:
    if not borne.transactions:
        return ""
    return ", on one transaction" if borne.transactions == 1 else f", on {borne.transactions} transactions"
