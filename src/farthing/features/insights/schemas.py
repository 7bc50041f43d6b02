"""Insights on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from farthing.features.accounts.schemas import AccountRef
from farthing.features.insights.models import Direction, InsightKind, InsightState
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant
from farthing.ledger.recurrence import Cadence, SeriesState, Shift
from farthing.ledger.wire import Sum

Share = Annotated[Sum, Field(description="Between 0 and 1.", examples=["0.81"])]


class AsOfRead(Answered):
    """What an answer was worked out from, and when."""

    revision: Annotated[int, Field(description="The book's, when it was read.", examples=[42])]
    date: Annotated[
        Day,
        Field(
            description=(
                "Until when the book was kept: that day, or the day of its last transaction, if that is more than a "
                "week earlier. What should have come later isn't missed yet, and forecasts begin here."
            )
        ),
    ]
    looked_from: Annotated[Day | None, Field(description="The day of the earliest transaction that was looked at.")]
    transactions: Annotated[int, Field(description="How many were looked at.", examples=[3120])]
    made_at: Instant
    stale: Annotated[bool, Field(description="Whether the book has changed since, or another day has come.")]


class InsightQuery(PageQuery):
    """Which insights."""

    state: Annotated[
        InsightState | None, Field(description="Those in this state; one that was snoozed is new again on its day.")
    ] = None
    kind: Annotated[InsightKind | None, Field(description="Those of this kind.")] = None


class InsightUpdate(Given):
    """What to make of an insight."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"state": "dismissed"}, {"state": "snoozed", "snoozed_until": "2026-12-24"}]}
    )

    state: InsightState
    snoozed_until: Annotated[Day | None, Field(description="The day on which it is new again, if it is snoozed.")] = (
        None
    )


class InsightRead(Answered):
    """Something that a book's past tells, and the transactions that prove it."""

    id: Id
    kind: InsightKind
    state: InsightState
    snoozed_until: Day | None
    date: Annotated[Day, Field(description="The day that it is about.")]
    title: Annotated[str, Field(examples=["Streaming costs 12.99 EUR instead of 10.99"])]
    detail: Annotated[str, Field(examples=["Since 2026-10-03. It has been paid monthly since 2024-01-03."])]
    facts: Annotated[
        dict[str, Any], Field(description="The same for programs.", examples=[{"before": "10.99", "after": "12.99"}])
    ]
    transaction_ids: Annotated[list[Id], Field(description="The transactions that prove it.")]
    first_seen_at: Instant
    seen_at: Annotated[Instant, Field(description="When it was last found to be so.")]
    seen_revision: Annotated[int, Field(description="The book's revision then.", examples=[42])]
    changed_at: Annotated[Instant | None, Field(description="When a member last said what to make of it.")]
    changed_by: Id | None


class InsightPage(PageRead[InsightRead]):
    """Insights, the newest first; ``as_of`` is null where a book hasn't been looked into yet."""

    as_of: AsOfRead | None


class RecurringQuery(PageQuery):
    """Which recurring payments."""

    direction: Annotated[Direction | None, Field(description="Those that go this way.")] = None
    state: Annotated[SeriesState | None, Field(description="Those in this state; if left out, all but ended ones.")] = (
        None
    )


class EvidenceRead(Answered):
    """Why payments are said to recur."""

    code: Annotated[str, Field(examples=["timing"])]
    detail: Annotated[str, Field(examples=["Each came on its day."])]
    weight: Annotated[Share, Field(description="How much of the confidence it makes.")]


class PriceChangeRead(Answered):
    """An amount that changed, without its sign."""

    date: Day
    before: Sum
    after: Sum


class RecurringPaymentRead(Answered):
    """A payment that recurs. Amounts are signed from the account's view: what leaves it is negative."""

    id: Id
    direction: Direction
    name: Annotated[str, Field(description="Who it goes to or comes from, as written last.", examples=["Streaming"])]
    account_id: Id
    account: Annotated[str | None, Field(description="Null where the account is gone since.", examples=["Assets:Bank"])]
    category_id: Id | None
    category: Annotated[str | None, Field(examples=["Expenses:Subscriptions"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    cadence: Cadence
    day_of_month: Annotated[int | None, Field(description="31 is the month's last day; null where it goes by weeks.")]
    shift: Annotated[Shift | None, Field(description="What becomes of it on a week-end; null where it goes by weeks.")]
    state: SeriesState
    amount: Annotated[Sum, Field(description="What is usual today.", examples=["-12.99"])]
    amount_min: Annotated[Sum, Field(examples=["-12.99"])]
    amount_max: Annotated[Sum, Field(examples=["-10.99"])]
    is_fixed: Annotated[bool, Field(description="Whether it is the same each time, but for price changes.")]
    first_date: Day
    last_date: Day
    next_date: Annotated[Day, Field(description="When the next is expected.")]
    payments: Annotated[int, Field(examples=[23])]
    missed: Annotated[int, Field(description="How many were left out between the first and the last.", examples=[0])]
    confidence: Share
    evidence: list[EvidenceRead]
    price_changes: list[PriceChangeRead]
    transaction_ids: Annotated[list[Id], Field(description="The transactions that prove it, at most the last 60.")]


class RecurringPage(PageRead[RecurringPaymentRead]):
    """Recurring payments, the next to come first; ``as_of`` is null where a book hasn't been looked into yet."""

    as_of: AsOfRead | None


class ForecastQuery(Given):
    """What is forecast."""

    account: Annotated[
        AccountRef | None, Field(description="Of this account; if left out, of all accounts together.")
    ] = None


class PointRead(Answered):
    """What is to be expected at the end of a day."""

    date: Day
    middle: Annotated[Sum, Field(description="As likely less as more.", examples=["1820.00"])]
    low_50: Annotated[Sum, Field(description="With `high_50`, holds it in one of two cases.", examples=["1640.00"])]
    high_50: Annotated[Sum, Field(examples=["1975.00"])]
    low_80: Annotated[Sum, Field(description="With `high_80`, holds it in four of five cases.", examples=["1410.00"])]
    high_80: Annotated[Sum, Field(examples=["2120.00"])]


class BackTestRead(Answered):
    """How good such forecasts would have been on the book's own past: made at earlier days from what was known then."""

    origins: Annotated[int, Field(description="On how many days one was made.", examples=[12])]
    checks: Annotated[int, Field(description="How often they were held against what came of it.", examples=[144])]
    error: Annotated[Sum, Field(description="By how much the middle was off, on average.", examples=["164.20"])]
    naive_error: Annotated[
        Sum, Field(description="By how much it is off to say that all stays as it is.", examples=["1210.00"])
    ]
    relative_error: Annotated[Sum | None, Field(description="The one beside the other.", examples=["0.14"])]
    coverage_50: Annotated[Share, Field(description="How often the 50 % band held what came.")]
    coverage_80: Annotated[Share, Field(description="How often the 80 % band did.")]


class AccountForecastRead(Answered):
    """What an account, or all of them together, is going to hold in one currency."""

    account_id: Annotated[Id | None, Field(description="Null of all accounts together.")]
    account: str | None
    currency: Annotated[str, Field(examples=["EUR"])]
    held: Annotated[Sum, Field(description="At the end of the day that it was made.", examples=["1720.35"])]
    points: Annotated[list[PointRead], Field(description="One for each of 90 days.")]
    back_test: Annotated[BackTestRead | None, Field(description="Null where the past is too short to tell.")]


class ForecastAccountRead(Answered):
    """An account that is forecast."""

    account_id: Id
    account: str | None
    currency: str


class ForecastRead(Answered):
    """What accounts are going to hold. Nothing is forecast from a past of less than 84 days."""

    as_of: AsOfRead | None
    data: list[AccountForecastRead]
    accounts: Annotated[list[ForecastAccountRead], Field(description="The accounts that are forecast.")]


def share(value: float | Decimal) -> Decimal:
    """A share as it is told, to a thousandth."""
    return Decimal(str(value)).quantize(Decimal("0.001"))
