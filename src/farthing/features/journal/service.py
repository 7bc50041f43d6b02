"""What can be done to the journal: the verbs that all rooms above write with."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.books.models import CheckpointPolicy
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import (
    LAST_OF_DAY,
    Balance,
    Entry,
    Extent,
    Staged,
    StruckTransaction,
    TakenIds,
    Tie,
    Ties,
    Touched,
    WrittenPosting,
    WrittenTransaction,
)
from farthing.features.journal.errors import (
    CheckpointBroken,
    LineLinked,
    PeriodLocked,
    PostingReconciled,
    TransactionIsValuation,
    TransactionNotDeleted,
    TransactionNotFound,
    TransactionReversed,
)
from farthing.features.journal.models import CHECKPOINT, VALUATION, PostingStatus, TransactionKind
from farthing.features.journal.repository import JournalRepository
from farthing.kit import clock, ids
from farthing.kit.wire import FIRST_DAY
from farthing.ledger.accounts import AccountKind
from farthing.ledger.currencies import Currencies
from farthing.ledger.postings import Line

SPENT_ON = frozenset({AccountKind.EXPENSE})
CAME_BACK_ON = frozenset({AccountKind.INCOME, AccountKind.EXPENSE})
"""The accounts that the two ends of a link are on."""


class JournalService:
    """Writes transactions down, whole and balanced, and tells what accounts hold."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalRepository(work)
        self.currencies = CurrencyService(work)
        self._overrides_lock = False
        self._overrides_checkpoints = False
        self._unreconciles = False

    @property
    def open_from(self) -> dt.date:
        """The first day that the book isn't locked for."""
        lock = self.work.opened.locked_until
        return FIRST_DAY if lock is None else lock + dt.timedelta(days=1)

    def override(self, *, lock: bool = False, checkpoints: bool = False) -> None:
        """Write where the book would refuse it: see :meth:`override_lock` and :meth:`override_checkpoints`.

        Raises:
            PermissionMissing: that isn't the member's to do.
        """
        if lock:
            self.override_lock()
        if checkpoints:
            self.override_checkpoints()

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
            AmountTooLarge: a valuation would have to book more than can be kept.
        """
        await self.admit(min(entry.date for entry in entries), pointer)
        at = clock.now()
        first = self.work.written  # what the same work wrote before comes first in the day, too
        written = [
            entry.written(revision=self.work.revision, place=place, at=at) for place, entry in enumerate(entries, first)
        ]
        touched = await self.journal.write(written)
        self.work.created_many("transaction", [entry.id for entry in entries])
        if touched:
            await self.keep_valuations(touched)
        return written

    async def write_staged(self, staged: Staged, *, pointer: str = "/file") -> None:
        """Write down whole transactions that wait in a table, however many, in one statement for each table.

        Raises:
            PeriodLocked, TransactionIdTaken, PostingIdTaken, CheckpointBroken, AmountTooLarge: as :meth:`write` says.
        """
        if not staged.count:
            return
        await self.admit(staged.first_day, pointer)
        first, touched = await self.journal.write_staged(staged, revision=self.work.revision, at=clock.now())
        self.work.created_many("transaction", first, count=staged.count)
        if touched:
            await self.keep_valuations(touched)

    async def taken(self, transaction_ids: Sequence[UUID], posting_ids: Sequence[UUID]) -> TakenIds:
        """Which of the ids that the client chose are taken.

        That of a transaction which was deleted is, too: a late retry must not bring it back.
        """
        taken = await self.journal.taken(transaction_ids, posting_ids)
        taken.transactions.update(id_ for id_ in transaction_ids if self.work.gone(id_) is not None)
        return taken

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
            TransactionIsValuation: it is what a valuation books.
            PeriodLocked: it is dated in the locked period, or would be.
            PostingIdTaken: the book has a posting with such an id in another transaction.
            PostingReconciled: a posting that was reconciled would change.
            CheckpointBroken: as :meth:`write` says.
            AmountTooLarge: a valuation would have to book more than can be kept.
            LineLinked: a line that is linked would go, or bear its links no more.
        """
        await self.check_free(written)
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
        ties = await self.journal.remove_postings(anew.id)
        if ties.links:
            await self._check_links(ties.links, written, anew)
        await self.journal.rewrite(anew, retagged=anew.tags != written.tags)
        self.work.changed("transaction", written.id, written.image())
        await self.keep_valuations(written.touches | anew.touches)
        return anew

    async def get_all(self, transaction_ids: Sequence[UUID], *, postings: int) -> dict[UUID, WrittenTransaction] | None:
        """Those of these transactions that the book has, by id; None if they have more postings than that together."""
        found = await self.journal.get_all(transaction_ids, postings=postings)
        return None if found is None else {written.id: written for written in found}

    async def ties(self, transaction_ids: Sequence[UUID]) -> dict[UUID, Ties]:
        """What refers to each of these transactions; without those that nothing refers to."""
        return await self.journal.ties(transaction_ids)

    async def held_by_valuations(self, written: Iterable[WrittenTransaction]) -> dict[UUID, TransactionIsValuation]:
        """Why those of these transactions can't be changed that are what a valuation books."""
        booked = [each.id for each in written if each.kind is TransactionKind.VALUATION]
        valuations = await self.journal.valuations_of(booked) if booked else {}
        return {id_: _is_valuation(valuations.get(id_)) for id_ in booked}

    async def rewrite_all(
        self, pairs: Sequence[tuple[WrittenTransaction, Entry]], *, pointer: str = "/date"
    ) -> list[WrittenTransaction]:
        """Write many transactions anew, as :meth:`rewrite` does one, in few statements.

        Who calls this has made sure of each that it is no valuation's, and that it bears its links
        (:func:`check_borne`).

        Args:
            pairs: each transaction as it is, with what it is to be.
            pointer: the field of the request that says the day.

        Raises:
            PeriodLocked: one is dated in the locked period, or would be.
            PostingIdTaken: the book has a posting with such an id in another transaction.
            AmountTooLarge: a valuation would have to book more than can be kept.
        """
        first = min(written.date for written, _ in pairs)
        if first < self.open_from:
            await self.admit(first)
        else:
            await self.admit(min(entry.date for _, entry in pairs), pointer)
        at = clock.now()
        anew = [
            replace(
                entry.written(revision=self.work.revision, place=0, at=at),
                ordinal=written.ordinal,
                created_revision=written.created_revision,
                created_at=written.created_at,
            )
            for written, entry in pairs
        ]
        rebooked = [
            each
            for (written, _), each in zip(pairs, anew, strict=True)
            if (written.date, written.postings) != (each.date, each.postings)
        ]
        await self.journal.rewrite_all(anew, rebooked)
        await self._retag_all([(written, each) for (written, _), each in zip(pairs, anew, strict=True)])
        for written, _ in pairs:
            self.work.changed("transaction", written.id, written.image())
        if rebooked:
            moved = {each.id for each in rebooked}
            were = (written for written, _ in pairs if written.id in moved)
            await self.keep_valuations({touched for each in (*were, *rebooked) for touched in each.touches})
        return anew

    async def _retag_all(self, pairs: Iterable[tuple[WrittenTransaction, WrittenTransaction]]) -> None:
        """Put tags on transactions and take them off, where they are to bear others than they did."""
        off: list[tuple[UUID, UUID]] = []
        on: list[tuple[UUID, UUID]] = []
        for were, anew in pairs:
            if were.tags != anew.tags:
                off += [(anew.id, tag_id) for tag_id in were.tags if tag_id not in anew.tags]
                on += [(anew.id, tag_id) for tag_id in anew.tags if tag_id not in were.tags]
        if off:
            await self.journal.take_tags_off(off)
        if on:
            await self.journal.put_tags_on(on)

    async def strike_all(self, written: Sequence[WrittenTransaction]) -> None:
        """Take many transactions out, as :meth:`strike` does one, in few statements.

        Who calls this has made sure of each that it is no valuation's, and that nothing which stays refers to it
        (:func:`check_unreferred`).

        Raises:
            PeriodLocked: one is dated in the locked period.
            AmountTooLarge: a valuation would have to book more than can be kept.
        """
        await self.admit(min(each.date for each in written))
        await self.journal.strike_all([each.id for each in written])
        for each in written:
            self.work.deleted("transaction", each.id, each.image())
        await self.keep_valuations({touched for each in written for touched in each.touches})

    async def strike(self, written: WrittenTransaction, *, taken_over: Sequence[Line] = ()) -> None:
        """Take a transaction out; what it was stays in the history.

        Args:
            written: the transaction.
            taken_over: the lines of the one that it is merged into: what is reconciled among them isn't lost.

        Raises:
            TransactionIsValuation: it is what a valuation books.
            PeriodLocked: it is dated in the locked period.
            PostingReconciled: one of its postings was reconciled.
            CheckpointBroken: as :meth:`write` says.
            AmountTooLarge: a valuation would have to book more than can be kept.
            LineLinked: one of its lines is linked.
            TransactionReversed: another transaction reverses it.
        """
        await self.check_free(written)
        self._reconciled_stay(written, written.date, taken_over)
        await self._strike(written)

    async def _strike(self, written: WrittenTransaction) -> None:
        await self.admit(written.date)
        check_unreferred(await self.journal.remove_postings(written.id))
        await self.journal.strike(written.id)
        self.work.deleted("transaction", written.id, written.image())
        await self.keep_valuations(written.touches)

    async def check_free(self, written: WrittenTransaction) -> None:
        """Make sure that a transaction may be changed by itself.

        Raises:
            TransactionIsValuation: it is what a valuation books; names that.
        """
        if written.kind is TransactionKind.VALUATION:
            valuation = await self.journal.valuation(of_transaction=written.id)
            raise _is_valuation(valuation["id"] if valuation else None)

    async def reassign(self, payee_id: UUID, to: UUID) -> None:
        """Give all transactions of a payee to another; what they were goes into the history.

        Raises:
            PeriodLocked: one is dated in the locked period.
        """
        of_payee = await self.journal.of_payee(payee_id)
        if not of_payee:
            return
        await self.admit(of_payee[0].date)
        await self.journal.reassign(payee_id, to, revision=self.work.revision, at=clock.now())
        for written in of_payee:
            self.work.changed("transaction", written.id, written.image())

    async def count_of_payee(self, payee_id: UUID) -> int:
        """How many transactions a payee has."""
        return await self.journal.count_of_payee(payee_id)

    async def bearing(self, tag_id: UUID) -> Extent:
        """How much bears a tag."""
        return await self.journal.bearing(tag_id)

    async def retag(self, tag_id: UUID, by: UUID | None) -> None:
        """Put another tag in a tag's place on all transactions that bear it, or none (None).

        Raises:
            PeriodLocked: one of them is dated in the locked period.
        """
        bearing = await self.journal.tagged(tag_id)
        await self.admit(min(written.date for written in bearing))
        await self.journal.retag(tag_id, by, revision=self.work.revision, at=clock.now())
        for written in bearing:
            self.work.changed("transaction", written.id, written.image())

    async def balances(
        self,
        account_ids: Sequence[UUID] | None = None,
        until: dt.date | None = None,
        known_at: int | None = None,
        *,
        with_pending: bool = True,
    ) -> list[Balance]:
        """What accounts hold at the end of a day (None: of all days), by account and currency; zeros included.

        Args:
            account_ids: which accounts; None: all that were ever posted to.
            until: the day.
            known_at: the revision whose knowledge it is of; None: now.
            with_pending: whether what hasn't reached the bank counts too.
        """
        return await self.journal.balances(account_ids, until, known_at, with_pending=with_pending)

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

    async def reversal_of(self, transaction_id: UUID) -> UUID | None:
        """What reversed a transaction, or None."""
        return await self.journal.reversal_of(transaction_id)

    async def struck(self, transaction_id: UUID) -> StruckTransaction:
        """A transaction that was taken out, as it was then: the history has it, or this very work took it out.

        Raises:
            TransactionNotFound: the book never had one such.
            TransactionNotDeleted: it is there.
        """
        if await self.journal.get(transaction_id) is not None:
            raise TransactionNotDeleted
        if (image := self.work.gone(transaction_id)) is not None:
            return StruckTransaction(WrittenTransaction.of_image(image), self.work.revision)
        struck = await self.journal.struck(transaction_id)
        if struck is None:
            raise TransactionNotFound
        return struck

    async def restore(self, struck: StruckTransaction) -> WrittenTransaction:
        """Write a transaction that was taken out down again, as it was. Answers with it as it now stands.

        To those who follow the log it is a new one, with an id that they may know.

        Raises:
            TransactionIsValuation: it is what a valuation booked.
            PeriodLocked: it is dated in the locked period.
            PostingIdTaken: another transaction was given the id of one of its postings since.
            CheckpointBroken: as :meth:`write` says.
            AmountTooLarge: a valuation would have to book more than can be kept.
            AlreadyReversed: it is a reversal, and what it reverses has another one since.
            ReversedMissing: it is a reversal, and what it reverses is deleted.
        """
        await self.check_free(struck.written)
        await self.admit(struck.written.date)
        anew = replace(struck.written, revision=self.work.revision, changed_at=clock.now())
        await self.journal.restore(anew)
        self.work.restored("transaction", anew.id)
        await self.keep_valuations(anew.touches)
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
        currencies = await CurrencyService(self.work).look_up(checkpoint["currency"] for checkpoint in moved)
        broken = [
            _said(checkpoint, currencies)
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
            self.check_open(written.date)  # where the lock is in the way too, unreconciling is no way out
            raise PostingReconciled
        return tuple(replace(line, status=PostingStatus.CLEARED.value) if line.id in lost else line for line in lines)

    async def value(self, wanted: Mapping[str, Any], *, against: UUID) -> None:
        """Write down what an account is worth at the end of a day, and book what its postings lack of that.

        Args:
            wanted: ``id``, ``account_id``, ``date``, ``amount``, ``currency`` and ``note`` of the valuation.
            against: the account that what is booked comes from, or goes to.

        Raises:
            PeriodLocked: the day is in the locked period.
            ValuationIdTaken: the book has a valuation with such an id.
            ValuationExists: the account was valued for that day before.
            CheckpointBroken: as :meth:`write` says.
            AmountTooLarge: it would have to book more than can be kept.
        """
        account_id, day, currency = wanted["account_id"], wanted["date"], wanted["currency"]
        lacking = wanted["amount"] - await self._held(account_id, currency, day)
        currencies = await self.currencies.look_up([currency])
        lacking = currencies.settle(lacking, currency, pointer="/amount")
        entry = Entry(
            id=ids.new_id(),
            date=day,
            kind=TransactionKind.VALUATION,
            description="Valuation",
            ordinal=LAST_OF_DAY,
            lines=(
                Line(account_id=account_id, amount=lacking, currency=currency),
                Line(account_id=against, amount=-lacking, currency=currency),
            ),
        )
        (written,) = await self.write([entry])
        stamps = ("created_revision", "revision", "created_at", "changed_at")
        await self.journal.add_valuation(
            {**wanted, "transaction_id": entry.id, **{stamp: getattr(written, stamp) for stamp in stamps}}
        )
        self.work.created(VALUATION.name, wanted["id"])

    async def change_valuation(self, valuation: Row, values: dict[str, Any]) -> None:
        """Change what an account is said to be worth on a day, or the note about it.

        Raises:
            PeriodLocked: the day is in the locked period.
            CheckpointBroken: as :meth:`write` says.
            AmountTooLarge: it would have to book more than can be kept.
        """
        await self.admit(valuation["date"])
        await self.journal.change_valuation(valuation["id"], values, revision=self.work.revision, at=clock.now())
        self.work.changed(VALUATION.name, valuation["id"], VALUATION.image(valuation))
        if "amount" in values:
            await self.keep_valuations({(valuation["account_id"], valuation["date"])})

    async def delete_valuation(self, valuation: Row) -> None:
        """Delete a valuation, and what it booked.

        Raises:
            PeriodLocked: the day is in the locked period.
            CheckpointBroken: as :meth:`write` says.
            AmountTooLarge: the next one would have to book more than can be kept.
        """
        written = await self.get(valuation["transaction_id"])
        await self.journal.remove_valuation(valuation["id"])
        self.work.deleted(VALUATION.name, valuation["id"], VALUATION.image(valuation))
        await self._strike(written)

    async def valued(self, account_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these accounts have a valuation."""
        return set(await self.journal.valued(account_ids))

    async def valuation_on(self, account_id: UUID, day: dt.date) -> Row | None:
        """What an account was valued at for a day, or None."""
        return await self.journal.valuation_on(account_id, day)

    async def keep_valuations(self, touched: Collection[Touched]) -> None:
        """Have accounts hold again what they were valued at, after postings came or went on these days.

        The first valuation from then on takes up what came or went before it, so that those after it hold as they did.
        If it is the posting of that one valuation itself, it is the next that does: hence two are looked at.

        Raises:
            AmountTooLarge: one would have to book more than can be kept.
        """
        for valuation in await self.journal.valuations_from(touched):
            account_id, currency = valuation["account_id"], valuation["currency"]
            lacking = valuation["amount"] - await self._held(account_id, currency, valuation["date"])
            if lacking:
                await self._book_more(await self.get(valuation["transaction_id"]), account_id, lacking)

    async def _book_more(self, written: WrittenTransaction, account_id: UUID, lacking: Decimal) -> None:
        await self.admit(written.date)
        postings = written.moved(account_id, lacking)
        currencies = await self.currencies.look_up(posting.currency for posting in postings)
        for posting in postings:
            currencies.settle(posting.amount, posting.currency, pointer="")
        anew = replace(written, postings=postings, revision=self.work.revision, changed_at=clock.now())
        await self.journal.remove_postings(written.id)
        await self.journal.rewrite(anew, retagged=False)
        self.work.changed("transaction", written.id, written.image())

    async def _held(self, account_id: UUID, currency: str, day: dt.date) -> Decimal:
        held = await self.journal.balances([account_id], day)
        return sum((balance.amount for balance in held if balance.currency == currency), Decimal(0))

    async def check_links(self, posting_ids: Sequence[UUID], link_ids: Sequence[UUID] = ()) -> None:
        """Make sure that lines which were written past this service bear their links, and links their lines.

        Raises:
            LineLinked: one doesn't.
        """
        broken = await self.journal.broken_link(posting_ids, link_ids)
        if broken is not None:
            raise LineLinked(kind=broken["kind"], link_id=broken["id"])

    async def _check_links(self, links: Sequence[Tie], written: WrittenTransaction, anew: WrittenTransaction) -> None:
        were_on = {line.id: line.account_id for line in written.postings}
        moved_to = {
            line.account_id for line in anew.postings if were_on.get(line.id, line.account_id) != line.account_id
        }
        check_borne(links, written, anew, await self.journal.kinds_of(list(moved_to)) if moved_to else {})

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


def _is_valuation(valuation_id: UUID | None) -> TransactionIsValuation:
    return TransactionIsValuation(valuation=f"the valuation {valuation_id}" if valuation_id else "a deleted valuation")


def check_borne(
    links: Sequence[Tie], written: WrittenTransaction, anew: WrittenTransaction, kinds: Mapping[UUID, str]
) -> None:
    """Make sure that a transaction bears its links when it is written anew.

    A linked line may move to another account of its like, and be of any amount that its links fit in.

    Args:
        links: those of its lines.
        written: the transaction as it is.
        anew: the transaction as it is to be.
        kinds: of what kinds the accounts are that lines move to; of others it may say nothing.

    Raises:
        LineLinked: a line that is linked would go, or bear its links no more.
    """
    lines = {line.id: line for line in anew.postings}
    were_on = {line.id: line.account_id for line in written.postings}
    left = {line.id: abs(line.amount) for line in anew.postings}
    for tie in links:
        line = lines.get(tie.posting_id)
        if line is not None:
            left[line.id] -= tie.amount
            moved_to = None if line.account_id == were_on.get(line.id) else kinds[line.account_id]
        if line is None or left[line.id] < 0 or not _bears(line, tie, moved_to):
            raise LineLinked(kind=tie.kind.value, link_id=tie.link_id)


def check_unreferred(ties: Ties) -> None:
    """Make sure that nothing refers to a transaction that is to go.

    Raises:
        LineLinked: one of its lines is linked.
        TransactionReversed: another transaction reverses it.
    """
    for tie in ties.links:
        raise LineLinked(kind=tie.kind.value, link_id=tie.link_id)
    if ties.reversed_by_id:
        raise TransactionReversed(reversed_by_id=ties.reversed_by_id)


def _difference(checkpoint: Row) -> Decimal:
    """What is stated, and outstanding, less what is held now."""
    difference: Decimal = checkpoint["amount"] + checkpoint["outstanding"] - checkpoint["held"]
    return difference


def _said(checkpoint: Row, currencies: Currencies) -> str:
    """A checkpoint that held, and what it comes to."""
    currency, difference = checkpoint["currency"], _difference(checkpoint)
    amount, away = (currencies.write(each, currency) for each in (checkpoint["amount"], abs(difference)))
    return (
        f"{checkpoint['full_name']} held {amount} {currency} at the end of {checkpoint['date']}; it would be "
        f"{away} {currency} {'more' if difference < 0 else 'less'}."
    )


def _bears(line: WrittenPosting, tie: Tie, moved_to: str | None) -> bool:
    """Whether a line is of the link's currency, on its side of it, and on an account of that side, if it moved."""
    if line.currency != tie.currency or (line.amount > 0) is not tie.is_spending:
        return False
    return moved_to is None or moved_to in (SPENT_ON if tie.is_spending else CAME_BACK_ON)
