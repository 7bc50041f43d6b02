"""Prices on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from farthing.core.bounds import BATCH
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line
from farthing.ledger.wire import Amount, AmountBound, CurrencyCode

MANUAL = "manual"
"""The source of what a member says."""
Commodity = Annotated[
    CurrencyCode, Field(description="What is worth so much: a currency, a coin, a share.", examples=["ACME"])
]
InCurrency = Annotated[CurrencyCode, Field(description="In which currency.", examples=["EUR"])]
Source = Annotated[Line, Field(min_length=1, max_length=200, description="Who says so.", examples=[MANUAL])]


class PriceCreate(Given):
    """What a unit was worth on a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"commodity": "ACME", "currency": "EUR", "date": "2026-11-23", "amount": "37.5432"}]
        }
    )

    id: Annotated[
        Id | None,
        Field(description="A UUID of the client's own making; where the day has a price, that keeps the id it has."),
    ] = None
    commodity: Commodity
    currency: InCurrency
    date: Annotated[Day | None, Field(description="The day; today if left out.")] = None
    amount: Annotated[
        AmountBound, Field(description="Of one unit: up to 18 digits after the point.", examples=["37.5432"])
    ]
    source: Source = MANUAL


class PricesCreate(Given):
    """What units were worth, up to 500 prices. Of two for one day the later holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"prices": [{"commodity": "ACME", "currency": "EUR", "date": "2026-11-20", "amount": "37.10"}]}
            ]
        }
    )

    prices: Annotated[list[PriceCreate], Field(min_length=1, max_length=BATCH)]


class PriceQuery(PageQuery):
    """Filters of the list of prices. All that are given must hold."""

    commodity: Annotated[CurrencyCode | None, Field(description="Only prices of this.")] = None
    currency: Annotated[CurrencyCode | None, Field(description="Only prices in this currency.")] = None
    date_from: Annotated[Day | None, Field(description="For this day or later.")] = None
    date_to: Annotated[Day | None, Field(description="For this day or earlier.")] = None


class PriceRead(Answered):
    """What a unit was worth on a day."""

    id: Id
    commodity: Annotated[str, Field(examples=["ACME"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    date: Day
    amount: Annotated[Amount, Field(examples=["37.5432"])]
    source: Annotated[str, Field(examples=[MANUAL])]
    created_revision: Annotated[int, Field(examples=[12])]
    revision: Annotated[int, Field(examples=[12])]
    created_at: Instant
    changed_at: Instant


class PricePage(PageRead[PriceRead]):
    """Prices, the newest first."""


class PricesRead(Answered):
    """What became of prices that were sent together."""

    created: int
    changed: Annotated[int, Field(description="How many replaced what their day had.")]
    unchanged: Annotated[int, Field(description="How many the book had just so.")]


class RateQuery(Given):
    """Which rate is asked for."""

    commodity: Commodity
    currency: InCurrency
    date: Annotated[Day | None, Field(description="As of the end of this day; of today if left out.")] = None


class RateRead(Answered):
    """The last price of a pair by a day: as it was said, one way or the other, and never turned round by division."""

    commodity: Annotated[str, Field(examples=["ACME"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    date: Annotated[Day, Field(description="The day of the price.")]
    amount: Annotated[Amount, Field(examples=["37.5432"])]
    inverse: Annotated[
        bool,
        Field(description="Whether it is the other way round: so much of the commodity for a unit of the currency."),
    ]
    price_id: Id
