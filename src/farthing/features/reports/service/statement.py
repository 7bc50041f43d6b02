"""Statements: accounts in rows, periods in columns. Balance sheet, income statement, cash flow and net worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.models import PostingStatus
from farthing.features.reports.errors import PeriodsUnfit
from farthing.features.reports.line_scope import Grouping, Scope, Where
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import Compare, StatementQuery
from farthing.features.reports.service.account_sums import AccountSums, AccountSumService
from farthing.features.reports.service.conversion import Conversion, Notes, Worths, parts_of, risen
from farthing.features.reports.service.figures import Figures, Sums
from farthing.features.reports.service.layouts import Layout
from farthing.features.reports.service.sheet import Chart, Sheet
from farthing.features.reports.service.valuing import ValuingService, check_known
from farthing.features.reports.valued_schemas import Valued
from farthing.ledger.periods import MOST_PERIODS, Period, PeriodsTooMany, before, cut, year_before

EARLIER: Mapping[Compare, Callable[[Period], Period]] = {Compare.PREVIOUS: before, Compare.YEAR: year_before}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the figures of a statement are to be, whatever the periods."""

    layout: Layout
    chart: Chart
    conversion: Conversion | None
    status: PostingStatus | None
    known_at: int | None
    net_of_refunds: bool = False

    @property
    def sections(self) -> list[list[UUID]]:
        """The accounts of each section."""
        return [[account["id"] for account in self.chart if section.has(account)] for section in self.layout.sections]

    @property
    def account_ids(self) -> list[UUID]:
        """Those of all sections."""
        return [account_id for section in self.sections for account_id in section]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Figures as they are shown; what they rest on, where they were converted; and what refunds move."""

    figures: Figures
    worths: Worths | None
    moved: Figures | None

    @property
    def currencies(self) -> set[str]:
        """All that a figure is in, or was."""
        converted = (each.parts for own in (self.worths or {}).values() for each in own)
        return self.figures.currencies.union(*converted, self.moved.currencies if self.moved else ())


class StatementService:
    """Draws up statements."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.adding = AccountSumService(work)
        self.valuing = ValuingService(work)

    async def draw_up(
        self,
        layout: Layout,
        wanted: StatementQuery,
        *,
        status: PostingStatus | None = None,
        net_of_refunds: bool = False,
    ) -> dict[str, Any]:
        """A statement of a book, or of those of its postings that have a status.

        Raises:
            PeriodsUnfit: the range is turned round, or holds too many periods.
            AccountUnknown: the book has no account that it is narrowed to.
            CurrencyUnknown: there is no such currency as it is to be told in.
            OptionUnfit: what is asked for doesn't go together.
            RevisionUnknown: the book hasn't come that far.
        """
        periods = await self.periods(layout, wanted)
        known_at = await self.accounts.stood_at(wanted.known_at)
        chart = await self._chart(wanted, known_at)
        otherwise = Valued.END if layout.cumulative or layout.of_worth else Valued.POSTING
        conversion = await self.valuing.asked(wanted, otherwise)
        check_known(known_at, conversion, net_of_refunds=net_of_refunds)
        asked = Asked(layout, chart, conversion, status, known_at, net_of_refunds)
        drawn = await self._drawn(asked, periods)
        compared: Drawn | None = None
        others: tuple[Period, ...] = ()
        if wanted.compare is not Compare.NONE:
            others = tuple(map(EARLIER[wanted.compare], periods))
            compared = await self._apart(asked, others)
        codes = drawn.currencies | (compared.currencies if compared else set())
        currencies = await self.currencies.look_up({self.work.opened.currency, *codes})
        sheet = Sheet(layout, wanted, status, periods, chart, drawn.figures, currencies, self.work.book_id)
        if conversion is not None and drawn.worths is not None:
            sheet.note(Notes(conversion, parts_of(drawn.worths), len(periods)))
        if drawn.moved is not None:
            sheet.tell_refunds(drawn.moved)
        if compared is not None:
            sheet.compare_with(others, compared.figures)
        return sheet.shown()

    async def periods(self, layout: Layout, wanted: StatementQuery) -> tuple[Period, ...]:
        """The columns: of a balance sheet a day unless more is asked for, of all others the fiscal year so far.

        Raises:
            PeriodsUnfit: the range is turned round, or holds too many periods.
        """
        calendar = await self.reports.calendar()
        last = wanted.date_to or self.work.today()
        first = wanted.date_from
        if first is None:
            is_of_a_day = layout.cumulative and layout.with_rows
            first = last if is_of_a_day else calendar.fiscal_year_of(last)
        if first > last:
            raise PeriodsUnfit.in_parameter("date_from", problem="it begins after it ends")
        try:
            return cut(first, last, wanted.interval, calendar)
        except PeriodsTooMany:
            raise PeriodsUnfit.in_parameter("interval", problem=f"it holds more than {MOST_PERIODS} periods") from None

    async def _chart(self, wanted: StatementQuery, known_at: int | None) -> Chart:
        """All accounts, or those that are asked for and all under them."""
        chart = await self.accounts.whole_chart(known_at)
        if not wanted.account:
            return chart
        within = {
            account_id
            for text in wanted.account
            for account_id in await self.accounts.resolve_tree(Reference(text, "account", is_parameter=True), known_at)
        }
        return [account for account in chart if account["id"] in within]

    async def _drawn(self, asked: Asked, periods: Sequence[Period]) -> Drawn:
        """The figures of consecutive periods."""
        if asked.layout.of_worth and asked.conversion is not None:
            return await self._risen(asked, asked.conversion, periods)
        sums = await self._sums(asked, periods)
        return Drawn(sums.figures(asked.conversion, asked.sections), sums.worths, sums.moved)

    async def _sums(self, asked: Asked, periods: Sequence[Period]) -> AccountSums:
        """What was posted in consecutive periods, or held at their ends."""
        if asked.status is not None and asked.layout.by_transaction:
            where = [Where(Grouping.TRANSACTION_STATUS, asked.status.value)]
            first, last = periods[0].first, periods[-1].last
            scope = Scope(first, last, asked.account_ids, where=where, known_at=asked.known_at)
            return await self.adding.from_lines(scope, periods, asked.conversion, net_of_refunds=asked.net_of_refunds)
        return await self.adding.from_months(
            asked.account_ids,
            periods,
            asked.conversion,
            cumulative=asked.layout.cumulative,
            status=asked.status,
            known_at=asked.known_at,
            net_of_refunds=asked.net_of_refunds,
        )

    async def _risen(self, asked: Asked, conversion: Conversion, periods: Sequence[Period]) -> Drawn:
        """By how much what is held at the end of each of consecutive periods rose in worth since the one before."""
        eve = periods[0].first - dt.timedelta(days=1)
        held = await self.adding.from_months(
            asked.account_ids,
            [Period(eve, eve), *periods],
            conversion,
            cumulative=True,
            status=asked.status,
            known_at=asked.known_at,
        )
        worths = risen(held.worths or {})
        return Drawn(conversion.figures(worths, asked.sections, len(periods)), worths, None)

    async def _apart(self, asked: Asked, periods: Sequence[Period]) -> Drawn:
        """The figures of periods that needn't follow each other."""
        if all(one.last < other.first and (other.first - one.last).days == 1 for one, other in pairwise(periods)):
            return await self._drawn(asked, periods)
        each = [(await self._drawn(asked, [period])).figures for period in periods]
        ids = {account_id for figures in each for account_id in figures.of_accounts}
        none: Sequence[Sums] = ({},)
        of_accounts = {id_: [one.of_accounts.get(id_, none)[0] for one in each] for id_ in ids}
        return Drawn(Figures(len(periods), of_accounts), None, None)
