"""Signing in elsewhere: with an account that is joined to one here, as someone new, and with forgeries."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import httpx2
import jwt as pyjwt
import pytest
from joserfc import jwk
from pydantic import ValidationError
from tests.features.answers import granted, refused
from tests.features.factors.guarded import by_password, guarded
from tests.household import PASSWORD, Client, Person, serving
from tests.provider import CLIENT_ID, CLIENT_SECRET, Provider, chosen, standing

from farthing.core.settings import Settings
from farthing.features.openid.provider import OpenIdProvider
from farthing.kit import ids

CARRIED = frozenset({"challenge", "methods"})


@pytest.fixture(scope="module")
def listening() -> Iterator[Provider]:
    with standing() as provider:
        yield provider


@pytest.fixture
def provider(listening: Provider) -> Provider:
    """A provider that does as it should, and knows somebody whom nobody here knows."""
    listening.__dict__.update(Provider(address=listening.address).__dict__)
    listening.meet()
    return listening


@pytest.fixture
async def there(provider: Provider, database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The API, where whoever comes from the provider is taken in."""
    async with serving(database_url, signing_key, **chosen(provider, oidc_register="on")) as client:
        yield client


@pytest.fixture
async def closed(provider: Provider, database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The API, where nobody new is taken in."""
    async with serving(database_url, signing_key, **chosen(provider)) as client:
        yield client


async def begun(client: Client) -> dict[str, Any]:
    answer = await client.send_json("GET", "/auth/openid")
    assert answer.headers["cache-control"] == "no-store"
    started: dict[str, Any] = granted(answer)
    return started


async def come_back(client: Client, back: dict[str, str], **options: Any) -> httpx2.Response:
    return await client.get("/api/v1/auth/openid/callback", params=back, **options)


async def brought_back(client: Client, provider: Provider, started: dict[str, Any]) -> str:
    code: str = granted(await come_back(client, provider.agree(started["authorization_url"])))["code"]
    return code


async def end(client: Client, code: str, login: str, **more: Any) -> httpx2.Response:
    return await client.send_json("POST", "/auth/openid/token", {"code": code, "login": login, **more})


async def signed_in(client: Client, provider: Provider, **more: Any) -> httpx2.Response:
    started = await begun(client)
    return await end(client, await brought_back(client, provider, started), started["login"], **more)


async def me(client: Client, pair: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    found: dict[str, Any] = granted(await client.send_json("GET", "/me", headers=headers))
    return found


async def joined(person: Person, provider: Provider) -> httpx2.Response:
    started = granted(await person.ask("POST", "/me/openid/begin"))
    code = await brought_back(person.client, provider, started)
    return await person.ask("POST", "/me/openid", {"code": code, "login": started["login"]})


# --- the way there and back ---


async def test_someone_new_is_taken_in_with_a_book_and_known_the_next_time(there: Client, provider: Provider) -> None:
    provider.in_userinfo = True
    pair = granted(await signed_in(there, provider, book="Flat", currency="CHF"))
    grace = await me(there, pair)
    assert (grace["name"], grace["email"], grace["has_password"]) == ("Grace", provider.person["email"], False)
    assert grace["email_verified_at"] is not None
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    book = granted(await there.send_json("GET", "/books/default", headers=headers))
    assert (book["name"], book["currency"], book["role"]) == ("Flat", "CHF", "owner")
    provider.person["email"] = "moved@example.org"
    again = await me(there, granted(await signed_in(there, provider)))
    assert again["id"] == grace["id"]
    identity = granted(await there.send_json("GET", "/me/openid", headers=headers))["data"][0]
    assert identity["last_used_at"] is not None


async def test_a_device_that_is_known_stays_so(there: Client, provider: Provider) -> None:
    device = granted(await signed_in(there, provider))["device_token"]
    assert granted(await signed_in(there, provider, device_token=device))["device_token"] == device
    assert granted(await signed_in(there, provider, device_token="dvc_guessed"))["device_token"] != "dvc_guessed"


async def test_the_sign_in_says_how_it_was_proven(
    there: Client, provider: Provider, superuser: asyncpg.Connection
) -> None:
    grace = await me(there, granted(await signed_in(there, provider)))
    assert await superuser.fetchval("SELECT methods FROM sessions WHERE user_id = $1", grace["id"]) == ["oidc"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_each_kind_of_signature_is_read(there: Client, provider: Provider, algorithm: str) -> None:
    provider.algorithm = algorithm
    granted(await signed_in(there, provider))


async def test_a_browser_is_shown_a_page_that_runs_nothing(there: Client, provider: Provider) -> None:
    started = await begun(there)
    back = provider.agree(started["authorization_url"])
    page = await come_back(there, back, headers={"Accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    code = page.text.partition("<code>")[2].partition("</code>")[0]
    granted(await end(there, code, started["login"]))


async def test_a_front_end_gets_its_browser_back(database_url: str, signing_key: str, provider: Provider) -> None:
    settings = chosen(provider, oidc_register="on", public_url="https://money.example.org/farthing")
    async with serving(database_url, signing_key, **settings) as client:
        started = granted(await client.send_json("GET", "/auth/openid?return_to=/signed-in"))
        answer = await come_back(client, provider.agree(started["authorization_url"]), headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
        page, _, told = answer.headers["location"].partition("#")
        assert page == "https://money.example.org/farthing/signed-in"
        assert answer.content == b""
        granted(await end(client, dict(parse_qsl(told))["code"], started["login"]))


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/x?y=z",
        "/x#y",
        "x",
        "",
        "/%2f",
        "/@",
        "/ä",
        "/a b",
    ],
)
async def test_nobody_is_sent_on_to_another_place(there: Client, elsewhere: str) -> None:
    answer = await there.send_json("GET", "/auth/openid", params={"return_to": elsewhere})
    refused(answer, 422, "request_invalid", parameter="return_to")


async def test_the_callback_is_below_the_public_address(
    database_url: str, signing_key: str, provider: Provider
) -> None:
    settings = chosen(provider, oidc_register="on", public_url="https://money.example.org/farthing/")
    async with serving(database_url, signing_key, **settings) as client:
        started = await begun(client)
        url = httpx2.URL(started["authorization_url"])
        assert url.params["redirect_uri"] == "https://money.example.org/farthing/api/v1/auth/openid/callback"
        granted(await end(client, await brought_back(client, provider, started), started["login"]))


async def test_where_no_provider_is_named_there_is_none(database_url: str, signing_key: str) -> None:
    async with serving(database_url, signing_key, registration="open") as client:
        refused(await client.send_json("GET", "/auth/openid"), 404, "openid_off")
        refused(await come_back(client, {"code": "x", "state": "y"}), 401, "openid_refused")
        person = await Person.registered(client)
        refused(await person.ask("POST", "/me/openid/begin"), 404, "openid_off")


# --- what is used twice, or by another ---


async def test_a_state_and_a_code_are_good_once(there: Client, provider: Provider) -> None:
    started = await begun(there)
    back = provider.agree(started["authorization_url"])
    code = granted(await come_back(there, back))["code"]
    refused(await come_back(there, back), 401, "openid_refused")
    fresh = provider.agree(started["authorization_url"])
    refused(await come_back(there, fresh), 401, "openid_refused")
    answers = await asyncio.gather(*(end(there, code, started["login"]) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_only_who_began_ends_it(there: Client, provider: Provider) -> None:
    mine, theirs = await begun(there), await begun(there)
    code = await brought_back(there, provider, mine)
    refused(await end(there, code, theirs["login"]), 401, "openid_refused")
    refused(await end(there, code, "oid_guess"), 401, "openid_refused")
    granted(await end(there, code, mine["login"]))


async def test_the_code_of_one_sign_in_with_the_state_of_another_is_refused(there: Client, provider: Provider) -> None:
    mine, theirs = await begun(there), await begun(there)
    stolen = provider.agree(theirs["authorization_url"]) | {"state": provider.agree(mine["authorization_url"])["state"]}
    refused(await come_back(there, stolen), 401, "openid_refused")


async def test_what_is_out_of_date_is_refused(there: Client, provider: Provider, monkeypatch: Any) -> None:
    early = await begun(there)
    back = provider.agree(early["authorization_url"])
    started = await begun(there)
    code = await brought_back(there, provider, started)
    clock = "farthing.kit.clock.datetime"
    later = time.time() + 121
    monkeypatch.setattr(clock, at(later))
    refused(await end(there, code, started["login"]), 401, "openid_refused")
    monkeypatch.setattr(clock, at(later + 480))
    refused(await come_back(there, back), 401, "openid_refused")


def at(moment: float) -> type:
    """A calendar whose present is another moment."""
    from datetime import datetime  # noqa: PLC0415 - its own, not ours

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(moment, tz)

    return Then


@pytest.mark.parametrize("state", ["x", "_" * 300, "%%%", "ä" * 50, "A" * 1999])
async def test_what_was_never_a_state_or_a_code_is_refused(there: Client, state: str) -> None:
    refused(await come_back(there, {"code": "x", "state": state}), 401, "openid_refused")
    answer = await end(there, state, "oid_x")
    assert answer.status_code in {401, 422}


async def test_a_state_is_no_code_and_a_code_no_state(there: Client, provider: Provider) -> None:
    started = await begun(there)
    back = provider.agree(started["authorization_url"])
    refused(await end(there, back["state"], started["login"]), 401, "openid_refused")
    code = granted(await come_back(there, back))["code"]
    refused(await come_back(there, back | {"state": code}), 401, "openid_refused")


async def test_a_person_who_declines_is_told_so(there: Client, provider: Provider) -> None:
    state = provider.agree((await begun(there))["authorization_url"])["state"]
    refused(await come_back(there, {"error": "access_denied", "state": state}), 401, "openid_declined")
    refused(await come_back(there, {"state": state}), 401, "openid_declined")
    refused(await come_back(there, {"code": "x"}), 422, "request_invalid", parameter="state")


# --- forgeries ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["farthing", "another"]},
        {"aud": ["farthing", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": 32503680000},
        {"nbf": 32503680000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "AAAA"},
    ],
)
async def test_an_id_token_that_says_something_else_is_refused(
    there: Client, provider: Provider, wrong: dict[str, Any]
) -> None:
    provider.wrong = wrong
    started = await begun(there)
    refused(await come_back(there, provider.agree(started["authorization_url"])), 401, "openid_refused")


async def test_an_id_token_for_us_among_others_is_taken(there: Client, provider: Provider) -> None:
    provider.wrong = {"aud": ["farthing", "another"], "azp": "farthing"}
    granted(await signed_in(there, provider))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_an_id_token_that_nobody_has_signed_is_refused(there: Client, provider: Provider, algorithm: str) -> None:
    provider.algorithm = algorithm
    provider.signs_with = CLIENT_SECRET.encode()
    started = await begun(there)
    refused(await come_back(there, provider.agree(started["authorization_url"])), 401, "openid_refused")


async def test_the_published_key_is_no_shared_secret(there: Client, provider: Provider) -> None:
    """The old trick: HMAC with the public key's text, under the key's own name."""
    provider.algorithm = "HS256"
    provider.signs_with = provider.keys[0].as_pem(private=False)
    provider.kid = provider.keys[0].kid
    started = await begun(there)
    refused(await come_back(there, provider.agree(started["authorization_url"])), 401, "openid_refused")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_an_id_token_signed_with_another_key_is_refused(
    there: Client, provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    provider.signs_with = jwk.RSAKey.generate_key(2048) if algorithm == "RS256" else jwk.ECKey.generate_key("P-256")
    started = await begun(there)
    refused(await come_back(there, provider.agree(started["authorization_url"])), 401, "openid_refused")
    provider.kid = "unheard of"
    started = await begun(there)
    refused(await come_back(there, provider.agree(started["authorization_url"])), 401, "openid_refused")


async def test_keys_that_were_swapped_are_refused(there: Client, provider: Provider) -> None:
    """Signed by a key that is published, under the name of another that is."""
    granted(await signed_in(there, provider))
    provider.kid = provider.keys[1].kid
    started = await begun(there)
    refused(await come_back(there, provider.agree(started["authorization_url"])), 401, "openid_refused")


async def test_new_keys_are_read_when_they_are_first_met_and_old_ones_are_no_good(
    there: Client, provider: Provider, monkeypatch: Any
) -> None:
    granted(await signed_in(there, provider))
    old = provider.keys[0]
    provider.change_keys()
    refused(await signed_back(there, provider), 401, "openid_refused")  # they were read a moment ago
    monkeypatch.setattr("farthing.kit.clock.datetime", at(time.time() + 20))
    granted(await signed_in(there, provider))
    provider.signs_with, provider.kid = old, old.kid
    refused(await signed_back(there, provider), 401, "openid_refused")
    assert provider.asked.count("/keys") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


async def signed_back(client: Client, provider: Provider) -> httpx2.Response:
    return await come_back(client, provider.agree((await begun(client))["authorization_url"]))


async def test_userinfo_about_somebody_else_is_refused(there: Client, provider: Provider) -> None:
    provider.in_userinfo = True
    provider.userinfo = {"sub": "somebody else"}
    refused(await signed_back(there, provider), 401, "openid_refused")


async def test_whether_an_address_was_made_sure_of_is_said_of_that_address(there: Client, provider: Provider) -> None:
    """By the ID token of the address in the ID token, by userinfo of the one there: never by one of the other's."""
    provider.in_userinfo = True
    provider.wrong = {"email_verified": True}
    provider.userinfo = {"email": f"{ids.new_id().hex}@example.org", "email_verified": False}
    refused(await signed_in(there, provider), 403, "openid_address_unverified")


async def test_a_code_that_the_provider_does_not_know_is_refused(there: Client, provider: Provider) -> None:
    back = provider.agree((await begun(there))["authorization_url"]) | {"code": "made up"}
    refused(await come_back(there, back), 401, "openid_refused")


async def test_an_address_comes_back_in_vain_so_often_and_no_more(
    fresh_database_url: str, signing_key: str, provider: Provider
) -> None:
    settings = chosen(provider, oidc_register="on", attempts_per_address=6)
    async with serving(fresh_database_url, signing_key, **settings) as client:
        granted(await signed_in(client, provider))
        statuses = []
        for _ in range(10):
            back = provider.agree((await begun(client))["authorization_url"]) | {"code": "made up"}
            statuses.append((await come_back(client, back)).status_code)
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert provider.asked.count("/token") <= 1 + statuses.count(401)


# --- a provider that isn't well ---


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "not an address"},
        {"authorization_endpoint": 7},
    ],
)
async def test_a_discovery_document_that_cannot_be_trusted_is_not(
    there: Client, provider: Provider, document: dict[str, Any]
) -> None:
    provider.document = document
    refused(await there.send_json("GET", "/auth/openid"), 503, "openid_provider_away")


async def test_a_provider_that_is_away_is_asked_again(
    there: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.down = True
    answer = await there.send_json("GET", "/auth/openid")
    refused(answer, 503, "openid_provider_away")
    assert int(answer.headers["retry-after"]) > 0
    provider.down = False
    refused(await there.send_json("GET", "/auth/openid"), 503, "openid_provider_away")  # not so soon
    monkeypatch.setattr("farthing.kit.clock.datetime", at(time.time() + 6))
    granted(await signed_in(there, provider))


async def test_many_who_wait_for_a_provider_that_is_away_ask_it_once(there: Client, provider: Provider) -> None:
    provider.down = True
    answers = await asyncio.gather(*(there.send_json("GET", "/auth/openid") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert len(provider.asked) == 1


async def test_a_provider_by_tls_names_no_address_without_it() -> None:
    settings = Settings(
        oidc_discovery_url="https://id.example.org/.well-known/openid-configuration", oidc_client_id=CLIENT_ID
    )
    known = {
        "issuer": "https://id.example.org",
        "authorization_endpoint": "https://id.example.org/authorize",
        "token_endpoint": "https://id.example.org/token",
        "jwks_uri": "https://id.example.org/keys",
    }
    provider = OpenIdProvider(settings)
    assert provider._description_of(known, settings.oidc_discovery_url or "").client_authentication == "none"
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        spoiled = known | {name: "http://id.example.org/x"}
        with pytest.raises(ValueError, match="can't be trusted"):
            provider._description_of(spoiled, settings.oidc_discovery_url or "")


# --- who is let in, and as whom ---


async def test_nobody_new_is_taken_in_unless_the_operator_says_so(closed: Client, provider: Provider) -> None:
    refused(await signed_in(closed, provider), 403, "openid_unlinked")


async def test_an_account_here_is_never_taken_over_by_its_address(there: Client, provider: Provider) -> None:
    ada = await Person.registered(there, email=provider.person["email"])
    refused(await signed_in(there, provider), 403, "openid_unlinked")
    identity = granted(await joined(ada, provider), 201)
    assert (identity["issuer"], identity["email"]) == (provider.address, ada.email)
    assert (await me(there, granted(await signed_in(there, provider))))["id"] == ada.id


@pytest.mark.parametrize(
    "said", [{"email_verified": False}, {"email_verified": None}, {"email": None}, {"email": "nonsense"}, {"email": 7}]
)
async def test_an_address_that_the_provider_does_not_vouch_for_joins_and_registers_nobody(
    there: Client, provider: Provider, said: dict[str, Any]
) -> None:
    ada = await Person.registered(there, email=provider.person["email"])
    provider.person |= said
    refused(await signed_in(there, provider), 403, "openid_address_unverified")
    refused(await joined(ada, provider), 403, "openid_address_unverified")


async def test_only_an_account_with_the_same_address_is_joined(there: Client, provider: Provider) -> None:
    ada = await Person.registered(there)
    refused(await joined(ada, provider), 403, "openid_address_unverified")
    provider.person["email"] = ada.email.upper()
    granted(await joined(ada, provider), 201)


async def test_an_account_is_joined_to_one_person(
    there: Client, provider: Provider, superuser: asyncpg.Connection
) -> None:
    granted(await signed_in(there, provider))
    ada = await Person.registered(there)
    provider.person["email"] = ada.email
    refused(await joined(ada, provider), 409, "openid_taken")
    with pytest.raises(asyncpg.UniqueViolationError):
        await superuser.execute(
            "INSERT INTO openid_identities (id, user_id, issuer, subject, email) VALUES ($1, $2, $3, $4, '')",
            *(ids.new_id(), ada.id, provider.address, provider.person["sub"]),
        )


async def test_what_was_begun_by_one_person_is_ended_by_no_other(there: Client, provider: Provider) -> None:
    ada, eve = await Person.registered(there), await Person.registered(there)
    provider.person["email"] = ada.email
    started = granted(await ada.ask("POST", "/me/openid/begin"))
    code = await brought_back(there, provider, started)
    body = {"code": code, "login": started["login"]}
    refused(await eve.ask("POST", "/me/openid", body), 401, "openid_refused")
    refused(await there.send_json("POST", "/auth/openid/token", body), 401, "openid_refused")
    granted(await ada.ask("POST", "/me/openid", body), 201)
    started = await begun(there)
    code = await brought_back(there, provider, started)
    refused(await ada.ask("POST", "/me/openid", {"code": code, "login": started["login"]}), 401, "openid_refused")


async def test_joining_and_parting_want_a_fresh_proof(
    there: Client, provider: Provider, superuser: asyncpg.Connection
) -> None:
    ada = await Person.registered(there, email=provider.person["email"])
    identity = granted(await joined(ada, provider), 201)
    await superuser.execute("UPDATE sessions SET proven_at = now() - interval '1 hour' WHERE user_id = $1", ada.id)
    refused(await ada.ask("POST", "/me/openid/begin"), 403, "proof_too_old")
    refused(await ada.ask("DELETE", f"/me/openid/{identity['id']}"), 403, "proof_too_old")
    granted(await ada.ask("POST", "/auth/prove", {"password": PASSWORD}))
    assert (await ada.ask("DELETE", f"/me/openid/{identity['id']}")).status_code == 204
    refused(await ada.ask("DELETE", f"/me/openid/{identity['id']}"), 404, "openid_identity_not_found")
    refused(await signed_in(there, provider), 403, "openid_unlinked")


async def test_the_only_way_in_stays(there: Client, provider: Provider) -> None:
    pair = granted(await signed_in(there, provider))
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    identity = granted(await there.send_json("GET", "/me/openid", headers=headers))["data"][0]
    answer = await there.send_json("DELETE", f"/me/openid/{identity['id']}", headers=headers)
    refused(answer, 409, "last_way_in")


async def test_a_second_factor_is_asked_for_unless_the_provider_did(
    there: Client, provider: Provider, superuser: asyncpg.Connection
) -> None:
    grace = await me(there, granted(await signed_in(there, provider)))
    code = ids.new_id()
    await superuser.execute(
        """
        INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, synced, transports)
        VALUES ($1, $2, 'Key', $3, 'x', 0, false, '{}')
        """,
        *(code, grace["id"], code.bytes),
    )
    asked = refused(await signed_in(there, provider), 401, "second_factor_required", carried=CARRIED)
    assert asked["methods"] == ["hwk"]
    kept = await superuser.fetchval("SELECT methods FROM challenges WHERE person_id = $1", grace["id"])
    assert kept == ["oidc"]
    provider.person["amr"] = ["pwd", "mfa"]
    granted(await signed_in(there, provider))


async def test_the_group_decides_who_runs_the_instance(database_url: str, signing_key: str, provider: Provider) -> None:
    settings = chosen(provider, oidc_register="on", oidc_operator_group="money", oidc_groups_claim="roles")
    async with serving(database_url, signing_key, **settings) as client:
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is False
        provider.person["roles"] = ["family", "money"]
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is True
        provider.person["roles"] = ["family"]
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is False
        provider.person["roles"] = "money"  # not a list: it doesn't say
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is False


async def test_the_last_who_runs_the_instance_runs_it_whatever_the_group_says(
    fresh_database_url: str, signing_key: str, provider: Provider
) -> None:
    settings = chosen(provider, oidc_register="on", oidc_operator_group="money")
    async with serving(fresh_database_url, signing_key, **settings) as client:
        provider.person["groups"] = []
        first = dict(provider.person)
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is True
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is True
        provider.meet()
        provider.person["groups"] = ["money"]
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is True
        provider.person = first
        assert (await me(client, granted(await signed_in(client, provider))))["is_operator"] is False


async def test_where_people_sign_in_elsewhere_only_nobody_does_here(
    database_url: str, signing_key: str, provider: Provider, client: Client
) -> None:
    ada = await Person.registered(client)
    settings = chosen(provider, oidc_register="on", local_login="off")
    async with serving(database_url, signing_key, **settings) as elsewhere:
        form = {"username": ada.email, "password": PASSWORD}
        refused(await elsewhere.post("/api/v1/auth/token", data=form), 403, "local_login_off")
        body = {"email": "bob@example.com", "password": PASSWORD, "name": "Bob"}
        refused(await elsewhere.send_json("POST", "/auth/register", body), 403, "local_login_off")
        used = {"clientDataJSON": "", "authenticatorData": "", "signature": ""}
        passkey = {"id": "x", "rawId": "x", "type": "public-key", "response": used}
        answer = await elsewhere.send_json("POST", "/auth/passkey", {"passkey": passkey})
        refused(answer, 403, "local_login_off")
        granted(await signed_in(elsewhere, provider))


async def test_what_a_person_takes_along_tells_of_it_and_no_secrets(there: Client, provider: Provider) -> None:
    ada = await (await guarded(there)).with_app()
    await ada.with_passkey()
    provider.person["email"] = ada.person.email
    granted(await joined(ada.person, provider), 201)
    answer = await ada.person.ask("POST", "/me/export")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        factors = [json.loads(line) for line in parts.read("factors.jsonl").splitlines()]
        (identity,) = (json.loads(line) for line in parts.read("identities.jsonl").splitlines())
        whole = b"".join(parts.read(name) for name in parts.namelist())
    assert [each["kind"] for each in factors] == ["authenticator", "passkey"]
    assert (identity["issuer"], identity["subject"]) == (provider.address, provider.person["sub"])
    assert ada.secret.encode() not in whole
    assert not any(code.encode() in whole for code in ada.recovery_codes)


async def test_who_deletes_their_account_leaves_nothing_that_signs_in(
    there: Client, provider: Provider, superuser: asyncpg.Connection
) -> None:
    await Person.registered(there)
    ada = await (await guarded(there)).with_app()
    await ada.with_passkey()
    provider.person["email"] = ada.person.email
    granted(await joined(ada.person, provider), 201)
    granted(await ada.person.ask("DELETE", "/me", params={"confirm": "delete my account"}), 204)
    for table in ("authenticators", "passkeys", "recovery_codes", "factor_tries", "openid_identities"):
        assert await superuser.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", ada.person.id) == 0
    refused(await by_password(there, ada.person.email), 401, "credentials_wrong")
    options = granted(await there.send_json("POST", "/auth/passkey/options"))["public_key"]
    answer = await there.send_json("POST", "/auth/passkey", {"passkey": ada.device.use(options)})
    refused(answer, 401, "passkey_unknown")
    grace = await me(there, granted(await signed_in(there, provider)))
    assert grace["id"] != ada.person.id


async def test_settings_that_would_let_nobody_in_are_refused() -> None:
    with pytest.raises(ValidationError, match="nobody could sign in"):
        Settings(local_login="off")
    with pytest.raises(ValidationError, match="go together"):
        Settings(oidc_client_id="farthing")
    with pytest.raises(ValidationError):
        Settings(oidc_discovery_url="https://id.example.org/", oidc_client_id="farthing")


async def test_nothing_of_a_sign_in_under_way_can_be_read_by_who_carries_it(there: Client, provider: Provider) -> None:
    started = await begun(there)
    back = provider.agree(started["authorization_url"])
    code = granted(await come_back(there, back))["code"]
    for text in (back["state"], code):
        assert provider.person["sub"] not in text
        with pytest.raises(pyjwt.DecodeError):
            pyjwt.decode(text, options={"verify_signature": False})
