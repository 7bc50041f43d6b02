"""Turning matches down, for good or until someone changes their mind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.matches.errors import MatchRejected, RejectionIdTaken, RejectionNotFound, TransactionUnknown
from farthing.features.matches.models import REJECTED_MATCH
from farthing.features.matches.repository import MatchRepository
from farthing.features.matches.schemas import MatchReject, RejectedMatchQuery
from farthing.features.matches.scoring import pair_of
from farthing.kit import clock, ids
from farthing.kit.pages import Page


class RejectService:
    """Remembers which transactions aren't one."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.matches = MatchRepository(work)

    async def get(self, rejection_id: UUID) -> dict[str, Any]:
        """A rejected match.

        Raises:
            RejectionNotFound: the book has none such.
        """
        return _show(await self._get(rejection_id))

    async def find(self, wanted: RejectedMatchQuery) -> Page[dict[str, Any]]:
        """A page of rejected matches, oldest first.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        page = await self.matches.find(wanted)
        return Page([_show(row) for row in page.data], page.next_cursor)

    async def reject(self, wanted: MatchReject) -> dict[str, Any]:
        """Say that two transactions aren't one; they aren't proposed again. Once is enough.

        Raises:
            TransactionUnknown: the book has no such transaction.
            RejectionIdTaken: the book has, or had, a rejected match with the id that the client chose.
            MatchRejected: it was rejected already, under another id than the client chose.
        """
        first_id, second_id = pair_of(*wanted.transaction_ids)
        before = await self.matches.of_pair(wanted.kind, first_id, second_id)
        if before is not None and wanted.id in {None, before["id"]}:
            self.work.shows(before["revision"])
            return _show(before)
        if before is not None:
            raise MatchRejected
        known = await self.matches.known(wanted.transaction_ids)
        for place, transaction_id in enumerate(wanted.transaction_ids):
            if transaction_id not in known:
                raise TransactionUnknown.at(f"/transaction_ids/{place}")
        if wanted.id is not None and await self.matches.taken(wanted.id):
            raise RejectionIdTaken
        at = clock.now()
        rejection_id = wanted.id or ids.new_id()
        values = {
            "id": rejection_id,
            "kind": wanted.kind.value,
            "first_id": first_id,
            "second_id": second_id,
            "created_revision": self.work.revision,
            "revision": self.work.revision,
            "created_at": at,
            "changed_at": at,
        }
        await self.matches.add(values)
        self.work.created(REJECTED_MATCH.name, rejection_id)
        self.work.tell("Rejected a match.")
        return await self.get(rejection_id)

    async def remove(self, rejection_id: UUID) -> None:
        """Let the two be proposed again.

        Raises:
            RejectionNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        before = await self._get(rejection_id)
        self.work.expect(before["revision"])
        self.work.shown = None
        await self.matches.remove(rejection_id)
        self.work.deleted(REJECTED_MATCH.name, rejection_id, REJECTED_MATCH.image(before))
        self.work.tell("Took the rejection of a match back.")

    async def _get(self, rejection_id: UUID) -> Row:
        row = await self.matches.get(rejection_id)
        if row is None:
            raise RejectionNotFound
        self.work.shows(row["revision"])
        return row


def _show(row: Row) -> dict[str, Any]:
    return {**row, "transaction_ids": [row["first_id"], row["second_id"]]}
