"""Looking at a database from outside the program: as the role it works as, and as no one at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from tests.household import Client, Household
from tests.jobs import STAYING, PayeeArguments, put_off, writing

from farthing.core.connection import Begin
from farthing.core.schema import APP_ROLE
from farthing.core.work import Actor, Request, open_to_write
from farthing.features.imports.service.profile import ProfileService
from farthing.features.insights.looking import look_into
from farthing.features.insights.material import Material
from farthing.features.insights.service.keep import KeepService
from farthing.formats.drafts import DraftFile
from farthing.kit import ids
from farthing.ledger.currencies import Currencies
from farthing.ledger.flows import Flow

STATEMENT = b"Date,Description,Amount\n2026-03-05,Bakery Sunrise,-3.20\n2026-03-06,Bookshop,-17.95\n"
"""A bank's file with two lines."""
AMBIGUOUS = b"Date,Description,Amount\n03/04/2026,Kiosk,-1.10\n05/06/2026,Kiosk,-1.20\n"
"""One of which it has to be asked how it writes days."""
RECEIPT = b"%PDF-1.7\nA receipt.\n%%EOF\n"
"""A file to attach."""

BOOK_TABLES = """
SELECT c.relname
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND (c.relname = 'books' OR EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'book_id' AND NOT a.attisdropped))
 ORDER BY 1
"""


async def book_tables(connection: Any) -> dict[str, str]:
    """Every table whose rows belong to a book, as the catalogue knows it, and the column that says to which."""
    names = [row["relname"] for row in await connection.fetch(BOOK_TABLES)]
    return {name: "id" if name == "books" else "book_id" for name in names}


@asynccontextmanager
async def connected(url: str, role: str | None = None) -> AsyncIterator[Any]:
    """A connection, working as a role."""
    connection = await asyncpg.connect(url, server_settings={"role": role} if role else {})
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def as_app(url: str, *, book: str = "", user: str = "") -> AsyncIterator[Any]:
    """A transaction of the service's role in which a book and a person were chosen; rolled back."""
    async with connected(url, APP_ROLE) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "SELECT set_config('farthing.book', $1, true), set_config('farthing.user', $2, true)", book, user
        )
        yield connection
        await transaction.rollback()


async def furnished(client: Client) -> Household:
    """A household that has left a row in every table of its book."""
    home = await Household.founded(client)
    coffee = await home.record("-12.50", payee="Corner Shop", category="Expenses:Food:Groceries")
    changed = await home.ask("PATCH", f"/transactions/{coffee['id']}", {"payee": "Corner Store", "tags": ["treat"]})
    assert changed.status_code == 200, changed.text
    await home.made("/currencies", {"code": "BTC", "name": "Bitcoin", "digits": 8, "kind": "crypto"})
    price = {"commodity": "BTC", "currency": "EUR", "date": "2026-03-01", "amount": "60000.125"}
    await home.made("/prices", price)
    brought = await home.bring(STATEMENT)
    assert brought.status_code == 201, brought.text
    assert brought.json()["created"] == 2
    asked = await home.bring(AMBIGUOUS, params={"commit": "false"}, form={"date_order": "dmy"})
    assert asked.status_code == 201, asked.text
    await remembered(home)
    day = {"date": "2026-02-28"}
    await home.made("/checkpoints", {**day, "account": "Assets:Checking", "amount": "0"})
    checking = f"/accounts/{home.checking_id}/reconciliations"
    await home.made(checking, {**day, "balance": "0", "automatic": True})
    await home.made("/account-groups", {"name": "House"})
    house = await home.open_account("House", type="property", currency="EUR", group="House")
    await home.made(f"/accounts/{house['id']}/valuations", {"date": "2026-03-01", "amount": "300000"})
    attached = await home.attach(f"/transactions/{coffee['id']}", RECEIPT)
    assert attached.status_code == 201, attached.text
    await transferred(home)
    await home.made("/saved-searches", {"name": "Bread", "filter": {"q": "bakery"}})
    spent = await home.record("-80.00", payee="Shoe Shop", category="Expenses:Shopping")
    back = await home.record("30.00", payee="Shoe Shop", category="Expenses:Shopping")
    ends = {"from_posting_id": spent["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    await home.made("/links", {"kind": "refund", **ends})
    await agreed(home)
    await home.made("/invitations", {"email": f"{ids.new_id().hex}@example.com", "role": "viewer"})
    await put_off(home, STAYING, PayeeArguments(name="Nobody"))
    await home.made("/matches/reject", {"kind": "transfer", "transaction_ids": [spent["id"], back["id"]]})
    await told(home)
    return home


async def remembered(home: Household) -> None:
    """What was said of files of one origin, kept for the next."""
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
        await ProfileService(work).remember(DraftFile("csv", shape="Date;Amount"), {"date_order": "dmy"}, None)
        await work.seal(None)
        await connection.commit()


async def told(home: Household) -> None:
    """What was found in a book that has paid a rent for a year."""
    day, checking = dt.date(2026, 3, 1), UUID(home.checking_id)
    rents = [
        Flow(
            ids.new_id(),
            checking,
            dt.date(2025 + month // 12, month % 12 + 1, 1),
            Decimal(-800),
            "EUR",
            "landlord",
            None,
        )
        for month in range(2, 15)
    ]
    material = Material(
        book_id=UUID(home.book_id),
        revision=1,
        day=day,
        flows=rents,
        coming=(),
        transactions=len(rents),
        held={(checking, "EUR"): Decimal(500)},
        names={checking: "Assets:Checking"},
        owed=frozenset(),
        labels={"landlord": "Landlord"},
        settled=frozenset(),
        currencies=Currencies(),
    )
    async with writing(home, needs="insights:write") as work:
        await KeepService(work).keep(look_into(material), 0.1)


async def agreed(home: Household) -> None:
    """What is shared in the book, once it is."""
    await home.open_account("Ours", currency="EUR")
    body = {
        "since": "2026-01-01",
        "shares": [{"user_id": home.person.id}],
        "accounts": [{"account": "Assets:Ours", "user_id": home.person.id}],
        "categories": ["Expenses:Food"],
        "tags": [(await home.made("/tags", {"name": "shared"}))["id"]],
    }
    await home.made("/agreements", body)


async def transferred(home: Household) -> tuple[Household, dict[str, Any]]:
    """Another book of theirs, and money that was moved into it."""
    made = await home.person.ask("POST", "/books", {"name": "Household", "currency": "EUR"})
    assert made.status_code == 201, made.text
    other = Household(home.person, made.json()["id"])
    await other.open_account("Joint", currency="EUR")
    body = {"date": "2026-03-01", "amount": "1.00", "from": home.checking_id, "to": "Assets:Joint"}
    return other, await home.made("/book-transfers", body | {"to_book_id": other.book_id})
