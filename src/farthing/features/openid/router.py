"""Signing in elsewhere, and joining accounts elsewhere to one's own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse

from farthing.core.permissions import ANYONE, SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import Operation, doorkeeper, open_for_anyone, open_for_person, open_to, room, serve
from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.features.identity.errors import PersonBlocked, ProofTooOld, SecondFactorRequired, TooManyAttempts
from farthing.features.identity.router import NO_STORE
from farthing.features.identity.schemas import TokenPair
from farthing.features.identity.service.sign_in import OpenWork
from farthing.features.openid.errors import (
    LastWayIn,
    OpenIdAddressUnverified,
    OpenIdDeclined,
    OpenIdentityNotFound,
    OpenIdOff,
    OpenIdRefused,
    OpenIdTaken,
    OpenIdUnlinked,
    ProviderAway,
)
from farthing.features.openid.schemas import (
    OpenIdCode,
    OpenIdentitiesRead,
    OpenIdentityRead,
    OpenIdLink,
    OpenIdSignIn,
    OpenIdStarted,
    ReturnTo,
)
from farthing.features.openid.service.link import LinkService, begin_link
from farthing.features.openid.service.sign_in import OpenIdSignInService
from farthing.features.openid.service.visit import Way, begin, come_back
from farthing.kit.wire import Id

router = room(prefix="", tag="identity")
Coming = Annotated[OpenIdSignInService, serve(OpenIdSignInService, needs=ANYONE)]
Linking = Annotated[LinkService, serve(LinkService, needs=SIGNED_IN)]
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Farthing</title></head>
<body><h1>Almost there</h1><p>Give this code to the program that you came from. It is good once, for two minutes.</p>
<p><code>{code}</code></p></body>
</html>
"""
PAGE_HEADERS = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Vary": "Accept",
}


@router.get(
    "/auth/openid",
    response_model=OpenIdStarted,
    responses=faults(OpenIdOff, ProviderAway),
    dependencies=[open_to(ANYONE)],
)
async def begin_openid(request: Request, response: Response, return_to: ReturnTo | None = None) -> OpenIdStarted:
    """Begin to sign in elsewhere: where the person goes, and what the client keeps until they are back."""
    response.headers.update(NO_STORE)
    return await begin(doorkeeper(request).tools, _way(request, return_to), person_id=None)


async def end_openid(
    request: Request,
    open_work: Annotated[OpenWork, open_for_anyone()],
    state: Annotated[str, Query(min_length=1, max_length=2000, description="As it was sent to the provider.")],
    code: Annotated[str | None, Query(min_length=1, max_length=4000, description="The provider's.")] = None,
    error: Annotated[str | None, Query(max_length=200, description="Why the provider sends no code.")] = None,
) -> Response:
    """Where a person's browser comes back to. It is told a code that the client that began gives to end the sign-in.

    It is sent on to the page that `return_to` named, with `#code=…`. Without one, a browser gets a page that shows the
    code, anyone else JSON. Providers send more than this reads.
    """
    if error is not None or code is None:
        raise OpenIdDeclined
    done, on_to = await come_back(open_work, doorkeeper(request).tools, code=code, state=state)
    if on_to is not None:
        # Behind the #, it reaches no server and no log.
        headers = {**PAGE_HEADERS, "Location": f"{on_to}#code={done.code}&expires_in={done.expires_in}"}
        return Response(status_code=303, headers=headers)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(PAGE.format(code=done.code), headers=PAGE_HEADERS)
    return Response(done.model_dump_json(), media_type="application/json", headers=PAGE_HEADERS)


router.add_api_route(
    "/auth/openid/callback",
    end_openid,
    methods=["GET"],
    response_model=OpenIdCode,
    responses=faults(OpenIdOff, OpenIdRefused, OpenIdDeclined, ProviderAway, TooManyAttempts),
    route_class_override=Operation,
)


@router.post(
    "/auth/openid/token",
    response_model=TokenPair,
    responses=faults(OpenIdRefused, SecondFactorRequired, OpenIdUnlinked, OpenIdAddressUnverified, PersonBlocked),
)
async def sign_in_with_openid(sign_ins: Coming, response: Response, wanted: OpenIdSignIn) -> TokenPair:
    """End a sign-in elsewhere: the code that the person has brought back, and what the client kept."""
    response.headers.update(NO_STORE)
    return await sign_ins.sign_in(wanted)


@router.get("/me/openid", response_model=OpenIdentitiesRead)
async def list_openid_identities(identities: Linking) -> dict[str, Any]:
    """The accounts elsewhere that sign one in."""
    return await identities.mine()


@router.post("/me/openid/begin", response_model=OpenIdStarted, responses=faults(OpenIdOff, ProofTooOld, ProviderAway))
async def begin_openid_link(
    open_work: Annotated[OpenWork, open_for_person()],
    request: Request,
    response: Response,
    return_to: ReturnTo | None = None,
) -> OpenIdStarted:
    """Begin to join an account elsewhere to one's own, by signing in to it."""
    response.headers.update(NO_STORE)
    return await begin_link(open_work, _way(request, return_to))


@router.post(
    "/me/openid",
    status_code=201,
    response_model=OpenIdentityRead,
    responses=faults(OpenIdRefused, OpenIdAddressUnverified, OpenIdTaken),
)
async def link_openid(identities: Linking, wanted: OpenIdLink) -> Row:
    """Join the account that one has just signed in to elsewhere to one's own.

    The provider must vouch for the address, and it must be the one that is known here.
    """
    return await identities.link(wanted)


@router.delete(
    "/me/openid/{identity_id}", status_code=204, responses=faults(OpenIdentityNotFound, ProofTooOld, LastWayIn)
)
async def unlink_openid(identities: Linking, identity_id: Id) -> None:
    """Part an account elsewhere from one's own."""
    await identities.unlink(identity_id)


def _way(request: Request, return_to: str | None) -> Way:
    """How people come back: below the public address, if there is one, else as this request was made."""
    public = doorkeeper(request).tools[Settings].public_url
    here = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
    base = here if public is None else public.rstrip("/")
    callback = f"{base}{request.app.url_path_for('end_openid')}"
    return Way(callback, return_to=None if return_to is None else f"{base}{return_to}")
