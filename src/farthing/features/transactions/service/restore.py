"""Bringing deleted transactions back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import CurrencyMismatch
from farthing.features.accounts.service.find import AccountService, check_postable
from farthing.features.changes.service import ChangeService
from farthing.features.currencies.errors import CurrencyChanged
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import StruckTransaction, WrittenPosting, WrittenTransaction
from farthing.features.journal.models import TransactionKind
from farthing.features.journal.service import JournalService
from farthing.features.payees.service.find import NamedPayees, PayeeService
from farthing.features.tags.service.find import TagService
from farthing.features.transactions.errors import AccountCurrencyChanged, OpeningBooked, TransactionMerged
from farthing.features.transactions.showing import Shown, show_written
from farthing.ledger.accounts import SystemRole
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge, CurrencyUnknown


class RestoreService:
    """Writes down again what was deleted, from what the history has of it."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.changes = ChangeService(work)
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.payees = PayeeService(work)
        self.tags = TagService(work)

    async def restore(
        self, transaction_id: UUID, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> Shown:
        """Bring a deleted transaction back as it was: its ids, its place in the day, all that it said.

        Its accounts must take it as they would a new one. If its payee is gone, the words it was written with say whose
        it is: they find whom its payee was merged into, or make a new one. Tags that were deleted since are left out,
        and the log says so. The entity tag that a caller may expect is its deletion's.

        Args:
            transaction_id: which one.
            override_lock: whether it may be dated in the locked period, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            TransactionNotFound: the book never had one such.
            TransactionNotDeleted: it is there.
            TransactionMerged: it is a part of another one now.
            TransactionIsValuation: it is what a valuation booked.
            PeriodLocked: it is dated in the locked period.
            PermissionMissing: the member may not override the lock, or checkpoints.
            CheckpointBroken: a checkpoint would not hold any more.
            RevisionStale: it was deleted at another revision than the caller saw.
            AccountClosed: it stood on an account that was closed since.
            AccountCurrencyChanged: it stood on an account that is kept in another currency since.
            CurrencyChanged: it is in a currency of the book's own that is gone since, or has fewer digits.
            OpeningBooked: it is an opening balance, and its account has another one since.
            PostingIdTaken: another transaction was given the id of one of its postings since.
            AlreadyReversed: it is a reversal, and what it reverses has another one since.
            ReversedMissing: it is a reversal, and what it reverses is deleted.
        """
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        struck = await self.journal.struck(transaction_id)
        self.work.expect(struck.revision)
        await self._check_merged(struck)
        await self.journal.check_free(struck.written)
        accounts = await postable_accounts(self.accounts, struck.written.postings)
        written = replace(struck.written, postings=await self._settled(struck.written.postings))
        struck = replace(struck, written=written)
        await self._check_opening(struck.written, accounts)
        payees, payee_id = await self._payee(struck.written)
        names = await self.tags.names(struck.written.tags)
        kept = tuple(tag_id for tag_id in struck.written.tags if tag_id in names)
        lost = len(struck.written.tags) - len(kept)
        struck = replace(struck, written=replace(struck.written, payee_id=payee_id, tags=kept))
        written = await self.journal.restore(struck)
        self.work.tell("Restored a transaction.")
        if lost:
            self.work.remark(f"Tags that it had and the book hasn't any more: {lost}.", lost_tags=lost)
        # Nothing can have been renamed after what was just written: its own revision is the answer's.
        self.work.shows(written.revision)
        return show_written(written, accounts, payees.by_id, names)

    async def _check_merged(self, struck: StruckTransaction) -> None:
        """What was merged into another one is in that: beside it, it would count double."""
        if struck.revision == self.work.revision:
            return  # this very work took it out, and merges nothing
        facts = await self.changes.facts(struck.revision)
        if facts.get("merged") == str(struck.written.id):
            raise TransactionMerged(kept=facts["kept"], revision=struck.revision)

    async def _payee(self, written: WrittenTransaction) -> tuple[NamedPayees, UUID | None]:
        if written.payee is None:
            return NamedPayees(), None
        payees = await self.payees.look_up([written.payee], [written.payee_id] if written.payee_id else [])
        if written.payee_id in payees.by_id:
            return payees, written.payee_id
        payee = payees.called(written.payee)
        left_out = await self.payees.make(payees, [payee.id])
        return payees, None if left_out else payee.id

    async def _settled(self, postings: Sequence[WrittenPosting]) -> tuple[WrittenPosting, ...]:
        """Postings at the precision that their currencies have by now."""
        noted = [note.currency for posting in postings for note in (posting.price, posting.cost) if note]
        currencies = await self.currencies.look_up([*(posting.currency for posting in postings), *noted])
        for code in noted:
            if currencies.find(code) is None:
                raise CurrencyChanged(currency=code)
        settled = []
        for posting in postings:
            try:
                amount = currencies.settle(posting.amount, posting.currency, pointer="")
            except (CurrencyUnknown, AmountTooFine, AmountTooLarge):
                raise CurrencyChanged(currency=posting.currency) from None
            settled.append(replace(posting, amount=amount))
        return tuple(settled)

    async def _check_opening(self, written: WrittenTransaction, accounts: dict[UUID, Row]) -> None:
        """A statement that came in meanwhile may have opened the account anew: two openings would count double."""
        if written.kind is not TransactionKind.OPENING:
            return
        for account_id, account in accounts.items():
            if account["role"] != SystemRole.OPENING_BALANCES and await self.journal.has_opening(account_id):
                raise OpeningBooked(account=account["full_name"])


async def postable_accounts(chart: AccountService, postings: Sequence[WrittenPosting]) -> dict[UUID, Row]:
    """The accounts of postings, all of which take them. No field of the request is to blame if one doesn't.

    Raises:
        AccountClosed: one is closed.
        AccountCurrencyChanged: one is kept in another currency by now.
    """
    found = await chart.chart([posting.account_id for posting in postings])
    accounts = {account["id"]: account for account in found}
    for posting in postings:
        account = accounts[posting.account_id]
        try:
            check_postable(account, posting.currency, pointer="")
        except CurrencyMismatch:
            raise AccountCurrencyChanged(account=account["full_name"], currency=account["currency"]) from None
    return accounts
