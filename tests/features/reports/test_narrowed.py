"""Income and spending narrowed by status, account, payee and tag, and net of refunds: by hand, and against lines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.features.answers import refused
from tests.features.reports.test_spending_and_pivot import RANGE, added, explained, lived, money, summed
from tests.features.reports.test_valued import priced
from tests.household import Client, Household

from farthing.features.journal.models import PostingStatus

BREAKDOWNS = ("category", "payee", "tag", "account")
STATUSES = tuple(PostingStatus)


@pytest.fixture(scope="module")
async def home(client: Client) -> Household:
    """A household's months, with some that is pending on the account alone, and refunds of all sorts."""
    household = await Household.founded(client)
    await lived(household)
    for day, rate in (("2025-11-01", "0.8"), ("2026-01-20", "0.9"), ("2026-03-02", "1.1")):
        await priced(household, dt.date.fromisoformat(day), "USD", rate)
    for day, amount, status in (
        ("2026-01-03", "-7.77", "pending"),
        ("2026-01-04", "-8.88", "reconciled"),
        ("2026-02-05", "-9.99", "pending"),
    ):
        await household.record(amount, date=day, category="Expenses:Food", payee="Bakery", tags=["gift"], status=status)
    for bought, back in (
        (("2026-01-10", "-80.00", "Bakery", "Expenses:Food"), ("2026-03-05", "30.00", "Office", "Expenses:Taxes")),
        (("2026-01-11", "-40.00", "Office", "Expenses:Taxes"), ("2026-02-05", "15.00", "Office", "Income:Salary")),
        (("2025-10-01", "-60.00", "Bakery", "Expenses:Food"), ("2026-01-05", "20.00", None, "Expenses:Food")),
    ):
        await linked(household, bought, back)
    await linked(
        household,
        ("2026-01-12", "-50.00", "Corner Shop", "Expenses:Food"),
        ("2026-02-10", "25.00", "Corner Shop", "Expenses:Food"),
        account="Assets:Wallet",
    )
    return household


async def linked(home: Household, *sides: tuple[str, str, str | None, str], account: str = "Assets:Checking") -> None:
    """Something that was bought, and what came back for it."""
    postings = []
    for day, amount, payee, category in sides:
        line = {"date": day, "amount": amount, "account": account, "category": category, "payee": payee}
        made = await home.made("/transactions", {name: each for name, each in line.items() if each is not None})
        postings.append(made["postings"][1]["id"])
    await home.made("/links", {"kind": "refund", "from_posting_id": postings[0], "to_posting_id": postings[1]})


@pytest.mark.parametrize("valued", [{}, {"valued": "posting"}, {"valued": "cost", "currency": "USD"}])
async def test_income_and_expenses_of_each_status_come_to_all_of_them(home: Household, valued: dict[str, str]) -> None:
    asked = {**RANGE, "interval": "quarter", **valued}
    whole = await home.got("/reports/income-statement", params=asked)
    parts = [
        await home.got("/reports/income-statement", params={**asked, "status": status.value}) for status in STATUSES
    ]
    for place, section in enumerate(whole["sections"]):
        for column, total in enumerate(section["totals"]):
            of_parts = added([money(part["sections"][place]["totals"][column]["amounts"]) for part in parts])
            for code, amount in money(total["amounts"]).items():
                # Each is rounded by itself, where they are told in one currency.
                assert abs(of_parts.get(code, Decimal(0)) - amount) <= (Decimal("0.02") if valued else 0)
    for part in parts:
        assert any(section["rows"] for section in part["sections"])
        if not valued:
            await check_lines(home, part)


async def check_lines(home: Household, statement: dict[str, Any]) -> None:
    for section in statement["sections"]:
        sign = -1 if section["section"] == "income" else 1
        cells = [(cell, cell["lines"]) for cell in section["totals"]]
        cells += [(cell, cell["transactions"]) for row in section["rows"][:2] for cell in row["figures"]]
        for cell, link in cells:
            lines = summed(await explained(home, link))
            assert {code: sign * amount for code, amount in money(cell["amounts"]).items()} == lines


async def test_a_status_is_that_of_the_account_and_not_of_the_category(household: Household) -> None:
    await household.record("-10.00", date="2026-01-05", status="pending", category="Expenses:Food")
    await household.record("-5.00", date="2026-01-06", category="Expenses:Food")
    await household.record("700.00", date="2026-01-07", status="reconciled", category="Income:Salary")
    asked = {"date_from": "2026-01-01", "date_to": "2026-01-31"}
    found = {}
    for status in STATUSES:
        read = await household.got("/reports/income-statement", params={**asked, "status": status.value})
        spent = await household.got("/reports/spending", params={**asked, "status": status.value})
        assert spent["total"] == read["sections"][1]["total"]
        found[status.value] = money(read["net_total"])
    assert found == {
        "pending": {"EUR": Decimal("-10.00")},
        "cleared": {"EUR": Decimal("-5.00")},
        "reconciled": {"EUR": Decimal("700.00")},
    }
    pivot = await household.got("/reports/pivot", params={**asked, "rows": "status", "of": "expenses"})
    assert {row["key"]: money(row["total"]["amounts"])["EUR"] for row in pivot["data"]} == {
        "pending": Decimal("10.00"),
        "cleared": Decimal("5.00"),
    }


@pytest.mark.parametrize(
    "filters",
    [
        {"account": "Liabilities:Card"},
        {"tag": ["work", "gift"]},
        {"payee": "Bakery", "category": "Expenses:Food"},
        {"status": "pending", "account": "Assets:Checking"},
        {"status": "cleared", "tag": ["holiday"], "currency": "EUR"},
    ],
    ids=str,
)
async def test_narrowed_spending_is_the_sum_of_the_lines_it_leads_to(home: Household, filters: dict[str, Any]) -> None:
    asked = {**RANGE, **filters}
    if "payee" in asked:
        found = (await home.got("/payees", params={"q": asked.pop("payee")}))["data"]
        asked["payee_id"] = next(payee["id"] for payee in found if payee["name"] == "Bakery")
    totals = []
    for by in BREAKDOWNS:
        read = await home.got("/reports/spending", params={**asked, "by": by})
        assert read["rows"]
        figures = [(cell, cell["transactions"]) for row in read["rows"][-1:] for cell in row["figures"]]
        for cell, link in [*figures, (read["totals"][0], read["totals"][0]["lines"])]:
            lines = summed(await explained(home, link))
            if "currency" in filters:
                lines.pop("EUR", None)
                converted = [{part["currency"]: Decimal(part["amount"])} for part in cell["converted"]]
                assert added(converted) == lines
            else:
                assert money(cell["amounts"]) == lines
        totals.append([cell["amounts"] for cell in read["totals"]])
    assert all(each == totals[0] for each in totals)


@pytest.mark.parametrize("valued", [{}, {"valued": "posting"}, {"valued": "end", "currency": "USD"}])
async def test_spending_net_of_refunds_is_what_the_income_statement_has(
    home: Household, valued: dict[str, str]
) -> None:
    asked = {**RANGE, "interval": "quarter", "net_of_refunds": "true", "compare": "previous", **valued}
    statement = (await home.got("/reports/income-statement", params=asked))["sections"][1]
    gross = await home.got("/reports/spending", params={**asked, "net_of_refunds": "false"})
    for by in BREAKDOWNS:
        read = await home.got("/reports/spending", params={**asked, "by": by})
        for name in ("amounts", "compared"):
            assert [cell[name] for cell in read["totals"]] == [cell[name] for cell in statement["totals"]]
        assert [cell["lines"] for cell in read["totals"]] == [None] * len(read["columns"])
        if by == "category":
            refunds = [[cell["refunds"] for cell in row["figures"]] for row in read["rows"]]
            assert refunds == [[cell["refunds"] for cell in row["figures"]] for row in statement["rows"]]
        for cell in [] if valued else [cell for row in read["rows"][:3] for cell in row["figures"]]:
            made_up = added([summed(await explained(home, cell["transactions"])), money(cell["refunds"])])
            assert money(cell["amounts"]) == made_up
    assert gross["total"] != read["total"]


async def test_what_came_back_counts_for_who_it_was_spent_at(household: Household) -> None:
    await linked(
        household,
        ("2026-01-10", "-80.00", "Shop", "Expenses:Food"),
        ("2026-02-05", "30.00", "Bank", "Expenses:Taxes"),
    )
    asked = {"date_from": "2026-01-01", "date_to": "2026-02-28", "interval": "month", "by": "payee"}
    gross = await household.got("/reports/spending", params=asked)
    assert {row["name"]: [cell["amounts"] for cell in row["figures"]] for row in gross["rows"]} == {
        "Shop": [[{"amount": "80.00", "currency": "EUR"}], []],
        "Bank": [[], [{"amount": "-30.00", "currency": "EUR"}]],
    }
    net = await household.got("/reports/spending", params={**asked, "net_of_refunds": "true"})
    (shop,) = net["rows"]
    assert (shop["name"], shop["total"]) == ("Shop", [{"amount": "50.00", "currency": "EUR"}])
    assert money(shop["figures"][0]["refunds"]) == {"EUR": Decimal("-30.00")}
    only = await household.got(
        "/reports/spending", params={**asked, "by": "category", "payee_id": shop["id"], "net_of_refunds": "true"}
    )
    assert [row["total"][0]["amount"] for row in only["rows"]] == ["50.00"]


async def test_what_cannot_be_narrowed_is_refused(home: Household) -> None:
    path = "/reports/spending"
    for filters, code in (
        ({"account": "Assets:Nowhere"}, "account_unknown"),
        ({"tag": "nothing"}, "tag_unknown"),
        ({"status": "lost"}, "request_invalid"),
    ):
        (parameter,) = filters
        refused(await home.ask("GET", path, params=filters), 422, code, parameter=parameter)
    observer = await home.joined("observer")
    names = f"/books/{home.book_id}{path}"
    assert (await observer.ask("GET", names, params={"status": "cleared"})).status_code == 200
    for filters in ({"tag": "gift"}, {"payee_id": home.checking_id}):
        refused(await observer.ask("GET", names, params=filters), 403, "permission_missing")
