"""The matrix: every operation, asked by everyone there is, beside what the table of permissions says they are answered.

The operations come from the OpenAPI document, what they need from :data:`tests.architecture.operations.ASKS`, which is
written by hand. Nothing here asks the program what it means to allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
from tests.architecture.operations import ANYONE, ASKS, LADDER, LEAST, OPERATOR, SIGNED_IN, Operation, Town, send
from tests.architecture.plain_sql import connected
from tests.entrypoints.api.answering import unfit
from tests.features.answers import granted
from tests.household import Person

from farthing.core.secrets import new_signing_key
from farthing.features.access_tokens.text import new_token
from farthing.features.identity.tokens import Tokens
from farthing.kit import ids

FOR_PEOPLE = frozenset({"members:write", "membership:write", "owners:write"})
"""What no personal access token does."""
EVERY_SCOPE = frozenset(LEAST) - FOR_PEOPLE
REPORTS = frozenset({"books:read", "currencies:read", "prices:read", "reports:read"})
AT_HOME = ("owner", "stranger")
"""Who asks for what only takes being someone. Of records of their own, all are the owner's."""
UNKNOWN = ("nobody", "forger", "revoked token")
"""Who asks for what anyone may."""


@dataclass(frozen=True)
class Caller:
    """Someone who asks."""

    name: str
    credential: str | None
    role: str | None = None
    """What they are to the town's book, if it is in their sight."""
    scopes: frozenset[str] | None = None
    """What the token that they show carries; None: they come by themselves."""
    unknown: str | None = None
    """Why nobody is known by what they show: the code they are told."""


async def everyone(town: Town, database_url: str, signing_key: str) -> list[Caller]:
    """All who ask."""
    home, owner = town.home, town.home.person
    invited, removed, demoted, gone = [await Person.registered(town.client) for _ in range(4)]
    for each in (removed, demoted):
        await home.share(each, "admin")
    await home.made("/invitations", {"email": invited.email, "role": "admin"})
    orphan, viewers = await _token(removed), await _token(town.members["viewer"])
    for each in (removed, demoted):  # they were let in once: whatever is kept of that is kept
        assert (await each.ask("GET", f"/books/{home.book_id}/accounts")).status_code == 200
    granted(await home.ask("DELETE", f"/members/{removed.id}"), 204)
    granted(await home.ask("PATCH", f"/members/{demoted.id}", {"role": "viewer"}))
    ended = await town.client.send_json("POST", "/auth/logout", {"refresh_token": gone.refresh_token})
    granted(ended, 204)
    revoked = await owner.made_token(*EVERY_SCOPE)
    granted(await owner.ask("DELETE", f"/me/access-tokens/{revoked['id']}"), 204)
    expired = await owner.made_token(*EVERY_SCOPE)
    async with connected(database_url) as superuser:
        past = "UPDATE access_tokens SET created_at = now() - interval '2 days', expires_at = now() WHERE id = $1"
        await superuser.execute(past, expired["id"])
    narrow = (await owner.made_token("reports", book_ids=[home.book_id]))["token"]
    elsewhere = await _token(owner, book_ids=[town.records["other book"]])
    return [
        *(Caller(role, town.members[role].access_token, role) for role in LADDER),
        Caller("demoted admin", demoted.access_token, "viewer"),
        Caller("removed member", removed.access_token),
        Caller("someone invited", invited.access_token),
        Caller("stranger", town.stranger.access_token),
        Caller("operator", town.operator.access_token),
        Caller("nobody", None, unknown="token_missing"),
        Caller("forger", _forged(town, signing_key), unknown="token_invalid"),
        Caller("one who signed out", gone.access_token, unknown="session_ended"),
        Caller("owner's token", await _token(owner), "owner", EVERY_SCOPE),
        Caller("viewer's token", viewers, "viewer", EVERY_SCOPE),
        Caller("token for reports", narrow, "owner", REPORTS),
        Caller("token for another book", elsewhere, None, EVERY_SCOPE),
        Caller("removed member's token", orphan, None, EVERY_SCOPE),
        Caller("expired token", expired["token"], unknown="access_token_invalid"),
        Caller("revoked token", revoked["token"], unknown="access_token_invalid"),
        Caller("token that nobody made", new_token(), unknown="access_token_invalid"),
        Caller("mistyped token", narrow[:-1], unknown="access_token_invalid"),
    ]


async def _token(person: Person, **wanted: object) -> str:
    return str((await person.made_token(*EVERY_SCOPE, **wanted))["token"])


def _forged(town: Town, signing_key: str) -> str:
    """A token like ours in everything but the key it is signed with."""
    ours, forger = Tokens(signing_key, seconds=600), Tokens(new_signing_key(), seconds=600)
    forger.kid = ours.kid
    actor = ours.read(town.home.person.access_token)
    assert actor.session_id is not None
    return forger.issue(actor.user_id, actor.session_id).text


def refusal(operation: Operation, caller: Caller) -> tuple[int, str] | None:
    """The status and the code that a caller is refused with; None: they may."""
    if operation.needs == ANYONE:
        return None
    if caller.unknown:
        return 401, caller.unknown
    if operation.needs == SIGNED_IN:
        return _refusal_of_people(ASKS[operation.name].scope, caller)
    if operation.needs == OPERATOR:
        refused = None if caller.name == "operator" else (403, "operator_only")
        return _refusal_of_people(None, caller) or refused
    return _refusal_in_book(operation.needs, caller)


def _refusal_of_people(scope: str | None, caller: Caller) -> tuple[int, str] | None:
    if caller.scopes is None or scope in caller.scopes:
        return None
    return 403, "sign_in_needed" if scope is None else "scope_missing"


def _refusal_in_book(needs: str, caller: Caller) -> tuple[int, str] | None:
    if caller.role is None:
        return 404, "book_not_found"
    if caller.scopes is not None and needs not in caller.scopes:
        return 403, "sign_in_needed" if needs in FOR_PEOPLE else "scope_missing"
    return None if LADDER.index(caller.role) >= LADDER.index(LEAST[needs]) else (403, "permission_missing")


def asking(operation: Operation, callers: list[Caller]) -> list[Caller]:
    """Those of the callers who ask for an operation."""
    if operation.needs == ANYONE:
        return [caller for caller in callers if caller.name in UNKNOWN]
    if operation.needs in {SIGNED_IN, OPERATOR}:
        # What isn't a dry run is left to a few; nobody else is kept from it by a role.
        at_home = AT_HOME[1:] if ASKS[operation.name].is_alone else AT_HOME
        at_home = at_home if operation.needs == SIGNED_IN else (*at_home, "operator")
        return [
            caller
            for caller in callers
            if caller.name in at_home or caller.unknown is not None or caller.scopes is not None
        ]
    return callers


async def mistakes(town: Town, operation: Operation, callers: list[Caller]) -> list[str]:
    """Where an operation answers someone otherwise than the table says: a sentence each."""
    found = [await _mistake(town, operation, caller) for caller in asking(operation, callers)]
    if operation.named and operation.in_book:
        found.append(await _mistake_about_records(town, operation))
    return [f"{operation.name}: {each}" for each in found if each]


async def _mistake(town: Town, operation: Operation, caller: Caller) -> str | None:
    answer = await send(town, operation, token=caller.credential)
    told = f"{caller.name} was answered {answer.status_code} {answer.text[:200]}"
    if (wrong := unfit(answer)) is not None:
        return f"{told}: {wrong}"
    expected = refusal(operation, caller)
    if expected is None and (lacking := ASKS[operation.name].lacking):
        return None if code_of(answer) == lacking else told
    if expected is None:
        return None if _is_right(operation, caller, answer) else told
    if (answer.status_code, code_of(answer)) != expected:
        return f"{told}, not {expected[0]} {expected[1]}"
    return await _mistake_in_refusal(town, operation, caller, answer)


def _is_right(operation: Operation, caller: Caller, answer: httpx2.Response) -> bool:
    """Whether those who may are answered well; and where it is about what is theirs, whether it is theirs."""
    ask = ASKS[operation.name]
    if operation.needs == SIGNED_IN and operation.named and ask.own is None and caller.name == "stranger":
        return answer.status_code == 404
    if ask.is_alone and caller.name == "owner":
        return answer.status_code == 409
    return answer.is_success


async def _mistake_in_refusal(town: Town, operation: Operation, caller: Caller, answer: httpx2.Response) -> str | None:
    """What a refusal tells too little, or too much."""
    if answer.status_code == 401:
        known = answer.headers["www-authenticate"].startswith("Bearer")
        return None if known else f"{caller.name} isn't told how to say who they are"
    if answer.status_code == 403:
        missing = ASKS[operation.name].scope or operation.needs
        known = code_of(answer) == "sign_in_needed" or missing in answer.json()["detail"]
        return None if known else f"{caller.name} isn't told which permission is missing"
    absent = await send(town, operation, token=caller.credential, book_id=str(ids.new_id()))
    return None if same(answer, absent) else f"{caller.name} can tell the book from one that isn't there"


async def _mistake_about_records(town: Town, operation: Operation) -> str | None:
    """Someone asks a book of their own for records of ours: the same answer as for records that never were."""
    token, mine = town.stranger.access_token, town.stranger.book_id
    never = {name: str(ids.new_id()) for name in town.records} | {"change": str(2**40)}  # each book counts its own
    foreign = await send(town, operation, token=token, book_id=mine)
    absent = await send(town, operation, token=token, book_id=mine, records=never)
    if foreign.status_code != 404:
        return f"a stranger got at a record from their own book: {foreign.status_code}"
    return None if same(foreign, absent) else "a stranger can tell a record of another book from one that isn't there"


def same(one: httpx2.Response, other: httpx2.Response) -> bool:
    """Whether two answers are the same, byte by byte. Requests of the matrix have one id, which stands in them."""
    return (one.status_code, one.headers, one.content) == (other.status_code, other.headers, other.content)


def code_of(answer: httpx2.Response) -> str | None:
    """The code of a problem; None: it is none."""
    if answer.headers.get("content-type") != "application/problem+json":
        return None
    return str(answer.json()["code"])
