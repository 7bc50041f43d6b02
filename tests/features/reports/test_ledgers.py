"""Ledgers of other programs, brought in over HTTP: reports say what those programs print, to the last digit."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.features.answers import granted
from tests.features.reports.test_statements import money
from tests.household import Client, Household

HLEDGER = ("bcexample.journal", "multicurrency.journal", "sample.journal")
BEANCOUNT = ("basic.beancount", "example.beancount")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PRINTED = re.compile(r"(\$)?(-?[0-9,.]+)(?: ([A-Z]+))?\Z")
Sums = dict[tuple[str, str], Decimal]
"""By account, or section, and currency."""


async def brought(client: Client, path: Path) -> tuple[Household, dict[str, str]]:
    """A book without any categories, into which a ledger is brought; and what its accounts are called there."""
    home = await Household.founded(client, currency="USD", starter=False)
    data = path.read_bytes()  # noqa: ASYNC240 - a test may wait
    answer = await home.bring(data, account=None)
    if answer.status_code == 422:
        asked = await home.bring(data, account=None, params={"commit": "false"})
        answers = {each["name"]: next(c["value"] for c in each["choices"] if c["value"] == "USD")
                   for each in asked.json()["questions"]}  # fmt: skip
        answer = await home.bring(data, account=None, form={"answers": json.dumps(answers)})
    read = granted(answer, 201)
    return home, {each["name"]: each["account"] for each in read["mapping"] if each["account"]}


def printed(text: str) -> Iterator[tuple[str, Decimal]]:
    """Amounts as hledger prints them: ``1.50 USD, 3 ACME``."""
    for each in filter(None, text.split(", ")):
        found = _PRINTED.match(each)
        assert found, each
        if Decimal(found[2].replace(",", "")):
            yield "USD" if found[1] else found[3], Decimal(found[2].replace(",", ""))


def added(figures: Iterator[tuple[str, str, Decimal]]) -> Sums:
    total: Sums = defaultdict(Decimal)
    for name, currency, amount in figures:
        total[name, currency] += amount
    return {key: amount for key, amount in total.items() if amount}


async def held(home: Household) -> Sums:
    """What all accounts hold, but the one that balances exchanges."""
    read = await home.got("/reports/trial-balance", params={"date": "2999-12-31"})
    return added(
        (line["account"], each["currency"], Decimal(each["amount"]))
        for line in read["data"]
        if line["account"] != "Equity:Trading"
        for each in line["balances"]
    )


async def monthly(home: Household, first: dt.date, last: dt.date) -> Any:
    asked = {"date_from": str(first), "date_to": str(last), "interval": "month"}
    return await home.got("/reports/income-statement", params=asked)


@pytest.mark.parametrize("name", HLEDGER)
async def test_a_journal_of_hledger_holds_what_hledger_says(client: Client, fixtures: Path, name: str) -> None:
    home, called = await brought(client, fixtures / "hledger" / "hledger" / name)
    with (fixtures / "expected_balances" / f"hledger_hledger_{name}.csv").open(encoding="utf-8", newline="") as lines:
        told = [row for row in csv.DictReader(lines) if row["account"].lower() != "total"]
    assert await held(home) == added(
        (called[row["account"]], currency, amount) for row in told for currency, amount in printed(row["balance"])
    )


@pytest.mark.parametrize("name", HLEDGER)
async def test_months_are_what_hledger_says(client: Client, fixtures: Path, name: str) -> None:
    home, called = await brought(client, fixtures / "hledger" / "hledger" / name)
    path = fixtures / "expected_balances" / f"hledger_hledger_{name}.is_monthly.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        (title, *_), heading, *table = csv.reader(lines)
    months = [_month(each, title) for each in heading[1:]]
    read = await monthly(home, months[0], months[-1].replace(day=28) + dt.timedelta(days=3))
    assert [column["first"] for column in read["columns"]] == [str(month) for month in months]
    told: dict[tuple[int, str], Sums] = {}
    for column in range(len(months)):
        # An account's row counts those under it.
        told[column, "rows"] = added(
            (above, currency, amount)
            for row in table
            if row[0] in called
            for currency, amount in printed(row[column + 1])
            for above in _and_above(called[row[0]])
        )
        (net,) = [row for row in table if row[0] == "Net:"]
        told[column, "net"] = added(("net", *each) for each in printed(net[column + 1]))
    for column in range(len(months)):
        rows = [row for section in read["sections"] for row in section["rows"]]
        assert told[column, "rows"] == added(
            (row["account"], each["currency"], Decimal(each["amount"]))
            for row in rows
            for each in row["figures"][column]["amounts"]
        )
        came = money(read["net"][column]["amounts"])
        assert told[column, "net"] == {("net", currency): Decimal(amount) for currency, amount in came.items()}


def _month(text: str, title: str) -> dt.date:
    if "-" in text:
        return dt.date.fromisoformat(f"{text}-01")
    return dt.date(int(title.rsplit(maxsplit=1)[-1]), MONTHS.index(text) + 1, 1)


def _and_above(account: str) -> Iterator[str]:
    parts = account.split(":")
    for length in range(2, len(parts) + 1):
        yield ":".join(parts[:length])


@pytest.mark.parametrize("name", BEANCOUNT)
async def test_a_ledger_of_beancount_holds_what_beancount_says(client: Client, fixtures: Path, name: str) -> None:
    home, called = await brought(client, fixtures / "beancount" / "beancount" / name)
    path = fixtures / "expected_balances" / f"beancount_beancount_{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        told = [row for row in csv.DictReader(lines) if Decimal(row["number"])]
    assert await held(home) == added(
        (called[row["account"].strip()], row["currency"].strip(), Decimal(row["number"])) for row in told
    )


@pytest.mark.parametrize("name", BEANCOUNT)
async def test_months_are_what_beancount_says(client: Client, fixtures: Path, name: str) -> None:
    home, _ = await brought(client, fixtures / "beancount" / "beancount" / name)
    path = fixtures / "expected_balances" / f"beancount_beancount_{name}.monthly.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        told = list(csv.DictReader(lines))
    months = sorted({dt.date(int(row["y"]), int(row["m"]), 1) for row in told})
    read = await monthly(home, months[0], months[-1].replace(day=28) + dt.timedelta(days=3))
    said = added(
        (f"{row['root']} {row['y']}-{int(row['m']):02}", row["currency"], Decimal(row["number"])) for row in told
    )
    assert said == added(
        (
            f"{section['section'].capitalize()} {column['first'][:7]}",
            each["currency"],
            Decimal(each["amount"]) * (-1 if section["section"] == "income" else 1),
        )
        for section in read["sections"]
        for column, cell in zip(read["columns"], section["totals"], strict=True)
        for each in cell["amounts"]
    )


async def test_a_ledger_of_ledger_holds_what_ledger_says(client: Client, fixtures: Path) -> None:
    home, called = await brought(client, fixtures / "ledger" / "ledger" / "drewr3.dat")
    path = fixtures / "expected_balances" / "ledger_ledger_drewr3.dat.postings.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        # What is in brackets comes of an automatic posting, which isn't read.
        rows = [row for row in csv.reader(lines) if not row[3].startswith("(")]
    assert await held(home) == added((called[row[3]], "USD", Decimal(row[5])) for row in rows)
    months = sorted({row[0][:7].replace("/", "-") for row in rows})
    read = await monthly(home, dt.date.fromisoformat(f"{months[0]}-01"), dt.date.fromisoformat(f"{months[-1]}-28"))
    for section, root in zip(read["sections"], ("Income", "Expenses"), strict=True):
        for column, cell in zip(read["columns"], section["totals"], strict=True):
            total = sum(
                (
                    Decimal(row[5]) * (-1 if root == "Income" else 1)
                    for row in rows
                    if row[3].startswith(f"{root}:") and row[0].replace("/", "-").startswith(column["first"][:7])
                ),
                Decimal(0),
            )
            assert Decimal(money(cell["amounts"]).get("USD", "0")) == total


async def test_prices_in_a_ledger_are_the_book_s_and_come_once(client: Client, fixtures: Path) -> None:
    path = fixtures / "beancount" / "beancount" / "example.beancount"
    told = [line.split() for line in path.read_text().splitlines() if re.match(r"[0-9-]{10} price ", line)]
    assert len(told) > 100
    home, _ = await brought(client, path)
    page = await home.got("/prices", params={"limit": "1"})
    assert page["data"][0]["source"] == "beancount file"
    for day, _, commodity, amount, currency in (told[0], told[-1]):
        asked = {"commodity": commodity, "currency": currency, "date": day}
        read = await home.got("/prices/rate", params=asked)
        assert (read["date"], Decimal(read["rate"])) == (day, Decimal(amount))
    revision = await home.revision()
    again = granted(await home.bring(path.read_bytes(), account=None), 201)
    assert (again["created"], await home.revision()) == (0, revision)
    sheet = await home.got("/reports/balance-sheet", params={"date_to": told[-1][0], "currency": "USD"})
    assert sheet["net"][0]["amounts"]
