"""Merging: two transactions become one, with what a person said of it and what the bank says of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

from farthing.kit import ids

BANK = b"Date,Description,Amount\n2026-03-05,SQ JOES DINER 0442,-48.00\n"


async def brought(home: Household, data: bytes = BANK, **wanted: Any) -> Any:
    """What a bank's file brings: the newest transaction."""
    read = granted(await home.bring(data, **wanted), 201)
    assert read["created"] == 1
    return (await home.got("/transactions", params={"limit": 1, "date_from": "2026-03-05", "date_to": "2026-03-05"}))[
        "data"
    ][0]


async def pending(home: Household, amount: str = "-48.00", **wanted: Any) -> Any:
    facts = {
        "date": "2026-03-04",
        "payee": "Joe",
        "description": "Lunch with Grace",
        "category": "Expenses:Food",
        "status": "pending",
        "metadata": {"with": "Grace"},
        **wanted,
    }
    return await home.record(amount, **facts)


async def merged(home: Household, one: Any, other: Any, status: int = 200, **wanted: Any) -> Any:
    return granted(await home.ask("POST", f"/transactions/{one['id']}/merge", {"with": other["id"], **wanted}), status)


async def lines_of(superuser: asyncpg.Connection, home: Household) -> list[tuple[str, str]]:
    rows = await superuser.fetch(
        "SELECT transaction_id, posting_id FROM statement_lines WHERE book_id = $1 ORDER BY line", UUID(home.book_id)
    )
    return [(str(row["transaction_id"]), str(row["posting_id"])) for row in rows]


@pytest.mark.parametrize("named", ["pending", "posted"])
async def test_a_pending_transaction_takes_what_the_bank_says(
    household: Household, superuser: asyncpg.Connection, named: str
) -> None:
    ours = await pending(household)
    theirs = await brought(household)
    one, other = (ours, theirs) if named == "pending" else (theirs, ours)
    read = await merged(household, one, other)
    assert read["id"] == ours["id"]
    assert (read["date"], read["status"]) == ("2026-03-05", "cleared")
    assert (read["payee"], read["description"], read["metadata"]) == ("Joe", "Lunch with Grace", {"with": "Grace"})
    assert [p["id"] for p in read["postings"]] == [p["id"] for p in ours["postings"]]
    assert [(p["account"], p["amount"]) for p in read["postings"]] == [
        ("Assets:Checking", "-48.00"),
        ("Expenses:Food", "48.00"),
    ]
    refused(await household.ask("GET", f"/transactions/{theirs['id']}"), 404, "transaction_not_found")
    assert await lines_of(superuser, household) == [(ours["id"], ours["postings"][0]["id"])]
    assert await household.balance(household.checking_id) == {"EUR": "-48.00"}
    change = await household.got(f"/changes/{read['revision']}")
    assert change["summary"] == "Merged two transactions."
    assert await check_book(superuser, household.book_id) == theirs["revision"] + 1
    again = granted(await household.bring(BANK), 201)
    assert (again["created"], again["duplicates"]) == (0, 1), "the bank's line is known for ever"


async def test_the_one_category_takes_a_tip(household: Household) -> None:
    ours = await pending(household, "-40.00")
    read = await merged(household, ours, await brought(household))
    assert [p["amount"] for p in read["postings"]] == ["-48.00", "48.00"]


async def test_with_two_categories_nobody_knows_whose_the_tip_is(household: Household) -> None:
    lines = [
        {"account": "Assets:Checking", "amount": "-40.00", "status": "pending"},
        {"account": "Expenses:Food", "amount": "30.00"},
        {"account": "Expenses:Shopping", "amount": "10.00"},
    ]
    ours = await household.made("/transactions", {"date": "2026-03-04", "postings": lines})
    theirs = await brought(household)
    answer = await household.ask("POST", f"/transactions/{ours['id']}/merge", {"with": theirs["id"]})
    assert "-40.00" in refused(answer, 409, "amounts_differ")["detail"]
    granted(await household.ask("PATCH", f"/transactions/{theirs['id']}", {"amount": "-40.00"}))
    assert [p["amount"] for p in (await merged(household, ours, theirs))["postings"]] == ["-40.00", "30.00", "10.00"]


async def test_a_category_that_only_the_posted_one_has_is_taken(household: Household) -> None:
    ours = await pending(household, category="Expenses:Uncategorised", payee=None)
    theirs = await brought(household)
    granted(await household.ask("PATCH", f"/transactions/{theirs['id']}", {"category": "Expenses:Food"}))
    read = await merged(household, ours, theirs)
    assert read["postings"][1]["account"] == "Expenses:Food"
    assert read["payee"] == theirs["payee"]


async def test_links_stay_and_a_linked_line_is_not_merged_away(household: Household) -> None:
    ours, theirs = await pending(household), await brought(household)
    back = await household.record("10.00", category="Expenses:Food")
    for spent, amount in ((ours, "6.00"), (theirs, "4.00")):
        ends = {"from_posting_id": spent["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
        link = await household.made("/links", {"kind": "refund", "amount": amount, **ends})
    answer = await household.ask("POST", f"/transactions/{ours['id']}/merge", {"with": theirs["id"]})
    assert link["id"] in refused(answer, 409, "line_linked")["detail"]
    granted(await household.ask("DELETE", f"/links/{link['id']}"), 204)
    await merged(household, ours, theirs)
    assert len((await household.got("/links", params={"transaction_id": ours["id"]}))["data"]) == 1


async def test_a_merge_can_be_followed_in_the_history(household: Household) -> None:
    ours, theirs = await pending(household), await brought(household)
    read = await merged(household, ours, theirs)
    left = (await household.got(f"/changes/{read['revision']}"))["records"]
    assert {(each["kind"], each["action"]) for each in left} == {
        ("transaction", "changed"),
        ("transaction", "deleted"),
        ("statement_line", "changed"),
    }
    images = (await household.got(f"/history/{theirs['id']}"))["data"]
    assert images[0]["before"]["postings"][0]["id"] == theirs["postings"][0]["id"]


async def test_what_was_merged_does_not_come_back_beside_what_it_is_in(household: Household) -> None:
    ours, theirs = await pending(household), await brought(household)
    apart = (await household.got("/digest"))["digest"]
    read = await merged(household, ours, theirs)
    path = f"/transactions/{theirs['id']}/restore"
    told = refused(await household.ask("POST", path), 409, "transaction_merged")["detail"]
    assert ours["id"] in told
    assert f"Undo change {read['revision']} instead." in told
    assert await household.balance(household.checking_id) == {"EUR": "-48.00"}
    granted(await household.ask("POST", f"/changes/{read['revision']}/undo"))
    assert (await household.got("/digest"))["digest"] == apart
    granted(await household.ask("DELETE", f"/transactions/{theirs['id']}"), 204)
    granted(await household.ask("POST", path))


# --- Transfers ---


async def test_the_tags_of_both_and_the_notes_of_whichever_has_some_stay(
    household: Household, superuser: asyncpg.Connection
) -> None:
    ours = await pending(household, tags=["lunch", "work"], notes="Grace paid for the wine.")
    theirs = await household.record("-48.00", date="2026-03-05", tags=["card", "work"], notes="By phone.")
    before = (await household.got("/digest"))["digest"]
    read = await merged(household, ours, theirs)
    assert [tag["name"] for tag in read["tags"]] == ["card", "lunch", "work"]
    assert read["notes"] == "Grace paid for the wine."
    granted(await household.ask("POST", f"/changes/{read['revision']}/undo"))
    assert (await household.got("/digest"))["digest"] == before
    granted(await household.ask("PATCH", f"/transactions/{ours['id']}", {"notes": None, "tags": []}))
    read = await merged(household, ours, theirs)
    assert ([tag["name"] for tag in read["tags"]], read["notes"]) == (["card", "work"], "By phone.")
    await check_book(superuser, household.book_id)


async def test_of_too_many_tags_the_own_ones_stay(household: Household) -> None:
    own = [f"own {number:02}" for number in range(29)]
    ours = await pending(household, tags=own)
    theirs = await household.record("-48.00", date="2026-03-05", tags=["a", "b", "own 00"])
    kept = [tag["name"] for tag in (await merged(household, ours, theirs))["tags"]]
    assert len(kept) == 30
    assert set(kept) > set(own)


async def two_sides(home: Household, out: str = "-200.00", back: str = "200.00", **wanted: Any) -> tuple[Any, Any]:
    await home.open_account("Savings", currency="EUR", type="savings")
    giver = await home.record(out, date="2026-03-05", payee="To savings", **wanted)
    return giver, await home.record(back, date="2026-03-06", account="Assets:Savings", metadata={"ref": "7"})


async def test_the_two_sides_of_a_transfer_become_one(household: Household, superuser: asyncpg.Connection) -> None:
    await household.open_account("Savings", currency="EUR", type="savings")
    giver = await household.record("-200.00", date="2026-03-04", payee="Put by", status="reconciled")
    data = b"Date,Description,Amount\n2026-03-05,Transfer in,200.00\n"
    taker = await brought(household, data, account="Assets:Savings")
    read = await merged(household, giver, taker)
    assert [(p["account"], p["amount"], p["status"]) for p in read["postings"]] == [
        ("Assets:Checking", "-200.00", "reconciled"),
        ("Assets:Savings", "200.00", "cleared"),
    ]
    assert (read["id"], read["date"], read["value_date"]) == (giver["id"], "2026-03-04", "2026-03-05")
    assert await lines_of(superuser, household) == [(giver["id"], taker["postings"][0]["id"])]
    assert [p["id"] for p in read["postings"]] == [giver["postings"][0]["id"], taker["postings"][0]["id"]]
    refused(await household.ask("POST", f"/transactions/{taker['id']}/restore"), 409, "transaction_merged")
    await check_book(superuser, household.book_id)


async def test_a_transfer_that_costs_something_names_where_that_goes(household: Household) -> None:
    giver, taker = await two_sides(household, out="-201.50")
    path, body = f"/transactions/{giver['id']}/merge", {"with": taker["id"]}
    detail = refused(await household.ask("POST", path, body), 409, "amounts_differ")["detail"]
    assert "-201.50" in detail
    assert "200.00" in detail
    for category, code in (
        ("Expenses:Feees", "account_unknown"),
        ("Income:Other", "category_unfit"),
        ("Assets:Savings", "category_unfit"),
    ):
        answer = await household.ask("POST", path, body | {"fee_category": category})
        refused(answer, 422, code, pointer="/fee_category")
    read = await merged(household, giver, taker, fee_category="Expenses:Taxes")
    assert [(p["account"], p["amount"]) for p in read["postings"]] == [
        ("Assets:Checking", "-201.50"),
        ("Assets:Savings", "200.00"),
        ("Expenses:Taxes", "1.50"),
    ]
    assert read["metadata"] == {"ref": "7"}


async def test_more_does_not_arrive_than_was_sent(household: Household) -> None:
    giver, taker = await two_sides(household, back="200.01")
    body = {"with": taker["id"], "fee_category": "Expenses:Taxes"}
    refused(await household.ask("POST", f"/transactions/{giver['id']}/merge", body), 409, "amounts_differ")


async def test_a_transfer_across_currencies_keeps_both_amounts(household: Household) -> None:
    dollars = await household.open_account("Dollars", currency="USD")
    giver = await household.record("-100.00")
    taker = await household.record("108.00", account=dollars["id"])
    read = await merged(household, taker, giver)
    assert read["id"] == taker["id"]
    shown = await household.got(f"/transactions/{taker['id']}", params={"generated": "true"})
    assert [(p["amount"], p["currency"], p["generated"]) for p in shown["postings"]] == [
        ("108.00", "USD", False),
        ("-100.00", "EUR", False),
        ("100.00", "EUR", True),
        ("-108.00", "USD", True),
    ]
    assert set((await household.trial_balance()).values()) == {"0.00"}


async def test_what_cannot_be_one_is_told(household: Household) -> None:
    giver, taker = await two_sides(household)
    path = f"/transactions/{giver['id']}/merge"
    refused(await household.ask("POST", path, {"with": giver["id"]}), 422, "match_with_itself", pointer="/with")
    refused(await household.ask("POST", path, {"with": str(ids.new_id())}), 422, "transaction_unknown", pointer="/with")
    refused(await household.ask("POST", path, {"with": "x"}), 422, "request_invalid", pointer="/with")
    refused(await household.ask("POST", path, {}), 422, "request_invalid", pointer="/with")
    answer = await household.ask("POST", f"/transactions/{ids.new_id()}/merge", {"with": giver["id"]})
    refused(answer, 404, "transaction_not_found")
    answer = await household.ask("POST", path, {"with": taker["id"]}, headers={"If-Match": '"1"'})
    refused(answer, 412, "revision_stale")
    same = await household.record("-200.00")
    refused(await household.ask("POST", path, {"with": same["id"]}), 409, "match_unfit")
    movement = await household.made(
        "/transactions", {"date": "2026-03-01", "amount": "200.00", "from": "Assets:Checking", "to": "Assets:Savings"}
    )
    refused(await household.ask("POST", path, {"with": movement["id"]}), 409, "match_unfit")
    mirror = await household.made(f"/transactions/{same['id']}/reverse", {})
    refused(await household.ask("POST", path, {"with": mirror["id"]}), 409, "match_unfit")
    for each, category in ((giver, "Expenses:Food"), (taker, "Income:Other")):
        granted(await household.ask("PATCH", f"/transactions/{each['id']}", {"category": category}))
    refused(await household.ask("POST", path, {"with": taker["id"]}), 409, "both_categorised")


async def test_nothing_is_merged_in_a_locked_period_or_on_a_closed_account(household: Household) -> None:
    giver, taker = await two_sides(household)
    path, body = f"/transactions/{giver['id']}/merge", {"with": taker["id"]}
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-05"}))
    refused(await household.ask("POST", path, body), 409, "period_locked")
    granted(await household.ask("PATCH", "", {"locked_until": None}))
    await household.record("-200.00", date="2026-03-06", account="Assets:Savings")
    (savings,) = [a for a in (await household.got("/accounts"))["data"] if a["name"] == "Savings"]
    granted(await household.ask("POST", f"/accounts/{savings['id']}/close", {"date": "2026-03-31"}))
    refused(await household.ask("POST", path, body), 409, "account_closed")


@pytest.mark.parametrize("way", ["merge", "accept"])
async def test_an_admin_may_merge_in_a_locked_period_who_says_so(household: Household, way: str) -> None:
    giver, taker = await two_sides(household)
    path, body = f"/transactions/{giver['id']}/merge", {"with": taker["id"]}
    if way == "accept":
        path, body = "/matches/accept", {"kind": "transfer", "transaction_ids": [giver["id"], taker["id"]]}
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-05"}))
    refused(await household.ask("POST", path, body), 409, "period_locked")
    merged = granted(await household.ask("POST", path, body, params={"override_lock": "true"}))
    assert [posting["account"] for posting in merged["postings"]] == ["Assets:Checking", "Assets:Savings"]


async def test_a_pending_transfer_takes_the_status_of_either_side(household: Household) -> None:
    await household.open_account("Savings", currency="EUR", type="savings")
    ours = await household.made(
        "/transactions",
        {
            "date": "2026-03-04",
            "amount": "48.00",
            "from": "Assets:Checking",
            "to": "Assets:Savings",
            "status": "pending",
        },
    )
    read = await merged(household, ours, await brought(household))
    assert [(p["account"], p["status"]) for p in read["postings"]] == [
        ("Assets:Checking", "cleared"),
        ("Assets:Savings", "pending"),
    ]


# --- What banks stated ---


async def stated(home: Household) -> list[tuple[str, str, str]]:
    read = (await home.got("/checkpoints"))["data"]
    return [(each["date"], each["state"], each["outstanding"]) for each in read]


@pytest.mark.parametrize("policy", ["refuse", "flag"])
@pytest.mark.parametrize(("left", "arrived"), [("2026-02-27", "2026-03-02"), ("2026-03-02", "2026-02-27")])
async def test_a_transfer_over_the_end_of_a_statement_breaks_none(
    household: Household, superuser: asyncpg.Connection, policy: str, left: str, arrived: str
) -> None:
    """It has one day, and each bank another: what the second had at the end of February, it had all the same."""
    granted(await household.ask("PATCH", "", {"checkpoint_policy": policy}))
    savings = await household.open_account("Savings", currency="EUR", type="savings")
    giver = await household.record("-100.00", date=left)
    taker = await household.record("100.00", date=arrived, account="Assets:Savings")
    held = (await household.balance(savings["id"], date="2026-02-28")).get("EUR", "0.00")
    await household.made("/checkpoints", {"account": "Assets:Savings", "date": "2026-02-28", "amount": held})
    await household.made("/checkpoints", {"account": "Assets:Savings", "date": "2026-03-02", "amount": "100.00"})
    apart = (await household.got("/digest"))["digest"]
    read = await merged(household, giver, taker)
    outstanding = "100.00" if left < arrived else "-100.00"
    assert [(day, state, Decimal(amount)) for day, state, amount in await stated(household)] == [
        ("2026-03-02", "holds", Decimal(0)),
        ("2026-02-28", "holds", Decimal(outstanding)),
    ]
    await check_book(superuser, household.book_id)
    granted(await household.ask("POST", f"/changes/{read['revision']}/undo"))
    assert (await household.got("/digest"))["digest"] == apart


async def test_an_exchange_that_one_bank_posts_late_breaks_no_statement_of_the_other(household: Household) -> None:
    await household.open_account("Dollars", currency="USD", type="checking")
    exchange = {"date": "2026-02-26", "amount": "100.00", "from": "Assets:Checking", "to": "Assets:Dollars",
                "to_amount": "108.00", "status": "pending"}  # fmt: skip
    ours = await household.made("/transactions", exchange)
    await merged(household, ours, await household.record("-100.00", date="2026-02-27"))
    await household.made("/checkpoints", {"account": "Assets:Dollars", "date": "2026-02-28", "amount": "0.00"})
    granted(await household.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    body = {"date": "2026-02-28", "balance": "-100.00", "automatic": True}
    await household.made(f"/accounts/{household.checking_id}/reconciliations", body)
    arrived = await household.record("108.00", date="2026-03-02", account="Assets:Dollars", currency="USD")
    read = await merged(household, ours, arrived)
    assert (read["date"], read["value_date"]) == ("2026-02-27", "2026-03-02")
    assert [line["status"] for line in read["postings"]] == ["reconciled", "cleared"]
    assert {(state, Decimal(outstanding)) for _, state, outstanding in await stated(household)} == {
        ("holds", Decimal(0)),
        ("holds", Decimal(108)),
    }


async def test_what_was_reconciled_is_merged_and_stays_reconciled(
    household: Household, superuser: asyncpg.Connection
) -> None:
    """Someone reconciles first, and sees only then that two transactions are one."""
    savings = await household.open_account("Savings", currency="EUR", type="savings")
    giver = await household.record("-100.00", date="2026-02-26")
    taker = await household.record("100.00", date="2026-02-27", account="Assets:Savings")
    kiosk = await household.record("-5.00", date="2026-02-25", status="pending", payee="Kiosk")
    posted = await household.record("-5.00", date="2026-02-26", payee="KIOSK 12")
    for account, balance in ((savings["id"], "100.00"), (household.checking_id, "-105.00")):
        body = {"date": "2026-02-28", "balance": balance, "automatic": True}
        await household.made(f"/accounts/{account}/reconciliations", body)
    transfer = await merged(household, giver, taker)
    assert [line["status"] for line in transfer["postings"]] == ["reconciled", "reconciled"]
    bought = await merged(household, kiosk, posted)
    assert (bought["status"], bought["date"]) == ("reconciled", "2026-02-26")
    assert {state for _, state, _ in await stated(household)} == {"holds"}
    refused(await household.ask("DELETE", f"/transactions/{bought['id']}"), 409, "posting_reconciled")
    await check_book(superuser, household.book_id)
