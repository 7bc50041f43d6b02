"""Prices on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from farthing.core.bounds import BATCH
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line
from farthing.ledger.rates import Origin
from farthing.ledger.wire import Amount, AmountBound, CurrencyCode, IsoCurrencyCode, PositiveAmount, Sum

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


class ReferenceCreate(Given):
    """How much of a currency a euro was worth on a day, for all books of the instance. The operator's to say."""

    currency: IsoCurrencyCode
    date: Day
    amount: PositiveAmount
    source: Source


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


class QuoteRead(Answered):
    """What was said about a pair: so much of the currency for a unit of the commodity."""

    commodity: Annotated[str, Field(examples=["EUR"])]
    currency: Annotated[str, Field(examples=["USD"])]
    date: Day
    amount: Annotated[Amount, Field(examples=["1.1626"])]
    inverse: Annotated[bool, Field(description="Whether it is taken the other way round.")]
    origin: Annotated[
        Origin,
        Field(description="A price of the book, one noted on a posting, or a reference rate of the instance."),
    ]
    source: Annotated[str, Field(examples=["ECB"])]
    id: Annotated[Id | None, Field(description="Of the price, or of the transaction; reference rates have none.")]


class RateRead(Answered):
    """What a unit was worth by the end of a day, and how that is known."""

    commodity: Annotated[str, Field(examples=["USD"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    on: Annotated[Day, Field(description="The day that was asked about.")]
    date: Annotated[Day, Field(description="The day of the oldest of the quotes that it follows from.")]
    rate: Annotated[
        Sum,
        Field(description="To 16 digits. What is converted is converted exactly, by the quotes.", examples=["0.8601"]),
    ]
    source: Annotated[str | None, Field(description="Who says so; null: the two are one.", examples=["ECB"])]
    stale: Annotated[
        bool,
        Field(description="Whether a quote is older than usual: by more than 7 days of money, 31 of anything else."),
    ]
    steps: Annotated[list[QuoteRead], Field(description="The quotes: multiplied, or divided by, in this order.")]
