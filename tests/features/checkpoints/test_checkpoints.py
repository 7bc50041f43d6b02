"""Checkpoints: what an account is stated to have held stays true, or says since when and by how much it isn't."""

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
from tests.household import Household, Person

from farthing.core.connection import Begin, watched
from farthing.core.database import Database
from farthing.core.settings import Settings
from farthing.core.work import Actor, Request, Toolbox, open_to_write
from farthing.features.transactions.schemas import TransactionCreate
from farthing.features.transactions.service.record import RecordService

DAY = "2026-03-31"
OVERRIDING = {"params": {"override_checkpoints": "true"}}
LINE = {"date": "2026-03-15", "amount": "-1.00", "account": "Assets:Checking"}


async def state(home: Household, amount: str = "-12.50", date: str = DAY, **wanted: Any) -> Any:
    return await home.made("/checkpoints", {"account": "Assets:Checking", "date": date, "amount": amount, **wanted})


async def seen(home: Household, checkpoint: Any) -> tuple[str, str, str]:
    read = await home.got(f"/checkpoints/{checkpoint['id']}")
    return read["state"], read["held"], read["difference"]


async def refuse(home: Household) -> None:
    granted(await home.ask("PATCH", "", {"checkpoint_policy": "refuse"}))


async def joined(home: Household, role: str) -> Household:
    person = await Person.registered(home.person.client)
    await home.share(person, role)
    return Household(person, home.book_id, home.checking_id)


async def test_a_checkpoint_says_whether_the_account_held_what_is_stated(household: Household) -> None:
    await household.record("-12.50")
    held = await state(household, note="Paper statement")
    assert (held["state"], held["amount"], held["held"], held["currency"]) == ("holds", "-12.50", "-12.50", "EUR")
    assert (held["origin"], held["broken_revision"], held["note"]) == ("manual", None, "Paper statement")
    broken = await state(household, "100", "2026-04-30")
    assert (broken["state"], broken["difference"]) == ("broken", "112.50")
    assert broken["broken_revision"] == broken["created_revision"] == await household.revision()
    read = await household.ask("GET", f"/checkpoints/{held['id']}")
    assert read.json() == held
    assert read.headers["etag"] == f'"{held["revision"]}"'


async def test_checkpoints_are_listed_by_day_account_and_state_in_pages(household: Household) -> None:
    await household.open_account("Savings", currency="EUR")
    made = [await state(household, "0" if month % 2 else "1", f"2026-{month:02}-28") for month in range(1, 6)]
    other = await household.made("/checkpoints", {"account": "Assets:Savings", "date": DAY, "amount": "0"})
    everything = (await household.got("/checkpoints"))["data"]
    assert [each["date"] for each in everything] == sorted((each["date"] for each in everything), reverse=True)
    assert len(everything) == 6
    page = await household.got("/checkpoints", params={"limit": 4})
    rest = await household.got("/checkpoints", params={"limit": 4, "cursor": page["next_cursor"]})
    assert page["data"] + rest["data"] == everything
    of_savings = await household.got("/checkpoints", params={"account": "Assets:Savings"})
    assert [each["id"] for each in of_savings["data"]] == [other["id"]]
    broken = await household.got("/checkpoints", params={"broken": "true"})
    assert [each["id"] for each in broken["data"]] == [made[3]["id"], made[1]["id"]]
    for params in ({"account": "Assets:Nowhere"}, {"broken": "perhaps"}):
        assert (await household.ask("GET", "/checkpoints", params=params)).status_code == 422
    refused(await household.ask("GET", "/checkpoints", params={"cursor": "x"}), 400, "cursor_malformed")


async def test_what_is_pending_does_not_count(household: Household) -> None:
    pending = await household.record("-12.50", status="pending")
    checkpoint = await state(household, "0")
    assert checkpoint["state"] == "holds"
    granted(await household.ask("PATCH", f"/transactions/{pending['id']}", {"status": "cleared"}))
    assert await seen(household, checkpoint) == ("broken", "-12.50", "12.50")
    granted(await household.ask("PATCH", f"/transactions/{pending['id']}", {"status": "pending"}))
    assert (await seen(household, checkpoint))[0] == "holds"


async def test_an_edit_that_breaks_a_checkpoint_marks_it_and_one_that_mends_it_too(
    household: Household, superuser: asyncpg.Connection
) -> None:
    made = await household.record("-12.50")
    checkpoint, later = await state(household), await state(household, date="2026-04-30")
    start = await household.revision()
    path = f"/transactions/{made['id']}"
    granted(await household.ask("PATCH", path, {"amount": "-10.00"}))
    assert await seen(household, checkpoint) == ("broken", "-10.00", "-2.50")
    granted(await household.ask("PATCH", path, {"amount": "-11.00"}))
    read = await household.got(f"/checkpoints/{checkpoint['id']}")
    assert (read["broken_revision"], read["revision"]) == (start + 1, start + 2)
    granted(await household.ask("PATCH", path, {"payee": "Nobody"}))
    granted(await household.ask("PATCH", path, {"amount": "-12.50"}))
    assert {(await seen(household, each))[0] for each in (checkpoint, later)} == {"holds"}
    changes = (await household.got("/changes", params={"after": start}))["data"]
    assert [change["summary"] for change in changes] == [
        "Changed a transaction. Broke checkpoints: 2.",
        "Changed a transaction.",
        "Changed a transaction.",
        "Changed a transaction. Mended checkpoints: 2.",
    ]
    assert [change["counts"].get("checkpoint changed") for change in changes] == [2, 2, None, 2]
    images = (await household.got(f"/history/{checkpoint['id']}"))["data"]
    assert [(image["before"]["difference"], image["before"]["broken_revision"]) for image in images] == [
        ("-1.50", start + 1),
        ("-2.50", start + 1),
        ("0.00", None),
    ]
    assert await check_book(superuser, household.book_id) == start + 4


async def test_a_book_that_refuses_lets_nothing_break_a_checkpoint(household: Household) -> None:
    made = await household.record("-12.50")
    gone = await household.record("-7.00")
    granted(await household.ask("DELETE", f"/transactions/{gone['id']}"), 204)
    checkpoint = await state(household)
    await refuse(household)
    revision = await household.revision()
    postings = [
        {"account": "Assets:Checking", "amount": "-13.50", "id": made["postings"][0]["id"]},
        {"account": "Expenses:Food"},
    ]
    ways: list[tuple[str, str, Any]] = [
        ("POST", "/transactions", LINE),
        ("POST", "/transactions", {"date": DAY, "amount": "1", "from": "Assets:Checking", "to": "Expenses:Food"}),
        ("POST", "/transactions/bulk", {"transactions": [{**LINE, "date": "2026-05-01"}, LINE]}),
        ("POST", "/transactions/bulk?mode=partial", {"transactions": [{**LINE, "date": "2026-05-01"}, LINE]}),
        ("PATCH", f"/transactions/{made['id']}", {"amount": "-1"}),
        ("PATCH", f"/transactions/{made['id']}", {"date": "2026-04-01"}),
        ("PATCH", f"/transactions/{made['id']}", {"status": "pending"}),
        ("PATCH", f"/transactions/{made['id']}", {"postings": postings}),
        ("DELETE", f"/transactions/{made['id']}", None),
        ("POST", f"/transactions/{gone['id']}/restore", None),
    ]
    for method, path, body in ways:
        for mark in ("", "dry_run=true"):
            answer = await household.ask(method, f"{path}{'&' if '?' in path else '?'}{mark}" if mark else path, body)
            read = refused(answer, 409, "checkpoint_broken")
            assert f"Assets:Checking held -12.50 EUR at the end of {DAY}" in read["detail"], f"{method} {path}"
    assert (
        "1.00 EUR less"
        in refused(await household.ask("POST", "/transactions", LINE), 409, "checkpoint_broken")["detail"]
    )
    assert await household.revision() == revision
    assert (await seen(household, checkpoint))[0] == "holds"


async def test_what_changes_nothing_of_the_balance_up_to_the_day_passes(household: Household) -> None:
    await household.open_account("Savings", currency="EUR")
    made = await household.record("-12.50")
    checkpoint = await state(household)
    await refuse(household)
    path = f"/transactions/{made['id']}"
    for changes in (
        {"payee": "Someone"},
        {"category": "Expenses:Food"},
        {"date": "2026-03-02"},
        {"date": DAY},
        {"status": "reconciled"},
    ):
        granted(await household.ask("PATCH", path, changes))
    granted(await household.ask("POST", "/transactions", {**LINE, "date": "2026-04-01"}), 201)
    granted(await household.ask("POST", "/transactions", {**LINE, "status": "pending"}), 201)
    granted(await household.ask("POST", "/transactions", {**LINE, "account": "Assets:Savings"}), 201)
    even = {"transactions": [LINE, {**LINE, "amount": "1.00"}]}
    granted(await household.ask("POST", "/transactions/bulk", even), 201)
    assert (await seen(household, checkpoint))[0] == "holds"


async def test_who_may_make_checkpoints_may_break_them_and_the_log_tells(
    household: Household, superuser: asyncpg.Connection
) -> None:
    made = await household.record("-12.50")
    checkpoint = await state(household)
    await refuse(household)
    editor = await joined(household, "editor")
    start = await household.revision()
    path = f"/transactions/{made['id']}"
    granted(await editor.ask("POST", "/transactions", LINE, **OVERRIDING), 201)
    granted(await editor.ask("PATCH", path, {"amount": "-13.00"}, **OVERRIDING))
    refused(
        await editor.ask("POST", "/transactions", LINE, params={"override_checkpoints": "maybe"}),
        422,
        "request_invalid",
    )
    # What is broken already isn't guarded any more.
    granted(await editor.ask("DELETE", path), 204)
    granted(await editor.ask("POST", f"{path}/restore", **OVERRIDING))
    many = {"transactions": [LINE, LINE]}
    granted(await editor.ask("POST", "/transactions/bulk", many, **OVERRIDING), 201)
    assert await seen(household, checkpoint) == ("broken", "-16.00", "3.50")
    row = await superuser.fetchrow(
        "SELECT summary, payload FROM changes WHERE book_id = $1 AND revision = $2", UUID(household.book_id), start + 1
    )
    assert row["summary"] == "Recorded a transaction. Broke checkpoints: 1."
    assert json.loads(row["payload"])["broke_checkpoints"] == 1


async def test_suspects_are_what_moved_the_account_since_it_held(household: Household) -> None:
    changed, deleted = await household.record("-10.00"), await household.record("-2.50", date="2026-03-02")
    even = await household.record("5.00", date="2026-03-03")
    await household.record("-5.00", date="2026-03-03")
    checkpoint = await state(household)
    path = f"/checkpoints/{checkpoint['id']}/suspects"
    assert (await household.got(path))["data"] == []
    granted(await household.ask("PATCH", f"/transactions/{even['id']}", {"payee": "Not it"}))
    granted(await household.ask("PATCH", f"/transactions/{changed['id']}", {"amount": "-11.00"}))
    granted(await household.ask("PATCH", f"/transactions/{changed['id']}", {"amount": "-14.00", "date": "2026-03-05"}))
    granted(await household.ask("DELETE", f"/transactions/{deleted['id']}"), 204)
    created = await household.record("-0.10", date="2026-03-04")
    granted(await household.ask("PATCH", f"/transactions/{created['id']}", {"amount": "-0.20"}))
    await household.record("-100.00", date="2026-04-01")
    brief = await household.record("-3.00", date="2026-03-06")
    granted(await household.ask("DELETE", f"/transactions/{brief['id']}"), 204)
    suspects = (await household.got(path))["data"]
    assert [(each["transaction_id"], each["date"], each["action"], each["amount"]) for each in suspects] == [
        (changed["id"], "2026-03-05", "changed", "-4.00"),
        (created["id"], "2026-03-04", "created", "-0.20"),
        (deleted["id"], "2026-03-02", "deleted", "2.50"),
    ]
    assert await seen(household, checkpoint) == ("broken", "-14.20", "1.70")
    pages, cursor = [], None
    while True:
        page = await household.got(path, params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        pages += page["data"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert pages == suspects
    refused(await household.ask("GET", path, params={"cursor": "x"}), 400, "cursor_malformed")
    missing = f"/checkpoints/{household.book_id}/suspects"
    refused(await household.ask("GET", missing), 404, "checkpoint_not_found")


async def test_of_a_checkpoint_that_never_held_only_what_came_later_is_suspect(household: Household) -> None:
    await household.record("-10.00")
    checkpoint = await state(household, "-3.00")
    later = await household.record("-1.00")
    (suspect,) = (await household.got(f"/checkpoints/{checkpoint['id']}/suspects"))["data"]
    assert (suspect["transaction_id"], suspect["amount"]) == (later["id"], "-1.00")


async def test_a_checkpoint_is_changed_and_deleted(household: Household) -> None:
    await household.record("-12.50")
    checkpoint = await state(household)
    path = f"/checkpoints/{checkpoint['id']}"
    tag = (await household.ask("GET", path)).headers["etag"]
    assert tag == f'"{checkpoint["revision"]}"'
    revision = await household.revision()
    assert granted(await household.ask("PATCH", path, {"amount": "-12.5", "note": None})) == checkpoint
    assert await household.revision() == revision
    changed = granted(await household.ask("PATCH", path, {"amount": "-10"}, headers={"If-Match": tag}))
    assert (changed["state"], changed["difference"]) == ("broken", "2.50")
    assert changed["broken_revision"] == changed["revision"] == revision + 1
    refused(await household.ask("PATCH", path, {"amount": "-9"}, headers={"If-Match": tag}), 412, "revision_stale")
    earlier = granted(await household.ask("PATCH", path, {"amount": "0", "date": "2026-02-28", "note": "x"}))
    assert (earlier["state"], earlier["held"], earlier["note"]) == ("holds", "0", "x")
    another = await state(household)
    refused(await household.ask("PATCH", path, {"date": DAY}), 409, "checkpoint_exists")
    granted(await household.ask("DELETE", f"/checkpoints/{another['id']}"), 204)
    granted(await household.ask("DELETE", path), 204)
    refused(await household.ask("GET", path), 404, "checkpoint_not_found")
    refused(await household.ask("DELETE", path), 404, "checkpoint_not_found")
    images = (await household.got(f"/history/{checkpoint['id']}"))["data"]
    assert images[0]["before"]["date"] == "2026-02-28"
    assert "held" not in images[0]["before"], "what is held follows from the rest"


async def test_hostile_checkpoints_are_refused(household: Household) -> None:
    good = {"account": "Assets:Checking", "date": DAY, "amount": "1"}
    for change, code, pointer in (
        ({"amount": 1}, "request_invalid", "/amount"),
        ({"amount": "1.001"}, "amount_too_fine", "/amount"),
        ({"amount": "9" * 28}, "amount_too_large", "/amount"),
        ({"amount": None}, "request_invalid", "/amount"),
        ({"date": "2026-02-30"}, "request_invalid", "/date"),
        ({"date": "3000-01-01"}, "request_invalid", "/date"),
        ({"account": "Assets:Nowhere"}, "account_unknown", "/account"),
        ({"currency": "USD"}, "currency_mismatch", "/currency"),
        ({"currency": "xx 1"}, "request_invalid", "/currency"),
        ({"note": "\x00"}, "request_invalid", "/note"),
        ({"held": "1"}, "request_invalid", "/held"),
    ):
        refused(await household.ask("POST", "/checkpoints", {**good, **change}), 422, code, pointer=pointer)
    chosen = "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"
    await state(household, "1", id=chosen)
    taken = await household.ask("POST", "/checkpoints", {**good, "id": chosen, "date": "2026-05-01"})
    refused(taken, 409, "id_taken")
    assert taken.headers["location"].endswith(f"/checkpoints/{chosen}")
    refused(await household.ask("POST", "/checkpoints", good), 409, "checkpoint_exists")
    granted(await household.ask("DELETE", f"/checkpoints/{chosen}"), 204)
    refused(await household.ask("POST", "/checkpoints", {**good, "id": chosen}), 409, "id_taken")
    refused(await household.ask("PATCH", "", {"checkpoint_policy": "ignore"}), 422, "request_invalid")


async def test_an_account_of_any_currency_is_checked_in_each(household: Household) -> None:
    await household.open_account("Wallet")
    for currency in ("EUR", "USD"):
        await household.made("/transactions", {**LINE, "account": "Assets:Wallet", "currency": currency})
    wallet = {"account": "Assets:Wallet", "date": DAY, "amount": "-1"}
    assert (await household.made("/checkpoints", wallet))["currency"] == "EUR"
    dollars = await household.made("/checkpoints", {**wallet, "currency": "USD"})
    await household.made("/transactions", {**LINE, "account": "Assets:Wallet", "currency": "EUR"})
    assert (await seen(household, dollars))[0] == "holds"
    assert len((await household.got("/checkpoints", params={"broken": "true"}))["data"]) == 1


async def test_an_import_that_breaks_a_checkpoint_is_refused_whole_or_marks_it(household: Household) -> None:
    data = b"Date;Amount;Payee\n2026-03-30;-1.50;Shop\n2026-04-01;20.00;Employer\n"
    checkpoint = await state(household, "0")
    await refuse(household)
    revision = await household.revision()
    for params in ({}, {"commit": "false"}, {"dry_run": "true"}):
        read = refused(await household.bring(data, params=params), 409, "checkpoint_broken")
        assert "1.50 EUR less" in read["detail"]
    assert await household.revision() == revision
    assert (await household.got("/imports"))["data"] == []
    draft = granted(await household.bring(data, params={"commit": "false", "override_checkpoints": "true"}), 201)
    commit = f"/imports/{draft['id']}/commit"
    refused(await household.ask("POST", commit), 409, "checkpoint_broken")
    assert granted(await household.ask("POST", commit, **OVERRIDING))["created"] == 2
    assert await seen(household, checkpoint) == ("broken", "-1.50", "1.50")


async def test_the_closing_balance_of_a_file_becomes_a_checkpoint_once(household: Household) -> None:
    data = b"Date,Description,Amount,Balance\n2026-04-01,Ink,-3.10,96.90\n2026-04-02,Quill,-1.00,95.90\n"
    brought = granted(await household.bring(data), 201)
    (kept,) = (await household.got("/checkpoints"))["data"]
    assert (kept["date"], kept["amount"], kept["state"], kept["origin"]) == ("2026-04-02", "95.90", "holds", "import")
    assert (kept["import_id"], kept["account_id"]) == (brought["id"], household.checking_id)
    revision = await household.revision()
    granted(await household.bring(data), 201)
    assert await household.revision() == revision
    later = b"Date,Description,Amount,Balance\n2026-04-03,Ink,-1.00,90.00\n2026-04-04,Quill,-1.00,89.00\n"
    granted(await household.bring(later), 201)
    (broken, _) = (await household.got("/checkpoints"))["data"]
    assert (broken["state"], broken["difference"]) == ("broken", "-4.90")


TWICE = """OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1>{statements}</BANKMSGSRSV1></OFX>
"""
STATEMENT = """<STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>4711<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>{day}<DTEND>{day}<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{day}<NAME>Shop
</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>{balance}<DTASOF>{day}</LEDGERBAL></STMTRS></STMTTRNRS>
"""


async def test_a_file_that_has_an_account_twice_says_by_how_much_it_contradicts_itself(household: Household) -> None:
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"number": "4711"}))
    await refuse(household)
    statements = "".join(
        STATEMENT.format(day=day, amount=amount, balance=balance)
        for day, amount, balance in (("20260331", "-1.00", "99.00"), ("20260228", "-5.00", "105.00"))
    )
    granted(await household.bring(TWICE.format(statements=statements).encode(), account=None), 201)
    found = (await household.got("/checkpoints"))["data"]
    assert [(each["date"], each["state"], each["difference"]) for each in found] == [
        (DAY, "holds", "0.00"),
        ("2026-02-28", "broken", "5.00"),
    ]


async def test_a_book_knows_the_day_of_its_last_checkpoint(household: Household, superuser: asyncpg.Connection) -> None:
    async def known() -> str:
        wanted = "SELECT checked_until FROM books WHERE id = $1"
        return str(await superuser.fetchval(wanted, UUID(household.book_id)))

    assert await known() == "None"
    first, last = await state(household, "0"), await state(household, "0", "2026-06-30")
    assert await known() == "2026-06-30"
    granted(await household.ask("PATCH", f"/checkpoints/{last['id']}", {"date": "2026-05-31"}))
    assert await known() == "2026-05-31"
    for checkpoint, left in ((last, DAY), (first, "None")):
        granted(await household.ask("DELETE", f"/checkpoints/{checkpoint['id']}"), 204)
        assert await known() == left


async def test_what_is_dated_after_the_last_checkpoint_takes_no_more_statements(household: Household) -> None:
    async def sent_for(**wanted: str) -> int:
        sent: list[str] = []
        with watched(lambda _, sql, __: sent.append(sql)):
            await household.record("-1.00", **wanted)
        return len(sent)

    without = await sent_for(date="2026-04-01")
    await state(household, "0")
    assert await sent_for(date="2026-04-01") == without
    assert await sent_for(date=DAY, status="pending") == without + 1, "one look at the checkpoints"


async def test_where_the_service_overlooks_a_checkpoint_postgresql_refuses(
    household: Household, database_url: str
) -> None:
    await state(household, "0")
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
        work.book = replace(work.opened, checked_until=None)
        await RecordService(work).record(TransactionCreate.model_validate(LINE))
        await work.seal(None)
        with pytest.raises(asyncpg.CheckViolationError) as refusal:
            await connection.commit()
    assert refusal.value.constraint_name == "checkpoint_true"
    assert (await household.got("/transactions"))["data"] == []
