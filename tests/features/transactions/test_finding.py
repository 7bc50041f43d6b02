"""Finding transactions: filters, the order of a book, and pages that miss nothing and repeat nothing."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest
from tests.features.answers import refused
from tests.household import Client, Household

DAYS = ["2026-03-02", "2026-03-01", "2026-03-02", "2026-02-28", "2026-03-02", "2026-03-01", "2026-03-02"]


async def walk(home: Household, path: str, **wanted: Any) -> list[dict[str, Any]]:
    """All of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await home.ask("GET", path, params=wanted | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert 0 < len(page["data"]) <= wanted["limit"]
        found += page["data"]
        if page["next_cursor"] is None:
            assert "link" not in answer.headers
            return found
        address, rel = answer.headers["link"].split("; ")
        assert rel == 'rel="next"'
        given = {"Authorization": f"Bearer {home.person.access_token}"}
        followed = await home.person.client.get(address[1:-1], headers=given)
        cursor = {"cursor": page["next_cursor"]}
        assert followed.json() == (await home.ask("GET", path, params=wanted | cursor)).json()


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_pages_under_ties_miss_nothing_and_repeat_nothing(household: Household, limit: int) -> None:
    # Ids that fall while time goes on: the order is that of writing, whatever the ids are.
    made = [
        await household.record(f"-{place + 1}.00", date=day, id=str(UUID(int=(1 << 120) - place)))
        for place, day in enumerate(DAYS)
    ]
    newest_first = [
        each["id"] for _, each in sorted(enumerate(made), key=lambda each: (each[1]["date"], each[0]), reverse=True)
    ]
    assert [each["id"] for each in await walk(household, "/transactions", limit=limit)] == newest_first
    register = await walk(household, f"/accounts/{household.checking_id}/register", limit=limit)
    assert [each["transaction"]["id"] for each in register] == newest_first
    amounts = [float(each["amounts"][0]["amount"]) for each in reversed(register)]
    running = [float(each["balances"][0]["amount"]) for each in reversed(register)]
    assert running == list(itertools.accumulate(amounts))


async def test_lines_of_one_import_stay_in_the_banks_order_page_by_page(household: Household) -> None:
    rows = "\n".join(f"2026-03-01;-{place}.00;Shop {place}" for place in range(1, 8))
    assert (await household.bring(f"Date;Amount;Payee\n{rows}\n".encode())).status_code == 201
    names = [each["payee"] for each in await walk(household, "/transactions", limit=2)]
    assert sorted(names) == [f"Shop {place}" for place in range(1, 8)]
    assert names in ([f"Shop {place}" for place in range(7, 0, -1)], [f"Shop {place}" for place in range(1, 8)])


@pytest.fixture
async def varied(client: Client) -> Household:
    home = await Household.founded(client)
    bank = await home.open_account("Bank")
    await home.open_account("Giro", parent=bank["id"], currency="EUR")
    await home.open_account("Dollars", currency="USD")
    await home.record("-12.50", payee="Corner Shop", category="Expenses:Food:Groceries", date="2026-01-31")
    await home.record("-40.00", payee="Trattoria 100%", category="Expenses:Food:Restaurants", date="2026-02-01")
    await home.record("2500.00", payee="Employer", category="Income:Salary", date="2026-02-28", status="pending")
    await home.record("-5.00", payee="corner kiosk", account="Assets:Bank:Giro", date="2026-03-01")
    await home.made(
        "/transactions",
        {"date": "2026-03-02", "amount": "100", "from": "Assets:Bank:Giro", "to": "Assets:Dollars", "to_amount": "108"},
    )
    return home


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["100", "5", "2500", "40", "12.5"]),
    ({"account": "Assets:Checking"}, ["2500", "40", "12.5"]),
    ({"account": "assets:bank"}, ["100", "5"]),
    ({"account": "Assets:Bank:Giro"}, ["100", "5"]),
    ({"account": "Equity:Trading"}, ["100"]),
    ({"category": "Expenses:Food"}, ["40", "12.5"]),
    ({"category": "Expenses:Food:Groceries"}, ["12.5"]),
    ({"category": "Income:Salary", "account": "Assets:Bank"}, []),
    ({"date_from": "2026-02-01"}, ["100", "5", "2500", "40"]),
    ({"date_to": "2026-02-01"}, ["40", "12.5"]),
    ({"date_from": "2026-02-01", "date_to": "2026-02-28"}, ["2500", "40"]),
    ({"date_from": "2026-03-01", "date_to": "2026-02-28"}, []),
    ({"amount_min": "40"}, ["100", "2500", "40"]),
    ({"amount_max": "12.50"}, ["5", "12.5"]),
    ({"amount_min": "101", "amount_max": "110"}, ["100"]),
    ({"amount_min": "101", "amount_max": "110", "account": "Assets:Bank"}, []),
    ({"payee": "CORNER"}, ["5", "12.5"]),
    ({"payee": "100%"}, ["40"]),
    ({"payee": "%"}, ["40"]),
    ({"payee": "_"}, []),
    ({"status": "pending"}, ["2500"]),
    ({"status": "reconciled"}, []),
    ({"status": "cleared"}, ["100", "5", "40", "12.5"]),
    ({"status": "cleared", "category": "Income:Salary"}, []),
    ({"status": "pending", "category": "Income:Salary", "amount_min": "40"}, ["2500"]),
    ({"q": "-status:cleared"}, ["2500"]),
    ({"q": "-status:pending amount>99"}, ["100"]),
    ({"payee": "corner", "category": "Expenses:Food", "date_to": "2026-01-31", "amount_max": "20"}, ["12.5"]),
]


async def test_filters_hold_alone_and_together(varied: Household) -> None:
    for wanted, amounts in FILTERS:
        for limit in (1, 50):
            found = await walk(varied, "/transactions", limit=limit, **wanted) if amounts else []
            assert [each["postings"][0]["amount"].lstrip("-") for each in found] == [
                f"{float(amount):.2f}" for amount in amounts
            ], wanted
        if not amounts:
            assert (await varied.got("/transactions", params=wanted))["data"] == [], wanted


async def test_a_filter_that_makes_no_sense_is_refused(varied: Household) -> None:
    for wanted, code, parameter in [
        ({"account": "Assets:Bnak"}, "account_unknown", "account"),
        ({"category": "Expenses:Nothing"}, "account_unknown", "category"),
        ({"amount_min": "-1"}, "request_invalid", "amount_min"),
        ({"amount_min": "1e3"}, "request_invalid", "amount_min"),
        ({"date_from": "yesterday"}, "request_invalid", "date_from"),
        ({"status": "done"}, "request_invalid", "status"),
        ({"limit": "0"}, "request_invalid", "limit"),
        ({"limit": "201"}, "request_invalid", "limit"),
        ({"offset": "1"}, "parameter_unknown", "offset"),
    ]:
        answer = await varied.ask("GET", "/transactions", params=wanted)
        refused(answer, 422, code, parameter=parameter)


async def test_a_cursor_of_another_list_or_of_ones_own_making_is_refused(varied: Household) -> None:
    cursor = (await varied.got("/transactions", params={"limit": 1}))["next_cursor"]
    for given in (cursor[:-3], cursor + "AAAA", "x", "", "====", "ä", "W10", "bnVsbA", "A" * 400):
        answer = await varied.ask("GET", "/transactions", params={"limit": 1, "cursor": given})
        refused(answer, 400, "cursor_malformed", parameter="cursor")
    elsewhere = {"limit": 1, "cursor": cursor}
    for path, wanted in [
        ("/transactions", {"payee": "corner"}),
        ("/accounts", {}),
        ("/imports", {}),
        (f"/accounts/{varied.checking_id}/register", {}),
    ]:
        answer = await varied.ask("GET", path, params=elsewhere | wanted)
        refused(answer, 400, "cursor_malformed", parameter="cursor")
    answer = await varied.ask("GET", "/transactions", params={"cursor": "A" * 5000})
    assert answer.status_code in {400, 422}
