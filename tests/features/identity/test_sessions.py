"""Where people are signed in: listing that, ending it, and refresh tokens that are used by several at once."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import httpx2
import jwt
from tests.features.answers import granted, refused
from tests.features.identity.entering import by_password, events_of, sign_in_of, working
from tests.household import Client, Household, Person, serving

from farthing.core.secrets import new_signing_key
from farthing.features.identity.tokens import Tokens, digest
from farthing.kit import ids


async def refresh(client: Client, token: str) -> httpx2.Response:
    return await client.send_json("POST", "/auth/refresh", {"refresh_token": token})


async def sessions_of(person: Person) -> list[dict[str, object]]:
    read: list[dict[str, object]] = granted(await person.ask("GET", "/auth/sessions"))["data"]
    return read


async def live_tokens(superuser: asyncpg.Connection, sitting: UUID) -> list[bytes]:
    rows = await superuser.fetch(
        "SELECT digest FROM refresh_tokens WHERE session_id = $1 AND used_at IS NULL AND expires_at > now()", sitting
    )
    return [row["digest"] for row in rows]


async def test_people_see_where_they_are_signed_in_and_nobody_elses(client: Client) -> None:
    ada, bob = await Person.registered(client), await Person.registered(client)
    elsewhere = granted(await by_password(client, ada))
    newer, older = await sessions_of(ada)
    assert (newer["device"], newer["address"], newer["methods"]) == ("Ledger/1.0 (phone)", "127.0.0.1", ["pwd"])
    assert (newer["current"], older["current"]) == (False, True)
    assert UUID(str(older["id"])) == await sign_in_of(client, ada)
    ada.access_token = elsewhere["access_token"]
    assert [each["current"] for each in await sessions_of(ada)] == [True, False]
    assert len(await sessions_of(bob)) == 1
    page = granted(await ada.ask("GET", "/auth/sessions?limit=1"))
    rest = granted(await ada.ask("GET", f"/auth/sessions?limit=1&cursor={page['next_cursor']}"))
    assert (page["data"][0]["id"], rest["data"][0]["id"], rest["next_cursor"]) == (newer["id"], older["id"], None)
    refused(await ada.ask("GET", "/auth/sessions?cursor=x"), 400, "cursor_malformed")


async def test_one_sign_in_is_ended_and_only_by_its_own_person(client: Client, superuser: asyncpg.Connection) -> None:
    ada, bob = await Person.registered(client), await Person.registered(client)
    lost = granted(await by_password(client, ada))
    sitting = (await sessions_of(ada))[0]["id"]
    refused(await bob.ask("DELETE", f"/auth/sessions/{sitting}"), 404, "session_not_found")
    refused(await ada.ask("DELETE", f"/auth/sessions/{ids.new_id()}"), 404, "session_not_found")
    assert (await ada.ask("DELETE", f"/auth/sessions/{sitting}")).status_code == 204
    refused(await ada.ask("DELETE", f"/auth/sessions/{sitting}"), 404, "session_not_found")
    refused(await refresh(client, lost["refresh_token"]), 401, "refresh_token_invalid")
    granted(await ada.ask("GET", "/me"))
    assert len(await sessions_of(ada)) == 1
    assert (await events_of(superuser, ada))[-1] == "session_ended"


async def test_everywhere_else_and_everywhere(client: Client) -> None:
    ada, bob = await Person.registered(client), await Person.registered(client)
    for _ in range(3):
        granted(await by_password(client, ada))
    assert (await ada.ask("DELETE", "/auth/sessions")).status_code == 204
    (only,) = await sessions_of(ada)
    assert only["current"] is True
    granted(await refresh(client, ada.refresh_token))
    assert (await ada.ask("DELETE", "/auth/sessions?keep_current=false")).status_code == 204
    refused(await ada.ask("GET", "/me"), 401, "session_ended")
    granted(await bob.ask("GET", "/me"))


async def test_a_sign_in_that_was_ended_at_one_worker_is_out_at_every_other_at_once(
    database_url: str, signing_key: str
) -> None:
    """Each worker has its own memory of tokens that it has read: none of them remembers a sign-in."""
    async with (
        serving(database_url, signing_key, registration="open") as here,
        serving(database_url, signing_key, registration="open") as there,
    ):
        home = await Household.founded(here)
        thief = Person(there, home.person.email, home.person.id, home.book_id, home.person.access_token, "")
        questions = [
            ("GET", "/me", None),
            ("GET", f"/books/{home.book_id}", None),
            ("POST", f"/books/{home.book_id}/accounts", {"name": "x", "kind": "asset", "currency": "EUR"}),
        ]
        for method, path, body in questions:
            assert (await thief.ask(method, path, body)).status_code < 300
        elsewhere = granted(await by_password(here, home.person))
        sitting = await sign_in_of(here, home.person)
        home.person.access_token = elsewhere["access_token"]
        assert (await home.person.ask("DELETE", f"/auth/sessions/{sitting}")).status_code == 204
        for method, path, body in questions:
            refused(await thief.ask(method, path, body), 401, "session_ended")


async def test_refreshing_tells_when_and_where_a_sign_in_was_last_used(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await Person.registered(client)
    sitting = await sign_in_of(client, ada)
    await superuser.execute(
        "UPDATE sessions SET last_used_at = now() - interval '1 day', address = 'far away' WHERE id = $1", sitting
    )
    before = (await sessions_of(ada))[0]
    granted(await ada.ask("GET", "/me"))
    assert (await sessions_of(ada))[0] == before
    granted(await refresh(client, ada.refresh_token))
    after = (await sessions_of(ada))[0]
    assert str(after["last_used_at"]) > str(before["last_used_at"])
    assert after["address"] == "127.0.0.1"
    await superuser.execute("UPDATE sessions SET last_used_at = now() - interval '61 days' WHERE id = $1", sitting)
    assert await sessions_of(ada) == []


async def test_twenty_that_refresh_at_once_get_one_token_and_stay_signed_in(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await Person.registered(client)
    sitting = await sign_in_of(client, ada)
    answers = await asyncio.gather(*(refresh(client, ada.refresh_token) for _ in range(20)))
    pairs = [granted(answer) for answer in answers]
    (only,) = {pair["refresh_token"] for pair in pairs}
    assert await live_tokens(superuser, sitting) == [digest(only)]
    for pair in pairs:
        ada.access_token = pair["access_token"]
        granted(await ada.ask("GET", "/me"))
    following = await asyncio.gather(*(refresh(client, pair["refresh_token"]) for pair in pairs))
    assert {answer.status_code for answer in following} == {200}
    assert len(await live_tokens(superuser, sitting)) == 1


async def test_a_lost_answer_is_asked_for_again(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    first, again = granted(await refresh(client, ada.refresh_token)), granted(await refresh(client, ada.refresh_token))
    assert first["refresh_token"] == again["refresh_token"]
    granted(await refresh(client, again["refresh_token"]))
    # The answer arrived: who comes with the old token now has it from somewhere else.
    refused(await refresh(client, ada.refresh_token), 401, "refresh_token_reused")
    assert "refresh_token_reused" in await events_of(superuser, ada)


async def test_after_ten_seconds_a_used_token_is_a_stolen_one(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    pair = granted(await refresh(client, ada.refresh_token))
    for seconds, code in ((9, 200), (11, 401)):
        await superuser.execute(
            "UPDATE refresh_tokens SET used_at = now() - make_interval(secs => $2) WHERE digest = $1",
            digest(ada.refresh_token),
            seconds,
        )
        assert (await refresh(client, ada.refresh_token)).status_code == code
    refused(await refresh(client, pair["refresh_token"]), 401, "refresh_token_invalid")
    ada.access_token = pair["access_token"]
    refused(await ada.ask("GET", "/me"), 401, "session_ended")


async def test_a_retry_after_the_key_was_rotated_gets_another_token_and_the_unused_one_dies(
    database_url: str, superuser: asyncpg.Connection
) -> None:
    old, new = new_signing_key(), new_signing_key()
    async with serving(database_url, old, registration="open") as client:
        ada = await Person.registered(client)
        sitting = await sign_in_of(client, ada)
        lost = granted(await refresh(client, ada.refresh_token))
    async with serving(database_url, new, previous_signing_key=old) as client:
        ada.client = client
        granted(await ada.ask("GET", "/me"))
        pair = granted(await refresh(client, ada.refresh_token))
        assert pair["refresh_token"] != lost["refresh_token"]
        assert await live_tokens(superuser, sitting) == [digest(pair["refresh_token"])]
        refused(await refresh(client, lost["refresh_token"]), 401, "refresh_token_invalid")
        granted(await refresh(client, pair["refresh_token"]))
        assert jwt.get_unverified_header(pair["access_token"])["kid"] == Tokens(new, seconds=60).kid
    async with serving(database_url, new) as client:
        ada.client = client
        refused(await ada.ask("GET", "/me"), 401, "token_invalid")


def test_successors_differ_by_token_and_by_key() -> None:
    one, other = (Tokens(new_signing_key(), seconds=60) for _ in range(2))
    tokens = {one.successor("frt_a"), one.successor("frt_b"), other.successor("frt_a")}
    assert len(tokens) == 3
    assert one.successor("frt_a") in tokens
    assert all(len(token) == len(ids.new_secret("frt")) for token in tokens)


async def test_what_ended_long_ago_is_forgotten_and_what_lasts_is_not(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await Person.registered(client)
    kept = await sign_in_of(client, ada)
    ada.access_token = granted(await by_password(client, ada))["access_token"]
    ended = await sign_in_of(client, ada)
    await superuser.execute("UPDATE sessions SET ended_at = now() - interval '91 days' WHERE id = $1", ended)
    await superuser.execute(
        "UPDATE refresh_tokens SET expires_at = now() - interval '91 days' WHERE session_id = $1", ended
    )
    await superuser.execute("INSERT INTO allowances VALUES (sha256('full'), now() - interval '1 second')")
    await superuser.execute("INSERT INTO allowances VALUES (sha256('used'), now() + interval '1 hour')")
    async with working(client) as work:
        await work.connection.driver.execute("SELECT forget_sign_ins(interval '90 days')")
    left = {row["id"] for row in await superuser.fetch("SELECT id FROM sessions WHERE id = ANY($1)", [kept, ended])}
    assert left == {kept}
    subjects = "SELECT count(*) FROM allowances WHERE subject = sha256($1)"
    assert [await superuser.fetchval(subjects, name) for name in (b"full", b"used")] == [0, 1]
