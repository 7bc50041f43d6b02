"""What can be asked of the books as a whole."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any

from farthing.core.work import Work
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import TrialBalanceQuery


class ReportService:
    """Reports on a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)

    async def trial_balance(self, wanted: TrialBalanceQuery) -> dict[str, Any]:
        """What every account holds at the end of a day. Accounts that hold nothing are left out."""
        day = wanted.date or self.work.today()
        rows = await self.reports.balances(day)
        totals: dict[str, Decimal] = {}
        for row in rows:
            totals[row["currency"]] = totals.get(row["currency"], Decimal(0)) + row["amount"]
        lines = [
            {
                "account_id": account_id,
                "account": name,
                "kind": kind,
                "balances": [{"amount": row["amount"], "currency": row["currency"]} for row in group],
            }
            for (account_id, name, kind), group in groupby(
                (row for row in rows if row["amount"]),
                key=lambda row: (row["account_id"], row["full_name"], row["kind"]),
            )
        ]
        return {
            "date": day,
            "data": lines,
            "totals": [{"amount": amount, "currency": currency} for currency, amount in sorted(totals.items())],
        }
