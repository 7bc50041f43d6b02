"""The way to the provider and back. Nothing of it is written down but that it came to its end: all else is in tickets.

The *login* is a secret of the client that begins; the *state* goes to the provider and comes back with the person's
browser; the *code* is what the browser is then told. Only who has both the login and the code ends the sign-in: someone
who sends another a link gets nothing of what that other does there, nor the other way round.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from typing import Any, Final
from uuid import UUID

from farthing.core import tickets
from farthing.core.sealing import SealBrokenError, Seals, as_text, from_text
from farthing.core.settings import Settings
from farthing.core.tickets import Ticket, TicketInvalidError
from farthing.core.work import Toolbox, Work
from farthing.features.identity.service.sign_in import OpenWork
from farthing.features.identity.service.throttling import Throttle, by_address
from farthing.features.openid.errors import OpenIdOff, OpenIdRefused
from farthing.features.openid.provider import OpenIdProvider, Visitor
from farthing.features.openid.schemas import OpenIdCode, OpenIdStarted
from farthing.kit import ids

UNDER_WAY: Final = "openid state"
DONE: Final = "openid code"
UNDER_WAY_SECONDS: Final = 600
DONE_SECONDS: Final = 120
SEED_LENGTH: Final = 32


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """How people come back from the provider."""

    callback: str
    """The address that the provider sends them to."""
    return_to: str | None
    """The address of a front end that they are sent on to; None: they are shown the code."""


async def begin(tools: Toolbox, way: Way, *, person_id: UUID | None) -> OpenIdStarted:
    """Begin a sign-in elsewhere.

    Args:
        tools: the process's.
        way: how the person comes back.
        person_id: who wants to join the account there to theirs here; None: someone who wants to sign in.

    Raises:
        OpenIdOff: no provider was named.
        ProviderAway: it can't be asked.
    """
    settings = tools[Settings]
    if settings.oidc_discovery_url is None:
        raise OpenIdOff
    seed, login = ids.new_nonce(SEED_LENGTH), ids.new_secret("oid")
    facts = {
        "seed": seed.hex(),
        "login": _digest(login),
        "callback": way.callback,
        "return_to": way.return_to,
        "person": str(person_id) if person_id else None,
    }
    state = as_text(tickets.issue(tools[Seals], UNDER_WAY, facts, seconds=UNDER_WAY_SECONDS))
    url = await tools[OpenIdProvider].authorization_url(redirect_uri=way.callback, state=state, seed=seed)
    return OpenIdStarted(name=settings.oidc_name, authorization_url=url, login=login, expires_in=UNDER_WAY_SECONDS)


async def come_back(open_work: OpenWork, tools: Toolbox, *, code: str, state: str) -> tuple[OpenIdCode, str | None]:
    """Take what the provider has sent with the person's browser, and ask it who they are.

    Returns:
        What the browser is told, and where it is sent on to.

    The state is used up first, in a commit of its own: nothing waits for the provider with a connection in its hands.

    Raises:
        OpenIdRefused: the state isn't one of ours that is under way, or what the provider says proves nothing.
        TooManyAttempts: there were too many that came to nothing.
        ProviderAway: the provider can't be asked.
    """
    ticket = opened(tools, UNDER_WAY, state)
    async with open_work() as work:
        bound = by_address(work)
        await Throttle(work).spend(bound)
        await spent(work, ticket)
    visitor = await tools[OpenIdProvider].exchange(
        code, redirect_uri=ticket.facts["callback"], seed=bytes.fromhex(ticket.facts["seed"])
    )
    async with open_work() as work:
        await Throttle(work).give_back(bound)
    facts = {
        "login": ticket.facts["login"],
        "person": ticket.facts["person"],
        "visitor": dataclasses.asdict(visitor) | {"groups": None, "operator": _is_operator(visitor, tools[Settings])},
    }
    done = tickets.issue(tools[Seals], DONE, facts, seconds=DONE_SECONDS)
    return OpenIdCode(code=as_text(done), expires_in=DONE_SECONDS), ticket.facts["return_to"]


def opened(tools: Toolbox, purpose: str, text: str) -> Ticket:
    """A ticket of ours.

    Raises:
        OpenIdRefused: it isn't one, is for something else, or out of date.
    """
    try:
        return tickets.read(tools[Seals], purpose, from_text(text))
    except (SealBrokenError, TicketInvalidError):
        raise OpenIdRefused from None


async def spent(work: Work, ticket: Ticket) -> None:
    """Use a ticket up.

    Raises:
        OpenIdRefused: it was used before.
    """
    try:
        await ticket.spend(work.connection)
    except TicketInvalidError:
        raise OpenIdRefused from None


def ended(tools: Toolbox, *, code: str, login: str, person_id: UUID | None) -> Ticket:
    """The ticket of a sign-in elsewhere that has come to its end, begun by the client that ends it.

    Raises:
        OpenIdRefused: there is none such, it was begun by another, or for something else.
    """
    ticket = opened(tools, DONE, code)
    ours = hmac.compare_digest(ticket.facts["login"], _digest(login))
    if not ours or ticket.facts["person"] != (str(person_id) if person_id else None):
        raise OpenIdRefused
    return ticket


def _is_operator(visitor: Visitor, settings: Settings) -> bool | None:
    """Whether the provider has them in the operators' group; None: it has no say, or doesn't say."""
    if settings.oidc_operator_group is None or visitor.groups is None:
        return None
    return settings.oidc_operator_group in visitor.groups


def _digest(login: str) -> Any:
    return hashlib.sha256(login.encode()).hexdigest()
