"""Insights, recurring payments and forecasts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import book_room, paged, serve
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.insights.errors import InsightNotFound, RecurringPaymentNotFound, SnoozeUnfit
from farthing.features.insights.jobs import ask_for_refresh
from farthing.features.insights.schemas import (
    ForecastQuery,
    ForecastRead,
    InsightPage,
    InsightQuery,
    InsightRead,
    InsightUpdate,
    RecurringPage,
    RecurringPaymentRead,
    RecurringQuery,
)
from farthing.features.insights.service.find import InsightService
from farthing.features.jobs.errors import JobsTooMany
from farthing.features.jobs.router import PUT_OFF, accepted
from farthing.kit.pages import CursorMalformed
from farthing.kit.wire import Id

router = book_room(prefix="/insights", tag="insights")
recurring = book_room(prefix="/recurring", tag="insights")
forecasts = book_room(prefix="/forecast", tag="insights")


class RefreshService:
    """Has a book looked into."""

    def __init__(self, work: Work) -> None:
        self.work = work


Viewing = Annotated[InsightService, serve(InsightService, needs="insights:read", tag=None)]
Judging = Annotated[InsightService, serve(InsightService, needs="insights:write", locks=False)]
Refreshing = Annotated[RefreshService, serve(RefreshService, needs="insights:write", locks=False)]


@router.get("", response_model=InsightPage, responses=faults(CursorMalformed))
async def list_insights(
    insights: Viewing, wanted: Annotated[InsightQuery, Query()], request: Request, response: Response
) -> Any:
    """What the book's past tells, the newest first. `as_of` says from which revision it was worked out, and when."""
    return paged(request, response, await insights.find(wanted))


@router.post("/refresh", status_code=202, response_model=None, responses=PUT_OFF | faults(JobsTooMany))
async def refresh_insights(refreshing: Refreshing, request: Request) -> Response:
    """Have the book looked into now, by a job; if that is under way already, the answer is that job.

    Books that have changed are looked into every night, and all others once a week.
    """
    return accepted(request, await ask_for_refresh(refreshing.work))


@router.get("/{insight_id}", response_model=InsightRead, responses=faults(InsightNotFound))
async def get_insight(insights: Viewing, insight_id: Id) -> Row:
    """An insight."""
    return await insights.get(insight_id)


@router.patch("/{insight_id}", response_model=InsightRead, responses=faults(InsightNotFound, SnoozeUnfit))
async def update_insight(insights: Judging, insight_id: Id, wanted: InsightUpdate) -> Row:
    """Dismiss an insight, snooze it until a day, or make it new again. It holds for all members.

    What is dismissed stays so: the same isn't told again. It takes no revision of the book.
    """
    return await insights.change(insight_id, wanted)


@recurring.get("", response_model=RecurringPage, responses=faults(CursorMalformed))
async def list_recurring_payments(
    insights: Viewing, wanted: Annotated[RecurringQuery, Query()], request: Request, response: Response
) -> Any:
    """Subscriptions, salaries, rents: what recurs, when the next is expected, and how sure that is and why."""
    return paged(request, response, await insights.recurring(wanted))


@recurring.get("/{payment_id}", response_model=RecurringPaymentRead, responses=faults(RecurringPaymentNotFound))
async def get_recurring_payment(insights: Viewing, payment_id: Id) -> dict[str, Any]:
    """A recurring payment, with the transactions that prove it."""
    return await insights.get_recurring(payment_id)


@forecasts.get("", response_model=ForecastRead, responses=faults(AccountUnknown))
async def get_forecast(insights: Viewing, wanted: Annotated[ForecastQuery, Query()]) -> dict[str, Any]:
    """What an account, or all of them together, is going to hold in the next 90 days, with bands of 50 and 80 %.

    `back_test` tells how good such forecasts would have been on the book's own past.
    """
    return await insights.forecast(wanted)
