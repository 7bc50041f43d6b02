"""Statements: accounts in rows, periods in columns. Balance sheet, income statement, cash flow and net worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.models import PostingStatus
from farthing.features.reports.errors import PeriodsUnfit
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import Compare, StatementQuery
from farthing.features.reports.service.figures import Figures, Sums
from farthing.features.reports.service.layouts import Layout
from farthing.features.reports.service.sheet import Chart, Sheet
from farthing.ledger.accounts import AccountKind
from farthing.ledger.periods import MOST_PERIODS, Period, PeriodsTooMany, before, cut, year_before

EARLIER: Mapping[Compare, Callable[[Period], Period]] = {Compare.PREVIOUS: before, Compare.YEAR: year_before}


class StatementService:
    """Draws up statements."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(
        self, layout: Layout, wanted: StatementQuery, *, status: PostingStatus | None = None
    ) -> dict[str, Any]:
        """A statement of a book, or of those of its postings that have a status.

        Raises:
            PeriodsUnfit: the range is turned round, or holds too many periods.
            AccountUnknown: the book has no account that the range is narrowed to.
            RevisionUnknown: the book hasn't come that far.
        """
        periods = await self.periods(layout, wanted)
        known_at = await self.accounts.stood_at(wanted.known_at)
        chart = await self.accounts.whole_chart(known_at)
        figures = await self.figures(layout, periods, chart, known_at, status)
        compared: Figures | None = None
        others: tuple[Period, ...] = ()
        if wanted.compare is not Compare.NONE:
            others = tuple(map(EARLIER[wanted.compare], periods))
            compared = await self._apart(layout, others, chart, known_at, status)
        codes = figures.currencies | (compared.currencies if compared else set())
        currencies = await self.currencies.look_up({self.work.opened.currency, *codes})
        sheet = Sheet(layout, wanted, status, periods, chart, figures, currencies, self.work.book_id)
        if compared is not None:
            sheet.compare_with(others, compared)
        return sheet.shown()

    async def periods(self, layout: Layout, wanted: StatementQuery) -> tuple[Period, ...]:
        """The columns: of a balance sheet a day unless more is asked for, else the fiscal year so far.

        Raises:
            PeriodsUnfit: the range is turned round, or holds too many periods.
        """
        calendar = await self.reports.calendar()
        last = wanted.date_to or self.work.today()
        first = wanted.date_from
        if first is None:
            first = last if layout.cumulative else calendar.fiscal_year_of(last)
        if first > last:
            raise PeriodsUnfit.in_parameter("date_from", problem="it begins after it ends")
        try:
            return cut(first, last, wanted.interval, calendar)
        except PeriodsTooMany:
            raise PeriodsUnfit.in_parameter("interval", problem=f"it holds more than {MOST_PERIODS} periods") from None

    async def figures(
        self,
        layout: Layout,
        periods: Sequence[Period],
        chart: Chart,
        known_at: int | None,
        status: PostingStatus | None,
    ) -> Figures:
        """What was posted in consecutive periods, or held at their ends, added up along the chart."""
        kinds = frozenset[AccountKind]().union(*(section.kinds for section in layout.sections))
        account_ids = [account["id"] for account in chart if AccountKind(account["kind"]) in kinds]
        rows = await self.reports.sums(
            periods,
            with_earlier=layout.cumulative,
            account_ids=account_ids,
            statuses=None if status is None else [status],
            known_at=known_at,
        )
        return Figures.of_rows(rows, len(periods), cumulative=layout.cumulative)

    async def _apart(
        self,
        layout: Layout,
        periods: Sequence[Period],
        chart: Chart,
        known_at: int | None,
        status: PostingStatus | None,
    ) -> Figures:
        """The figures of periods that needn't follow each other."""
        if all(one.last < other.first and (other.first - one.last).days == 1 for one, other in pairwise(periods)):
            return await self.figures(layout, periods, chart, known_at, status)
        each = [await self.figures(layout, [period], chart, known_at, status) for period in periods]
        ids = {account_id for figures in each for account_id in figures.of_accounts}
        none: Sequence[Sums] = ({},)
        return Figures(len(periods), {id_: [one.of_accounts.get(id_, none)[0] for one in each] for id_ in ids})
