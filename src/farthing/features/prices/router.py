"""A book's own prices."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.prices.errors import PriceIdTaken, PriceNotFound, PriceUnknown
from farthing.features.prices.schemas import (
    PriceCreate,
    PricePage,
    PriceQuery,
    PriceRead,
    PricesCreate,
    PricesRead,
    RateQuery,
    RateRead,
)
from farthing.features.prices.service.rate import RateService
from farthing.features.prices.service.record import PriceService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import CurrencyUnknown
from farthing.ledger.prices import PriceInItself

router = book_room(prefix="/prices", tag="prices")
Viewing = Annotated[PriceService, serve(PriceService, needs="prices:read")]
Listing = Annotated[PriceService, serve(PriceService, needs="prices:read", tag=Tag.BOOK)]
Rating = Annotated[RateService, serve(RateService, needs="prices:read", tag=Tag.BOOK_RATES)]
Pricing = Annotated[PriceService, serve(PriceService, needs="prices:write")]


@router.post(
    "",
    status_code=201,
    response_model=PriceRead,
    responses={
        200: {"model": PriceRead, "description": "The day had a price, which is this one now."},
        **faults(PriceIdTaken, CurrencyUnknown, PriceInItself, RevisionStale),
    },
)
async def record_price(prices: Pricing, price: PriceCreate, request: Request, response: Response) -> Row:
    """Say what a unit of something was worth on a day. A price of that day and pair makes way for it."""
    book_id = prices.work.book_id
    with told_where(request, PriceIdTaken, "get_price", book_id=book_id, price_id=price.id):
        recorded, is_new = await prices.record(price)
    if is_new:
        created_at(request, response, "get_price", book_id=book_id, price_id=recorded["id"])
    else:
        response.status_code = HTTPStatus.OK.value
    return recorded


@router.post("/bulk", response_model=PricesRead, responses=faults(PriceIdTaken, CurrencyUnknown, PriceInItself))
async def record_prices(prices: Pricing, wanted: PricesCreate) -> dict[str, int]:
    """Record up to 500 prices as one change, each in the place of the one that its day has: all of them or none."""
    return await prices.record_all(wanted.prices)


@router.get("", response_model=PricePage, responses=faults(CursorMalformed))
async def list_prices(
    prices: Listing, wanted: Annotated[PriceQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """The book's own prices, the newest first."""
    return paged(request, response, await prices.find(wanted))


@router.get("/rate", response_model=RateRead, responses=faults(PriceUnknown))
async def get_rate(rates: Rating, wanted: Annotated[RateQuery, Query()]) -> dict[str, Any]:
    """What something was worth by the end of a day: by the book's prices, noted ones and reference rates."""
    return await rates.ask(wanted)


@router.get("/{price_id}", response_model=PriceRead, responses=faults(PriceNotFound))
async def get_price(prices: Viewing, price_id: Id) -> Row:
    """A price."""
    return await prices.get(price_id)


@router.delete("/{price_id}", status_code=204, responses=faults(PriceNotFound, RevisionStale))
async def delete_price(prices: Pricing, price_id: Id) -> None:
    """Delete a price."""
    await prices.delete(price_id)
