"""The trial balance: what every account holds, which sums to zero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.service import JournalService
from farthing.features.reports.schemas import TrialBalanceQuery


class TrialBalanceService:
    """Draws up trial balances."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(self, wanted: TrialBalanceQuery) -> dict[str, Any]:
        """What every account holds at the end of a day. Accounts that hold nothing are left out."""
        day = wanted.date or self.work.today()
        known_at = await self.accounts.stood_at(wanted.known_at)
        held = await self.journal.balances(until=day, known_at=known_at)
        currencies = await self.currencies.look_up({balance.currency for balance in held})
        totals: dict[str, Decimal] = {}
        lines: dict[UUID, list[dict[str, Any]]] = {}
        for balance in held:
            totals[balance.currency] = totals.get(balance.currency, Decimal(0)) + balance.amount
            if balance.amount:
                lines.setdefault(balance.account_id, []).append(
                    {"amount": currencies.show(balance.amount, balance.currency), "currency": balance.currency}
                )
        return {
            "date": day,
            "data": [
                {
                    "account_id": account["id"],
                    "account": account["full_name"],
                    "kind": account["kind"],
                    "balances": lines[account["id"]],
                }
                for account in await self.accounts.chart(list(lines), known_at)
            ],
            "totals": [
                {"amount": currencies.show(amount, currency), "currency": currency}
                for currency, amount in sorted(totals.items())
            ],
        }
