"""Undo: any write taken back, the taking back too, and nothing that was done since lost."""

from __future__ import annotations

import random
from typing import Any

import asyncpg
from tests.features.answers import granted, refused
from tests.features.changes.test_following import some_write
from tests.features.records.test_digest import digest_of
from tests.household import Client, Household, Person

CSV = b"Date,Description,Amount\n2026-03-05,Bakery,-3.20\n2026-03-06,Bookshop,-17.95\n"


async def undone(home: Household, revision: int | None = None, **options: Any) -> Any:
    """What undoing a write answers; the last one, if none is named."""
    return granted(await home.ask("POST", f"/changes/{revision or await home.revision()}/undo", **options))


async def in_the_way(home: Household, revision: int) -> list[tuple[str, str]]:
    """Why a write can't be undone, thing by thing."""
    answer = refused(await home.ask("POST", f"/changes/{revision}/undo"), 409, "change_superseded")
    return [(blame["code"], blame["detail"]) for blame in answer["errors"]]


async def test_many_writes_undone_in_reverse_leave_no_trace_and_done_again_leave_the_same(household: Household) -> None:
    dice = random.Random(11)
    ids: list[str] = []
    digests = {await household.revision(): await digest_of(household)}
    for _ in range(60):
        await some_write(household, dice, ids)
        digests.setdefault(await household.revision(), await digest_of(household))
    (first, *_), last = digests, max(digests)
    undos = []
    for revision in range(last, first, -1):
        undos.append((await undone(household, revision))["revision"])
        assert await digest_of(household) == digests[revision - 1]
    for step, revision in enumerate(reversed(undos)):
        await undone(household, revision)
        assert await digest_of(household) == digests[first + step + 1]


async def test_an_import_is_undone_whole_and_can_be_brought_again(household: Household) -> None:
    before = await digest_of(household)
    brought = granted(await household.bring(CSV), 201)
    assert brought["created"] == 2
    assert (await undone(household))["deleted"] >= 3
    assert await digest_of(household) == before
    assert granted(await household.bring(CSV), 201)["created"] == 2


async def test_an_account_that_was_opened_goes_with_its_opening_balance(household: Household) -> None:
    before = await digest_of(household)
    opening = {"date": "2026-01-01", "amount": "10.00"}
    opened = await household.open_account("Savings", type="savings", currency="EUR", opening=opening)
    assert await undone(household) == {"undone": 3, "revision": 4, "restored": 0, "changed": 0, "deleted": 2}
    assert await digest_of(household) == before
    refused(await household.ask("GET", f"/accounts/{opened['id']}"), 404, "account_not_found")
    await undone(household)
    assert await household.balance(opened["id"]) == {"EUR": "10.00"}


async def test_what_was_changed_since_is_named(household: Household) -> None:
    made = await household.record()
    revision = await household.revision()
    path = f"/transactions/{made['id']}"
    granted(await household.ask("PATCH", path, {"payee": "two"}))
    told = ("record_changed", f"Transaction {made['id']} was changed at revision {revision + 1}.")
    assert await in_the_way(household, revision) == [told]
    await undone(household)
    assert (await undone(household, revision))["deleted"] == 1


async def test_what_was_deleted_and_what_came_back_since_is_named(household: Household) -> None:
    made = await household.record()
    path = f"/transactions/{made['id']}"
    granted(await household.ask("PATCH", path, {"payee": "two"}))
    changed = await household.revision()
    granted(await household.ask("DELETE", path), 204)
    told = ("record_changed", f"Transaction {made['id']} was deleted at revision {changed + 1}.")
    assert await in_the_way(household, changed) == [told]
    granted(await household.ask("POST", f"{path}/restore"))
    # It is there again: but deleting it can't be undone twice.
    assert (await undone(household, changed + 1))["revision"] == changed + 2
    told = ("record_changed", f"Transaction {made['id']} was restored at revision {changed + 2}.")
    granted(await household.ask("PATCH", path, {"payee": "three"}))
    assert [code for code, _ in await in_the_way(household, changed + 1)] == ["record_changed"]


async def test_what_refers_to_what_would_go_is_named(household: Household) -> None:
    opened = await household.open_account("Savings", type="savings", currency="EUR")
    revision = await household.revision()
    made = await household.record(account=opened["id"])
    (told,) = await in_the_way(household, revision)
    assert told == ("record_referred_to", f"Transaction {made['id']} refers to account {opened['id']}.")
    child = await household.open_account("Pot", parent=opened["id"])
    assert f"Account {child['id']} refers to account {opened['id']}." in [
        detail for _, detail in await in_the_way(household, revision)
    ]


async def test_a_renaming_is_undone_with_all_names_under_it_unless_one_was_opened_there_since(
    household: Household,
) -> None:
    bank = await household.open_account("Bank")
    await household.open_account("Giro", parent=bank["id"])
    before = await digest_of(household)
    granted(await household.ask("PATCH", f"/accounts/{bank['id']}", {"name": "Banque"}))
    revision = await household.revision()
    assert (await undone(household))["changed"] == 2
    assert await digest_of(household) == before
    await undone(household)
    await household.open_account("Pot", parent=bank["id"])
    refused(await household.ask("POST", f"/changes/{revision + 2}/undo"), 409, "account_misplaced")


async def test_a_name_that_was_taken_since_stays_with_whom_has_it(household: Household) -> None:
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"name": "Giro"}))
    revision = await household.revision()
    await household.open_account("Checking")
    refused(await household.ask("POST", f"/changes/{revision}/undo"), 409, "record_unfit")


async def test_closing_and_reopening_are_undone_only_where_the_account_is_empty(household: Household) -> None:
    path = f"/accounts/{household.checking_id}"
    granted(await household.ask("POST", f"{path}/close", {"date": "2026-04-01"}))
    closed = await household.revision()
    granted(await household.ask("POST", f"{path}/reopen"))
    await household.record()
    refused(await household.ask("POST", f"/changes/{closed + 1}/undo"), 409, "account_closed")
    await undone(household)
    await undone(household, closed + 1)
    assert (await household.got(path))["closed_on"] == "2026-04-01"


async def test_a_transaction_comes_back_to_no_closed_account(household: Household) -> None:
    made = await household.record()
    granted(await household.ask("DELETE", f"/transactions/{made['id']}"), 204)
    revision = await household.revision()
    granted(await household.ask("POST", f"/accounts/{household.checking_id}/close", {"date": "2026-04-01"}))
    refused(await household.ask("POST", f"/changes/{revision}/undo"), 409, "account_closed")


async def test_the_locked_period_stays_as_it_is_unless_an_admin_says_so(household: Household) -> None:
    await household.record()
    revision = await household.revision()
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    refused(await household.ask("POST", f"/changes/{revision}/undo"), 409, "period_locked")
    assert (await undone(household, revision, params={"override_lock": "true"}))["deleted"] == 1
    (change,) = (await household.got("/changes", params={"after": revision + 1}))["data"]
    assert change["summary"].endswith("Overrode the lock until 2026-03-31.")


async def test_settings_and_members_are_not_undone(household: Household, client: Client) -> None:
    granted(await household.ask("PATCH", "", {"name": "Ours"}))
    settings = await household.revision()
    fellow = await Person.registered(client)
    await household.share(fellow, "viewer")
    for revision in (1, settings, settings + 1):
        refused(await household.ask("POST", f"/changes/{revision}/undo"), 409, "change_not_undoable")


async def test_it_needs_what_the_write_needed(household: Household, client: Client) -> None:
    await household.record()
    revision = await household.revision()
    fellow = await Person.registered(client)
    await household.share(fellow, "viewer")
    answer = await fellow.ask("POST", f"/books/{household.book_id}/changes/{revision}/undo")
    refused(answer, 403, "permission_missing")


async def test_a_preview_undoes_nothing_and_a_retry_undoes_once(household: Household) -> None:
    await household.record()
    revision, digest = await household.revision(), await digest_of(household)
    assert (await undone(household, revision, params={"dry_run": "true"}))["deleted"] == 1
    assert (await household.revision(), await digest_of(household)) == (revision, digest)
    key = {"Idempotency-Key": f"undo-{household.book_id}"}
    first = await household.ask("POST", f"/changes/{revision}/undo", headers=key)
    again = await household.ask("POST", f"/changes/{revision}/undo", headers=key)
    assert first.content == again.content
    assert await household.revision() == revision + 1


async def test_what_is_undone_already_takes_no_revision(household: Household) -> None:
    await household.record()
    revision = await household.revision()
    await undone(household)
    assert await undone(household, revision) == {
        "undone": revision,
        "revision": revision + 1,
        "restored": 0,
        "changed": 0,
        "deleted": 0,
    }


async def test_there_is_nothing_to_undo_beyond_the_log(household: Household) -> None:
    refused(await household.ask("POST", "/changes/999/undo"), 404, "change_not_found")


async def test_more_than_a_change_names_is_undone_all_the_same(
    household: Household, superuser: asyncpg.Connection
) -> None:
    many = [{"date": "2026-03-01", "amount": "-1.00", "account": "Assets:Checking"} for _ in range(150)]
    granted(await household.ask("POST", "/transactions/bulk", {"transactions": many}), 201)
    revision = await household.revision()
    (page,) = [(await household.got("/transactions", params={"limit": 200}))["data"]]
    for each in page[:2]:
        granted(await household.ask("PATCH", f"/transactions/{each['id']}", {"payee": "x"}))
    assert len(await in_the_way(household, revision)) == 2
    for _ in range(2):
        await undone(household, await household.revision() if _ == 0 else revision + 1)
    assert (await undone(household, revision))["deleted"] == 150
    left = "SELECT count(*) FROM transactions WHERE book_id = $1"
    assert await superuser.fetchval(left, household.book_id) == 0
