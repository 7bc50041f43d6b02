"""What can be done to the journal: the verbs that all rooms above write with."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.books.models import CheckpointPolicy
from farthing.features.journal.entries import Balance, Entry, StruckTransaction, TakenIds, WrittenTransaction
from farthing.features.journal.errors import (
    CheckpointBroken,
    PeriodLocked,
    PostingReconciled,
    TransactionNotDeleted,
    TransactionNotFound,
)
from farthing.features.journal.models import CHECKPOINT, PostingStatus
from farthing.features.journal.repository import JournalRepository
from farthing.kit import clock
from farthing.kit.wire import FIRST_DAY
from farthing.ledger.currencies import digits_of
from farthing.ledger.money import write_amount
from farthing.ledger.postings import Line


class JournalService:
    """Writes transactions down, whole and balanced, and tells what accounts hold."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalRepository(work)
        self._overrides_lock = False
        self._overrides_checkpoints = False
        self._unreconciles = False

    @property
    def open_from(self) -> dt.date:
        """The first day that the book isn't locked for."""
        lock = self.work.opened.locked_until
        return FIRST_DAY if lock is None else lock + dt.timedelta(days=1)

    def override_lock(self) -> None:
        """Write in the locked period too. Where that is done, the log says so.

        Raises:
            PermissionMissing: the lock isn't the member's to set, nor to override.
        """
        self.work.allow("books:write")
        self._overrides_lock = True

    def override_checkpoints(self) -> None:
        """Write also that after which a checkpoint doesn't hold. Where that is so, the log says it.

        Raises:
            PermissionMissing: checkpoints aren't the member's to make.
        """
        self.work.allow("checkpoints:write")
        self._overrides_checkpoints = True

    def unreconcile(self) -> None:
        """Change reconciled postings too: those that change are cleared, and no more than that, from then on."""
        self._unreconciles = True

    def check_open(self, day: dt.date, pointer: str | None = None) -> None:
        """Make sure that what is dated on this day may be written.

        Raises:
            PeriodLocked: it is in the locked period, and the lock isn't overridden.
        """
        if day < self.open_from and not self._overrides_lock:
            lock = self.work.opened.locked_until
            raise PeriodLocked.at(pointer, locked_until=lock) if pointer else PeriodLocked(locked_until=lock)

    async def write(self, entries: Sequence[Entry], *, pointer: str = "/date") -> list[WrittenTransaction]:
        """Write transactions down, in order; answers with them as they now stand, without reading them back.

        Args:
            entries: what is to be written.
            pointer: the field of the request that says the day.

        Raises:
            PeriodLocked: one is dated in the locked period.
            TransactionIdTaken: the book has a transaction with such an id.
            PostingIdTaken: the book has a posting with such an id.
            CheckpointBroken: a checkpoint doesn't hold when all is written, and the book refuses that.
        """
        await self.admit(min(entry.date for entry in entries), pointer)
        at = clock.now()
        written = [
            entry.written(revision=self.work.revision, place=place, at=at) for place, entry in enumerate(entries)
        ]
        await self.journal.write(written)
        self.work.created_many("transaction", [entry.id for entry in entries])
        return written

    async def taken(self, transaction_ids: Sequence[UUID], posting_ids: Sequence[UUID]) -> TakenIds:
        """Which of the ids that the client chose are taken.

        That of a transaction which was deleted is, too: a late retry must not bring it back.
        """
        return await self.journal.taken(transaction_ids, posting_ids)

    async def get(self, transaction_id: UUID) -> WrittenTransaction:
        """A transaction with all its postings.

        Raises:
            TransactionNotFound: the book has none such.
        """
        written = await self.journal.get(transaction_id)
        if written is None:
            raise TransactionNotFound
        return written

    async def rewrite(self, written: WrittenTransaction, entry: Entry) -> WrittenTransaction:
        """Write a transaction anew; what it was goes into the history. Answers with it as it now stands.

        Raises:
            PeriodLocked: it is dated in the locked period, or would be.
            PostingIdTaken: the book has a posting with such an id in another transaction.
            PostingReconciled: a posting that was reconciled would change.
            CheckpointBroken: as :meth:`write` says.
        """
        entry = replace(entry, lines=self._reconciled_stay(written, entry.date, entry.lines))
        if written.date < self.open_from:
            await self.admit(written.date)
        else:
            await self.admit(entry.date, "/date")
        self._check_later(min(written.date, entry.date))
        at = clock.now()
        anew = replace(
            entry.written(revision=self.work.revision, place=0, at=at),
            ordinal=written.ordinal,
            created_revision=written.created_revision,
            created_at=written.created_at,
        )
        await self.journal.rewrite(anew)
        self.work.changed("transaction", written.id, written.image())
        return anew

    async def strike(self, written: WrittenTransaction) -> None:
        """Take a transaction out; what it was stays in the history.

        Raises:
            PeriodLocked: it is dated in the locked period.
            PostingReconciled: one of its postings was reconciled.
            CheckpointBroken: as :meth:`write` says.
        """
        self._reconciled_stay(written, written.date, ())
        await self.admit(written.date)
        await self.journal.strike(written.id)
        self.work.deleted("transaction", written.id, written.image())

    async def balances(
        self,
        account_ids: Sequence[UUID] | None = None,
        until: dt.date | None = None,
        known_at: int | None = None,
    ) -> list[Balance]:
        """What accounts hold at the end of a day (None: of all days), by account and currency; zeros included.

        Args:
            account_ids: which accounts; None: all that were ever posted to.
            until: the day.
            known_at: the revision whose knowledge it is of; None: now.
        """
        return await self.journal.balances(account_ids, until, known_at)

    async def first_day(self, account_id: UUID) -> dt.date | None:
        """The day of the first posting to an account, or None."""
        return await self.journal.first_day(account_id)

    async def last_day(self, account_id: UUID) -> dt.date | None:
        """The day of the last posting to an account, or None."""
        return await self.journal.last_day(account_id)

    async def has_opening(self, account_id: UUID) -> bool:
        """Whether an opening balance was booked for an account."""
        return await self.journal.has_opening(account_id)

    async def opened_twice(self, account_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these accounts have more than one opening balance, which would count double."""
        return await self.journal.opened_twice(account_ids)

    async def currencies_used(self, account_id: UUID) -> list[str]:
        """The currencies that were ever posted to an account."""
        return await self.journal.currencies_used(account_id)

    async def struck(self, transaction_id: UUID) -> StruckTransaction:
        """A transaction that was taken out, as the history has it.

        Raises:
            TransactionNotFound: the book never had one such.
            TransactionNotDeleted: it is there.
        """
        if await self.journal.get(transaction_id) is not None:
            raise TransactionNotDeleted
        struck = await self.journal.struck(transaction_id)
        if struck is None:
            raise TransactionNotFound
        return struck

    async def restore(self, struck: StruckTransaction) -> WrittenTransaction:
        """Write a transaction that was taken out down again, as it was. Answers with it as it now stands.

        To those who follow the log it is a new one, with an id that they may know.

        Raises:
            PeriodLocked: it is dated in the locked period.
            PostingIdTaken: another transaction was given the id of one of its postings since.
            CheckpointBroken: as :meth:`write` says.
        """
        await self.admit(struck.written.date)
        anew = replace(struck.written, revision=self.work.revision, changed_at=clock.now())
        await self.journal.restore(anew)
        self.work.restored("transaction", anew.id)
        return anew

    async def mark(self, transaction_ids: Sequence[UUID], statuses: Mapping[UUID, PostingStatus]) -> None:
        """Give postings of these transactions another status; what the transactions were goes into the history.

        Raises:
            PeriodLocked: one is dated in the locked period.
            CheckpointBroken: as :meth:`write` says.
        """
        written = await self.journal.get_many(transaction_ids)
        first_day = min(transaction.date for transaction in written)
        await self.admit(first_day)
        values = {posting_id: status.value for posting_id, status in statuses.items()}
        await self.journal.mark(values, transaction_ids, revision=self.work.revision, at=clock.now())
        for transaction in written:
            self.work.changed("transaction", transaction.id, transaction.image())

    async def judge_checkpoints(self) -> None:
        """Hold the journal, as it is now, to the checkpoints; have each say how far its account is from it.

        Done by itself when a work ends in which this room wrote something dated by the last checkpoint. Whoever writes
        past this room does it themselves.

        Raises:
            CheckpointBroken: one that held doesn't any more, the book refuses that, and nobody overrode it.
        """
        moved = await self.journal.moved_checkpoints()
        if not moved:
            return
        # What this very work states is only being found out.
        broken = [
            _said(checkpoint)
            for checkpoint in moved
            if not checkpoint["difference"] and checkpoint["created_revision"] != self.work.revision
        ]
        if broken and not self._overrides_checkpoints:
            policy = await self.journal.checkpoint_policy()
            if policy == CheckpointPolicy.REFUSE:
                raise CheckpointBroken.naming(broken)
        for checkpoint in moved:
            if checkpoint["revision"] != self.work.revision:  # what this work made or changed is in the log already
                self.work.changed("checkpoint", checkpoint["id"], CHECKPOINT.image(checkpoint))
        await self.journal.reckon_checkpoints(revision=self.work.revision, at=clock.now())
        mended = sum(1 for checkpoint in moved if checkpoint["difference"] and not _difference(checkpoint))
        if broken:
            self.work.remark(f"Broke checkpoints: {len(broken)}.", broke_checkpoints=len(broken))
        if mended:
            self.work.remark(f"Mended checkpoints: {mended}.", mended_checkpoints=mended)

    def judge_later(self) -> None:
        """Have :meth:`judge_checkpoints` done when all is written."""
        self.work.put_off("checkpoints", self.judge_checkpoints)

    def _check_later(self, first_day: dt.date) -> None:
        """Put the judgement off: on the way to where a checkpoint holds again, it may not."""
        checked_until = self.work.opened.checked_until
        if checked_until is not None and first_day <= checked_until:
            self.judge_later()

    def _reconciled_stay(self, written: WrittenTransaction, day: dt.date, lines: Sequence[Line]) -> tuple[Line, ...]:
        """The lines, once it is sure that what was reconciled is among them; or no longer as such, where one says so.

        Where no checkpoint is of that day or later, it was reconciled with no statement, and is free to change.

        Raises:
            PostingReconciled: it isn't, and nobody said so.
        """
        checked_until = self.work.opened.checked_until
        if checked_until is None or written.date > checked_until:
            return tuple(lines)
        before = [posting for posting in written.postings if posting.status == PostingStatus.RECONCILED]
        given_up = {line.id for line in lines if line.status != PostingStatus.RECONCILED}
        kept = Counter(
            (line.account_id, line.amount, line.currency)
            for line in lines
            if line.status == PostingStatus.RECONCILED and day == written.date
        )
        lost = set()
        for posting in before:
            facts = (posting.account_id, posting.amount, posting.currency)
            if kept[facts]:
                kept[facts] -= 1
            elif posting.id not in given_up:
                lost.add(posting.id)
        if lost and not self._unreconciles:
            raise PostingReconciled
        return tuple(replace(line, status=PostingStatus.CLEARED.value) if line.id in lost else line for line in lines)

    async def admit(self, day: dt.date, pointer: str | None = None) -> None:
        """Let what is dated on this day or later be written, by PostgreSQL too.

        Every way to write comes through here; what PostgreSQL looks at again is for the day this is forgotten.

        Raises:
            PeriodLocked: it is in the locked period, and the lock isn't overridden.
        """
        self._check_later(day)
        self.check_open(day, pointer)
        if day < self.open_from:
            lock = self.work.opened.locked_until
            await self.journal.override_lock()
            self.work.remark(f"Overrode the lock until {lock}.", overrode_lock=str(lock))


def _difference(checkpoint: Row) -> Decimal:
    """What is stated, and outstanding, less what is held now."""
    difference: Decimal = checkpoint["amount"] + checkpoint["outstanding"] - checkpoint["held"]
    return difference


def _said(checkpoint: Row) -> str:
    """A checkpoint that held, and what it comes to."""
    currency, difference = checkpoint["currency"], _difference(checkpoint)
    amount, away = (write_amount(each, digits_of(currency)) for each in (checkpoint["amount"], abs(difference)))
    return (
        f"{checkpoint['full_name']} held {amount} {currency} at the end of {checkpoint['date']}; it would be "
        f"{away} {currency} {'more' if difference < 0 else 'less'}."
    )
