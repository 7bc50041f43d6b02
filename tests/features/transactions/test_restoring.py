"""Bringing deleted transactions back: as they were, and only where they may stand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

from farthing.core.connection import Begin
from farthing.core.database import Database, owner_connection
from farthing.core.settings import Settings
from farthing.features.proofs.findings import Finding
from farthing.features.proofs.service import ProofService
from farthing.kit import ids

EXCHANGE = {"amount": "100.00", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "108.00"}
SPLIT: list[dict[str, Any]] = [
    {"account": "Assets:Checking", "amount": "-12.50", "status": "reconciled", "memo": "card"},
    {"account": "Expenses:Food:Groceries", "amount": "10.00", "status": "pending"},
    {"account": "Expenses:Fees", "memo": "a fee"},
]
BANK = b"Date,Description,Amount\n2026-03-05,Bakery,-3.20\n2026-03-06,Bookshop,-17.95\n"
CLOSING = b"Date,Description,Amount,Balance\n2026-03-05,Bakery,-3.10,96.90\n2026-03-06,Ink,-1.00,95.90\n"


async def deleted(home: Household, **wanted: Any) -> Any:
    """A transaction that was recorded and deleted again; what it was, with all its postings."""
    made = await home.made("/transactions", {"date": "2026-03-01", **wanted})
    return await struck(home, made["id"])


async def struck(home: Household, transaction_id: str) -> Any:
    """What a transaction was, which is now deleted."""
    path = f"/transactions/{transaction_id}"
    was = await home.got(path, params={"generated": "true"})
    granted(await home.ask("DELETE", path), 204)
    return was


async def restored(home: Household, transaction_id: str, **options: Any) -> Any:
    """What the restoring of a transaction answers."""
    return granted(await home.ask("POST", f"/transactions/{transaction_id}/restore", **options))


async def findings(database_url: str, book_id: str) -> list[Finding]:
    """What ``farthing verify`` finds wrong with a book."""
    settings = Settings(database_url=SecretStr(database_url))
    async with (
        owner_connection(database_url) as owner,
        Database(settings) as database,
        database.connect() as app,
    ):
        await owner.begin(Begin.READING)
        proof = await ProofService(owner, app, book_id=UUID(book_id)).prove()
        await owner.rollback()
    return proof.findings


@pytest.mark.parametrize(
    "wanted",
    [
        {"amount": "-12.50", "account": "Assets:Checking", "payee": "Shop", "description": "a\nb"},
        {"postings": SPLIT, "metadata": {"n": 7, "flag": True, "word": "ä", "none": None}},
        {**EXCHANGE, "value_date": "2026-03-02", "due_date": "2026-04-01"},
    ],
    ids=["one line", "postings", "an exchange"],
)
async def test_a_deleted_transaction_comes_back_as_it_was(
    household: Household, database_url: str, wanted: dict[str, Any]
) -> None:
    dollars = await household.open_account("Dollars", currency="USD", type="checking")
    first = await household.record("-1.00", date="2026-03-01")
    made = await household.made("/transactions", {"date": "2026-03-01", **wanted})
    last = await household.record("-2.00", date="2026-03-01")
    accounts = (household.checking_id, dollars["id"])
    held = [await household.balance(account) for account in accounts]
    was = await struck(household, made["id"])
    revision = await household.revision()
    answer = await household.ask("POST", f"/transactions/{made['id']}/restore")
    read = granted(answer)
    assert read["revision"] == revision + 1 == await household.revision()
    assert answer.headers["etag"] == f'"{read["revision"]}"'
    assert read == await household.got(f"/transactions/{made['id']}")
    whole = await household.got(f"/transactions/{made['id']}", params={"generated": "true"})
    assert whole.keys() == was.keys()
    assert {name for name in was if whole[name] != was[name]} == {"revision", "changed_at"}
    assert [await household.balance(account) for account in accounts] == held
    assert [await household.balance(account, date="2026-03-01") for account in accounts] == held
    order = [each["id"] for each in (await household.got("/transactions"))["data"]]
    assert order == [last["id"], made["id"], first["id"]], "it lost its place in the day"
    assert set((await household.trial_balance()).values()) == {"0.00"}
    assert await findings(database_url, household.book_id) == []


async def test_it_can_be_deleted_and_brought_back_as_often_as_one_likes(household: Household) -> None:
    made = await household.record(payee="one")
    path = f"/transactions/{made['id']}"
    for payee in ("two", "three"):
        granted(await household.ask("PATCH", path, {"payee": payee}))
        granted(await household.ask("DELETE", path), 204)
        read = await restored(household, made["id"])
        assert (read["payee"], read["created_revision"]) == (payee, made["created_revision"])
    assert await household.balance(household.checking_id) == {"EUR": "-12.50"}
    images = (await household.got(f"/history/{made['id']}"))["data"]
    before = [image["before"] and image["before"]["payee"] for image in images]
    assert before == [None, "three", "two", None, "two", "one"]


async def test_whoever_follows_the_feed_adds_it(household: Household) -> None:
    gone = await deleted(household, amount="-12.50", account="Assets:Checking")
    after = await household.revision()
    await restored(household, gone["id"])
    (change,) = (await household.got("/changes", params={"after": after}))["data"]
    assert change["operation"] == "restore_transaction"
    assert change["records"] == [{"kind": "transaction", "id": gone["id"], "action": "created"}]
    assert change["counts"] == {"transaction created": 1}


async def test_what_is_there_or_never_was_is_not_brought_back(client: Client, household: Household) -> None:
    made = await household.record()
    revision = await household.revision()
    refused(await household.ask("POST", f"/transactions/{made['id']}/restore"), 409, "transaction_not_deleted")
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"description": "Ours"}))
    other = await Household.founded(client)
    theirs = await deleted(other, amount="-1.00", account="Assets:Checking")
    for absent in (str(ids.new_id()), household.checking_id, theirs["id"]):
        refused(await household.ask("POST", f"/transactions/{absent}/restore"), 404, "transaction_not_found")
    refused(await household.ask("POST", "/transactions/x/restore"), 422, "request_invalid", parameter="transaction_id")
    assert await household.revision() == revision + 1
    await restored(other, theirs["id"])


async def test_its_accounts_must_take_it_as_they_would_a_new_one(household: Household) -> None:
    account = await household.open_account("Old", currency="EUR")
    gone = await deleted(household, amount="5.00", account="Assets:Old")
    path, restore = f"/accounts/{account['id']}", f"/transactions/{gone['id']}/restore"
    granted(await household.ask("POST", f"{path}/close", {}))
    assert "Assets:Old" in refused(await household.ask("POST", restore), 409, "account_closed")["detail"]
    granted(await household.ask("POST", f"{path}/reopen"))
    granted(await household.ask("PATCH", path, {"currency": "USD"}))
    assert "USD" in refused(await household.ask("POST", restore), 409, "account_currency_changed")["detail"]
    granted(await household.ask("PATCH", path, {"currency": None, "name": "New"}))
    read = await restored(household, gone["id"])
    assert [posting["account"] for posting in read["postings"]] == ["Assets:New", "Income:Uncategorised"]
    assert await household.balance(account["id"]) == {"EUR": "5.00"}


async def test_an_opening_balance_comes_back_unless_there_is_another(household: Household) -> None:
    granted(await household.bring(CLOSING), 201)
    opening = next(each for each in (await household.got("/transactions"))["data"] if each["kind"] == "opening")
    await struck(household, opening["id"])
    read = await restored(household, opening["id"])
    assert (read["kind"], read["date"]) == ("opening", opening["date"])
    assert await household.balance(household.checking_id) == {"EUR": "95.90"}
    await struck(household, opening["id"])
    granted(await household.bring(CLOSING), 201)
    assert await household.balance(household.checking_id) == {"EUR": "95.90"}
    refused(await household.ask("POST", f"/transactions/{opening['id']}/restore"), 409, "opening_booked")
    assert await household.balance(household.checking_id) == {"EUR": "95.90"}


async def test_a_posting_whose_id_was_given_away_stands_in_the_way(household: Household) -> None:
    gone = await deleted(household, amount="-12.50", account="Assets:Checking")
    postings = [
        {"id": gone["postings"][0]["id"], "account": "Assets:Checking", "amount": "-1.00"},
        {"account": "Expenses:Fees"},
    ]
    taker = await household.made("/transactions", {"postings": postings})
    refused(await household.ask("POST", f"/transactions/{gone['id']}/restore"), 409, "id_taken")
    granted(await household.ask("DELETE", f"/transactions/{taker['id']}"), 204)
    await restored(household, gone["id"])


async def test_an_id_is_still_used_once(household: Household) -> None:
    line = {"id": str(ids.new_id()), "date": "2026-03-01", "amount": "-1.00", "account": "Assets:Checking"}
    await household.made("/transactions", line)
    await struck(household, line["id"])
    refused(await household.ask("POST", "/transactions", line), 409, "id_taken")
    await restored(household, line["id"])
    refused(await household.ask("POST", "/transactions", line), 409, "id_taken")
    await struck(household, line["id"])
    refused(await household.ask("POST", "/transactions", line), 409, "id_taken")


async def test_a_statement_still_knows_what_was_brought_back(household: Household) -> None:
    granted(await household.bring(BANK), 201)
    lines = (await household.got("/transactions"))["data"]
    for line in lines:
        await struck(household, line["id"])
    for line in lines:
        await restored(household, line["id"])
    revision = await household.revision()
    again = granted(await household.bring(BANK), 201)
    assert (again["created"], again["duplicates"], await household.revision()) == (0, 2, revision)
    assert [each["id"] for each in (await household.got("/transactions"))["data"]] == [each["id"] for each in lines]
    assert await household.balance(household.checking_id) == {"EUR": "-21.15"}


async def test_it_is_safe_to_retry_and_to_try(household: Household) -> None:
    gone = await deleted(household, amount="-12.50", account="Assets:Checking")
    path, key = f"/transactions/{gone['id']}/restore", {"Idempotency-Key": "back"}
    revision = await household.revision()
    tried = await household.ask("POST", path, params={"dry_run": "true"}, headers=key)
    assert granted(tried)["id"] == gone["id"]
    assert "etag" not in tried.headers
    assert await household.revision() == revision
    refused(await household.ask("GET", f"/transactions/{gone['id']}"), 404, "transaction_not_found")
    first = await household.ask("POST", path, headers=key)
    again = await household.ask("POST", path, headers=key)
    assert granted(first) == granted(again)
    assert again.headers["idempotency-replayed"] == "true"
    assert await household.revision() == revision + 1
    refused(await household.ask("POST", path), 409, "transaction_not_deleted")


async def test_it_is_brought_back_only_from_the_deletion_that_was_seen(household: Household) -> None:
    gone = await deleted(household, amount="-12.50", account="Assets:Checking")
    path, seen = f"/transactions/{gone['id']}/restore", await household.revision()
    refused(await household.ask("POST", path, headers={"If-Match": f'"{seen - 1}"'}), 412, "revision_stale")
    granted(await household.ask("POST", path, headers={"If-Match": f'"{seen}"'}))
    await struck(household, gone["id"])
    refused(await household.ask("POST", path, headers={"If-Match": f'"{seen}"'}), 412, "revision_stale")
    granted(await household.ask("POST", path, headers={"If-Match": "*"}))


async def test_a_viewer_brings_nothing_back(client: Client, household: Household) -> None:
    gone = await deleted(household, amount="-12.50", account="Assets:Checking")
    viewer = await Person.registered(client)
    await household.share(viewer, "viewer")
    path = f"/books/{household.book_id}/transactions/{gone['id']}/restore"
    refused(await viewer.ask("POST", path), 403, "permission_missing")
