"""One request, one commit: what can't be kept is not answered as if it were, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.architecture.log_lines import logged
from tests.architecture.plain_sql import STATEMENT, book_tables, connected
from tests.household import PASSWORD, Client, Household, serving

LINE = {"date": "2026-03-01", "payee": "Corner Shop", "amount": "-12.50", "account": "Assets:Checking"}
REFUSE = "RAISE EXCEPTION 'no commit today'"
HANG_UP = "PERFORM pg_terminate_backend(pg_backend_pid())"


@dataclass
class House:
    """A household on a database of its own, which can be made to fail."""

    client: Client
    home: Household
    superuser: Any

    @asynccontextmanager
    async def failing(self, table: str, *, does: str = REFUSE, at: str = "commit") -> AsyncIterator[None]:
        """Meanwhile, inserts into the table fail: when they are committed, or at once."""
        await self.superuser.execute(
            f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
            f"$$ BEGIN {does}; RETURN NULL; END $$"
        )
        deferred = "DEFERRABLE INITIALLY DEFERRED" if at == "commit" else ""
        await self.superuser.execute(
            f"CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON {table} {deferred} FOR EACH ROW EXECUTE FUNCTION fail()"
        )
        try:
            yield
        finally:
            await self.superuser.execute("DROP FUNCTION fail CASCADE")

    async def contents(self) -> dict[str, list[Any]]:
        """All there is in the database."""
        tables = [*await book_tables(self.superuser), "users", "sessions", "refresh_tokens"]
        return {
            table: [row[0] for row in await self.superuser.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")]
            for table in tables
        }


@pytest.fixture
async def house(fresh_database_url: str, signing_key: str) -> AsyncIterator[House]:
    with logged():  # as the program sets it up: what fails on purpose isn't drawn in colours
        async with _house(fresh_database_url, signing_key) as house:
            yield house


@asynccontextmanager
async def _house(fresh_database_url: str, signing_key: str) -> AsyncIterator[House]:
    async with (
        serving(fresh_database_url, signing_key, registration="open") as client,
        connected(fresh_database_url) as superuser,
    ):
        yield House(client, await Household.founded(client), superuser)


def _is_failure(answer: httpx2.Response, status: int, code: str) -> bool:
    problem = answer.headers["content-type"] == "application/problem+json"
    return problem and answer.status_code == status and answer.json()["code"] == code


async def test_a_commit_that_fails_is_answered_as_a_failure(house: House) -> None:
    before = await house.contents()
    async with house.failing("changes"):
        answer = await house.home.ask("POST", "/transactions", LINE)
    assert _is_failure(answer, 500, "internal_error"), answer.text
    assert "no commit today" not in answer.text
    assert "etag" not in answer.headers
    assert "location" not in answer.headers
    assert await house.contents() == before


async def test_a_commit_that_fails_leaves_the_key_unspent(house: House) -> None:
    key = {"headers": {"Idempotency-Key": "only-once"}}
    async with house.failing("changes"):
        assert (await house.home.ask("POST", "/transactions", LINE, **key)).status_code == 500
    revision = await house.home.revision()
    kept = await house.home.ask("POST", "/transactions", LINE, **key)
    assert kept.status_code == 201, kept.text
    assert "idempotency-replayed" not in kept.headers
    assert await house.home.revision() == revision + 1
    again = await house.home.ask("POST", "/transactions", LINE, **key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == kept.content


async def test_a_connection_lost_at_the_commit_is_answered_as_a_failure(house: House) -> None:
    before = await house.contents()
    async with house.failing("changes", does=HANG_UP):
        answer = await house.home.ask("POST", "/transactions", LINE)
    assert _is_failure(answer, 503, "database_unavailable"), answer.text
    assert answer.headers["retry-after"]
    assert await house.contents() == before
    assert (await house.home.ask("POST", "/transactions", LINE)).status_code == 201, "the next one has a connection"


async def test_a_fault_midway_through_a_change_leaves_the_record_whole(house: House) -> None:
    recorded = await house.home.record("-12.50", category="Expenses:Food:Groceries")
    before = await house.contents()
    async with house.failing("history", at="once"):  # by then the old postings are gone and the new ones written
        changed = await house.home.ask("PATCH", f"/transactions/{recorded['id']}", {"amount": "-99.00"})
        deleted = await house.home.ask("DELETE", f"/transactions/{recorded['id']}")
    assert _is_failure(changed, 500, "internal_error"), changed.text
    assert _is_failure(deleted, 500, "internal_error"), deleted.text
    assert await house.contents() == before


async def test_an_import_that_fails_at_its_last_step_books_nothing(house: House) -> None:
    before = await house.contents()
    async with house.failing("imports", at="once"):
        answer = await house.home.bring(STATEMENT)
    assert _is_failure(answer, 500, "internal_error"), answer.text
    assert await house.contents() == before


async def test_a_registration_that_fails_registers_nobody(house: House) -> None:
    before = await house.contents()
    person = {"email": "grace@example.com", "password": PASSWORD, "name": "Grace"}
    for at in ("once", "commit"):
        async with house.failing("refresh_tokens", at=at):
            answer = await house.client.send_json("POST", "/auth/register", person)
        assert _is_failure(answer, 500, "internal_error"), answer.text
    assert await house.contents() == before
    assert (await house.client.send_json("POST", "/auth/register", person)).status_code == 201


async def test_a_change_to_oneself_that_fails_is_answered_as_a_failure(house: House) -> None:
    async with house.failing("users", at="commit"):
        await house.superuser.execute("DROP TRIGGER fails ON users")
        await house.superuser.execute(
            "CREATE CONSTRAINT TRIGGER fails AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION fail()"
        )
        answer = await house.home.person.ask("PATCH", "/me", {"name": "Lovelace"})
    assert _is_failure(answer, 500, "internal_error"), answer.text
    assert (await house.home.person.ask("GET", "/me")).json()["name"] == "Ada"


async def test_a_dry_run_leaves_nothing(house: House) -> None:
    before = await house.contents()
    key = {"headers": {"Idempotency-Key": "rehearsal"}, "params": {"dry_run": "true"}}
    answer = await house.home.ask("POST", "/transactions", LINE, **key)
    assert answer.status_code == 201, answer.text
    assert "etag" not in answer.headers
    assert await house.contents() == before
