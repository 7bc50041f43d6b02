"""Who people are: registering, signing in, staying signed in, signing out, and tokens that aren't ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.features.answers import granted, refused
from tests.household import PASSWORD, Client, Household, Person, serving

from farthing.core.secrets import new_signing_key
from farthing.features.identity.tokens import Tokens
from farthing.kit import clock, ids


async def sign_in(client: Client, email: str, password: str = PASSWORD, **form: str) -> httpx2.Response:
    return await client.post("/api/v1/auth/token", data={"username": email, "password": password, **form})


async def refresh(client: Client, token: str) -> httpx2.Response:
    return await client.send_json("POST", "/auth/refresh", {"refresh_token": token})


async def test_the_first_person_runs_the_instance_and_then_it_is_closed(
    fresh_database_url: str, signing_key: str
) -> None:
    async with serving(fresh_database_url, signing_key) as client:
        ada = await Person.registered(client, email="ada@example.com")
        assert granted(await ada.ask("GET", "/me"))["is_operator"] is True
        body = {"email": "bob@example.com", "password": PASSWORD, "name": "Bob"}
        refused(await client.send_json("POST", "/auth/register", body), 403, "registration_closed")
        refused(await sign_in(client, "bob@example.com"), 401, "credentials_wrong")
    async with serving(fresh_database_url, signing_key, registration="open") as client:
        bob = await Person.registered(client, email="bob@example.com")
        assert granted(await bob.ask("GET", "/me"))["is_operator"] is False


async def test_registering_gives_a_furnished_book_that_is_the_default(client: Client) -> None:
    person = await Person.registered(client, name="Grace", currency="CHF", book="Home")
    me = granted(await person.ask("GET", "/me"))
    assert (me["name"], me["default_book_id"]) == ("Grace", person.book_id)
    book = granted(await person.ask("GET", "/books/default"))
    assert (book["id"], book["name"], book["currency"], book["role"]) == (person.book_id, "Home", "CHF", "owner")
    names = [a["full_name"] for a in granted(await person.ask("GET", "/books/default/accounts?limit=200"))["data"]]
    assert {"Expenses:Food:Groceries", "Income:Salary", "Equity:Trading", "Expenses:Uncategorised"} <= set(names)
    bare = await Person.registered(client, starter=False)
    assert len(granted(await bare.ask("GET", "/books/default/accounts"))["data"]) == 5


async def test_addresses_that_differ_in_case_only_are_one(client: Client) -> None:
    name = ids.new_id().hex
    await Person.registered(client, email=f"{name}@Example.com")
    body = {"email": f"{name.upper()}@example.COM", "password": PASSWORD, "name": "Other"}
    refused(await client.send_json("POST", "/auth/register", body), 409, "email_taken")
    granted(await sign_in(client, f"{name.upper()}@EXAMPLE.com"))
    granted(await sign_in(client, f"  {name}@example.com "))


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"password": "eleven char"}, "/password"),
        ({"password": "x" * 201}, "/password"),
        ({"email": "ada"}, "/email"),
        ({"email": "a" * 300 + "@example.com"}, "/email"),
        ({"name": ""}, "/name"),
        ({"name": " "}, "/name"),
        ({"currency": "EURO"}, "/currency"),
        ({"currency": "XXX"}, "/currency"),
        ({"is_operator": True}, "/is_operator"),
    ],
)
async def test_a_registration_that_breaks_a_rule_names_it(client: Client, wrong: dict[str, Any], pointer: str) -> None:
    body = {"email": f"{ids.new_id().hex}@example.com", "password": PASSWORD, "name": "Ada"} | wrong
    refused(await client.send_json("POST", "/auth/register", body), 422, "request_invalid", pointer=pointer)


async def test_an_unknown_person_and_a_wrong_password_get_the_same_answer(client: Client) -> None:
    person = await Person.registered(client)
    wrong = refused(await sign_in(client, person.email, "wrong horse battery"), 401, "credentials_wrong")
    unknown = refused(await sign_in(client, "nobody@example.com", "wrong horse battery"), 401, "credentials_wrong")
    assert wrong | {"request_id": ""} == unknown | {"request_id": ""}
    assert (wrong["error"], wrong["error_description"]) == ("invalid_grant", wrong["detail"])


async def test_the_token_form_is_that_of_oauth(client: Client) -> None:
    person = await Person.registered(client)
    answer = await sign_in(client, person.email, grant_type="password", scope="anything", client_id="x")
    read = granted(answer)
    assert (read["token_type"], read["expires_in"]) == ("bearer", 600)
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    other = refused(await sign_in(client, person.email, grant_type="implicit"), 422, "grant_unsupported")
    assert other["error"] == "unsupported_grant_type"
    as_json = await client.send_json("POST", "/auth/token", {"username": person.email, "password": PASSWORD})
    refused(as_json, 415, "media_unsupported")
    for name in ("a\x00b", "x" * 255, ""):
        assert (await sign_in(client, name)).status_code == 422
    assert (await sign_in(client, person.email, "a\x00b")).status_code in {401, 422}


async def test_a_refresh_token_works_once_and_its_second_use_ends_the_sign_in(client: Client) -> None:
    person = await Person.registered(client)
    second = granted(await refresh(client, person.refresh_token))
    third = granted(await refresh(client, second["refresh_token"]))
    person.access_token = third["access_token"]
    granted(await person.ask("GET", "/me"))
    elsewhere = granted(await sign_in(client, person.email))
    refused(await refresh(client, person.refresh_token), 401, "refresh_token_reused")
    refused(await refresh(client, third["refresh_token"]), 401, "refresh_token_invalid")
    refused(await person.ask("GET", "/me"), 401, "session_ended")
    refused(await person.ask("GET", f"/books/{person.book_id}"), 401, "session_ended")
    refused(await person.ask("POST", f"/books/{person.book_id}/accounts", {"name": "x", "kind": "asset"}), 401,
            "session_ended")  # fmt: skip
    person.access_token = elsewhere["access_token"]
    granted(await person.ask("GET", "/me"))
    refused(await refresh(client, "frt_nonsense"), 401, "refresh_token_invalid")


async def test_signing_out_ends_the_sign_in_and_no_other(client: Client) -> None:
    person = await Person.registered(client)
    elsewhere = granted(await sign_in(client, person.email))
    out = {"refresh_token": person.refresh_token}
    assert (await client.send_json("POST", "/auth/logout", out)).status_code == 204
    refused(await person.ask("GET", "/me"), 401, "session_ended")
    refused(await refresh(client, person.refresh_token), 401, "refresh_token_invalid")
    granted(await refresh(client, elsewhere["refresh_token"]))
    assert (await client.send_json("POST", "/auth/logout", {"refresh_token": "unknown"})).status_code == 204


async def test_a_rightly_signed_token_for_a_sign_in_that_never_was_opens_nothing(
    household: Household, signing_key: str
) -> None:
    issued = Tokens(signing_key, seconds=60).issue(UUID(household.person.id), ids.new_id())
    household.person.access_token = issued.text
    refused(await household.person.ask("GET", "/me"), 401, "session_ended")
    household.person.access_token = Tokens(new_signing_key(), seconds=60).issue(ids.new_id(), ids.new_id()).text
    refused(await household.person.ask("GET", "/me"), 401, "token_invalid")
    assert clock.now().tzinfo is not None


async def test_without_a_token_nothing_opens(client: Client, household: Household) -> None:
    for given in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}):
        answer = await client.get("/api/v1/me", headers=given)
        assert answer.status_code == 401, given
        refused(answer, 401, answer.json()["code"])


async def test_a_person_of_one_book_chooses_no_other_as_the_default(client: Client) -> None:
    ada, bob = await Person.registered(client), await Person.registered(client)
    answer = await ada.ask("PATCH", "/me", {"default_book_id": bob.book_id})
    refused(answer, 422, "default_book_unknown", pointer="/default_book_id")
    assert granted(await ada.ask("GET", "/me"))["default_book_id"] == ada.book_id
    second = granted(await ada.ask("POST", "/books", {"name": "Second", "currency": "USD"}), 201)
    assert granted(await ada.ask("GET", "/books/default"))["id"] == ada.book_id
    changed = granted(await ada.ask("PATCH", "/me", {"default_book_id": second["id"], "name": "Ada L."}))
    assert (changed["default_book_id"], changed["name"]) == (second["id"], "Ada L.")
    assert granted(await ada.ask("GET", "/books/default"))["id"] == second["id"]
