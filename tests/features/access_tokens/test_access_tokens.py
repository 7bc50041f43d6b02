"""Personal access tokens: made once, told once, good for what they were made for and no longer than they may be."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.identity.entering import events_of
from tests.household import PASSWORD, Client, Household, Person

from farthing.core.connection import watched
from farthing.core.permissions import PERMISSIONS, SCOPE_SETS, SCOPES, Role
from farthing.features.access_tokens import text
from farthing.kit import ids

LINE = {"date": "2026-03-01", "amount": "-12.50", "account": "Assets:Checking"}


def mistyped(token: str) -> list[str]:
    """A token with one character changed, missing, doubled, or two of them the wrong way round."""
    other = [
        f"{token[:n]}{'a' if token[n] != 'a' else 'b'}{token[n + 1 :]}" for n in range(len(text.PREFIX), len(token))
    ]
    swapped = [
        f"{token[:n]}{token[n + 1]}{token[n]}{token[n + 2 :]}"
        for n in range(len(text.PREFIX), len(token) - 1)
        if token[n] != token[n + 1]
    ]
    return [*other, *swapped, token[:-1], token + "0", token.upper(), token.replace(text.PREFIX, "farthing_pat_0")]


def test_a_token_is_prefixed_and_checksummed_and_a_typing_error_shows() -> None:
    made = [text.new_token() for _ in range(200)]
    assert len(set(made)) == len(made)
    for token in made:
        assert re.fullmatch(r"farthing_pat_[0-9A-Za-z]{49}", token)
        assert text.is_whole(token)
    for wrong in (*mistyped(made[0]), "farthing_pat_", "farthing_pat_" + "é" * 49, made[0] + "\n"):
        assert not text.is_whole(wrong), wrong


async def test_a_token_is_told_once_and_does_what_it_was_made_for(household: Household) -> None:
    answer = await household.person.ask(
        "POST", "/me/access-tokens", {"name": "Script", "scopes": ["transactions:write", "read"], "good_for_days": 90}
    )
    made = granted(answer, 201)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == f"/api/v1/me/access-tokens/{made['id']}"
    assert made["scopes"] == sorted(SCOPE_SETS["read"] | {"transactions:write"})
    assert (made["book_ids"], made["last_used_at"]) == (None, None)
    program = household.person.with_token(made["token"])
    recorded = granted(await program.ask("POST", "/books/default/transactions", LINE), 201)
    assert (
        granted(await program.ask("GET", f"/books/{household.book_id}/transactions"))["data"][0]["id"] == recorded["id"]
    )
    refused(await program.ask("POST", "/books/default/accounts", {"name": "x", "kind": "asset"}), 403, "scope_missing")
    for read in (
        granted(await household.person.ask("GET", f"/me/access-tokens/{made['id']}")),
        granted(await household.person.ask("GET", "/me/access-tokens"))["data"][0],
    ):
        assert read["last_used_at"] is not None
        assert read | {"last_used_at": None} == {name: value for name, value in made.items() if name != "token"}


async def test_what_is_kept_is_a_digest(household: Household, superuser: asyncpg.Connection) -> None:
    token = (await household.person.made_token())["token"]
    row = await superuser.fetchrow("SELECT * FROM access_tokens WHERE digest = $1", text.digest_of(token))
    assert str(row["user_id"]) == household.person.id
    assert token not in str(dict(row))
    everywhere = "SELECT count(*) FROM access_tokens t WHERE t::text LIKE '%' || $1 || '%'"
    assert await superuser.fetchval(everywhere, token[13:40]) == 0


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"scopes": ["read", "members:write"]}, "/scopes/1"),
        ({"scopes": ["owners:write"]}, "/scopes/0"),
        ({"scopes": ["me"]}, "/scopes/0"),
        ({"scopes": ["reports"] * 101}, "/scopes"),
        ({"scopes": "reports"}, "/scopes"),
        ({"good_for_days": 0}, "/good_for_days"),
        ({"good_for_days": 366}, "/good_for_days"),
        ({"good_for_days": None}, "/good_for_days"),
        ({"book_ids": []}, "/book_ids"),
        ({"book_ids": ["default"]}, "/book_ids/0"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "/expires_at"),
        ({"user_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}, "/user_id"),
        ({"token": "farthing_pat_mine"}, "/token"),
    ],
)
async def test_a_token_that_breaks_a_rule_is_not_made(household: Household, wrong: Any, pointer: str) -> None:
    body = {"name": "Script", "scopes": ["reports"], "good_for_days": 30} | wrong
    answer = await household.person.ask("POST", "/me/access-tokens", body)
    refused(answer, 422, "request_invalid", pointer=pointer)


async def test_a_token_has_an_end(household: Household) -> None:
    body = {"name": "Script", "scopes": ["reports"]}
    answer = await household.person.ask("POST", "/me/access-tokens", body)
    refused(answer, 422, "request_invalid", pointer="/good_for_days", blamed="field_missing")


async def test_a_token_for_a_book_of_others_is_not_made(household: Household, client: Client) -> None:
    stranger = await Person.registered(client)
    for book_id in (stranger.book_id, str(ids.new_id())):
        body = {"name": "x", "scopes": ["read"], "good_for_days": 1, "book_ids": [household.book_id, book_id]}
        answer = await household.person.ask("POST", "/me/access-tokens", body)
        refused(answer, 422, "token_book_unknown", pointer="/book_ids/1")


async def test_a_revoked_token_is_refused_from_the_next_request_on(household: Household) -> None:
    made = await household.person.made_token("read", "transactions:write")
    program = household.person.with_token(made["token"])
    granted(await program.ask("GET", "/books/default"))
    for _ in range(2):
        granted(await household.person.ask("DELETE", f"/me/access-tokens/{made['id']}"), 204)
    for method, path, body in (
        ("GET", "/books/default", None),
        ("GET", "/books", None),
        ("POST", "/books/default/transactions", LINE),
        ("GET", "/me", None),
    ):
        answer = await program.ask(method, path, body)
        refused(answer, 401, "access_token_invalid")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    refused(await household.person.ask("GET", f"/me/access-tokens/{made['id']}"), 404, "access_token_not_found")
    assert granted(await household.person.ask("GET", "/me/access-tokens"))["data"] == []


async def test_a_token_ends_by_itself(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.person.made_token()
    program = household.person.with_token(made["token"])
    granted(await program.ask("GET", "/books/default"))
    await superuser.execute(
        "UPDATE access_tokens SET created_at = now() - interval '2 days', expires_at = now() WHERE id = $1", made["id"]
    )
    refused(await program.ask("GET", "/books/default"), 401, "access_token_invalid")
    listed = granted(await household.person.ask("GET", "/me/access-tokens"))["data"]
    assert [each["id"] for each in listed] == [made["id"]]


async def test_a_token_for_some_books_knows_no_others(client: Client) -> None:
    person = await Person.registered(client)
    second = granted(await person.ask("POST", "/books", {"name": "Second", "currency": "USD"}), 201)["id"]
    made = await person.made_token("read", book_ids=[second])
    program = person.with_token(made["token"])
    assert [book["id"] for book in granted(await program.ask("GET", "/books"))["data"]] == [second]
    granted(await program.ask("GET", f"/books/{second}/accounts"))
    same = {"headers": {"X-Request-ID": "same"}}
    absent = await program.ask("GET", f"/books/{ids.new_id()}/accounts", **same)
    refused(absent, 404, "book_not_found")
    for book_id in (person.book_id, "default"):
        hidden = await program.ask("GET", f"/books/{book_id}/accounts", **same)
        assert (hidden.status_code, hidden.headers, hidden.content) == (404, absent.headers, absent.content)


async def test_money_is_not_moved_into_a_book_that_the_token_is_not_for(client: Client) -> None:
    home = await Household.founded(client)
    second = granted(await home.person.ask("POST", "/books", {"name": "Second", "currency": "EUR"}), 201)["id"]
    joint = Household(home.person, second)
    await joint.open_account("Joint", currency="EUR")
    body = {
        "date": "2026-03-01",
        "amount": "1.00",
        "from": home.checking_id,
        "to": "Assets:Joint",
        "to_book_id": second,
    }
    for book_ids, status in (([home.book_id], 422), ([home.book_id, second], 201)):
        made = await home.person.made_token("read", "transactions:write", book_ids=book_ids)
        program = home.person.with_token(made["token"])
        answer = await program.ask("POST", f"/books/{home.book_id}/book-transfers", body)
        assert answer.status_code == status, answer.text


async def test_a_token_does_no_more_than_its_owner_may(client: Client) -> None:
    home, guest = await Household.founded(client), await Person.registered(client)
    await home.share(guest, "editor")
    made = await guest.made_token(*sorted(SCOPES))
    program = guest.with_token(made["token"])
    path = f"/books/{home.book_id}"
    granted(await program.ask("POST", f"{path}/transactions", LINE), 201)
    granted(await home.ask("PATCH", f"/members/{guest.id}", {"role": "viewer"}))
    refused(await program.ask("POST", f"{path}/transactions", LINE), 403, "permission_missing")
    granted(await program.ask("GET", f"{path}/transactions"))
    granted(await home.ask("DELETE", f"/members/{guest.id}"), 204)
    refused(await program.ask("GET", f"{path}/transactions"), 404, "book_not_found")


async def test_a_token_makes_no_token_and_touches_nothing_of_its_owner(client: Client) -> None:
    home, guest = await Household.founded(client), await Person.registered(client)
    made = await home.person.made_token(*sorted(SCOPES))
    program = home.person.with_token(made["token"])
    for method, path, body in (
        ("GET", "/me", None),
        ("PATCH", "/me", {"name": "Mallory"}),
        ("POST", "/me/access-tokens", {"name": "x", "scopes": ["reports"], "good_for_days": 365}),
        ("GET", "/me/access-tokens", None),
        ("DELETE", f"/me/access-tokens/{made['id']}", None),
        ("POST", "/books", {"name": "x", "currency": "EUR"}),
        ("POST", f"/books/{home.book_id}/invitations", {"email": guest.email, "role": "viewer"}),
        ("POST", f"/books/{home.book_id}/leave", None),
        ("POST", f"/books/{home.book_id}/hand-over", {"user_id": guest.id}),
        ("POST", "/invitations/accept", {"token": "x"}),
        ("PATCH", f"/books/{home.book_id}/members/{home.person.id}", {"role": "viewer"}),
        ("DELETE", f"/books/{home.book_id}/members/{home.person.id}", None),
    ):
        refused(await program.ask(method, path, body), 403, "sign_in_needed")


async def test_a_token_that_lacks_a_scope_is_told_which(household: Household) -> None:
    program = household.person.with_token((await household.person.made_token("reports"))["token"])
    answer = await program.ask("GET", "/books/default/transactions")
    assert "transactions:read" in refused(answer, 403, "scope_missing")["detail"]
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="farthing", error="insufficient_scope", scope="transactions:read"'
    )
    for path in ("/books/default/reports/trial-balance", "/books/default", "/books", "/currencies"):
        granted(await program.ask("GET", path))


async def test_a_token_is_made_by_someone_who_lately_proved_who_they_are(
    household: Household, superuser: asyncpg.Connection
) -> None:
    person, body = household.person, {"name": "Script", "scopes": ["reports"], "good_for_days": 30}
    past = "UPDATE sessions SET proven_at = now() - interval '11 minutes' WHERE user_id = $1"
    await superuser.execute(past, UUID(person.id))
    refused(await person.ask("POST", "/me/access-tokens", body), 403, "proof_too_old")
    granted(await person.ask("POST", "/auth/prove", {"password": PASSWORD}))
    made = granted(await person.ask("POST", "/me/access-tokens", body), 201)
    await superuser.execute(past, UUID(person.id))
    granted(await person.ask("DELETE", f"/me/access-tokens/{made['id']}"), 204)
    assert (await events_of(superuser, person))[-3:] == ["proved", "access_token_made", "access_token_revoked"]


async def test_the_token_of_someone_who_is_blocked_is_good_no_longer(
    household: Household, superuser: asyncpg.Connection
) -> None:
    program = household.person.with_token((await household.person.made_token())["token"])
    granted(await program.ask("GET", "/books/default"))
    await superuser.execute("UPDATE users SET blocked_at = now() WHERE id = $1", UUID(household.person.id))
    refused(await program.ask("GET", "/books/default"), 401, "access_token_invalid")


async def test_uses_are_written_down_once_a_minute(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.person.made_token()
    program = household.person.with_token(made["token"])
    used = "SELECT last_used_at, xmin::text FROM access_tokens WHERE id = $1"
    await asyncio.gather(*(program.ask("GET", "/books/default") for _ in range(8)))
    first = await superuser.fetchrow(used, made["id"])
    refused(await program.ask("GET", "/books/default/transactions"), 403, "scope_missing")
    granted(await program.ask("GET", "/books"))
    assert await superuser.fetchrow(used, made["id"]) == first
    noting = "SELECT note_token_use($1)"
    assert await superuser.fetchval(noting, text.digest_of(made["token"])) is True
    assert await superuser.fetchrow(used, made["id"]) == first
    await superuser.execute("UPDATE access_tokens SET last_used_at = now() - interval '61 seconds'")
    assert await superuser.fetchval(noting, text.digest_of(made["token"])) is True
    assert (await superuser.fetchrow(used, made["id"]))["last_used_at"] > first["last_used_at"]
    assert await superuser.fetchval(noting, b"x" * 32) is False


async def test_a_token_costs_no_statement_more_but_for_one_a_minute(household: Household) -> None:
    program = household.person.with_token((await household.person.made_token("read", "transactions:write"))["token"])

    async def statements(person: Person, method: str, body: Any = None) -> int:
        sent: list[str] = []
        with watched(lambda _, sql, __: sent.append(sql)):
            answer = await person.ask(method, f"/books/{household.book_id}/transactions", body)
        assert answer.is_success, answer.text
        return len(sent)

    assert await statements(program, "GET") == await statements(household.person, "GET") + 1
    for method, body in (("GET", None), ("POST", LINE)):
        assert await statements(program, method, body) == await statements(household.person, method, body)


async def test_the_log_says_by_which_token(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.person.made_token("transactions:write")
    granted(await household.person.with_token(made["token"]).ask("POST", "/books/default/transactions", LINE), 201)
    payload = "SELECT payload->>'access_token' FROM changes WHERE book_id = $1 ORDER BY revision DESC LIMIT 1"
    assert await superuser.fetchval(payload, household.book_id) == made["id"]


async def test_a_person_has_a_hundred_tokens_at_most_also_at_once(
    client: Client, superuser: asyncpg.Connection
) -> None:
    person = await Person.registered(client)
    await superuser.execute(
        "INSERT INTO access_tokens (id, user_id, digest, name, scopes, expires_at) "
        "SELECT gen_random_uuid(), $1::uuid, sha256(gen_random_uuid()::text::bytea), 'x', '{reports:read}', "
        "now() + interval '1 day' FROM generate_series(1, 98) n",
        person.id,
    )
    body = {"name": "Script", "scopes": ["reports"], "good_for_days": 30}
    answers = await asyncio.gather(*(person.ask("POST", "/me/access-tokens", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    refused(await person.ask("POST", "/me/access-tokens", body), 409, "access_tokens_too_many")
    first = granted(await person.ask("GET", "/me/access-tokens", params={"limit": "60"}))
    rest = granted(await person.ask("GET", "/me/access-tokens", params={"cursor": first["next_cursor"], "limit": "60"}))
    assert (len(first["data"]), len(rest["data"]), rest["next_cursor"]) == (60, 40, None)
    await superuser.execute("UPDATE access_tokens SET revoked_at = now() WHERE id = $1", rest["data"][0]["id"])
    granted(await person.ask("POST", "/me/access-tokens", body), 201)


async def test_the_tokens_of_others_are_not_there(household: Household, client: Client) -> None:
    stranger = await Person.registered(client)
    made = await household.person.made_token()
    for method in ("GET", "DELETE"):
        answer = await stranger.ask(method, f"/me/access-tokens/{made['id']}")
        refused(answer, 404, "access_token_not_found")
    assert granted(await stranger.ask("GET", "/me/access-tokens"))["data"] == []
    granted(await household.person.with_token(made["token"]).ask("GET", "/books/default"))


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("digest", "'x'", "digest_is_sha256"),
        ("name", "''", "name_bounded"),
        ("scopes", "'{}'", "scopes_bounded"),
        ("scopes", "'{reports:read,members:write}'", "scopes_within_reach"),
        ("scopes", "'{owners:write}'", "scopes_within_reach"),
        ("scopes", "'{membership:write}'", "scopes_within_reach"),
        ("book_ids", "'{}'", "books_bounded"),
        ("expires_at", "created_at + interval '367 days'", "ends"),
        ("expires_at", "created_at", "ends"),
    ],
)
async def test_postgresql_keeps_the_bounds_too(
    household: Household, superuser: asyncpg.Connection, column: str, value: str, constraint: str
) -> None:
    made = await household.person.made_token()
    with pytest.raises(asyncpg.CheckViolationError, match=f"ck_access_tokens_{constraint}"):
        await superuser.execute(f"UPDATE access_tokens SET {column} = {value} WHERE id = $1", made["id"])


def test_the_sets_are_what_they_are_called() -> None:
    assert SCOPE_SETS["reports"] == {word for word in PERMISSIONS[Role.OBSERVER] if word.endswith(":read")}
    assert SCOPE_SETS["read"] == {word for word in PERMISSIONS[Role.OWNER] if word.endswith(":read")}
    assert PERMISSIONS[Role.OWNER] - SCOPES == {"members:write", "membership:write", "owners:write"}
