"""Coming in and working by hand: units of work as the doorkeeper opens them, and what was written down of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import httpx2
from tests.household import PASSWORD, Client, Person

from farthing.core.connection import Begin
from farthing.core.work import Actor, Request, Work, open_as


@asynccontextmanager
async def working(client: Client, person: Person | None = None) -> AsyncIterator[Work]:
    """A unit of work, as the doorkeeper opens it: committed if nothing goes wrong."""
    keeper = client.app.app.state.doorkeeper
    async with keeper.database.connect() as connection:
        await connection.begin(Begin.WRITING)
        request = Request("test", device="a test", address="192.0.2.7")
        if person is None:
            yield Work(connection, request, keeper.tools)
        else:
            actor = Actor(UUID(person.id), await sign_in_of(client, person))
            yield await open_as(connection, actor, request=request, tools=keeper.tools)
        await connection.commit()


async def sign_in_of(client: Client, person: Person) -> UUID:
    found = client.app.app.state.doorkeeper.actor(person.access_token).session_id
    assert found is not None
    return UUID(str(found))


async def by_password(client: Client, person: Person, password: str = PASSWORD) -> httpx2.Response:
    form = {"username": person.email, "password": password}
    return await client.post("/api/v1/auth/token", data=form, headers={"User-Agent": "Ledger/1.0\x7f (phone)"})


async def events_of(superuser: asyncpg.Connection, person: Person) -> list[str]:
    rows = await superuser.fetch(
        "SELECT event FROM security_events WHERE person_id = $1 ORDER BY number", UUID(person.id)
    )
    return [row["event"] for row in rows]
