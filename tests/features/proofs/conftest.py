from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from pydantic import SecretStr
from tests.household import Client, Household
from tests.jobs import STAYING, PayeeArguments, put_off

from farthing.core.connection import Begin, Connection
from farthing.core.database import Database, owner_connection
from farthing.core.settings import Settings
from farthing.features.proofs.findings import Proof
from farthing.features.proofs.service import ProofService


@dataclass
class Vandal:
    """Someone with the run of the database, inside a transaction that is never committed."""

    connection: Connection
    app: Connection
    book_id: UUID

    async def break_it(self, statement: str) -> None:
        """Change something behind the back of every key, trigger and policy; ``:book`` is the book."""
        await self.connection.driver.execute("RESET ROLE")
        await self.connection.driver.execute("SET LOCAL session_replication_role = replica")
        done = await self.connection.driver.execute(statement.replace(":book", f"'{self.book_id}'::uuid"))
        assert not done.endswith(" 0")

    async def prove(self) -> Proof:
        return await ProofService(self.connection, self.app, book_id=self.book_id).prove()

    async def one(self, column: str, table: str, more: str = "") -> str:
        await self.connection.driver.execute("RESET ROLE")
        wanted = f"SELECT {column} FROM {table} WHERE book_id = $1 {more} LIMIT 1"
        return str(await self.connection.driver.fetchval(wanted, self.book_id))


@pytest.fixture
async def kept(client: Client) -> Household:
    """A book with a past: records made, changed and deleted, in two currencies."""
    home = await Household.founded(client)
    await home.open_account("Dollars", currency="USD", type="checking")
    lunch = await home.record("-12.50", payee="Noodle House", category="Expenses:Food:Restaurants")
    await home.ask("PATCH", f"/transactions/{lunch['id']}", {"payee": "The Noodle House"})
    aliases = {"aliases": ["Noodles"]}
    (payee,) = (await home.got("/payees", params={"q": "the noodle"}))["data"]
    assert (await home.ask("PATCH", f"/payees/{payee['id']}", aliases)).status_code == 200
    gone = await home.record("-3.00")
    assert (await home.ask("DELETE", f"/transactions/{gone['id']}")).status_code == 204
    await home.made(
        "/transactions",
        {"date": "2026-03-04", "amount": "100", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "108"},
    )
    checkpoint = {"account": "Assets:Checking", "date": "2026-03-02"}
    await home.made("/checkpoints", {**checkpoint, "amount": "-12.50"})
    await home.made("/account-groups", {"name": "Things"})
    await put_off(home, STAYING, PayeeArguments(name="Nobody"))
    house = await home.open_account("House", type="property", currency="EUR", group="Things")
    await home.made(f"/accounts/{house['id']}/valuations", {"date": "2026-03-05", "amount": "300000"})
    return home


@pytest.fixture
async def vandal(database_url: str, kept: Household) -> AsyncIterator[Vandal]:
    async with (
        owner_connection(database_url) as connection,
        Database(Settings(database_url=SecretStr(database_url))) as database,
        database.connect() as app,
    ):
        await connection.begin(Begin.WRITING)
        yield Vandal(connection, app, UUID(kept.book_id))
        await connection.rollback()
