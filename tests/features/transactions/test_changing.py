"""Changing transactions: by the line, by their postings; and deleting them."""

from __future__ import annotations

from typing import Any

from tests.features.answers import granted, refused
from tests.household import Household

from farthing.kit import ids


async def test_one_line_is_changed_by_the_field(household: Household) -> None:
    made = await household.record(payee="Shop", description="d", metadata={"a": 1})
    path = f"/transactions/{made['id']}"
    kept = [posting["id"] for posting in made["postings"]]
    wanted = {"amount": "-20.00", "category": "Expenses:Taxes", "date": "2026-03-05", "status": "pending"}
    changed = granted(await household.ask("PATCH", path, wanted))
    assert [(p["account"], p["amount"], p["status"]) for p in changed["postings"]] == [
        ("Assets:Checking", "-20.00", "pending"),
        ("Expenses:Taxes", "20.00", "cleared"),
    ]
    assert [posting["id"] for posting in changed["postings"]] == kept
    assert (changed["date"], changed["payee"], changed["metadata"]) == ("2026-03-05", "Shop", {"a": 1})
    assert (changed["created_revision"], changed["revision"]) == (made["revision"], made["revision"] + 1)
    cleared = granted(await household.ask("PATCH", path, {"payee": None, "description": "", "metadata": {}}))
    assert (cleared["payee"], cleared["description"], cleared["metadata"]) == (None, None, {})
    assert await household.balance(household.checking_id) == {"EUR": "-20.00"}


async def test_a_change_that_breaks_a_rule_is_refused_where_it_does(household: Household) -> None:
    path = f"/transactions/{(await household.record())['id']}"
    revision = await household.revision()
    for body, code, pointer in [
        ({"amount": "0"}, "amount_zero", "/amount"),
        ({"amount": "0.001"}, "amount_too_fine", "/amount"),
        ({"category": "Assets:Checking"}, "category_unfit", "/category"),
        ({"account": "Expenses:Taxes"}, "account_unfit", "/account"),
        ({"account": "Nowhere"}, "account_unknown", "/account"),
        ({"amount": None}, "request_invalid", "/amount"),
        ({"date": None}, "request_invalid", "/date"),
        ({"currency": "USD"}, "request_invalid", "/currency"),
        ({"postings": [{"account": "Assets:Checking", "amount": "1"}] * 2}, "transaction_unbalanced", "/postings"),
        ({"postings": [{"account": "Assets:Checking", "amount": "0"}] * 2, "amount": "1"}, "shape_mixed", "/postings"),
    ]:
        refused(await household.ask("PATCH", path, body), 422, code, pointer=pointer)
    assert await household.revision() == revision


async def test_postings_are_replaced_whole_and_keep_the_ids_that_are_named(household: Household) -> None:
    made = await household.record()
    path = f"/transactions/{made['id']}"
    first, second = made["postings"]
    postings: list[dict[str, Any]] = [
        {"id": second["id"], "account": "Expenses:Taxes", "amount": "10"},
        {"account": "Expenses:Fees", "amount": "2.5"},
        {"id": first["id"], "account": "Assets:Checking"},
    ]
    changed = granted(await household.ask("PATCH", path, {"postings": postings}))
    assert [p["amount"] for p in changed["postings"]] == ["10.00", "2.50", "-12.50"]
    assert [changed["postings"][place]["id"] for place in (0, 2)] == [second["id"], first["id"]]
    assert changed["postings"][1]["id"] not in {first["id"], second["id"]}
    refused(await household.ask("PATCH", path, {"amount": "-1"}), 409, "transaction_not_simple")
    other = await household.record("-1.00")
    for named in (str(ids.new_id()), other["postings"][0]["id"]):
        wrong = [{"id": named, "account": "Assets:Checking", "amount": "1"}, {"account": "Expenses:Fees"}]
        refused(
            await household.ask("PATCH", path, {"postings": wrong}), 422, "posting_unknown", pointer="/postings/0/id"
        )
    twice = [{"id": first["id"], "account": "Assets:Checking", "amount": a} for a in ("1", "-1")]
    refused(await household.ask("PATCH", path, {"postings": twice}), 422, "posting_unknown", pointer="/postings/1/id")


async def test_a_change_of_nothing_takes_no_revision(household: Household) -> None:
    made = await household.record(payee="Shop")
    path = f"/transactions/{made['id']}"
    same = [{"id": p["id"], "account": p["account_id"], "amount": p["amount"]} for p in made["postings"]]
    for body in (
        {},
        {"payee": "Shop"},
        {"amount": "-12.5"},
        {"category": "Expenses:Uncategorised"},
        {"postings": same},
        {"date": made["date"], "description": None, "metadata": {}},
    ):
        assert granted(await household.ask("PATCH", path, body)) == made
    assert await household.revision() == made["revision"]


async def test_what_was_deleted_is_gone_but_for_the_history(household: Household) -> None:
    made = await household.record(payee="Shop")
    path = f"/transactions/{made['id']}"
    answer = await household.ask("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    for method, body in (("GET", None), ("PATCH", {"payee": "x"}), ("DELETE", None)):
        refused(await household.ask(method, path, body), 404, "transaction_not_found")
    assert (await household.got("/transactions"))["data"] == []
    assert set((await household.balance(household.checking_id)).values()) <= {"0.00"}
    (image,) = (await household.got(f"/history/{made['id']}"))["data"]
    assert image["before"]["payee"] == "Shop"
    assert [p["amount"] for p in image["before"]["postings"]] == ["-12.50", "12.50"]
