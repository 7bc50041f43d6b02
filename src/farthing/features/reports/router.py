"""Reports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, serve
from farthing.features.changes.errors import RevisionUnknown
from farthing.features.reports.errors import PeriodsUnfit
from farthing.features.reports.schemas import (
    HoldingsQuery,
    StatementQuery,
    StatementRead,
    TrialBalanceQuery,
    TrialBalanceRead,
)
from farthing.features.reports.service.layouts import BALANCE_SHEET, CASH_FLOW, INCOME_STATEMENT
from farthing.features.reports.service.statement import StatementService
from farthing.features.reports.service.trial_balance import TrialBalanceService

router = book_room(prefix="/reports", tag="reports")
Balancing = Annotated[TrialBalanceService, serve(TrialBalanceService, needs="reports:read", tag=Tag.BOOK_TODAY)]
Reporting = Annotated[StatementService, serve(StatementService, needs="reports:read", tag=Tag.BOOK_TODAY)]
Wanted = Annotated[StatementQuery, Query()]
WantedHoldings = Annotated[HoldingsQuery, Query()]


@router.get("/trial-balance", response_model=TrialBalanceRead, responses=faults(RevisionUnknown))
async def get_trial_balance(reports: Balancing, wanted: Annotated[TrialBalanceQuery, Query()]) -> dict[str, Any]:
    """What every account holds at the end of a day: by currency, it all sums to zero."""
    return await reports.draw_up(wanted)


@router.get("/income-statement", response_model=StatementRead, responses=faults(PeriodsUnfit, RevisionUnknown))
async def get_income_statement(reports: Reporting, wanted: Wanted) -> dict[str, Any]:
    """What was earned and what was spent, by category and period."""
    return await reports.draw_up(INCOME_STATEMENT, wanted)


@router.get("/balance-sheet", response_model=StatementRead, responses=faults(PeriodsUnfit, RevisionUnknown))
async def get_balance_sheet(reports: Reporting, wanted: WantedHoldings) -> dict[str, Any]:
    """What is owned and what is owed at the end of each period; the net is what one is worth."""
    return await reports.draw_up(BALANCE_SHEET, wanted, status=wanted.status)


@router.get("/cash-flow", response_model=StatementRead, responses=faults(PeriodsUnfit, RevisionUnknown))
async def get_cash_flow(reports: Reporting, wanted: WantedHoldings) -> dict[str, Any]:
    """By how much cash, checking and savings accounts rose or fell in each period."""
    return await reports.draw_up(CASH_FLOW, wanted, status=wanted.status)
