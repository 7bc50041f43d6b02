"""Reconciling an account with a bank's statement."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.bounds import RECONCILED_AT_ONCE
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.checkpoints.errors import (
    CheckpointExists,
    PostingUnfit,
    ReconciliationDiffers,
    ReconciliationIdTaken,
    ReconciliationTooLarge,
    SelectionUnclear,
)
from farthing.features.checkpoints.repository import CheckpointRepository, ReconciliationRepository
from farthing.features.checkpoints.schemas import ReconciliationCreate
from farthing.features.checkpoints.service.state import StateService, currency_of
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.models import CheckpointOrigin, PostingStatus
from farthing.features.journal.service import JournalService
from farthing.kit import clock, ids
from farthing.ledger.reconciling import leave_out


class ReconcileService:
    """Reconciles accounts."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.stating = StateService(work)
        self.checkpoints = CheckpointRepository(work)
        self.reconciliations = ReconciliationRepository(work)

    async def reconcile(
        self,
        account_id: UUID,
        wanted: ReconciliationCreate,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
    ) -> dict[str, Any]:
        """Reconcile an account with a statement; answers what it leaves out, too.

        The postings that the statement has become reconciled; what was cleared by its day and isn't on it becomes
        pending. So what counts on that day is just what the bank has, and a checkpoint says so. What was pending at an
        earlier checkpoint, and reached the bank since, is outstanding there.

        Args:
            account_id: which account.
            wanted: the statement, and what it has.
            override_lock: whether postings in the locked period may be marked, if the member may do that.
            override_checkpoints: whether other checkpoints may break by it.

        Raises:
            AccountNotFound: the book has no such account.
            CurrencyMismatch, AmountTooFine, AmountTooLarge: the balance doesn't fit the account.
            SelectionUnclear: nothing is ticked and it isn't automatic, or both.
            PostingUnfit: what is ticked can't be on this statement.
            ReconciliationDiffers: it doesn't come to the statement's balance.
            ReconciliationTooLarge: too much isn't reconciled yet.
            ReconciliationIdTaken: the book has, or had, one with the id that the client chose.
            CheckpointExists: another amount is stated of that day.
            PeriodLocked, CheckpointBroken: as :meth:`JournalService.mark` says.
            PermissionMissing: the member may not override that.
        """
        if wanted.automatic == bool(wanted.postings or wanted.transactions):
            raise SelectionUnclear.at("/automatic")
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        if wanted.id and await self.checkpoints.was(wanted.id):
            raise ReconciliationIdTaken
        account = await self.accounts.get(account_id)
        self.work.shown = None  # the answer is another than the account's own record
        currency = currency_of(account, wanted.currency, self.work.opened.currency)
        currencies = await CurrencyService(self.work).look_up([currency])
        balance = currencies.settle(wanted.balance, currency, pointer="/balance")
        stated = await self.checkpoints.at(account_id, currency, wanted.date)
        if stated and stated["amount"] != balance:
            raise CheckpointExists
        found = await self.reconciliations.open_postings(account_id, currency, wanted.date, RECONCILED_AT_ONCE + 1)
        if len(found) > RECONCILED_AT_ONCE:
            raise ReconciliationTooLarge(most=RECONCILED_AT_ONCE)
        # What a later statement had of that day counts there by now.
        due = balance + (stated["outstanding"] if stated else 0)
        before = await self.reconciliations.reconciled(account_id, currency, wanted.date)
        taken = _automatic(found, before - due) if wanted.automatic else _ticked(found, wanted)
        total = before + sum(posting["amount"] for posting in taken)
        if total != due:
            raise ReconciliationDiffers(
                currency=currency,
                balance=currencies.write(due, currency),
                total=currencies.write(total, currency),
                difference=currencies.write(due - total, currency),
            )
        taken_ids = {posting["id"] for posting in taken}
        left_out = [
            posting
            for posting in found
            if posting["status"] == PostingStatus.CLEARED and posting["id"] not in taken_ids
        ]
        late = [(each["date"], each["amount"]) for each in taken if each["status"] == PostingStatus.PENDING]
        await self.stating.carry(account_id, currency, late, reached_on=wanted.date)
        await self._mark(taken, left_out)
        if stated is None:
            stated = await self.stating.note(
                account_id, currency, wanted.date, balance, origin=CheckpointOrigin.STATEMENT
            )
        reconciliation = await self._write_down(wanted, account_id, currency, balance, stated["id"], len(taken))
        self.work.tell(f"Reconciled {account['full_name']} with its statement of {wanted.date}.")
        return {**reconciliation, "left_out": left_out}

    async def _mark(self, taken: Sequence[Row], left_out: Sequence[Row]) -> None:
        statuses = {posting["id"]: PostingStatus.RECONCILED for posting in taken}
        statuses |= {posting["id"]: PostingStatus.PENDING for posting in left_out}
        if statuses:
            transaction_ids = dict.fromkeys(posting["transaction_id"] for posting in (*taken, *left_out))
            await self.journal.mark(list(transaction_ids), statuses)

    async def _write_down(
        self,
        wanted: ReconciliationCreate,
        account_id: UUID,
        currency: str,
        balance: Decimal,
        checkpoint_id: UUID,
        postings: int,
    ) -> dict[str, Any]:
        at = clock.now()
        reconciliation_id = wanted.id or ids.new_id()
        values = {
            "id": reconciliation_id,
            "account_id": account_id,
            "currency": currency,
            "date": wanted.date,
            "balance": balance,
            "checkpoint_id": checkpoint_id,
            "postings": postings,
            "created_revision": self.work.revision,
            "revision": self.work.revision,
            "created_at": at,
            "changed_at": at,
        }
        await self.reconciliations.add(values)
        self.work.created("reconciliation", reconciliation_id)
        self.work.shows(self.work.revision)
        return values


def _ticked(found: Sequence[Row], wanted: ReconciliationCreate) -> list[Row]:
    """What is ticked, by itself or with its transaction.

    Raises:
        PostingUnfit: it can't be on this statement.
    """
    by_id = {posting["id"]: posting for posting in found}
    touched = {posting["transaction_id"] for posting in found}
    for name, ticked, known in (
        ("postings", wanted.postings, by_id.keys()),
        ("transactions", wanted.transactions, touched),
    ):
        for place, each in enumerate(ticked):
            if each not in known:
                raise PostingUnfit.at(f"/{name}/{place}")
    postings, transactions = set(wanted.postings), set(wanted.transactions)
    return [each for each in found if each["id"] in postings or each["transaction_id"] in transactions]


def _automatic(found: Sequence[Row], before: Decimal) -> list[Row]:
    """All that is cleared, but for the few that the statement leaves out; all, where it can't be told which.

    Args:
        found: what isn't reconciled yet, the newest first.
        before: what was reconciled before, less what there is to be.
    """
    cleared = [posting for posting in found if posting["status"] == PostingStatus.CLEARED]
    amounts = [posting["amount"] for posting in cleared]
    places = leave_out(amounts, before + sum(amounts)) or ()
    return [posting for place, posting in enumerate(cleared) if place not in places]
