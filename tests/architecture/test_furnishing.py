"""What the migration of valuations does to books that were there before it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, text
from tests.architecture.plain_sql import connected
from tests.conftest import ROOT
from tests.household import Household, serving

from farthing.core.connection import Begin
from farthing.core.database import Database, owner_connection, owner_engine
from farthing.core.schema import OWNER_ROLE
from farthing.core.settings import Settings
from farthing.features.proofs.service import ProofService

BEFORE = """
UPDATE accounts SET role = NULL, name = 'Mine', full_name = 'Equity:Mine', name_key = 'equity:mine'
 WHERE role = 'revaluation'
"""
"""Books as they were: the account that they are to be given is somebody's own, under another name."""


def migration() -> ModuleType:
    (path,) = Path(ROOT, "migrations", "versions").glob("*_valuations.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def furnish(url: str) -> None:
    def run(connection: Connection) -> None:
        connection.execute(text(f"SET LOCAL ROLE {OWNER_ROLE}"))
        migration().furnish(connection)

    engine = owner_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


@pytest.mark.parametrize("taken", [False, True])
async def test_a_book_is_given_the_account_by_a_change_of_its_log(
    fresh_database_url: str, signing_key: str, taken: bool
) -> None:
    async with serving(fresh_database_url, signing_key, registration="open") as client:
        homes = [await Household.founded(client) for _ in range(2)]
        async with connected(fresh_database_url) as superuser:
            await superuser.execute(BEFORE)
        if taken:
            await homes[0].open_account("revaluation", "equity")
        before = [await home.revision() for home in homes]
        await furnish(fresh_database_url)
        await furnish(fresh_database_url)  # what has one isn't given another
        for home, revision in zip(homes, before, strict=True):
            assert await home.revision() == revision + 1
            system = [each for each in await accounts(home) if each["role"] == "revaluation"]
            name = "Revaluation 2" if taken and home is homes[0] else "Revaluation"
            assert [(each["full_name"], each["created_revision"]) for each in system] == [
                (f"Equity:{name}", revision + 1)
            ]
            change = await home.got(f"/changes/{revision + 1}")
            assert change["summary"] == f"Opened the account Equity:{name}."
            assert [each["id"] for each in change["records"]] == [system[0]["id"]]
            house = await home.open_account("House", type="property", currency="EUR")
            await home.made(f"/accounts/{house['id']}/valuations", {"date": "2026-03-01", "amount": "1"})
        assert (await accounts(homes[0]))[-1]["kind"] == "expense"
        await prove(fresh_database_url, homes)


async def accounts(home: Household) -> list[Any]:
    found: list[Any] = (await home.got("/accounts", params={"limit": 200}))["data"]
    return found


async def prove(url: str, homes: list[Household]) -> None:
    async with (
        owner_connection(url) as owner,
        Database(Settings(database_url=SecretStr(url))) as database,
        database.connect() as app,
    ):
        await owner.begin(Begin.READING)
        for home in homes:
            assert (await ProofService(owner, app, book_id=UUID(home.book_id)).prove()).findings == []
        await owner.rollback()
