"""HTTP as it should be: entity tags, methods, bodies, bounds, headers, and nothing of the input in an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import pytest
from tests.architecture.operations import ASKS, OPERATOR, Town, document, operations
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person, serving

from farthing.core import bounds
from farthing.core.settings import Settings
from farthing.entrypoints.api.metrics import Metrics
from farthing.entrypoints.api.routing import Api
from farthing.entrypoints.api.shell import Shell
from farthing.kit import ids

TAGS = ("etag", "cache-control", "vary")
SECRET = "do-not-repeat-me"


@asynccontextmanager
async def past(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection past the service, to stand in its way."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def body_sent(client: Client, path: str, headers: dict[str, str]) -> bytes:
    """What the service itself sends after the head of an answer to HEAD: clients hide it."""
    sent: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "HEAD",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("farthing.test", 80),
        "client": ("127.0.0.1", 1),
    }
    await client.app(scope, receive, send)
    assert len(sent) >= 2
    return b"".join(sent)


async def test_a_list_that_has_not_changed_answers_304_from_its_weak_tag(household: Household) -> None:
    await household.record()
    for path in ("/transactions", "/accounts", "/changes", "/reports/trial-balance"):
        first = await household.ask("GET", path)
        tag = first.headers["etag"]
        assert tag.startswith('W/"')
        assert first.headers["cache-control"] == "private, no-cache"
        assert first.headers["vary"] == "Authorization, Accept"
        for wanted in (tag, f'"x", {tag}', "*", tag.removeprefix("W/")):
            again = await household.ask("GET", path, headers={"If-None-Match": wanted})
            assert (again.status_code, again.content) == (304, b""), path
            assert [again.headers[name] for name in TAGS] == [first.headers[name] for name in TAGS]
        assert (await household.ask("GET", path, headers={"If-None-Match": 'W/"1-x"'})).status_code == 200
    before = (await household.ask("GET", "/transactions")).headers["etag"]
    await household.record()
    changed = await household.ask("GET", "/transactions", headers={"If-None-Match": before})
    assert changed.status_code == 200
    assert changed.headers["etag"] != before


async def test_a_record_has_a_strong_tag_that_changes_with_it_alone(household: Household) -> None:
    made = await household.record()
    path = f"/transactions/{made['id']}"
    tag = (await household.ask("GET", path)).headers["etag"]
    assert tag == f'"{made["revision"]}"'
    await household.record("-1.00")
    assert (await household.ask("GET", path, headers={"If-None-Match": tag})).status_code == 304
    changed = await household.ask("PATCH", path, {"payee": "Baker"})
    assert changed.headers["etag"] == f'"{changed.json()["revision"]}"' != tag
    again = await household.ask("GET", path, headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["etag"]) == (200, changed.headers["etag"])


async def test_a_lost_update_is_refused(household: Household) -> None:
    path = f"/transactions/{(await household.record())['id']}"
    seen = (await household.ask("GET", path)).headers["etag"]
    granted(await household.ask("PATCH", path, {"payee": "first"}, headers={"If-Match": seen}))
    revision = await household.revision()
    stale = await household.ask("PATCH", path, {"payee": "second"}, headers={"If-Match": seen})
    refused(stale, 412, "revision_stale")
    refused(await household.ask("DELETE", path, headers={"If-Match": seen}), 412, "revision_stale")
    assert await household.revision() == revision
    granted(await household.ask("PATCH", path, {"payee": "third"}, headers={"If-Match": "*"}))
    current = (await household.ask("GET", path)).headers["etag"]
    granted(await household.ask("DELETE", path, headers={"If-Match": f'"1", {current}'}), 204)


async def test_renaming_an_account_changes_the_tags_of_what_shows_its_name(household: Household) -> None:
    made = await household.record()
    path = f"/transactions/{made['id']}"
    tag = (await household.ask("GET", path)).headers["etag"]
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"name": "Giro"}))
    seen = await household.ask("GET", path, headers={"If-None-Match": tag})
    assert seen.status_code == 200
    assert seen.json()["postings"][0]["account"] == "Assets:Giro"
    assert seen.headers["etag"] != tag
    granted(await household.ask("PATCH", path, {"payee": "x"}, headers={"If-Match": seen.headers["etag"]}))


async def test_head_answers_as_get_does_without_the_body(client: Client) -> None:
    town = await Town.built(client)
    person, household = town.home.person, town.home
    for operation in operations(document()):
        if operation.method != "GET" or ASKS[operation.name].once:
            continue
        named = {name: town.records[record] for name, record in ASKS[operation.name].path.items()}
        path = operation.path.format(book_id=household.book_id, **named)
        path += f"?{urlencode(ASKS[operation.name].query)}" if ASKS[operation.name].query else ""
        asking = town.operator if operation.needs == OPERATOR else person
        given = {"Authorization": f"Bearer {asking.access_token}", "X-Request-ID": "same"}
        full = await client.request("GET", path, headers=given)
        head = await client.request("HEAD", path, headers=given)
        assert await body_sent(client, path, given) == b"", path
        assert full.status_code == 200, path
        assert (head.status_code, head.content) == (200, b""), path
        if operation.path != "/metrics":
            full_headers, head_headers = dict(full.headers), dict(head.headers)
            if operation.path.endswith("/archive"):  # it says when it was made, and is packed
                del full_headers["content-length"], head_headers["content-length"]
            assert head_headers == full_headers, path
    missing = await person.ask("HEAD", f"/books/{household.book_id}/transactions/{ids.new_id()}")
    assert (missing.status_code, missing.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/books/default/transactions", "GET, HEAD, POST"),
        ("POST", "/api/v1/books/default/transactions/019aad3e-7a10-7cc3-98c4-dc0c0c07398f", "DELETE, GET, HEAD, PATCH"),
        ("GET", "/api/v1/auth/token", "POST"),
        ("PATCH", "/api/v1/books/default/members/019aad3e-7a10-7cc3-98c4-dc0c0c07398f/x", None),
        ("DELETE", "/health", "GET, HEAD"),
        ("OPTIONS", "/api/v1/me", "DELETE, GET, HEAD, PATCH"),
    ],
)
async def test_an_address_names_all_methods_it_takes(
    client: Client, method: str, path: str, allowed: str | None
) -> None:
    answer = await client.request(method, path)
    if allowed is None:
        refused(answer, 404, "route_unknown")
    else:
        refused(answer, 405, "method_unsupported")
        assert answer.headers["allow"] == allowed


async def test_a_body_over_the_bound_is_refused_told_or_not(household: Household) -> None:
    whole = b'{"payee": "' + b"x" * bounds.BODY_BYTES + b'"}'

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), 1_000_000):
            yield whole[start : start + 1_000_000]

    for content in (whole, in_parts()):
        answer = await household.person.client.request(
            "POST",
            f"/api/v1/books/{household.book_id}/transactions",
            content=content,
            headers={
                "Authorization": f"Bearer {household.person.access_token}",
                "Content-Type": "application/json",
            },
        )
        refused(answer, 413, "body_too_large")


async def send(household: Household, content: bytes, media: str | None = "application/json", **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {household.person.access_token}"} | ({"Content-Type": media} if media else {})
    path = f"/api/v1/books/{household.book_id}/transactions"
    return await household.person.client.request("POST", path, content=content, headers=headers, **options)


async def test_a_body_of_another_type_is_refused(household: Household) -> None:
    good = json.dumps({"amount": "-1.00", "account": "Assets:Checking"}).encode()
    for media in ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", None):
        refused(await send(household, good, media), 415, "media_unsupported")
    for media in ("application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/a+json"):
        assert (await send(household, good, media)).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nonsense",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"amount": ' + b"9" * 100_000 + b"}",
        b'{"amount": 1e999999}',
        b'{"amount": NaN, "account": "Assets:Checking"}',
        b"\xff\xfe{}",
        b'\xef\xbb\xbf{"amount": "1.00"}',
        b'{"payee": "\\ud800", "amount": "-1.00", "account": "Assets:Checking"}',
        b'{"payee": "\\u0000", "amount": "-1.00", "account": "Assets:Checking"}',
        b'{"\\ud800": 1}',
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b'{"metadata": {"a": {"b": 1}}, "amount": "-1.00", "account": "Assets:Checking"}',
        b'{"postings": ' + json.dumps([{"account": "Assets:Checking", "amount": "0"}] * 201).encode() + b"}",
    ],
    ids=range(19),
)
async def test_a_body_that_makes_no_sense_is_refused_and_never_breaks_anything(
    household: Household, content: bytes
) -> None:
    answer = await send(household, content)
    assert answer.status_code in {400, 422}, answer.text
    refused(answer, answer.status_code, "body_malformed" if answer.status_code == 400 else answer.json()["code"])
    assert await household.revision() == 2


async def test_unknown_fields_and_parameters_are_named(household: Household) -> None:
    body = {"amount": "-1.00", "account": "Assets:Checking", "acount": 1, "x/~y": 2}
    answer = await household.ask("POST", "/transactions", body)
    read = refused(answer, 422, "request_invalid", pointer="/acount", blamed="field_unknown")
    assert "/x~1~0y" in [blame["pointer"] for blame in read["errors"]]
    answer = await household.ask("GET", "/transactions", params={"acount": "1", "limit": "1"})
    read = refused(answer, 422, "parameter_unknown", parameter="acount")
    assert len(read["errors"]) == 1


@pytest.mark.parametrize("amount", [12.5, 12, 1e2, True, None, ["1"], {"amount": "1"}])
async def test_an_amount_that_is_not_a_string_is_refused(household: Household, amount: Any) -> None:
    answer = await household.ask("POST", "/transactions", {"amount": amount, "account": "Assets:Checking"})
    pointer = "/amount"
    refused(answer, 422, "request_invalid" if amount is not None else "field_missing", pointer=pointer)


@pytest.mark.parametrize("word", ["a\x00b", "a\x07b", "a\nb", "a\u2028b", "a\x85b", "a\ufeffb"])
async def test_texts_hold_nothing_that_is_not_text(household: Household, word: str) -> None:
    fit = {"amount": "-1.00", "account": "Assets:Checking"}
    answer = await household.ask("POST", "/transactions", fit | {"payee": word})
    refused(answer, 422, "request_invalid", pointer="/payee", blamed="text_not_plain")
    answer = await household.ask("POST", "/accounts", {"kind": "asset", "name": word})
    refused(answer, 422, "request_invalid", pointer="/name")
    answer = await household.ask("GET", "/transactions", params={"account": word})
    refused(answer, 422, answer.json()["code"], parameter="account")
    answer = await household.ask("POST", "/transactions", fit | {"account": word})
    refused(answer, 422, answer.json()["code"], pointer="/account")
    answer = await household.ask("POST", "/transactions", fit | {"metadata": {word: "x"}})
    refused(answer, 422, "request_invalid")


async def test_the_last_of_two_equal_names_in_a_body_counts(household: Household) -> None:
    answer = await send(household, b'{"amount": "-1.00", "amount": "-2.00", "account": "Assets:Checking"}')
    assert granted(answer, 201)["postings"][0]["amount"] == "-2.00"


async def test_no_refusal_repeats_what_was_sent(household: Household) -> None:
    person, book = household.person, household.book_id
    answers = [
        await household.ask("POST", "/transactions", {"amount": SECRET, "account": SECRET, "date": SECRET}),
        await household.ask("POST", "/transactions", {"amount": "-1.00", "account": SECRET, "id": SECRET}),
        await household.ask("POST", "/transactions", {"amount": "-1.00", "account": SECRET}),
        await household.ask("POST", "/accounts", {"name": "x", "kind": SECRET, "type": SECRET, "currency": SECRET}),
        await household.ask("GET", "/transactions", params={"cursor": SECRET, "limit": "1"}),
        await household.ask("GET", "/transactions", params={"limit": SECRET, "status": SECRET, "generated": SECRET}),
        await household.ask("GET", f"/transactions/{SECRET}"),
        await household.ask("PATCH", "", {"time_zone": SECRET, "locale": SECRET, "fiscal_year_start": SECRET}),
        await household.ask("POST", "/invitations", {"email": SECRET, "role": SECRET}),
        await person.ask("PATCH", "/me", {"name": {"x": SECRET}, "default_book_id": SECRET}),
        await person.ask("GET", f"/books/{SECRET}"),
        await person.ask("GET", f"/{SECRET}"),
        await person.client.send_json("POST", "/auth/register", {"email": SECRET, "password": SECRET[:5], "name": 1}),
        await person.client.send_json("POST", "/auth/refresh", {"refresh_token": SECRET}),
        await person.client.send_json("GET", "/me", headers={"Authorization": f"Bearer {SECRET}"}),
        await household.ask("POST", "/transactions", {}, headers={"Idempotency-Key": f"{SECRET} ä".encode()}),
        await send(household, f'{{"{SECRET}'.encode()),
        await household.bring(SECRET.encode()),
        await household.bring(b"a;b\n1;2\n", form={"format": SECRET}),
    ]
    for answer in answers:
        assert answer.status_code >= 400, answer.text
        refused(answer, answer.status_code, answer.json()["code"])
        assert SECRET not in answer.text
    assert book not in "".join(answer.text for answer in answers)


async def test_every_answer_has_the_headers_that_keep_browsers_in_check(client: Client, household: Household) -> None:
    answers = [
        await client.get("/health"),
        await client.get("/docs"),
        await client.get("/openapi.json"),
        await client.get("/nowhere"),
        await client.request("PUT", "/health"),
        await household.ask("GET", "/transactions"),
        await household.ask("GET", "/transactions", headers={"If-None-Match": "*"}),
        await household.ask("POST", "/transactions", {}),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "cache-control" in answer.headers
        assert answer.headers["x-request-id"]
        for name in ("x-request-id", "cache-control", "content-security-policy"):
            assert len(answer.headers.get_list(name)) == 1


async def test_a_request_goes_by_the_id_it_brings_if_that_is_a_plain_one(client: Client) -> None:
    assert (await client.get("/nowhere", headers={"X-Request-ID": "abc-1"})).json()["request_id"] == "abc-1"
    for odd in ("a b", "x" * 65, "<script>", ""):
        given = (await client.get("/nowhere", headers={"X-Request-ID": odd})).headers["x-request-id"]
        assert given != odd
        assert len(given) == 32


async def test_a_defect_is_answered_as_a_problem_that_tells_nothing(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, registration="open") as client:
        person = await Person.registered(client)
        async with past(fresh_database_url) as connection:
            await connection.execute("ALTER TABLE users RENAME COLUMN is_operator TO hidden")
        answer = await person.ask("GET", "/me")
        refused(answer, 500, "internal_error")
        assert "column" not in answer.text
        assert "is_operator" not in answer.text


async def test_more_requests_than_the_bound_are_sent_away_while_health_answers(
    fresh_database_url: str, signing_key: str
) -> None:
    async with serving(fresh_database_url, signing_key, registration="open", waiting_requests=2) as client:
        home = await Household.founded(client)
        async with past(fresh_database_url) as holding:
            lock = holding.transaction()
            await lock.start()
            await holding.execute("LOCK TABLE books IN ACCESS EXCLUSIVE MODE")
            stuck = [asyncio.create_task(home.ask("GET", "/transactions")) for _ in range(2)]
            while client.app.under_way < 2:  # noqa: ASYNC110 - the service tells nobody
                await asyncio.sleep(0.001)
            answer = await home.ask("GET", "/transactions")
            refused(answer, 503, "too_many_waiting")
            assert int(answer.headers["retry-after"]) > 0
            for path in ("/health", "/health/live", "/health/ready", "/metrics"):
                assert (await client.get(path)).status_code == 200
            await lock.rollback()
        assert [answer.status_code for answer in await asyncio.gather(*stuck)] == [200, 200]
        assert (await home.ask("GET", "/transactions")).status_code == 200


async def test_a_request_that_takes_too_long_is_given_up_and_does_nothing(
    fresh_database_url: str, signing_key: str
) -> None:
    limits = {"request_seconds": 1.5, "statement_seconds": 30, "lock_seconds": 30}
    async with serving(fresh_database_url, signing_key, registration="open", **limits) as client:
        home = await Household.founded(client)
        async with past(fresh_database_url) as holding:
            lock = holding.transaction()
            await lock.start()
            await holding.execute("LOCK TABLE books IN ACCESS EXCLUSIVE MODE")
            answer = await home.ask("POST", "/transactions", {"amount": "-1.00", "account": "Assets:Checking"})
            refused(answer, 503, "request_timed_out")
            assert int(answer.headers["retry-after"]) > 0
            await lock.rollback()
        assert (await home.got("/transactions"))["data"] == []
        await home.record()


async def test_an_answer_of_several_parts_has_the_time_for_each() -> None:
    sent: list[Any] = []

    async def in_parts(scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            scope["farthing.go_on"]()
            await asyncio.sleep(0.1)
            await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(message: Any) -> None:
        sent.append(message)

    shell = Shell(cast("Api", in_parts), Settings(request_seconds=0.25), Metrics())
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "scheme": "http"}
    await shell(scope, cast("Any", None), send)
    assert [message.get("body") for message in sent] == [None, b"part", b"part", b"part", b""]


async def test_a_statement_and_a_lock_that_take_too_long_are_given_up(
    fresh_database_url: str, signing_key: str
) -> None:
    limits = {"statement_seconds": 0.2, "lock_seconds": 0.1}
    async with serving(fresh_database_url, signing_key, registration="open", **limits) as client:
        home = await Household.founded(client)
        async with past(fresh_database_url) as holding:
            lock = holding.transaction()
            await lock.start()
            await holding.execute("SELECT FROM books WHERE id = $1 FOR UPDATE", UUID(home.book_id))
            body = {"amount": "-1.00", "account": "Assets:Checking"}
            answer = await home.ask("POST", "/transactions", body, headers={"Idempotency-Key": "k"})
            refused(answer, 503, "book_busy")
            assert int(answer.headers["retry-after"]) > 0
            assert (await home.ask("GET", "/transactions")).status_code == 200
            await lock.rollback()
        first = await home.ask("POST", "/transactions", body, headers={"Idempotency-Key": "k"})
        assert (first.status_code, first.headers.get("idempotency-replayed")) == (201, None)
