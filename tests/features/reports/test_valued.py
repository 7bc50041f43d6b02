"""Reports in one currency: by hand, and every figure against the postings and the rates that it leads to."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.features.answers import refused
from tests.features.prices.test_rate import referred
from tests.features.reports.test_statements import money, rows
from tests.household import Household

FIRST, SECOND, THIRD = dt.date(2026, 1, 15), dt.date(2026, 2, 16), dt.date(2026, 3, 31)
ACME = {"code": "ACME", "name": "Acme", "digits": 4, "kind": "security"}


async def priced(home: Household, day: dt.date, commodity: str, amount: str, currency: str = "EUR") -> None:
    body = {"commodity": commodity, "currency": currency, "date": str(day), "amount": amount}
    assert (await home.ask("POST", "/prices", body)).status_code in {200, 201}


@pytest.fixture
async def abroad(household: Household) -> Household:
    """A quarter with dollars: 1,000 EUR earned, 400 exchanged for 500 USD, 100 USD spent."""
    await household.open_account("Dollars", currency="USD", type="checking")
    for day, rate in ((FIRST, "0.8"), (SECOND, "0.9"), (THIRD, "1.0")):
        await priced(household, day, "USD", rate)
    await household.record("1000.00", date=str(FIRST), category="Income:Salary")
    exchanged = {
        "date": str(FIRST), "amount": "400", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "500",
    }  # fmt: skip
    await household.made("/transactions", exchanged)
    spent = {"date": str(SECOND), "amount": "-100", "account": "Assets:Dollars", "category": "Expenses:Food"}
    await household.made("/transactions", spent)
    return household


QUARTER = {"date_from": "2026-01-01", "date_to": "2026-03-31", "interval": "month", "currency": "EUR"}


async def test_a_balance_sheet_by_the_rates_of_the_ends(abroad: Household) -> None:
    read = await abroad.got("/reports/balance-sheet", params=QUARTER)
    assert (read["currency"], read["valued"], read["unconverted"]) == ("EUR", "end", [])
    assert rows(read) == {
        "Assets:Checking": [{"EUR": "600.00"}] * 3,
        "Assets:Dollars": [{"EUR": "400.00"}, {"EUR": "360.00"}, {"EUR": "400.00"}],
    }
    dollars = read["sections"][0]["rows"][1]["figures"]
    for cell, (amount, day, rate, stale) in zip(
        dollars,
        (
            ("500.00", "2026-01-15", "0.8", True),
            ("400.00", "2026-02-16", "0.9", True),
            ("400.00", "2026-03-31", "1", False),
        ),
        strict=True,
    ):
        (part,) = cell["converted"]
        assert (part["amount"], part["currency"], part["stale"]) == (amount, "USD", stale)
        (place,) = part["rates"]
        told = read["rates"][place]
        assert (told["date"], told["rate"], told["source"], told["stale"]) == (day, rate, "manual", stale)
    assert [money(cell["amounts"]) for cell in read["net"]] == [
        {"EUR": "1000.00"},
        {"EUR": "960.00"},
        {"EUR": "1000.00"},
    ]
    assert read["net"][1]["converted"][0]["amount"] == "400.00"


@pytest.mark.parametrize(
    ("valued", "dollars"),
    [
        ("cost", ["400.00", "310.00", "310.00"]),
        ("posting", ["400.00", "310.00", "310.00"]),
        ("today", ["500.00", "400.00", "400.00"]),
    ],
)
async def test_by_other_rates(abroad: Household, valued: str, dollars: list[str]) -> None:
    read = await abroad.got("/reports/balance-sheet", params={**QUARTER, "valued": valued})
    assert [cell["EUR"] for cell in rows(read)["Assets:Dollars"]] == dollars


async def test_an_income_statement_is_told_by_the_days_of_its_postings(abroad: Household) -> None:
    await priced(abroad, dt.date(2026, 2, 28), "USD", "2.0")
    read = await abroad.got("/reports/income-statement", params=QUARTER)
    assert (read["valued"], rows(read)["Expenses:Food"]) == ("posting", [{}, {"EUR": "90.00"}, {}])
    read = await abroad.got("/reports/income-statement", params={**QUARTER, "valued": "end"})
    assert rows(read)["Expenses:Food"][1] == {"EUR": "200.00"}
    read = await abroad.got("/reports/income-statement", params={**QUARTER, "currency": "USD"})
    assert rows(read)["Income:Salary"][0] == {"USD": "1250.00"}


async def test_what_was_paid_for_shares_is_their_cost(abroad: Household) -> None:
    await abroad.made("/currencies", ACME)
    await abroad.open_account("Depot", type="investment")

    async def traded(day: dt.date, shares: str, cost: str, paid: str) -> None:
        postings = [
            {
                "account": "Assets:Depot",
                "amount": shares,
                "currency": "ACME",
                "cost": {"amount": cost, "currency": "EUR"},
            },
            {"account": "Assets:Checking", "amount": paid},
        ]
        await abroad.made("/transactions", {"date": str(day), "postings": postings})

    await traded(FIRST, "10", "5", "-50")
    await traded(SECOND, "-4", "5", "32")
    await priced(abroad, THIRD, "ACME", "9")
    read = await abroad.got("/reports/balance-sheet", params={**QUARTER, "valued": "cost"})
    assert rows(read)["Assets:Depot"] == [{"EUR": "50.00"}, {"EUR": "30.00"}, {"EUR": "30.00"}]
    read = await abroad.got("/reports/balance-sheet", params=QUARTER)
    assert rows(read)["Assets:Depot"] == [{"ACME": "10.0000"}, {"ACME": "6.0000"}, {"EUR": "54.00"}]
    assert read["unconverted"] == ["ACME"]
    # What they were sold for more than they cost is on Equity:Trading.
    trial = await abroad.got("/reports/trial-balance", params={"date": "2026-03-31", "valued": "cost"})
    held = {line["account"]: money(line["balances"]) for line in trial["data"]}
    assert held["Equity:Trading"] == {"EUR": "-12.00"}
    assert trial["totals"] == [{"amount": "0.00", "currency": "EUR"}]


@pytest.mark.parametrize("valued", ["cost", "posting", "end", "today"])
async def test_a_trial_balance_sums_to_zero_however_it_is_valued(abroad: Household, valued: str) -> None:
    await priced(abroad, SECOND, "USD", "0.912345")
    read = await abroad.got(
        "/reports/trial-balance", params={"date": "2026-02-20", "currency": "EUR", "valued": valued}
    )
    assert read["totals"] == [{"amount": "0.00", "currency": "EUR"}]
    assert {line["account"] for line in read["data"]} >= {"Assets:Dollars", "Expenses:Food"}


async def test_net_worth_over_time_is_the_net_of_balance_sheets(abroad: Household) -> None:
    read = await abroad.got("/reports/net-worth", params=QUARTER)
    sheet = await abroad.got("/reports/balance-sheet", params=QUARTER)
    assert (read["report"], read["net"]) == ("net_worth", sheet["net"])
    assert [section["rows"] for section in read["sections"]] == [[], []]
    assert [section["totals"] for section in read["sections"]] == [section["totals"] for section in sheet["sections"]]


async def test_what_exchanges_gained_is_told_from_trading(abroad: Household) -> None:
    read = await abroad.got("/reports/exchange-gains", params=QUARTER)
    # 500 USD were got for 400 EUR: at 0.8, at 0.9 and at 1.0.
    assert [money(cell["amounts"]) for cell in read["net"]] == [{}, {"EUR": "50.00"}, {"EUR": "50.00"}]
    assert money(read["net_total"]) == {"EUR": "100.00"}
    (row,) = read["sections"][0]["rows"]
    assert row["account"] == "Equity:Trading"
    posted = await abroad.got("/reports/exchange-gains", params={"date_from": "2026-01-01", "date_to": "2026-03-31"})
    assert money(posted["net"][0]["amounts"]) == {"EUR": "-400.00", "USD": "500.00"}
    (found,) = (await abroad.got(row["figures"][2]["transactions"].split(abroad.book_id, 1)[1]))["data"]
    made = [posting for posting in found["postings"] if posting["account"] == "Equity:Trading"]
    assert {each["currency"]: each["amount"] for each in made} == {"EUR": "400.00", "USD": "-500.00"}


async def test_accounts_it_is_narrowed_to(abroad: Household) -> None:
    await abroad.open_account("Purse", type="cash", parent="Assets:Dollars", currency="USD")
    asked = {**QUARTER, "account": ["assets:dollars", abroad.checking_id]}
    assert len(rows(await abroad.got("/reports/balance-sheet", params=asked))) == 2
    asked["account"] = ["Assets:Dollars"]
    read = await abroad.got("/reports/balance-sheet", params={**asked, "empty": "true"})
    assert list(rows(read)) == ["Assets:Dollars", "Assets:Dollars:Purse"]
    assert money(read["net"][2]["amounts"]) == {"EUR": "400.00"}
    answer = await abroad.ask("GET", "/reports/balance-sheet", params={"account": "Assets:Dolars"})
    refused(answer, 422, "account_unknown", parameter="account")


async def test_refunds_count_for_what_they_were_paid_back_for_if_asked(abroad: Household) -> None:
    bought = await abroad.record("-80.00", date="2026-01-20", category="Expenses:Shopping:Clothing")
    back = await abroad.record("30.00", date="2026-03-05", category="Expenses:Shopping:Clothing")
    dear = {
        "date": "2026-01-25",
        "amount": "-50",
        "account": "Assets:Dollars",
        "category": "Expenses:Shopping:Clothing",
    }
    dear = await abroad.made("/transactions", dear)
    cheap = {"date": "2026-02-16", "amount": "50", "account": "Assets:Dollars", "category": "Income:Salary"}
    cheap = await abroad.made("/transactions", cheap)
    for spent, came in ((bought, back), (dear, cheap)):
        link = {"kind": "refund", "from_posting_id": spent["postings"][1]["id"],
                "to_posting_id": came["postings"][1]["id"]}  # fmt: skip
        await abroad.made("/links", link)
    asked = {**QUARTER, "account": ["Expenses:Shopping:Clothing"]}
    gross = rows(await abroad.got("/reports/income-statement", params=asked))
    assert gross["Expenses:Shopping:Clothing"] == [{"EUR": "120.00"}, {}, {"EUR": "-30.00"}]
    net = await abroad.got("/reports/income-statement", params={**asked, "net_of_refunds": "true"})
    # 80 - 30, and 50 USD at 0.8 less 50 USD at 0.9.
    assert rows(net)["Expenses:Shopping:Clothing"] == [{"EUR": "45.00"}, {}, {}]
    (row,) = net["sections"][1]["rows"]
    assert [money(cell["refunds"]) for cell in row["figures"]] == [
        {"EUR": "-30.00", "USD": "-50.00"},
        {},
        {"EUR": "30.00"},
    ]
    del asked["currency"]
    plain = await abroad.got("/reports/income-statement", params={**asked, "net_of_refunds": "true"})
    assert rows(plain)["Expenses:Shopping:Clothing"] == [{"EUR": "50.00"}, {}, {}]


async def test_what_does_not_go_together_is_refused(abroad: Household) -> None:
    then = {"known_at": await abroad.revision()}
    path = "/reports/income-statement"
    refused(await abroad.ask("GET", path, params={**then, "valued": "cost"}), 422, "option_unfit", parameter="valued")
    answer = await abroad.ask("GET", path, params={**then, "net_of_refunds": "true"})
    refused(answer, 422, "option_unfit", parameter="net_of_refunds")
    for report in ("trial-balance", "balance-sheet", "net-worth"):
        answer = await abroad.ask("GET", f"/reports/{report}", params={"currency": "XYZ"})
        refused(answer, 422, "currency_unknown", parameter="currency")


async def test_as_it_was_known_prices_and_all(abroad: Household) -> None:
    known = await abroad.revision()
    asked = {**QUARTER, "known_at": known}
    before = {valued: await abroad.got("/reports/balance-sheet", params={**asked, "valued": valued})
              for valued in ("end", "posting", "today")}  # fmt: skip
    await priced(abroad, FIRST, "USD", "7")
    await priced(abroad, THIRD, "USD", "8")
    (price,) = (await abroad.got("/prices", params={"date_from": str(SECOND), "date_to": str(SECOND)}))["data"]
    await abroad.ask("DELETE", f"/prices/{price['id']}")
    for transaction in (await abroad.got("/transactions"))["data"][:2]:
        await abroad.ask("DELETE", f"/transactions/{transaction['id']}")
    await abroad.made("/transactions", {"date": "2026-02-01", "amount": "-5", "account": "Assets:Dollars"})
    for valued, was in before.items():
        now = await abroad.got("/reports/balance-sheet", params={**asked, "valued": valued})
        assert (now["sections"], now["net"], now["rates"]) == (was["sections"], was["net"], was["rates"])


async def test_a_sheet_in_a_currency_is_told_again_when_the_instance_knows_better(
    abroad: Household, database_url: str
) -> None:
    asked = {"date_to": "2009-03-31", "currency": "EUR"}
    answer = await abroad.ask("GET", "/reports/balance-sheet", params=asked)
    seen = {"If-None-Match": answer.headers["etag"]}
    assert (await abroad.ask("GET", "/reports/balance-sheet", params=asked, headers=seen)).status_code == 304
    await referred(database_url, ("NOK", dt.date(2009, 3, 1), "9"))
    assert (await abroad.ask("GET", "/reports/balance-sheet", params=asked, headers=seen)).status_code == 200


async def test_totals_lead_to_the_lines_that_make_them_up(abroad: Household) -> None:
    await abroad.record("-7.25", date="2026-02-03", category="Expenses:Food", status="pending")
    days = {name: value for name, value in QUARTER.items() if name != "currency"}
    for report, section, sign, status in (
        ("income-statement", 0, -1, {}),
        ("income-statement", 1, 1, {}),
        ("income-statement", None, -1, {}),
        ("balance-sheet", None, 1, {}),
        ("net-worth", None, 1, {}),
        ("net-worth", None, 1, {"status": "pending"}),
    ):
        read = await abroad.got(f"/reports/{report}", params={**days, **status})
        for cell in read["net"] if section is None else read["sections"][section]["totals"]:
            lines = (await abroad.got(cell["lines"].split(abroad.book_id, 1)[1] + "&limit=200"))["data"]
            total: dict[str, Decimal] = {}
            for line in lines:
                total[line["currency"]] = total.get(line["currency"], Decimal(0)) + sign * Decimal(line["amount"])
            shown = {currency: Decimal(amount) for currency, amount in money(cell["amounts"]).items()}
            assert shown == {currency: amount for currency, amount in total.items() if amount}, report
    narrowed = await abroad.got("/reports/balance-sheet", params={"account": "Assets:Dollars"})
    assert [cell["lines"] for cell in narrowed["net"]] == [None]


# Whatever is in the book


async def strewn(home: Household, chance: random.Random) -> None:
    """A book with three currencies and a share, prices on some days, and postings of all sorts."""
    await home.made("/currencies", ACME)
    for name, currency in (("Dollars", "USD"), ("Yen", "JPY")):
        await home.open_account(name, currency=currency, type="checking")
    await home.open_account("Depot", type="investment")
    await home.open_account("Card", kind="liability", type="credit_card", currency="USD")
    await home.open_account("Bakery", kind="expense", parent="Expenses:Food")
    for _ in range(25):
        day = dt.date(2025, 11, 1) + dt.timedelta(days=chance.randrange(150))
        code, scale = chance.choice([("USD", 1), ("JPY", 150), ("ACME", 1)])
        figure = Decimal(chance.randrange(50, 150)).scaleb(-2) / scale
        await priced(home, day, code, f"{figure:.7f}", "EUR" if code != "ACME" else chance.choice(["EUR", "USD"]))
    held = {"Assets:Checking": "EUR", "Assets:Dollars": "USD", "Assets:Yen": "JPY", "Liabilities:Card": "USD"}
    categories = ["Income:Salary", "Expenses:Food", "Expenses:Food:Bakery", "Expenses:Taxes"]
    transactions: list[dict[str, Any]] = []
    for _ in range(120):
        on = str(dt.date(2025, 11, 1) + dt.timedelta(days=chance.randrange(150)))
        account = chance.choice(list(held))
        whole = chance.randrange(-9999, 9999) or 1
        amount = str(whole) if held[account] == "JPY" else f"{Decimal(whole).scaleb(-2):f}"
        kind = chance.randrange(4)
        if kind == 0:
            other = chance.choice([each for each in held if held[each] != held[account]])
            given = {"amount": amount.lstrip("-"), "to_amount": str(chance.randrange(1, 90))}
            transactions.append({"date": on, "from": account, "to": other, **given})
        elif kind == 1:
            shares = chance.randrange(1, 50) * chance.choice([1, 1, -1])
            noted: dict[str, Any] = {"account": "Assets:Depot", "amount": str(shares), "currency": "ACME"}
            paid = {"account": "Assets:Checking", "amount": str(-2 * shares)}
            if chance.random() < 0.5:
                noted |= {"price": {"amount": "2", "currency": "EUR"}}
            if chance.random() < 0.5:
                noted |= {"cost": {"amount": "2", "currency": "EUR"}}
            transactions.append({"date": on, "postings": [noted, paid]})
        else:
            category = chance.choice(categories)
            transactions.append({"date": on, "amount": amount, "account": account, "category": category})
    await home.made("/transactions/bulk", {"transactions": transactions})


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("interval", ["none", "week", "month"])
async def test_every_figure_is_what_it_leads_to_at_the_rates_it_names(
    household: Household, seed: int, interval: str
) -> None:
    await strewn(household, random.Random(seed))
    for report, valued, currency in (
        ("balance-sheet", "end", "EUR"),
        ("balance-sheet", "today", "USD"),
        ("balance-sheet", "posting", "EUR"),
        ("income-statement", "posting", "EUR"),
        ("income-statement", "end", "JPY"),
        ("cash-flow", "posting", "USD"),
        ("cash-flow", "today", "EUR"),
    ):
        asked = {"date_from": "2025-11-20", "date_to": "2026-03-09", "interval": interval, "currency": currency,
                 "valued": valued}  # fmt: skip
        read = await household.got(f"/reports/{report}", params=asked)
        await check_sheet(household, read)


async def check_sheet(home: Household, read: dict[str, Any]) -> None:
    """Hold a sheet to what its figures lead to: postings, at the rates that are named, and to adding up."""
    currency = read["currency"]
    unit = Fraction(1 if currency == "JPY" else Fraction(1, 100))
    for section in read["sections"]:
        sign = -1 if section["section"] in {"income", "liabilities"} else 1
        for column, total in enumerate(section["totals"]):
            whole, exact = Decimal(0), Fraction(0)
            for row in section["rows"]:
                cell = row["figures"][column]
                postings = await _postings(home, row, cell)
                worth = sign * _worth(read, column, postings)
                # Rounded together: none is as far as a unit for each account that is under it.
                assert abs(Fraction(_of(cell, currency)) - worth) < 3 * unit
                check_parts(cell, postings, currency, sign)
                if row["depth"] == 1:
                    whole, exact = whole + _of(cell, currency), exact + worth
            assert _of(total, currency) == whole
            assert Fraction(_of(total, currency)) == round(exact / unit) * unit


def _worth(read: dict[str, Any], column: int, postings: list[tuple[dict[str, Any], str]]) -> Fraction:
    """What postings come to at the rates that a report names."""
    by_day = {(rate["commodity"], rate["on"]): _exact(rate) for rate in read["rates"]}
    by_day |= {(read["currency"], on): Fraction(1) for _, on in postings}
    total = Fraction(0)
    for posting, on in postings:
        code = posting["currency"]
        if read["valued"] == "end" and code != read["currency"]:
            on = read["columns"][column]["last"]  # noqa: PLW2901 - all of a column by the rates of one day
        if read["valued"] == "today" and code != read["currency"]:
            on = next((day for of, day in by_day if of == code), on)  # noqa: PLW2901 - the one day there is
        total += Fraction(posting["amount"]) * by_day.get((code, on), 0)
    return total


def check_parts(cell: dict[str, Any], postings: list[tuple[dict[str, Any], str]], currency: str, sign: int) -> None:
    """Whatever was posted in other currencies was converted, or is there still."""
    natives: dict[str, Decimal] = {}
    for posting, _ in postings:
        code = posting["currency"]
        natives[code] = natives.get(code, Decimal(0)) + sign * Decimal(posting["amount"])
    there = {part["currency"]: Decimal(part["amount"]) for part in cell["converted"]}
    for code, amount in money(cell["amounts"]).items():
        if code != currency:
            there[code] = there.get(code, Decimal(0)) + Decimal(amount)
    natives.pop(currency, None)
    assert {code: amount for code, amount in there.items() if amount} == {
        code: amount for code, amount in natives.items() if amount
    }


def _exact(rate: dict[str, Any]) -> Fraction:
    value = Fraction(1)
    for step in rate["steps"]:
        value = value / Fraction(step["amount"]) if step["inverse"] else value * Fraction(step["amount"])
    assert abs(value - Fraction(rate["rate"])) <= abs(value) / 10**14
    return value


def _of(cell: dict[str, Any], currency: str) -> Decimal:
    return Decimal(money(cell["amounts"]).get(currency, "0"))


async def _postings(home: Household, row: dict[str, Any], cell: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The postings that a figure leads to."""
    read = await home.got(cell["transactions"].split(home.book_id, 1)[1] + "&limit=200&generated=true")
    assert read["next_cursor"] is None
    return [
        (posting, transaction["date"])
        for transaction in read["data"]
        for posting in transaction["postings"]
        if posting["account"] == row["account"] or posting["account"].startswith(row["account"] + ":")
    ]
