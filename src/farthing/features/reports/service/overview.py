"""The overview of a month or a year: what came in and went out, what is held, and on what most was spent."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from typing import Any

from farthing.core.permissions import PermissionMissing, ScopeMissing
from farthing.core.work import Work
from farthing.features.books.service import BookService
from farthing.features.reports.schemas import Compare, OverviewQuery, SpendingBy, SpendingQuery, StatementQuery
from farthing.features.reports.service.amounts import share
from farthing.features.reports.service.layouts import BALANCE_SHEET, INCOME_STATEMENT
from farthing.features.reports.service.spending import SpendingService
from farthing.features.reports.service.statement import StatementService
from farthing.ledger.periods import MONTHS, Interval, Period, month_end, month_of, months_before

LARGEST = 10


class OverviewService:
    """Draws up overviews."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.books = BookService(work)
        self.statements = StatementService(work)
        self.spending = SpendingService(work)

    async def draw_up(self, wanted: OverviewQuery) -> dict[str, Any]:
        """What there is to say of a month or a year.

        Raises:
            CurrencyUnknown: there is no such currency as it is to be told in.
        """
        period = _period(wanted.period, self.work.today())
        days: dict[str, Any] = {"date_from": period.first, "date_to": period.last}
        told: dict[str, Any] = {"currency": wanted.currency, "valued": wanted.valued}
        year = max(months_before(month_of(period.last), MONTHS - 1), dt.date(1600, 1, 1))
        book = await self.books.get()
        compared = StatementQuery(**days, **told, depth=wanted.depth, compare=Compare.PREVIOUS)
        earned = await self.statements.draw_up(INCOME_STATEMENT, compared)
        held = await self.statements.draw_up(BALANCE_SHEET, compared)
        months = StatementQuery(date_from=year, date_to=period.last, **told, interval=Interval.MONTH, depth=1)
        payees = None
        with contextlib.suppress(PermissionMissing, ScopeMissing):
            payees = await self.spending.draw_up(SpendingQuery(**days, **told, by=SpendingBy.PAYEE, top=LARGEST))
        return {
            "report": "overview",
            "book": book["name"],
            "currency": earned["currency"] or self.work.opened.currency,
            **days,
            "income_statement": earned,
            "balance_sheet": held,
            "saved": share(_sums(earned["net_total"]), _sums(earned["sections"][0]["total"])),
            "months": await self.statements.draw_up(INCOME_STATEMENT, months),
            "categories": await self.spending.draw_up(SpendingQuery(**days, **told, by=SpendingBy.CATEGORY, depth=1)),
            "payees": payees,
        }


def _period(text: str | None, today: dt.date) -> Period:
    """The year or the month that is asked for; this year, if none is."""
    if text is None:
        text = f"{today.year:04}"
    if "-" in text:
        first = dt.date.fromisoformat(f"{text}-01")
        return Period(first, month_end(first))
    year = int(text)
    return Period(dt.date(year, 1, 1), dt.date(year, MONTHS, 31))


def _sums(amounts: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {each["currency"]: each["amount"] for each in amounts}
