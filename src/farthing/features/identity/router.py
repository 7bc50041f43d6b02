"""Signing in, staying signed in, signing out; and the person signed in."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Query, Request, Response
from pydantic import SecretStr

from farthing.core.permissions import ANYONE, SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import open_for_anyone, open_for_person, paged, room, serve, tool
from farthing.features.identity.errors import (
    CredentialsWrong,
    DefaultBookUnknown,
    EmailTaken,
    GrantUnsupported,
    LinkInvalid,
    LocalLoginOff,
    MailMissing,
    PasswordCommon,
    PersonBlocked,
    ProofTooOld,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SecondFactorRequired,
    SessionNotFound,
    SignInBusy,
    TooManyAttempts,
)
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.schemas import (
    EmailChange,
    EmailConfirm,
    MeRead,
    MeUpdate,
    PasswordChange,
    PasswordForgotten,
    PasswordReset,
    PasswordResetRead,
    RefreshCreate,
    SessionPage,
    SessionQuery,
    TokenPair,
)
from farthing.features.identity.service.emails import EmailService
from farthing.features.identity.service.passwords import PasswordService, change_password, reset_password
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.sessions import SessionService
from farthing.features.identity.service.sign_in import OpenWork, SignInService, sign_in
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Line

router = room(prefix="", tag="identity")
Coming = Annotated[SignInService, serve(SignInService, needs=ANYONE)]
ForgettingPassword = Annotated[PasswordService, serve(PasswordService, needs=ANYONE)]
ConfirmingEmail = Annotated[EmailService, serve(EmailService, needs=ANYONE)]
Addressing = Annotated[EmailService, serve(EmailService, needs=SIGNED_IN)]
SignedIn = Annotated[SessionService, serve(SessionService, needs=SIGNED_IN)]
ForAnyone = Annotated[OpenWork, open_for_anyone()]
ForMyself = Annotated[OpenWork, open_for_person()]
Hashing = Annotated[Passwords, tool(Passwords)]
Myself = Annotated[PeopleService, serve(PeopleService, needs=SIGNED_IN)]
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1


@router.post(
    "/auth/token",
    response_model=TokenPair,
    responses=faults(
        CredentialsWrong,
        SecondFactorRequired,
        LocalLoginOff,
        PersonBlocked,
        GrantUnsupported,
        TooManyAttempts,
        SignInBusy,
    ),
)
async def create_token(
    open_work: ForAnyone,
    passwords: Hashing,
    response: Response,
    username: Annotated[Line, Form(min_length=1, max_length=254, description="The e-mail address.")],
    password: Annotated[SecretStr, Form(min_length=1, max_length=200)],
    grant_type: Annotated[str, Form(max_length=20, description="`password`, if given.")] = "password",
    scope: Annotated[str, Form(max_length=200, description="Taken and ignored: roles decide.")] = "",  # noqa: ARG001
    client_id: Annotated[str | None, Form(max_length=200)] = None,  # noqa: ARG001
    client_secret: Annotated[SecretStr | None, Form(max_length=200)] = None,  # noqa: ARG001
    device_token: Annotated[
        SecretStr | None,
        Form(min_length=1, max_length=200, description="What an earlier sign-in from this device answered."),
    ] = None,
) -> TokenPair:
    """Sign in with e-mail address and password (OAuth2's password form).

    Where a second factor is wanted, the answer is 401 `second_factor_required`, with the `challenge` to be sent with it
    and the `methods` to choose from.
    """
    if grant_type != "password":
        raise GrantUnsupported.at("/grant_type")
    response.headers.update(NO_STORE)
    return await sign_in(
        open_work,
        passwords,
        email=username,
        password=password.get_secret_value(),
        device_token=device_token.get_secret_value() if device_token else None,
    )


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


@router.get("/auth/sessions", response_model=SessionPage, responses=faults(CursorMalformed))
async def list_sessions(
    sessions: SignedIn, wanted: Annotated[SessionQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Where one is signed in, the newest first."""
    return paged(request, response, await sessions.find(wanted))


@router.delete("/auth/sessions", status_code=204)
async def end_sessions(
    sessions: SignedIn,
    *,
    keep_current: Annotated[bool, Query(description="Whether the sign-in that asks stays.")] = True,
) -> None:
    """Sign out everywhere, or everywhere else. Their tokens, access tokens too, open nothing from then on."""
    await sessions.end_all(keep_current=keep_current)


@router.delete("/auth/sessions/{session_id}", status_code=204, responses=faults(SessionNotFound))
async def end_one_session(sessions: SignedIn, session_id: UUID) -> None:
    """Sign out in one place. Its tokens, access tokens too, open nothing from then on."""
    await sessions.end(session_id)


@router.post(
    "/auth/password",
    status_code=204,
    responses=faults(CredentialsWrong, ProofTooOld, PasswordCommon, TooManyAttempts, SignInBusy),
)
async def change_own_password(open_work: ForMyself, passwords: Hashing, change: PasswordChange) -> None:
    """Change one's password. Everywhere else one is signed out; programs are, too, with `revoke_tokens`."""
    await change_password(
        open_work,
        passwords,
        old=change.old_password.get_secret_value() if change.old_password else None,
        new=change.new_password.get_secret_value(),
        revoke_tokens=change.revoke_tokens,
    )


@router.post("/auth/password/forgot", status_code=202, response_class=Response, responses=faults(TooManyAttempts))
async def forget_password(asking: ForgettingPassword, forgotten: PasswordForgotten) -> None:
    """Have a link mailed with which a new password can be set, once, within an hour.

    The answer is the same whether there is such a person or not. Where the instance sends no mail, whoever runs it can
    make such a link: `farthing user reset-link`.
    """
    await asking.ask_for_reset(forgotten.email)


@router.post(
    "/auth/password/reset",
    response_model=PasswordResetRead,
    responses=faults(LinkInvalid, PasswordCommon, TooManyAttempts, SignInBusy),
)
async def set_new_password(
    open_work: ForAnyone, passwords: Hashing, response: Response, reset: PasswordReset
) -> dict[str, Any]:
    """Set a new password with what a mailed link carries. One is signed out everywhere, and can sign in with it.

    Personal access tokens are revoked with it, unless `revoke_tokens` says otherwise.
    """
    response.headers.update(NO_STORE)
    device_token = await reset_password(
        open_work,
        passwords,
        token=reset.token.get_secret_value(),
        new=reset.new_password.get_secret_value(),
        revoke_tokens=reset.revoke_tokens,
    )
    return {"device_token": device_token}


@router.post(
    "/auth/email/verify", status_code=202, response_class=Response, responses=faults(MailMissing, TooManyAttempts)
)
async def verify_email(addresses: Addressing) -> None:
    """Have a link mailed to one's address that shows, once used, that mail to it reaches one."""
    await addresses.ask_to_verify()


@router.post(
    "/auth/email/change",
    status_code=202,
    response_class=Response,
    responses=faults(MailMissing, ProofTooOld, TooManyAttempts),
)
async def change_email(addresses: Addressing, change: EmailChange) -> None:
    """Have a link mailed to a new address. It is one's own once that is used; until then the old one stays."""
    await addresses.ask_to_change(change.email)


@router.post("/auth/email/confirm", status_code=204, responses=faults(LinkInvalid, EmailTaken, TooManyAttempts))
async def confirm_email(addresses: ConfirmingEmail, confirm: EmailConfirm) -> None:
    """Use what a mailed link carries: the address it went to is verified, and becomes one's own if it was a new one."""
    await addresses.confirm(confirm.token.get_secret_value())


@router.get("/me", response_model=MeRead)
async def get_me(people: Myself) -> dict[str, Any]:
    """The person signed in."""
    return await people.me()


@router.patch("/me", response_model=MeRead, responses=faults(DefaultBookUnknown))
async def update_me(people: Myself, changes: MeUpdate) -> dict[str, Any]:
    """Change the name one goes by, or the default book."""
    return await people.change_me(changes)
