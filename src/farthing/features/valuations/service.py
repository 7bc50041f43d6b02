"""What can be done about the worth of accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountClosed
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.errors import ValuationIdTaken
from farthing.features.journal.service import JournalService
from farthing.features.valuations.errors import (
    AccountNotValued,
    AccountWithoutCurrency,
    ValuationNotFound,
    ValuationsTooMany,
)
from farthing.features.valuations.repository import ValuationRepository
from farthing.features.valuations.schemas import ValuationCreate, ValuationQuery, ValuationUpdate
from farthing.kit import ids
from farthing.kit.pages import Page
from farthing.ledger.accounts import AccountKind, AccountType, SystemRole

MAX_VALUATIONS = 5000


class ValuationService:
    """Says what accounts are worth."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.valuations = ValuationRepository(work)
        self.accounts = AccountService(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)

    async def get(self, account_id: UUID, valuation_id: UUID) -> Row:
        """A valuation of an account.

        Raises:
            ValuationNotFound: the account has none such.
        """
        valuation = await self.valuations.get(account_id, valuation_id)
        if valuation is None:
            raise ValuationNotFound
        self.work.shows(valuation["revision"])
        return valuation

    async def find(self, account_id: UUID, wanted: ValuationQuery) -> Page[Row]:
        """A page of an account's valuations, newest first.

        Raises:
            AccountNotFound: the book has no such account.
            CursorMalformed: the cursor isn't this list's.
        """
        await self.accounts.get(account_id)
        self.work.shown = None  # the answer is more than the account's own record
        return await self.valuations.find(account_id, wanted)

    async def create(
        self,
        account_id: UUID,
        wanted: ValuationCreate,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
    ) -> Row:
        """Value an account: book what it takes for it to hold that at the end of the day.

        Args:
            account_id: which.
            wanted: how much it is worth, and when.
            override_lock: whether to do it in the locked period too, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            AccountNotFound: the book has no such account.
            AccountNotValued, AccountWithoutCurrency, AccountClosed: it can't be valued.
            ValuationExists: it was valued for that day before.
            ValuationIdTaken: the book has, or had, a record with the id that the client chose.
            ValuationsTooMany: the account has as many as it can.
            AmountTooFine, AmountTooLarge: the amount doesn't fit its currency.
            PeriodLocked: the day is in the locked period.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override what is asked to be overridden.
        """
        self.journal.override(lock=override_lock, checkpoints=override_checkpoints)
        account = await self.accounts.get(account_id)
        _check_valued(account)
        currencies = await self.currencies.look_up([account["currency"]])
        amount = currencies.settle(wanted.amount, account["currency"], pointer="/amount")
        if wanted.id and await self.valuations.existed(wanted.id):
            raise ValuationIdTaken
        if await self.valuations.count(account_id) >= MAX_VALUATIONS:
            raise ValuationsTooMany
        against = await self.accounts.system(SystemRole.REVALUATION)
        valuation_id, day = wanted.id or ids.new_id(), wanted.date or self.work.today()
        await self.journal.value(
            {
                "id": valuation_id,
                "account_id": account_id,
                "date": day,
                "amount": amount,
                "currency": account["currency"],
                "note": wanted.note or None,
            },
            against=against["id"],
        )
        self.work.tell(f"Valued the account {account['full_name']} for {day}.")
        return await self.get(account_id, valuation_id)

    async def change(
        self,
        account_id: UUID,
        valuation_id: UUID,
        changes: ValuationUpdate,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
    ) -> Row:
        """Change what an account is said to be worth on a day, or the note about it.

        Args:
            account_id: which.
            valuation_id: which of its valuations.
            changes: what changes.
            override_lock: whether to do it in the locked period too, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            ValuationNotFound: the account has none such.
            RevisionStale: the caller's picture of it is out of date.
            AccountClosed: the account was closed since.
            AmountTooFine, AmountTooLarge: the amount doesn't fit its currency.
            PeriodLocked: the day is in the locked period.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override what is asked to be overridden.
        """
        self.journal.override(lock=override_lock, checkpoints=override_checkpoints)
        valuation, account = await self._expected(account_id, valuation_id)
        given: dict[str, Any] = {}
        if "amount" in changes.model_fields_set:
            currencies = await self.currencies.look_up([valuation["currency"]])
            given["amount"] = currencies.settle(changes.amount, valuation["currency"], pointer="/amount")
        if "note" in changes.model_fields_set:
            given["note"] = changes.note or None
        values = {name: value for name, value in given.items() if value != valuation[name]}
        if not values:
            return valuation
        await self.journal.change_valuation(valuation, values)
        self.work.tell(f"Changed the valuation of the account {account['full_name']} for {valuation['date']}.")
        return await self.get(account_id, valuation_id)

    async def delete(
        self,
        account_id: UUID,
        valuation_id: UUID,
        *,
        override_lock: bool = False,
        override_checkpoints: bool = False,
    ) -> None:
        """Delete a valuation, and what it booked.

        Args:
            account_id: which.
            valuation_id: which of its valuations.
            override_lock: whether to do it in the locked period too, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            ValuationNotFound: the account has none such.
            RevisionStale: the caller's picture of it is out of date.
            AccountClosed: the account was closed since.
            AmountTooLarge: the next valuation would have to book more than can be kept.
            PeriodLocked: the day is in the locked period.
            CheckpointBroken: a checkpoint would not hold any more.
            PermissionMissing: the member may not override what is asked to be overridden.
        """
        self.journal.override(lock=override_lock, checkpoints=override_checkpoints)
        valuation, account = await self._expected(account_id, valuation_id)
        self.work.shown = None
        await self.journal.delete_valuation(valuation)
        self.work.tell(f"Deleted the valuation of the account {account['full_name']} for {valuation['date']}.")

    async def _expected(self, account_id: UUID, valuation_id: UUID) -> tuple[Row, Row]:
        """A valuation that the caller has seen, and its account, which is open."""
        valuation = await self.get(account_id, valuation_id)
        self.work.expect(valuation["revision"])
        (account,) = await self.accounts.chart([account_id])
        if account["closed_on"]:
            raise AccountClosed(account=account["full_name"])
        return valuation, account


def _check_valued(account: Row) -> None:
    type_ = AccountType(account["type"]) if account["type"] else None
    if account["kind"] != AccountKind.ASSET or type_ is None or not type_.is_valued:
        raise AccountNotValued(type=f"the type {type_.value}" if type_ else "no type")
    if account["currency"] is None:
        raise AccountWithoutCurrency
    if account["closed_on"]:
        raise AccountClosed(account=account["full_name"])
