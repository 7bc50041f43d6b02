"""Changing and deleting many transactions with one request: previewed, guarded, all or none."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Client, Household, Person

from farthing.core.bounds import BATCH, BULK
from farthing.kit import ids

PATH = "/transactions/bulk"


@pytest.fixture
async def home(client: Client) -> Household:
    """A household with five coffees, a rent, and a movement of money."""
    home = await Household.founded(client)
    await home.open_account("Savings", currency="EUR", type="savings")
    for day in range(1, 6):
        await home.record(f"-{day}.00", payee="Coffee Corner", date=f"2026-03-0{day}", category="Expenses:Food")
    await home.record("-700.00", payee="Landlord", date="2026-03-10", category="Expenses:Housing:Rent")
    movement = {"date": "2026-03-11", "from": "Assets:Checking", "to": "Assets:Savings", "amount": "50"}
    await home.made("/transactions", movement)
    return home


async def listed(home: Household, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await home.got("/transactions", params={"limit": 200, **wanted}))["data"]
    return found


def change(home: Household, body: Any, **params: Any) -> Any:
    return home.ask("PATCH", PATH, body, params=params)


def delete(home: Household, body: Any, **params: Any) -> Any:
    return home.ask("POST", "/transactions/bulk-delete", body, params=params)


COFFEES = {"q": "coffee"}
RECATEGORISED = {"filter": COFFEES, "changes": {"category": "Expenses:Food:Restaurants"}}


async def test_what_a_filter_matches_is_changed_as_one_change(home: Household, superuser: asyncpg.Connection) -> None:
    revision = await home.revision()
    before = {each["id"]: each for each in await listed(home)}
    read = granted(await change(home, RECATEGORISED))
    assert [read[name] for name in ("matched", "changed", "unchanged", "refused")] == [5, 5, 0, 0]
    assert await home.revision() == revision + 1
    for each in read["results"]:
        assert (each["before"], each["after"]) == (
            {"category": "Expenses:Food"},
            {"category": "Expenses:Food:Restaurants"},
        )
    for each in await listed(home):
        was = before[each["id"]]
        if each["payee"] != "Coffee Corner":
            assert each == was
            continue
        assert [p["account"] for p in each["postings"]] == ["Assets:Checking", "Expenses:Food:Restaurants"]
        assert [p["id"] for p in each["postings"]] == [p["id"] for p in was["postings"]]
        assert (each["revision"], each["created_revision"]) == (revision + 1, was["created_revision"])
        (image,) = (await home.got(f"/history/{each['id']}"))["data"]
        assert image["before"]["revision"] == was["revision"]
    (told,) = (await home.got("/changes", params={"after": revision}))["data"]
    assert (told["operation"], told["summary"]) == ("update_transactions", "Changed 5 transactions.")
    assert set((await home.trial_balance()).values()) == {"0.00"}
    await check_book(superuser, home.book_id)


async def test_each_field_can_be_changed_and_changes_what_it_does_by_itself(home: Household) -> None:
    alone, *others = await listed(home, q="coffee")
    changes = {
        "date": "2026-04-01",
        "payee": "Corner",
        "description": "daily",
        "value_date": "2026-04-02",
        "due_date": None,
        "account": "Assets:Savings",
        "category": "Expenses:Taxes",
        "status": "pending",
    }
    one = granted(await home.ask("PATCH", f"/transactions/{alone['id']}", changes))
    granted(await change(home, {"ids": [each["id"] for each in others], "changes": changes}))
    varying = {"id", "revision", "created_revision", "created_at", "changed_at", "postings"}
    for each in await listed(home, q="corner"):
        assert {name: each[name] for name in each.keys() - varying} == {
            name: one[name] for name in one.keys() - varying
        }
        assert [(p["account"], p["status"]) for p in each["postings"]] == [
            (p["account"], p["status"]) for p in one["postings"]
        ]
    assert await home.balance(home.checking_id) == {"EUR": "-750.00"}
    granted(await change(home, {"filter": {"payee": "corner"}, "changes": {"payee": None, "description": ""}}))
    assert {(each["payee"], each["description"]) for each in await listed(home, date_from="2026-04-01")} == {
        (None, None)
    }


async def test_a_status_is_that_of_every_posting_on_an_account(home: Household) -> None:
    read = granted(await change(home, {"filter": {"date_from": "2026-03-10"}, "changes": {"status": "pending"}}))
    assert read["changed"] == 2
    movement, rent = await listed(home, date_from="2026-03-10")
    assert [p["status"] for p in movement["postings"]] == ["pending", "pending"]
    assert [p["status"] for p in rent["postings"]] == ["pending", "cleared"]
    assert read["results"][0]["before"] == {"status": "cleared"}


async def test_a_preview_says_what_would_be_done_and_does_nothing(home: Household) -> None:
    revision, before = await home.revision(), await listed(home)
    preview = granted(await change(home, RECATEGORISED, dry_run="true"))
    gone = granted(await delete(home, {"filter": COFFEES}, dry_run="true"))
    assert (await home.revision(), await listed(home)) == (revision, before)
    assert (gone["matched"], gone["deleted"], len(gone["results"])) == (5, 5, 5)
    assert granted(await change(home, RECATEGORISED | {"expected_count": preview["matched"]})) == preview


async def test_a_filter_that_matches_others_than_were_previewed_is_refused(home: Household) -> None:
    await home.record(payee="Coffee, late", category="Expenses:Food")
    revision = await home.revision()
    refused(await change(home, RECATEGORISED | {"expected_count": 5}), 409, "count_differs")
    refused(await delete(home, {"filter": COFFEES, "expected_count": 5}), 409, "count_differs")
    refused(await delete(home, {"ids": [str(ids.new_id())], "expected_count": 1}), 409, "count_differs")
    assert await home.revision() == revision


async def test_a_change_of_nothing_takes_no_revision(home: Household) -> None:
    revision = await home.revision()
    for body in (
        {"filter": COFFEES, "changes": {}},
        {"filter": COFFEES, "changes": {"payee": "Coffee Corner", "status": "cleared"}},
        {"filter": {"q": "unheard"}, "changes": {"payee": "x"}},
    ):
        read = granted(await change(home, body))
        assert (read["changed"], read["results"]) == (0, [])
    assert granted(await delete(home, {"filter": {"q": "unheard"}}))["deleted"] == 0
    assert await home.revision() == revision


async def test_one_that_cannot_be_changed_refuses_all_and_is_named(home: Household) -> None:
    revision = await home.revision()
    movement, *_, coffee = [each["id"] for each in await listed(home)]
    changes = {"category": "Expenses:Taxes"}
    wanted = {"ids": [coffee, movement], "changes": changes}
    refused(await change(home, wanted), 409, "transaction_not_simple", pointer="/ids/1")
    refused(
        await change(home, {"filter": {"date_from": "2026-01-01"}, "changes": changes}),
        409,
        "transaction_not_simple",
        pointer="/filter",
    )
    missing = {"ids": [coffee, coffee, str(ids.new_id())]}
    refused(await change(home, missing | {"changes": changes}), 404, "transaction_not_found", pointer="/ids/2")
    refused(await delete(home, missing), 404, "transaction_not_found", pointer="/ids/2")
    assert await home.revision() == revision


async def test_in_part_the_others_are_changed_and_the_refused_are_told(home: Household) -> None:
    movement = (await listed(home))[0]["id"]
    unknown = str(ids.new_id())
    everything = {"filter": {"date_from": "2026-01-01"}, "changes": {"category": "Expenses:Taxes"}}
    read = granted(await change(home, everything, mode="partial"))
    assert [read[name] for name in ("matched", "changed", "unchanged", "refused")] == [7, 6, 0, 1]
    first = read["results"][0]
    assert (first["id"], first["status"], first["before"]) == (movement, "refused", None)
    assert first["error"]["code"] == "transaction_not_simple"
    read = granted(await delete(home, {"ids": [unknown, movement]}, mode="partial"))
    assert [(each["id"], each["status"]) for each in read["results"]] == [(unknown, "refused"), (movement, "deleted")]
    assert read["results"][0]["error"]["errors"][0]["pointer"] == "/ids/0"


async def test_what_the_changes_themselves_say_wrongly_is_blamed_on_them(home: Household) -> None:
    revision = await home.revision()
    await home.open_account("Dollars", currency="USD")
    for changes, status, code, pointer in [
        ({"category": "Nowhere"}, 422, "account_unknown", "/changes/category"),
        ({"category": "Assets:Savings"}, 422, "category_unfit", "/changes/category"),
        ({"account": "Expenses:Taxes"}, 422, "account_unfit", "/changes/account"),
        ({"account": "Assets:Dollars"}, 422, "currency_mismatch", "/filter"),
        ({"date": None}, 422, "request_invalid", "/changes/date"),
        ({"date": "2026-13-01"}, 422, "request_invalid", "/changes/date"),
        ({"amount": "1"}, 422, "request_invalid", "/changes/amount"),
        ({"postings": []}, 422, "request_invalid", "/changes/postings"),
    ]:
        refused(await change(home, {"filter": COFFEES, "changes": changes}), status, code, pointer=pointer)
    assert await home.revision() == revision + 1


@pytest.mark.parametrize("send", [change, delete])
async def test_a_pick_that_is_none_is_refused(home: Household, send: Any) -> None:
    changes = {"changes": {"payee": "x"}} if send is change else {}
    picks: list[tuple[dict[str, Any], str, str]] = [
        ({}, "request_invalid", ""),
        ({"ids": []}, "request_invalid", "/ids"),
        ({"ids": [str(ids.new_id())], "filter": COFFEES}, "request_invalid", ""),
        ({"filter": {}}, "request_invalid", "/filter"),
        ({"filter": {"limit": 5}}, "request_invalid", "/filter/limit"),
        ({"filter": {"q": "amount>ten"}}, "search_malformed", "/filter/q"),
        ({"filter": {"q": "account:Nowhere"}}, "account_unknown", "/filter/q"),
        ({"filter": {"account": "Nowhere"}}, "account_unknown", "/filter/account"),
        ({"ids": [str(ids.new_id()) for _ in range(BATCH + 1)]}, "request_invalid", "/ids"),
        ({"ids": ["x"]}, "request_invalid", "/ids/0"),
        ({"filter": COFFEES, "expected_count": -1}, "request_invalid", "/expected_count"),
    ]
    for pick, code, pointer in picks:
        refused(await send(home, pick | changes), 422, code, pointer=pointer)


async def test_what_was_deleted_at_once_is_brought_back_one_by_one(home: Household) -> None:
    revision = await home.revision()
    coffees = await listed(home, q="coffee")
    read = granted(await delete(home, {"filter": COFFEES}))
    assert (read["matched"], read["deleted"], read["refused"]) == (5, 5, 0)
    assert (await home.revision(), len(await listed(home))) == (revision + 1, 2)
    assert (await home.got("/changes", params={"after": revision}))["data"][0]["summary"] == "Deleted 5 transactions."
    back = granted(await home.ask("POST", f"/transactions/{coffees[0]['id']}/restore"))
    assert back["postings"] == coffees[0]["postings"]


async def test_what_was_changed_or_deleted_at_once_is_undone_at_once(home: Household) -> None:
    before = await listed(home, q="coffee")
    moved = {"filter": COFFEES, "changes": {"date": "2026-04-01", "account": "Assets:Savings", "payee": "Cafe"}}
    for done in (change(home, moved), delete(home, {"filter": COFFEES})):
        granted(await done)
        granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
        varying = {"revision", "created_revision", "changed_at"}
        assert [{name: each[name] for name in each.keys() - varying} for each in await listed(home, q="coffee")] == [
            {name: each[name] for name in each.keys() - varying} for each in before
        ]


async def test_nothing_is_changed_in_the_locked_period_nor_on_a_closed_account(home: Household) -> None:
    old = await home.open_account("Old Bank", currency="EUR")
    for amount in ("-5.00", "5.00"):
        await home.record(amount, payee="Old", account="Assets:Old Bank", date="2026-03-20")
    granted(await home.ask("POST", f"/accounts/{old['id']}/close", {"date": "2026-03-21"}))
    for answer in (
        await change(home, {"filter": {"q": "old"}, "changes": {"payee": "x"}}),
        await delete(home, {"filter": {"q": "old"}}),
    ):
        refused(answer, 409, "account_closed", pointer="/filter")
    granted(await home.ask("PATCH", "", {"locked_until": "2026-03-03"}))
    refused(await change(home, RECATEGORISED), 409, "period_locked", pointer="/filter")
    refused(await delete(home, {"filter": COFFEES}), 409, "period_locked", pointer="/filter")
    into = {"filter": {"q": "landlord"}, "changes": {"date": "2026-03-01"}}
    refused(await change(home, into), 409, "period_locked", pointer="/changes/date")
    read = granted(await change(home, RECATEGORISED, mode="partial"))
    assert (read["changed"], read["refused"]) == (2, 3)
    read = granted(await delete(home, {"filter": COFFEES}, override_lock="true"))
    assert read["deleted"] == 5


async def test_as_many_are_taken_as_is_promised_and_none_more(home: Household, superuser: asyncpg.Connection) -> None:
    fill = """
    WITH made AS (
        INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, created_revision, revision, created_at,
                                  changed_at)
        SELECT $1, gen_random_uuid(), '2025-01-01', n, 'ordinary', 'Bulk', 1, 1, now(), now()
          FROM generate_series(1, $2::int) n RETURNING id)
    INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency,
                          status, generated)
    SELECT $1, gen_random_uuid(), m.id, leg, p.account_id, '2025-01-01', 1, p.amount, 'EUR', 'cleared', false
      FROM made m, generate_series(0, 1) leg
      JOIN (SELECT DISTINCT ON (position) position, account_id, sign(amount) AS amount FROM postings
             WHERE book_id = $1 ORDER BY position, date) p ON p.position = leg
    """
    await superuser.execute(fill, home.book_id, BULK)
    wanted = {"filter": {"payee": "bulk"}, "changes": {"payee": "Bulky", "category": "Expenses:Taxes"}}
    read = granted(await change(home, wanted))
    assert (read["changed"], len(read["results"])) == (BULK, 100)
    assert set((await home.trial_balance()).values()) == {"0.00"}
    await home.record(payee="Bulk")
    answer = refused(await delete(home, {"filter": {"payee": "bulk"}}), 422, "matches_too_many", pointer="/filter")
    assert str(BULK + 1) in answer["detail"]
    assert granted(await delete(home, {"filter": {"payee": "bulky"}}))["deleted"] == BULK


async def test_a_retry_with_its_key_gets_the_first_answer(home: Household) -> None:
    key = {"Idempotency-Key": "once"}
    first = await home.ask("POST", "/transactions/bulk-delete", {"filter": COFFEES}, headers=key)
    again = await home.ask("POST", "/transactions/bulk-delete", {"filter": COFFEES}, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert granted(again) == granted(first)


async def test_one_who_only_looks_changes_nothing(home: Household) -> None:
    viewer = await Person.registered(home.person.client)
    await home.made("/members", {"email": viewer.email, "role": "viewer"})
    path = f"/books/{home.book_id}/transactions"
    refused(await viewer.ask("PATCH", f"{path}/bulk", RECATEGORISED), 403, "permission_missing")
    refused(await viewer.ask("POST", f"{path}/bulk-delete", {"filter": COFFEES}), 403, "permission_missing")
