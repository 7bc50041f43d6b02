"""Recording transactions, in each of the three ways, and every way to get one wrong."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household

from farthing.kit import ids

DAY = {"date": "2026-03-01"}
ONE_LINE = DAY | {"amount": "-12.50", "account": "Assets:Checking", "category": "Expenses:Food:Groceries"}
MOVEMENT = DAY | {"amount": "10.00", "from": "Assets:Checking", "to": "Assets:Savings"}
FULL = DAY | {"postings": [{"account": "Assets:Checking", "amount": "-10"}, {"account": "Expenses:Taxes"}]}


@pytest.fixture
async def home(client: Client) -> Household:
    home = await Household.founded(client)
    await home.open_account("Savings", currency="EUR", type="savings")
    await home.open_account("Dollars", currency="USD")
    await home.open_account("Wallet")
    return home


def lines(transaction: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["account"], each["amount"], each["currency"]) for each in transaction["postings"]]


async def test_one_line_is_signed_from_the_accounts_view(home: Household) -> None:
    made = await home.made("/transactions", ONE_LINE | {"payee": " Shop ", "status": "pending", "metadata": {"a": 1}})
    assert lines(made) == [("Assets:Checking", "-12.50", "EUR"), ("Expenses:Food:Groceries", "12.50", "EUR")]
    assert (made["payee"], made["status"], made["metadata"], made["kind"]) == ("Shop", "pending", {"a": 1}, "ordinary")
    assert await home.got(f"/transactions/{made['id']}") == made
    earned = await home.record("7")
    assert lines(earned) == [("Assets:Checking", "7.00", "EUR"), ("Income:Uncategorised", "-7.00", "EUR")]
    spent = await home.record("-7.5", account=home.checking_id, category="EXPENSES:TAXES", currency="EUR")
    assert lines(spent) == [("Assets:Checking", "-7.50", "EUR"), ("Expenses:Taxes", "7.50", "EUR")]


async def test_an_account_of_no_currency_takes_the_one_that_is_named_or_the_books(home: Household) -> None:
    named = await home.record("-500", account="Assets:Wallet", currency="JPY")
    assert lines(named)[0] == ("Assets:Wallet", "-500", "JPY")
    assert lines(await home.record("-1", account="Assets:Wallet"))[0] == ("Assets:Wallet", "-1.00", "EUR")
    assert lines(await home.record("-1", account="Assets:Dollars"))[0] == ("Assets:Dollars", "-1.00", "USD")


async def test_an_exchange_hides_what_balances_it_unless_asked(home: Household) -> None:
    made = await home.made(
        "/transactions",
        DAY | {"amount": "100", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "108.3"},
    )
    assert lines(made) == [("Assets:Checking", "-100.00", "EUR"), ("Assets:Dollars", "108.30", "USD")]
    whole = await home.got(f"/transactions/{made['id']}", params={"generated": "true"})
    assert [(*line, each["generated"]) for line, each in zip(lines(whole), whole["postings"], strict=True)][2:] == [
        ("Equity:Trading", "100.00", "EUR", True),
        ("Equity:Trading", "-108.30", "USD", True),
    ]
    listed = await home.got("/transactions", params={"generated": "true"})
    assert len(listed["data"][0]["postings"]) == 4
    assert len((await home.got("/transactions"))["data"][0]["postings"]) == 2


async def test_one_amount_may_be_left_out(home: Household) -> None:
    postings: list[dict[str, str]] = [
        {"account": "Assets:Checking", "amount": "-12.50", "memo": "cash"},
        {"account": "Expenses:Taxes", "amount": "10"},
        {"account": "Expenses:Fees"},
    ]
    made = await home.made("/transactions", DAY | {"postings": postings})
    assert lines(made)[2] == ("Expenses:Fees", "2.50", "EUR")
    assert made["postings"][0]["memo"] == "cash"


MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing": ({}, "field_missing", "/amount"),
    "no account": ({"amount": "1"}, "field_missing", "/account"),
    "no to": (DAY | {"amount": "1", "from": "Assets:Checking"}, "field_missing", "/to"),
    "no from": (DAY | {"amount": "1", "to": "Assets:Checking"}, "field_missing", "/from"),
    "no amount to move": (DAY | {"from": "Assets:Checking", "to": "Assets:Savings"}, "field_missing", "/amount"),
    "one line and movement": (ONE_LINE | {"from": "Assets:Savings"}, "shape_mixed", "/from"),
    "movement and category": (MOVEMENT | {"category": "Expenses:Taxes"}, "shape_mixed", "/from"),
    "one line and to_amount": (ONE_LINE | {"to_amount": "1"}, "shape_mixed", "/from"),
    "postings and account": (FULL | {"account": "Assets:Checking"}, "shape_mixed", "/postings"),
    "postings and amount": (FULL | {"amount": "1"}, "shape_mixed", "/postings"),
    "postings and currency": (FULL | {"currency": "EUR"}, "shape_mixed", "/postings"),
    "postings and status": (FULL | {"status": "pending"}, "shape_mixed", "/postings"),
    "postings and from": (FULL | {"from": "Assets:Checking"}, "shape_mixed", "/postings"),
    "unknown account": (ONE_LINE | {"account": "Assets:Chekcing"}, "account_unknown", "/account"),
    "unknown category": (ONE_LINE | {"category": "Expenses:Foods"}, "account_unknown", "/category"),
    "unknown id": (ONE_LINE | {"account": str(ids.new_id())}, "account_unknown", "/account"),
    "category for account": (ONE_LINE | {"account": "Expenses:Taxes"}, "account_unfit", "/account"),
    "account for category": (ONE_LINE | {"category": "Assets:Savings"}, "category_unfit", "/category"),
    "of zero": (ONE_LINE | {"amount": "-0.00"}, "amount_zero", "/amount"),
    "backwards": (MOVEMENT | {"amount": "-1"}, "amount_zero", "/amount"),
    "too fine": (ONE_LINE | {"amount": "0.001"}, "amount_too_fine", "/amount"),
    "too large": (ONE_LINE | {"amount": "9" * 27}, "amount_too_large", "/amount"),
    "the wrong currency": (ONE_LINE | {"currency": "USD"}, "currency_mismatch", "/currency"),
    "an exchange with one amount": (MOVEMENT | {"to": "Assets:Dollars"}, "to_amount_missing", "/to_amount"),
    "a movement that loses": (MOVEMENT | {"to_amount": "9"}, "transaction_unbalanced", "/to_amount"),
    "unbalanced": (
        {"postings": [{"account": "Assets:Checking", "amount": "1"}, {"account": "Expenses:Taxes", "amount": "1"}]},
        "transaction_unbalanced",
        "/postings",
    ),
    "two left out": (
        {"postings": [{"account": "Assets:Checking"}, {"account": "Expenses:Taxes"}]},
        "amount_missing",
        "/postings/1/amount",
    ),
    "a posting too fine": (
        {"postings": [{"account": "Expenses:Taxes"}, {"account": "Assets:Checking", "amount": "0.001"}]},
        "amount_too_fine",
        "/postings/1/amount",
    ),
    "a posting on no account": (
        {"postings": [{"account": "Assets:Checking", "amount": "1"}, {"account": "Nowhere"}]},
        "account_unknown",
        "/postings/1/account",
    ),
    "a posting in another currency": (
        {"postings": [{"account": "Assets:Checking", "amount": "1", "currency": "USD"}, {"account": "Assets:Wallet"}]},
        "currency_mismatch",
        "/postings/0/currency",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_refused_where_it_is(home: Household, mistake: str) -> None:
    body, code, pointer = MISTAKES[mistake]
    revision = await home.revision()
    refused(await home.ask("POST", "/transactions", body), 422, code, pointer=pointer)
    assert await home.revision() == revision


@pytest.mark.parametrize(
    "body",
    [
        {"amount": "1e2"}, {"amount": "1_0"}, {"amount": "+1"}, {"amount": "01"}, {"amount": "NaN"},
        {"amount": "\u0661"},
        {"amount": " 1"}, {"amount": "1."}, {"amount": ".5"}, {"amount": "9" * 1_000_000}, {"amount": ""},
        {"date": "2026-02-30"}, {"date": "2026-3-1"}, {"date": "1599-12-31"}, {"date": "3000-01-01"},
        {"date": "2026-03-01T00:00:00"}, {"date": 20260301}, {"date": ""},
        {"payee": "x" * 201}, {"description": "x" * 2001}, {"status": "done"}, {"currency": "eur"},
        {"metadata": {str(place): 1 for place in range(33)}}, {"metadata": {"a": 1.5}}, {"metadata": {"": 1}},
        {"id": "1"}, {"to_amount": "0"},
    ],
)  # fmt: skip
async def test_a_field_that_is_none_is_named(household: Household, body: dict[str, Any]) -> None:
    answer = await household.ask("POST", "/transactions", ONE_LINE | body)
    read = refused(answer, 422, "request_invalid")
    assert f"/{next(iter(body))}" in "".join(blame["pointer"] for blame in read["errors"])


async def test_an_unknown_account_is_answered_with_what_was_probably_meant(home: Household) -> None:
    answer = await home.ask("POST", "/transactions", ONE_LINE | {"category": "Expenses:Food:Groseries"})
    read = refused(answer, 422, "account_unknown", pointer="/category")
    assert "Did you mean Expenses:Food:Groceries" in read["detail"]
    assert "Groseries" not in answer.text


async def test_an_id_of_the_clients_own_is_taken_once_and_for_ever(home: Household) -> None:
    wanted = ONE_LINE | {"id": str(ids.new_id())}
    first = await home.ask("POST", "/transactions", wanted)
    place = f"/api/v1/books/{home.book_id}/transactions/{wanted['id']}"
    assert granted(first, 201)["id"] == wanted["id"]
    assert first.headers["location"] == place
    again = await home.ask("POST", "/transactions", wanted)
    refused(again, 409, "id_taken")
    assert again.headers["location"] == place
    granted(await home.ask("DELETE", f"/transactions/{wanted['id']}"), 204)
    late = await home.ask("POST", "/transactions", wanted)
    refused(late, 409, "id_taken")
    posting = str(ids.new_id())
    postings = [{"id": posting, "account": "Assets:Checking", "amount": "-1"}, {"account": "Expenses:Taxes"}]
    made = await home.made("/transactions", {"postings": postings})
    assert made["postings"][0]["id"] == posting
    taken = await home.ask("POST", "/transactions", {"postings": postings})
    refused(taken, 409, "id_taken")
    assert "location" not in taken.headers
    twice = [posting | {"id": str(made["id"])} for posting in postings]
    refused(await home.ask("POST", "/transactions", {"postings": twice}), 409, "id_taken")


async def test_nothing_is_moved_off_a_closed_account(home: Household) -> None:
    old = await home.open_account("Old Bank", currency="EUR")
    bought = await home.record("-5.00", account="Assets:Old Bank")
    await home.record("5.00", account="Assets:Old Bank")
    closed = await home.ask("POST", f"/accounts/{old['id']}/close", {"date": "2026-03-31"})
    assert closed.status_code == 200, closed.text
    path = f"/transactions/{bought['id']}"
    refused(await home.ask("PATCH", path, {"account": "Assets:Checking"}), 409, "account_closed")
    elsewhere = [{"account": "Assets:Checking", "amount": "-5.00"}, {"account": "Expenses:Food"}]
    refused(await home.ask("PATCH", path, {"postings": elsewhere}), 409, "account_closed")
    assert await home.balance(old["id"]) == {"EUR": "0.00"}


async def test_a_closed_account_takes_nothing_and_keeps_what_it_has(home: Household) -> None:
    there = await home.made("/transactions", MOVEMENT)
    await home.made("/transactions", MOVEMENT | {"from": "Assets:Savings", "to": "Assets:Checking"})
    savings_id = there["postings"][1]["account_id"]
    granted(await home.ask("POST", f"/accounts/{savings_id}/close", {"date": "2026-03-02"}))
    revision = await home.revision()
    path = f"/transactions/{there['id']}"
    for method, target, body in [
        ("POST", "/transactions", MOVEMENT),
        ("POST", "/transactions", ONE_LINE | {"account": "Assets:Savings"}),
        ("PATCH", path, {"date": "2026-03-05"}),
        ("DELETE", path, None),
    ]:
        refused(await home.ask(method, target, body), 409, "account_closed")
    assert await home.revision() == revision
    granted(await home.ask("POST", f"/accounts/{savings_id}/reopen"))
    granted(await home.ask("DELETE", path), 204)


async def test_a_transaction_has_at_most_two_hundred_postings(home: Household) -> None:
    pair = [{"account": "Assets:Checking", "amount": "-1"}, {"account": "Expenses:Taxes", "amount": "1"}]
    made = await home.made("/transactions", {"postings": pair * 100})
    assert len(made["postings"]) == 200
    answer = await home.ask("POST", "/transactions", {"postings": [*pair * 100, pair[0]]})
    refused(answer, 422, "request_invalid", pointer="/postings")
    mixed = [{"account": "Assets:Dollars", "amount": "-1"}, {"account": "Assets:Checking", "amount": "1"}]
    refused(await home.ask("POST", "/transactions", {"postings": mixed * 100}), 422, "postings_too_many")
