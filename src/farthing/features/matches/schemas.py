"""Matches on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from farthing.features.accounts.schemas import AccountRef
from farthing.features.journal.models import PostingStatus
from farthing.features.matches.models import MatchKind
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant
from farthing.ledger.wire import Amount, Sum

FEE = "Where what arrived is less than what was sent: the expense account that takes the difference."
IDS: list[JsonValue] = ["019aad3e-7a10-7cc3-98c4-dc0c0c07398f", "019aad3e-7a10-7cc3-98c4-dc0c0c073990"]


def _two(ids: list[Id]) -> list[Id]:
    if ids[0] == ids[1]:
        raise PydanticCustomError("match_with_itself", "A match is between two transactions.")
    return ids


Pair = Annotated[list[Id], Field(min_length=2, max_length=2), AfterValidator(_two)]
"""The ids of two transactions, in either order."""


class TransactionMerge(Given):
    """What a transaction is merged with."""

    model_config = ConfigDict(
        validate_by_alias=True, validate_by_name=False, json_schema_extra={"examples": [{"with": IDS[1]}]}
    )

    with_: Annotated[Id, Field(alias="with", description="The other transaction.")]
    fee_category: Annotated[AccountRef | None, Field(description=FEE)] = None


class MatchQuery(PageQuery):
    """Where matches are looked for."""

    kind: MatchKind | None = None
    date_from: Annotated[
        Day | None, Field(description="On this day or later; 90 days before `date_to` if left out.")
    ] = None
    date_to: Annotated[Day | None, Field(description="On this day or earlier; today if left out.")] = None


class ReasonRead(Answered):
    """Why two transactions look like one, or less so."""

    code: Annotated[str, Field(examples=["opposite_amounts"])]
    detail: Annotated[str, Field(examples=["200.00 EUR left one account and came to another."])]


class SideRead(Answered):
    """One of the two: its line on an account, and what it says."""

    transaction_id: Id
    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    date: Day
    payee: str | None
    description: str | None
    amount: Amount
    currency: Annotated[str, Field(examples=["EUR"])]
    status: PostingStatus


class MatchRead(Answered):
    """Two transactions that look like one: what left an account and what came to another, or what a person
    recorded and what the bank posted.
    """

    kind: MatchKind
    transaction_ids: Annotated[list[Id], Field(min_length=2, max_length=2, examples=[IDS])]
    score: Annotated[Sum, Field(description="From 0 to 1, exactly.", examples=["0.80"])]
    reasons: list[ReasonRead]
    sides: Annotated[list[SideRead], Field(min_length=2, max_length=2)]


class MatchPage(PageRead[MatchRead]):
    """Matches, the likeliest first, and between which days they were looked for.

    ``date_from`` is later than was asked for where more than 10,000 transactions lie between.
    """

    date_from: Day
    date_to: Day


class MatchAccept(Given):
    """Two transactions that are one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "transfer", "transaction_ids": IDS}]})

    kind: MatchKind
    transaction_ids: Pair
    fee_category: Annotated[AccountRef | None, Field(description=FEE)] = None


class MatchReject(Given):
    """Two transactions that aren't one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "transfer", "transaction_ids": IDS}]})

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    kind: MatchKind
    transaction_ids: Pair


class RejectedMatchQuery(PageQuery):
    """What every list takes."""


class RejectedMatchRead(Answered):
    """Two transactions of which someone said that they aren't one."""

    id: Id
    kind: MatchKind
    transaction_ids: Annotated[list[Id], Field(min_length=2, max_length=2, examples=[IDS])]
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class RejectedMatchPage(PageRead[RejectedMatchRead]):
    """Rejected matches, oldest first."""
