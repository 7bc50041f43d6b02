"""Accounts on the wire."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from farthing.features.changes.schemas import KnownAt
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line, LongText, Name, ShortText, absent
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountType, SystemRole
from farthing.ledger.money import decimals
from farthing.ledger.wire import Amount, AmountBound, CurrencyCode, Sum

MAX_FULL_NAME = 1000
MAX_GROUPS = 200
MIN_RATE, MAX_RATE = Decimal(-100), Decimal(1000)
MAX_RATE_DECIMALS = 6


def _one_segment(name: str) -> str:
    if SEPARATOR in name:
        raise PydanticCustomError("name_with_separator", "A name has no ':' in it; it separates names.")
    return name


def _bounded_rate(rate: Decimal) -> Decimal:
    if not MIN_RATE <= rate <= MAX_RATE or decimals(rate) > MAX_RATE_DECIMALS:
        raise PydanticCustomError(
            "rate_out_of_bounds",
            "A rate lies between -100 and 1000 percent a year, with at most 6 digits after the point.",
        )
    return rate.normalize()


def _each_once(group_ids: list[Id]) -> list[Id]:
    if len(set(group_ids)) < len(group_ids):
        raise PydanticCustomError("ids_repeated", "Each group is named once.")
    return group_ids


InterestRate = Annotated[
    Amount,
    AfterValidator(_bounded_rate),
    Field(
        description="Percent a year, as agreed: 3.75. A fact noted down; nothing is reckoned from it.",
        examples=["3.75"],
    ),
]
CreditLimit = Annotated[
    AmountBound,
    Field(description="What may be owed at most, in the account's currency.", examples=["2000.00"]),
]
GroupName = Annotated[Name, Field(examples=["Everyday"])]
GroupRef = Annotated[
    Line,
    Field(min_length=1, max_length=100, description="A group of accounts, by id or by name.", examples=["Everyday"]),
]
"""A group of accounts named in a request: its id, or its name, whatever the case."""
AccountName = Annotated[Name, AfterValidator(_one_segment), Field(examples=["Checking"])]
AccountRef = Annotated[
    Line,
    Field(
        min_length=1,
        max_length=MAX_FULL_NAME,
        description="An account, by id or by full name.",
        examples=["Assets:Checking"],
    ),
]
"""An account named in a request: its id, or its full name, whatever the case."""


class OpeningCreate(Given):
    """What an account held when the book began with it: from the account's view, so a debt is negative."""

    date: Day
    amount: Annotated[Amount, Field(examples=["1250.00"])]
    currency: CurrencyCode | None = None


class TermsCreate(Given):
    """What was agreed about a debt, or about money that was lent or put by. Amounts are in the account's currency."""

    minimum_payment: Annotated[AmountBound | None, Field(description="Due each month at least.")] = None
    payment_day: Annotated[
        int | None,
        Field(ge=1, le=31, description="The day of the month when it is due; where a month is shorter, its last."),
    ] = None
    started_on: Day | None = None
    ends_on: Annotated[Day | None, Field(description="When all is to be paid, or paid out.")] = None
    original_amount: Annotated[AmountBound | None, Field(description="What it was about at the beginning.")] = None


class TermsUpdate(TermsCreate):
    """What of the terms can be changed: absent keeps, null clears."""


class AccountCreate(Given):
    """A new account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Checking",
                    "kind": "asset",
                    "type": "checking",
                    "currency": "EUR",
                    "number": "DE89370400440532013000",
                    "group": "Everyday",
                    "opening": {"date": "2026-01-01", "amount": "1250.00"},
                },
                {
                    "name": "Flat",
                    "kind": "liability",
                    "type": "mortgage",
                    "currency": "EUR",
                    "interest_rate": "3.75",
                    "terms": {"payment_day": 1, "ends_on": "2046-03-31", "original_amount": "240000.00"},
                },
            ]
        }
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    name: AccountName
    kind: AccountKind
    type: AccountType | None = None
    currency: Annotated[
        CurrencyCode | None, Field(description="Binding for what is posted to it. Null: any; not for banks.")
    ] = None
    parent: AccountRef | None = None
    number: Annotated[ShortText | None, Field(description="Account number or IBAN.")] = None
    description: LongText | None = None
    group: Annotated[GroupRef | None, Field(description="The group it is put into, by id or by name.")] = None
    interest_rate: InterestRate | None = None
    credit_limit: CreditLimit | None = None
    terms: TermsCreate | None = None
    opening: OpeningCreate | None = None


class AccountUpdate(Given):
    """What can be changed about an account. Absent keeps, null clears."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Joint account", "archived": False},
                {"group": "Everyday", "credit_limit": "2000.00", "terms": {"payment_day": 28}},
            ]
        }
    )

    name: AccountName = Field(default_factory=absent)
    parent: AccountRef | None = None
    type: AccountType | None = None
    currency: CurrencyCode | None = None
    number: ShortText | None = None
    description: LongText | None = None
    position: Annotated[int, Field(ge=0, le=99_999, description="Its place among its siblings.")] = Field(
        default_factory=absent
    )
    archived: bool = Field(default_factory=absent)
    group: Annotated[GroupRef | None, Field(description="The group it is put into, by id or by name.")] = None
    interest_rate: InterestRate | None = None
    credit_limit: CreditLimit | None = None
    terms: Annotated[TermsUpdate | None, Field(description="Merged with what is there; null clears all.")] = None


class AccountClose(Given):
    """When an account was closed, and where what was left on it went."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"date": "2026-11-23", "transfer_to": "Assets:Checking"}]}
    )

    date: Annotated[Day | None, Field(description="The day; today if left out.")] = None
    transfer_to: Annotated[
        AccountRef | None,
        Field(
            description=(
                "The account that what is left goes to on that day, by id or by full name. It must take each currency "
                "that is left. Left out: only an account that holds nothing can be closed."
            ),
        ),
    ] = None


class AccountSort(StrEnum):
    """The orders in which accounts are listed."""

    CHART = "chart"
    """As the chart has them."""
    GROUP = "group"
    """Group by group, in the order of the groups, and within one as the chart has them; those in none come last."""


class AccountQuery(PageQuery):
    """Filters of the list of accounts."""

    kind: Annotated[AccountKind | None, Field(description="Only accounts of this kind.")] = None
    closed: Annotated[bool, Field(description="Whether closed accounts are listed too.")] = False
    archived: Annotated[bool, Field(description="Whether archived accounts are listed too.")] = False
    group: Annotated[GroupRef | None, Field(description="Only accounts of this group, by id or by name.")] = None
    sort: Annotated[
        AccountSort,
        Field(description="`chart`: in the order of the chart; `group`: group by group, those in none last."),
    ] = AccountSort.CHART
    known_at: KnownAt = None


class TermsRead(Answered):
    """What was agreed about an account."""

    minimum_payment: Annotated[Amount | None, Field(examples=["250.00"])]
    payment_day: Annotated[int | None, Field(examples=[1])]
    started_on: Day | None
    ends_on: Day | None
    original_amount: Annotated[Amount | None, Field(examples=["240000.00"])]


class AccountRead(Answered):
    """An account. What it holds is asked for on its own."""

    id: Id
    name: Annotated[str, Field(examples=["Checking"])]
    full_name: Annotated[str, Field(examples=["Assets:Checking"])]
    kind: AccountKind
    type: AccountType | None
    role: Annotated[SystemRole | None, Field(description="What the service itself books here, if anything.")]
    parent_id: Id | None
    currency: Annotated[str | None, Field(examples=["EUR"])]
    number: Annotated[str | None, Field(examples=["DE89370400440532013000"])]
    description: str | None
    position: Annotated[int, Field(examples=[0])]
    opened_on: Day | None
    closed_on: Day | None
    archived: bool
    group_id: Id | None
    interest_rate: Annotated[Amount | None, Field(description="Percent a year.", examples=["3.75"])]
    credit_limit: Annotated[Amount | None, Field(examples=["2000.00"])]
    terms: TermsRead
    created_revision: Annotated[int, Field(examples=[2])]
    revision: Annotated[int, Field(examples=[2])]
    created_at: Instant
    changed_at: Instant

    @model_validator(mode="before")
    @classmethod
    def _gather_terms(cls, account: Any) -> Any:
        return {**account, "terms": account}


class AccountPage(PageRead[AccountRead]):
    """Accounts in the order that was asked for."""


class AccountGroupCreate(Given):
    """A new group of accounts, after those that are there."""

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    name: GroupName


class AccountGroupUpdate(Given):
    """What can be changed about a group of accounts."""

    name: GroupName = Field(default_factory=absent)


class AccountGroupsOrder(Given):
    """All groups of the book, in the order that they are to be in."""

    ids: Annotated[list[Id], Field(max_length=MAX_GROUPS), AfterValidator(_each_once)]


class AccountGroupRead(Answered):
    """A group of accounts. Which accounts are in it is asked of the accounts."""

    id: Id
    name: Annotated[str, Field(examples=["Everyday"])]
    position: Annotated[int, Field(description="Its place among the groups.", examples=[0])]
    created_revision: Annotated[int, Field(examples=[3])]
    revision: Annotated[int, Field(examples=[3])]
    created_at: Instant
    changed_at: Instant


class AccountGroupsRead(Answered):
    """All groups of accounts of the book, in their order. There are at most 200."""

    data: list[AccountGroupRead]


class BalanceQuery(Given):
    """When a balance is asked for."""

    date: Annotated[Day | None, Field(description="The end of this day; of today if left out.")] = None
    children: Annotated[bool, Field(description="Whether the accounts under it count too.")] = False
    known_at: KnownAt = None


class MoneyRead(Answered):
    """An amount of a currency."""

    amount: Sum
    currency: Annotated[str, Field(examples=["CAD"])]


class AccountBalanceRead(Answered):
    """What an account holds at the end of a day: a list, because it may hold several currencies."""

    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    date: Day
    balances: list[MoneyRead]
    available: Annotated[
        MoneyRead | None,
        Field(description="Of an account with a credit limit: what can still be spent, the limit and what it holds."),
    ]


class BalancesQuery(BalanceQuery):
    """Of which accounts balances are asked for, and when."""

    kind: Annotated[AccountKind | None, Field(description="Only accounts of this kind.")] = None
    closed: Annotated[bool, Field(description="Whether closed accounts are listed too.")] = False
    archived: Annotated[bool, Field(description="Whether archived accounts are listed too.")] = False


class BalanceLineRead(Answered):
    """What one account holds."""

    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    kind: AccountKind
    balances: list[MoneyRead]
    available: Annotated[MoneyRead | None, Field(description="Of an account with a credit limit.")]


class AccountBalancesRead(Answered):
    """What accounts hold at the end of a day, in the order of the chart, those that hold nothing included."""

    date: Day
    data: list[BalanceLineRead]
