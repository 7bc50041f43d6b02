"""Moving in: someone who kept their books with another program brings them along, and carries on here."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from tests.household import Client, Household

from farthing.formats.detection import read

SEEDS = Path(__file__).resolve().parents[1] / "formats" / "seeds"
BOOKS = {
    "gnucash/book.gnucash": {},
    "gnucash/database.gnucash": {},
    "firefly/export.csv": {},
    "firefly/few.csv": {"currency": "EUR"},
    "ynab/budget.json": {},
    "actual/budget.zip": {},
    "actual/db.sqlite": {"currency": "EUR"},
    "ezbookkeeping/all.csv": {},
}
REGISTERS: dict[str, dict[str, str]] = {
    "ynab/register.csv": {},
    "ynab/transactions.json": {},
    "actual/transactions.csv": {},
    "mint/mint.csv": {},
    "plaid/get.json": {},
    "lunchmoney/v1.json": {},
}


async def _held(home: Household) -> dict[str, str]:
    """What every account holds, by its full name and currency."""
    return {
        f"{each['account']} {balance['currency']}": balance["amount"]
        for each in (await home.got("/accounts/balances", params={"date": "2999-12-31"}))["data"]
        for balance in each["balances"]
    }


@pytest.mark.parametrize("name", [*BOOKS, *REGISTERS])
async def test_the_books_of_another_program_come_in_whole_and_once(client: Client, name: str) -> None:
    home = await Household.founded(client, currency="EUR")
    data = (SEEDS / name).read_bytes()
    answers = {**BOOKS, **REGISTERS}[name]
    form = {"answers": json.dumps(answers)} if answers else {}
    file = read(data, answers=answers)

    brought = await home.bring(data, account=None, form=form)
    assert brought.status_code == 201, brought.text
    expected = len(file.book.transactions) if file.book else sum(len(each.rows) for each in file.statements)
    rows = (await home.got(f"/imports/{brought.json()['id']}/rows", params={"limit": 200}))["data"]
    twins = sum(1 for row in rows if row["reasons"] and row["reasons"][0]["code"] == "other_side_in_file")
    assert brought.json()["created"] + brought.json()["merged"] == expected - twins
    assert brought.json()["duplicates"] == twins
    assert all(Decimal(total) == 0 for total in (await home.trial_balance()).values())

    revision = await home.revision()
    again = (await home.bring(data, account=None, form=form)).json()
    assert again["created"] == 0
    assert await home.revision() == revision


GNUCASH = {
    "gnucash/gnucash/taxreport.gnucash": "gnucash_gnucash_taxreport.gnucash.json",
    "gnucash/piecash/books/simple_sample.gnucash": "gnucash_piecash_books_simple_sample.gnucash.json",
}


@pytest.mark.parametrize("name", GNUCASH)
async def test_a_real_book_of_gnucash_holds_here_what_it_held_there(client: Client, fixtures: Path, name: str) -> None:
    told = json.loads((fixtures / "expected_balances" / GNUCASH[name]).read_text())
    home = await Household.founded(client, currency="USD")
    brought = await home.bring((fixtures / name).read_bytes(), account=None)
    assert brought.status_code == 201, brought.text
    assert brought.json()["created"] == told["txn"]
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, total in told["bal"].items():
        expected[" ".join(account.split()).rpartition(":")[2]] += Decimal(total.split()[0])
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, total in (await _held(home)).items():
        held[account.rpartition(" ")[0].rpartition(":")[2]] += Decimal(total)
    assert {account: held[account] for account in expected} == dict(expected)
