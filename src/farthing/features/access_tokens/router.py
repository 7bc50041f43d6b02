"""Personal access tokens: made, listed and revoked by those who signed in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import created_at, paged, room, serve
from farthing.core.statements import Row
from farthing.features.access_tokens.errors import AccessTokenNotFound, AccessTokensTooMany, TokenBookUnknown
from farthing.features.access_tokens.schemas import (
    AccessTokenCreate,
    AccessTokenMade,
    AccessTokenPage,
    AccessTokenRead,
)
from farthing.features.access_tokens.service import AccessTokenService
from farthing.features.identity.errors import ProofTooOld
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import Id

router = room(prefix="/me/access-tokens", tag="access tokens")
Mine = Annotated[AccessTokenService, serve(AccessTokenService, needs=SIGNED_IN)]


@router.post(
    "",
    status_code=201,
    response_model=AccessTokenMade,
    responses=faults(ProofTooOld, TokenBookUnknown, AccessTokensTooMany),
)
async def create_access_token(
    tokens: Mine, wanted: AccessTokenCreate, request: Request, response: Response
) -> dict[str, Any]:
    """Make a token for a program. It is told once; what is kept can't be turned back into it.

    It wants a fresh proof of who one is (`POST /auth/prove`).
    """
    made = await tokens.make(wanted)
    created_at(request, response, "get_access_token", token_id=made["id"])
    return made


@router.get("", response_model=AccessTokenPage, responses=faults(CursorMalformed))
async def list_access_tokens(
    tokens: Mine, wanted: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """One's tokens that aren't revoked, newest first; those that have expired among them."""
    return paged(request, response, await tokens.find(wanted))


@router.get("/{token_id}", response_model=AccessTokenRead, responses=faults(AccessTokenNotFound))
async def get_access_token(tokens: Mine, token_id: Id) -> Row:
    """A token, without the token itself."""
    return await tokens.get(token_id)


@router.delete("/{token_id}", status_code=204, responses=faults(AccessTokenNotFound))
async def revoke_access_token(tokens: Mine, token_id: Id) -> None:
    """Revoke a token, from the next request on."""
    await tokens.revoke(token_id)
