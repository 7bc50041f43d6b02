"""Recording transactions: one by itself, or many together. One is recorded as many are, by the same rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, NamedAccounts
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import Entry, TakenIds
from farthing.features.journal.errors import PostingIdTaken, TransactionIdTaken
from farthing.features.journal.service import JournalService
from farthing.features.payees.service.find import NamedPayee, NamedPayees, PayeeService
from farthing.features.tags.service.find import NamedTags, TagService
from farthing.features.transactions.errors import PayeeMixed
from farthing.features.transactions.schemas import TransactionCreate
from farthing.features.transactions.service.lines import Liner, booked_to, currencies_in, named_in
from farthing.features.transactions.showing import Shown, show_outcome, show_written
from farthing.kit import ids
from farthing.kit.faults import Fault
from farthing.ledger.currencies import Currencies


class RecordService:
    """Writes new transactions down."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.payees = PayeeService(work)
        self.tags = TagService(work)

    async def record(
        self, wanted: TransactionCreate, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> Shown:
        """Record a transaction, written in any of the three ways.

        Args:
            wanted: what happened.
            override_lock: whether it may be dated in the locked period, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            PermissionMissing: the member may not override the lock, or checkpoints.
            CheckpointBroken: a checkpoint would not hold any more.
            Invalid, Conflict: as :meth:`Journaliser.entry` says.
        """
        journaliser = await self._journaliser(
            [wanted], override_lock=override_lock, override_checkpoints=override_checkpoints
        )
        (shown,) = await self._write([journaliser.entry(wanted)], journaliser)
        # Nothing can have been renamed after what was just written: its own revision is the answer's.
        self.work.shows(shown["revision"])
        return shown

    async def record_all(
        self, wanted: Sequence[TransactionCreate], *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> list[Shown]:
        """Record transactions in this order, all or none, in one revision.

        Raises:
            PermissionMissing: the member may not override the lock, or checkpoints.
            CheckpointBroken: a checkpoint would not hold any more.
            Invalid, Conflict: as :meth:`Journaliser.entry` says, of the first that can't be recorded.
        """
        journaliser = await self._journaliser(
            wanted, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
        entries = []
        for outcome in journaliser.outcomes(wanted):
            if isinstance(outcome, Fault):
                raise outcome
            entries.append(outcome)
        return await self._write(entries, journaliser)

    async def record_each(
        self, wanted: Sequence[TransactionCreate], *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> dict[str, Any]:
        """Record those that can be, in this order and in one revision; answers what became of each.

        Raises:
            PermissionMissing: the member may not override the lock, or checkpoints.
            CheckpointBroken: a checkpoint would not hold any more.
            TransactionIdTaken, PostingIdTaken: PostgreSQL itself met an id that was free a moment ago, which only one
                who doesn't wait for the book's lock can bring about. Then none is recorded.
        """
        journaliser = await self._journaliser(
            wanted, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
        outcomes = list(journaliser.outcomes(wanted))
        entries = [outcome for outcome in outcomes if isinstance(outcome, Entry)]
        if entries:
            await self._write(entries, journaliser)
        return {
            "results": [
                show_outcome(index, each.id, outcome)
                for index, (each, outcome) in enumerate(zip(wanted, outcomes, strict=True))
            ],
            "created": len(entries),
            "refused": len(outcomes) - len(entries),
        }

    async def _journaliser(
        self, wanted: Sequence[TransactionCreate], *, override_lock: bool, override_checkpoints: bool
    ) -> Journaliser:
        """Look up what it takes to record these: a statement of each kind, however many they are."""
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        transaction_ids = [each.id for each in wanted if each.id]
        posting_ids = [posting.id for each in wanted for posting in each.postings or () if posting.id]
        chosen = transaction_ids or posting_ids
        taken = await self.journal.taken(transaction_ids, posting_ids) if chosen else TakenIds()
        payees = await self.payees.look_up(
            (each.payee for each in wanted if each.payee), (each.payee_id for each in wanted if each.payee_id)
        )
        known = await self.accounts.look_up(
            chain((text for each in wanted for text in named_in(each)), map(str, payees.default_categories)),
            roles={role for each in wanted for role in booked_to(each)},
        )
        tags = await self.tags.look_up(text for each in wanted for text in each.tags)
        currencies = await self.currencies.look_up(
            code for each in wanted for code in currencies_in(each, known.by_id.values())
        )
        return Journaliser(self.journal, known, payees, tags, taken, currencies)

    async def _write(self, entries: Sequence[Entry], journaliser: Journaliser) -> list[Shown]:
        left_out = await self.payees.make(journaliser.payees, (entry.payee_id for entry in entries))
        if left_out:
            entries = [replace(entry, payee_id=None) if entry.payee_id in left_out else entry for entry in entries]
        await self.tags.make(journaliser.tags)
        written = await self.journal.write(entries)
        self.work.tell("Recorded a transaction." if len(entries) == 1 else f"Recorded {len(entries)} transactions.")
        return [
            show_written(each, journaliser.known.by_id, journaliser.payees.by_id, journaliser.tags.names)
            for each in written
        ]


class Journaliser:
    """Makes entries for the journal of what requests say. What that takes was looked up before, for all of them."""

    def __init__(
        self,
        journal: JournalService,
        known: NamedAccounts,
        payees: NamedPayees,
        tags: NamedTags,
        taken: TakenIds,
        currencies: Currencies,
    ) -> None:
        self.journal = journal
        self.work = journal.work
        self.known = known
        self.payees = payees
        self.taken = taken
        self.tags = tags
        self.liner = Liner(self.work.opened.currency, currencies)

    def entry(self, wanted: TransactionCreate) -> Entry:
        """The entry of a new transaction. Its ids are taken from then on, and its new tags to be made.

        Raises:
            TransactionIdTaken: the book has, or had, a transaction with the id that the client chose.
            PostingIdTaken: the book has a posting with an id that the client chose, or it is chosen twice.
            PostingsTooMany: with those that an exchange needs, it has more postings than a transaction holds.
            PeriodLocked: it is dated in the locked period.
            PayeeUnknown, PayeeMixed: the payee's id is nobody's, or the payee is named in words too.
            TagUnknown: it names a tag by an id that the book hasn't got.
            TagsTooMany: the book has no room for its new tags.
            Invalid, Conflict: as :meth:`Liner.of` says.
        """
        if wanted.id in self.taken.transactions:
            raise TransactionIdTaken
        day = wanted.date or self.work.today()
        self.journal.check_open(day, "/date")
        payee = self._payee(wanted)
        default = self.known.by_id[payee.default_category_id] if payee and payee.default_category_id else None
        entry = Entry(
            id=wanted.id or ids.new_id(),
            date=day,
            payee=wanted.payee or (payee.name if payee else None),
            payee_id=payee.id if payee else None,
            description=wanted.description or None,
            notes=wanted.notes or None,
            value_date=wanted.value_date,
            due_date=wanted.due_date,
            extra=wanted.metadata,
            lines=self.liner.of(wanted, self.known, default_category=default),
        )
        posting_ids = [line.id for line in entry.lines if line.id]
        if len(set(posting_ids)) < len(posting_ids) or not self.taken.postings.isdisjoint(posting_ids):
            raise PostingIdTaken
        if wanted.tags:  # last of all: what is refused makes none
            entry = replace(entry, tags=self.tags.take(wanted.tags))
        self.taken.transactions.add(entry.id)
        self.taken.postings.update(posting_ids)
        return entry

    def _payee(self, wanted: TransactionCreate) -> NamedPayee | None:
        if wanted.payee_id is None:
            return self.payees.called(wanted.payee) if wanted.payee else None
        if wanted.payee:
            raise PayeeMixed.at("/payee_id")
        return self.payees.get(wanted.payee_id, "/payee_id")

    def outcomes(self, wanted: Sequence[TransactionCreate]) -> Iterator[Entry | Fault]:
        """The entry of each, or why it can't be recorded: told as of its place among all."""
        for place, each in enumerate(wanted):
            try:
                yield self.entry(each)
            except Fault as fault:
                yield fault.within(f"/transactions/{place}")
