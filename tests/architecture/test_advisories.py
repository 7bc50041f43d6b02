"""Classes of defects that others had to publish advisories about, each tried on every operation that could have it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.architecture.operations import ASKS, Operation, Town, document, operations
from tests.architecture.plain_sql import furnished
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person, serving

from farthing.kit import ids

DOCUMENT = document()
OPERATIONS = tuple(operations(DOCUMENT))
READS = tuple(each for each in OPERATIONS if each.method == "GET" and each.path.startswith("/api/"))
LISTS = tuple(each for each in READS if each.in_book and "cursor" in each.parameters)
WITH_BODY = tuple(each for each in OPERATIONS if ASKS[each.name].json is not None)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LINE = {"date": "2026-03-01", "amount": "-12.50", "account": "Assets:Checking"}
SAME = {"X-Request-ID": "the-same-for-all"}


def by_name(operation: Operation) -> str:
    return operation.name


@pytest.fixture(scope="module")
async def town(client: Client) -> Town:
    return await Town.built(client)


@pytest.fixture(scope="module")
async def theirs(client: Client) -> Household:
    """Somebody else's book, with much in it."""
    return await furnished(client)


@pytest.fixture(scope="module")
async def other_process(database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The same service a second time, as another worker or another machine runs it."""
    async with serving(database_url, signing_key, registration="open") as client:
        yield client


async def _body(town: Town, operation: Operation) -> Any:
    made = ASKS[operation.name].json(town)  # type: ignore[misc]
    return await made if hasattr(made, "__await__") else made


def _path(town: Town, operation: Operation, book_id: str) -> str:
    named = {name: town.records[record] for name, record in ASKS[operation.name].path.items()}
    return operation.path.format(book_id=book_id, **named)


# --- Rights that are kept too long ---


async def test_a_role_that_was_taken_is_gone_on_every_process_at_the_next_request(
    client: Client, other_process: Client
) -> None:
    home = await Household.founded(client)
    guest = await home.joined("admin")
    elsewhere = Person(other_process, guest.email, guest.id, guest.book_id, guest.access_token, guest.refresh_token)
    book = f"/books/{home.book_id}"
    seen = await elsewhere.ask("GET", f"{book}/transactions")
    granted(await elsewhere.ask("POST", f"{book}/transactions", LINE, headers={"Idempotency-Key": "k"}), 201)
    granted(await home.ask("PATCH", f"/members/{guest.id}", {"role": "observer"}))
    for method, path, body in (
        ("GET", "/transactions", None),
        ("POST", "/transactions", LINE),
        ("PATCH", "", {"name": "Mine"}),
        ("GET", "/members", None),
    ):
        # Neither a key that was answered nor a tag that was handed out is worth more than the role.
        headers = {"If-None-Match": "*"} if method == "GET" else {"Idempotency-Key": "k"}
        refused(await elsewhere.ask(method, f"{book}{path}", body, headers=headers), 403, "permission_missing")
    granted(await home.ask("DELETE", f"/members/{guest.id}"), 204)
    for tag in ("*", seen.headers["etag"]):
        gone = await elsewhere.ask("GET", f"{book}/transactions", headers={"If-None-Match": tag})
        refused(gone, 404, "book_not_found")
        assert "etag" not in gone.headers


async def test_a_token_that_was_revoked_is_gone_on_every_process_at_the_next_request(
    client: Client, other_process: Client
) -> None:
    home = await Household.founded(client)
    made = await home.person.made_token("read", "transactions:write")
    shown = {"Authorization": f"Bearer {made['token']}"}
    for each in (client, other_process):
        granted(await each.send_json("GET", "/books/default", headers=shown))
    granted(await home.person.ask("DELETE", f"/me/access-tokens/{made['id']}"), 204)
    for each in (other_process, client):
        refused(await each.send_json("GET", "/books/default", headers=shown), 401, "access_token_invalid")
        refused(await each.send_json("POST", "/books/default/transactions", LINE, headers=shown), 401,
                "access_token_invalid")  # fmt: skip


async def test_what_was_answered_to_a_person_is_not_replayed_to_a_token_that_may_not(household: Household) -> None:
    key = {"Idempotency-Key": "once"}
    path = f"/books/{household.book_id}/transactions"
    granted(await household.person.ask("POST", path, LINE, headers=key), 201)
    narrow = household.person.with_token((await household.person.made_token("read"))["token"])
    refused(await narrow.ask("POST", path, LINE, headers=key), 403, "scope_missing")


async def test_an_entity_tag_is_worth_nothing_with_other_rights(household: Household) -> None:
    """What a list shows depends on who asks: a tag of one's own doesn't answer 304 to a program's question."""
    path = f"/books/{household.book_id}/transactions"
    tag = (await household.person.ask("GET", path)).headers["etag"]
    program = household.person.with_token((await household.person.made_token("read"))["token"])
    assert (await program.ask("GET", path, headers={"If-None-Match": tag})).status_code == 200
    reports = household.person.with_token((await household.person.made_token("reports"))["token"])
    refused(await reports.ask("GET", path, headers={"If-None-Match": tag}), 403, "scope_missing")


# --- What a body may not say ---


@pytest.mark.parametrize("operation", WITH_BODY, ids=by_name)
async def test_nobody_gives_themselves_what_a_body_was_not_made_for(town: Town, operation: Operation) -> None:
    body = await _body(town, operation)
    own = DOCUMENT["components"]["schemas"]
    schema = DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]["application/json"]
    known = own[schema["schema"]["$ref"].rpartition("/")[2]].get("properties", {}) if "$ref" in schema["schema"] else {}
    for name, value in (
        ("is_operator", True),
        ("role", "owner"),
        ("user_id", town.guest.id),
        ("book_id", town.stranger.book_id),
        ("revision", 1),
        ("created_by", town.guest.id),
        ("__proto__", {"role": "owner"}),
    ):
        if name not in known:
            answer = await town.client.request(
                operation.method,
                _path(town, operation, town.home.book_id),
                json=body | {name: value},
                headers={"Authorization": f"Bearer {town.home.person.access_token}"},
            )
            assert answer.status_code == 422, f"{name}: {answer.status_code} {answer.text}"
            assert f"/{name}" in [blame.get("pointer") for blame in answer.json()["errors"]], answer.text


# --- Records of others, named in bodies and cursors ---


@pytest.mark.parametrize("operation", [each for each in WITH_BODY if each.in_book and not each.named], ids=by_name)
async def test_a_record_of_another_book_that_a_body_names_is_not_there(
    town: Town, theirs: Household, operation: Operation
) -> None:
    body = json.dumps(await _body(town, operation))
    ours = {*town.records.values(), town.home.checking_id}
    named = [found for found in UUID.findall(body) if found in ours and found != town.records["other book"]]
    if not named:
        return
    never = body
    for found in named:
        never = never.replace(found, str(ids.new_id()))
    foreign, absent = [
        await town.client.request(
            operation.method,
            operation.path.format(book_id=theirs.book_id),
            json=json.loads(each),
            params={"dry_run": "true"} if "dry_run" in operation.parameters else {},
            headers={"Authorization": f"Bearer {theirs.person.access_token}", **SAME},
        )
        for each in (body, never)
    ]
    assert 400 <= foreign.status_code < 500, foreign.text
    told = foreign.text
    for found in named:
        assert found not in told
    assert (foreign.status_code, foreign.headers, foreign.content) == (
        absent.status_code,
        absent.headers,
        absent.content,
    )


async def test_what_one_owns_is_not_joined_with_what_another_owns(town: Town, theirs: Household) -> None:
    """As above, for operations on a record of one's own that name another."""
    ours = town.records
    mine = await theirs.record("-3.00", payee="Mine", tags=["mine"])
    payee, account = mine["payee_id"], theirs.checking_id
    tag = (await theirs.got("/tags", params={"q": "mine"}))["data"][0]["id"]
    posting = mine["postings"][1]["id"]
    names = {"posting": ours["posting"], "transaction": ours["transaction"], "payee": ours["payee"], "tag": ours["tag"]}
    names |= {"group": ours["account group"], "account": town.home.checking_id}
    for method, path, body in (
        ("POST", f"/payees/{payee}/merge", {"into": "{payee}"}),
        ("POST", f"/tags/{tag}/merge", {"into": "{tag}"}),
        ("POST", f"/transactions/{mine['id']}/merge", {"with": "{transaction}"}),
        ("PATCH", f"/transactions/{mine['id']}", {"account": "{account}"}),
        ("PATCH", f"/transactions/{mine['id']}", {"category": "{account}"}),
        ("PATCH", f"/accounts/{account}", {"parent": "{account}"}),
        ("POST", "/links", {"kind": "refund", "from_posting_id": posting, "to_posting_id": "{posting}"}),
        ("POST", "/matches/reject", {"kind": "transfer", "transaction_ids": [mine["id"], "{transaction}"]}),
        ("PATCH", "/transactions/bulk", {"ids": [mine["id"], "{transaction}"], "changes": {"description": "x"}}),
        ("POST", "/transactions/bulk-delete", {"ids": [mine["id"], "{transaction}"]}),
        ("POST", "/checkpoints", {"account": "{account}", "date": "2026-03-01", "amount": "1"}),
        ("PUT", "/account-groups/order", {"ids": ["{group}"]}),
    ):
        answers = []
        for known in (names, {name: str(ids.new_id()) for name in names}):
            text = json.dumps(body)
            for name, record in known.items():
                text = text.replace(f"{{{name}}}", record)
            answer = await theirs.ask(method, path, json.loads(text), headers=SAME)
            answers.append((answer.status_code, re.sub(UUID, "…", answer.text)))
        assert 400 <= answers[0][0] < 500, f"{method} {path}: {answers[0]}"
        assert answers[0] == answers[1], f"{method} {path}"


@pytest.mark.parametrize("operation", LISTS, ids=by_name)
async def test_a_cursor_of_another_book_shows_nothing_of_it(
    town: Town, theirs: Household, operation: Operation
) -> None:
    asked = ASKS[operation.name].query
    path = _path(town, operation, town.home.book_id)
    owner = {"Authorization": f"Bearer {town.home.person.access_token}"}
    page = granted(await town.client.request("GET", path, headers=owner, params=asked | {"limit": "1"}))
    cursor = page.get("next_cursor")
    if cursor is None or operation.named:
        return
    foreign = await town.client.request(
        "GET",
        operation.path.format(book_id=theirs.book_id),
        params=asked | {"cursor": cursor, "limit": "200"},
        headers={"Authorization": f"Bearer {theirs.person.access_token}"},
    )
    assert foreign.status_code in {200, 400}, foreign.text
    whole = granted(await town.client.request("GET", path, headers=owner, params=asked))
    ours = set(UUID.findall(json.dumps(whole["data"])))
    assert not ours & set(UUID.findall(foreign.text))


# --- Other ways to the same place ---


@pytest.mark.parametrize("operation", READS, ids=by_name)
async def test_asking_for_the_headers_alone_asks_for_the_same_rights(town: Town, operation: Operation) -> None:
    path = str(httpx2.URL(_path(town, operation, town.home.book_id), params=ASKS[operation.name].query))
    nobody = await town.client.request("HEAD", path)
    if operation.needs != "anyone":
        assert nobody.status_code == 401
        assert nobody.headers["www-authenticate"].startswith("Bearer")
    if operation.in_book:
        stranger = await town.client.request(
            "HEAD", path, headers={"Authorization": f"Bearer {town.stranger.access_token}"}
        )
        assert stranger.status_code == 404
    assert (nobody.content, nobody.headers.get("etag")) == (b"", None)
    options = await town.client.request("OPTIONS", path)
    assert options.status_code == 405


async def test_a_method_is_what_it_says_and_nothing_in_a_header_changes_it(household: Household) -> None:
    made = await household.record()
    path = f"/transactions/{made['id']}"
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        granted(await household.ask("GET", path, headers={header: "DELETE"}))
    refused(await household.ask("GET", path, params={"_method": "DELETE"}), 422, "parameter_unknown")
    granted(await household.ask("GET", path))


def _detours(book: str, other: str) -> list[str]:
    """Ways to write the address of a book's accounts that somebody might read differently."""
    return [
        f"//api/v1/books/{book}/accounts",
        f"/api/v1//books/{book}/accounts",
        f"/api/v1/books//{book}/accounts",
        f"/api/v1/books/{book}//accounts",
        f"/api/v1/books/{book}/accounts/",
        f"/api/v1/books/{other}/../{book}/accounts",
        f"/api/v1/books/{other}%2F..%2F{book}/accounts",
        f"/api/v1/books/{other};/{book}/accounts",
        f"/api/v1/books/{book}%00/accounts",
        f"/api/v1/books/{book}%20/accounts",
        f"/api/v1/books/{book}.json/accounts",
        f"/api/v1/books/{{{book}}}/accounts",
        f"/api/v1/books/urn:uuid:{book}/accounts",
        f"/api/v1/books/{book.replace('-', '')}/accounts",
        f"/api/v1/books/{book}/accounts%3Flimit=1",
        f"/API/v1/books/{book}/accounts",
        f"/api/v1/Books/{book}/accounts",
        f"/api/v1/health/../books/{book}/accounts",
        f"/health/../api/v1/books/{book}/accounts",
        f"/docs/assets/..%2F..%2Fapi%2Fv1%2Fbooks%2F{book}%2Faccounts",
        "/api/v1/books/DEFAULT/accounts",
        "/api/v1/books/default%00/accounts",
    ]


async def test_no_detour_leads_past_the_door(town: Town, client: Client) -> None:
    book, stranger = town.home.book_id, town.stranger
    for path in _detours(book, stranger.book_id):
        for headers in ({}, {"Authorization": f"Bearer {stranger.access_token}"}):
            answer = await client.request("GET", path, headers=headers)
            assert answer.status_code in {400, 401, 404, 422}, f"{path}: {answer.status_code}"
            assert "Checking" not in answer.text
    for path in ("/docs/assets/../../pyproject.toml", "/docs/assets/..%2f..%2fapp.py", "/docs/assets/%2e%2e%2fapp.py"):
        assert (await client.get(path)).status_code == 404


async def test_default_is_the_callers_own_book_whoever_asks(town: Town) -> None:
    for person in (town.home.person, town.stranger, town.members["viewer"]):
        me = granted(await person.ask("GET", "/me"))
        assert granted(await person.ask("GET", "/books/default"))["id"] == me["default_book_id"]
    refused(await town.client.send_json("GET", "/books/default"), 401, "token_missing")


async def test_nothing_leads_anyone_elsewhere(household: Household) -> None:
    """No answer redirects, and no address that one gives is made of what a request says of its host."""
    client = household.person.client
    lies = {"Host": "attacker.example", "X-Forwarded-Host": "attacker.example", "Forwarded": "host=attacker.example"}
    answers: list[httpx2.Response] = [
        await household.ask("POST", "/transactions", LINE, headers=lies),
        await household.ask("POST", "/transactions", LINE, headers=lies),
        await household.ask("GET", "/transactions", params={"limit": "1"}, headers=lies),
        await client.get("/docs", headers=lies),
        await client.get("/docs/oauth2-redirect", params={"redirect_uri": "https://attacker.example"}, headers=lies),
        await client.get("//attacker.example/%2e%2e", headers=lies),
        await client.get("/\\attacker.example", headers=lies),
        await client.get("/api/v1/me/", headers=lies),
    ]
    for answer in answers:
        assert not 300 <= answer.status_code < 400
        assert "attacker" not in answer.text
        assert "attacker" not in str(answer.headers)
        for name in ("location", "link"):
            assert answer.headers.get(name, "/api/v1/").removeprefix("<").startswith("/api/v1/")
    assert answers[2].headers["link"]


@pytest.mark.parametrize("operation", [each for each in WITH_BODY if each.needs != "anyone"], ids=by_name)
async def test_a_form_of_another_page_is_no_request(town: Town, operation: Operation) -> None:
    """What a browser sends across origins without asking first is of three types, none of which JSON is read from."""
    text = json.dumps(await _body(town, operation))
    for media in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
    ):
        answer = await town.client.request(
            operation.method,
            _path(town, operation, town.home.book_id),
            content=text,
            headers={"Authorization": f"Bearer {town.home.person.access_token}", "Content-Type": media},
        )
        refused(answer, 415, "media_unsupported")
