"""Valuation on the wire: the currency that a report is asked for in, and what each converted figure rests on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from farthing.features.prices.schemas import RateRead
from farthing.kit.wire import Answered, Given
from farthing.ledger.wire import CurrencyCode, Sum


class Valued(StrEnum):
    """By which rates amounts are told in a currency."""

    COST = "cost"
    """By what was paid for them: as it is noted, or as they were exchanged; else by the day they were posted."""
    POSTING = "posting"
    """By the day they were posted."""
    END = "end"
    """By the last day of the period."""
    TODAY = "today"
    """By today."""


class ValuedQuery(Given):
    """Whether a report is told in one currency, and by which rates."""

    currency: Annotated[
        CurrencyCode | None,
        Field(
            description=(
                "Tells everything in this currency. Left out: as it was posted, unless `valued` is given: then the "
                "book's own."
            )
        ),
    ] = None
    valued: Annotated[
        Valued | None,
        Field(
            description=(
                "By which rates: `cost`, what was paid, as it is noted or was exchanged, else as `posting`; `posting`, "
                "those of the day of each posting; `end`, those of the last day of the period; `today`. Left out: "
                "`end` of what is held, `posting` of what came and went."
            )
        ),
    ] = None

    @property
    def is_valued(self) -> bool:
        """Whether anything is to be converted."""
        return self.currency is not None or self.valued is not None


class ConvertedRead(Answered):
    """A part of a figure that was converted, and by which rates."""

    amount: Annotated[Sum, Field(description="As it was posted.", examples=["1200.00"])]
    currency: Annotated[str, Field(examples=["USD"])]
    rates: Annotated[list[int], Field(description="Their places in the report's `rates`.", examples=[[0]])]
    stale: Annotated[bool, Field(description="Whether one of these rates is stale.")]


class ValuationRead(Answered):
    """In which currency a report is told, and by which rates."""

    currency: Annotated[str | None, Field(description="Null: as it was posted.", examples=["EUR"])]
    valued: Valued | None
    rates: Annotated[list[RateRead], Field(description="Every rate that was used, once.")]
    unconverted: Annotated[
        list[str], Field(description="Currencies of which some figure has no rate: such amounts stay in them.")
    ]
