"""Reversing transactions: taking back what stands in the books without touching it."""

from __future__ import annotations

from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.journal.entries import Entry, WrittenPosting
from farthing.features.journal.errors import AlreadyReversed, TransactionIdTaken
from farthing.features.journal.models import TransactionKind
from farthing.features.journal.service import JournalService
from farthing.features.payees.service.find import PayeeService
from farthing.features.transactions.schemas import TransactionReverse
from farthing.features.transactions.service.find import FindService
from farthing.features.transactions.service.restore import postable_accounts
from farthing.features.transactions.showing import Shown, show_written
from farthing.kit import ids
from farthing.ledger.postings import Line


class ReverseService:
    """Books the mirrors of transactions."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.payees = PayeeService(work)
        self.found = FindService(work)

    async def reverse(
        self,
        transaction_id: UUID,
        wanted: TransactionReverse,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
    ) -> Shown:
        """Book a transaction's mirror: the same lines with their amounts negated, those of an exchange included.

        The one that is reversed stays as it is, also in a locked period. Its lines' memos, prices and costs come along;
        their statuses, which are what the bank said of them, don't; nor do its notes and tags.

        Args:
            transaction_id: which one.
            wanted: what the reversal is to be like.
            override_lock: whether the reversal may be dated in the locked period, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            TransactionNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            AlreadyReversed: it has a reversal.
            TransactionIdTaken: the book has, or had, a transaction with the id that the client chose.
            PeriodLocked: the reversal would be dated in the locked period.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override the lock, or checkpoints.
            AccountClosed: it stands on an account that was closed since.
        """
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        shown = await self.found.get(transaction_id)
        if self.work.shown is not None:
            self.work.expect(self.work.shown)
        if shown["reversed_by_id"]:
            raise AlreadyReversed(reversed_by_id=shown["reversed_by_id"])
        if wanted.id is not None and (await self.journal.taken([wanted.id], [])).transactions:
            raise TransactionIdTaken
        day = wanted.date or self.work.today()
        self.journal.check_open(day, "/date")
        before = await self.journal.get(transaction_id)
        accounts = await postable_accounts(self.accounts, before.postings)
        entry = Entry(
            id=wanted.id or ids.new_id(),
            date=day,
            kind=TransactionKind.REVERSAL,
            reverses_id=before.id,
            payee=before.payee,
            payee_id=before.payee_id,
            description=wanted.description or before.description,
            lines=tuple(_mirrored(line) for line in before.postings),
        )
        (written,) = await self.journal.write([entry])
        self.work.tell("Reversed a transaction.", reversed=str(before.id))
        self.work.shows(written.revision)
        payees = await self.payees.look_up([], [written.payee_id] if written.payee_id else [])
        reversal = show_written(written, accounts, payees.by_id, {})
        await self.found.settled([reversal])
        return reversal


def _mirrored(line: WrittenPosting) -> Line:
    return Line(
        account_id=line.account_id,
        amount=-line.amount,
        currency=line.currency,
        memo=line.memo,
        generated=line.generated,
        price=line.price,
        cost=line.cost,
    )
