"""Links between what was spent and what came back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.links.errors import (
    LineExhausted,
    LineUnknown,
    LinkCurrenciesDiffer,
    LinkExists,
    LinkIdTaken,
    LinkNotFound,
    LinkWithinTransaction,
    ReturnUnfit,
    SpendingUnfit,
)
from farthing.features.links.schemas import LinkCreate, LinkPage, LinkQuery, LinkRead, LinkUpdate
from farthing.features.links.service import LinkService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge

router = book_room(prefix="/links", tag="links")
Viewing = Annotated[LinkService, serve(LinkService, needs="transactions:read")]
Listing = Annotated[LinkService, serve(LinkService, needs="transactions:read", tag=Tag.BOOK)]
Linking = Annotated[LinkService, serve(LinkService, needs="transactions:write")]


@router.post(
    "",
    status_code=201,
    response_model=LinkRead,
    responses=faults(
        LinkIdTaken,
        LinkExists,
        LineExhausted,
        LineUnknown,
        SpendingUnfit,
        ReturnUnfit,
        LinkWithinTransaction,
        LinkCurrenciesDiffer,
        AmountTooFine,
        AmountTooLarge,
    ),
)
async def create_link(links: Linking, link: LinkCreate, request: Request, response: Response) -> Row:
    """Say that what came back in one line is a refund or a reimbursement of what was spent in another."""
    book_id = links.work.book_id
    with told_where(request, LinkIdTaken, "get_link", book_id=book_id, link_id=link.id):
        made = await links.link(link)
    created_at(request, response, "get_link", book_id=book_id, link_id=made["id"])
    return made


@router.get("", response_model=LinkPage, responses=faults(CursorMalformed))
async def list_links(
    links: Listing, wanted: Annotated[LinkQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """Links, oldest first: all of them, a transaction's or a line's."""
    return paged(request, response, await links.find(wanted))


@router.get("/{link_id}", response_model=LinkRead, responses=faults(LinkNotFound))
async def get_link(links: Viewing, link_id: Id) -> Row:
    """A link."""
    return await links.get(link_id)


@router.patch(
    "/{link_id}",
    response_model=LinkRead,
    responses=faults(LinkNotFound, LineExhausted, AmountTooFine, AmountTooLarge, RevisionStale),
)
async def update_link(links: Linking, link_id: Id, changes: LinkUpdate) -> Row:
    """Change a link's amount or note."""
    return await links.change(link_id, changes)


@router.delete("/{link_id}", status_code=204, responses=faults(LinkNotFound, RevisionStale))
async def delete_link(links: Linking, link_id: Id) -> None:
    """Delete a link. Its lines stay as they are."""
    await links.remove(link_id)
