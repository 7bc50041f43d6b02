"""How often people may try to come in, and that nobody learns from it who is there."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from pwdlib import PasswordHash
from tests.architecture.plain_sql import connected
from tests.features.answers import granted, refused
from tests.features.identity.entering import by_password, working
from tests.household import PASSWORD, Client, Person, serving

from farthing.core.connection import watched
from farthing.core.work import Request
from farthing.features.identity.errors import TooManyAttempts
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.service.passwords import PasswordService
from farthing.features.identity.service.throttling import Throttle, by_address, by_mail, by_second_factor
from farthing.kit import ids

WRONG = "wrong horse battery"
BURST = 10


async def try_in(client: Client, email: str, password: str = WRONG, **form: str) -> httpx2.Response:
    return await client.post("/api/v1/auth/token", data={"username": email, "password": password, **form})


def alike(answer: httpx2.Response) -> tuple[int, dict[str, Any], dict[str, str]]:
    """What two answers must share so that nobody can tell them apart."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.json() | {"request_id": ""}, headers


async def test_strangers_are_slowed_and_the_owner_comes_in_from_a_device_of_theirs(client: Client) -> None:
    ada = await Person.registered(client)
    device = granted(await try_in(client, ada.email, PASSWORD))["device_token"]
    for _ in range(BURST):
        refused(await try_in(client, ada.email), 401, "credentials_wrong")
    refused(await try_in(client, ada.email), 429, "too_many_attempts")
    refused(await try_in(client, ada.email, PASSWORD), 429, "too_many_attempts")
    refused(await try_in(client, ada.email, PASSWORD, device_token="dvc_guessed"), 429, "too_many_attempts")
    again = granted(await try_in(client, ada.email, PASSWORD, device_token=device))
    assert again["device_token"] == device
    for _ in range(2 * BURST):
        refused(await try_in(client, ada.email, device_token=device), 401, "credentials_wrong")
    # A device that was stolen tries no more than that, and its share is nobody else's.
    refused(await try_in(client, ada.email, PASSWORD, device_token=device), 429, "too_many_attempts")
    granted(await ada.ask("GET", "/me"))


async def test_a_refusal_says_when_to_come_back(client: Client, superuser: asyncpg.Connection) -> None:
    email = f"{ids.new_id().hex}@example.com"
    for _ in range(BURST):
        await try_in(client, email)
    answer = await try_in(client, email)
    problem = refused(answer, 429, "too_many_attempts")
    wait = int(answer.headers["retry-after"])
    assert 290 < wait <= 300
    assert str(wait) in problem["detail"]
    assert answer.headers["ratelimit-policy"] == '"account";q=10;w=3000'
    assert answer.headers["ratelimit"] == f'"account";r=0;t={wait}'
    await superuser.execute("UPDATE allowances SET full_at = full_at - interval '301 seconds'")
    refused(await try_in(client, email), 401, "credentials_wrong")
    refused(await try_in(client, email), 429, "too_many_attempts")


async def test_what_came_to_something_doesnt_count(client: Client) -> None:
    ada = await Person.registered(client)
    for _ in range(3 * BURST):
        granted(await try_in(client, ada.email, PASSWORD))
    for _ in range(BURST):
        refused(await try_in(client, ada.email), 401, "credentials_wrong")


async def test_attempts_at_once_are_counted_one_by_one(client: Client) -> None:
    email = f"{ids.new_id().hex}@example.com"
    answers = await asyncio.gather(*(try_in(client, email) for _ in range(25)))
    assert Counter(answer.status_code for answer in answers) == {401: BURST, 429: 15}


async def test_one_address_is_bounded_whatever_it_tries(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, registration="open", attempts_per_address=4) as client:
        ada = await Person.registered(client)
        for email in (ada.email, "nobody@example.com"):
            refused(await try_in(client, email), 401, "credentials_wrong")
        assert (await client.send_json("POST", "/auth/password/forgot", {"email": ada.email})).status_code == 202
        answers = [
            await try_in(client, ada.email, PASSWORD),
            await client.send_json("POST", "/auth/password/forgot", {"email": ada.email}),
            await client.send_json(
                "POST", "/auth/register", {"email": "b@example.com", "password": PASSWORD, "name": "B"}
            ),
            await client.send_json("POST", "/auth/password/reset", {"token": "x", "new_password": PASSWORD}),
            await client.send_json("POST", "/auth/email/confirm", {"token": "x"}),
        ]
        for answer in answers:
            refused(answer, 429, "too_many_attempts")
            assert answer.headers["ratelimit-policy"] == '"address";q=4;w=80'
        # Whether an address is taken is told fewer times still.
        async with connected(fresh_database_url) as superuser:
            for status, code in ((409, "email_taken"), (409, "email_taken"), (429, "too_many_attempts")):
                await superuser.execute(
                    "DELETE FROM allowances WHERE subject = $1", sha256(b"address\n127.0.0.1").digest()
                )
                body = {"email": ada.email, "password": PASSWORD, "name": "Ada"}
                answer = await client.send_json("POST", "/auth/register", body)
                refused(answer, status, code)
        assert answer.headers["ratelimit-policy"].startswith('"registration";q=3')
        # Who is signed in stays so.
        granted(await client.send_json("POST", "/auth/refresh", {"refresh_token": ada.refresh_token}))
        granted(await ada.ask("GET", "/me"))


async def test_mail_to_one_address_is_bounded_be_there_such_a_person_or_not(client: Client) -> None:
    ada = await Person.registered(client)
    for email in (ada.email, f"{ids.new_id().hex}@example.com"):
        answers = [await client.send_json("POST", "/auth/password/forgot", {"email": email}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]


async def test_a_stolen_access_token_doesnt_try_passwords_for_long(client: Client) -> None:
    ada = await Person.registered(client)
    for _ in range(5):
        refused(await ada.ask("POST", "/auth/prove", {"password": WRONG}), 401, "credentials_wrong")
        change = {"old_password": WRONG, "new_password": "wrong horse battery staple"}
        refused(await ada.ask("POST", "/auth/password", change), 401, "credentials_wrong")
    refused(await ada.ask("POST", "/auth/prove", {"password": PASSWORD}), 429, "too_many_attempts")


async def test_a_new_password_by_mail_clears_what_strangers_used_up(client: Client) -> None:
    ada = await Person.registered(client)
    for _ in range(BURST):
        await try_in(client, ada.email)
    async with working(client) as work:
        token = await PasswordService(work).make_reset_link(UUID(ada.id), ada.email, by_mail=True)
    body = {"token": token, "new_password": "wrong horse battery staple"}
    device = granted(await client.send_json("POST", "/auth/password/reset", body))["device_token"]
    await try_in(client, ada.email)
    refused(await try_in(client, ada.email, body["new_password"]), 429, "too_many_attempts")
    granted(await try_in(client, ada.email, body["new_password"], device_token=device))


async def test_only_the_last_devices_are_known(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    await superuser.execute(
        "INSERT INTO known_devices SELECT $1, sha256(n::text::bytea), now() - interval '1 day' "
        "FROM generate_series(1, 60) n",
        UUID(ada.id),
    )
    newest = granted(await try_in(client, ada.email, PASSWORD))["device_token"]
    assert await superuser.fetchval("SELECT count(*) FROM known_devices WHERE person_id = $1", UUID(ada.id)) == 50
    assert granted(await try_in(client, ada.email, PASSWORD, device_token=newest))["device_token"] == newest


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("a socket", "a socket", True),
    ],
)
async def test_of_an_ipv6_address_the_network_counts(client: Client, one: str, other: str, *, same: bool) -> None:
    async with working(client) as work:
        subjects = []
        for address in (one, other):
            work.request = Request("test", address=address)
            subjects.append(by_address(work).digest)
    assert (subjects[0] == subjects[1]) is same


async def test_bounds_are_used_up_each_for_itself(client: Client) -> None:
    person = ids.new_id()
    async with working(client) as work:
        throttle = Throttle(work)
        for _ in range(BURST):
            await throttle.spend(by_second_factor(person))
        # One that is used up leaves the others as they were.
        mail = by_mail(person.hex)
        for _ in range(5):
            with pytest.raises(TooManyAttempts):
                await throttle.spend(by_second_factor(person), mail)
        for _ in range(3):
            await throttle.spend(mail)
        await throttle.give_back(by_second_factor(person))
        await throttle.spend(by_second_factor(person))


# --- Nobody learns who is there ---


class Counting(PasswordHash):
    """Counts what argon2 is asked to do."""

    def __init__(self, inner: PasswordHash) -> None:
        super().__init__(inner.hashers)
        self.counted: Counter[str] = Counter()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.counted["hash"] += 1
        return super().hash(password, salt=salt)

    def verify_and_update(self, password: str | bytes, hash: str | bytes) -> tuple[bool, str | None]:  # noqa: A002
        self.counted["verify"] += 1
        return super().verify_and_update(password, hash)


@pytest.fixture
async def counting(client: Client) -> AsyncIterator[tuple[Counting, list[str]]]:
    """What the application asks of argon2 and of PostgreSQL from here on."""
    passwords = client.app.app.state.doorkeeper.tools[Passwords]
    before = passwords._hasher
    passwords._hasher = Counting(before)
    statements: list[str] = []
    with watched(lambda _connection, sql, _values: statements.append(sql)):
        yield passwords._hasher, statements
    passwords._hasher = before


async def test_for_known_and_unknown_people_the_same_is_done(
    client: Client, counting: tuple[Counting, list[str]]
) -> None:
    hasher, statements = counting
    ada = await Person.registered(client)
    nobody = f"{ids.new_id().hex}@example.com"
    forgotten = "/auth/password/forgot"
    done = []
    asks: list[Callable[[str], Awaitable[httpx2.Response]]] = [
        lambda email: try_in(client, email),
        lambda email: try_in(client, email, device_token="dvc_guessed"),
        lambda email: client.send_json("POST", forgotten, {"email": email}),
    ]
    for ask in asks:
        pair = []
        for email in (ada.email, nobody):
            hasher.counted.clear()
            statements.clear()
            answer = await ask(email)
            body = alike(answer) if answer.content else (answer.status_code, {}, {})
            pair.append((body, dict(hasher.counted), list(statements)))
        assert pair[0] == pair[1]
        done.append((pair[0][1], len(pair[0][2])))
    # Something was counted: one check of a password, and each look into the database.
    assert [hashes for hashes, _ in done] == [{"verify": 1}, {"verify": 1}, {}]
    assert all(count >= 1 for _, count in done)


async def test_where_registration_is_closed_nobody_learns_who_is_registered(
    fresh_database_url: str, signing_key: str
) -> None:
    async with serving(fresh_database_url, signing_key) as client:
        ada = await Person.registered(client)
        answers = [
            await client.send_json("POST", "/auth/register", {"email": email, "password": PASSWORD, "name": "B"})
            for email in (ada.email, "nobody@example.com")
        ]
        assert alike(answers[0]) == alike(answers[1])
        refused(answers[0], 403, "registration_closed")


async def test_a_blocked_person_is_told_so_only_with_their_password(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await Person.registered(client)
    await superuser.execute("UPDATE users SET blocked_at = now() WHERE id = $1", UUID(ada.id))
    refused(await by_password(client, ada, WRONG), 401, "credentials_wrong")
    refused(await by_password(client, ada), 403, "person_blocked")
