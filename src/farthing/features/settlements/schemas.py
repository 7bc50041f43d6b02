"""Agreements and settlements on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from farthing.features.accounts.schemas import AccountRef
from farthing.kit.pages import PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, LongText
from farthing.ledger.money import decimals
from farthing.ledger.wire import PositiveAmount, Sum

MAX_WEIGHT = 1_000_000
MAX_WEIGHT_DECIMALS = 6
MAX_SHARES = 100
MAX_NAMED = 200


def _weight(weight: Decimal) -> Decimal:
    if weight > MAX_WEIGHT or decimals(weight) > MAX_WEIGHT_DECIMALS:
        raise PydanticCustomError("weight_out_of_bounds", "A weight is at most 1,000,000, with six decimals.")
    return weight


Weight = Annotated[PositiveAmount, AfterValidator(_weight)]


class ShareGiven(Given):
    """What a member bears beside the others."""

    user_id: Id
    weight: Annotated[Weight, Field(description="Beside the others' weights; equal ones share equally.")] = Decimal(1)


class HeldGiven(Given):
    """Whose an account is."""

    account: AccountRef
    user_id: Annotated[Id | None, Field(description="Whose it is; null: everyone's.")] = None


class AgreementCreate(Given):
    """What the members of a book share from a day on, and whose its accounts are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "2026-01-01",
                    "shares": [
                        {"user_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f", "weight": "2"},
                        {"user_id": "019aad3e-7a10-7cc3-98c4-dc0c0c073990", "weight": "1"},
                    ],
                    "accounts": [
                        {"account": "Assets:Ada", "user_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"},
                        {"account": "Assets:Bob", "user_id": "019aad3e-7a10-7cc3-98c4-dc0c0c073990"},
                        {"account": "Assets:Joint"},
                    ],
                    "categories": ["Expenses:Food", "Expenses:Housing"],
                }
            ]
        }
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    since: Annotated[Day, Field(description="From which day it holds, until the next one does.")]
    shares: Annotated[list[ShareGiven], Field(min_length=1, max_length=MAX_SHARES)]
    accounts: Annotated[
        list[HeldGiven],
        Field(
            min_length=1,
            max_length=MAX_NAMED,
            description="Whose accounts are, those under them included. What isn't named is nobody's concern.",
        ),
    ]
    categories: Annotated[
        list[AccountRef], Field(max_length=MAX_NAMED, description="What is shared, with the categories under them.")
    ] = Field(default_factory=list)
    tags: Annotated[
        list[Id], Field(max_length=MAX_NAMED, description="Tags whose transactions are shared, whatever the category.")
    ] = Field(default_factory=list)


class ShareRead(Answered):
    """What a member bears beside the others."""

    user_id: Id
    weight: Sum


class HeldRead(Answered):
    """Whose an account is; of a category: that it is shared."""

    account_id: Id
    user_id: Annotated[Id | None, Field(description="Whose it is; null: everyone's.")]


class AgreementRead(Answered):
    """What the members of a book share from a day on."""

    id: Id
    since: Day
    shares: list[ShareRead]
    accounts: Annotated[list[HeldRead], Field(description="Accounts, and shared categories.")]
    tags: list[Id]
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class AgreementPage(PageRead[AgreementRead]):
    """Agreements, the latest first."""


class SettlementQuery(Given):
    """Up to when is settled."""

    date: Annotated[Day | None, Field(description="The end of which day; today if left out.")] = None


class StandingRead(Answered):
    """How a member stands, in one currency."""

    currency: Annotated[str, Field(examples=["EUR"])]
    paid: Annotated[Sum, Field(description="What they paid into what is shared, less what they got out of it.")]
    share: Annotated[Sum, Field(description="What they bear of what all have paid.")]
    given: Annotated[Sum, Field(description="What went from their accounts into other members', less what came.")]
    balance: Annotated[Sum, Field(description="What they are owed; less than zero: what they owe.")]


class MemberStandingRead(Answered):
    """How a member stands."""

    user_id: Id
    name: Annotated[str | None, Field(description="Null: they have left the book.", examples=["Ada"])]
    standings: list[StandingRead]


class PaymentRead(Answered):
    """What someone is to pay someone else."""

    from_user_id: Id
    to_user_id: Id
    amount: Sum
    currency: Annotated[str, Field(examples=["EUR"])]


class UnassignedRead(Answered):
    """What went into what is shared that no member paid."""

    amount: Sum
    currency: Annotated[str, Field(examples=["EUR"])]


class SettlementRead(Answered):
    """Who has paid, who owes whom, and the payments that settle it."""

    date: Day
    members: list[MemberStandingRead]
    payments: Annotated[list[PaymentRead], Field(description="As few as can be. Once they are made, all is settled.")]
    unassigned: list[UnassignedRead]


class PaymentCreate(Given):
    """A payment between members that was made."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=False)

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    date: Annotated[Day | None, Field(description="The day it was made; today if left out.")] = None
    amount: PositiveAmount
    from_: Annotated[AccountRef, Field(alias="from", description="A member's own account.")]
    to: Annotated[AccountRef, Field(description="Another member's own account.")]
    description: LongText | None = None
