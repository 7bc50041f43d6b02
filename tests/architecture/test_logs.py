"""What is logged: that something was asked and how it ended; never what people wrote down, nor what lets them in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.architecture.log_lines import logged
from tests.architecture.plain_sql import connected
from tests.household import PASSWORD, Client, Household, Person, serving

SAID = {
    "payee": "Zanzibar Lighthouse",
    "description": "Kangaroo repairs",
    "account": "Submarine Fund",
    "amount": "73119.84",
    "memo": "Quixotic memo",
    "bank line": "Marzipan Observatory",
    "bank amount": "48612.37",
    "book": "Pomegranate Palace",
    "person": "Wilhelmina",
}
"""Words and figures that occur nowhere else, so that finding one means it was logged."""


async def _story(client: Client, superuser: Any) -> tuple[list[Any], dict[str, str]]:
    """An evening on which much is said and several things go wrong. Returns the answers, and what must stay unsaid."""
    answers = []
    email = "wilhelmina.quartz@example.com"
    person = await Person.registered(client, email=email, name=SAID["person"], book=SAID["book"])
    home = Household(person, person.book_id)
    signed_in = await client.request("POST", "/api/v1/auth/token", data={"username": email, "password": PASSWORD})
    refused = {"username": email, "password": "wrong-but-secret-guess"}
    answers += [signed_in, await client.request("POST", "/api/v1/auth/token", data=refused)]
    opened = await home.open_account(SAID["account"], currency="EUR", number="DE89370400440532013000")
    line = {
        "date": "2026-03-01",
        "payee": SAID["payee"],
        "description": SAID["description"],
        "amount": SAID["amount"],
        "account": opened["full_name"],
    }
    recorded = await home.ask("POST", "/transactions", line)
    answers += [
        recorded,
        await home.ask("POST", "/transactions", {**line, "amount": 73119.84}),
        await home.ask("POST", "/transactions", {**line, "account": "Assets:" + SAID["account"] + " Two"}),
        await home.ask("POST", "/transactions", {**line, SAID["memo"]: SAID["memo"]}),
        await home.ask("GET", "/transactions", params={"payee": SAID["payee"]}),
        await home.ask("GET", "/transactions", params={SAID["payee"]: SAID["payee"]}),
        await home.ask("GET", f"/nothing/{SAID['payee']}"),
        await home.ask("GET", "/transactions/00000000-0000-7000-8000-000000000000"),
        await home.ask("PUT", "", headers={"X-Request-ID": "fine-1.2_3"}),
        await home.ask("GET", "", headers={"X-Request-ID": f"not fine: {SAID['payee']}"}),
    ]
    file = f"Date,Description,Amount\n2026-03-05,{SAID['bank line']},{SAID['bank amount']}\n2026-03-06,,x\n"
    answers += [await home.bring(file.encode(), account=opened["id"]), await home.bring(b"\x00" + file.encode())]
    # The worst that PostgreSQL can say: an error that quotes the row.
    await superuser.execute(
        "CREATE FUNCTION blurt() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'blurted: %', new USING DETAIL = new::text, HINT = new::text; END $$; "
        "CREATE TRIGGER blurts BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION blurt()"
    )
    answers.append(await home.ask("POST", "/transactions", line))
    tokens = signed_in.json()
    secrets = {
        "e-mail": email,
        "number": "DE89370400440532013000",
        "password": PASSWORD,
        "wrong password": refused["password"],
        "access token": person.access_token,
        "refresh token": person.refresh_token,
        "another access token": tokens["access_token"],
        "another refresh token": tokens["refresh_token"],
        "signature": person.access_token.rpartition(".")[2],
    }
    return answers, secrets


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_nothing_that_people_wrote_is_logged(fresh_database_url: str, signing_key: str, log_format: str) -> None:
    with logged(log_format=log_format, log_level="debug") as lines:
        async with serving(fresh_database_url, signing_key) as client, connected(fresh_database_url) as superuser:
            answers, secrets = await _story(client, superuser)
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 401, 201, 422, 422, 422, 200, 422, 404, 404, 405, 200, 201, 422, 500]
    text = "\n".join(lines)
    for what, word in {**SAID, **secrets}.items():
        assert word.casefold() not in text.casefold(), f"the {what} was logged"
        assert word.replace(".", ",") not in text, f"the {what} was logged"
    assert "blurted" not in text
    assert text.count("database refused") == 1


async def test_each_request_is_one_line_with_its_id_route_and_status(fresh_database_url: str, signing_key: str) -> None:
    with logged() as lines:
        async with serving(fresh_database_url, signing_key) as client, connected(fresh_database_url) as superuser:
            answers, _ = await _story(client, superuser)
    entries = [json.loads(line) for line in lines]
    requests = {entry["request_id"]: entry for entry in entries if entry["event"] == "request"}
    for answer in answers:
        entry = requests[answer.headers["x-request-id"]]
        assert entry["status"] == answer.status_code
        assert entry["method"] == answer.request.method
        assert entry["milliseconds"] > 0
        assert entry["level"] == "info"
        assert not re.search(r"[0-9a-f]{8}-", entry["route"]), "a route is a template, not an address"
    routes = {entry["route"] for entry in requests.values()}
    assert {"/api/v1/auth/token", "/api/v1/books/{book_id}/transactions", "unknown"} <= routes
    (refused,) = [entry for entry in entries if entry["event"] == "database refused"]
    assert refused["request_id"] == answers[-1].headers["x-request-id"]
    assert refused["error"] == "RaiseError"
    assert any("journal/repository.py" in place for place in refused["places"]), "where it happened is told"
    assert set(refused) <= {"event", "level", "timestamp", "request_id", "sqlstate", "constraint", "error", "places"}


@pytest.mark.parametrize("given", ["a", "A-Z.a_z-09", "x" * 64])
async def test_a_well_formed_request_id_is_kept(client: Client, given: str) -> None:
    answer = await client.get("/health", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 65, "a b", "a\tb", "{}", "é".encode().decode("latin-1"), "a;b", "a/b"]
)
async def test_another_request_id_is_replaced(client: Client, given: str) -> None:
    answer = await client.get("/health", headers={b"X-Request-ID": given.encode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_a_problem_names_the_request(client: Client) -> None:
    answer = await client.get("/api/v1/me", headers={"X-Request-ID": "mine"})
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"
