"""Reviewing accounts: whether what holds for every account holds for some that were put back as they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import (
    AccountClosed,
    AccountMisplaced,
    AccountValued,
    CurrencyUsed,
    OpeningTwice,
)
from farthing.features.accounts.repository import AccountRepository
from farthing.features.accounts.service.find import AccountService
from farthing.features.accounts.service.rules import keeps_worth
from farthing.features.journal.service import JournalService


class ReviewService:
    """Holds accounts to the rules, whatever was written."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountRepository(work)
        self.chart = AccountService(work)
        self.journal = JournalService(work)

    async def review(self, account_ids: Collection[UUID]) -> None:
        """Look at accounts as they are now, within the work.

        Raises:
            AccountMisplaced: one doesn't stand where its name says.
            AccountClosed: a closed one holds something, or was posted to after it was closed.
            CurrencyUsed: one that is kept in one currency was posted to in another.
            OpeningTwice: one has two opening balances.
            AccountValued: one has valuations that fit neither its type nor no currency.
        """
        if not account_ids:
            return
        misplaced = await self.accounts.misplaced()
        if misplaced:
            raise AccountMisplaced(account=misplaced)
        held: defaultdict[UUID, dict[str, Decimal]] = defaultdict(dict)
        for balance in await self.journal.balances(list(account_ids)):
            held[balance.account_id][balance.currency] = balance.amount
        valued = await self.journal.valued(list(account_ids))
        for account in await self.chart.chart(list(account_ids)):
            sums = held[account["id"]]
            await self._review_closing(account, sums)
            others = sorted(currency for currency in sums if account["currency"] not in {None, currency})
            if others:
                raise CurrencyUsed(currencies=", ".join(others))
            if account["id"] in valued and not keeps_worth(account["type"], account["currency"]):
                raise AccountValued
        twice = await self.journal.opened_twice(list(account_ids))
        for account in await self.chart.chart(twice):
            if not account["role"]:
                raise OpeningTwice(account=account["full_name"])

    async def _review_closing(self, account: Row, held: Mapping[str, Decimal]) -> None:
        if account["closed_on"]:
            last = await self.journal.last_day(account["id"])
            if any(held.values()) or (last and last > account["closed_on"]):
                raise AccountClosed(account=account["full_name"])
