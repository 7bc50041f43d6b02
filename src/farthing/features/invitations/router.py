"""Inviting people to a book, and answering."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import book_room, created_at, paged, room, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.books.errors import BooksTooMany, MemberExists, MembersTooMany
from farthing.features.books.schemas import BookRead
from farthing.features.identity.errors import MailMissing, TooManyAttempts
from farthing.features.invitations.errors import (
    AddressUnverified,
    InvitationAddressless,
    InvitationExists,
    InvitationIdTaken,
    InvitationNotFound,
    InvitationsTooMany,
)
from farthing.features.invitations.schemas import (
    InvitationAnswer,
    InvitationCreate,
    InvitationFind,
    InvitationMade,
    InvitationPage,
    InvitationRead,
    OfferList,
    OfferRead,
)
from farthing.features.invitations.service import InvitationService, OfferService
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import Id

router = book_room(prefix="/invitations", tag="invitations")
mine = room(prefix="/invitations", tag="invitations")
# No entity tag: an invitation's time runs out without a word to the book.
Seeing = Annotated[InvitationService, serve(InvitationService, needs="members:read", tag=None)]
Inviting = Annotated[InvitationService, serve(InvitationService, needs="members:write")]
# Mail again is no event of the book, and waits for none of its writes.
Writing = Annotated[InvitationService, serve(InvitationService, needs="members:write", locks=False)]
Invited = Annotated[OfferService, serve(OfferService, needs=SIGNED_IN)]


@router.post(
    "",
    status_code=201,
    response_model=InvitationMade,
    responses=faults(MemberExists, InvitationExists, InvitationIdTaken, InvitationsTooMany, TooManyAttempts),
)
async def invite(
    invitations: Inviting, wanted: InvitationCreate, request: Request, response: Response
) -> dict[str, Any]:
    """Invite someone to share the book: by their address, or by a token. Only an owner makes owners.

    Where the instance sends mail, whoever has the address is told, with a link of their own; but not by someone who
    hasn't shown that their own address is theirs.
    """
    book_id = invitations.work.book_id
    with told_where(request, InvitationIdTaken, "get_invitation", book_id=book_id, invitation_id=wanted.id):
        made = await invitations.invite(wanted)
    created_at(request, response, "get_invitation", book_id=book_id, invitation_id=made["id"])
    response.headers["Cache-Control"] = "no-store"
    return made


@router.get("", response_model=InvitationPage, responses=faults(CursorMalformed))
async def list_invitations(
    invitations: Seeing, wanted: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Invitations to the book that wait for their answers, oldest first."""
    return paged(request, response, await invitations.find(wanted))


@router.get("/{invitation_id}", response_model=InvitationRead, responses=faults(InvitationNotFound))
async def get_invitation(invitations: Seeing, invitation_id: Id) -> dict[str, Any]:
    """An invitation to the book."""
    return await invitations.get(invitation_id)


@router.post(
    "/{invitation_id}/send",
    status_code=202,
    response_class=Response,
    responses=faults(InvitationNotFound, InvitationAddressless, MailMissing, AddressUnverified, TooManyAttempts),
)
async def send_invitation(invitations: Writing, invitation_id: Id) -> None:
    """Have a mail tell whoever is invited, again. The link of the mail before is good for nothing then."""
    await invitations.send(invitation_id)


@router.delete("/{invitation_id}", status_code=204, responses=faults(InvitationNotFound, RevisionStale))
async def withdraw_invitation(invitations: Inviting, invitation_id: Id) -> None:
    """Withdraw an invitation."""
    await invitations.withdraw(invitation_id)


@mine.get("", response_model=OfferList)
async def list_my_invitations(offers: Invited) -> dict[str, list[Row]]:
    """What one is invited to by one's address, oldest first.

    Where the instance sends mail, that is nothing before one has shown that the address is one's own.
    """
    return {"data": await offers.find()}


@mine.post("/find", response_model=OfferRead, responses=faults(InvitationNotFound))
async def find_my_invitation(offers: Invited, wanted: InvitationFind) -> Row:
    """What a token invites to. Looking uses nothing up. One that was mailed is for who signed in with that address."""
    return await offers.look_at(wanted.token)


@mine.post(
    "/accept",
    response_model=BookRead,
    responses=faults(AddressUnverified, InvitationNotFound, MemberExists, MembersTooMany, BooksTooMany),
)
async def accept_invitation(offers: Invited, answer: InvitationAnswer) -> dict[str, Any]:
    """Become a member of the book one is invited to."""
    return await offers.accept(answer)


@mine.post("/decline", status_code=204, responses=faults(AddressUnverified, InvitationNotFound))
async def decline_invitation(offers: Invited, answer: InvitationAnswer) -> None:
    """Turn an invitation down."""
    await offers.decline(answer)
