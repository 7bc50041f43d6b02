"""Merging two transactions that are one: what a person said of it stays, what the bank says of it comes in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference, check_postable
from farthing.features.checkpoints.service.state import StateService
from farthing.features.journal.entries import Entry, WrittenPosting, WrittenTransaction
from farthing.features.journal.errors import TransactionNotFound
from farthing.features.journal.models import PostingStatus, TransactionKind
from farthing.features.journal.service import JournalService
from farthing.features.matches.errors import (
    AmountsDiffer,
    BothCategorised,
    MatchUnfit,
    MatchWithItself,
    TransactionUnknown,
)
from farthing.features.matches.models import MatchKind
from farthing.features.matches.schemas import MatchAccept, TransactionMerge
from farthing.features.statements.service import StatementService
from farthing.features.tags.schemas import MAX_TAGS_EACH
from farthing.features.transactions.errors import CategoryUnfit
from farthing.features.transactions.service.find import FindService
from farthing.features.transactions.service.restore import postable_accounts
from farthing.features.transactions.showing import Shown
from farthing.kit.metadata import MAX_ENTRIES
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.postings import Line, balance

UNCATEGORISED = frozenset({SystemRole.UNCATEGORISED_INCOME, SystemRole.UNCATEGORISED_EXPENSE})
MONEY_KINDS = frozenset({AccountKind.ASSET, AccountKind.LIABILITY})
Accounts = Mapping[UUID, Row]


@dataclass(frozen=True, slots=True)
class Merger:
    """How two transactions become one.

    ``kept`` is written anew as ``entry``, ``dropped`` is taken out; what its line ``moved`` was is ``moved_to`` now.
    ``was_doubled`` is whether both of these counted, though the money moved but once.
    """

    kept: WrittenTransaction
    dropped: WrittenTransaction
    entry: Entry
    moved: UUID
    moved_to: UUID
    was_doubled: bool = False

    def is_settled(self, line: WrittenPosting, day: dt.date) -> bool:
        """Whether a line of this day needn't be carried: from the day that both have now, the other counted already."""
        return self.was_doubled and line.id in {self.moved, self.moved_to} and self.entry.date < day


class MergeService:
    """Makes one transaction of two."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.statements = StatementService(work)
        self.stating = StateService(work)
        self.found = FindService(work)

    async def merge(
        self,
        transaction_id: UUID,
        wanted: TransactionMerge,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
    ) -> Shown:
        """Merge a transaction with another, in the way in which they can be one.

        Of a transfer the first stays; of what a person recorded and what the bank posted, the person's does.

        Args:
            transaction_id: the first.
            wanted: the other, and what becomes of a fee.
            override_lock: whether to do it in the locked period too, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            TransactionNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            MatchWithItself, TransactionUnknown: the other is the same, or there is none such.
            MatchUnfit, BothCategorised, AmountsDiffer: they can't be one.
            AccountUnknown, CategoryUnfit, CurrencyMismatch: the category of the fee doesn't fit.
            AccountClosed, AccountCurrencyChanged: one stands on an account that takes nothing any more.
            LineLinked, TransactionReversed: a line that would go is linked, or the one that would go was reversed.
            PostingReconciled: a line that was reconciled would go, or change.
            PeriodLocked: one is dated in the locked period.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override what is asked to be overridden.
        """
        self.journal.override(lock=override_lock, checkpoints=override_checkpoints)
        if wanted.with_ == transaction_id:
            raise MatchWithItself.at("/with")
        await self.found.get(transaction_id)
        if self.work.shown is not None:
            self.work.expect(self.work.shown)
        first = await self.journal.get(transaction_id)
        second = await self._named(wanted.with_, "/with")
        accounts = await postable_accounts(self.accounts, (*first.postings, *second.postings))
        merger = await self._posted(first, second, accounts)
        if merger is None:
            merger = await self._transfer(first, second, accounts, wanted.fee_category)
        return await self._carry_out(merger, accounts)

    async def accept(
        self, wanted: MatchAccept, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> Shown:
        """Merge two transactions in the way that is said. Of a transfer the one stays that left its account.

        Raises:
            TransactionUnknown: the book has no such transaction.
            Conflict, Invalid: as :meth:`merge` says.
        """
        self.journal.override(lock=override_lock, checkpoints=override_checkpoints)
        first, second = [
            await self._named(each, f"/transaction_ids/{place}") for place, each in enumerate(wanted.transaction_ids)
        ]
        accounts = await postable_accounts(self.accounts, (*first.postings, *second.postings))
        if wanted.kind is MatchKind.TRANSFER:
            if _gives(second, accounts):
                first, second = second, first
            merger: Merger | None = await self._transfer(first, second, accounts, wanted.fee_category)
        else:
            merger = await self._posted(first, second, accounts)
        if merger is None:
            raise MatchUnfit
        return await self._carry_out(merger, accounts)

    async def take_in(self, transaction_id: UUID, arriving: WrittenTransaction, kind: MatchKind) -> UUID:
        """Merge a transaction with what a bank's statement says of it, which the book hasn't got yet.

        The transaction stays. Answers with the id of its line that the statement's is.

        Args:
            transaction_id: what it is merged with.
            arriving: the transaction that the statement's line would be by itself.
            kind: in which way the two are one.

        Raises:
            TransactionUnknown: the book has no such transaction.
            Conflict, Invalid: as :meth:`merge` says.
        """
        kept = await self._named(transaction_id, "/transaction_id")
        accounts = await postable_accounts(self.accounts, (*kept.postings, *arriving.postings))
        if kind is MatchKind.TRANSFER:
            merger: Merger | None = await self._transfer(kept, arriving, accounts, None)
        else:
            merger = await self._posted(kept, arriving, accounts, arrived=arriving.postings[0].id)
        if merger is None or merger.kept.id != kept.id:
            raise MatchUnfit
        await self._tell_checkpoints(replace(merger, was_doubled=False), accounts)
        await self.journal.rewrite(kept, merger.entry)
        return merger.moved_to

    async def correct(self, transaction_id: UUID, arriving: WrittenTransaction) -> UUID:
        """Put what a bank says anew in the place of what it said before; what people said of it stays.

        The one line against it takes the difference; where there are several, it is left uncategorised. Answers with
        the id of the line that the statement's is.

        Args:
            transaction_id: what the bank's earlier line became.
            arriving: the transaction that the later one would be by itself; its first line is on the account.

        Raises:
            TransactionUnknown: the book has no such transaction.
            MatchUnfit: it has no such line on that account, or several.
            Conflict, Invalid: as :meth:`merge` says.
        """
        kept = await self._named(transaction_id, "/transaction_id")
        accounts = await postable_accounts(self.accounts, (*kept.postings, *arriving.postings))
        theirs = arriving.postings[0]
        ours = await self._told(kept, theirs.account_id, theirs.currency)
        lines = await self.statements.of_postings([each.id for each in kept.postings])
        words = {" ".join(str(each).split()) for line in lines for each in line["original"].values()}
        entry = replace(
            _said(kept, arriving),
            **_days(kept, ours, arriving, accounts, {line["posting_id"] for line in lines}),
            **_words(kept, arriving, words),
            lines=await self._corrected_lines(kept, ours, theirs, accounts),
        )
        await self.journal.rewrite(kept, entry)
        return ours.id

    async def take_out(self, transaction_id: UUID, account_id: UUID, currency: str) -> None:
        """Take out what a bank takes back: the transaction, or its side of one that another bank told of as well.

        Args:
            transaction_id: what the bank's line became.
            account_id: whose statement it was on.
            currency: what it was in.

        Raises:
            TransactionUnknown: the book has no such transaction.
            MatchUnfit: it has no such line on that account, or several.
            Conflict, Invalid: as :meth:`merge` says.
        """
        written = await self._named(transaction_id, "/transaction_id")
        ours = await self._told(written, account_id, currency)
        others = [line for line in written.postings if line.id != ours.id]
        brought = await self.statements.brought([line.id for line in others])
        if any(line.id in brought or line.status == PostingStatus.RECONCILED for line in others):
            left = await self._uncategorised(ours.amount, currency)
            lines = (*(line.line for line in others), left)
            await self.journal.rewrite(written, replace(_said(written, written), lines=lines))
        else:
            await self.journal.strike(written)

    async def _told(self, written: WrittenTransaction, account_id: UUID, currency: str) -> WrittenPosting:
        """The line that a bank's statement told of: the one on the account, or the one of several that it brought."""
        lines = [line for line in written.postings if (line.account_id, line.currency) == (account_id, currency)]
        if len(lines) > 1:
            brought = await self.statements.brought([line.id for line in lines])
            lines = [line for line in lines if line.id in brought]
        if len(lines) != 1 or written.kind is not TransactionKind.ORDINARY:
            raise MatchUnfit
        return lines[0]

    async def _corrected_lines(
        self, kept: WrittenTransaction, ours: WrittenPosting, theirs: WrittenPosting, accounts: Accounts
    ) -> tuple[Line, ...]:
        lines = {posting.id: posting.line for posting in kept.postings}
        lines[ours.id] = replace(lines[ours.id], amount=theirs.amount, status=theirs.status)
        off = theirs.amount - ours.amount
        if not off:
            return tuple(lines.values())
        against = [
            line
            for line in kept.postings
            if line.id != ours.id and line.currency == ours.currency and not _is_money(line, accounts)
        ]
        if len(against) == 1:
            (taking,) = against
            lines[taking.id] = replace(lines[taking.id], amount=taking.amount - off)
            return tuple(lines.values())
        return (*lines.values(), await self._uncategorised(-off, ours.currency))

    async def _uncategorised(self, amount: Decimal, currency: str) -> Line:
        role = SystemRole.UNCATEGORISED_INCOME if amount < 0 else SystemRole.UNCATEGORISED_EXPENSE
        return Line((await self.accounts.system(role))["id"], amount, currency)

    async def _named(self, transaction_id: UUID, pointer: str) -> WrittenTransaction:
        try:
            return await self.journal.get(transaction_id)
        except TransactionNotFound:
            raise TransactionUnknown.at(pointer) from None

    async def _carry_out(self, merger: Merger, accounts: Accounts) -> Shown:
        kept = merger.kept
        await self._tell_checkpoints(merger, accounts)
        await self.journal.strike(merger.dropped, taken_over=merger.entry.lines)
        await self.journal.rewrite(kept, merger.entry)
        await self.statements.move(merger.moved, to_transaction=kept.id, to_posting=merger.moved_to)
        self.work.tell("Merged two transactions.", kept=str(kept.id), merged=str(merger.dropped.id))
        return await self.found.get(kept.id)

    async def _tell_checkpoints(self, merger: Merger, accounts: Accounts) -> None:
        """What two banks posted on two days has one day from now on: what either had at a statement's end, it had then.

        Lines that were pending are another matter: these reach the bank only now.
        """
        now = merger.entry.date
        for written in (merger.kept, merger.dropped):
            for line in written.postings if written.date != now else ():
                if line.status == PostingStatus.PENDING or line.generated or _is_category(line, accounts):
                    continue
                if merger.is_settled(line, written.date):
                    continue
                late = (now, line.amount) if now < written.date else (written.date, -line.amount)
                await self.stating.carry(line.account_id, line.currency, [late], reached_on=max(now, written.date))

    async def _posted(
        self,
        one: WrittenTransaction,
        other: WrittenTransaction,
        accounts: Accounts,
        *,
        arrived: UUID | None = None,
    ) -> Merger | None:
        """What a person recorded and what the bank posted, if that is what they are.

        The person's stays, with what was said of it; amount and status are the bank's, and so is the day.
        """
        brought = await self.statements.brought([line.id for line in (*one.postings, *other.postings)])
        if arrived is not None:
            brought.add(arrived)
        for recorded, posted in ((one, other), (other, one)):
            theirs = _sole_line(posted, accounts)
            if theirs is None or theirs.status == PostingStatus.PENDING:
                continue
            if recorded.kind is not TransactionKind.ORDINARY:
                continue
            ours = [line for line in recorded.postings if _may_be(line, theirs, brought)]
            if len(ours) != 1:
                continue
            entry = replace(
                _said(recorded, posted),
                **_days(recorded, ours[0], posted, accounts, brought),
                lines=_posted_lines(recorded, ours[0], posted, theirs, accounts),
            )
            was_doubled = ours[0].status != PostingStatus.PENDING
            return Merger(recorded, posted, entry, moved=theirs.id, moved_to=ours[0].id, was_doubled=was_doubled)
        return None

    async def _transfer(
        self, kept: WrittenTransaction, dropped: WrittenTransaction, accounts: Accounts, fee_category: str | None
    ) -> Merger:
        """The two sides of a transfer: a line each on two accounts, and nothing else but categories, which go."""
        one, other = _sole_line(kept, accounts), _sole_line(dropped, accounts)
        if one is None or other is None or one.account_id == other.account_id:
            raise MatchUnfit
        if (one.amount < 0) is (other.amount < 0) or not one.amount or not other.amount:
            raise MatchUnfit
        if not _is_uncategorised(kept, accounts) and not _is_uncategorised(dropped, accounts):
            raise BothCategorised
        lines = [one.line, other.line]
        if one.currency == other.currency and one.amount + other.amount:
            lines.append(await self._fee(one, other, fee_category))
        trading = await self.accounts.system(SystemRole.TRADING)
        entry = replace(
            _said(kept, dropped),
            value_date=kept.value_date or (dropped.date if dropped.date != kept.date else None),
            lines=balance(lines, trading_account_id=trading["id"]),
        )
        return Merger(kept, dropped, entry, moved=other.id, moved_to=other.id)

    async def _fee(self, one: WrittenPosting, other: WrittenPosting, category: str | None) -> Line:
        """What was sent and didn't arrive, on the account that is named for it."""
        fee = -(one.amount + other.amount)
        if category is None or fee < 0:
            raise AmountsDiffer(first=f"{one.amount:f}", second=f"{other.amount:f}", currency=one.currency)
        (account,) = await self.accounts.resolve([Reference(category, "/fee_category")])
        if account["kind"] != AccountKind.EXPENSE:
            raise CategoryUnfit.at("/fee_category")
        check_postable(account, one.currency, pointer="/fee_category")
        return Line(account_id=account["id"], amount=fee, currency=one.currency)


def _days(
    recorded: WrittenTransaction,
    ours: WrittenPosting,
    posted: WrittenTransaction,
    accounts: Accounts,
    brought: AbstractSet[UUID],
) -> dict[str, Any]:
    """The posted one's day; that of the recorded one, if a part of it is posted already: it has but one."""
    if recorded.date != posted.date and _is_half_posted(recorded, ours, accounts, brought):
        return {"date": recorded.date, "value_date": recorded.value_date or posted.date}
    return {"date": posted.date, "value_date": posted.value_date or recorded.value_date}


def _is_half_posted(
    recorded: WrittenTransaction, ours: WrittenPosting, accounts: Accounts, brought: AbstractSet[UUID]
) -> bool:
    """Whether a part of it has reached another bank, or was paid in cash.

    Where all of it was recorded as if the banks had it, only what a statement brought says that one has.
    """
    others = [
        line for line in recorded.postings if line.id != ours.id and accounts[line.account_id]["kind"] in MONEY_KINDS
    ]
    if ours.status == PostingStatus.PENDING:
        return any(line.status != PostingStatus.PENDING for line in others)
    return any(line.id in brought or line.status == PostingStatus.RECONCILED for line in others)


def _may_be(line: WrittenPosting, posted: WrittenPosting, brought: AbstractSet[UUID]) -> bool:
    """Whether a line is what the bank posted: one that is pending, or one by hand and the other from a statement."""
    if (line.account_id, line.currency) != (posted.account_id, posted.currency):
        return False
    if (line.amount < 0) is not (posted.amount < 0):
        return False
    by_hand = line.status == PostingStatus.CLEARED and line.id not in brought and posted.id in brought
    return line.status == PostingStatus.PENDING or by_hand


def _posted_lines(
    recorded: WrittenTransaction,
    ours: WrittenPosting,
    posted: WrittenTransaction,
    theirs: WrittenPosting,
    accounts: Accounts,
) -> tuple[Line, ...]:
    """The recorded one's lines at the posted amount; the one line on a category takes the difference, as of a tip."""
    lines = {posting.id: posting.line for posting in recorded.postings}
    lines[ours.id] = replace(lines[ours.id], amount=theirs.amount, status=theirs.status)
    categories = [line for line in recorded.postings if _is_category(line, accounts)]
    off = theirs.amount - ours.amount
    if off:
        if len(categories) != 1 or categories[0].currency != ours.currency:
            raise AmountsDiffer(first=f"{ours.amount:f}", second=f"{theirs.amount:f}", currency=ours.currency)
        (taking,) = categories
        lines[taking.id] = replace(lines[taking.id], amount=taking.amount - off)
    known = [line for line in posted.postings if _is_category(line, accounts)]
    if len(categories) == len(known) == 1 and _is_uncategorised(recorded, accounts):
        # Whoever recorded it left open what it was; the posted one may know.
        lines[categories[0].id] = replace(lines[categories[0].id], account_id=known[0].account_id)
    return tuple(lines.values())


def _said(kept: WrittenTransaction, dropped: WrittenTransaction) -> Entry:
    """What the one that stays says, and where it says nothing, the other; the tags of both, while there is room."""
    metadata: dict[str, Any] = dict(kept.extra)
    for name, value in dropped.extra.items():
        if len(metadata) < MAX_ENTRIES:
            metadata.setdefault(name, value)
    tags = dict.fromkeys((*kept.tags, *dropped.tags))
    return Entry(
        id=kept.id,
        date=kept.date,
        kind=kept.kind,
        reverses_id=kept.reverses_id,
        payee=kept.payee or dropped.payee,
        payee_id=kept.payee_id if kept.payee else dropped.payee_id,
        description=kept.description or dropped.description,
        notes=kept.notes or dropped.notes,
        value_date=kept.value_date,
        due_date=kept.due_date or dropped.due_date,
        extra=metadata,
        tags=tuple(sorted(list(tags)[:MAX_TAGS_EACH])),
        lines=(),
    )


def _sole_line(transaction: WrittenTransaction, accounts: Accounts) -> WrittenPosting | None:
    """The one line of an ordinary transaction that isn't on a category, if there is but one and it is on an account."""
    lines = [line for line in transaction.postings if not _is_category(line, accounts)]
    if transaction.kind is not TransactionKind.ORDINARY or len(lines) != 1:
        return None
    return None if accounts[lines[0].account_id]["kind"] == AccountKind.EQUITY else lines[0]


def _gives(transaction: WrittenTransaction, accounts: Accounts) -> bool:
    line = _sole_line(transaction, accounts)
    return line is not None and line.amount < 0


def _words(kept: WrittenTransaction, arriving: WrittenTransaction, words: AbstractSet[str]) -> dict[str, Any]:
    """What the bank calls it now, where it is still called what the bank called it before."""
    said: dict[str, Any] = {}
    if kept.payee in words and arriving.payee and arriving.payee != kept.payee:
        said |= {"payee": arriving.payee, "payee_id": arriving.payee_id}
    if kept.description in words and arriving.description:
        said["description"] = arriving.description
    return said


def _is_money(line: WrittenPosting, accounts: Accounts) -> bool:
    return accounts[line.account_id]["kind"] in MONEY_KINDS


def _is_category(line: WrittenPosting, accounts: Accounts) -> bool:
    return AccountKind(accounts[line.account_id]["kind"]).is_category


def _is_uncategorised(transaction: WrittenTransaction, accounts: Accounts) -> bool:
    categories = [line for line in transaction.postings if _is_category(line, accounts)]
    return all(accounts[line.account_id]["role"] in UNCATEGORISED for line in categories)
