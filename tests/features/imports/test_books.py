"""Books of other programs: accounts found or made, whole transactions, what was held."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.features.answers import granted
from tests.features.imports.test_rows import rows_of
from tests.household import Household

from farthing.core.connection import Begin
from farthing.core.work import Actor, Request, Work, open_to_write
from farthing.features.imports.errors import TransactionUnfit
from farthing.features.imports.service.bring import Handed, ImportService
from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftBook,
    DraftCost,
    DraftFile,
    DraftPosting,
    DraftRow,
    DraftSplit,
    DraftStatement,
    DraftSum,
    DraftTransaction,
)

DAY = dt.date(2026, 3, 1)
LINE = 12


@asynccontextmanager
async def writing(home: Household) -> AsyncIterator[Work]:
    """A work that writes to a household's book, as a person's."""
    keeper = home.person.client.app.app.state.doorkeeper
    async with keeper.database.connect() as connection:
        await connection.begin(Begin.WRITING)
        work = await open_to_write(
            connection,
            Actor(UUID(home.person.id), None),
            UUID(home.book_id),
            needs="imports:write",
            request=Request("test"),
            tools=keeper.tools,
        )
        yield work
        await work.seal(None)
        await connection.commit()


def posting(account: str, amount: str, currency: str = "EUR", **facts: Any) -> DraftPosting:
    return DraftPosting(account, Decimal(amount), currency, **facts)


def transaction(line: int, *postings: DraftPosting, day: dt.date = DAY, **facts: Any) -> DraftTransaction:
    return DraftTransaction(line, day, postings, **facts)


SHOP = (posting("Assets:Cash", "-2.50"), posting("Expenses:Food:Groceries", "2.50"))
BOOK = DraftBook(
    accounts=(
        DraftAccount("Assets:Bank:Giro", kind="asset", type="checking", currency="EUR", number="DE02 1203"),
        DraftAccount("Assets:Broker", kind="asset"),
        DraftAccount("Expenses:Food:Groceries", kind="expense"),
        DraftAccount("Expenses:Hobbies:Model Trains", kind="expense"),
        DraftAccount("Equity:Opening-Balances", kind="equity"),
    ),
    transactions=(
        transaction(
            1,
            posting("Assets:Bank:Giro", "1000"),
            posting("Equity:Opening-Balances", "-1000"),
            day=dt.date(2026, 1, 1),
            is_opening=True,
        ),
        transaction(
            2,
            posting("Assets:Bank:Giro", "-12.50"),
            posting("Expenses:Food:Groceries", "10"),
            posting("Expenses:Hobbies:Model Trains", "2.5", memo="A signal"),
            payee="Corner Shop",
            tags=("treat",),
            metadata={"invoice": "17", "guests": Decimal(3), "due": DAY},
        ),
        transaction(
            3,
            posting(
                "Assets:Broker",
                "2",
                "ACME corp",
                cost=DraftCost(Decimal(50), "EUR", DAY),
                price=DraftSum(Decimal(50), "EUR"),
            ),
            posting("Assets:Bank:Giro", "-100"),
            day=dt.date(2026, 3, 2),
        ),
    ),
    assertions=(DraftAssertion(4, "Assets:Bank:Giro", dt.date(2026, 3, 2), Decimal("887.50"), "EUR"),),
)


async def bring(home: Household, book: DraftBook, **options: Any) -> Any:
    async with writing(home) as work:
        return await ImportService(work).bring(Handed(DraftFile("beancount", book=book), b"kept"), **options)


async def test_a_book_is_carried_over_and_comes_in_once(household: Household) -> None:
    before = await household.got("/digest")
    brought = await bring(household, BOOK)
    assert (brought["created"], brought["state"]) == (3, "committed")
    meant = {each["name"]: (each["use"], each["account"]) for each in brought["mapping"]}
    assert meant == {
        "Assets:Bank:Giro": ("create", "Assets:Bank:Giro"),
        "Assets:Broker": ("create", "Assets:Broker"),
        "Expenses:Food:Groceries": ("existing", "Expenses:Food:Groceries"),
        "Expenses:Hobbies:Model Trains": ("create", "Expenses:Hobbies:Model Trains"),
        "Equity:Opening-Balances": ("existing", "Equity:Opening Balances"),
    }
    accounts = {each["full_name"]: each for each in (await household.got("/accounts", params={"limit": 200}))["data"]}
    giro = accounts["Assets:Bank:Giro"]
    assert (giro["type"], giro["currency"], giro["number"]) == ("checking", "EUR", "DE02 1203")
    assert await household.balance(giro["id"]) == {"EUR": "887.50"}
    assert await household.balance(accounts["Assets:Broker"]["id"]) == {"ACMECORP": "2"}
    assert set((await household.trial_balance()).values()) <= {"0.00", "0"}
    exchange, shop, opening = (await household.got("/transactions"))["data"]
    assert opening["kind"] == "opening"
    assert [line["memo"] for line in shop["postings"]] == [None, None, "A signal"]
    assert (shop["payee"], [tag["name"] for tag in shop["tags"]]) == ("Corner Shop", ["treat"])
    assert shop["metadata"] == {"invoice": "17", "guests": {"number": "3"}, "due": {"date": "2026-03-01"}}
    bought = exchange["postings"][0]
    assert (bought["cost"]["amount"], bought["price"]["currency"]) == ("50", "EUR")
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert (checkpoint["amount"], checkpoint["state"]) == ("887.50", "holds")
    again = await bring(household, BOOK)
    assert (again["created"], again["duplicates"], again["revision"]) == (0, 3, None)
    granted(await household.ask("DELETE", f"/imports/{brought['id']}"), 204)
    assert (await household.got("/digest"))["digest"] == before["digest"]


async def test_a_draft_of_a_book_makes_nothing_before_it_is_booked(household: Household) -> None:
    before = await household.got("/digest")
    draft = await bring(household, BOOK, commit=False)
    assert (draft["created"], draft["state"]) == (3, "draft")
    assert (await household.got("/digest"))["digest"] == before["digest"]
    rows = await rows_of(household, draft)
    assert [(row["kind"], row["line"], len(row["postings"])) for row in rows] == [
        ("transaction", 1, 2),
        ("transaction", 2, 3),
        ("transaction", 3, 4),
    ]
    assert rows[1]["postings"][2]["account"] == "Expenses:Hobbies:Model Trains"
    path = f"/imports/{draft['id']}"
    granted(await household.ask("PATCH", f"{path}/rows/{rows[0]['id']}", {"decision": "skip"}))
    committed = granted(await household.ask("POST", f"{path}/commit"))
    assert (committed["created"], committed["left_out"]) == (2, 1)


async def test_what_does_not_balance_by_a_rounding_is_told_and_more_is_refused(household: Household) -> None:
    uneven = transaction(7, posting("Assets:Bank:Giro", "-10.00"), posting("Expenses:Food", "9.99"))
    brought = await bring(household, DraftBook((), (uneven,)))
    assert brought["created"] == 1
    assert "line 7" in brought["warnings"][0]
    assert set((await household.trial_balance()).values()) == {"0.00"}
    wrong = transaction(LINE, posting("Assets:Bank:Giro", "-10.00"), posting("Expenses:Food", "9.00"))
    with pytest.raises(TransactionUnfit) as raised:
        await bring(household, DraftBook((), (wrong,)))
    assert raised.value.blames[0].line == LINE


async def test_a_currency_that_only_an_account_names_comes_along(household: Household) -> None:
    empty = DraftAccount("Assets:Bank:Andorra", kind="asset", type="checking", currency="ADF")
    brought = await bring(household, DraftBook((empty,), (transaction(1, *SHOP),)))
    assert brought["created"] == 1
    accounts = (await household.got("/accounts", params={"limit": 200}))["data"]
    assert [each["currency"] for each in accounts if each["full_name"] == empty.name] == ["ADF"]


async def test_a_part_of_a_split_that_went_to_another_account_of_the_file_is_booked_once(household: Household) -> None:
    parts = (DraftSplit(Decimal(-10), category="Food"), DraftSplit(Decimal(-20), transfer_to="Purse"))
    giro = DraftRow(1, DAY, Decimal(-30), splits=parts)
    purse = DraftRow(2, DAY, Decimal(20), transfer_to="Giro")
    file = DraftFile("ynab", (DraftStatement((giro,), name="Giro"), DraftStatement((purse,), name="Purse")))
    async with writing(household) as work:
        brought = await ImportService(work).bring(Handed(file, b"kept"))
    assert (brought["created"], brought["duplicates"]) == (1, 1)
    accounts = {each["full_name"]: each["id"] for each in (await household.got("/accounts"))["data"]}
    assert await household.balance(accounts["Assets:Purse"]) == {"EUR": "20.00"}
    assert await household.balance(accounts["Assets:Giro"]) == {"EUR": "-30.00"}
