from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests.household import Client, Household

from farthing.core.database import engine_for, owner_engine
from farthing.core.settings import Settings
from farthing.features.proofs.findings import Proof
from farthing.features.proofs.service import ProofService


@dataclass
class Vandal:
    """Someone with the run of the database, inside a transaction that is never committed."""

    connection: AsyncConnection
    app: AsyncConnection
    book_id: UUID

    async def break_it(self, statement: str) -> None:
        """Change something behind the back of every key, trigger and policy; ``:book`` is the book."""
        await self.connection.execute(text("RESET ROLE"))
        await self.connection.execute(text("SET LOCAL session_replication_role = replica"))
        done = await self.connection.execute(text(statement), {"book": self.book_id} if ":book" in statement else {})
        assert done.rowcount != 0

    async def prove(self) -> Proof:
        return await ProofService(self.connection, self.app, book_id=self.book_id).prove()

    async def one(self, column: str, table: str, more: str = "") -> str:
        await self.connection.execute(text("RESET ROLE"))
        found = await self.connection.execute(
            text(f"SELECT {column} FROM {table} WHERE book_id = :book {more} LIMIT 1"), {"book": self.book_id}
        )
        return str(found.scalar_one())


@pytest.fixture
async def kept(client: Client) -> Household:
    """A book with a past: records made, changed and deleted, in two currencies."""
    home = await Household.founded(client)
    await home.open_account("Dollars", currency="USD", type="checking")
    lunch = await home.record("-12.50", payee="Noodle House", category="Expenses:Food:Restaurants")
    await home.ask("PATCH", f"/transactions/{lunch['id']}", {"payee": "The Noodle House"})
    gone = await home.record("-3.00")
    assert (await home.ask("DELETE", f"/transactions/{gone['id']}")).status_code == 204
    await home.made(
        "/transactions",
        {"date": "2026-03-04", "amount": "100", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "108"},
    )
    return home


@pytest.fixture
async def owners(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = owner_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def vandal(owners: AsyncEngine, database_url: str, kept: Household) -> AsyncIterator[Vandal]:
    apps = engine_for(Settings(database_url=database_url))  # type: ignore[arg-type]
    async with owners.connect() as connection, apps.connect() as app:
        yield Vandal(connection, app, UUID(kept.book_id))
        await connection.rollback()
    await apps.dispose()
