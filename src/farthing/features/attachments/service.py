"""What can be done with attachments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from farthing.core.bounds import ATTACHMENTS_EACH
from farthing.core.connection import Connection
from farthing.core.statements import Row
from farthing.core.storage import ObjectLost, Storage, StorageUnavailable, StoredObject
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.administration.service.settings import InstanceService
from farthing.features.attachments.errors import (
    AttachmentIdTaken,
    AttachmentNotFound,
    AttachmentsTooMany,
    QuotaExceeded,
)
from farthing.features.attachments.models import ATTACHMENT
from farthing.features.attachments.reading import Sample
from farthing.features.attachments.repository import AttachmentRepository, ContentRepository
from farthing.features.attachments.schemas import AttachmentQuery, AttachmentUpdate
from farthing.features.journal.service import JournalService
from farthing.kit import clock, ids
from farthing.kit.faults import Fault
from farthing.kit.pages import Page

KEPT_AFTER_DELETION = dt.timedelta(days=30)
"""How long content is kept after the last attachment that named it was deleted: so long that can be undone whole."""
ORPHANED_AFTER = dt.timedelta(hours=1)
"""An object as old as this that no row names won't be named any more: no request takes so long."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What an attachment belongs to: one of the two."""

    transaction_id: UUID | None = None
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in, and looked at. ``object_name`` is where it was stored for this; None: it wasn't."""

    sample: Sample
    object_name: str | None
    id: UUID | None
    note: str | None


class AttachmentService:
    """Attaches files to transactions and to accounts."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.attachments = AttachmentRepository(work)
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.storage = work.tools[Storage]

    async def lacks(self, sample: Sample) -> bool:
        """Whether the book doesn't have this content yet, and has room for it.

        Raises:
            QuotaExceeded: it has no room.
        """
        if await self.attachments.object_name(sample.content_hash) is not None:
            return False
        quota = (await InstanceService(self.work).get())["attachments_quota_bytes"]
        used = await self.attachments.bytes_kept()
        if used + sample.size > quota:
            raise QuotaExceeded(used=used, quota=quota, needed=sample.size)
        return True

    async def attach(self, upload: Upload, owner: Owner) -> dict[str, Any]:
        """Attach a file that was stored. What was stored for nothing is let go of again.

        Raises:
            TransactionNotFound, AccountNotFound: there is nothing to attach it to.
            AttachmentIdTaken: the book has, or had, an attachment with this id.
            AttachmentsTooMany, QuotaExceeded: there is no room for it.
            StorageUnavailable: the content that the book had was let go of this very moment.
        """
        try:
            await self._check(upload, owner)
            stored = await self._keep(upload)
            attachment_id = upload.id or ids.new_id()
            at = clock.now()
            await self.attachments.add(
                {
                    "id": attachment_id,
                    "transaction_id": owner.transaction_id,
                    "account_id": owner.account_id,
                    "name": upload.sample.name,
                    "media_type": upload.sample.media_type,
                    "size": upload.sample.size,
                    "content_hash": upload.sample.content_hash,
                    "note": upload.note or None,
                    "created_revision": self.work.revision,
                    "revision": self.work.revision,
                    "created_at": at,
                    "changed_at": at,
                }
            )
        except Fault:
            await self._let_go(upload)
            raise
        if not stored:
            await self._let_go(upload)
        self.work.created("attachment", attachment_id)
        self.work.tell(f"Attached a file to {'a transaction' if owner.transaction_id else 'an account'}.")
        return await self.get(attachment_id)

    async def find(self, wanted: AttachmentQuery, owner: Owner) -> Page[dict[str, Any]]:
        """A page of what belongs to a transaction or to an account, oldest first.

        Raises:
            TransactionNotFound, AccountNotFound: the book has none such.
        """
        await self._check_owner(owner)
        page = await self.attachments.find(wanted, transaction_id=owner.transaction_id, account_id=owner.account_id)
        return Page([_shown(row) for row in page.data], page.next_cursor)

    async def get(self, attachment_id: UUID) -> dict[str, Any]:
        """An attachment.

        Raises:
            AttachmentNotFound: the book has none such, or what it belongs to was deleted.
        """
        return _shown(await self._kept(attachment_id))

    async def change(self, attachment_id: UUID, changes: AttachmentUpdate) -> dict[str, Any]:
        """Call an attachment something else, or say something else about it.

        Raises:
            AttachmentNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        kept = await self._kept(attachment_id)
        self.work.expect(kept["revision"])
        given = changes.model_dump(exclude_unset=True)
        if "note" in given:
            given["note"] = given["note"] or None
        values = {name: value for name, value in given.items() if kept[name] != value}
        if not values:
            return _shown(kept)
        await self.attachments.change(attachment_id, values, revision=self.work.revision, at=clock.now())
        self.work.changed("attachment", attachment_id, ATTACHMENT.image(kept))
        self.work.tell("Changed an attachment.")
        return await self.get(attachment_id)

    async def delete(self, attachment_id: UUID) -> None:
        """Take an attachment away. Its content is kept for a while, in case it is to come back.

        Raises:
            AttachmentNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        kept = await self._kept(attachment_id)
        self.work.expect(kept["revision"])
        self.work.shown = None
        await self.attachments.delete(attachment_id)
        self.work.deleted("attachment", attachment_id, ATTACHMENT.image(kept))
        self.work.tell("Deleted an attachment.")

    async def content(self, attachment_id: UUID) -> tuple[dict[str, Any], str]:
        """An attachment, and where the storage keeps what it holds.

        Raises:
            AttachmentNotFound: the book has none such.
            ObjectLost: it was deleted for so long that its content isn't kept any more.
        """
        kept = await self._kept(attachment_id)
        self.work.shown = None  # what it holds never changes, whatever it is called
        object_name = await self.attachments.object_name(kept["content_hash"])
        if object_name is None:
            raise ObjectLost
        return _shown(kept), object_name

    async def _kept(self, attachment_id: UUID) -> Row:
        kept = await self.attachments.get(attachment_id)
        if kept is None:
            raise AttachmentNotFound
        self.work.shows(kept["revision"])
        return kept

    async def _check(self, upload: Upload, owner: Owner) -> None:
        await self._check_owner(owner)
        count = await self.attachments.count(transaction_id=owner.transaction_id, account_id=owner.account_id)
        if count >= ATTACHMENTS_EACH:
            raise AttachmentsTooMany(most=ATTACHMENTS_EACH)
        if upload.id is not None and await self.attachments.is_taken(upload.id):
            raise AttachmentIdTaken

    async def _check_owner(self, owner: Owner) -> None:
        if owner.transaction_id is not None:
            await self.journal.get(owner.transaction_id)
        if owner.account_id is not None:
            await self.accounts.get(owner.account_id)
        self.work.shown = None

    async def _keep(self, upload: Upload) -> bool:
        """Have the book know where the content is; answers whether that is where it was stored for this."""
        if not await self.lacks(upload.sample):
            return False
        name = upload.object_name
        if name is None:
            if not self.work.dry_run:  # the book had it, and doesn't any more
                raise StorageUnavailable
            name = self.storage.new_name(self.work.book_id)
        await self.attachments.keep(upload.sample.content_hash, upload.sample.size, name)
        return True

    async def _let_go(self, upload: Upload) -> None:
        if upload.object_name is not None:
            await self.storage.discard(upload.object_name)


class SweepService:
    """Finds what the storage keeps for nobody. Unlike other services it is about all books, and for no one.

    Args:
        owner: a connection that may take on ``farthing_owner``, in a transaction.
    """

    def __init__(self, owner: Connection) -> None:
        self.contents = ContentRepository(owner)

    async def books(self) -> list[UUID]:
        """All books."""
        await self.contents.take_role()
        return await self.contents.book_ids()

    async def forget(self, book_id: UUID) -> list[str]:
        """Forget content of a book that nothing has named for long; answers with what can be deleted after the commit.

        Who attaches the same meanwhile waits, and then finds that it isn't kept.
        """
        await self.contents.take_role()
        await self.contents.lock(book_id)
        return await self.contents.forget_unused(book_id, clock.now() - KEPT_AFTER_DELETION)

    async def orphans(self, listed: Sequence[StoredObject]) -> list[str]:
        """Which of these objects, listed before, no row names nor ever will.

        What is of a book that never was here is left alone: another instance may keep its files in the same place.
        """
        await self.contents.take_role()
        ours = {*await self.contents.book_ids(), *await self.contents.deleted_book_ids()}
        named = await self.contents.object_names()
        latest = clock.now() - ORPHANED_AFTER
        return [
            each.name for each in listed if each.book_id in ours and each.written_at < latest and each.name not in named
        ]


def _shown(row: Row) -> dict[str, Any]:
    return {**row, "sha256": row["content_hash"].hex()}
