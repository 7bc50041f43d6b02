"""The order of a list: by day or by size, either way, page by page."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.features.answers import refused
from tests.household import Household


async def listed(home: Household, **wanted: Any) -> list[str]:
    """The payees of all pages, two to a page."""
    payees: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await home.got("/transactions", params={"limit": 2, **wanted, **cursor})
        payees += [transaction["payee"] for transaction in page["data"]]
        if page["next_cursor"] is None:
            return payees
        cursor = {"cursor": page["next_cursor"]}


@pytest.fixture
async def home(household: Household) -> Household:
    """Payees named for what their transaction is: a salary with tax, an exchange, a split, two of one size."""
    await household.open_account("Dollars", currency="USD", type="checking")
    await household.open_account("Card", kind="liability", currency="EUR", type="credit_card")
    await household.record("-7.00", payee="coffee", date="2026-03-04")
    await household.record("-30.00", payee="old thirty", date="2026-03-01")
    await household.record("30.00", payee="new thirty", date="2026-03-02", category="Income:Salary")
    await household.made(
        "/transactions",
        {
            "date": "2026-03-03",
            "payee": "salary",
            "postings": [
                {"account": "Assets:Checking", "amount": "80.00"},
                {"account": "Expenses:Fees", "amount": "20.00"},
                {"account": "Income:Salary", "amount": "-100.00"},
            ],
        },
    )
    exchange = {"amount": "40.00", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "90.00"}
    await household.made("/transactions", {"date": "2026-03-05", "payee": "exchange", **exchange})
    await household.made(
        "/transactions",
        {
            "date": "2026-03-06",
            "payee": "swap",
            "postings": [
                {"account": "Expenses:Fees", "amount": "50.00"},
                {"account": "Expenses:Food:Groceries", "amount": "-50.00"},
            ],
        },
    )
    return household


async def test_the_newest_or_the_oldest_come_first(home: Household) -> None:
    newest = ["swap", "exchange", "coffee", "salary", "new thirty", "old thirty"]
    assert await listed(home) == newest
    assert await listed(home, sort="-date") == newest
    assert await listed(home, sort="date") == newest[::-1]
    assert await listed(home, sort="date", account="Assets:Checking", amount_min="30") == [
        "old thirty",
        "new thirty",
        "salary",
        "exchange",
    ]


async def test_the_largest_or_the_smallest_come_first(home: Household) -> None:
    """By what moved on assets and liabilities: tax makes a salary no larger. Where none did, by what moved at all."""
    largest = ["exchange", "salary", "swap", "new thirty", "old thirty", "coffee"]
    assert await listed(home, sort="-amount") == largest
    assert await listed(home, sort="amount") == largest[::-1]
    assert await listed(home, sort="-amount", generated="true") == largest
    assert await listed(home, sort="-amount", limit=200) == largest


async def test_the_account_or_category_that_is_named_says_the_size(home: Household) -> None:
    on_checking = ["salary", "exchange", "new thirty", "old thirty", "coffee"]
    assert await listed(home, sort="-amount", account="Assets:Checking") == on_checking
    assert await listed(home, sort="-amount", q="account:Assets:Checking") == on_checking
    assert await listed(home, sort="amount", category="Expenses:Fees") == ["salary", "swap"]
    assert await listed(home, sort="-amount", q="account:Assets:Checking amount<40") == on_checking[2:]
    assert await listed(home, sort="-amount", date_to="2026-03-03") == ["salary", "new thirty", "old thirty"]


@pytest.mark.parametrize("sort", ["date ", "-size", "", "AMOUNT", "amount,date"])
async def test_an_order_that_is_none_is_refused(household: Household, sort: str) -> None:
    refused(
        await household.ask("GET", "/transactions", params={"sort": sort}), 422, "request_invalid", parameter="sort"
    )


async def test_a_cursor_is_good_for_its_own_order(home: Household) -> None:
    by_date = (await home.got("/transactions", params={"limit": 1}))["next_cursor"]
    by_size = (await home.got("/transactions", params={"limit": 1, "sort": "-amount"}))["next_cursor"]
    for sort, cursor in (("-amount", by_date), ("date", by_date), ("-date", by_size), ("amount", by_size)):
        answer = await home.ask("GET", "/transactions", params={"limit": 1, "sort": sort, "cursor": cursor})
        refused(answer, 400, "cursor_malformed", parameter="cursor")


@pytest.mark.parametrize("size", ["NaN", "-1", "1e9", "", "9" * 29, "1." + "0" * 19, "\u0663"])
async def test_a_cursor_with_a_size_that_is_none_is_refused(home: Household, size: str) -> None:
    wanted = {"limit": 1, "sort": "-amount"}
    cursor = (await home.got("/transactions", params=wanted))["next_cursor"]
    *place, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([*place, size]).encode()).decode().rstrip("=")
    answer = await home.ask("GET", "/transactions", params=wanted | {"cursor": forged})
    refused(answer, 400, "cursor_malformed", parameter="cursor")


async def test_sizes_of_every_length_are_paged_through(household: Household) -> None:
    whole = "9" * 22
    await household.open_account("Vault", currency=None, kind="asset")
    for payee, amount in (("vast", f"-{whole}.99"), ("cent", "-0.01"), ("vaster", f"{whole}99.99")):
        await household.record(amount, payee=payee)
    assert await listed(household, sort="amount", limit=1) == ["cent", "vast", "vaster"]
