"""Who may do what: every operation of the API, asked by everyone there is."""

from __future__ import annotations

import re
from itertools import pairwise

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Route
from tests.architecture.matrix import FOR_PEOPLE
from tests.architecture.operations import (
    ANYONE,
    ASKS,
    LADDER,
    LEAST,
    OPERATOR,
    SIGNED_IN,
    Town,
    document,
    operations,
    send,
)
from tests.household import Client, Household

from farthing.core.permissions import IN_BOOK, PERMISSIONS, Role
from farthing.core.serving import needs_of, open_to, serve
from farthing.entrypoints.api.app import PermissionsWrongError, check_permissions
from farthing.kit import ids

OPERATIONS = tuple(operations(document()))


@pytest.fixture(scope="module")
async def town(client: Client) -> Town:
    return await Town.built(client)


def _code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_every_operation_says_here_who_may_do_it() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(names) == len(set(names)), "two operations go by one name"
    assert set(names) == set(ASKS)
    for operation in OPERATIONS:
        assert set(operation.named) == set(ASKS[operation.name].path), operation.name
        assert operation.needs == ASKS[operation.name].needs, operation.name
        assert operation.in_book == (operation.needs in LEAST), operation.name


def test_every_operation_says_how_one_says_who_one_is_and_what_a_token_needs() -> None:
    described = document()
    assert set(described["components"]["securitySchemes"]) == {"OAuth2PasswordBearer", "PersonalAccessToken"}
    for operation in OPERATIONS:
        told = described["paths"][operation.path][operation.method.lower()].get("security", [])
        scope = operation.needs if operation.in_book else ASKS[operation.name].scope
        by_sign_in: list[dict[str, list[str]]] = [] if operation.needs == ANYONE else [{"OAuth2PasswordBearer": []}]
        by_token = [] if scope is None or scope in FOR_PEOPLE else [{"PersonalAccessToken": [scope]}]
        assert told == by_sign_in + by_token, operation.name


async def test_an_account_of_another_book_is_not_known_in_a_body(town: Town, client: Client) -> None:
    ours, theirs = town.home, await Household.founded(client)
    for method, path, body in (
        ("POST", "/transactions", {"amount": "1", "account": ours.checking_id}),
        ("POST", "/transactions", {"amount": "1", "account": theirs.checking_id, "category": ours.checking_id}),
        ("POST", "/transactions", {"amount": "1", "from": theirs.checking_id, "to": ours.checking_id}),
        ("POST", "/accounts", {"name": "Below", "kind": "asset", "currency": "EUR", "parent": ours.checking_id}),
        ("PATCH", f"/accounts/{theirs.checking_id}", {"parent": ours.checking_id}),
        ("GET", f"/transactions?account={ours.checking_id}", None),
    ):
        answer = await theirs.ask(method, path, body)
        assert _code(answer) == (422, "account_unknown"), f"{method} {path}: {answer.text}"
    brought = await theirs.bring(b"Date,Description,Amount\n2026-03-05,Bakery,-3.20\n", account=ours.checking_id)
    assert _code(brought) == (422, "account_unknown")


async def test_a_foreign_book_is_not_made_the_default(town: Town) -> None:
    answer = await town.stranger.ask("PATCH", "/me", {"default_book_id": town.home.book_id})
    absent = await town.stranger.ask("PATCH", "/me", {"default_book_id": str(ids.new_id())})
    assert _code(answer) == _code(absent) == (422, "default_book_unknown")


async def test_only_an_owner_makes_and_unmakes_owners(town: Town, client: Client) -> None:
    home = await Household.founded(client)
    owner, admin = home.person, await home.joined("admin")
    members = f"/books/{home.book_id}/members"
    for method, path, body in (
        ("POST", f"/books/{home.book_id}/invitations", {"email": town.guest.email, "role": "owner"}),
        ("PATCH", f"{members}/{admin.id}", {"role": "owner"}),
        ("PATCH", f"{members}/{owner.id}", {"role": "viewer"}),
        ("DELETE", f"{members}/{owner.id}", None),
    ):
        assert _code(await admin.ask(method, path, body)) == (403, "permission_missing"), f"{method} {path}"
    made = await owner.ask("PATCH", f"{members}/{admin.id}", {"role": "owner"}, params={"dry_run": "true"})
    assert made.status_code == 200, made.text
    unmade = await owner.ask("DELETE", f"{members}/{owner.id}")
    assert _code(unmade) == (409, "last_owner")


async def test_an_observer_is_answered_without_a_word_of_any_transaction(town: Town) -> None:
    """Names and balances of accounts, yes: not what makes them up, whatever an operation is about."""
    transactions = (await town.home.got("/transactions", params={"limit": 200, "generated": "true"}))["data"]
    secrets = {each["id"] for each in transactions}
    secrets |= {line["id"] for each in transactions for line in each["postings"]}
    for listed in ("/payees", "/tags"):
        secrets |= {word for each in (await town.home.got(listed))["data"] for word in (each["id"], each["name"])}
    assert {"Corner Store", "treat"} <= secrets
    for operation in OPERATIONS:
        if operation.in_book and operation.method == "GET" and ASKS[operation.name].least == Role.OBSERVER:
            answer = await send(town, operation, token=town.members[Role.OBSERVER].access_token)
            assert answer.is_success, operation.name
            told = [secret for secret in secrets if secret in answer.text]
            assert not told, f"{operation.name} tells {told}"


async def test_a_figure_leads_an_observer_to_transactions_that_are_closed_to_them(town: Town) -> None:
    observer, book = town.members[Role.OBSERVER], f"/books/{town.home.book_id}"
    range_ = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    report = await observer.ask("GET", f"{book}/reports/income-statement", params=range_)
    links = set(re.findall(r"/books/[^\"]+/transactions\?[^\"]+", report.text))
    assert links
    for link in links:
        assert _code(await observer.ask("GET", link)) == (403, "permission_missing")


async def test_someone_who_was_removed_is_a_stranger_at_once(town: Town, client: Client) -> None:
    home = await Household.founded(client)
    await home.share(town.guest, "editor")
    assert (await town.guest.ask("GET", f"/books/{home.book_id}")).status_code == 200
    await home.ask("DELETE", f"/members/{town.guest.id}")
    assert _code(await town.guest.ask("GET", f"/books/{home.book_id}")) == (404, "book_not_found")


async def test_a_token_is_worth_nothing_once_its_sign_in_has_ended(town: Town, client: Client) -> None:
    home = await Household.founded(client)
    ended = await client.send_json("POST", "/auth/logout", {"refresh_token": home.person.refresh_token})
    assert ended.status_code == 204
    for path in ("/me", "/books", f"/books/{home.book_id}"):
        assert _code(await home.person.ask("GET", path)) == (401, "session_ended")
    recorded = await home.ask("POST", "/transactions", {"amount": "1", "account": "Assets:Checking"})
    assert _code(recorded) == (401, "session_ended")


def test_every_word_of_the_table_is_used() -> None:
    assert {operation.needs for operation in OPERATIONS} == IN_BOOK | {SIGNED_IN, OPERATOR, ANYONE}


def test_each_role_may_what_those_below_it_may() -> None:
    words = [PERMISSIONS[Role(role)] for role in LADDER]
    assert all(lower <= higher for lower, higher in pairwise(words))
    assert set(PERMISSIONS) == set(Role)
    assert set(LADDER) == {role.value for role in Role}
    for word, least in LEAST.items():
        assert {role.value for role in Role if word in PERMISSIONS[role]} == set(LADDER[LADDER.index(least) :]), word


# --- A route that doesn't say who may enter stops the program ---


@pytest.fixture
def app(client: Client) -> FastAPI:
    return client.app.app


@pytest.mark.parametrize(
    "needs",
    [(), ("transactions:read", "transactions:write"), ("anyone", "me"), ("transactions:burn",), ("",)],
)
def test_a_route_without_exactly_one_known_word_stops_the_program(app: FastAPI, needs: tuple[str, ...]) -> None:
    planted = APIRouter()

    @planted.get("/planted", dependencies=[open_to(word) for word in needs])
    def plant() -> None:
        """Grow."""

    with pytest.raises(PermissionsWrongError, match="/planted"):
        check_permissions([*app.routes, *planted.routes])


def test_a_route_of_another_kind_stops_the_program(app: FastAPI) -> None:
    with pytest.raises(PermissionsWrongError):
        check_permissions([*app.routes, Route("/planted", lambda _: httpx2.Response(200))])


def test_a_word_that_no_route_needs_stops_the_program(app: FastAPI) -> None:
    kept = [route for route in app.routes if needs_of(getattr(route, "dependant")) != {"imports:write"}]  # noqa: B009
    with pytest.raises(PermissionsWrongError, match="imports:write"):
        check_permissions(kept)


def test_the_program_as_it_is_passes(app: FastAPI) -> None:
    check_permissions(app.routes)


def test_a_misspelt_word_is_no_dependency() -> None:
    with pytest.raises(LookupError, match="accounts:wriet"):
        serve(object, needs="accounts:wriet")  # type: ignore[arg-type]
