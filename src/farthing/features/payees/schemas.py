"""Payees on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from farthing.features.accounts.schemas import AccountRef
from farthing.features.payees.names import payee_key
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line, LongText, ShortText, absent

MAX_ALIASES = 50


def _distinct(aliases: list[str]) -> list[str]:
    if len({payee_key(alias) for alias in aliases}) < len(aliases):
        raise PydanticCustomError("aliases_repeated", "Two of the aliases are the same, their case aside.")
    return aliases


PayeeName = Annotated[Line, Field(min_length=1, max_length=200, examples=["Corner Shop"])]
Aliases = Annotated[
    list[PayeeName],
    Field(
        max_length=MAX_ALIASES,
        description="What the payee goes by besides: the bank's words, an older name. None is another payee's.",
        examples=[["CORNER SHOP 0147 LONDON"]],
    ),
    AfterValidator(_distinct),
]
CATEGORY = "For one-line transactions, and lines of statements, that name no category: an income or expense account."
EXAMPLE: JsonDict = {
    "name": "Corner Shop",
    "aliases": ["CORNER SHOP 0147 LONDON"],
    "default_category": "Expenses:Food:Groceries",
}


class PayeeCreate(Given):
    """A new payee."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    name: PayeeName
    aliases: Aliases = Field(default_factory=list)
    note: LongText | None = None
    default_category: Annotated[AccountRef | None, Field(description=CATEGORY)] = None


class PayeeUpdate(Given):
    """What can be changed about a payee. Absent keeps, null clears.

    A new name shows in all its transactions. The old one stays on as an alias, unless ``aliases`` are given: these are
    then all it has.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "The Corner Shop"}]})

    name: PayeeName = Field(default_factory=absent)
    aliases: Aliases = Field(default_factory=absent)
    note: LongText | None = None
    default_category: Annotated[AccountRef | None, Field(description=CATEGORY)] = None
    archived: bool = Field(default_factory=absent)


class PayeeMerge(Given):
    """Which payee another is merged into."""

    into: Annotated[Id, Field(description="The payee that stays.")]


class PayeeOrder(StrEnum):
    """How payees are listed."""

    NAME = "name"
    """By name."""
    USE = "use"
    """Those of most transactions first."""


class PayeeQuery(PageQuery):
    """Filters of the list of payees, and its order."""

    q: Annotated[ShortText | None, Field(description="Whose name or alias has this in it, whatever the case.")] = None
    archived: Annotated[bool, Field(description="Whether archived payees are listed too.")] = False
    sort: Annotated[PayeeOrder, Field(description="`name`; or `use`, those of most transactions first.")] = (
        PayeeOrder.NAME
    )


class PayeeRead(Answered):
    """A payee. What went to it is asked of the transactions."""

    id: Id
    name: Annotated[str, Field(examples=["Corner Shop"])]
    aliases: Annotated[list[str], Field(examples=[["CORNER SHOP 0147 LONDON"]])]
    note: str | None
    default_category_id: Id | None
    archived: bool
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class PayeeUseRead(PayeeRead):
    """A payee among others, and how much it is used."""

    uses: Annotated[int, Field(description="How many transactions are the payee's.", examples=[12])]
    last_used: Annotated[Day | None, Field(description="The day of the last of them.")]


class PayeePage(PageRead[PayeeUseRead]):
    """Payees, by name or by use."""
