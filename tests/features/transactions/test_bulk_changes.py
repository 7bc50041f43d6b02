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
    varying = {"id", "revision", "created_revision", "created_at", "changed_at", "postings", "reversed_by_id"}
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
    await superuser.execute("ANALYZE transactions, postings")  # PostgreSQL does so by itself, soon
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
    await home.share(viewer, "viewer")
    path = f"/books/{home.book_id}/transactions"
    refused(await viewer.ask("PATCH", f"{path}/bulk", RECATEGORISED), 403, "permission_missing")
    refused(await viewer.ask("POST", f"{path}/bulk-delete", {"filter": COFFEES}), 403, "permission_missing")


async def test_a_linked_line_neither_goes_nor_turns_into_what_its_link_cannot_be_on(home: Household) -> None:
    spent = await home.record("-80.00", category="Expenses:Shopping", payee="Shoes")
    back = await home.record("30.00", category="Expenses:Shopping", payee="Shoes")
    ends = {"from_posting_id": spent["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    link = await home.made("/links", {"kind": "refund", **ends})
    both = {"ids": [spent["id"], back["id"]]}
    answer = refused(await delete(home, both), 409, "line_linked", pointer="/ids/0")
    assert link["id"] in answer["detail"]
    to_income = both | {"changes": {"category": "Income:Other"}}
    refused(await change(home, to_income), 409, "line_linked", pointer="/ids/0")
    read = granted(await delete(home, {"filter": {"date_from": "2026-01-01"}}, mode="partial"))
    assert (read["matched"], read["deleted"], read["refused"]) == (9, 7, 2)
    assert {each["error"]["code"] for each in read["results"][:2]} == {"line_linked"}
    # Money that came back may be on an income account, money that was spent may not.
    read = granted(await change(home, to_income, mode="partial"))
    assert [(each["id"], each["status"]) for each in read["results"]] == [
        (spent["id"], "refused"),
        (back["id"], "changed"),
    ]
    moved = both | {"changes": {"date": "2026-05-01", "status": "pending", "payee": "Shoe Shop"}}
    assert granted(await change(home, moved))["changed"] == 2
    granted(await change(home, both | {"changes": {"category": "Expenses:Shopping:Clothing"}}))
    assert await home.got(f"/links/{link['id']}") == link


async def test_what_was_reversed_goes_with_its_reversal_or_not_at_all(home: Household) -> None:
    mistake = await home.record("-9.00", payee="Mistake")
    reversal = await home.made(f"/transactions/{mistake['id']}/reverse", {"date": "2026-03-02"})
    again = await home.made(f"/transactions/{reversal['id']}/reverse", {"date": "2026-03-03"})
    for gone, kept in (([mistake], reversal), ([mistake, reversal], again)):
        answer = await delete(home, {"ids": [each["id"] for each in gone]})
        told = refused(answer, 409, "transaction_reversed", pointer="/ids/0")
        if len(gone) == 1:
            assert kept["id"] in told["detail"]
    read = granted(await delete(home, {"ids": [mistake["id"], again["id"]]}, mode="partial"))
    assert [(each["id"], each["status"]) for each in read["results"]] == [
        (mistake["id"], "refused"),
        (again["id"], "deleted"),
    ]
    digest = (await home.got("/digest"))["digest"]
    read = granted(await delete(home, {"ids": [mistake["id"], reversal["id"]]}))
    assert (read["deleted"], read["refused"]) == (2, 0)
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
    assert (await home.got("/digest"))["digest"] == digest
    assert (await home.got(f"/transactions/{mistake['id']}"))["reversed_by_id"] == reversal["id"]


async def test_what_a_valuation_books_is_left_alone_and_follows_what_goes(home: Household) -> None:
    opening = {"date": "2026-01-10", "amount": "1000"}
    fund = await home.open_account("Fund", currency="EUR", type="investment", opening=opening)
    bought = {"date": "2026-03-05", "amount": "100", "from": "Assets:Checking", "to": "Assets:Fund", "payee": "Broker"}
    await home.made("/transactions", bought)
    valuation = await home.made(f"/accounts/{fund['id']}/valuations", {"date": "2026-03-31", "amount": "1200"})
    booked = valuation["transaction_id"]
    for answer in (
        await change(home, {"ids": [booked], "changes": {"payee": "x"}}),
        await delete(home, {"ids": [booked]}),
    ):
        told = refused(answer, 409, "transaction_is_valuation", pointer="/ids/0")
        assert valuation["id"] in told["detail"]
    granted(await change(home, {"filter": {"payee": "broker"}, "changes": {"date": "2026-04-02"}}))
    assert await home.balance(fund["id"], date="2026-03-31") == {"EUR": "1200.00"}
    assert await home.balance(fund["id"]) == {"EUR": "1300.00"}
    granted(await change(home, {"filter": {"payee": "broker"}, "changes": {"date": "2026-03-05"}}))
    read = granted(await delete(home, {"filter": {"date_from": "2026-03-05"}}, mode="partial"))
    assert [each["error"]["code"] for each in read["results"] if each["error"]] == ["transaction_is_valuation"]
    assert await home.balance(fund["id"], date="2026-03-31") == {"EUR": "1200.00"}
    assert set((await home.trial_balance()).values()) == {"0.00"}


async def test_a_side_of_a_transfer_between_books_changes_its_words_alone(home: Household) -> None:
    made = granted(await home.person.ask("POST", "/books", {"name": "Household", "currency": "EUR"}), 201)
    other = Household(home.person, made["id"])
    await other.open_account("Joint", currency="EUR", type="checking")
    body = {"date": "2026-03-01", "amount": "200.00", "from": "Assets:Checking", "to": "Assets:Joint"}
    transfer = await home.made("/book-transfers", body | {"to_book_id": other.book_id})
    side = {"ids": [transfer["here"]["transaction_id"]]}
    for changes in ({"date": "2026-03-02"}, {"status": "pending"}, {"category": "Expenses:Taxes"}):
        answer = await change(home, side | {"changes": changes})
        refused(answer, 409, "transaction_transferred", pointer="/ids/0")
    refused(await delete(home, side), 409, "transaction_transferred", pointer="/ids/0")
    assert granted(await delete(home, side, mode="partial"))["refused"] == 1
    assert granted(await change(home, side | {"changes": {"payee": "Us", "description": "rent"}}))["changed"] == 1


async def test_a_payee_is_made_once_and_found_by_its_name_ever_after(home: Household) -> None:
    revision = await home.revision()
    read = granted(await change(home, {"filter": COFFEES, "changes": {"payee": "Roastery"}}))
    (payee_id,) = {each["after"]["payee_id"] for each in read["results"]}
    (told,) = (await home.got("/changes", params={"after": revision}))["data"]
    assert told["counts"] == {"payee created": 1, "transaction changed": 5}
    granted(await home.ask("PATCH", f"/payees/{payee_id}", {"name": "Bean Brothers", "aliases": []}))
    for wanted in ({"q": "payee:brothers"}, {"payee": "bean"}, {"q": "brothers"}, {"q": "payee:roastery"}):
        found = await listed(home, **wanted)
        assert [(each["payee"], each["payee_as_written"]) for each in found] == [("Bean Brothers", "Roastery")] * 5
    # It is the same payee's: the words stay as they were written.
    again = {"filter": {"payee": "brothers"}, "changes": {"payee": "bean brothers"}}
    assert granted(await change(home, again))["unchanged"] == 5
    landlord = (await listed(home, payee="landlord"))[0]["payee_id"]
    read = granted(await change(home, {"filter": {"payee": "brothers"}, "changes": {"payee_id": landlord}}))
    assert read["results"][0]["before"] == {"payee": "Roastery", "payee_id": payee_id}
    assert read["results"][0]["after"] == {"payee": "Landlord", "payee_id": landlord}
    assert granted(await change(home, {"filter": {"payee": "landlord"}, "changes": {"payee": None}}))["changed"] == 6
    assert {each["payee_id"] for each in await listed(home)} == {None}
    rest = {"filter": {"date_from": "2026-01-01"}}
    for changes, code in (
        ({"payee_id": str(ids.new_id())}, "payee_unknown"),
        ({"payee": "x", "payee_id": landlord}, "payee_mixed"),
    ):
        refused(await change(home, rest | {"changes": changes}), 422, code, pointer="/changes/payee_id")


async def test_nobody_is_made_where_nothing_is_changed(home: Household) -> None:
    granted(await home.ask("PATCH", "", {"locked_until": "2026-12-31"}))
    revision = await home.revision()
    for wanted in (COFFEES, {"q": "unheard"}):
        read = granted(await change(home, {"filter": wanted, "changes": {"payee": "New"}}, mode="partial"))
        assert read["changed"] == 0
    assert await home.revision() == revision
    assert "New" not in [each["name"] for each in (await home.got("/payees"))["data"]]


async def test_tags_and_notes_stay_on_what_is_changed_and_go_and_come_back_with_it(home: Household) -> None:
    await home.record(payee="Hotel", tags=["holiday"], notes="A room with a rare view")
    tagged = {"filter": {"tag": ["holiday"]}}
    granted(await change(home, tagged | {"changes": {"payee": "Inn", "category": "Expenses:Taxes"}}))
    (inn,) = await listed(home, q="rare payee:inn")
    assert ([tag["name"] for tag in inn["tags"]], inn["notes"]) == (["holiday"], "A room with a rare view")
    digest = (await home.got("/digest"))["digest"]
    assert granted(await delete(home, tagged))["deleted"] == 1
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
    assert (await home.got("/digest"))["digest"] == digest
    refused(await delete(home, {"filter": {"tag": ["nothing"]}}), 422, "tag_unknown", pointer="/filter/tag")
    nothing: list[dict[str, Any]] = [{"tag": []}, {"untagged": False}, {"account": None}]
    for empty in nothing:
        refused(await delete(home, {"filter": empty}), 422, "request_invalid", pointer="/filter")


def tag_names(transaction: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in transaction["tags"]]


async def test_tags_come_and_go_on_many_and_their_other_tags_stay(home: Household) -> None:
    first, second, *_ = await listed(home, q="coffee")
    granted(await home.ask("PATCH", f"/transactions/{first['id']}", {"tags": ["work", "old"]}))
    granted(await home.ask("PATCH", f"/transactions/{second['id']}", {"tags": ["beans"]}))
    tags = {tag["name"]: tag["id"] for tag in (await home.got("/tags"))["data"]}
    before, revision = (await home.got("/digest"))["digest"], await home.revision()
    changes = {"tags_add": ["Beans", "new", "NEW", tags["work"]], "tags_remove": ["OLD"], "notes": "Two\nlines"}
    wanted = {"filter": COFFEES, "changes": changes}
    preview = granted(await change(home, wanted, dry_run="true"))
    assert await home.revision() == revision
    read = granted(await change(home, wanted))
    assert (read["matched"], read["changed"]) == (5, 5)
    shown = {each["id"]: (each["before"], each["after"]) for each in read["results"]}
    assert shown == {each["id"]: (each["before"], each["after"]) for each in preview["results"]}
    now = {"notes": "Two\nlines", "tags": ["beans", "new", "work"]}
    assert shown[first["id"]] == ({"notes": None, "tags": ["old", "work"]}, now)
    assert shown[second["id"]] == ({"notes": None, "tags": ["beans"]}, now)
    (told,) = (await home.got("/changes", params={"after": revision}))["data"]
    assert told["counts"] == {"tag created": 1, "transaction changed": 5}
    coffees = await listed(home, q="coffee")
    assert [tag_names(each) for each in coffees] == [["beans", "new", "work"]] * 5
    assert {each["notes"] for each in coffees} == {"Two\nlines"}
    assert len(await listed(home, tag="new")) == 5
    assert granted(await change(home, wanted))["unchanged"] == 5, "they are so already"

    after = (await home.got("/digest"))["digest"]
    for digest in (before, after, before):
        granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
        assert (await home.got("/digest"))["digest"] == digest
    (as_it_was,) = [each for each in await listed(home, q="coffee") if each["id"] == first["id"]]
    assert (tag_names(as_it_was), as_it_was["notes"]) == (["old", "work"], None)


async def test_tags_that_cannot_be_are_refused(home: Household) -> None:
    coffees = [each["id"] for each in await listed(home, q="coffee")]
    full, *others = coffees
    granted(await home.ask("PATCH", f"/transactions/{full}", {"tags": [f"tag {n}" for n in range(30)]}))
    revision = await home.revision()
    for changes, code, pointer in [
        ({"tags_remove": ["tag 1", "unheard"]}, "tag_unknown", "/changes/tags_remove/1"),
        ({"tags_add": [str(ids.new_id())]}, "tag_unknown", "/changes/tags_add/0"),
        ({"tags_add": ["unheard"], "tags_remove": ["unheard"]}, "tag_unknown", "/changes/tags_remove/0"),
        ({"tags_add": ["tag 1"], "tags_remove": ["TAG 1"]}, "tags_mixed", "/changes/tags_remove"),
        ({"tags_add": None}, "request_invalid", "/changes/tags_add"),
        ({"tags_add": ["x"] * 31}, "request_invalid", "/changes/tags_add"),
        ({"tags_remove": ["x"] * 31}, "request_invalid", "/changes/tags_remove"),
        ({"notes": "x" * 10_001}, "request_invalid", "/changes/notes"),
    ]:
        refused(await change(home, {"ids": coffees, "changes": changes}), 422, code, pointer=pointer)
    more = {"ids": coffees, "changes": {"tags_add": ["one more"]}}
    refused(await change(home, more), 409, "transaction_tags_too_many", pointer="/ids/0")
    assert await home.revision() == revision
    read = granted(await change(home, more, mode="partial"))
    assert (read["changed"], read["refused"]) == (len(others), 1)
    assert [each["error"]["code"] for each in read["results"] if each["error"]] == ["transaction_tags_too_many"]
    swapped = {"ids": [full], "changes": {"tags_add": ["one more"], "tags_remove": ["tag 7"]}}
    assert granted(await change(home, swapped))["changed"] == 1


async def test_tags_of_the_locked_period_stay_and_none_is_made_for_them(
    home: Household, superuser: asyncpg.Connection
) -> None:
    granted(await change(home, {"filter": COFFEES, "changes": {"tags_add": ["coffee"]}}))
    granted(await home.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    revision = await home.revision()
    for changes in ({"tags_add": ["new"]}, {"tags_remove": ["coffee"]}, {"notes": "x"}):
        refused(await change(home, {"filter": COFFEES, "changes": changes}), 409, "period_locked", pointer="/filter")
        assert granted(await change(home, {"filter": COFFEES, "changes": changes}, mode="partial"))["refused"] == 5
    assert await home.revision() == revision
    assert [tag["name"] for tag in (await home.got("/tags"))["data"]] == ["coffee"]
    # PostgreSQL holds the lock too, whoever writes.
    for statement in (
        "DELETE FROM transaction_tags WHERE book_id = $1",
        "UPDATE transaction_tags SET tag_id = tag_id WHERE book_id = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="locked"):
            await superuser.execute(statement, home.book_id)
    overridden = {"filter": COFFEES, "changes": {"tags_add": ["new"], "tags_remove": ["coffee"], "notes": "x"}}
    assert granted(await change(home, overridden, override_lock="true"))["changed"] == 5
    granted(await change(home, {"filter": COFFEES, "changes": {"notes": None}}, override_lock="true"))
    assert {each["notes"] for each in await listed(home, tag="new")} == {None}


async def test_tags_of_a_member_of_another_book_are_unknown(home: Household, client: Client) -> None:
    other = await Household.founded(client)
    tagged = await other.record(tags=["theirs"])
    for side in ("tags_add", "tags_remove"):
        changes = {side: [tagged["tags"][0]["id"]]}
        answer = await change(home, {"filter": COFFEES, "changes": changes})
        refused(answer, 422, "tag_unknown", pointer=f"/changes/{side}/0")
