"""Income statement, balance sheet and cash flow: by hand, and against sums of the postings themselves."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from tests.features.answers import refused
from tests.household import Household

from farthing.ledger.periods import MOST_PERIODS


def money(amounts: list[dict[str, str]]) -> dict[str, str]:
    return {each["currency"]: each["amount"] for each in amounts}


def rows(read: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """What each account shows, by name, a column each."""
    return {
        row["account"]: [money(cell["amounts"]) for cell in row["figures"]]
        for section in read["sections"]
        for row in section["rows"]
    }


async def year(home: Household) -> None:
    """Half a year's wages, food and rent."""
    await home.open_account("Bakery", kind="expense", parent="Expenses:Food")
    for day, amount, category in (
        ("2026-01-31", "2000.00", "Income:Salary"),
        ("2026-02-28", "2100.00", "Income:Salary"),
        ("2026-01-10", "-40.00", "Expenses:Food"),
        ("2026-01-20", "-2.50", "Expenses:Food:Bakery"),
        ("2026-02-11", "-50.00", "Expenses:Food"),
        ("2026-03-01", "-7.50", "Expenses:Food:Bakery"),
    ):
        await home.record(amount, date=day, category=category)


async def test_an_income_statement_by_hand(household: Household) -> None:
    await year(household)
    asked = {"date_from": "2026-01-01", "date_to": "2026-03-31", "interval": "month"}
    read = await household.got("/reports/income-statement", params=asked)
    assert [column["first"] for column in read["columns"]] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert rows(read) == {
        "Income:Salary": [{"EUR": "2000.00"}, {"EUR": "2100.00"}, {}],
        "Expenses:Food": [{"EUR": "42.50"}, {"EUR": "50.00"}, {"EUR": "7.50"}],
        "Expenses:Food:Bakery": [{"EUR": "2.50"}, {}, {"EUR": "7.50"}],
    }
    income, expenses = read["sections"]
    assert (money(income["total"]), money(expenses["total"])) == ({"EUR": "4100.00"}, {"EUR": "100.00"})
    assert [money(cell["amounts"]) for cell in read["net"]] == [
        {"EUR": "1957.50"},
        {"EUR": "2050.00"},
        {"EUR": "-7.50"},
    ]
    assert money(read["net_total"]) == {"EUR": "4000.00"}
    food, bakery = expenses["rows"]
    assert (food["depth"], money(food["average"]), food["share"]) == (1, {"EUR": "33.33"}, "100.0")
    assert (bakery["depth"], bakery["share"]) == (2, "10.0")


async def test_a_balance_sheet_by_hand(household: Household) -> None:
    await year(household)
    await household.open_account("Card", kind="liability", type="credit_card", currency="EUR")
    await household.made(
        "/transactions",
        {"date": "2026-02-15", "amount": "-30.00", "account": "Liabilities:Card", "category": "Expenses:Food"},
    )
    asked = {"date_from": "2026-01-15", "date_to": "2026-03-31", "interval": "month"}
    read = await household.got("/reports/balance-sheet", params=asked)
    assert rows(read) == {
        "Assets:Checking": [{"EUR": "1957.50"}, {"EUR": "4007.50"}, {"EUR": "4000.00"}],
        "Liabilities:Card": [{}, {"EUR": "30.00"}, {"EUR": "30.00"}],
    }
    assert [money(cell["amounts"]) for cell in read["net"]] == [
        {"EUR": "1957.50"},
        {"EUR": "3977.50"},
        {"EUR": "3970.00"},
    ]
    assert (read["net_total"], read["sections"][0]["total"]) == (None, None)
    flow = await household.got("/reports/cash-flow", params=asked)
    assert rows(flow) == {"Assets:Checking": [{"EUR": "1997.50"}, {"EUR": "2050.00"}, {"EUR": "-7.50"}]}


async def test_what_it_was_before_stands_beside_it(household: Household) -> None:
    await year(household)
    asked = {"date_from": "2026-02-01", "date_to": "2026-02-28", "compare": "previous", "depth": 1}
    read = await household.got("/reports/income-statement", params=asked)
    assert read["columns"][0]["compared"] == {"first": "2026-01-01", "last": "2026-01-31"}
    ((salary,), (food,)) = (section["rows"] for section in read["sections"])
    (cell,) = salary["figures"]
    assert (money(cell["compared"]), money(cell["change"])) == ({"EUR": "2000.00"}, {"EUR": "100.00"})
    assert money(food["figures"][0]["change"]) == {"EUR": "7.50"}
    assert money(read["net"][0]["change"]) == {"EUR": "92.50"}
    asked = {"date_from": "2026-02-01", "date_to": "2026-03-31", "interval": "month", "compare": "year"}
    read = await household.got("/reports/balance-sheet", params=asked)
    assert [column["compared"]["last"] for column in read["columns"]] == ["2025-02-28", "2025-03-31"]
    assert money(read["net"][1]["change"]) == {"EUR": "4000.00"}


async def test_a_range_that_makes_no_sense_is_refused(household: Household) -> None:
    path = "/reports/income-statement"
    turned = {"date_from": "2026-03-01", "date_to": "2026-02-01"}
    refused(await household.ask("GET", path, params=turned), 422, "periods_unfit", parameter="date_from")
    long = {"date_from": "2020-01-01", "date_to": "2026-02-01", "interval": "day"}
    answer = await household.ask("GET", path, params=long)
    assert str(MOST_PERIODS) in answer.json()["detail"]
    refused(answer, 422, "periods_unfit", parameter="interval")


@pytest.mark.parametrize("interval", ["none", "day", "week", "month", "quarter", "year", "fiscal_year"])
async def test_every_figure_is_the_sum_of_what_it_leads_to(household: Household, interval: str) -> None:
    chance = random.Random(7)
    await household.open_account("Yen", currency="JPY")
    await household.open_account("Bakery", kind="expense", parent="Expenses:Food")
    categories = ["Income:Salary", "Expenses:Food", "Expenses:Food:Bakery", "Expenses:Taxes"]
    transactions = []
    for _ in range(60):
        day = dt.date(2025, 11, 1) + dt.timedelta(days=chance.randrange(150))
        amount = Decimal(chance.randrange(-9999, 9999) or 1).scaleb(-2)
        transactions.append(
            {
                "date": str(day),
                "amount": f"{amount:f}",
                "account": "Assets:Checking",
                "category": chance.choice(categories),
            }
        )
    await household.made("/transactions/bulk", {"transactions": transactions})
    await household.ask("PATCH", "", {"fiscal_year_start": "02-11", "first_weekday": 7})
    for report in ("income-statement", "balance-sheet", "cash-flow"):
        asked = {"date_from": "2025-11-20", "date_to": "2026-03-09", "interval": interval}
        read = await household.got(f"/reports/{report}", params=asked)
        for section in read["sections"]:
            for row in section["rows"]:
                for cell in row["figures"]:
                    assert money(cell["amounts"]) == await explained(household, row, cell, section["section"])


async def explained(home: Household, row: dict[str, Any], cell: dict[str, Any], section: str) -> dict[str, str]:
    """The sum of the postings that a figure leads to, on its account and those under it."""
    total: dict[str, Decimal] = {}
    path = cell["transactions"].split(home.book_id, 1)[1] + "&limit=200"
    read = await home.got(path)
    assert read["next_cursor"] is None
    for transaction in read["data"]:
        for posting in transaction["postings"]:
            if posting["account"] == row["account"] or posting["account"].startswith(row["account"] + ":"):
                amount = Decimal(posting["amount"]) * (-1 if section in {"income", "liabilities"} else 1)
                total[posting["currency"]] = total.get(posting["currency"], Decimal(0)) + amount
    return {currency: f"{amount:f}" for currency, amount in total.items() if amount}


async def test_reports_say_what_was_known_and_of_one_status_if_asked(household: Household) -> None:
    await year(household)
    known = await household.revision()
    await household.record("-5.00", date="2026-01-12", category="Expenses:Food", status="pending")
    (late,) = (await household.got("/transactions", params={"q": "amount:50"}))["data"]
    await household.ask("DELETE", f"/transactions/{late['id']}")
    asked = {"date_from": "2026-01-05", "date_to": "2026-02-14", "interval": "month"}
    path = "/reports/income-statement"
    then = await household.got(path, params={**asked, "known_at": known})
    assert rows(then)["Expenses:Food"] == [{"EUR": "42.50"}, {"EUR": "50.00"}]
    assert rows(await household.got(path, params=asked))["Expenses:Food"] == [{"EUR": "47.50"}, {}]
    pending = await household.got("/reports/cash-flow", params={**asked, "status": "pending"})
    assert rows(pending) == {"Assets:Checking": [{"EUR": "-5.00"}, {}]}
    sheet = await household.got("/reports/balance-sheet", params={**asked, "known_at": known})
    assert rows(sheet)["Assets:Checking"] == [{"EUR": "1957.50"}, {"EUR": "1907.50"}]
