"""The register of an account as a report: what moved on it in a range of days, with the balance after each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.service import JournalService
from farthing.features.reports.errors import PeriodsUnfit, ReportTooLarge
from farthing.features.reports.schemas import RegisterReportQuery
from farthing.features.reports.service.amounts import money
from farthing.features.reports.service.figures import Sums, minus
from farthing.features.transactions.schemas import RegisterQuery
from farthing.features.transactions.service.find import FindService
from farthing.kit.wire import FIRST_DAY

MOST_LINES = 5000


class RegisterService:
    """Draws up registers."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountService(work)
        self.finding = FindService(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(self, wanted: RegisterReportQuery) -> dict[str, Any]:
        """What moved on an account, oldest first.

        Raises:
            AccountUnknown: the book has no such account.
            PeriodsUnfit: the range is turned round.
            ReportTooLarge: more moved than one register shows.
            RevisionUnknown: the book hasn't come that far.
        """
        last = wanted.date_to or self.work.today()
        first = wanted.date_from or last.replace(day=1)
        if first > last:
            raise PeriodsUnfit.in_parameter("date_from", problem="it begins after it ends")
        known_at = await self.accounts.stood_at(wanted.known_at)
        reference = Reference(wanted.account, "account", is_parameter=True)
        account_id, *_ = await self.accounts.resolve_tree(reference, known_at)
        (account,) = await self.accounts.chart([account_id], known_at)
        asked = RegisterQuery.model_construct(
            date_from=first, date_to=last, known_at=known_at, limit=MOST_LINES, cursor=None
        )
        page = await self.finding.register(account_id, asked)
        if page.next_cursor is not None:
            raise ReportTooLarge.in_parameter(
                "date_from", what=f"more than {MOST_LINES:,} lines", most=f"{MOST_LINES:,}"
            )
        opening = await self._held(account, first, known_at)
        closing = await self._held(account, last + dt.timedelta(days=1), known_at)
        currencies = await self.currencies.look_up({*opening, *closing})
        return {
            "report": "register",
            "account_id": account_id,
            "account": account["full_name"],
            "date_from": first,
            "date_to": last,
            "opening": money(opening, currencies),
            "lines": list(reversed(page.data)),
            "moved": money(minus(closing, opening), currencies),
            "closing": money(closing, currencies),
        }

    async def _held(self, account: Any, day: dt.date, known_at: int | None) -> Sums:
        """What the account held as a day began."""
        if day <= FIRST_DAY:
            return {}
        until = day - dt.timedelta(days=1)
        held = await self.journal.balances(until=until, account_ids=[account["id"]], known_at=known_at)
        found: dict[str, Decimal] = {}
        for balance in held:
            found[balance.currency] = found.get(balance.currency, Decimal(0)) + balance.amount
        return found
