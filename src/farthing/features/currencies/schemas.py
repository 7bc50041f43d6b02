"""Currencies on the wire."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from farthing.features.books.schemas import LocaleName
from farthing.features.currencies.errors import CurrencyOfIso
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Name, ShortText, absent
from farthing.ledger.currencies import BY_ISO, NOT_MONEY, CurrencyKind
from farthing.ledger.money import MAX_DECIMALS
from farthing.ledger.wire import CurrencyCode

Digits = Annotated[int, Field(ge=0, le=MAX_DECIMALS, description="Digits after the point.", examples=[8])]


def _not_of_iso(code: str) -> str:
    if code in BY_ISO or code in NOT_MONEY:
        raise PydanticCustomError(CurrencyOfIso.code, CurrencyOfIso.message)
    return code


class CurrencyCreate(Given):
    """A currency of a book's own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "BTC", "name": "Bitcoin", "digits": 8, "kind": "crypto"}]}
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    code: Annotated[CurrencyCode, AfterValidator(_not_of_iso), Field(examples=["BTC"])]
    name: Annotated[Name, Field(examples=["Bitcoin"])]
    digits: Digits
    kind: CurrencyKind = CurrencyKind.OTHER


class CurrencyUpdate(Given):
    """What can be changed about a book's own currency. Its code stays: amounts are written with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Bitcoin", "digits": 8}]})

    name: Name = Field(default_factory=absent)
    digits: Digits = Field(default_factory=absent)
    kind: CurrencyKind = Field(default_factory=absent)


class CurrencyQuery(PageQuery):
    """Filters of the list of a book's own currencies."""

    kind: Annotated[CurrencyKind | None, Field(description="Only currencies of this kind.")] = None


class CurrencyRead(Answered):
    """A currency of a book's own."""

    id: Id
    code: Annotated[str, Field(examples=["BTC"])]
    name: Annotated[str, Field(examples=["Bitcoin"])]
    digits: Digits
    kind: CurrencyKind
    created_revision: Annotated[int, Field(examples=[3])]
    revision: Annotated[int, Field(examples=[3])]
    created_at: Instant
    changed_at: Instant


class CurrencyPage(PageRead[CurrencyRead]):
    """A book's own currencies, by code."""


class IsoCurrencyQuery(PageQuery):
    """Filters of the list of currencies of ISO 4217."""

    q: Annotated[ShortText | None, Field(description="In whose code or name this is, whatever the case.")] = None
    historic: Annotated[bool, Field(description="Whether those that aren't in use any more are listed too.")] = False
    locale: Annotated[LocaleName, Field(description="The language of the names.")] = "en"


class IsoCurrencyRead(Answered):
    """A currency of ISO 4217, or one that was."""

    code: Annotated[str, Field(examples=["EUR"])]
    name: Annotated[str, Field(examples=["Euro"])]
    digits: Annotated[int, Field(description="Digits after the point.", examples=[2])]
    number: Annotated[str | None, Field(description="ISO's number, of those in use.", examples=["978"])]
    historic: Annotated[bool, Field(description="Whether it isn't in use any more. It can be posted in.")]
    ended_on: Annotated[
        dt.date | None, Field(description="Its last day as legal tender anywhere, if known.", examples=["2002-02-28"])
    ]


class IsoCurrencyPage(PageRead[IsoCurrencyRead]):
    """Currencies of ISO 4217, by code."""
