"""Spending, pivots and trends in one currency: by hand, and each figure against the lines and rates it leads to."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.features.answers import refused
from tests.features.reports.test_spending_and_pivot import added, explained, money, summed
from tests.features.reports.test_valued import priced, strewn
from tests.household import Client, Household

from farthing.features.reports.outputs import documents

RANGE = {"date_from": "2025-11-20", "date_to": "2026-03-09"}
UNITS = {"EUR": Fraction(1, 100), "USD": Fraction(1, 100), "JPY": Fraction(1)}
BREAKDOWNS = ("category", "payee", "tag", "account")


@pytest.fixture(scope="module")
async def home(client: Client) -> Household:
    """Three currencies and a share, with payees and tags; some of what was spent in dollars notes what it cost."""
    household = await Household.founded(client)
    chance = random.Random(3)
    await strewn(household, chance)
    page = await household.got("/transactions", params={"limit": 200})
    for place, changes in enumerate(
        (
            {"payee": "Corner Shop", "tags_add": ["work"]},
            {"payee": "Bakery"},
            {"payee": "Office", "tags_add": ["gift", "work"]},
        )
    ):
        body = {"ids": [each["id"] for each in page["data"][place::5]], "changes": changes}
        assert (await household.ask("PATCH", "/transactions/bulk", body)).is_success
    for code, amount, euros in (("USD", "40.00", "0.777"), ("USD", "12.34", "0.811"), ("JPY", "9000", "0.0061")):
        account = "Assets:Dollars" if code == "USD" else "Assets:Yen"
        noted = {"amount": euros, "currency": "EUR"}
        postings = [
            {"account": "Expenses:Food", "amount": amount, "currency": code, "price": noted},
            {"account": account, "amount": f"-{amount}"},
        ]
        await household.made("/transactions", {"date": "2026-01-17", "payee": "Bakery", "postings": postings})
    abroad = [
        {"account": "Expenses:Taxes", "amount": "33.00", "currency": "USD"},
        {"account": "Assets:Checking", "amount": "-29.99", "currency": "EUR"},
    ]
    await household.made("/transactions", {"date": "2026-02-02", "payee": "Office", "postings": abroad})
    return household


async def worth(home: Household, read: dict[str, Any], link: str) -> tuple[Fraction, list[dict[str, Any]]]:
    """What the lines of a figure come to at the rates that the report names; what has no rate is left out."""
    lines = await explained(home, link)
    (last,) = parse_qs(urlsplit(link).query)["date_to"]
    rates = {(rate["commodity"], rate["on"]): _exact(rate) for rate in read["rates"]}
    today = next((rate["on"] for rate in read["rates"]), "")
    total = Fraction(0)
    for line in lines:
        day = {"end": last, "today": today, "posting": line["date"]}[read["valued"]]
        is_own = line["currency"] == read["currency"]
        total += Fraction(line["amount"]) * (1 if is_own else rates.get((line["currency"], day), 0))
    return total, lines


def _exact(rate: dict[str, Any]) -> Fraction:
    value = Fraction(1)
    for step in rate["steps"]:
        value = value / Fraction(step["amount"]) if step["inverse"] else value * Fraction(step["amount"])
    return value


def of(cell: dict[str, Any], currency: str) -> Fraction:
    return Fraction(money(cell["amounts"]).get(currency, Decimal(0)))


def check_parts(cell: dict[str, Any], lines: list[dict[str, Any]], currency: str) -> None:
    """Whatever was posted in another currency was converted, or is there still."""
    posted = {code: amount for code, amount in summed(lines).items() if code != currency}
    left = {code: amount for code, amount in money(cell["amounts"]).items() if code != currency}
    assert added([{each["currency"]: Decimal(each["amount"])} for each in cell["converted"]] + [left]) == posted


async def check_figure(home: Household, read: dict[str, Any], cell: dict[str, Any], link: str, units: int) -> Fraction:
    """Hold a figure to its lines; tells what it is exactly."""
    exact, lines = await worth(home, read, link)
    unit = UNITS[read["currency"]]
    assert abs(of(cell, read["currency"]) - exact) < units * unit
    check_parts(cell, lines, read["currency"])
    return exact


MODES = [("posting", "EUR"), ("end", "JPY"), ("today", "USD")]


@pytest.mark.parametrize(("valued", "currency"), MODES)
@pytest.mark.parametrize("by", BREAKDOWNS)
async def test_what_was_spent_is_what_its_lines_are_worth(home: Household, by: str, valued: str, currency: str) -> None:
    asked = {**RANGE, "interval": "month", "valued": valued, "currency": currency}
    read = await home.got("/reports/spending", params={**asked, "by": by})
    assert (read["currency"], read["valued"]) == (currency, valued)
    assert read["rates"]
    for row in read["rows"]:
        for cell in row["figures"]:
            await check_figure(home, read, cell, cell["transactions"], 3)
    for column, total in enumerate(read["totals"]):
        exact = await check_figure(home, read, total, total["lines"], 1)
        assert of(total, currency) == round(exact / UNITS[currency]) * UNITS[currency]
        if by == "payee":
            rows = [money(row["figures"][column]["amounts"]) for row in read["rows"]]
            assert added(rows) == money(total["amounts"])


@pytest.mark.parametrize("valued", ["cost", "posting", "end", "today"])
async def test_all_breakdowns_come_to_what_the_income_statement_has(home: Household, valued: str) -> None:
    asked = {**RANGE, "interval": "quarter", "valued": valued, "compare": "year"}
    statement = await home.got("/reports/income-statement", params=asked)
    expenses = statement["sections"][1]
    for by in BREAKDOWNS:
        read = await home.got("/reports/spending", params={**asked, "by": by})
        for name in ("amounts", "compared", "change"):
            assert [cell[name] for cell in read["totals"]] == [cell[name] for cell in expenses["totals"]]
        assert [_posted(cell) for cell in read["totals"]] == [_posted(cell) for cell in expenses["totals"]]
        if by == "category":
            assert [row["total"] for row in read["rows"]] == [row["total"] for row in expenses["rows"]]
            assert [row["share"] for row in read["rows"]] == [row["share"] for row in expenses["rows"]]
    pivot = await home.got(
        "/reports/pivot", params={**RANGE, "valued": valued, "of": "expenses", "rows": "tag", "columns": "quarter"}
    )
    assert [cell["amounts"] for cell in pivot["totals"]] == [cell["amounts"] for cell in expenses["totals"]]


def _posted(cell: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"amount": part["amount"], "currency": part["currency"]} for part in cell["converted"]]


@pytest.mark.parametrize(("valued", "currency"), MODES)
@pytest.mark.parametrize(
    ("rows", "columns", "of_lines"),
    [
        ("payee", "month", "categories"),
        ("category", "week", "expenses"),
        ("month", "quarter", "accounts"),
        ("tag", "account", "categories"),
        ("currency", None, "income"),
        ("weekday", "tag", "expenses"),
    ],
)
async def test_each_cell_of_a_pivot_is_what_its_lines_are_worth(
    home: Household, rows: str, columns: str | None, of_lines: str, valued: str, currency: str
) -> None:
    asked: dict[str, Any] = {**RANGE, "rows": rows, "of": of_lines, "valued": valued, "currency": currency}
    asked |= {} if columns is None else {"columns": columns}
    read = await home.got("/reports/pivot", params=asked)
    unit, is_over_time = UNITS[currency], columns in {"month", "week", "quarter"}
    for row in read["data"]:
        for cell in row["cells"]:
            if cell["transactions"] is not None:
                await check_figure(home, read, cell, cell["transactions"], 1)
        if not {columns} & {"tag", "account"}:
            assert money(row["total"]["amounts"]) == added([money(cell["amounts"]) for cell in row["cells"]])
    for place, total in enumerate(read["totals"]):
        if is_over_time and rows not in {"tag", "month"}:
            exact = await check_figure(home, read, total, total["transactions"], 1)
            assert of(total, currency) == round(exact / unit) * unit
        if rows != "tag":
            assert money(total["amounts"]) == added([money(row["cells"][place]["amounts"]) for row in read["data"]])


@pytest.mark.parametrize("measure", ["in", "out", "net", "average"])
async def test_what_is_measured_of_a_pivot_in_one_currency(home: Household, measure: str) -> None:
    asked = {**RANGE, "rows": "payee", "measure": measure, "currency": "EUR"}
    read = await home.got("/reports/pivot", params=asked)
    for row in read["data"]:
        cell = row["total"]
        lines = await explained(home, cell["transactions"])
        rates = {(rate["commodity"], rate["on"]): _exact(rate) for rate in read["rates"]}
        worths: list[Fraction] = [
            Fraction(line["amount"])
            * (1 if line["currency"] == "EUR" else rates.get((line["currency"], line["date"]), 0))
            for line in lines
        ]
        told = {
            "in": -sum((each for each in worths if each < 0), Fraction(0)),
            "out": sum((each for each in worths if each > 0), Fraction(0)),
            "net": -sum(worths, Fraction(0)),
            "average": sum(worths, Fraction(0)) / len(worths),
        }
        assert abs(of(cell, "EUR") - told[measure]) < 2 * UNITS["EUR"]
        sign = -1 if measure in {"in", "net"} else 1
        posted = [
            {line["currency"]: sign * Decimal(line["amount"])}
            for line in lines
            if line["currency"] != "EUR" and _is_counted(measure, Decimal(line["amount"]))
        ]
        left = {code: amount for code, amount in money(cell["amounts"]).items() if code != "EUR"}
        converted = [{part["currency"]: Decimal(part["amount"])} for part in cell["converted"]]
        assert measure == "average" or added([*converted, left]) == added(posted)
        assert cell["count"] == len(lines)


def _is_counted(measure: str, amount: Decimal) -> bool:
    return measure not in {"in", "out"} or (amount < 0) == (measure == "in")


@pytest.mark.parametrize(("valued", "currency"), MODES)
async def test_a_month_of_trends_is_what_its_lines_are_worth(home: Household, valued: str, currency: str) -> None:
    asked = {"date": "2026-03-09", "months": "3", "valued": valued, "currency": currency}
    read = await home.got("/reports/trends", params=asked)
    assert (read["currency"], read["valued"]) == (currency, valued)
    for section in read["sections"]:
        sign = -1 if section["section"] == "income" else 1
        for place, total in enumerate(section["totals"]):
            exact, _ = await worth(home, read, total["lines"])
            assert of(total, currency) == round(sign * exact / UNITS[currency]) * UNITS[currency]
            uppermost = [row["figures"][place] for row in section["rows"] if row["depth"] == 1]
            assert added([money(cell["amounts"]) for cell in uppermost]) == money(total["amounts"])
        assert money(section["total"]["amounts"]) == money(section["totals"][-1]["amounts"])


async def test_what_was_spent_abroad_by_hand(household: Household) -> None:
    await household.open_account("Dollars", currency="USD", type="checking")
    today = dt.datetime.now(dt.UTC).date()  # the instance may know newer rates than those of a year ago
    for day, rate in ((dt.date(2026, 1, 10), "0.8"), (dt.date(2026, 1, 31), "0.5"), (today, "1.0")):
        await priced(household, day, "USD", rate)
    dollars = {"account": "Assets:Dollars", "category": "Expenses:Food", "payee": "Diner", "tags": ["trip"]}
    await household.made("/transactions", {"date": "2026-01-10", "amount": "-10.00", **dollars})
    await household.record("-5.00", date="2026-01-12", category="Expenses:Food", payee="Bar")
    card = [
        {"account": "Expenses:Food", "amount": "20.00", "currency": "USD"},
        {"account": "Assets:Checking", "amount": "-17.00", "currency": "EUR"},
    ]
    await household.made("/transactions", {"date": "2026-01-11", "payee": "Motel", "postings": card})
    asked = {"date_from": "2026-01-01", "date_to": "2026-01-31", "by": "payee"}
    found = {}
    for valued in ("cost", "posting", "end", "today"):
        read = await household.got("/reports/spending", params={**asked, "valued": valued})
        found[valued] = {row["name"]: row["total"][0]["amount"] for row in read["rows"]}
    assert found == {
        "cost": {"Motel": "17.00", "Diner": "8.00", "Bar": "5.00"},
        "posting": {"Motel": "16.00", "Diner": "8.00", "Bar": "5.00"},
        "end": {"Motel": "10.00", "Bar": "5.00", "Diner": "5.00"},
        "today": {"Motel": "20.00", "Diner": "10.00", "Bar": "5.00"},
    }
    read = await household.got("/reports/spending", params={**asked, "valued": "end"})
    (motel, *_) = read["rows"]
    (part,) = motel["figures"][0]["converted"]
    assert (part["amount"], part["currency"], part["stale"]) == ("20.00", "USD", False)
    (rate,) = read["rates"]
    assert (part["rates"], rate["rate"], rate["on"], rate["source"]) == ([0], "0.5", "2026-01-31", "manual")
    assert (motel["share"], read["unconverted"]) == ("50.0", [])
    answer = await household.ask("GET", "/reports/spending", params={**asked, "valued": "end", "format": "csv"})
    assert answer.text.splitlines()[1].startswith("Motel,EUR,10.00")
    overview = await household.got("/reports/overview", params={"period": "2026-01", "valued": "end"})
    assert (overview["currency"], overview["categories"]["valued"]) == ("EUR", "end")
    assert [row["total"] for row in overview["payees"]["rows"]] == [row["total"] for row in read["rows"]]
    assert documents.overview(overview).data["note"] == "In EUR: by the rates of the last days of the periods."
    assert overview["income_statement"]["sections"][1]["totals"][0]["amounts"] == read["totals"][0]["amounts"]


async def test_what_has_no_rate_stays_as_it_was_posted(household: Household) -> None:
    await household.made("/currencies", {"code": "MILES", "name": "Miles", "digits": 0, "kind": "points"})
    await household.open_account("Miles", type="other")
    flown = [
        {"account": "Expenses:Food", "amount": "700", "currency": "MILES"},
        {"account": "Assets:Miles", "amount": "-700", "currency": "MILES"},
    ]
    await household.made("/transactions", {"date": "2026-01-10", "postings": flown})
    await household.record("-5.00", date="2026-01-12", category="Expenses:Food")
    asked = {"date_from": "2026-01-01", "date_to": "2026-01-31", "currency": "EUR"}
    left = [{"amount": "5.00", "currency": "EUR"}, {"amount": "700", "currency": "MILES"}]
    for report, more in (("spending", {"by": "account"}), ("pivot", {"of": "expenses"})):
        read = await household.got(f"/reports/{report}", params={**asked, **more})
        assert read["unconverted"] == ["MILES"]
        total = read["total"] if report == "spending" else read["total"]["amounts"]
        assert total == left


@pytest.mark.parametrize(
    ("report", "asked", "code", "parameter"),
    [
        ("spending", {"currency": "XYZ", "by": "payee"}, "currency_unknown", "currency"),
        ("pivot", {"currency": "XYZ"}, "currency_unknown", "currency"),
        ("trends", {"currency": "XYZ"}, "currency_unknown", "currency"),
        ("overview", {"currency": "XYZ"}, "currency_unknown", "currency"),
        ("trends", {"valued": "cost", "known_at": "1"}, "option_unfit", "valued"),
        ("pivot", {"measure": "count", "currency": "EUR"}, "option_unfit", "currency"),
        ("pivot", {"measure": "count", "valued": "end"}, "option_unfit", "valued"),
        ("register", {"account": "Assets:Dollars", "valued": "cost"}, "option_unfit", "valued"),
        ("register", {"account": "Assets:Dollars", "currency": "XYZ"}, "currency_unknown", "currency"),
    ],
)
async def test_what_does_not_go_together_is_refused(
    home: Household, report: str, asked: dict[str, str], code: str, parameter: str
) -> None:
    refused(await home.ask("GET", f"/reports/{report}", params=asked), 422, code, parameter=parameter)


@pytest.mark.parametrize(("valued", "currency"), MODES)
@pytest.mark.parametrize("account", ["Assets:Dollars", "Assets:Yen", "Assets:Depot"])
async def test_a_register_runs_to_what_the_balance_sheet_has(
    home: Household, account: str, valued: str, currency: str
) -> None:
    told = {"valued": valued, "currency": currency, "account": account}
    read = await home.got("/reports/register", params={**RANGE, **told})
    sheet = await home.got("/reports/balance-sheet", params={"date_to": RANGE["date_to"], **told})
    assert money(read["closing"]) == money(sheet["net"][0]["amounts"])
    assert _posted({"converted": read["closing_converted"]}) == _posted(sheet["net"][0])
    held = money(read["opening"])
    for line in read["lines"]:
        held = added([held, money(line["amounts"])])
        assert held == money(line["balances"])
        posted = {code for code in posted_on(account, line) if code != currency}
        assert {part["currency"] for part in line["converted"]} <= posted
    assert held == money(read["closing"])
    assert added([money(read["opening"]), money(read["moved"])]) == held
    assert len(read["lines"]) > 5


def posted_on(account: str, line: dict[str, Any]) -> set[str]:
    return {posting["currency"] for posting in line["transaction"]["postings"] if posting["account"] == account}
