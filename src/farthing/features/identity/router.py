"""Signing in, staying signed in, signing out; and the person signed in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, Response
from pydantic import SecretStr

from farthing.core.permissions import ANYONE, SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import open_for_anyone, room, serve, tool
from farthing.features.identity.errors import (
    CredentialsWrong,
    DefaultBookUnknown,
    GrantUnsupported,
    LocalLoginOff,
    PersonBlocked,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SecondFactorRequired,
    SignInBusy,
)
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.schemas import MeRead, MeUpdate, RefreshCreate, TokenPair
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.sign_in import OpenWork, SignInService, sign_in
from farthing.kit.wire import Line

router = room(prefix="", tag="identity")
Coming = Annotated[SignInService, serve(SignInService, needs=ANYONE)]
Myself = Annotated[PeopleService, serve(PeopleService, needs=SIGNED_IN)]
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1


@router.post(
    "/auth/token",
    response_model=TokenPair,
    responses=faults(
        CredentialsWrong, SecondFactorRequired, LocalLoginOff, PersonBlocked, GrantUnsupported, SignInBusy
    ),
)
async def create_token(
    open_work: Annotated[OpenWork, open_for_anyone()],
    passwords: Annotated[Passwords, tool(Passwords)],
    response: Response,
    username: Annotated[Line, Form(min_length=1, max_length=254, description="The e-mail address.")],
    password: Annotated[SecretStr, Form(min_length=1, max_length=200)],
    grant_type: Annotated[str, Form(max_length=20, description="`password`, if given.")] = "password",
    scope: Annotated[str, Form(max_length=200, description="Taken and ignored: roles decide.")] = "",  # noqa: ARG001
    client_id: Annotated[str | None, Form(max_length=200)] = None,  # noqa: ARG001
    client_secret: Annotated[SecretStr | None, Form(max_length=200)] = None,  # noqa: ARG001
) -> TokenPair:
    """Sign in with e-mail address and password (OAuth2's password form).

    Where a second factor is wanted, the answer is 401 `second_factor_required`, with the `challenge` to be sent with it
    and the `methods` to choose from.
    """
    if grant_type != "password":
        raise GrantUnsupported.at("/grant_type")
    response.headers.update(NO_STORE)
    return await sign_in(open_work, passwords, email=username, password=password.get_secret_value())


@router.post("/auth/refresh", response_model=TokenPair, responses=faults(RefreshTokenInvalid, RefreshTokenReused))
async def refresh_token(sign_ins: Coming, response: Response, refresh: RefreshCreate) -> TokenPair:
    """Change a refresh token for a new pair. Each works once; using one again ends the sign-in.

    For ten seconds, while the new one is unused, the same answer is given again: a retry is no theft.
    """
    response.headers.update(NO_STORE)
    return await sign_ins.refresh(refresh.refresh_token.get_secret_value())


@router.post("/auth/logout", status_code=204)
async def end_session(sign_ins: Coming, refresh: RefreshCreate) -> None:
    """Sign out: the sign-in that the refresh token belongs to ends, with all its tokens."""
    await sign_ins.sign_out(refresh.refresh_token.get_secret_value())


@router.get("/me", response_model=MeRead)
async def get_me(people: Myself) -> dict[str, Any]:
    """The person signed in."""
    return await people.me()


@router.patch("/me", response_model=MeRead, responses=faults(DefaultBookUnknown))
async def update_me(people: Myself, changes: MeUpdate) -> dict[str, Any]:
    """Change the name one goes by, or the default book."""
    return await people.change_me(changes)
