"""What a sign-in is made of: its proof, its second factor, and what is written down of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.identity.entering import by_password, events_of, sign_in_of, working
from tests.household import PASSWORD, Client, Person

from farthing.core.connection import Begin
from farthing.core.work import Actor
from farthing.features.identity.errors import ChallengeInvalid, PersonBlocked, ProofTooOld
from farthing.features.identity.service.challenges import Challenges
from farthing.features.identity.service.proof import recently_proven
from farthing.features.identity.service.sign_in import SignInService
from farthing.kit import ids


async def keep_second_factors(superuser: asyncpg.Connection, person: Person, methods: list[str]) -> None:
    await superuser.execute(
        "UPDATE users SET second_factor_methods = $1, second_factor_since = CASE WHEN $1 <> '{}'::text[] THEN now() END"
        " WHERE id = $2",
        methods,
        person.id,
    )


async def test_a_sign_in_remembers_its_client_and_how_it_was_proved(
    client: Client, superuser: asyncpg.Connection
) -> None:
    person = await Person.registered(client)
    person.access_token = granted(await by_password(client, person))["access_token"]
    kept = await superuser.fetchrow("SELECT * FROM sessions WHERE id = $1", await sign_in_of(client, person))
    assert (kept["device"], kept["address"], kept["methods"]) == ("Ledger/1.0 (phone)", "127.0.0.1", ["pwd"])
    assert kept["created_at"] == kept["proven_at"] == kept["last_used_at"]


async def test_who_has_a_second_factor_gets_a_challenge_that_works_once(
    client: Client, superuser: asyncpg.Connection
) -> None:
    person = await Person.registered(client)
    await keep_second_factors(superuser, person, ["otp", "hwk"])
    answer = refused(
        await by_password(client, person), 401, "second_factor_required", carried=frozenset({"challenge", "methods"})
    )
    assert (answer["methods"], answer["error"]) == (["otp", "hwk"], "invalid_grant")
    refused(await by_password(client, person, "wrong horse battery"), 401, "credentials_wrong")
    kept = await superuser.fetch("SELECT digest FROM challenges WHERE person_id = $1", UUID(person.id))
    assert len(kept) == 1
    assert answer["challenge"].encode() not in kept[0]["digest"]
    assert granted(await person.ask("GET", "/me"))["second_factor_since"] is not None
    # A second factor that is wrong undoes the work, and the challenge can be tried again.
    async with working(client) as work:
        await Challenges(work).take(answer["challenge"])
        await work.connection.rollback()
        await work.connection.begin(Begin.WRITING)
    async with working(client) as work:
        assert str(await Challenges(work).take(answer["challenge"])) == person.id
        tokens = await SignInService(work).begin(UUID(person.id), methods=("pwd", "otp"), device="d", address="a")
    with pytest.raises(ChallengeInvalid):
        async with working(client) as work:
            await Challenges(work).take(answer["challenge"])
    person.access_token = tokens.access_token
    granted(await person.ask("GET", "/me"))
    await keep_second_factors(superuser, person, [])
    granted(await by_password(client, person))


async def test_a_challenge_is_good_for_five_minutes_and_taken_by_one(
    client: Client, superuser: asyncpg.Connection
) -> None:
    person = await Person.registered(client)
    async with working(client) as work:
        late = await Challenges(work).issue(UUID(person.id), methods=("pwd",))
        contested = await Challenges(work).issue(UUID(person.id), methods=("pwd",))

    async def take() -> bool:
        try:
            async with working(client) as work:
                await Challenges(work).take(contested)
                await asyncio.sleep(0.05)
        except ChallengeInvalid:
            return False
        return True

    assert sum(await asyncio.gather(*(take() for _ in range(5)))) == 1
    await superuser.execute("UPDATE challenges SET expires_at = now() WHERE person_id = $1", UUID(person.id))
    with pytest.raises(ChallengeInvalid):
        async with working(client) as work:
            await Challenges(work).take(late)
    async with working(client) as work:
        await Challenges(work).issue(UUID(person.id), methods=("pwd",))
    assert await superuser.fetchval("SELECT count(*) FROM challenges WHERE person_id = $1", UUID(person.id)) == 1


async def test_someone_who_is_blocked_neither_signs_in_nor_stays(client: Client, superuser: asyncpg.Connection) -> None:
    person = await Person.registered(client)
    await superuser.execute("UPDATE users SET blocked_at = now() WHERE id = $1", UUID(person.id))
    refused(await by_password(client, person), 403, "person_blocked")
    refused(await by_password(client, person, "wrong horse battery"), 401, "credentials_wrong")
    with pytest.raises(PersonBlocked):
        async with working(client) as work:
            await SignInService(work).begin(UUID(person.id), methods=("oidc",))
    refresh = await client.send_json("POST", "/auth/refresh", {"refresh_token": person.refresh_token})
    refused(refresh, 401, "refresh_token_invalid")


async def test_who_has_no_password_signs_in_by_none(client: Client, superuser: asyncpg.Connection) -> None:
    person = await Person.registered(client)
    assert granted(await person.ask("GET", "/me"))["has_password"] is True
    await superuser.execute("UPDATE users SET password_hash = NULL WHERE id = $1", UUID(person.id))
    refused(await by_password(client, person), 401, "credentials_wrong")
    assert granted(await person.ask("GET", "/me"))["has_password"] is False
    refused(await person.ask("POST", "/auth/prove", {"password": PASSWORD}), 401, "credentials_wrong")
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute(
            "UPDATE users SET password_hash = 'x', password_changed_at = NULL WHERE id = $1", UUID(person.id)
        )


async def test_what_matters_most_wants_a_fresh_proof(client: Client, superuser: asyncpg.Connection) -> None:
    person = await Person.registered(client)
    sitting = await sign_in_of(client, person)
    async with working(client, person) as work:
        await recently_proven(work)
    await superuser.execute("UPDATE sessions SET proven_at = now() - interval '11 minutes' WHERE id = $1", sitting)
    async with working(client, person) as work:
        with pytest.raises(ProofTooOld):
            await recently_proven(work)
        await recently_proven(work, within_seconds=3600)
    refused(await person.ask("POST", "/auth/prove", {"password": "wrong horse battery"}), 401, "credentials_wrong")
    async with working(client, person) as work:
        with pytest.raises(ProofTooOld):
            await recently_proven(work)
    granted(await person.ask("POST", "/auth/prove", {"password": PASSWORD}))
    async with working(client, person) as work:
        await recently_proven(work)
        # What isn't a sign-in has proved nothing.
        work.actor = Actor(UUID(person.id), None)
        with pytest.raises(ProofTooOld):
            await recently_proven(work)
    assert await events_of(superuser, person) == ["registered", "signed_in", "proof_failed", "proved"]


async def test_security_events_are_chained_by_person_and_seen_by_them_alone(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada, bob = await Person.registered(client), await Person.registered(client)
    refused(await by_password(client, ada, "wrong horse battery"), 401, "credentials_wrong")
    await asyncio.gather(*(by_password(client, ada) for _ in range(5)))
    await client.send_json("POST", "/auth/logout", {"refresh_token": ada.refresh_token})
    assert await events_of(superuser, ada) == [
        "registered", "signed_in", "sign_in_failed", *["signed_in"] * 5, "signed_out",
    ]  # fmt: skip
    rows = await superuser.fetch(
        "SELECT *, security_event_hash(lag(hash) OVER (ORDER BY number), id, person_id, number, at, actor_id, event, "
        "address, details) AS told FROM security_events WHERE person_id = $1 ORDER BY number",
        UUID(ada.id),
    )
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["hash"] == row["told"] for row in rows)
    assert {row["address"] for row in rows} == {"127.0.0.1"}
    async with working(client, bob) as work:
        seen = await work.connection.driver.fetch("SELECT person_id FROM security_events")
        assert {str(row["person_id"]) for row in seen} == {bob.id}
        for forbidden in (
            "UPDATE security_events SET event = 'x'",
            "DELETE FROM security_events",
            "SELECT * FROM challenges",
        ):
            async with work.connection.undone():
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await work.connection.driver.execute(forbidden)
    with pytest.raises(asyncpg.UniqueViolationError):
        await superuser.execute(
            "INSERT INTO security_events SELECT $1, person_id, number, at, actor_id, event, address, details, hash "
            "FROM security_events WHERE person_id = $2 LIMIT 1",
            ids.new_id(),
            UUID(ada.id),
        )
