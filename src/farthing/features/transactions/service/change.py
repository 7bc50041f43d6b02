"""Changing and deleting transactions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountClosed
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import Entry, WrittenPosting, WrittenTransaction
from farthing.features.journal.errors import TransactionTransferred
from farthing.features.journal.models import PostingStatus, TransactionKind
from farthing.features.journal.service import JournalService
from farthing.features.payees.service.find import NamedPayee, NamedPayees, PayeeService
from farthing.features.tags.service.find import TagService
from farthing.features.transactions.errors import PayeeMixed, PostingUnknown, ShapeMixed, TransactionNotSimple
from farthing.features.transactions.schemas import PostingCreate, TransactionsChange, TransactionUpdate
from farthing.features.transactions.service.find import FindService
from farthing.features.transactions.service.lines import Liner, OneLine, posting_currencies
from farthing.features.transactions.showing import Shown
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.postings import Line

FACTS = ("date", "description", "notes", "value_date", "due_date")
ONE_LINE = frozenset({"amount", "account", "category", "status"})
PAYEE = frozenset({"payee", "payee_id"})


class ChangeService:
    """Changes what is written down; what it was stays in the history."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.payees = PayeeService(work)
        self.tags = TagService(work)
        self.found = FindService(work)

    async def change(
        self,
        transaction_id: UUID,
        changes: TransactionUpdate,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
        unreconcile: bool = False,
    ) -> Shown:
        """Change a transaction. What is absent stays; what changes nothing takes no revision.

        Args:
            transaction_id: which one.
            changes: what is to be different.
            override_lock: whether it may be or become dated in the locked period, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.
            unreconcile: whether postings that were reconciled may change; they are cleared from then on.

        Raises:
            TransactionNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            TransactionNotSimple: it has more to it than one line can change.
            PostingUnknown: a posting is named that it hasn't got.
            TransactionIsValuation: it is what a valuation books.
            TransactionTransferred: it is one side of a transfer between books, and its day or money would change.
            PayeeUnknown, PayeeMixed: the payee's id is nobody's, or the payee is named in words too.
            PeriodLocked: it is dated in the locked period, or would be.
            PostingReconciled: a posting that was reconciled would change.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override the lock, or checkpoints.
            AccountClosed: it stands, or would stand, on an account that is closed.
            LineLinked: a line that is linked would go, or bear its links no more.
            TagUnknown: a tag is named by an id that the book hasn't got.
            TagsTooMany: the book has no room for new tags.
            Invalid, Conflict: as :meth:`Liner.of` says.
        """
        self._override(lock=override_lock, checkpoints=override_checkpoints, reconciled=unreconcile)
        before = await self._expected(transaction_id)
        given = changes.model_fields_set
        if before.kind is TransactionKind.BOOK_TRANSFER and given & (ONE_LINE | {"date", "postings"}):
            raise TransactionTransferred
        if "postings" in given and given & ONE_LINE:
            raise ShapeMixed.at("/postings")
        as_it_was = Entry.of(before)
        facts: dict[str, Any] = {name: getattr(changes, name) or None for name in FACTS if name in given}
        if given & PAYEE:
            facts |= await self._payee(before, changes)
        if "metadata" in given:
            facts["extra"] = changes.metadata
        if "postings" in given:
            _check_ids(before, changes.postings)
            known = await self.accounts.look_up(
                (posting.account for posting in changes.postings), roles=[SystemRole.TRADING]
            )
            named = {code for posting in changes.postings for code in posting_currencies(posting)}
            liner = await self._liner(named | {account["currency"] for account in known.by_id.values()})
            facts["lines"] = liner.full(changes.postings, known)
        elif given & ONE_LINE:
            facts["lines"] = await self._one_line(before, changes)
        tags = await self.tags.look_up(changes.tags if "tags" in given else ())
        if "tags" in given:
            facts["tags"] = tags.take(changes.tags)
        entry = replace(as_it_was, **facts)
        if entry == as_it_was:
            return await self.found.get(transaction_id)
        await self._check_open(before, entry)
        await self.tags.make(tags)
        await self.journal.rewrite(before, entry)
        self.work.tell("Changed a transaction.")
        return await self.found.get(transaction_id)

    async def delete(
        self,
        transaction_id: UUID,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
        unreconcile: bool = False,
    ) -> None:
        """Delete a transaction. It can be brought back from the history.

        Args:
            transaction_id: which one.
            override_lock: whether it may be dated in the locked period, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.
            unreconcile: whether postings that were reconciled may go.

        Raises:
            TransactionNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            TransactionIsValuation: it is what a valuation books.
            PeriodLocked: it is dated in the locked period.
            PostingReconciled: one of its postings was reconciled.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override the lock, or checkpoints.
            AccountClosed: it stands on an account that was closed since.
            TransactionTransferred: it is one side of a transfer between books.
            LineLinked: one of its lines is linked.
            TransactionReversed: another transaction reverses it.
        """
        self._override(lock=override_lock, checkpoints=override_checkpoints, reconciled=unreconcile)
        before = await self._expected(transaction_id)
        if before.kind is TransactionKind.BOOK_TRANSFER:
            raise TransactionTransferred
        await self._check_open(before)
        await self.journal.strike(before)
        self.work.tell("Deleted a transaction.")

    def _override(self, *, lock: bool, checkpoints: bool, reconciled: bool) -> None:
        if lock:
            self.journal.override_lock()
        if checkpoints:
            self.journal.override_checkpoints()
        if reconciled:
            self.journal.unreconcile()

    async def _payee(self, before: WrittenTransaction, changes: TransactionUpdate) -> dict[str, Any]:
        """Whose it is to be, and in what words. While it stays the same payee's, the words stay as they were written.

        Who is new is made at once: a change that is then refused leaves nothing of it.
        """
        payees, payee = await payee_wanted(self.payees, changes)
        if payee is None:
            return {"payee": None, "payee_id": None}
        if payee.id == before.payee_id:
            return {}
        left_out = await self.payees.make(payees, [payee.id])
        return {"payee": changes.payee or payee.name, "payee_id": None if left_out else payee.id}

    async def _expected(self, transaction_id: UUID) -> WrittenTransaction:
        await self.found.get(transaction_id)
        if self.work.shown is not None:
            self.work.expect(self.work.shown)
        self.work.shown = None
        before = await self.journal.get(transaction_id)
        await self.journal.check_free(before)
        return before

    async def _check_open(self, before: WrittenTransaction, after: Entry | None = None) -> None:
        """A closed account was empty when it was closed; what is put on it or taken off it would make that untrue."""
        touched = {posting.account_id for posting in before.postings}
        touched |= {line.account_id for line in after.lines} if after else set()
        references = [Reference(str(account_id), "/postings") for account_id in touched]
        for account in await self.accounts.resolve(references):
            if account["closed_on"]:
                raise AccountClosed(account=account["full_name"])

    async def _one_line(self, before: WrittenTransaction, changes: TransactionUpdate) -> tuple[Line, ...]:
        given = changes.model_fields_set
        references = [Reference(str(posting.account_id), "/postings") for posting in before.postings]
        accounts = await self.accounts.resolve(references)
        account_side, category_side = sides(before, accounts)
        account = await self._named(changes.account, "/account") if "account" in given else account_side[1]
        category = await self._named(changes.category, "/category") if "category" in given else category_side[1]
        liner = await self._liner({account_side[0].currency})
        lines = liner.of_one_line(
            OneLine(
                account=account,
                amount=changes.amount if "amount" in given else account_side[0].amount,
                currency=account_side[0].currency,
                category=category,
                status=changes.status if "status" in given else PostingStatus(account_side[0].status),
            ),
            ids=(account_side[0].id, category_side[0].id),
        )
        kept = (
            with_notes(lines[0], account_side[0]),
            replace(with_notes(lines[1], category_side[0]), status=category_side[0].status),
        )
        return kept if before.postings[0] is account_side[0] else kept[::-1]

    async def _liner(self, codes: Iterable[str | None]) -> Liner:
        return Liner(self.work.opened.currency, await self.currencies.look_up(codes))

    async def _named(self, reference: str, pointer: str) -> Row:
        (account,) = await self.accounts.resolve([Reference(reference, pointer)])
        return account


async def payee_wanted(
    payees: PayeeService, changes: TransactionUpdate | TransactionsChange
) -> tuple[NamedPayees, NamedPayee | None]:
    """Whom changes name, in words or by id, and those that were looked up for it; None if they clear the payee.

    Raises:
        PayeeUnknown, PayeeMixed: the payee's id is nobody's, or the payee is named in words too.
    """
    words, payee_id = changes.payee or None, changes.payee_id
    if changes.model_fields_set >= PAYEE and (words or payee_id):
        raise PayeeMixed.at("/payee_id")
    if payee_id is not None:
        named = await payees.look_up((), [payee_id])
        return named, named.get(payee_id, "/payee_id")
    named = await payees.look_up([words] if words else [])
    return named, named.called(words) if words else None


Side = tuple[WrittenPosting, Row]
"""A posting and what it stands on."""


def sides(before: WrittenTransaction, accounts: list[Row]) -> tuple[Side, Side]:
    """The posting on an account and the one on a category, each with what it stands on.

    Args:
        before: a transaction.
        accounts: what its postings stand on, in their order.

    Raises:
        TransactionNotSimple: it isn't one line between an account and a category.
    """
    sides = list(zip(before.postings, accounts, strict=True))
    on_category = [side for side in sides if AccountKind(side[1]["kind"]).is_category]
    on_account = [side for side in sides if not AccountKind(side[1]["kind"]).is_category]
    if len(on_category) != 1 or len(on_account) != 1:
        raise TransactionNotSimple
    return on_account[0], on_category[0]


def with_notes(line: Line, posting: WrittenPosting) -> Line:
    """A line with what a posting had noted on it: memo, price and cost."""
    return replace(line, memo=posting.memo, price=posting.price, cost=posting.cost)


def _check_ids(before: WrittenTransaction, postings: list[PostingCreate]) -> None:
    known = {posting.id for posting in before.postings if not posting.generated}
    for place, posting in enumerate(postings):
        if posting.id is None:
            continue
        if posting.id not in known:
            raise PostingUnknown.at(f"/postings/{place}/id")
        known.discard(posting.id)
