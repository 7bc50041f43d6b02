"""Reports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, serve
from farthing.features.changes.errors import RevisionUnknown
from farthing.features.reports.schemas import TrialBalanceQuery, TrialBalanceRead
from farthing.features.reports.service import ReportService

router = book_room(prefix="/reports", tag="reports")
Reporting = Annotated[ReportService, serve(ReportService, needs="reports:read", tag=Tag.BOOK_TODAY)]


@router.get("/trial-balance", response_model=TrialBalanceRead, responses=faults(RevisionUnknown))
async def get_trial_balance(reports: Reporting, wanted: Annotated[TrialBalanceQuery, Query()]) -> dict[str, Any]:
    """What every account holds at the end of a day: by currency, it all sums to zero."""
    return await reports.trial_balance(wanted)
