"""Spending, pivots and trends: by hand, and each figure against the lines that it leads to."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from tests.features.answers import refused
from tests.household import Client, Household, Person

Money = list[dict[str, str]]
CATEGORIES = ("Expenses:Food", "Expenses:Food:Bakery", "Expenses:Taxes", "Income:Salary")
PAYEES = ("Corner Shop", "Bakery", "Office", None)
TAGS = ("holiday", "work", "gift")
RANGE = {"date_from": "2025-11-20", "date_to": "2026-03-09"}


def money(amounts: Money) -> dict[str, Decimal]:
    return {each["currency"]: Decimal(each["amount"]) for each in amounts}


def added(all_amounts: list[dict[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for amounts in all_amounts:
        for currency, amount in amounts.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return {currency: amount for currency, amount in total.items() if amount}


async def lived(home: Household, *, seed: int = 7, days: int = 150, count: int = 80) -> None:
    """Some months of a household's life, the same each time: splits, refunds, tags, currencies, two who pay."""
    chance = random.Random(seed)
    await home.open_account("Bakery", kind="expense", parent="Expenses:Food")
    await home.open_account("Card", kind="liability", type="credit_card", currency="EUR")
    await home.open_account("Wallet", currency="USD")
    await home.open_account("Purse", parent="Assets:Checking", currency="EUR")
    written: list[dict[str, Any]] = []
    for _ in range(count):
        day = dt.date(2025, 11, 1) + dt.timedelta(days=chance.randrange(days))
        amount = Decimal(chance.randrange(-9999, 5000) or 1).scaleb(-2)
        common: dict[str, Any] = {"date": str(day), "tags": chance.sample(TAGS, chance.randrange(3))}
        payee = chance.choice(PAYEES)
        if payee is not None:
            common["payee"] = payee
        first, second = chance.sample(CATEGORIES, 2)
        match chance.randrange(5):
            case 0:  # two categories
                part = (amount / 3).quantize(Decimal("0.01"))
                lines = [("Assets:Checking", amount), (first, -part), (second, part - amount)]
            case 1:  # two who pay
                part = (amount / 4).quantize(Decimal("0.01"))
                lines = [("Assets:Checking:Purse", part), ("Liabilities:Card", amount - part), (first, -amount)]
            case 2:  # both below one
                lines = [("Assets:Checking", amount), ("Assets:Checking:Purse", amount), (first, -2 * amount)]
            case 3:
                lines = [("Assets:Wallet", amount), (first, -amount)]
            case _:
                lines = [("Assets:Checking", amount), (first, -amount)]
        currency = "USD" if lines[0][0] == "Assets:Wallet" else "EUR"
        status = chance.choice(["pending", "cleared"])
        postings = [
            {"account": account, "amount": f"{each:.2f}", "currency": currency, "status": status}
            for account, each in lines
            if each
        ]
        written.append({**common, "postings": postings})
    # One between categories alone: nobody paid it.
    between = [
        {"account": "Expenses:Food", "amount": "9.99", "currency": "EUR"},
        {"account": "Expenses:Taxes", "amount": "-9.99", "currency": "EUR"},
    ]
    written.append({"date": "2026-01-15", "postings": between})
    await home.made("/transactions/bulk", {"transactions": written})


async def explained(home: Household, link: str) -> list[dict[str, Any]]:
    """The lines that a figure leads to."""
    lines: list[dict[str, Any]] = []
    path = link.split(home.book_id, 1)[1] + "&limit=200"
    cursor = ""
    while True:
        page = await home.got(path + cursor)
        lines += page["data"]
        if page["next_cursor"] is None:
            return lines
        cursor = f"&cursor={page['next_cursor']}"


def summed(lines: list[dict[str, Any]]) -> dict[str, Decimal]:
    return added([{line["currency"]: Decimal(line["amount"])} for line in lines])


@pytest.mark.parametrize("by", ["category", "payee", "tag", "account"])
@pytest.mark.parametrize("interval", ["none", "month", "week"])
async def test_what_was_spent_is_the_sum_of_the_lines_it_leads_to(household: Household, by: str, interval: str) -> None:
    await lived(household)
    read = await household.got("/reports/spending", params={**RANGE, "by": by, "interval": interval})
    assert len(read["rows"]) >= 3
    for row in read["rows"]:
        for cell in row["figures"]:
            assert money(cell["amounts"]) == summed(await explained(household, cell["transactions"]))
        assert money(row["total"]) == added([money(cell["amounts"]) for cell in row["figures"]])
    assert money(read["total"]) == added([money(cell["amounts"]) for cell in read["totals"]])
    statement = await household.got("/reports/income-statement", params={**RANGE, "interval": interval})
    assert [cell["amounts"] for cell in read["totals"]] == [
        cell["amounts"] for cell in statement["sections"][1]["totals"]
    ]
    assert read["overlapping"] == (by in {"tag", "account"})
    if by in {"category", "account"}:
        uppermost = [row for row in read["rows"] if row["depth"] == 1]
        assert by == "account" or money(read["total"]) == added([money(row["total"]) for row in uppermost])
    elif by == "payee":
        assert money(read["total"]) == added([money(row["total"]) for row in read["rows"]])
        assert None in {row["name"] for row in read["rows"]}


async def test_spending_by_tag_and_account_by_hand(household: Household) -> None:
    await household.open_account("Card", kind="liability", type="credit_card", currency="EUR")
    await household.made(
        "/transactions",
        {
            "date": "2026-01-05",
            "tags": ["holiday", "gift"],
            "postings": [
                {"account": "Assets:Checking", "amount": "-10.00"},
                {"account": "Liabilities:Card", "amount": "-5.00"},
                {"account": "Expenses:Food", "amount": "15.00"},
            ],
        },
    )
    await household.record("-3.00", date="2026-01-06", category="Expenses:Food")
    asked = {"date_from": "2026-01-01", "date_to": "2026-01-31"}
    by_tag = await household.got("/reports/spending", params={**asked, "by": "tag"})
    assert [(row["name"], row["total"][0]["amount"], row["share"]) for row in by_tag["rows"]] == [
        ("gift", "15.00", "83.3"),
        ("holiday", "15.00", "83.3"),
        (None, "3.00", "16.7"),
    ]
    assert by_tag["total"] == [{"amount": "18.00", "currency": "EUR"}]
    by_account = await household.got("/reports/spending", params={**asked, "by": "account"})
    assert [(row["name"], row["total"][0]["amount"]) for row in by_account["rows"]] == [
        ("Assets:Checking", "18.00"),
        ("Liabilities:Card", "15.00"),
    ]


async def test_spending_beside_what_it_was_and_only_the_largest(household: Household) -> None:
    for day, amount, payee in (
        ("2026-01-05", "-9.00", "Zoo"),
        ("2026-02-05", "-4.00", "Zoo"),
        ("2026-02-06", "-5.00", "Bar"),
    ):
        await household.record(amount, date=day, payee=payee, category="Expenses:Food")
    asked = {"date_from": "2026-02-01", "date_to": "2026-02-28", "by": "payee", "compare": "previous"}
    read = await household.got("/reports/spending", params=asked)
    assert [row["name"] for row in read["rows"]] == ["Bar", "Zoo"]
    assert read["rows"][1]["figures"][0]["change"] == [{"amount": "-5.00", "currency": "EUR"}]
    assert read["columns"][0]["compared"] == {"first": "2026-01-01", "last": "2026-01-31"}
    largest = await household.got("/reports/spending", params={**asked, "top": 1})
    assert [row["name"] for row in largest["rows"]] == ["Bar"]
    assert largest["total"] == read["total"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"by": "payee", "depth": "1"}, "depth"),
        ({"by": "tag", "empty": "true"}, "empty"),
        ({"by": "category", "top": "3"}, "top"),
    ],
)
async def test_options_that_do_not_go_together_are_refused(
    household: Household, asked: dict[str, str], parameter: str
) -> None:
    answer = await household.ask("GET", "/reports/spending", params=asked)
    refused(answer, 422, "option_unfit", parameter=parameter)


PIVOTS = [
    ("category", None),
    ("category", "month"),
    ("account", "category"),
    ("category", "account"),
    ("payee", "quarter"),
    ("tag", "month"),
    ("tag", "account"),
    ("weekday", "currency"),
    ("status", "payee"),
    ("month", "weekday"),
    ("year", "tag"),
]


@pytest.mark.parametrize(("rows", "columns"), PIVOTS)
@pytest.mark.parametrize("of", ["categories", "expenses", "accounts"])
async def test_each_cell_of_a_pivot_is_the_sum_of_its_lines(
    household: Household, rows: str, columns: str | None, of: str
) -> None:
    await lived(household)
    asked: dict[str, Any] = {**RANGE, "rows": rows, "of": of}
    if columns is not None:
        asked["columns"] = columns
    read = await household.got("/reports/pivot", params=asked)
    everything = []
    for row in read["data"]:
        assert len(row["cells"]) == len(read["keys"])
        for cell in [*row["cells"], row["total"]]:
            if cell["transactions"] is None:
                assert (cell["amounts"], cell["count"]) == ([], 0)
                continue
            lines = await explained(household, cell["transactions"])
            assert (money(cell["amounts"]), cell["count"]) == (summed(lines), len(lines))
        everything += row["cells"]
    for cell in [*read["totals"], read["total"]]:
        lines = await explained(household, cell["transactions"])
        assert (money(cell["amounts"]), cell["count"]) == (summed(lines), len(lines))
    is_other_side = "account" if of != "accounts" else "category"
    assert read["overlapping"] == bool({rows, columns} & {"tag", is_other_side})
    if not read["overlapping"]:
        assert money(read["total"]["amounts"]) == added([money(cell["amounts"]) for cell in everything])
        assert read["total"]["count"] == sum(cell["count"] for cell in everything)
        for place, total in enumerate(read["totals"]):
            assert money(total["amounts"]) == added([money(row["cells"][place]["amounts"]) for row in read["data"]])


@pytest.mark.parametrize(
    "filters",
    [
        {"payee": "bak"},
        {"tag": "work"},
        {"untagged": "true"},
        {"account": "Assets:Checking", "amount_min": "20"},
        {"category": "Expenses:Food", "amount_min": "10.50", "status": "cleared"},
        {"q": "-tag:gift amount>30 category:Expenses:Food"},
        {"q": "bakery"},
        {"status": "pending"},
    ],
)
async def test_a_pivot_takes_the_filters_of_transactions(household: Household, filters: dict[str, str]) -> None:
    await lived(household)
    listed: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await household.got("/transactions", params={**RANGE, **filters, "limit": 200, **cursor})
        listed += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    by_hand = added(
        [
            {posting["currency"]: Decimal(posting["amount"])}
            for transaction in listed
            for posting in transaction["postings"]
            if posting["account"].startswith(("Expenses", "Income"))
        ]
    )
    read = await household.got("/reports/pivot", params={**RANGE, **filters, "columns": "month", "depth": 1})
    assert listed
    assert money(read["total"]["amounts"]) == by_hand
    for row in read["data"]:
        assert row["name"].count(":") == 1
        for cell in row["cells"]:
            if cell["transactions"]:
                assert money(cell["amounts"]) == summed(await explained(household, cell["transactions"]))


async def test_what_a_pivot_measures(household: Household) -> None:
    for amount, category in (("-10.00", "Expenses:Food"), ("-5.01", "Expenses:Food"), ("2.00", "Expenses:Food")):
        await household.record(amount, date="2026-01-05", category=category)
    asked = {"date_from": "2026-01-01", "date_to": "2026-01-31", "rows": "category"}
    measured = {}
    for measure in ("sum", "in", "out", "net", "average", "count"):
        (row,) = (await household.got("/reports/pivot", params={**asked, "measure": measure}))["data"]
        measured[measure] = row["total"]["amounts"][0]["amount"] if row["total"]["amounts"] else row["total"]["count"]
    assert measured == {"sum": "13.01", "in": "2.00", "out": "15.01", "net": "-13.01", "average": "4.34", "count": 3}
    answer = await household.ask("GET", "/reports/pivot", params={**asked, "columns": "category"})
    refused(answer, 422, "option_unfit", parameter="columns")
    answer = await household.ask("GET", "/reports/lines", params={"where": "weekday:9"})
    refused(answer, 422, "option_unfit", parameter="where")


async def test_a_pivot_of_too_many_cells_is_refused(household: Household) -> None:
    for number in range(60):
        await household.made("/payees", {"name": f"Payee {number}"})
    written = [
        {
            "date": str(dt.date(2025, 1, 1) + dt.timedelta(days=day)),
            "amount": "-1.00",
            "account": "Assets:Checking",
            "category": "Expenses:Food",
            "payee": f"Payee {day % 60}",
        }
        for day in range(390)
    ]
    await household.made("/transactions/bulk", {"transactions": written})
    asked = {"date_from": "2025-01-01", "date_to": "2026-01-31", "rows": "payee", "columns": "day"}
    answer = await household.ask("GET", "/reports/pivot", params=asked)
    refused(answer, 422, "report_too_large", parameter="columns")
    asked = {"date_from": "2025-01-01", "date_to": "2026-01-31", "by": "payee", "interval": "day"}
    refused(
        await household.ask("GET", "/reports/spending", params=asked), 422, "report_too_large", parameter="interval"
    )


async def test_a_month_against_those_before(household: Household) -> None:
    for day, amount in (
        ("2026-01-04", "-10.00"),
        ("2026-01-31", "-100.00"),
        ("2026-02-10", "-30.00"),
        ("2026-03-02", "-20.00"),
        ("2026-03-31", "-500.00"),
        ("2026-04-05", "-50.00"),
    ):
        await household.record(amount, date=day, category="Expenses:Food")
    asked = {"date": "2026-04-10", "months": 3}

    async def food(**more: str) -> dict[str, Any]:
        read = await household.got("/reports/trends", params={**asked, **more})
        (row,) = read["sections"][1]["rows"]
        for cell in row["figures"]:
            path = cell["transactions"].split(household.book_id, 1)[1]
            listed = (await household.got(path))["data"]
            assert money(cell["amounts"]) == added(
                [{"EUR": -Decimal(each["postings"][0]["amount"])} for each in listed]
            )
        said = {
            name: row[name][0]["amount"] if row[name] else None for name in ("amounts", "average", "median", "change")
        }
        return {**said, "ratio": row["ratio"], "scale": read["scale"]}

    assert await food() == {
        "amounts": "50.00",
        "average": "20.00",
        "median": "20.00",
        "change": "30.00",
        "ratio": "250.0",
        "scale": "1",
    }
    whole = {"average": "220.00", "median": "110.00"}
    assert await food(pace="whole") == {"amounts": "50.00", **whole, "change": "-170.00", "ratio": "22.7", "scale": "1"}
    scaled = await food(pace="scaled")
    assert scaled == {"amounts": "150.00", **whole, "change": "-70.00", "ratio": "68.2", "scale": "3.0000"}


async def test_a_register_runs_from_what_was_held_to_what_is(household: Household) -> None:
    for day, amount in (
        ("2026-01-31", "100.00"),
        ("2026-02-03", "-12.00"),
        ("2026-02-03", "2.00"),
        ("2026-03-01", "7"),
    ):
        await household.record(amount, date=day, category="Expenses:Food")
    asked = {"account": "Assets:Checking", "date_from": "2026-02-01", "date_to": "2026-02-28"}
    read = await household.got("/reports/register", params=asked)
    assert (read["opening"], read["moved"], read["closing"]) == tuple(
        [{"amount": amount, "currency": "EUR"}] for amount in ("100.00", "-10.00", "90.00")
    )
    assert [line["balances"][0]["amount"] for line in read["lines"]] == ["88.00", "90.00"]
    assert read["account"] == "Assets:Checking"
    unknown = await household.ask("GET", "/reports/register", params={"account": "Assets:Nowhere"})
    refused(unknown, 422, "account_unknown", parameter="account")


async def test_an_observer_sees_categories_and_no_names(client: Client, household: Household) -> None:
    await household.record("-12.00", date="2026-01-05", payee="Secret", category="Expenses:Food")
    observer = await Person.registered(client)
    await household.share(observer, "observer")
    asked = {"date_from": "2026-01-01", "date_to": "2026-01-31"}
    path = f"/books/{household.book_id}/reports"
    for by, status in (("category", 200), ("payee", 403), ("tag", 403), ("account", 403)):
        answer = await observer.ask("GET", f"{path}/spending", params={**asked, "by": by})
        assert answer.status_code == status, by
    overview = await observer.ask("GET", f"{path}/overview", params={"period": "2026-01"})
    assert overview.json()["payees"] is None
    assert "Secret" not in overview.text
    for report in ("pivot", "lines", "register?account=Assets:Checking"):
        assert (await observer.ask("GET", f"{path}/{report}")).status_code == 403
