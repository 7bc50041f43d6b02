"""Statements in the formats of banks, of which one file often holds several of one account."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
from tests.features.answers import granted
from tests.features.journal.chain import check_book
from tests.household import Client, Household

KNOWN = [
    ("mt940/rechnungspilot/vr-teilhaberbank.mta", 5, "-341.91", "14846.94", "EUR"),
    ("mt940/wolph/jejik/rabobank-iban.sta", 4, "-70.00", "930.00", "EUR"),
    ("mt940/wolph/jejik/generic.sta", 2, "-20.00", "80.00", "EUR"),
    ("mt940/wolph/mBank/mt940.sta", 3, "0.03", "0.43", "PLN"),
    ("camt/camt_parser/052/valid_example.xml", 2, "5.00", "13.50", "EUR"),
    ("camt/camt_parser/053/valid_example.xml", 4, "-10.00", "23.06", "EUR"),
    ("camt/camt_parser/053/valid_example_v4.xml", 13, "537.61", "322689.77", "CHF"),
    ("camt/genkgo/camt053.v2.multi.statement.xml", 2, "1.85", "20.00", "EUR"),
]
"""Files, how many movements they hold, what those sum to, and what the account holds after them (EXPECTED.tsv)."""


@pytest.mark.parametrize(("name", "count", "total", "ends", "currency"), KNOWN, ids=[each[0] for each in KNOWN])
async def test_the_statements_of_one_account_come_in_once(
    client: Client, fixtures: Path, superuser: asyncpg.Connection, name: str, count: int, total: str, ends: str,
    currency: str,
) -> None:  # fmt: skip
    home = await Household.founded(client, currency=currency)
    data = (fixtures / name).read_bytes()
    brought = granted(await home.bring(data), 201)
    assert (brought["created"], brought["duplicates"], brought["state"]) == (count, 0, "committed")
    register = (await home.got(f"/accounts/{home.checking_id}/register", params={"limit": 200}))["data"]
    booked = [line for line in register if line["transaction"]["kind"] == "ordinary"]
    assert len(booked) == count
    assert sum(Decimal(line["amounts"][0]["amount"]) for line in booked) == Decimal(total)
    assert await home.balance(home.checking_id) == {currency: ends}
    again = granted(await home.bring(data), 201)
    assert (again["created"], again["duplicates"], again["revision"]) == (0, count, None)
    assert await home.revision() == await check_book(superuser, home.book_id)


@pytest.mark.parametrize("order", [("csv", "mta"), ("mta", "csv")])
async def test_the_same_movements_in_two_formats_come_in_once(
    client: Client, fixtures: Path, order: tuple[str, str]
) -> None:
    home = await Household.founded(client, currency="EUR")
    files = {
        "csv": (fixtures / "csv/rechnungspilot/vr-teilhaberbank.csv").read_bytes(),
        "mta": (fixtures / "mt940/rechnungspilot/vr-teilhaberbank.mta").read_bytes(),
    }
    first = granted(await home.bring(files[order[0]]), 201)
    second = granted(await home.bring(files[order[1]]), 201)
    assert [(each["created"], each["duplicates"]) for each in (first, second)] == [(5, 0), (0, 5)]
    assert await home.balance(home.checking_id) == {"EUR": "14846.94"}
