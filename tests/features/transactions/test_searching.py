"""Searching: what is typed finds what the list's own filters would, and goes with them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.answers import refused
from tests.household import Client, Household

ALL = ["77", "100", "5", "2500", "40", "12.5"]


@pytest.fixture
async def home(client: Client) -> Household:
    home = await Household.founded(client)
    await home.open_account("Joint Account", currency="EUR")
    await home.open_account("Dollars", currency="USD")
    groceries = {"category": "Expenses:Food:Groceries", "description": "weekly"}
    await home.record("-12.50", payee="Corner Shop", date="2026-01-31", **groceries)
    restaurant = {"category": "Expenses:Food:Restaurants", "description": 'Birthday "party"'}
    await home.record("-40.00", payee="Trattoria 100%", date="2026-02-01", **restaurant)
    await home.record("2500.00", payee="Employer", category="Income:Salary", date="2026-02-28", status="pending")
    await home.record("-5.00", payee="corner kiosk_1", account="Assets:Joint Account", date="2026-03-01")
    exchange = {"from": "Assets:Joint Account", "to": "Assets:Dollars", "amount": "100", "to_amount": "108"}
    await home.made("/transactions", {"date": "2026-03-02", **exchange})
    rent = [
        {"account": "Assets:Checking", "amount": "-77.00", "memo": "Rent March"},
        {"account": "Expenses:Shopping:Household", "amount": "70.00"},
        {"account": "Expenses:Food", "amount": "7.00"},
    ]
    await home.made("/transactions", {"date": "2026-03-05", "description": "back\\slash", "postings": rent})
    return home


async def found(home: Household, line: str, **wanted: Any) -> list[str]:
    """The amounts of all that a search finds, page by page, newest first."""
    amounts: list[str] = []
    asked = {"q": line, **wanted}
    while True:
        page = await home.got("/transactions", params=asked)
        amounts += [each["postings"][0]["amount"].lstrip("-") for each in page["data"]]
        if page["next_cursor"] is None:
            return [f"{float(amount):g}" for amount in amounts]
        asked["cursor"] = page["next_cursor"]


async def test_each_form_finds_what_it_says(home: Household) -> None:
    searches: list[tuple[str, list[str]]] = [
        ("", ALL),
        ("  ", ALL),
        ("corner", ["5", "12.5"]),
        ("CORNER shop", ["12.5"]),
        ('"corner shop"', ["12.5"]),
        ('"shop corner"', []),
        ("orne", ["5", "12.5"]),
        ("weekly", ["12.5"]),
        ("weekly corner", ["12.5"]),
        ("rent", ["77"]),
        ("rent slash", ["77"]),
        ("rent corner", []),
        ("payee:corner", ["5", "12.5"]),
        ('payee:"corner shop"', ["12.5"]),
        ("payee:weekly", []),
        ("description:WEEKLY", ["12.5"]),
        ("description:corner", []),
        ("memo:march", ["77"]),
        ("memo:corner", []),
        ("account:Assets:Checking", ["77", "2500", "40", "12.5"]),
        (f"account:{home.checking_id}", ["77", "2500", "40", "12.5"]),
        ('account:"assets:joint account"', ["100", "5"]),
        ('account:"Assets:Joint Account" account:Assets:Dollars', ["100"]),
        ("account:Equity:Trading", ["100"]),
        ("category:Expenses:Food", ["77", "40", "12.5"]),
        ("category:Expenses:Food:Groceries", ["12.5"]),
        ("category:Income:Salary account:Assets:Checking", ["2500"]),
        ("status:pending", ["2500"]),
        ("status:reconciled", []),
        ("amount:12.50", ["12.5"]),
        ("amount:70", ["77"]),
        ("amount>40", ["77", "100", "2500"]),
        ("amount>=40", ["77", "100", "2500", "40"]),
        ("amount<7", ["5"]),
        ("amount<=7", ["77", "5"]),
        ("amount:7..40", ["77", "40", "12.5"]),
        ("amount>100 amount<110", ["100"]),
        ("amount>8 amount<60", ["40", "12.5"]),
        ("account:Assets:Dollars amount:108", ["100"]),
        ("account:Assets:Checking amount:108", []),
        ("category:Expenses:Food amount:7", ["77"]),
        ("category:Expenses:Food amount:70", []),
        ("date:2026", ALL),
        ("date:2026-03", ["77", "100", "5"]),
        ("date:2026-02-28", ["2500"]),
        ("date:2026-01..2026-02", ["2500", "40", "12.5"]),
        ("date>2026-02", ["77", "100", "5"]),
        ("date>=2026-02-28", ["77", "100", "5", "2500"]),
        ("date<2026-02", ["12.5"]),
        ("date<=2026-02", ["2500", "40", "12.5"]),
        ("from:2026-02-01 to:2026-03-01", ["5", "2500", "40"]),
        ('payee:corner amount>10 date:2026-01 -status:pending category:Expenses:Food "corner shop"', ["12.5"]),
    ]
    for line, amounts in searches:
        assert await found(home, line) == amounts, line


async def test_a_term_turned_round_leaves_out_what_it_would_find(home: Household) -> None:
    positive = (
        "corner",
        '"corner shop"',
        "payee:corner",
        "description:weekly",
        "memo:rent",
        "account:Assets:Checking",
        "account:Equity:Trading",
        "category:Expenses:Food",
        "status:pending",
        "amount>40",
        "amount:7..40",
        "amount:70",
        "date:2026-03",
        "date>2026-02-01",
        "to:2026-02-01",
        "%",
        "nowhere",
    )
    for wanted in ({}, {"account": "Assets:Checking"}, {"category": "Expenses:Food"}):
        everything = await found(home, "", **wanted)
        for term in positive:
            these, others = await found(home, term, **wanted), await found(home, f"-{term}", **wanted)
            assert sorted(these + others) == sorted(everything), (term, wanted)
    assert await found(home, "-payee:corner") == ["77", "100", "2500", "40"]
    assert await found(home, "-corner -rent") == ["100", "2500", "40"]
    assert await found(home, "-account:Assets:Checking") == ["100", "5"]
    assert await found(home, "-status:pending account:Assets:Checking amount>20") == ["77", "40"]
    assert await found(home, "corner -payee:shop") == ["5"]


async def test_what_means_something_to_postgresql_means_itself(home: Household) -> None:
    for line, amounts in [
        ("%", ["40"]),
        ("100%", ["40"]),
        ("1%0", []),
        ("_", ["5"]),
        ("kiosk_1", ["5"]),
        ("kiosk__", []),
        ("\\", ["77"]),
        ("back\\slash", ["77"]),
        ("memo:\\", []),
        ('"k\\\\s"', ["77"]),
        ('"""party"""', ["40"]),
        ('description:"\\"party\\""', ["40"]),
        ("'; DROP TABLE postings; --", []),
        ("$1 ? :term_0", []),
        ("%" * 500, []),
        ("_" * 500, []),
        ("\\" * 500, []),
        ("'" * 500, []),
        ('"' * 500, []),
        ("🧾" * 500, []),
        ("o " * 20, ["5", "2500", "40", "12.5"]),
    ]:
        assert await found(home, line) == amounts, line


async def test_a_search_goes_with_the_other_filters(home: Household) -> None:
    searches: list[tuple[str, dict[str, Any], list[str]]] = [
        ("corner", {"account": "Assets:Checking"}, ["12.5"]),
        ("corner", {"date_from": "2026-02-01"}, ["5"]),
        ("amount>20", {"account": "Assets:Checking", "amount_max": "50"}, ["40"]),
        ("amount:108", {"account": "Assets:Dollars"}, ["100"]),
        ("amount:108", {"account": "Assets:Joint Account"}, []),
        ("account:Assets:Checking", {"category": "Expenses:Food", "payee": "corner"}, ["12.5"]),
        ("status:cleared", {"status": "pending"}, []),
        ("-rent", {"account": "Assets:Checking", "limit": 1}, ["2500", "40", "12.5"]),
        ("amount>20 date:2026-02..2026-03", {"limit": 1}, ["77", "100", "2500", "40"]),
        ("-status:pending", {"limit": 2, "generated": True}, ["77", "100", "5", "40", "12.5"]),
    ]
    for line, wanted, amounts in searches:
        assert await found(home, line, **wanted) == amounts, (line, wanted)


async def test_a_cursor_is_good_for_its_search_alone(home: Household) -> None:
    cursor = (await home.got("/transactions", params={"q": "corner", "limit": 1}))["next_cursor"]
    for other in ({"q": "weekly"}, {"q": "-corner"}, {"q": ""}, {}):
        answer = await home.ask("GET", "/transactions", params={"cursor": cursor, "limit": 1, **other})
        refused(answer, 400, "cursor_malformed", parameter="cursor")


async def test_a_search_that_cannot_be_read_is_refused(home: Household) -> None:
    for line, column, token in [
        ("shop colour:red", 6, "colour:red"),
        ("shop amount>ten", 6, "amount>ten"),
        (' "corner', 2, '"corner'),
        ("date:2026-13", 1, "date:2026-13"),
        ("status:done", 1, "status:done"),
        ("o " * 20 + "-x", 41, "-x"),
        ('"' * 499, 1, '"' * 40),
    ]:
        answer = await home.ask("GET", "/transactions", params={"q": line})
        read = refused(answer, 422, "search_malformed", parameter="q", blamed="search_malformed")
        assert f"column {column}, {token}" in read["detail"]
    for line in ("nul\x00", "\x1b[2J", "x" * 501):
        answer = await home.ask("GET", "/transactions", params={"q": line})
        refused(answer, 422, "request_invalid", parameter="q")
    answer = await home.ask("GET", f"/accounts/{home.checking_id}/register", params={"q": "corner"})
    refused(answer, 422, "parameter_unknown", parameter="q")


@pytest.mark.parametrize("line", ["account:Assets:Chekcing", "shop -account:Assets:Chekcing"])
async def test_an_account_that_is_nearly_right_is_named(home: Household, line: str) -> None:
    answer = await home.ask("GET", "/transactions", params={"q": line})
    read = refused(answer, 422, "account_unknown", parameter="q")
    assert "Did you mean Assets:Checking" in read["detail"]
    answer = await home.ask("GET", "/transactions", params={"q": "category:Expenses:Fod"})
    assert "Expenses:Food" in refused(answer, 422, "account_unknown", parameter="q")["detail"]
