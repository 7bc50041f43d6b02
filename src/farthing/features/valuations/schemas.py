"""Valuations on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, LongText, absent
from farthing.ledger.wire import Amount, AmountBound

Worth = Annotated[
    AmountBound,
    Field(
        description="What all of it is worth at the end of the day, in the account's currency.", examples=["310000.00"]
    ),
]


class ValuationCreate(Given):
    """What an account is worth at the end of a day."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"date": "2026-11-23", "amount": "310000.00", "note": "The agent's estimate"}]}
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    date: Annotated[Day | None, Field(description="The day; today if left out.")] = None
    amount: Worth
    note: LongText | None = None


class ValuationUpdate(Given):
    """What can be changed about a valuation. Its day can't: what was worth so much on another day is another one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "305000.00"}]})

    amount: Worth = Field(default_factory=absent)
    note: LongText | None = None


class ValuationQuery(PageQuery):
    """Filters of the list of an account's valuations."""

    date_from: Annotated[Day | None, Field(description="For this day or later.")] = None
    date_to: Annotated[Day | None, Field(description="For this day or earlier.")] = None


class ValuationRead(Answered):
    """What an account is worth at the end of a day."""

    id: Id
    account_id: Id
    date: Day
    amount: Annotated[Amount, Field(examples=["310000.00"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    note: str | None
    transaction_id: Annotated[Id, Field(description="What books the difference to what the postings made it.")]
    created_revision: Annotated[int, Field(examples=[12])]
    revision: Annotated[int, Field(examples=[12])]
    created_at: Instant
    changed_at: Instant


class ValuationPage(PageRead[ValuationRead]):
    """An account's valuations, newest first."""
