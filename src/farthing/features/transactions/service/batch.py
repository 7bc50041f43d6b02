"""Several operations on transactions, one after the other, in one change: all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from farthing.core.work import RevisionStale, Work
from farthing.features.journal.errors import TransactionNotFound
from farthing.features.journal.service import JournalService
from farthing.features.transactions.schemas import (
    ChangeOperation,
    DeleteOperation,
    Operation,
    RecordOperation,
    RestoreOperation,
    ReverseOperation,
)
from farthing.features.transactions.service.change import ChangeService
from farthing.features.transactions.service.record import RecordService
from farthing.features.transactions.service.restore import RestoreService
from farthing.features.transactions.service.reverse import ReverseService
from farthing.features.transactions.showing import Shown
from farthing.kit.faults import Fault

DONE = {"record": "recorded", "change": "changed", "delete": "deleted", "restore": "restored", "reverse": "reversed"}
PARTS = {"record": "/transaction", "change": "/changes", "reverse": "/reversal"}
"""Where an operation says what the services read, by its name."""


class BatchService:
    """Does operations as each would be done by itself, each upon what those before it left."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.recording = RecordService(work)
        self.changing = ChangeService(work)
        self.restoring = RestoreService(work)
        self.reversing = ReverseService(work)

    async def apply(
        self,
        operations: Sequence[Operation],
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
        unreconcile: bool = False,
    ) -> list[Shown | None]:
        """Do operations in their order, in one revision; answers with the transaction as each left it, or None.

        Args:
            operations: what is to be done.
            override_lock: whether they may write in the locked period, if the member may do that.
            override_checkpoints: whether a checkpoint may break by them, if the member may do that.
            unreconcile: whether postings that were reconciled may change or go.

        Raises:
            PermissionMissing: the member may not override the lock, or checkpoints.
            RevisionStale: a transaction is at another revision than its operation says, when its turn comes.
            CheckpointBroken: a checkpoint would not hold after all of them.
            NotFound, Invalid, Conflict: as the operations' own services say, of the first that can't be done.
        """
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        overrides = {"override_lock": override_lock, "override_checkpoints": override_checkpoints}
        # What the request as a whole expects isn't about any one of these transactions.
        self.work.expected = None
        results = []
        for index, operation in enumerate(operations):
            try:
                results.append(await self._do(operation, overrides, unreconcile=unreconcile))
            except Fault as fault:
                raise _placed(fault, f"/operations/{index}", operation.op) from None
            self.work.shown = None  # the next one shows another transaction, and the answer is none
        self.work.tell(_told(operations))
        return results

    async def _do(self, operation: Operation, overrides: dict[str, bool], *, unreconcile: bool) -> Shown | None:
        match operation:
            case RecordOperation(transaction=transaction):
                return await self.recording.record(transaction, **overrides)
            case ChangeOperation(id=id_, changes=changes, if_match=revision):
                await self._check(id_, revision)
                return await self.changing.change(id_, changes, **overrides, unreconcile=unreconcile)
            case DeleteOperation(id=id_, if_match=revision):
                await self._check(id_, revision)
                await self.changing.delete(id_, **overrides, unreconcile=unreconcile)
                return None
            case RestoreOperation(id=id_):
                return await self.restoring.restore(id_, **overrides)
            case ReverseOperation(id=id_, reversal=reversal):
                return await self.reversing.reverse(id_, reversal, **overrides)

    async def _check(self, transaction_id: UUID, revision: int | None) -> None:
        """Compare the revision that the caller knows with the transaction's own."""
        if revision is not None:
            written = await self.journal.get(transaction_id)
            if written.revision != revision:
                raise RevisionStale(revision=written.revision)


def _placed(fault: Fault, place: str, name: str) -> Fault:
    """What went wrong with an operation, told with its place."""
    match fault:
        case TransactionNotFound():
            return fault.within(f"{place}/id")
        case RevisionStale():
            return fault.within(f"{place}/if_match")
    return fault.within(f"{place}{PARTS.get(name, '')}" if fault.blames else place)


def _told(operations: Sequence[Operation]) -> str:
    counts = Counter(operation.op for operation in operations)
    done = ", ".join(f"{DONE[name]} {count}" for name, count in counts.items())
    return f"In one batch: {done}."
