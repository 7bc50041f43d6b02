"""What members see of insights, and make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.insights.errors import RecurringPaymentNotFound, SnoozeUnfit
from farthing.features.insights.models import InsightState
from farthing.features.insights.repository import InsightRepository
from farthing.features.insights.schemas import ForecastQuery, InsightQuery, InsightUpdate, RecurringQuery
from farthing.kit import clock
from farthing.kit.pages import Page

MAX_SNOOZE_DAYS = 366


@dataclass(frozen=True, slots=True)
class AsOf(Page[Any]):
    """A page, and what it was worked out from."""

    as_of: dict[str, Any] | None


class InsightService:
    """Insights of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.insights = InsightRepository(work)
        self.accounts = AccountService(work)

    async def get(self, insight_id: UUID) -> Row:
        """An insight.

        Raises:
            InsightNotFound: the book has none such, or it isn't so any more.
        """
        return await self.insights.get(insight_id, self.work.today())

    async def find(self, wanted: InsightQuery) -> AsOf:
        """A page of insights, the newest first."""
        page = await self.insights.find(wanted, self.work.today())
        return AsOf(list(page.data), page.next_cursor, await self._as_of())

    async def change(self, insight_id: UUID, wanted: InsightUpdate) -> Row:
        """Say what to make of an insight. It takes no revision.

        Raises:
            InsightNotFound: the book has none such, or it isn't so any more.
            SnoozeUnfit: it is to be snoozed until no day, or until one that has come or is far away.
        """
        today = self.work.today()
        until = wanted.snoozed_until
        if (until is not None) != (wanted.state is InsightState.SNOOZED):
            raise SnoozeUnfit.at("/snoozed_until")
        if until is not None and not today < until <= today + dt.timedelta(days=MAX_SNOOZE_DAYS):
            raise SnoozeUnfit.at("/snoozed_until")
        insight = await self.insights.get(insight_id, today, lock=True)
        if (insight["state"], insight["snoozed_until"]) == (wanted.state, until):
            return insight
        await self.insights.change(
            insight_id,
            {
                "state": wanted.state.value,
                "snoozed_until": until,
                "changed_at": clock.now(),
                "changed_by": self.work.person_id,
            },
        )
        return await self.get(insight_id)

    async def recurring(self, wanted: RecurringQuery) -> AsOf:
        """A page of recurring payments, the next to come first."""
        page: Page[Row] = await self.insights.recurring(wanted)
        names = await self._names()
        return AsOf([_named(row, names) for row in page.data], page.next_cursor, await self._as_of())

    async def get_recurring(self, payment_id: UUID) -> dict[str, Any]:
        """A recurring payment.

        Raises:
            RecurringPaymentNotFound: the book has none such.
        """
        row = await self.insights.one_recurring(payment_id)
        if row is None:
            raise RecurringPaymentNotFound
        return _named(row, await self._names())

    async def forecast(self, wanted: ForecastQuery) -> dict[str, Any]:
        """What an account, or all of them together, is going to hold.

        Raises:
            AccountUnknown: the book has no such account.
        """
        account_id: UUID | None = None
        if wanted.account is not None:
            (account,) = await self.accounts.resolve([Reference(wanted.account, "account", is_parameter=True)])
            account_id = account["id"]
        rows = await self.insights.forecasts(account_id)
        names = await self._names()
        return {
            "as_of": await self._as_of(),
            "data": [{**row, "account": names.get(row["account_id"])} for row in rows],
            "accounts": [
                {**row, "account": names.get(row["account_id"])} for row in await self.insights.forecast_accounts()
            ],
        }

    async def _names(self) -> dict[UUID | None, str]:
        return {account["id"]: account["full_name"] for account in await self.accounts.whole_chart()}

    async def _as_of(self) -> dict[str, Any] | None:
        analysis = await self.insights.analysis()
        if analysis is None:
            return None
        is_stale = analysis["revision"] != self.work.opened.revision or analysis["made_on"] != self.work.today()
        return {**analysis, "date": analysis["day"], "stale": is_stale}


def _named(row: Row, names: Mapping[UUID | None, str]) -> dict[str, Any]:
    return {**row, "account": names.get(row["account_id"]), "category": names.get(row["category_id"])}
