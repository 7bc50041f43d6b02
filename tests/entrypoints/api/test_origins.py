"""Pages of other origins: none may ask unless the operator names them, and then no more than they are let."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError
from tests.household import Client, Household, serving

from farthing.core.settings import Settings

APP, OTHER = "https://app.example.org", "https://attacker.example"
LOOKALIKES = (
    "https://app.example.org.attacker.example",
    "https://attacker.example/https://app.example.org",
    "http://app.example.org",
    "https://app.example.org:8443",
    "https://APP.example.org",
    "https://sub.app.example.org",
    "https://app.example.org/",
    "https://app.example.org, https://attacker.example",
    "null",
    "*",
    "",
)
PREFLIGHT = {
    "Origin": APP,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


def told(answer: httpx2.Response) -> dict[str, str]:
    """What an answer says of origins."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.fixture(scope="module")
async def open_client(database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The API, which pages of two origins may ask."""
    chosen = {"registration": "open", "cors_origins": f"{APP}, http://localhost:5173"}
    async with serving(database_url, signing_key, **chosen) as client:
        yield client


@pytest.fixture(scope="module")
async def home(open_client: Client) -> Household:
    return await Household.founded(open_client)


async def test_where_none_is_named_nothing_is_said_of_origins(household: Household) -> None:
    for answer in (
        await household.ask("GET", "/transactions", headers={"Origin": APP}),
        await household.ask("POST", "/transactions", {}, headers={"Origin": APP}),
        await household.person.client.request("OPTIONS", "/api/v1/books/default/transactions", headers=PREFLIGHT),
    ):
        assert told(answer) == {}
        assert "Origin" not in answer.headers.get("vary", "")
    assert answer.status_code == 405


async def test_a_page_of_a_named_origin_reads_answers_and_what_they_say_in_headers(home: Household) -> None:
    for origin in (APP, "http://localhost:5173"):
        answer = await home.ask("GET", "/transactions", headers={"Origin": origin})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == origin
        exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert exposed >= {"ETag", "Location", "Link", "Retry-After", "X-Request-ID", "RateLimit", "RateLimit-Policy"}
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers.get_list("vary") == ["Authorization, Accept, Origin"]


@pytest.mark.parametrize("origin", [OTHER, *LOOKALIKES])
async def test_a_page_of_any_other_origin_reads_nothing(home: Household, origin: str) -> None:
    answer = await home.ask("GET", "/transactions", headers={"Origin": origin})
    assert (answer.status_code, told(answer)) == (200, {})
    assert "Origin" in answer.headers["vary"]
    asked = await home.person.client.request(
        "OPTIONS", "/api/v1/books/default/transactions", headers=PREFLIGHT | {"Origin": origin}
    )
    assert (asked.status_code, told(asked)) == (405, {})


async def test_what_goes_wrong_is_read_too(home: Household) -> None:
    client = home.person.client
    origin = {"Origin": APP}
    answers = {
        401: await client.send_json("GET", "/me", headers=origin),
        404: await client.send_json("GET", "/nowhere", headers=origin),
        405: await client.send_json("PUT", "/me", headers=origin),
        413: await home.ask("POST", "/transactions", {"payee": "x" * 11_000_000}, headers=origin),
        415: await client.send_json("POST", "/auth/token", {}, headers=origin),
        422: await home.ask("POST", "/transactions", {}, headers=origin),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == APP


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/books/default/transactions", "GET, HEAD, POST"),
        ("/api/v1/currencies", "GET, HEAD"),
        ("/api/v1/auth/token", "POST"),
    ],
)
async def test_a_browser_asks_first_what_a_page_may_ask(open_client: Client, path: str, methods: str) -> None:
    answer = await open_client.request("OPTIONS", path, headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-methods"] == methods
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed >= {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"}
    assert "*" not in allowed
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


async def test_a_browser_that_asks_about_nothing_is_told_so(open_client: Client) -> None:
    answer = await open_client.request("OPTIONS", "/api/v1/nowhere", headers=PREFLIGHT)
    assert answer.status_code == 404
    plain = await open_client.request("OPTIONS", "/api/v1/currencies", headers={"Origin": APP})
    assert (plain.status_code, plain.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "https://*.example.org",
        "https://app.example.org/",
        "https://app.example.org/page",
        "app.example.org",
        "null",
        "https://",
        "https://app.example.org;https://b.example",
        "https://a@b.example",
        "https://App.example.org",
        "ftp://app.example.org",
        "https://app.example.org,",
        "https://app.example.org\nhttps://b.example",
    ],
)
def test_an_origin_is_named_exactly_or_not_at_all(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=wrong)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", set()),
        (APP, {APP}),
        (f"{APP} , http://localhost:5173", {APP, "http://localhost:5173"}),
        ("https://app.example.org:443,http://a.example:80", {APP, "http://a.example"}),
        ("http://a.example:443,http://[::1]:8080", {"http://a.example:443", "http://[::1]:8080"}),
    ],
)
def test_origins_are_meant_as_browsers_write_them(given: str, meant: set[Any]) -> None:
    assert Settings(cors_origins=given).origins() == meant
