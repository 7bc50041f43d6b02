"""Accounts on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from farthing.features.changes.schemas import KnownAt
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line, LongText, Name, ShortText, absent
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountType, SystemRole
from farthing.ledger.wire import Amount, CurrencyCode, Sum

MAX_FULL_NAME = 1000


def _one_segment(name: str) -> str:
    if SEPARATOR in name:
        raise PydanticCustomError("name_with_separator", "A name has no ':' in it; it separates names.")
    return name


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
                    "opening": {"date": "2026-01-01", "amount": "1250.00"},
                }
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
    opening: OpeningCreate | None = None


class AccountUpdate(Given):
    """What can be changed about an account. Absent keeps, null clears."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Joint account", "archived": False}]})

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


class AccountClose(Given):
    """When an account was closed."""

    date: Annotated[Day | None, Field(description="The day; today if left out.")] = None


class AccountQuery(PageQuery):
    """Filters of the list of accounts."""

    kind: Annotated[AccountKind | None, Field(description="Only accounts of this kind.")] = None
    closed: Annotated[bool, Field(description="Whether closed accounts are listed too.")] = False
    archived: Annotated[bool, Field(description="Whether archived accounts are listed too.")] = False
    known_at: KnownAt = None


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
    created_revision: Annotated[int, Field(examples=[2])]
    revision: Annotated[int, Field(examples=[2])]
    created_at: Instant
    changed_at: Instant


class AccountPage(PageRead[AccountRead]):
    """Accounts in the order of the chart."""


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
