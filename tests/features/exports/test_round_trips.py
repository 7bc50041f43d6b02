"""What leaves as a table comes in again, and leaves as the same table."""

from __future__ import annotations

import csv
import io
import random
from decimal import Decimal
from typing import Any

import pytest
from tests.features.answers import granted
from tests.features.exports.test_ledgers import exported, held
from tests.household import Client, Household
from tests.whims import Person as Whimsical

from farthing.formats.detection import read
from farthing.formats.own.separated import head, write


async def lived_in(home: Household, seed: int) -> None:
    """Do what comes to mind, to whatever; and some things that are hard to write down."""
    await home.record("-12.50", payee="=HYPERLINK(1)", description="-x", notes="two\nlines", tags=["a;b", "+c"])
    await home.record("-1.25", payee="'quoted", metadata={"n": 4, "x": {"number": "1.50"}, "no": None, "t": "@5"})
    await home.open_account("Dollars", currency="USD", type="savings")
    exchange = {"amount": "10.00", "from": home.checking_id, "to": "Assets:Dollars", "to_amount": "11.00"}
    await home.made("/transactions", {"date": "2026-03-02", **exchange})
    me = Whimsical(home, random.Random(seed))
    for _ in range(80):
        await me.act()


def rows_of(data: bytes) -> list[dict[str, Any]]:
    """The rows of a table, without what is the book's own: ids, and how payees were written before they had a name.

    A spreadsheet takes 0.90 and 0.9 for the same.
    """
    rows: list[dict[str, Any]] = [dict(row) for row in csv.DictReader(io.StringIO(data.decode(), newline=""))]
    for row in rows:
        del row["transaction_id"], row["payee_as_written"]
        for name in ("amount", "price", "cost"):
            row[name] = row[name] and Decimal(row[name])
    return rows


@pytest.mark.parametrize("word", ["csv", "tsv", "xlsx"])
@pytest.mark.parametrize("seed", [3, 5])
async def test_a_table_comes_in_again_unchanged(client: Client, word: str, seed: int) -> None:
    home = await Household.founded(client)
    await lived_in(home, seed)
    table = rows_of(await exported(home, "csv"))
    again = await Household.founded(client)

    brought = granted(await again.bring(await exported(home, word), account=None), 201)

    assert brought["questions"] == []
    assert rows_of(await exported(again, "csv")) == table
    assert await held(again) == await held(home)


async def test_a_workbook_says_what_the_table_says(household: Household) -> None:
    await lived_in(household, 4)

    book = read(await exported(household, "xlsx")).book

    assert book is not None
    assert rows_of(head() + write(book.transactions)) == rows_of(await exported(household, "csv"))


@pytest.mark.parametrize("word", ["csv", "xlsx", "beancount", "hledger", "ledger"])
async def test_what_comes_back_to_its_own_book_is_known_even_if_it_was_deleted_since(
    household: Household, word: str
) -> None:
    await lived_in(household, 6)
    table = await exported(household, word)
    last = (await household.got("/transactions"))["data"][0]
    await household.ask("DELETE", f"/transactions/{last['id']}")
    before = await household.got("/digest")

    brought = granted(await household.bring(table, account=None), 201)

    assert brought["created"] == 0
    assert (await household.got("/digest"))["digest"] == before["digest"]
