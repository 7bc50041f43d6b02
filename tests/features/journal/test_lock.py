"""The period lock: nothing dated on its day or earlier changes, in whatever way, but by an admin who says so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Client, Household, Person

from farthing.core.connection import Begin
from farthing.core.database import Database
from farthing.core.settings import Settings
from farthing.core.work import Actor, Request, Toolbox, open_to_write
from farthing.features.journal.errors import PeriodLockedMeanwhile
from farthing.features.transactions.schemas import TransactionCreate
from farthing.features.transactions.service.record import RecordService

LOCK = "2026-03-31"
LOCKED_DAY, OPEN_DAY = "2026-03-31", "2026-04-01"
CSV = b"Date;Amount;Payee\n2026-03-30;-1.50;Shop\n2026-03-31;-2.50;Shop\n2026-04-01;20.00;Employer\n"
OVERRIDING = {"params": {"override_lock": "true"}}


async def lock(home: Household, until: str | None = LOCK) -> Any:
    return granted(await home.ask("PATCH", "", {"locked_until": until}))


async def joined(home: Household, role: str) -> Household:
    """The same book, as a new member of it keeps it."""
    person = await Person.registered(home.person.client)
    await home.share(person, role)
    return Household(person, home.book_id, home.checking_id)


def line(day: str) -> dict[str, str]:
    return {"date": day, "amount": "-1.00", "account": "Assets:Checking"}


async def test_a_book_is_locked_until_a_day_and_unlocked_again(household: Household) -> None:
    assert (await household.got(""))["locked_until"] is None
    assert (await lock(household))["locked_until"] == LOCK
    assert (await household.got(""))["locked_until"] == LOCK
    revision = await household.revision()
    assert (await lock(household))["revision"] == revision, "a change of nothing is none"
    refused(await household.ask("POST", "/transactions", line(LOCKED_DAY)), 409, "period_locked")
    assert (await lock(household, None))["locked_until"] is None
    granted(await household.ask("POST", "/transactions", line(LOCKED_DAY)), 201)
    images = (await household.got(f"/history/{household.book_id}"))["data"]
    assert [image["before"]["locked_until"] for image in images] == [LOCK, None]


async def test_the_lock_is_set_by_admins_and_to_a_day_there_is(household: Household) -> None:
    for wrong in ("2026-02-30", "0001-01-01", "3000-01-01", 20260331, "", True):
        answer = await household.ask("PATCH", "", {"locked_until": wrong})
        refused(answer, 422, "request_invalid", pointer="/locked_until")
    for role in ("accountant", "editor"):
        member = await joined(household, role)
        refused(await member.ask("PATCH", "", {"locked_until": LOCK}), 403, "permission_missing")
    assert (await lock(await joined(household, "admin"), "2999-12-31"))["locked_until"] == "2999-12-31"
    refused(await household.ask("POST", "/transactions", {"amount": "1", "account": "Assets:Checking"}), 409,
            "period_locked", pointer="/date")  # fmt: skip


async def test_nothing_is_written_in_the_locked_period(household: Household) -> None:
    settled, later = await household.record(date=LOCKED_DAY), await household.record(date=OPEN_DAY)
    await lock(household)
    revision = await household.revision()
    kept = [{"id": p["id"], "account": p["account_id"], "amount": p["amount"]} for p in settled["postings"]]
    noted = [kept[0] | {"memo": "x"}, kept[1]]
    opened = {"name": "Purse", "kind": "asset", "opening": {"date": LOCKED_DAY, "amount": "5.00", "currency": "EUR"}}
    transfer = {"date": LOCKED_DAY, "amount": "1.00", "from": "Assets:Checking", "to": "Expenses:Taxes"}
    ways: list[tuple[str, str, Any, str | None]] = [
        ("POST", "/transactions", line(LOCKED_DAY), "/date"),
        ("POST", "/transactions", line("1600-01-01"), "/date"),
        ("POST", "/transactions", transfer, "/date"),
        ("POST", "/accounts", opened, "/opening/date"),
        ("PATCH", f"/transactions/{settled['id']}", {"payee": "x"}, None),
        ("PATCH", f"/transactions/{settled['id']}", {"amount": "-2.00"}, None),
        ("PATCH", f"/transactions/{settled['id']}", {"postings": noted}, None),
        ("PATCH", f"/transactions/{settled['id']}", {"date": OPEN_DAY}, None),
        ("PATCH", f"/transactions/{later['id']}", {"date": LOCKED_DAY}, "/date"),
        ("DELETE", f"/transactions/{settled['id']}", None, None),
    ]
    for method, path, body, pointer in ways:
        for params in ({}, {"dry_run": "true"}):
            answer = await household.ask(method, path, body, params=params)
            read = refused(answer, 409, "period_locked", pointer=pointer)
            assert LOCK in read["detail"], f"{method} {path}"
    assert await household.revision() == revision
    assert granted(await household.ask("PATCH", f"/transactions/{settled['id']}", {"amount": "-12.5"})) == settled
    granted(await household.ask("PATCH", f"/transactions/{later['id']}", {"payee": "x"}))
    granted(await household.ask("DELETE", f"/transactions/{later['id']}"), 204)
    granted(await household.ask("POST", "/transactions", line(OPEN_DAY)), 201)


async def test_a_key_is_not_spent_on_a_refusal(household: Household) -> None:
    key = {"headers": {"Idempotency-Key": "settle"}}
    await lock(household)
    refused(await household.ask("POST", "/transactions", line(LOCKED_DAY), **key), 409, "period_locked")
    await lock(household, None)
    granted(await household.ask("POST", "/transactions", line(LOCKED_DAY), **key), 201)


@pytest.mark.parametrize("role", ["admin", "owner"])
async def test_an_admin_who_says_so_writes_in_the_locked_period_and_the_log_tells(
    household: Household, superuser: asyncpg.Connection, role: str
) -> None:
    await lock(household)
    admin = await joined(household, role)
    trial = {"params": {"override_lock": "true", "dry_run": "true"}}
    granted(await admin.ask("POST", "/transactions", line(LOCKED_DAY), **trial), 201)
    before = await household.revision()
    made = granted(await admin.ask("POST", "/transactions", line(LOCKED_DAY), **OVERRIDING), 201)
    path = f"/transactions/{made['id']}"
    for way in ("PATCH", "DELETE"):
        refused(await admin.ask(way, path, {"payee": "x"} if way == "PATCH" else None), 409, "period_locked")
    granted(await admin.ask("PATCH", path, {"payee": "x", "date": "2026-02-01"}, **OVERRIDING))
    granted(await admin.ask("DELETE", path, **OVERRIDING), 204)
    granted(await admin.ask("POST", "/transactions", line(OPEN_DAY), **OVERRIDING), 201)
    changes = (await household.got("/changes", params={"after": before}))["data"]
    told = f" Overrode the lock until {LOCK}."
    assert [change["summary"] for change in changes] == [
        f"Recorded a transaction.{told}",
        f"Changed a transaction.{told}",
        f"Deleted a transaction.{told}",
        "Recorded a transaction.",
    ]
    rows = await superuser.fetch(
        "SELECT payload FROM changes WHERE book_id = $1 AND revision > $2 ORDER BY revision",
        UUID(household.book_id),
        before,
    )
    assert [json.loads(row["payload"]).get("overrode_lock") for row in rows] == [LOCK, LOCK, LOCK, None]
    assert await check_book(superuser, household.book_id) == before + 4


async def test_an_editor_does_not_override_the_lock(household: Household) -> None:
    settled = await household.record(date=LOCKED_DAY)
    await lock(household)
    editor = await joined(household, "editor")
    revision = await household.revision()
    for method, path, body in (
        ("POST", "/transactions", line(LOCKED_DAY)),
        ("POST", "/transactions", line(OPEN_DAY)),
        ("PATCH", f"/transactions/{settled['id']}", {"payee": "x"}),
        ("DELETE", f"/transactions/{settled['id']}", None),
    ):
        read = refused(await editor.ask(method, path, body, **OVERRIDING), 403, "permission_missing")
        assert "books:write" in read["detail"]
    refused(await editor.ask("POST", "/transactions", line(LOCKED_DAY)), 409, "period_locked")
    assert await household.revision() == revision


async def test_an_import_with_lines_in_the_locked_period_is_refused_whole(household: Household) -> None:
    await lock(household)
    revision = await household.revision()
    newest_first = CSV.splitlines(keepends=True)
    newest_first[1:] = newest_first[:0:-1]
    for data, first in ((CSV, 2), (b"".join(newest_first), 3)):
        for params in ({}, {"commit": "false"}, {"dry_run": "true"}):
            read = refused(await household.bring(data, params=params), 409, "period_locked")
            assert [blame.get("line") for blame in read["errors"]] == [first]
            assert LOCK in read["detail"]
            assert "earlier: 2," in read["detail"]
    assert await household.revision() == revision
    for path in ("/transactions", "/imports"):
        assert (await household.got(path))["data"] == []
    brought = granted(await household.bring(b"Date;Amount;Payee\n" + CSV.splitlines()[-1]), 201)
    assert brought["created"] == 1


async def test_lines_that_were_imported_before_the_lock_stand_in_nobodys_way(household: Household) -> None:
    draft = granted(await household.bring(CSV, params={"commit": "false"}), 201)
    await lock(household)
    commit = f"/imports/{draft['id']}/commit"
    refused(await household.ask("POST", commit), 409, "period_locked")
    await lock(household, None)
    granted(await household.ask("POST", commit))
    await lock(household)
    again = granted(await household.bring(CSV + b"2026-04-02;-3.00;Kiosk\n"), 201)
    assert (again["created"], again["duplicates"]) == (1, 3)


async def test_a_first_statement_after_the_lock_books_its_opening_balance_after_it_too(household: Household) -> None:
    await lock(household)
    data = b"Date,Description,Amount,Balance\n2026-04-01,Ink,-3.10,96.90\n2026-04-02,Quill,-1.00,95.90\n"
    brought = granted(await household.bring(data), 201)
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "0.00", "currency": "EUR"}
    assert await household.balance(household.checking_id) == {"EUR": "95.90"}
    assert await household.balance(household.checking_id, date=OPEN_DAY) == {"EUR": "96.90"}
    days = [(each["kind"], each["date"]) for each in (await household.got("/transactions"))["data"]]
    assert days == [("ordinary", "2026-04-02"), ("ordinary", OPEN_DAY), ("opening", OPEN_DAY)]


async def test_what_an_account_held_while_locked_is_not_made_to_meet_the_bank(household: Household) -> None:
    await household.record("-5.00", date=LOCKED_DAY)
    await lock(household)
    data = b"Date,Description,Amount,Balance\n2026-04-01,Ink,-3.10,96.90\n2026-04-02,Quill,-1.00,95.90\n"
    brought = granted(await household.bring(data), 201)
    assert (brought["created"], len(brought["warnings"])) == (2, 1)
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "105.00", "currency": "EUR"}
    assert await household.balance(household.checking_id) == {"EUR": "-9.10"}
    assert "opening" not in [each["kind"] for each in (await household.got("/transactions"))["data"]]


async def test_where_the_service_overlooks_the_lock_postgresql_refuses_by_the_same_code(
    household: Household, client: Client, database_url: str
) -> None:
    await lock(household)
    url = Settings(database_url=SecretStr(database_url))
    async with Database(url) as database, database.connect() as connection:
        await connection.begin(Begin.WRITING)
        work = await open_to_write(
            connection,
            Actor(UUID(household.person.id), None),
            UUID(household.book_id),
            needs="transactions:write",
            request=Request("record_transaction"),
            tools=Toolbox(),
        )
        work.book = replace(work.opened, locked_until=None)
        with pytest.raises(PeriodLockedMeanwhile) as refusal:
            await RecordService(work).record(TransactionCreate.model_validate(line(LOCKED_DAY)))
    assert refusal.value.code == "period_locked"


async def test_what_was_deleted_before_the_lock_comes_back_only_by_an_admin_who_says_so(household: Household) -> None:
    made = await household.record(date=LOCKED_DAY)
    granted(await household.ask("DELETE", f"/transactions/{made['id']}"), 204)
    await lock(household)
    path = f"/transactions/{made['id']}/restore"
    editor = await joined(household, "editor")
    refused(await household.ask("POST", path), 409, "period_locked")
    refused(await editor.ask("POST", path, **OVERRIDING), 403, "permission_missing")
    assert granted(await household.ask("POST", path, **OVERRIDING))["date"] == LOCKED_DAY
    assert (await household.balance(household.checking_id))["EUR"] == made["postings"][0]["amount"]


async def test_of_many_the_one_that_is_locked_is_named(household: Household) -> None:
    await lock(household)
    many = {"transactions": [line(OPEN_DAY), line(LOCKED_DAY), line(OPEN_DAY)]}
    refusal = refused(await household.ask("POST", "/transactions/bulk", many), 409, "period_locked")
    assert [error["pointer"] for error in refusal["errors"]] == ["/transactions/1/date"]
    partly = granted(await household.ask("POST", "/transactions/bulk", many, params={"mode": "partial"}), 201)
    assert [result["status"] for result in partly["results"]] == ["created", "refused", "created"]
    assert partly["results"][1]["error"]["code"] == "period_locked"
    assert len(granted(await household.ask("POST", "/transactions/bulk", many, **OVERRIDING), 201)["data"]) == 3
