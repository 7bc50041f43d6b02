"""The bridge of net worth on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from farthing.features.changes.schemas import KnownAt
from farthing.features.reports.valued_schemas import ValuationRead
from farthing.kit.wire import Answered, Day, Given, Id
from farthing.ledger.bridge import BridgeStep
from farthing.ledger.wire import CurrencyCode, Sum


class BridgeQuery(Given):
    """Which days a bridge leads over, and in which currency it is told."""

    date_from: Annotated[
        Day | None,
        Field(
            description=(
                "The first day: it leads from the end of the day before. Left out: the first of the fiscal year that "
                "`date_to` is in."
            )
        ),
    ] = None
    date_to: Annotated[Day | None, Field(description="The last day, to whose end it leads; today if left out.")] = None
    currency: Annotated[CurrencyCode | None, Field(description="In which currency; the book's own if left out.")] = None
    known_at: KnownAt = None


class BridgeAccountRead(Answered):
    """What came by way of an account and those under it, and the transactions that make it up."""

    account_id: Id
    account: Annotated[str, Field(examples=["Income:Salary"])]
    amount: Annotated[Sum, Field(examples=["4100.00"])]
    transactions: Annotated[str, Field(examples=["/api/v1/books/…/transactions?account=…&date_from=2026-01-01"])]


class BridgeGainRead(Answered):
    """What rates did to what was held of one thing, and the rates on both sides of the range, by their places."""

    commodity: Annotated[str, Field(examples=["USD"])]
    amount: Annotated[Sum, Field(examples=["-12.40"])]
    held_before: Annotated[Sum, Field(description="Of the thing itself.", examples=["500.00"])]
    held_after: Annotated[Sum, Field(examples=["400.00"])]
    rate_before: Annotated[int | None, Field(description="Null: none is known.")]
    rate_after: int | None


class BridgeStepRead(Answered):
    """By how much something changed what one is worth."""

    step: BridgeStep
    amount: Annotated[Sum, Field(description="Spending is negative.", examples=["4100.00"])]
    accounts: Annotated[
        list[BridgeAccountRead], Field(description="Of what was posted: its parts, which add up to it.")
    ]
    gains: Annotated[
        list[BridgeGainRead], Field(description="Of prices and currencies: its parts, which add up to it.")
    ]


class BridgeRead(ValuationRead):
    """Why one is worth what one is: `before`, and all `steps`, and `rounding`, add up to `after`, exactly."""

    date_from: Day
    date_to: Day
    before: Annotated[Sum, Field(description="Net worth at the end of the day before, by its rates.")]
    steps: list[BridgeStepRead]
    rounding: Annotated[Sum, Field(description="What rounding each figure by itself took away, or added.")]
    after: Annotated[Sum, Field(description="Net worth at the end of the last day, by its rates.")]
