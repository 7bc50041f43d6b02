"""Passwords and addresses: changing them, and what mail has to do with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.features.answers import granted, refused
from tests.features.identity.entering import by_password, events_of, sign_in_of, working
from tests.features.identity.post_office import PostOffice, post_office
from tests.household import PASSWORD, Client, Person, serving

from farthing.features.access_tokens.schemas import AccessTokenCreate
from farthing.features.access_tokens.service import AccessTokenService
from farthing.features.identity.errors import CredentialsWrong, SignInBusy
from farthing.features.identity.mails import write_confirmation
from farthing.features.identity.passwords import MAX_WAITING, WORKERS, Passwords
from farthing.features.identity.service.emails import EmailService
from farthing.features.identity.service.passwords import PasswordService
from farthing.features.identity.service.sign_in import sign_in
from farthing.kit import ids

ANOTHER = "wrong horse battery staple"


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@pytest.fixture
async def writing(database_url: str, signing_key: str, office: PostOffice) -> AsyncIterator[Client]:
    """An instance that sends mail, when it is asked for."""
    settings = {"smtp_url": office.url, "mail_from": "Farthing <money@example.org>", "worker": "none"}
    async with serving(
        database_url, signing_key, registration="open", public_url="https://money.example.org/", **settings
    ) as client:
        office.sender = client
        yield client


async def settled(client: Client, office: PostOffice) -> Person:
    """Someone whose first letter has come."""
    person = await Person.registered(client)
    await office.token(person.email)
    return person


async def forget(client: Client, email: str) -> httpx2.Response:
    return await client.send_json("POST", "/auth/password/forgot", {"email": email})


async def reset(client: Client, token: str, password: str = ANOTHER) -> httpx2.Response:
    return await client.send_json("POST", "/auth/password/reset", {"token": token, "new_password": password})


async def confirm(client: Client, token: str) -> httpx2.Response:
    return await client.send_json("POST", "/auth/email/confirm", {"token": token})


# --- Changing one's password ---


async def test_a_changed_password_signs_out_everywhere_else(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    elsewhere = granted(await by_password(client, ada))
    change = {"old_password": PASSWORD, "new_password": ANOTHER}
    assert (await ada.ask("POST", "/auth/password", change)).status_code == 204
    granted(await ada.ask("GET", "/me"))
    refreshed = await client.send_json("POST", "/auth/refresh", {"refresh_token": elsewhere["refresh_token"]})
    refused(refreshed, 401, "refresh_token_invalid")
    refused(await by_password(client, ada), 401, "credentials_wrong")
    granted(await by_password(client, ada, ANOTHER))
    assert (await events_of(superuser, ada))[-3:] == ["password_changed", "sign_in_failed", "signed_in"]


async def test_a_change_needs_the_old_password_and_a_new_one_that_isnt_guessed(client: Client) -> None:
    ada = await Person.registered(client, name="Quentin Vandermeer")
    for change, status, code, pointer in (
        ({"old_password": "x", "new_password": ANOTHER}, 401, "credentials_wrong", "/old_password"),
        ({"new_password": ANOTHER}, 401, "credentials_wrong", "/old_password"),
        ({"old_password": PASSWORD, "new_password": "Password123!"}, 422, "password_common", "/new_password"),
        ({"old_password": PASSWORD, "new_password": "QuentinVandermeer"}, 422, "password_common", "/new_password"),
        ({"old_password": PASSWORD, "new_password": "short"}, 422, "request_invalid", "/new_password"),
        ({"old_password": PASSWORD}, 422, "request_invalid", "/new_password"),
    ):
        refused(await ada.ask("POST", "/auth/password", change), status, code, pointer=pointer)
    granted(await by_password(client, ada))


async def test_a_registration_with_a_password_that_would_be_guessed_is_refused(client: Client) -> None:
    body = {"email": f"{ids.new_id().hex}@example.com", "password": "Password123!", "name": "Ada"}
    refused(await client.send_json("POST", "/auth/register", body), 422, "password_common", pointer="/password")


async def test_of_two_changes_at_once_one_is_made(client: Client) -> None:
    ada = await Person.registered(client)
    changes = [{"old_password": PASSWORD, "new_password": f"{ANOTHER} {n}"} for n in range(4)]
    answers = await asyncio.gather(*(ada.ask("POST", "/auth/password", change) for change in changes))
    assert sorted(answer.status_code for answer in answers) == [204, 401, 401, 401]
    chosen = changes[[answer.status_code for answer in answers].index(204)]["new_password"]
    granted(await by_password(client, ada, chosen))


async def test_programs_go_on_when_a_password_is_changed_unless_they_are_not_to(client: Client) -> None:
    ada = await Person.registered(client)
    program = ada.with_token((await ada.made_token("read"))["token"])
    other = await Person.registered(client)
    others = other.with_token((await other.made_token("read"))["token"])
    granted(await ada.ask("POST", "/auth/password", {"old_password": PASSWORD, "new_password": ANOTHER}), 204)
    granted(await program.ask("GET", "/books/default"))
    change = {"old_password": ANOTHER, "new_password": PASSWORD, "revoke_tokens": True}
    granted(await ada.ask("POST", "/auth/password", change), 204)
    refused(await program.ask("GET", "/books/default"), 401, "access_token_invalid")
    assert granted(await ada.ask("GET", "/me/access-tokens"))["data"] == []
    granted(await others.ask("GET", "/books/default"))


class Meanwhile(Passwords):
    """Checks a password while something else happens."""

    async def check_anew(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        checked = await super().check_anew(password, password_hash)
        await self.happens()
        return checked

    def __init__(self, happens: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
        self.happens = happens


async def test_a_sign_in_that_was_begun_with_the_old_password_comes_to_nothing(client: Client) -> None:
    ada = await Person.registered(client)
    change = {"old_password": PASSWORD, "new_password": ANOTHER}
    passwords = Meanwhile(lambda: ada.ask("POST", "/auth/password", change))
    with pytest.raises(CredentialsWrong):
        await sign_in(lambda: working(client), passwords, email=ada.email, password=PASSWORD)
    passwords.close()
    granted(await by_password(client, ada, ANOTHER))


async def test_what_a_sign_in_is_used_for_as_it_ends_ends_with_it(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await Person.registered(client)
    async with working(client) as work:
        token = await PasswordService(work).make_reset_link(UUID(ada.id), ada.email, by_mail=False)
    async with working(client, ada) as work:
        wanted = AccessTokenCreate(name="Last minute", scopes=["read"], good_for_days=1)
        made = await AccessTokenService(work).make(wanted)
        resetting = asyncio.create_task(reset(client, token))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        async with asyncio.timeout(5):
            while not await superuser.fetchval(waiting) and not resetting.done():  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.01)
    granted(await resetting)
    program = ada.with_token(made["token"])
    refused(await program.ask("GET", "/books/default"), 401, "access_token_invalid")


async def test_who_has_no_password_gets_one_by_a_fresh_proof(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    await superuser.execute("UPDATE users SET password_hash = NULL WHERE id = $1", UUID(ada.id))
    sitting = await sign_in_of(client, ada)
    await superuser.execute("UPDATE sessions SET proven_at = now() - interval '1 hour' WHERE id = $1", sitting)
    refused(await ada.ask("POST", "/auth/password", {"new_password": ANOTHER}), 403, "proof_too_old")
    await superuser.execute("UPDATE sessions SET proven_at = now() WHERE id = $1", sitting)
    assert (await ada.ask("POST", "/auth/password", {"new_password": ANOTHER})).status_code == 204
    granted(await by_password(client, ada, ANOTHER))


# --- Getting in again ---


async def test_a_forgotten_password_is_set_anew_by_a_mailed_link_once(
    writing: Client, office: PostOffice, superuser: asyncpg.Connection
) -> None:
    ada = await settled(writing, office)
    assert (await forget(writing, ada.email.upper())).status_code == 202
    letter = await office.next(ada.email)
    assert (letter["To"], letter["From"]) == (ada.email, "Farthing <money@example.org>")
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    link = next(line for line in text.splitlines() if line.startswith("https://"))
    assert link.startswith("https://money.example.org/reset-password#token=prt_")
    token = link.partition("=")[2]
    assert token in text.replace(link, "")
    assert not await superuser.fetchval("SELECT EXISTS (SELECT FROM outgoing_mails m WHERE m::text LIKE '%prt_%')")
    refused(await reset(writing, token, "Password123!"), 422, "password_common", pointer="/new_password")
    answer = await reset(writing, token)
    assert granted(answer)["device_token"].startswith("dvc_")
    assert answer.headers["cache-control"] == "no-store"
    refused(await reset(writing, token), 422, "link_invalid", pointer="/token")
    refused(await ada.ask("GET", "/me"), 401, "session_ended")
    refused(await by_password(writing, ada), 401, "credentials_wrong")
    ada.access_token = granted(await by_password(writing, ada, ANOTHER))["access_token"]
    assert granted(await ada.ask("GET", "/me"))["email_verified_at"] is not None
    assert (await office.next(ada.email))["Subject"] == "Your password was changed"


@pytest.mark.parametrize("kept", [False, True])
async def test_programs_are_signed_out_with_a_mailed_link_unless_they_are_to_go_on(client: Client, kept: bool) -> None:
    ada = await Person.registered(client)
    program = ada.with_token((await ada.made_token("read"))["token"])
    async with working(client) as work:
        token = await PasswordService(work).make_reset_link(UUID(ada.id), ada.email, by_mail=True)
    body = {"token": token, "new_password": ANOTHER} | ({"revoke_tokens": False} if kept else {})
    granted(await client.send_json("POST", "/auth/password/reset", body))
    answer = await program.ask("GET", "/books/default")
    granted(answer) if kept else refused(answer, 401, "access_token_invalid")


@pytest.mark.parametrize("by", ["reset", "change"])
async def test_an_address_asked_for_before_the_password_changed_is_not_confirmed(
    client: Client, superuser: asyncpg.Connection, by: str
) -> None:
    """Whoever knew the password may have asked for it, and would set the next one by mail."""
    ada = await Person.registered(client)
    elsewhere = f"{ids.new_id().hex}@example.com"
    async with working(client) as work:
        asked = await EmailService(work).make_link(UUID(ada.id), elsewhere)
        token = await PasswordService(work).make_reset_link(UUID(ada.id), ada.email, by_mail=True)
        before = await superuser.fetchval("SELECT password_changed_at FROM users WHERE id = $1", UUID(ada.id))
    if by == "reset":
        granted(await reset(client, token))
    else:
        granted(await ada.ask("POST", "/auth/password", {"old_password": PASSWORD, "new_password": ANOTHER}), 204)
        refused(await reset(client, token), 422, "link_invalid")
    refused(await confirm(client, asked), 422, "link_invalid")
    # Nor is one mailed that was still to be.
    about = {"person_id": ada.id, "email": elsewhere, "password_changed_at": before.isoformat()}
    async with working(client) as work:
        assert await write_confirmation(work, about) is None
        assert await write_confirmation(work, about | {"email": ada.email}) is not None


async def test_nobody_learns_from_forgetting_who_is_there(writing: Client, office: PostOffice) -> None:
    ada = await settled(writing, office)
    known = await forget(writing, ada.email)
    unknown = await forget(writing, f"{ids.new_id().hex}@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    assert (await office.next(ada.email))["To"] == ada.email
    # Only after the mail to nobody was looked at does the next one come.
    await forget(writing, ada.email)
    assert (await office.next(ada.email))["To"] == ada.email


async def test_of_several_links_the_last_one_works_and_for_an_hour(
    writing: Client, office: PostOffice, superuser: asyncpg.Connection
) -> None:
    ada = await settled(writing, office)
    await forget(writing, ada.email)
    first = await office.token(ada.email)
    await forget(writing, ada.email)
    second = await office.token(ada.email)
    refused(await reset(writing, first), 422, "link_invalid")
    await superuser.execute("UPDATE mailed_links SET expires_at = now() WHERE person_id = $1", UUID(ada.id))
    refused(await reset(writing, second), 422, "link_invalid")


async def test_a_link_is_used_by_one_of_many(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    async with working(client) as work:
        token = await PasswordService(work).make_reset_link(UUID(ada.id), ada.email, by_mail=False)
    answers = await asyncio.gather(*(reset(client, token, f"{ANOTHER} {n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    # The operator's hand is no mail.
    assert await superuser.fetchval("SELECT email_verified_at FROM users WHERE id = $1", UUID(ada.id)) is None


async def test_a_mail_server_that_is_away_is_tried_again(
    writing: Client, office: PostOffice, superuser: asyncpg.Connection
) -> None:
    ada = await settled(writing, office)
    office.refusals = 1
    await forget(writing, ada.email)
    await office.refused()
    assert ada.email not in [letter["To"] for letter in office.letters]
    waiting = "SELECT count(*) FROM outgoing_mails WHERE due_at < now() + interval '1 minute'"
    async with asyncio.timeout(10):
        while not await superuser.fetchval(waiting):  # noqa: ASYNC110 - another process of ours puts it back
            await asyncio.sleep(0.05)
    await superuser.execute("UPDATE outgoing_mails SET due_at = now()")
    granted(await reset(writing, await office.token(ada.email)))


async def test_without_a_mail_server_nothing_is_put_off(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    assert (await forget(client, ada.email)).status_code == 202
    waiting = "SELECT count(*) FROM outgoing_mails WHERE about::text LIKE '%' || $1 || '%'"
    assert await superuser.fetchval(waiting, ada.email) == 0
    refused(await ada.ask("POST", "/auth/email/verify"), 409, "mail_missing")
    refused(await ada.ask("POST", "/auth/email/change", {"email": "new@example.com"}), 409, "mail_missing")


async def test_without_a_public_address_mail_names_none(
    database_url: str, signing_key: str, office: PostOffice
) -> None:
    """A host that a request names would be the asker's choice."""
    async with serving(database_url, signing_key, registration="open", smtp_url=office.url) as client:
        ada = await Person.registered(client)
        await office.next(ada.email)
        await client.send_json("POST", "/auth/password/forgot", {"email": ada.email}, headers={"Host": "evil.test"})
        letter = await office.next(ada.email)
        assert "://" not in letter.get_content()
        assert "evil" not in letter.as_string()
        assert letter["From"] == "Farthing <farthing@127.0.0.1>"


# --- Addresses ---


async def test_an_address_is_verified_by_what_is_mailed_to_it(writing: Client, office: PostOffice) -> None:
    ada = await Person.registered(writing)
    assert granted(await ada.ask("GET", "/me"))["email_verified_at"] is None
    first = await office.token(ada.email)
    assert (await ada.ask("POST", "/auth/email/verify")).status_code == 202
    again = await office.token(ada.email)
    refused(await confirm(writing, first), 422, "link_invalid", pointer="/token")
    refused(await reset(writing, again), 422, "link_invalid", pointer="/token")
    assert (await confirm(writing, again)).status_code == 204
    refused(await confirm(writing, again), 422, "link_invalid")
    assert granted(await ada.ask("GET", "/me"))["email_verified_at"] is not None


async def test_a_new_address_is_ones_own_once_it_is_confirmed(
    writing: Client, office: PostOffice, superuser: asyncpg.Connection
) -> None:
    ada = await settled(writing, office)
    old, new = ada.email, f"{ids.new_id().hex}@example.com"
    sitting = await sign_in_of(writing, ada)
    await superuser.execute("UPDATE sessions SET proven_at = now() - interval '1 hour' WHERE id = $1", sitting)
    refused(await ada.ask("POST", "/auth/email/change", {"email": new}), 403, "proof_too_old")
    granted(await ada.ask("POST", "/auth/prove", {"password": PASSWORD}))
    assert (await ada.ask("POST", "/auth/email/change", {"email": new})).status_code == 202
    token = await office.token(new)
    assert granted(await ada.ask("GET", "/me"))["email"] == old
    assert (await confirm(writing, token)).status_code == 204
    assert granted(await ada.ask("GET", "/me"))["email"] == new
    notice = await office.next(old)
    assert (notice["To"], notice["Subject"]) == (old, "Your address was changed")
    refused(await by_password(writing, ada), 401, "credentials_wrong")
    ada.email = new
    granted(await by_password(writing, ada))
    assert "email_changed" in await events_of(superuser, ada)


async def test_an_address_that_somebody_took_first_stays_theirs(writing: Client, office: PostOffice) -> None:
    ada, bob = await settled(writing, office), await settled(writing, office)
    # Asking tells nothing; only who reads the mail learns that the address is taken.
    assert (await ada.ask("POST", "/auth/email/change", {"email": bob.email})).status_code == 202
    refused(await confirm(writing, await office.token(bob.email)), 409, "email_taken")
    assert granted(await ada.ask("GET", "/me"))["email"] == ada.email


# --- Hashes ---


async def test_a_cheap_hash_is_made_anew_at_the_next_sign_in(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await Person.registered(client)
    cheaper = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=32, parallelism=1),)).hash(PASSWORD)
    kept = "SELECT password_hash FROM users WHERE id = $1"
    await superuser.execute("UPDATE users SET password_hash = $2 WHERE id = $1", UUID(ada.id), cheaper)
    refused(await by_password(client, ada, ANOTHER), 401, "credentials_wrong")
    assert await superuser.fetchval(kept, UUID(ada.id)) == cheaper
    granted(await by_password(client, ada))
    dearer = await superuser.fetchval(kept, UUID(ada.id))
    assert "m=64," in dearer
    granted(await by_password(client, ada))
    assert await superuser.fetchval(kept, UUID(ada.id)) == dearer


async def test_more_sign_ins_than_can_wait_are_sent_away_at_once() -> None:
    passwords = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1),)))
    try:
        done = await asyncio.gather(*(passwords.hash("x" * 12) for _ in range(200)), return_exceptions=True)
    finally:
        passwords.close()
    assert sum(isinstance(each, SignInBusy) for each in done) == 200 - WORKERS - MAX_WAITING
    assert sum(isinstance(each, str) for each in done) == WORKERS + MAX_WAITING


class Slow(Argon2Hasher):
    """A hasher on a machine that is busy with other things."""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        time.sleep(0.2)
        return super().hash(password, salt=salt)


async def test_where_hashing_is_slow_fewer_wait() -> None:
    hasher = PasswordHash((Slow(time_cost=1, memory_cost=64, parallelism=1),))
    passwords = Passwords(hasher, most_seconds=0.3)
    try:
        for _ in range(8):
            await passwords.hash("x" * 12)
        done = await asyncio.gather(*(passwords.hash("x" * 12) for _ in range(20)), return_exceptions=True)
    finally:
        passwords.close()
    # One is always let in, however slow it is.
    assert 1 <= sum(isinstance(each, str) for each in done) <= 3
