"""Currencies: those of ISO 4217, and a book's own."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, room, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.currencies.errors import (
    CurrenciesTooMany,
    CurrencyCodeTaken,
    CurrencyIdTaken,
    CurrencyInUse,
    CurrencyNotFound,
    CurrencyPostedFiner,
)
from farthing.features.currencies.schemas import (
    CurrencyCreate,
    CurrencyPage,
    CurrencyQuery,
    CurrencyRead,
    CurrencyUpdate,
    IsoCurrencyPage,
    IsoCurrencyQuery,
)
from farthing.features.currencies.service import CurrencyService, IsoCurrencyService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import Currency

everyones = room(prefix="/currencies", tag="currencies")
router = book_room(prefix="/currencies", tag="currencies")
Everyone = Annotated[IsoCurrencyService, serve(IsoCurrencyService, needs=SIGNED_IN, scope="currencies:read")]
Viewing = Annotated[CurrencyService, serve(CurrencyService, needs="currencies:read")]
Listing = Annotated[CurrencyService, serve(CurrencyService, needs="currencies:read", tag=Tag.BOOK)]
Changing = Annotated[CurrencyService, serve(CurrencyService, needs="currencies:write")]


@everyones.get("", response_model=IsoCurrencyPage, responses=faults(CursorMalformed))
async def list_iso_currencies(
    currencies: Everyone, wanted: Annotated[IsoCurrencyQuery, Query()], request: Request, response: Response
) -> Page[Currency]:
    """The currencies of ISO 4217, by code: those in use, unless those of the past are asked for too."""
    return paged(request, response, currencies.find(wanted))


@router.post(
    "",
    status_code=201,
    response_model=CurrencyRead,
    responses=faults(CurrencyCodeTaken, CurrencyIdTaken, CurrenciesTooMany),
)
async def add_currency(currencies: Changing, currency: CurrencyCreate, request: Request, response: Response) -> Row:
    """Give the book a currency of its own: a coin, a share, miles. Accounts and amounts are in it as in any other."""
    book_id = currencies.work.book_id
    with told_where(request, CurrencyIdTaken, "get_currency", book_id=book_id, currency_id=currency.id):
        added = await currencies.open(currency)
    created_at(request, response, "get_currency", book_id=book_id, currency_id=added["id"])
    return added


@router.get("", response_model=CurrencyPage, responses=faults(CursorMalformed))
async def list_currencies(
    currencies: Listing, wanted: Annotated[CurrencyQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """The book's own currencies, by code."""
    return paged(request, response, await currencies.find(wanted))


@router.get("/{currency_id}", response_model=CurrencyRead, responses=faults(CurrencyNotFound))
async def get_currency(currencies: Viewing, currency_id: Id) -> Row:
    """One of the book's own currencies."""
    return await currencies.get(currency_id)


@router.patch(
    "/{currency_id}",
    response_model=CurrencyRead,
    responses=faults(CurrencyNotFound, CurrencyPostedFiner, RevisionStale),
)
async def update_currency(currencies: Changing, currency_id: Id, changes: CurrencyUpdate) -> Row:
    """Rename one of the book's own currencies, or let it have more digits; fewer only if no amount needs them."""
    return await currencies.change(currency_id, changes)


@router.delete("/{currency_id}", status_code=204, responses=faults(CurrencyNotFound, CurrencyInUse, RevisionStale))
async def delete_currency(currencies: Changing, currency_id: Id) -> None:
    """Delete one of the book's own currencies that nothing is kept in."""
    await currencies.delete(currency_id)
