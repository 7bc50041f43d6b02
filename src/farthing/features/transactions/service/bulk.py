"""Changing and deleting many transactions at once: one change of the log, and few statements however many they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any
from uuid import UUID

from farthing.core.bounds import BULK, BULK_POSTINGS
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountClosed
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import BookCurrencies, CurrencyService
from farthing.features.journal.entries import Entry, Ties, WrittenTransaction
from farthing.features.journal.errors import TransactionIsValuation, TransactionNotFound, TransactionTransferred
from farthing.features.journal.models import PostingStatus, TransactionKind
from farthing.features.journal.service import JournalService, check_borne, check_unreferred
from farthing.features.payees.service.find import NamedPayee, PayeeService
from farthing.features.tags.schemas import MAX_TAGS_EACH
from farthing.features.tags.service.find import NamedTags, TagService
from farthing.features.transactions.errors import CountDiffers, MatchesTooMany, TagsMixed, TransactionTagsTooMany
from farthing.features.transactions.schemas import (
    BulkStatus,
    RecordingMode,
    TransactionsChange,
    TransactionsDelete,
    TransactionsPick,
    TransactionsUpdate,
)
from farthing.features.transactions.service.change import FACTS, PAYEE, payee_wanted, sides, with_notes
from farthing.features.transactions.service.find import FindService
from farthing.features.transactions.service.lines import Liner, OneLine
from farthing.features.transactions.showing import STATUSES_IN_ORDER, Described, show_bulk_item
from farthing.kit.faults import Fault
from farthing.ledger.accounts import AccountKind, name_key
from farthing.ledger.postings import Line

SIDES = ("account", "category")
DESCRIBED = (*FACTS, "payee", "payee_id")
TAGS = frozenset({"tags_add", "tags_remove"})
SHOWN = 100
"""So many transactions are shown one by one; all are counted."""
Accounts = Mapping[UUID, Row]


@dataclass(frozen=True, slots=True)
class Picked:
    """A transaction that was picked: as it is, and as it is to be, or why it can't be."""

    id: UUID
    before: WrittenTransaction
    after: Entry


@dataclass(frozen=True, slots=True)
class Refused:
    """A transaction that was picked, and why nothing can be done with it."""

    id: UUID
    fault: Fault


@dataclass(frozen=True, slots=True)
class Holds:
    """What others have to say about transactions that were picked, looked up for all of them."""

    valuations: Mapping[UUID, TransactionIsValuation]
    """Those that are what a valuation books, each with the fault of changing it by itself."""
    ties: Mapping[UUID, Ties]
    """What refers to those that something refers to."""

    def check_free(self, written: WrittenTransaction, *, moves: bool) -> None:
        """Make sure that a transaction may be changed by itself.

        Args:
            written: the transaction.
            moves: whether its day or its money is concerned.

        Raises:
            TransactionIsValuation: it is what a valuation books.
            TransactionTransferred: it is one side of a transfer between books, which stays what the other side says.
        """
        if written.id in self.valuations:
            raise self.valuations[written.id]
        if written.kind is TransactionKind.BOOK_TRANSFER and moves:
            raise TransactionTransferred


@dataclass(frozen=True, slots=True)
class Tagging:
    """The tags that are to be put on transactions, and those that are to be taken off.

    Args:
        named: those that the changes name, looked up.
        names: what those are called that the transactions bear.
        on: to be put on.
        off: to be taken off.
    """

    named: NamedTags = field(default_factory=NamedTags)
    names: Mapping[UUID, str] = field(default_factory=dict)
    on: frozenset[UUID] = frozenset()
    off: frozenset[UUID] = frozenset()

    def of(self, borne: Collection[UUID]) -> tuple[UUID, ...]:
        """The tags that a transaction is to bear.

        Raises:
            TransactionTagsTooMany: they are more than one transaction bears.
        """
        tags = (set(borne) - self.off) | self.on
        if len(tags) > MAX_TAGS_EACH and not tags <= set(borne):
            raise TransactionTagsTooMany(count=len(tags), most=MAX_TAGS_EACH)
        return tuple(sorted(tags))

    def called(self, tags: Iterable[UUID]) -> list[str]:
        """The names of tags, in their order."""
        names = {**self.names, **self.named.names}
        return sorted((names[tag_id] for tag_id in tags), key=name_key)


class BulkService:
    """Changes and deletes what is picked by ids or by a filter."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.payees = PayeeService(work)
        self.tags = TagService(work)
        self.currencies = CurrencyService(work)
        self.found = FindService(work)

    async def change(
        self, wanted: TransactionsUpdate, *, mode: RecordingMode, override_lock: bool = False
    ) -> dict[str, Any]:
        """Change transactions in one revision; answers how many, and how the first of them differ.

        Args:
            wanted: which ones, and what is to be different about them.
            mode: what becomes of the others where one can't be changed.
            override_lock: whether they may be or become dated in the locked period, if the member may do that.

        Raises:
            PermissionMissing: the member may not override the lock.
            AccountUnknown: the book has no such account.
            SearchMalformed, MatchesTooMany: the filter can't be read, or matches too many.
            CountDiffers: they aren't as many as expected.
            PayeeUnknown, PayeeMixed: the payee's id is nobody's, or the payee is named in words too.
            TagUnknown, TagsMixed: a tag that is named isn't there, or is to be put on and taken off.
            TagsTooMany: the book has no room for new tags.
            TransactionNotFound, TransactionIsValuation, TransactionTransferred, PeriodLocked, AccountClosed,
            TransactionNotSimple, TransactionTagsTooMany, LineLinked: one of them can't be changed.
            AmountTooLarge: a valuation would have to book more than can be kept.
            Invalid, Conflict: as :meth:`Liner.of_one_line` says.
        """
        if override_lock:
            self.journal.override_lock()
        changes = wanted.changes
        named = {side: getattr(changes, side) for side in SIDES if side in changes.model_fields_set}
        known = await self.accounts.look_up(named.values())
        sides_named = {side: known.get(Reference(text, f"/changes/{side}")) for side, text in named.items()}
        before, places = await self._pick(wanted)
        try:
            payees, payee = await payee_wanted(self.payees, changes)
            tagging = await self._tagging(changes, before.values())
        except Fault as fault:
            raise fault.within("/changes") from None
        changer = Changer(
            self.journal,
            changes,
            await self._accounts(before.values()),
            sides_named,
            payee,
            tagging,
            await self._holds(before, ties=bool(named)),
            await self.currencies.look_up(line.currency for each in before.values() for line in each.postings),
        )
        picked, refused = _outcomes(before, places, changer.entry, mode, changes.model_fields_set)
        changed = _changed(picked)
        if changed and payee is not None and await self.payees.make(payees, [payee.id]):
            # The book has no room for another payee: the words remain.
            picked = [replace(each, after=replace(each.after, payee_id=None)) for each in picked]
            changed = _changed(picked)
        if changed:
            await self.tags.make(tagging.named)
            await self.journal.rewrite_all([(each.before, each.after) for each in changed], pointer="/changes/date")
            self.work.tell(_told("Changed", len(changed)))
        results = [show_bulk_item(each.id, BulkStatus.REFUSED, fault=each.fault) for each in refused[:SHOWN]]
        for each in changed[: SHOWN - len(results)]:
            was, is_now = changer.differences(each)
            results.append(show_bulk_item(each.id, BulkStatus.CHANGED, before=was, after=is_now))
        return {
            "matched": len(places),
            "changed": len(changed),
            "unchanged": len(picked) - len(changed),
            "refused": len(refused),
            "results": results,
        }

    async def delete(
        self, wanted: TransactionsDelete, *, mode: RecordingMode, override_lock: bool = False
    ) -> dict[str, Any]:
        """Delete transactions in one revision; each can be brought back from the history.

        Raises:
            PermissionMissing: the member may not override the lock.
            SearchMalformed, AccountUnknown, MatchesTooMany: the filter can't be read, or matches too many.
            CountDiffers: they aren't as many as expected.
            TransactionNotFound, TransactionIsValuation, TransactionTransferred, PeriodLocked, AccountClosed,
            LineLinked, TransactionReversed: one of them can't be deleted.
            AmountTooLarge: a valuation would have to book more than can be kept.
        """
        if override_lock:
            self.journal.override_lock()
        before, places = await self._pick(wanted)
        striker = Striker(self.journal, await self._accounts(before.values()), await self._holds(before, ties=True))
        faults = striker.faults(before.values())

        def struck(written: WrittenTransaction) -> Entry:
            if written.id in faults:
                raise faults[written.id]
            return Entry.of(written)

        picked, refused = _outcomes(before, places, struck, mode, frozenset())
        if picked:
            await self.journal.strike_all([each.before for each in picked])
            self.work.tell(_told("Deleted", len(picked)))
        results = [show_bulk_item(each.id, BulkStatus.REFUSED, fault=each.fault) for each in refused[:SHOWN]]
        results += [show_bulk_item(each.id, BulkStatus.DELETED) for each in picked[: SHOWN - len(results)]]
        return {"matched": len(places), "deleted": len(picked), "refused": len(refused), "results": results}

    async def _pick(self, wanted: TransactionsPick) -> tuple[dict[UUID, WrittenTransaction], dict[UUID, str]]:
        """The transactions that are picked, by id, and where the request names each: in order, the missing included."""
        if wanted.filter is not None:
            places = dict.fromkeys(await self.found.matching(wanted.filter, "/filter", most=BULK), "/filter")
        else:
            places = {id_: f"/ids/{place}" for place, id_ in reversed(list(enumerate(wanted.ids or ())))}
            places = dict(reversed(places.items()))
        found = await self.journal.get_all(list(places), postings=BULK_POSTINGS) if places else {}
        if found is None:
            pointer = "/ids" if wanted.filter is None else "/filter"
            raise MatchesTooMany.at(pointer, count=len(places), most=BULK, postings=BULK_POSTINGS)
        if wanted.expected_count not in {None, len(found)}:
            raise CountDiffers(count=len(found), expected=wanted.expected_count)
        return found, places

    async def _tagging(self, changes: TransactionsChange, written: Collection[WrittenTransaction]) -> Tagging:
        """The tags that changes are about, and the names of those that the transactions bear."""
        if not (changes.tags_add or changes.tags_remove):
            return Tagging()
        named = await self.tags.look_up([*(changes.tags_add or ()), *(changes.tags_remove or ())])
        off = named.known(changes.tags_remove or (), "/tags_remove")
        on = frozenset(named.take(changes.tags_add or (), "/tags_add"))
        if on & off:
            raise TagsMixed.at("/tags_remove")
        names = await self.tags.names(list({tag_id for each in written for tag_id in each.tags}))
        return Tagging(named, names, on, off)

    async def _holds(self, before: Mapping[UUID, WrittenTransaction], *, ties: bool) -> Holds:
        return Holds(
            await self.journal.held_by_valuations(before.values()),
            await self.journal.ties(list(before)) if before and ties else {},
        )

    async def _accounts(self, written: Iterable[WrittenTransaction]) -> Accounts:
        ids = {posting.account_id for each in written for posting in each.postings}
        return {account["id"]: account for account in await self.accounts.chart(list(ids))}


class Changer:
    """Makes of a transaction what it is to be. What that takes was looked up before, for all of them.

    Args:
        journal: knows what is locked.
        changes: what is to be different.
        accounts: what the transactions stand on.
        named: the account and the category that the changes name.
        payee: whom they name.
        tagging: the tags that come or go.
        holds: what others have to say about it.
        currencies: those that the transactions are in.
    """

    def __init__(
        self,
        journal: JournalService,
        changes: TransactionsChange,
        accounts: Accounts,
        named: Mapping[str, Row],
        payee: NamedPayee | None,
        tagging: Tagging,
        holds: Holds,
        currencies: BookCurrencies,
    ) -> None:
        self.journal = journal
        self.liner = Liner(journal.work.opened.currency, currencies)
        self.changes = changes
        self.named = named
        self.payee = payee
        self.tagging = tagging
        self.holds = holds
        self.accounts = {**accounts, **{account["id"]: account for account in named.values()}}
        given = changes.model_fields_set
        self.sets_payee = bool(given & PAYEE)
        described = given | PAYEE if self.sets_payee else set(given)
        if given & TAGS:
            described |= {"tags"}
        self.given = [name for name in (*DESCRIBED, "tags", *SIDES, "status") if name in described]
        self.facts: dict[str, Any] = {name: getattr(changes, name) or None for name in FACTS if name in given}

    def entry(self, before: WrittenTransaction) -> Entry:
        """What a transaction is to be.

        Raises:
            PeriodLocked: it is dated in the locked period, or would be.
            TransactionNotSimple: it isn't one line between an account and a category.
            TransactionTagsTooMany: it would bear more tags than one does.
            AccountClosed: it stands, or would stand, on an account that is closed.
            TransactionIsValuation, TransactionTransferred: as :meth:`Holds.check_free` says.
            LineLinked: a line that is linked would bear its links no more.
            Invalid, Conflict: as :meth:`Liner.of_one_line` says.
        """
        self.holds.check_free(before, moves=bool({"date", "status", *SIDES}.intersection(self.given)))
        as_it_was = Entry.of(before)
        lines = self._one_line(before) if self.named else as_it_was.lines
        if "status" in self.given:
            lines = self._with_status(lines)
        tags = self.tagging.of(before.tags)
        entry = replace(as_it_was, **self.facts, **self._payee(before), lines=lines, tags=tags)
        if entry != as_it_was:
            self.journal.check_open(before.date)
            self.journal.check_open(entry.date, "/date")
            _check_open(self.accounts[line.account_id] for line in (*as_it_was.lines, *lines))
            self._check_links(before, entry)
        return entry

    def differences(self, picked: Picked) -> tuple[Described, Described]:
        """The fields in which a transaction is to differ, as they were and as they are to be."""
        was, is_now = self._described(Entry.of(picked.before)), self._described(picked.after)
        differing = [name for name in self.given if was[name] != is_now[name]]
        return {name: was[name] for name in differing}, {name: is_now[name] for name in differing}

    def _payee(self, before: WrittenTransaction) -> dict[str, Any]:
        """Whose it is to be. While it stays the same payee's, the words stay as they were written."""
        if not self.sets_payee:
            return {}
        if self.payee is None:
            return {"payee": None, "payee_id": None}
        if self.payee.id == before.payee_id:
            return {}
        return {"payee": self.changes.payee or self.payee.name, "payee_id": self.payee.id}

    def _check_links(self, before: WrittenTransaction, entry: Entry) -> None:
        if before.id in self.holds.ties:
            anew = entry.written(revision=before.revision, place=0, at=before.changed_at)
            kinds = {line.account_id: self.accounts[line.account_id]["kind"] for line in anew.postings}
            check_borne(self.holds.ties[before.id].links, before, anew, kinds)

    def _one_line(self, before: WrittenTransaction) -> tuple[Line, ...]:
        on_account, on_category = sides(before, [self.accounts[posting.account_id] for posting in before.postings])
        lines = self.liner.of_one_line(
            OneLine(
                account=self.named.get("account", on_account[1]),
                amount=on_account[0].amount,
                currency=on_account[0].currency,
                category=self.named.get("category", on_category[1]),
                status=PostingStatus(on_account[0].status),
            ),
            ids=(on_account[0].id, on_category[0].id),
        )
        kept = (
            with_notes(lines[0], on_account[0]),
            replace(with_notes(lines[1], on_category[0]), status=on_category[0].status),
        )
        return kept if before.postings[0] is on_account[0] else kept[::-1]

    def _with_status(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        return tuple(
            line if self._is_category(line) or line.generated else replace(line, status=self.changes.status)
            for line in lines
        )

    def _is_category(self, line: Line) -> bool:
        return AccountKind(self.accounts[line.account_id]["kind"]).is_category

    def _described(self, entry: Entry) -> Described:
        described: dict[str, str | list[str] | None] = {}
        for name in self.given:
            if name == "tags":
                described[name] = self.tagging.called(entry.tags)
            elif name in DESCRIBED:
                fact = getattr(entry, name)
                described[name] = None if fact is None else str(fact)
            elif name == "status":
                statuses = {line.status for line in entry.lines if not self._is_category(line)}
                described[name] = min(statuses, key=STATUSES_IN_ORDER.index, default=None)
            else:
                wanted = name == "category"
                line = next(line for line in entry.lines if self._is_category(line) is wanted)
                described[name] = self.accounts[line.account_id]["full_name"]
        return described


class Striker:
    """Says which transactions can't be deleted. What that takes was looked up before, for all of them.

    Args:
        journal: knows what is locked.
        accounts: what the transactions stand on.
        holds: what others have to say about them.
    """

    def __init__(self, journal: JournalService, accounts: Accounts, holds: Holds) -> None:
        self.journal = journal
        self.accounts = accounts
        self.holds = holds

    def faults(self, picked: Iterable[WrittenTransaction]) -> dict[UUID, Fault]:
        """Why those that can't be deleted can't. What was reversed can, if its reversal goes with it."""
        faults: dict[UUID, Fault] = {}
        gone: set[UUID] = set()
        # Whatever reverses a transaction was made after it.
        for written in sorted(picked, key=attrgetter("created_revision"), reverse=True):
            try:
                self._check(written, gone)
                gone.add(written.id)
            except Fault as fault:
                faults[written.id] = fault
        return faults

    def _check(self, written: WrittenTransaction, gone: Collection[UUID]) -> None:
        self.holds.check_free(written, moves=True)
        self.journal.check_open(written.date)
        _check_open(self.accounts[posting.account_id] for posting in written.postings)
        ties = self.holds.ties.get(written.id, Ties())
        check_unreferred(replace(ties, reversed_by_id=None) if ties.reversed_by_id in gone else ties)


def _changed(picked: Iterable[Picked]) -> list[Picked]:
    return [each for each in picked if each.after != Entry.of(each.before)]


def _outcomes(
    before: Mapping[UUID, WrittenTransaction],
    places: Mapping[UUID, str],
    entry: Callable[[WrittenTransaction], Entry],
    mode: RecordingMode,
    given: Iterable[str],
) -> tuple[list[Picked], list[Refused]]:
    """What is to come of each that was picked. Atomic: the first that can't be refuses all."""
    picked, refused = [], []
    of_changes = {f"/{name}" for name in given}
    for id_, place in places.items():
        try:
            if id_ not in before:
                raise TransactionNotFound
            picked.append(Picked(id_, before[id_], entry(before[id_])))
        except Fault as fault:
            if any(blame.pointer in of_changes for blame in fault.blames):
                fault.within("/changes")
            else:
                fault.blames = ()
                fault.within(place)
            if mode is RecordingMode.ATOMIC:
                raise
            refused.append(Refused(id_, fault))
    return picked, refused


def _check_open(accounts: Iterable[Row]) -> None:
    """A closed account was empty when it was closed; what is put on it or taken off it would make that untrue."""
    for account in accounts:
        if account["closed_on"]:
            raise AccountClosed(account=account["full_name"])


def _told(verb: str, count: int) -> str:
    return f"{verb} a transaction." if count == 1 else f"{verb} {count} transactions."
