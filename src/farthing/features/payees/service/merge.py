"""Merging payees: two that turn out to be one."""

from __future__ import annotations

from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.journal.service import JournalService
from farthing.features.payees.errors import AliasesTooMany, MergeTooLarge, PayeesSame, PayeeUnknown
from farthing.features.payees.repository import PayeeRepository
from farthing.features.payees.schemas import MAX_ALIASES, PayeeMerge
from farthing.features.payees.service.change import image
from farthing.features.payees.service.find import PayeeService
from farthing.kit import clock

MAX_TRANSACTIONS = 10_000
"""Each is a change of its own in the history: so many are given to another payee at once."""


class MergeService:
    """Merges payees."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.payees = PayeeRepository(work)
        self.found = PayeeService(work)
        self.journal = JournalService(work)

    async def merge(self, payee_id: UUID, merging: PayeeMerge, *, override_lock: bool = False) -> Row:
        """Give all of a payee's transactions and names to another, and delete it; answers with the other.

        Args:
            payee_id: the payee that goes.
            merging: the payee that stays.
            override_lock: whether transactions in the locked period may change hands, if the member may do that.

        Raises:
            PayeeNotFound: the book has none such.
            PayeeUnknown, PayeesSame: there is no such other.
            AliasesTooMany: the other would have more than a payee has.
            MergeTooLarge: it has more transactions than are changed at once.
            PeriodLocked: one of them is dated in the locked period.
            PermissionMissing: the member may not override the lock.
            RevisionStale: the caller's picture of the payee that goes is out of date.
        """
        await self.work.take_up_to(self.work.tools[Settings].request_seconds)
        if override_lock:
            self.journal.override_lock()
        payee = await self.found.get(payee_id)
        self.work.expect(payee["revision"])
        if merging.into == payee_id:
            raise PayeesSame.at("/into")
        other = await self.payees.get(merging.into)
        if other is None:
            raise PayeeUnknown.at("/into")
        if len(other["aliases"]) + 1 + len(payee["aliases"]) > MAX_ALIASES:
            raise AliasesTooMany
        count = await self.journal.count_of_payee(payee_id)
        if count > MAX_TRANSACTIONS:
            raise MergeTooLarge(count=count)
        await self.journal.reassign(payee_id, other["id"])
        await self.payees.hand_names_over(payee_id, other["id"])
        await self.payees.remove(payee_id)
        await self.payees.change(other["id"], {}, revision=self.work.revision, at=clock.now())
        self.work.deleted("payee", payee_id, image(payee))
        self.work.changed("payee", other["id"], image(other))
        self.work.tell(f"Merged a payee of {count} transactions into another." if count else "Merged two payees.")
        return await self.found.get(other["id"])
