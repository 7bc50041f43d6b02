"""People and books leave for good, and nothing of them is left behind."""

from __future__ import annotations

import asyncio
import io
import json
import random
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from tests.features.answers import granted, refused
from tests.features.exports.test_archives import RECEIPT, home_of
from tests.features.identity.entering import sign_in_of, working
from tests.features.journal.chain import check_book
from tests.household import PASSWORD, Client, Household, Person, serving
from tests.whims import Person as Whimsical

from farthing.core.connection import Begin
from farthing.core.work import Actor, Request, SessionEnded, Work, open_to_read
from farthing.features.departures.service.take_along import TAKES, TakeAlongService
from farthing.features.exports.desk import ExportDesk

LEFT = "SELECT count(*) FROM {table} WHERE book_id = $1"


async def lived_in(home: Household, steps: int = 80) -> None:
    """Do what comes to mind, and lock a period."""
    me = Whimsical(home, random.Random(5))
    for _ in range(steps):
        await me.act()
    await home.ask("PATCH", "", {"locked_until": "2026-02-05"})


async def left_of_book(superuser: asyncpg.Connection, book_id: str) -> dict[str, int]:
    """How many rows each table still has of a book."""
    tables = await superuser.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'book_id'"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    found = {
        row["relname"]: await superuser.fetchval(LEFT.format(table=row["relname"]), UUID(book_id)) for row in tables
    }
    found["books"] = await superuser.fetchval("SELECT count(*) FROM books WHERE id = $1", UUID(book_id))
    return {table: count for table, count in found.items() if count}


async def delete_book(home: Household, name: str, **options: Any) -> httpx2.Response:
    return await home.ask("DELETE", "", params={"confirm": name}, **options)


async def delete_me(person: Person, **wanted: str) -> httpx2.Response:
    return await person.ask("DELETE", "/me", params={"confirm": "delete my account", **wanted})


async def proof_too_old(superuser: asyncpg.Connection, person: Person) -> None:
    await superuser.execute(
        "UPDATE sessions SET proven_at = now() - interval '1 hour' WHERE user_id = $1", UUID(person.id)
    )


async def test_a_deleted_book_is_gone_with_all_that_was_in_it(
    household: Household, superuser: asyncpg.Connection
) -> None:
    await lived_in(household)
    transaction = await household.record()
    await household.attach(f"/transactions/{transaction['id']}", RECEIPT)
    await household.made("/currencies", {"code": "OWN", "name": "Coins", "digits": 2, "kind": "crypto"})
    price = {"commodity": "OWN", "currency": "EUR", "date": "2026-03-01", "amount": "2"}
    await household.made("/prices", price)
    other = await Household.founded(household.person.client)
    await other.record()
    before = await other.got("/digest")
    name = (await household.got(""))["name"]
    assert await left_of_book(superuser, household.book_id)

    granted(await delete_book(household, name), 204)

    assert await left_of_book(superuser, household.book_id) == {}
    refused(await household.ask("GET", ""), 404, "book_not_found")
    refused(await delete_book(household, name), 404, "book_not_found")
    assert await other.got("/digest") == before
    assert await left_of_book(superuser, other.book_id)
    me = granted(await household.person.ask("GET", "/me"))
    assert me["default_book_id"] is None


async def test_a_deleted_book_comes_back_from_its_archive(household: Household) -> None:
    await lived_in(household, 30)
    digest = (await household.got("/digest"))["digest"]
    archive = (await household.ask("GET", "/exports/archive")).content
    granted(await delete_book(household, (await household.got(""))["name"]), 204)

    again = await home_of(household.person, archive)

    assert again.book_id == household.book_id
    assert (await again.got("/digest"))["digest"] == digest


async def test_a_book_is_deleted_only_by_its_name(household: Household) -> None:
    refused(await delete_book(household, "another"), 422, "book_name_differs")
    refused(await household.ask("DELETE", ""), 422, "request_invalid")
    granted(await household.ask("GET", ""))


@pytest.mark.parametrize("role", ["admin", "viewer"])
async def test_only_an_owner_deletes_a_book(household: Household, superuser: asyncpg.Connection, role: str) -> None:
    fellow = await household.joined(role)
    name = (await household.got(""))["name"]

    answer = await fellow.ask("DELETE", f"/books/{household.book_id}", params={"confirm": name})

    refused(answer, 403, "permission_missing")
    async with superuser.transaction():
        await superuser.execute("SELECT set_config('farthing.user', $1, true)", fellow.id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await superuser.execute("SELECT delete_book($1)", UUID(household.book_id))


async def test_what_is_for_good_wants_a_fresh_proof(household: Household, superuser: asyncpg.Connection) -> None:
    await proof_too_old(superuser, household.person)
    name = (await household.got(""))["name"]
    refused(await delete_book(household, name), 403, "proof_too_old")
    refused(await delete_me(household.person), 403, "proof_too_old")
    refused(await household.person.ask("POST", "/me/export"), 403, "proof_too_old")

    granted(await household.person.ask("POST", "/auth/prove", {"password": PASSWORD}))

    granted(await delete_book(household, name), 204)


async def test_a_dry_run_deletes_nothing(household: Household) -> None:
    before = await household.got("/digest")

    answer = await household.ask("DELETE", "", params={"confirm": (await household.got(""))["name"], "dry_run": "true"})

    granted(answer, 204)
    assert await household.got("/digest") == before


async def test_money_moved_to_another_book_stays_there(household: Household) -> None:
    other = await Household.founded(household.person.client, currency="EUR")
    mine = await Household(household.person, household.book_id).got("")
    book = granted(await household.person.ask("POST", "/books", {"name": "Second", "currency": "EUR"}), 201)
    second = Household(household.person, book["id"])
    purse = await second.open_account("Purse", type="cash")
    body = {"to_book_id": book["id"], "from": household.checking_id, "to": purse["id"], "amount": "5.00"}
    await household.made("/book-transfers", body)
    assert other.book_id != household.book_id

    granted(await delete_book(household, mine["name"]), 204)

    assert await second.balance(purse["id"]) == {"EUR": "5.00"}
    transfers = (await second.got("/book-transfers"))["data"]
    assert len(transfers) == 1


async def test_who_deletes_themselves_is_gone(client: Client, superuser: asyncpg.Connection) -> None:
    await Person.registered(client)  # whoever was first operates the instance
    home = await Household.founded(client)
    await lived_in(home, 20)
    keeper = await Household.founded(client)
    person = home.person
    await keeper.share(person, "editor")
    answer = await person.ask(
        "POST",
        f"/books/{keeper.book_id}/transactions",
        {"date": "2026-03-01", "amount": "-2.00", "account": keeper.checking_id, "category": "Expenses:Food"},
    )
    granted(answer, 201)
    log = (await keeper.got("/changes"))["data"]
    revision = await keeper.revision()

    granted(await delete_me(person), 204)

    assert await left_of_book(superuser, home.book_id) == {}
    refused(await person.ask("GET", "/me"), 401, "session_ended")
    signing_in = await client.post("/api/v1/auth/token", data={"username": person.email, "password": PASSWORD})
    refused(signing_in, 401, "credentials_wrong")
    kept = await superuser.fetchrow("SELECT * FROM users WHERE id = $1", UUID(person.id))
    assert kept is not None
    assert person.email not in str(dict(kept))
    assert kept["name"] == ""
    assert await superuser.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", UUID(person.id)) == 0
    assert [each["user_id"] for each in (await keeper.got("/members"))["data"]] == [keeper.person.id]
    assert await keeper.revision() == revision + 1
    assert (await keeper.got("/changes"))["data"][:-1] == log
    # The address is free again, and belongs to somebody else then.
    again = await Person.registered(client, email=person.email)
    assert again.id != person.id


async def test_logs_of_others_stay_whole_without_the_name(client: Client, superuser: asyncpg.Connection) -> None:
    await Person.registered(client)
    keeper = await Household.founded(client)
    fellow = await keeper.joined("admin")
    granted(await fellow.ask("PATCH", f"/books/{keeper.book_id}", {"name": "Ours"}))

    granted(await delete_me(fellow), 204)

    await check_book(superuser, keeper.book_id)
    archive = (await keeper.ask("GET", "/exports/archive")).content
    with zipfile.ZipFile(io.BytesIO(archive)) as parts:
        assert fellow.email.encode() not in b"".join(parts.read(name) for name in parts.namelist())


async def test_an_only_owner_whom_others_depend_on_stays_until_there_is_another(client: Client) -> None:
    await Person.registered(client)
    home = await Household.founded(client)
    fellow = await home.joined("editor")

    answer = refused(await delete_me(home.person), 409, "owner_needed")

    assert home.book_id in answer["detail"]
    granted(await home.ask("PATCH", f"/members/{fellow.id}", {"role": "owner"}))
    granted(await delete_me(home.person), 204)
    granted(await fellow.ask("GET", f"/books/{home.book_id}"))


async def test_the_only_operator_stays(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, registration="open") as client:
        operator = await Person.registered(client)

        refused(await delete_me(operator), 409, "operator_needed")
        refused(await dismiss(operator, operator), 409, "last_operator")

        granted(await operator.ask("GET", f"/books/{operator.book_id}"))
        other = await Person.registered(client)
        await other.run_the_instance()
        answers = await asyncio.gather(dismiss(operator, other), dismiss(other, operator))
        assert min(answer.status_code for answer in answers) == 204
        people = await asyncio.gather(*(each.ask("GET", "/instance/people") for each in (operator, other)))
        assert sorted(answer.status_code for answer in people) == [200, 401]


async def test_an_account_is_deleted_only_by_the_words_for_it(client: Client) -> None:
    await Person.registered(client)
    person = await Person.registered(client)
    refused(await delete_me(person, confirm="yes"), 422, "request_invalid")
    granted(await delete_me(person, dry_run="true"), 204)
    granted(await person.ask("GET", f"/books/{person.book_id}"))


async def test_nobody_deletes_another(household: Household, superuser: asyncpg.Connection) -> None:
    fellow = await household.joined("owner")
    async with superuser.transaction():
        await superuser.execute("SELECT set_config('farthing.user', $1, true)", household.person.id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await superuser.execute("SELECT delete_person($1)", UUID(fellow.id))


# --- By whoever runs the instance ---


@pytest.fixture(scope="module")
async def operator(client: Client) -> Person:
    operator = await Person.registered(client)
    await operator.run_the_instance()
    return operator


async def dismiss(operator: Person, person: Person, **wanted: str) -> httpx2.Response:
    return await operator.ask("DELETE", f"/instance/people/{person.id}", params={"confirm": person.email, **wanted})


async def test_the_operator_deletes_someone_and_sees_nothing_of_their_books(
    client: Client, operator: Person, superuser: asyncpg.Connection
) -> None:
    home, keeper = await Household.founded(client, book="Secret name"), await Household.founded(client)
    await home.record()
    await keeper.share(home.person, "editor")
    fellow = await home.joined("editor")
    answer = await dismiss(operator, home.person)
    refused(answer, 409, "shared_books_left")
    assert "Secret" not in answer.text
    assert home.book_id not in answer.text
    granted(await home.ask("DELETE", f"/members/{fellow.id}"), 204)
    granted(await dismiss(operator, home.person, dry_run="true"), 204)
    granted(await home.ask("GET", ""))

    granted(await dismiss(operator, home.person), 204)

    assert await left_of_book(superuser, home.book_id) == {}
    refused(await home.person.ask("GET", "/me"), 401, "session_ended")
    assert [each["user_id"] for each in (await keeper.got("/members"))["data"]] == [keeper.person.id]
    refused(await dismiss(operator, home.person), 404, "person_not_found")
    params = {"event": "account_deleted", "person_id": home.person.id}
    (event,) = granted(await operator.ask("GET", "/instance/security-events", params=params))["data"]
    assert event["actor_id"] == operator.id
    refused(await operator.ask("GET", f"/books/{keeper.book_id}"), 404, "book_not_found")


async def test_only_a_proven_operator_who_gives_the_address_deletes_someone(
    client: Client, operator: Person, superuser: asyncpg.Connection
) -> None:
    person = await Person.registered(client)
    refused(await dismiss(operator, person, confirm="someone@example.com"), 422, "person_address_differs")
    refused(await dismiss(person, person), 403, "operator_only")
    await proof_too_old(superuser, operator)
    refused(await dismiss(operator, person), 403, "proof_too_old")
    granted(await operator.ask("POST", "/auth/prove", {"password": PASSWORD}))
    granted(await dismiss(operator, person, confirm=person.email.upper()), 204)


# --- Taking along ---


async def test_all_that_is_held_of_a_person_leaves_as_one_file(household: Household) -> None:
    await lived_in(household, 30)
    watched = await Household.founded(household.person.client)
    await watched.share(household.person, "observer")
    digest = (await household.got("/digest"))["digest"]

    answer = await household.person.ask("POST", "/me/export")

    granted_headers = answer.headers
    assert (answer.status_code, granted_headers["content-type"]) == (200, "application/zip")
    assert granted_headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        assert parts.testzip() is None
        person = json.loads(parts.read("person.json"))
        sessions = [json.loads(line) for line in parts.read("sessions.jsonl").splitlines()]
        books = [json.loads(line) for line in parts.read("memberships.jsonl").splitlines()]
        archive = parts.read(f"books/{household.book_id}.zip")
        names = parts.namelist()
    assert person["email"] == household.person.email
    assert len(sessions) == 1
    assert {each["book_id"]: each["archive"] for each in books} == {
        household.book_id: f"books/{household.book_id}.zip",
        watched.book_id: None,
    }
    assert f"books/{watched.book_id}.zip" not in names
    copy = await home_of(household.person, archive)
    assert (await copy.got("/digest"))["digest"] == digest
    assert PASSWORD.encode() not in answer.content


async def test_each_book_is_taken_along_by_the_rights_that_one_has_when_its_turn_comes(
    household: Household, superuser: asyncpg.Connection
) -> None:
    person, left = household.person, await Household.founded(household.person.client)
    await left.share(person, "viewer")
    keeper = person.client.app.app.state.doorkeeper
    actor = Actor(UUID(person.id), await sign_in_of(person.client, person))

    @asynccontextmanager
    async def read_book(book_id: UUID) -> AsyncIterator[Work]:
        async with keeper.database.connect() as connection:
            await connection.begin(Begin.READING)
            asked = Request("test")
            yield await open_to_read(connection, actor, book_id, needs=TAKES, request=asked, tools=keeper.tools)

    async def taken_after(change: str, *changed: Any) -> bytes:
        async with working(person.client, person) as work:
            begun = await TakeAlongService(work).gather()
        await superuser.execute(change, *changed)
        return b"".join([piece async for part in begun.parts(read_book, ExportDesk()) async for piece in part])

    removed = "DELETE FROM members WHERE book_id = $1 AND user_id = $2"
    file = await taken_after(removed, UUID(left.book_id), UUID(person.id))
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        books = [json.loads(line) for line in parts.read("memberships.jsonl").splitlines()]
    assert {each["book_id"]: each["archive"] is not None for each in books} == {
        household.book_id: True, left.book_id: False}  # fmt: skip
    with pytest.raises(SessionEnded):
        await taken_after("UPDATE sessions SET ended_at = now() WHERE id = $1", actor.session_id)


async def test_a_person_is_told_in_the_file_what_happened_about_them(household: Household) -> None:
    await household.person.ask("POST", "/me/export")

    answer = await household.person.ask("POST", "/me/export")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        events = [json.loads(line)["event"] for line in parts.read("events.jsonl").splitlines()]
    assert "data_exported" in events


async def test_all_of_ones_data_is_sent_so_often_and_no_more(household: Household) -> None:
    answers = [await household.person.ask("POST", "/me/export") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]
    refused(answers[-1], 429, "too_many_attempts")


async def test_no_table_of_people_is_forgotten(superuser: asyncpg.Connection) -> None:
    """Keys to people that are of more than one column aren't followed: there are none."""
    unfollowed = await superuser.fetch(
        "SELECT conrelid::regclass::text AS name FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid = 'users'::regclass AND cardinality(conkey) > 1"
    )
    assert unfollowed == []
