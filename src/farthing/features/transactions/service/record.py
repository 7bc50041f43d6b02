"""Recording transactions."""

from __future__ import annotations

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.journal.entries import Entry
from farthing.features.journal.service import JournalService
from farthing.features.transactions.schemas import TransactionCreate
from farthing.features.transactions.service.lines import Liner
from farthing.features.transactions.showing import Shown, show_written
from farthing.kit import ids


class RecordService:
    """Writes new transactions down."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.liner = Liner(AccountService(work))

    async def record(self, wanted: TransactionCreate, *, override_lock: bool = False) -> Shown:
        """Record a transaction, written in any of the three ways.

        Args:
            wanted: what happened.
            override_lock: whether it may be dated in the locked period, if the member may do that.

        Raises:
            PeriodLocked: it is dated in the locked period.
            PermissionMissing: the member may not override the lock.
            TransactionIdTaken: the book has, or had, a transaction with the id that the client chose.
            Invalid, Conflict: as :meth:`Liner.of` says.
        """
        if override_lock:
            self.journal.override_lock()
        if wanted.id:
            await self.journal.ensure_new(wanted.id)
        entry = Entry(
            id=wanted.id or ids.new_id(),
            date=wanted.date or self.work.today(),
            payee=wanted.payee or None,
            description=wanted.description or None,
            value_date=wanted.value_date,
            due_date=wanted.due_date,
            extra=wanted.metadata,
            lines=await self.liner.of(wanted),
        )
        (written,) = await self.journal.write([entry])
        self.work.tell("Recorded a transaction.")
        # Nothing can have been renamed after what was just written: its own revision is the answer's.
        self.work.shows(written.revision)
        return show_written(written, self.liner.seen)
