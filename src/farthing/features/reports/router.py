"""Reports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.permissions import PermissionMissing
from farthing.core.problems import faults
from farthing.core.serving import Tag, paged, serve
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.changes.errors import RevisionUnknown
from farthing.features.reports.bridge_schemas import BridgeQuery, BridgeRead
from farthing.features.reports.errors import OptionUnfit, PeriodsUnfit, ReportTooLarge
from farthing.features.reports.outputs import offers
from farthing.features.reports.representations import files, offered, report_room
from farthing.features.reports.schemas import (
    HoldingsQuery,
    IncomeQuery,
    LinesPage,
    LinesQuery,
    NetWorthQuery,
    OverviewQuery,
    OverviewRead,
    PivotQuery,
    PivotRead,
    RangeQuery,
    RegisterRead,
    RegisterReportQuery,
    SpendingQuery,
    SpendingRead,
    StatementRead,
    TrendsQuery,
    TrendsRead,
    TrialBalanceQuery,
    TrialBalanceRead,
)
from farthing.features.reports.service.bridge import BridgeService
from farthing.features.reports.service.layouts import (
    BALANCE_SHEET,
    CASH_FLOW,
    EXCHANGE_GAINS,
    INCOME_STATEMENT,
    NET_WORTH,
)
from farthing.features.reports.service.lines import LineService
from farthing.features.reports.service.overview import OverviewService
from farthing.features.reports.service.pivot import PivotService
from farthing.features.reports.service.register import RegisterService
from farthing.features.reports.service.spending import SpendingService
from farthing.features.reports.service.statement import StatementService
from farthing.features.reports.service.trends import TrendService
from farthing.features.reports.service.trial_balance import TrialBalanceService
from farthing.features.tags.errors import TagUnknown
from farthing.features.transactions.errors import SearchMalformed
from farthing.kit.pages import CursorMalformed, Page
from farthing.ledger.currencies import CurrencyUnknown

router = report_room()
Balancing = Annotated[
    TrialBalanceService, serve(TrialBalanceService, needs="reports:read", tag=Tag.BOOK_RATES_IF_ASKED)
]
Reporting = Annotated[StatementService, serve(StatementService, needs="reports:read", tag=Tag.BOOK_RATES_IF_ASKED)]
Spending = Annotated[SpendingService, serve(SpendingService, needs="reports:read", tag=Tag.BOOK_RATES_IF_ASKED)]
Trending = Annotated[TrendService, serve(TrendService, needs="reports:read", tag=Tag.BOOK_RATES_IF_ASKED)]
Overlooking = Annotated[OverviewService, serve(OverviewService, needs="reports:read", tag=Tag.BOOK_RATES_IF_ASKED)]
Pivoting = Annotated[PivotService, serve(PivotService, needs="transactions:read", tag=Tag.BOOK_RATES_IF_ASKED)]
Registering = Annotated[RegisterService, serve(RegisterService, needs="transactions:read", tag=Tag.BOOK_RATES_IF_ASKED)]
Listing = Annotated[LineService, serve(LineService, needs="transactions:read", tag=Tag.BOOK)]
Bridging = Annotated[BridgeService, serve(BridgeService, needs="reports:read", tag=Tag.BOOK_RATES)]
WantedIncome = Annotated[IncomeQuery, Query()]
WantedHoldings = Annotated[HoldingsQuery, Query()]
STATEMENT_FAULTS = (PeriodsUnfit, RevisionUnknown, AccountUnknown, CurrencyUnknown, OptionUnfit)
STATEMENT = faults(*STATEMENT_FAULTS) | files(offers.STATEMENT)


@router.get(
    "/trial-balance",
    response_model=TrialBalanceRead,
    responses=faults(RevisionUnknown, CurrencyUnknown, OptionUnfit) | files(offers.TRIAL_BALANCE),
    dependencies=[offered(offers.TRIAL_BALANCE)],
)
async def get_trial_balance(reports: Balancing, wanted: Annotated[TrialBalanceQuery, Query()]) -> dict[str, Any]:
    """What every account holds at the end of a day: by currency, it all sums to zero."""
    return await reports.draw_up(wanted)


@router.get(
    "/income-statement",
    response_model=StatementRead,
    responses=faults(*STATEMENT_FAULTS, ReportTooLarge) | files(offers.STATEMENT),
    dependencies=[offered(offers.STATEMENT)],
)
async def get_income_statement(reports: Reporting, wanted: WantedIncome) -> dict[str, Any]:
    """What was earned and what was spent, by category and period."""
    return await reports.draw_up(INCOME_STATEMENT, wanted, status=wanted.status, net_of_refunds=wanted.net_of_refunds)


@router.get(
    "/balance-sheet",
    response_model=StatementRead,
    responses=STATEMENT,
    dependencies=[offered(offers.STATEMENT)],
)
async def get_balance_sheet(reports: Reporting, wanted: WantedHoldings) -> dict[str, Any]:
    """What is owned and what is owed at the end of each period; the net is what one is worth."""
    return await reports.draw_up(BALANCE_SHEET, wanted, status=wanted.status)


@router.get(
    "/cash-flow",
    response_model=StatementRead,
    responses=STATEMENT,
    dependencies=[offered(offers.STATEMENT)],
)
async def get_cash_flow(reports: Reporting, wanted: WantedHoldings) -> dict[str, Any]:
    """By how much cash, checking and savings accounts rose or fell in each period."""
    return await reports.draw_up(CASH_FLOW, wanted, status=wanted.status)


@router.get("/net-worth", response_model=StatementRead, responses=STATEMENT, dependencies=[offered(offers.STATEMENT)])
async def get_net_worth(reports: Reporting, wanted: Annotated[NetWorthQuery, Query()]) -> dict[str, Any]:
    """What one is worth at the end of each period: the totals of balance sheets, without their accounts."""
    return await reports.draw_up(NET_WORTH, wanted.of_accounts(), status=wanted.status)


@router.get(
    "/net-worth/bridge",
    response_model=BridgeRead,
    responses=faults(PeriodsUnfit, RevisionUnknown, CurrencyUnknown) | files(offers.BRIDGE),
    dependencies=[offered(offers.BRIDGE)],
)
async def get_net_worth_bridge(bridges: Bridging, wanted: Annotated[BridgeQuery, Query()]) -> dict[str, Any]:
    """Why net worth changed: income, spending, what was brought in, exchanged and revalued, prices and currencies.

    What was posted counts by the rate of its day, net worth by the rates of the two ends; what rates did to what was
    held is the rest, so that it adds up exactly.
    """
    return await bridges.draw_up(wanted)


@router.get(
    "/exchange-gains", response_model=StatementRead, responses=STATEMENT, dependencies=[offered(offers.STATEMENT)]
)
async def get_exchange_gains(reports: Reporting, wanted: Annotated[RangeQuery, Query()]) -> dict[str, Any]:
    """What exchanges gained or lost, from Equity:Trading.

    As it was posted: what was got in each period, less what was given for it, by currency. In a `currency`, by the
    rates of the ends of periods: by how much all that was ever got is worth more than what was given for it, and by how
    much that rose since the period before. What was sold again and what is still held count alike.
    """
    return await reports.draw_up(EXCHANGE_GAINS, wanted.of_accounts())


@router.get(
    "/spending",
    response_model=SpendingRead,
    responses=faults(
        PeriodsUnfit,
        OptionUnfit,
        RevisionUnknown,
        AccountUnknown,
        TagUnknown,
        CurrencyUnknown,
        ReportTooLarge,
        PermissionMissing,
    )
    | files(offers.SPENDING),
    dependencies=[offered(offers.SPENDING)],
)
async def get_spending(reports: Spending, wanted: Annotated[SpendingQuery, Query()]) -> dict[str, Any]:
    """What was spent, by category, payee, tag or the account it was paid from.

    Names of payees and tags are for those who may see them: an observer has categories and accounts alone.
    """
    return await reports.draw_up(wanted)


@router.get(
    "/trends",
    response_model=TrendsRead,
    responses=faults(RevisionUnknown, CurrencyUnknown, OptionUnfit) | files(offers.TRENDS),
    dependencies=[offered(offers.TRENDS)],
)
async def get_trends(reports: Trending, wanted: Annotated[TrendsQuery, Query()]) -> dict[str, Any]:
    """This month against the average and the median of the months before it, by category; no budget is needed."""
    return await reports.draw_up(wanted)


@router.get(
    "/pivot",
    response_model=PivotRead,
    responses=faults(
        PeriodsUnfit,
        OptionUnfit,
        RevisionUnknown,
        ReportTooLarge,
        AccountUnknown,
        CurrencyUnknown,
        TagUnknown,
        SearchMalformed,
    )
    | files(offers.PIVOT),
    dependencies=[offered(offers.PIVOT)],
)
async def get_pivot(reports: Pivoting, wanted: Annotated[PivotQuery, Query()]) -> dict[str, Any]:
    """Lines of transactions told apart by rows and columns, and measured; filters are those of the transactions.

    A line whose transaction has several tags, or several accounts on the other side, counts under each of them, and
    once in the totals. By default the days are those of the fiscal year so far.
    """
    return await reports.draw_up(wanted)


@router.get(
    "/register",
    response_model=RegisterRead,
    responses=faults(PeriodsUnfit, OptionUnfit, AccountUnknown, CurrencyUnknown, ReportTooLarge, RevisionUnknown)
    | files(offers.REGISTER),
    dependencies=[offered(offers.REGISTER)],
)
async def get_register(reports: Registering, wanted: Annotated[RegisterReportQuery, Query()]) -> dict[str, Any]:
    """What moved on an account, oldest first, with the balance after each: up to 5,000 transactions, on one page."""
    return await reports.draw_up(wanted)


@router.get(
    "/overview",
    response_model=OverviewRead,
    responses=faults(CurrencyUnknown) | files(offers.OVERVIEW),
    dependencies=[offered(offers.OVERVIEW)],
)
async def get_overview(reports: Overlooking, wanted: Annotated[OverviewQuery, Query()]) -> dict[str, Any]:
    """A month or a year: income statement, balance sheet, twelve months, and on what most was spent. Also as PDF."""
    return await reports.draw_up(wanted)


@router.get(
    "/lines",
    response_model=LinesPage,
    responses=faults(CursorMalformed, RevisionUnknown, OptionUnfit, AccountUnknown, TagUnknown, SearchMalformed),
)
async def list_lines(
    lines: Listing, request: Request, response: Response, wanted: Annotated[LinesQuery, Query()]
) -> Page[dict[str, Any]]:
    """The lines of transactions that a figure of a report is made of: their amounts add up to it, oldest first."""
    return paged(request, response, await lines.find(wanted))
