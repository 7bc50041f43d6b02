"""Running an instance: people are managed, and their books stay closed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from tests.architecture.plain_sql import as_app, connected
from tests.features.answers import granted, refused
from tests.household import PASSWORD, Client, Household, Person, serving

from farthing.core.connection import Begin
from farthing.core.database import Database, owner_connection
from farthing.core.schema import APP_ROLE
from farthing.core.settings import Settings
from farthing.features.proofs.findings import Kind
from farthing.features.proofs.service import ProofService
from farthing.kit import ids

PEOPLE, SETTINGS, ADMISSIONS = "/instance/people", "/instance/settings", "/instance/admissions"
EVENTS = "/instance/security-events"


@pytest.fixture
async def alone(fresh_database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The API on a database of its own, as a service with nothing in its environment."""
    async with serving(fresh_database_url, signing_key) as client:
        yield client


@pytest.fixture
async def ada(alone: Client) -> Person:
    """The first person: the operator."""
    return await Person.registered(alone, email="ada@example.com")


async def let_in(ada: Person, **wanted: Any) -> str:
    return str(granted(await ada.ask("POST", ADMISSIONS, wanted), 201)["token"])


async def register(client: Client, email: str, **wanted: Any) -> Any:
    body = {"email": email, "password": PASSWORD, "name": "Bob", **wanted}
    return await client.send_json("POST", "/auth/register", body)


async def joined(ada: Person, email: str, name: str = "Bob") -> Person:
    granted(await ada.ask("PATCH", SETTINGS, {"registration": "open"}))
    person = await Person.registered(ada.client, email=email, name=name)
    granted(await ada.ask("PATCH", SETTINGS, {"registration": None}))
    return person


async def sign_in(client: Client, email: str) -> Any:
    return await client.post("/api/v1/auth/token", data={"username": email, "password": PASSWORD})


# --- People ---


async def test_the_operator_sees_who_is_there_and_how_many_books_they_have(ada: Person) -> None:
    bob = await joined(ada, "bob@example.com")
    granted(await bob.ask("POST", "/books", {"name": "Secret plans", "currency": "EUR"}), 201)
    answer = await ada.ask("GET", PEOPLE)
    first, second = granted(answer)["data"]
    assert (first["email"], first["is_operator"], first["books"]) == ("ada@example.com", True, 1)
    assert (second["id"], second["name"], second["is_operator"], second["books"]) == (bob.id, "Bob", False, 2)
    assert second["last_signed_in_at"] >= second["created_at"]
    assert (second["blocked_at"], second["second_factor_since"]) == (None, None)
    assert "Secret plans" not in answer.text
    assert bob.book_id not in answer.text
    for q, found in (("BOB", [bob.id]), ("ada@", [ada.id]), ("nobody", []), ("%", [])):
        assert [each["id"] for each in granted(await ada.ask("GET", PEOPLE, params={"q": q}))["data"]] == found
    page = granted(await ada.ask("GET", PEOPLE, params={"limit": 1}))
    rest = granted(await ada.ask("GET", PEOPLE, params={"limit": 1, "cursor": page["next_cursor"]}))
    assert [page["data"][0]["id"], rest["data"][0]["id"], rest["next_cursor"]] == [ada.id, bob.id, None]
    refused(await ada.ask("GET", PEOPLE, params={"cursor": "x"}), 400, "cursor_malformed")
    refused(await ada.ask("GET", f"{PEOPLE}/{ids.new_id()}"), 404, "person_not_found")


async def test_someone_blocked_is_out_at_once_and_stays_out(ada: Person) -> None:
    bob = await joined(ada, "bob@example.com")
    blocked = granted(await ada.ask("PATCH", f"{PEOPLE}/{bob.id}", {"blocked": True}))
    assert blocked["blocked_at"] is not None
    for path in ("/me", "/books/default"):
        refused(await bob.ask("GET", path), 401, "session_ended")
    refreshed = await ada.client.send_json("POST", "/auth/refresh", {"refresh_token": bob.refresh_token})
    refused(refreshed, 401, "refresh_token_invalid")
    refused(await sign_in(ada.client, bob.email), 403, "person_blocked")
    again = granted(await ada.ask("PATCH", f"{PEOPLE}/{bob.id}", {"blocked": True}))
    assert again == blocked
    granted(await ada.ask("PATCH", f"{PEOPLE}/{bob.id}", {"blocked": False}))
    bob.access_token = granted(await sign_in(ada.client, bob.email))["access_token"]
    assert granted(await bob.ask("GET", "/books/default"))["id"] == bob.book_id
    events = granted(await ada.ask("GET", EVENTS, params={"person_id": bob.id}))["data"]
    assert [each["event"] for each in events if "blocked" in each["event"]] == ["unblocked", "blocked"]
    assert {each["actor_id"] for each in events if "blocked" in each["event"]} == {ada.id}


async def test_an_instance_always_has_an_operator(ada: Person) -> None:
    bob = await joined(ada, "bob@example.com")
    refused(await ada.ask("PATCH", f"{PEOPLE}/{ada.id}", {"is_operator": False}), 409, "last_operator")
    refused(await ada.ask("PATCH", f"{PEOPLE}/{ada.id}", {"blocked": True}), 409, "last_operator")
    refused(await bob.ask("GET", PEOPLE), 403, "operator_only")
    assert granted(await ada.ask("PATCH", f"{PEOPLE}/{bob.id}", {"is_operator": True}))["is_operator"] is True
    granted(await bob.ask("GET", PEOPLE))
    granted(await bob.ask("PATCH", f"{PEOPLE}/{ada.id}", {"is_operator": False}))
    refused(await ada.ask("GET", PEOPLE), 403, "operator_only")
    refused(await bob.ask("PATCH", f"{PEOPLE}/{bob.id}", {"is_operator": False}), 409, "last_operator")
    granted(await bob.ask("PATCH", f"{PEOPLE}/{ada.id}", {"blocked": True}))
    refused(await bob.ask("PATCH", f"{PEOPLE}/{ada.id}", {"is_operator": True}), 409, "operator_blocked")
    both = granted(await bob.ask("PATCH", f"{PEOPLE}/{ada.id}", {"blocked": False, "is_operator": True}))
    assert (both["blocked_at"], both["is_operator"]) == (None, True)


async def test_two_operators_who_unmake_each_other_leave_one(ada: Person, fresh_database_url: str) -> None:
    bob = await joined(ada, "bob@example.com")
    granted(await ada.ask("PATCH", f"{PEOPLE}/{bob.id}", {"is_operator": True}))
    async with connected(fresh_database_url) as admin:
        # Both come as far as the lock, as operators; then one is first.
        await admin.execute("SELECT pg_advisory_lock(hashtextextended('farthing.operators', 0))")
        asked = [
            asyncio.create_task(one.ask("PATCH", f"{PEOPLE}/{other.id}", {"is_operator": False}))
            for one, other in ((ada, bob), (bob, ada))
        ]
        while await admin.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") < 2:
            await admin.execute("SELECT pg_sleep(0.01)")
        await admin.execute("SELECT pg_advisory_unlock(hashtextextended('farthing.operators', 0))")
        answers = await asyncio.gather(*asked)
        done, late = sorted(answers, key=lambda answer: answer.status_code)
        granted(done)
        refused(late, 403, "operator_only")
        await admin.execute("UPDATE sessions SET proven_at = now() - interval '1 hour'")
    one, other = (ada, bob) if answers[0] is done else (bob, ada)
    refused(await one.ask("PATCH", f"{PEOPLE}/{other.id}", {"is_operator": True}), 403, "proof_too_old")
    granted(await one.ask("PATCH", f"{PEOPLE}/{other.id}", {"blocked": True}))


# --- Registration ---


async def test_registration_is_opened_and_closed_while_the_instance_runs(alone: Client, ada: Person) -> None:
    refused(await register(alone, "bob@example.com"), 403, "registration_closed")
    read = granted(await ada.ask("GET", SETTINGS))
    assert (read["registration"], read["books_per_person"], read["fixed"]) == ("first", 100, [])
    assert granted(await ada.ask("PATCH", SETTINGS, {"registration": "open"}))["registration"] == "open"
    granted(await register(alone, "bob@example.com"), 201)
    granted(await ada.ask("PATCH", SETTINGS, {"registration": "first"}))
    refused(await register(alone, "carol@example.com", invitation=await let_in(ada)), 403, "registration_closed")


async def test_where_it_is_by_invitation_each_token_lets_one_in(alone: Client, ada: Person) -> None:
    granted(await ada.ask("PATCH", SETTINGS, {"registration": "invite"}))
    token = await let_in(ada)
    for invitation in ({}, {"invitation": "adm_" + "A" * 43}, {"invitation": None}):
        refused(await register(alone, "bob@example.com", **invitation), 403, "registration_closed")
    refused(await register(alone, "ada@example.com", invitation=token), 409, "email_taken")
    granted(await register(alone, "bob@example.com", invitation=token), 201)
    refused(await register(alone, "carol@example.com", invitation=token), 403, "registration_closed")
    bound = await let_in(ada, email="Carol@example.com")
    refused(await register(alone, "eve@example.com", invitation=bound), 403, "registration_closed")
    granted(await register(alone, "carol@EXAMPLE.com", invitation=bound), 201)
    # It is as good as whoever wrote it: not when they run the instance no longer.
    bob = await sign_in(alone, "bob@example.com")
    bob_id = granted(await ada.ask("GET", PEOPLE, params={"q": "bob@"}))["data"][0]["id"]
    granted(await ada.ask("PATCH", f"{PEOPLE}/{bob_id}", {"is_operator": True}))
    headers = {"Authorization": f"Bearer {granted(bob)['access_token']}"}
    written = granted(await alone.send_json("POST", ADMISSIONS, {}, headers=headers), 201)
    granted(await ada.ask("PATCH", f"{PEOPLE}/{bob_id}", {"is_operator": False}))
    refused(await register(alone, "dora@example.com", invitation=written["token"]), 403, "registration_closed")
    granted(await ada.ask("DELETE", f"{ADMISSIONS}/{written['id']}"), 204)
    assert granted(await ada.ask("GET", ADMISSIONS))["data"] == []


async def test_of_two_who_use_one_token_at_once_one_is_in(alone: Client, ada: Person) -> None:
    granted(await ada.ask("PATCH", SETTINGS, {"registration": "invite"}))
    token = await let_in(ada)
    answers = await asyncio.gather(*(register(alone, f"p{n}@example.com", invitation=token) for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403]


async def test_an_admission_is_listed_and_withdrawn(alone: Client, ada: Person, fresh_database_url: str) -> None:
    granted(await ada.ask("PATCH", SETTINGS, {"registration": "invite"}))
    withdrawn, late = await let_in(ada, email="bob@example.com"), await let_in(ada, expires_in_days=30)
    listed = granted(await ada.ask("GET", ADMISSIONS))["data"]
    assert [(each["email"], each["invited_by"]) for each in listed] == [("bob@example.com", ada.id), (None, ada.id)]
    page = granted(await ada.ask("GET", ADMISSIONS, params={"limit": 1}))
    cursor = {"limit": 1, "cursor": page["next_cursor"]}
    assert granted(await ada.ask("GET", ADMISSIONS, params=cursor))["data"] == listed[1:]
    granted(await ada.ask("DELETE", f"{ADMISSIONS}/{listed[0]['id']}"), 204)
    refused(await ada.ask("DELETE", f"{ADMISSIONS}/{listed[0]['id']}"), 404, "admission_not_found")
    async with connected(fresh_database_url) as superuser:
        rows = await superuser.fetch("SELECT a::text AS row FROM admissions a")
        assert rows
        assert not any(late in row["row"] for row in rows)
        await superuser.execute("UPDATE admissions SET created_at = created_at - interval '1 day', expires_at = now()")
    for token in (withdrawn, late):
        refused(await register(alone, "bob@example.com", invitation=token), 403, "registration_closed")
    refused(await ada.ask("POST", ADMISSIONS, {"expires_in_days": 31}), 422, "request_invalid")


async def test_what_the_environment_sets_stays(fresh_database_url: str, signing_key: str) -> None:
    chosen = {"registration": "open", "attachments_quota_bytes": 5}
    async with serving(fresh_database_url, signing_key, **chosen) as client:
        ada = await Person.registered(client)
        read = granted(await ada.ask("GET", SETTINGS))
        assert read == chosen | {"books_per_person": 100, "fixed": ["attachments_quota_bytes", "registration"]}
        for name in chosen:
            refused(await ada.ask("PATCH", SETTINGS, {name: None}), 409, "setting_fixed", pointer=f"/{name}")


async def test_what_people_may_have_is_bounded_by_the_operator(ada: Person) -> None:
    granted(await ada.ask("PATCH", SETTINGS, {"books_per_person": 2, "attachments_quota_bytes": 100}))
    granted(await ada.ask("POST", "/books", {"name": "Second", "currency": "EUR"}), 201)
    read = refused(await ada.ask("POST", "/books", {"name": "Third", "currency": "EUR"}), 409, "books_too_many")
    assert "at most 2 books" in read["detail"]
    home = Household(ada, ada.book_id)
    opened = await home.open_account("Checking", currency="EUR")
    large = await home.attach(f"/accounts/{opened['id']}", b"%PDF-1.7\n" + b"x" * 100 + b"\n%%EOF\n")
    assert (large.status_code, large.json()["code"]) in {(409, "quota_exceeded"), (413, "quota_exceeded")}
    for wrong in ({"books_per_person": 101}, {"books_per_person": 0}, {"attachments_quota_bytes": -1},
                  {"registration": "never"}, {"secret": 1}):  # fmt: skip
        answer = await ada.ask("PATCH", SETTINGS, wrong)
        refused(answer, 422, "request_invalid", pointer=f"/{next(iter(wrong))}")
    before = granted(await ada.ask("GET", EVENTS, params={"event": "instance_changed"}))["data"]
    granted(await ada.ask("PATCH", SETTINGS, {"books_per_person": 2}))
    assert granted(await ada.ask("GET", EVENTS, params={"event": "instance_changed"}))["data"] == before


# --- Security events ---


async def test_everyone_reads_their_own_events_and_the_operator_all(ada: Person) -> None:
    bob = await joined(ada, "bob@example.com")
    await ada.client.post("/api/v1/auth/token", data={"username": bob.email, "password": "wrong horse battery"})
    own = granted(await bob.ask("GET", "/me/security-events"))["data"]
    assert [each["event"] for each in own] == ["sign_in_failed", "signed_in", "registered"]
    assert {each["person_id"] for each in own} == {bob.id}
    every = granted(await ada.ask("GET", EVENTS, params={"limit": 200}))["data"]
    assert [each for each in every if each["person_id"] == bob.id] == own
    assert {ada.id, bob.id} <= {each["person_id"] for each in every}
    instants = [dt.datetime.fromisoformat(each["at"]) for each in every]
    assert instants == sorted(instants, reverse=True)
    paged: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = granted(await ada.ask("GET", EVENTS, params={"limit": 2, **cursor}))
        paged += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert paged == every
    first = granted(await bob.ask("GET", "/me/security-events", params={"limit": 2}))
    rest = {"limit": 2, "cursor": first["next_cursor"]}
    assert first["data"] + granted(await bob.ask("GET", "/me/security-events", params=rest))["data"] == own
    signed_in = granted(await bob.ask("GET", "/me/security-events", params={"event": "signed_in"}))["data"]
    assert [each["event"] for each in signed_in] == ["signed_in"]
    refused(await bob.ask("GET", "/me/security-events", params={"event": "'; --"}), 422, "request_invalid")


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE security_events SET event = 'nothing' WHERE event = 'registered'",
        "UPDATE security_events SET details = '{}' WHERE event = 'signed_in'",
        "UPDATE security_events SET person_id = NULL, number = 99 WHERE event = 'registered'",
        "DELETE FROM security_events WHERE event = 'registered'",
    ],
)
async def test_verify_notices_what_was_done_to_events(ada: Person, fresh_database_url: str, forgery: str) -> None:
    assert await _found(fresh_database_url) == set()
    async with connected(fresh_database_url) as superuser:
        await superuser.execute(forgery)
    assert await _found(fresh_database_url) == {Kind.SECURITY_EVENT}


async def _found(url: str) -> set[Kind]:
    settings = Settings(database_url=SecretStr(url))
    async with owner_connection(url) as owner, Database(settings) as database, database.connect() as app:
        await owner.begin(Begin.READING)
        return set((await ProofService(owner, app).prove()).totals)


# --- What PostgreSQL holds to, whoever writes ---


async def test_postgresql_lets_nobody_but_an_operator_manage(ada: Person, fresh_database_url: str) -> None:
    bob = await joined(ada, "bob@example.com")
    for call in (
        f"block_person('{ada.id}', true)",
        f"make_operator('{bob.id}', true)",
        "people_of_instance(NULL, NULL, NULL, NULL, 10)",
        "change_instance_settings('open', NULL, NULL)",
        "admissions_of_instance(NULL, NULL, 10)",
        f"admit('{ids.new_id()}', sha256('x'), NULL, NULL, '{bob.id}', now(), now(), 10)",
        f"withdraw_admission('{ids.new_id()}')",
        "security_events_of_instance(NULL, NULL, NULL, NULL, 10)",
    ):
        async with as_app(fresh_database_url, user=bob.id) as app:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only an operator"):
                await app.execute(f"SELECT {call}")
        async with as_app(fresh_database_url, user=ada.id) as app:
            await app.execute(f"SELECT {call}")
    async with as_app(fresh_database_url, user=bob.id) as app:
        assert {row["person_id"] for row in await app.fetch("SELECT person_id::text FROM security_events")} == {bob.id}
        for statement in ("SELECT * FROM admissions", "UPDATE instance_settings SET registration = 'open'",
                          "UPDATE users SET is_operator = true", "DELETE FROM security_events"):  # fmt: skip
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with app.transaction():
                    await app.execute(statement)


@pytest.mark.parametrize(
    "how", ["is_operator = false", "blocked_at = now()", "is_operator = false, blocked_at = now()"]
)
async def test_postgresql_keeps_an_operator(ada: Person, fresh_database_url: str, how: str) -> None:
    await joined(ada, "bob@example.com")
    async with connected(fresh_database_url) as superuser:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
            await superuser.execute(f"UPDATE users SET {how} WHERE is_operator")
        assert refusal.value.constraint_name == "users_keep_an_operator"
    async with connected(fresh_database_url, APP_ROLE) as app:
        assert await app.fetchval("SELECT is_operator()") is False
