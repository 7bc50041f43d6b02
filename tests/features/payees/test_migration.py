"""Books from before payees were records: whoever their transactions name becomes one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.config import Config
from tests.architecture.plain_sql import connected
from tests.conftest import ROOT, database, migrate

from farthing.features.payees.names import payee_key

BEFORE = "0006"
BOOK, OTHER = uuid4(), uuid4()
BOOKS = """
INSERT INTO books (id, name, currency, time_zone, locale, first_weekday, fiscal_year_start, revision, head_hash,
                   locked_until)
SELECT id, 'A book', 'EUR', 'UTC', 'en', 1, '01-01', 9, '', day
  FROM (VALUES ($1::uuid, date '2026-12-31'), ($2, NULL)) v (id, day)
"""
TRANSACTION = """
INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, created_revision, revision, created_at, changed_at)
VALUES ($1, $2, '2026-03-01', 1, 'ordinary', $3, $4, $4, now(), now())
"""
IMAGE = """
INSERT INTO history (book_id, record_id, revision, kind, before)
VALUES ($1, $2, $3, 'transaction', jsonb_build_object('payee', $4::text, 'created_revision', 2, 'created_at', now()))
"""
SPELLINGS = ("Stra\u00dfe", "STRASSE", "Stra\u00dfe", "Caf\u00e9", "Cafe\u0301", "\u03a3\u03c2", "\u03c3\u03c3")
"""Three payees, by what the program compares; ``lower`` would find more."""


@pytest.fixture
def old(server_url: str) -> Iterator[str]:
    with database(server_url) as url:
        migrate(url, BEFORE)
        yield url


def _config(url: str) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    return config


async def _written(url: str) -> list[UUID]:
    written = [uuid4() for _ in SPELLINGS]
    async with connected(url) as superuser:
        await superuser.execute("SET session_replication_role = replica")
        await superuser.execute(BOOKS, BOOK, OTHER)
        for place, (id_, payee) in enumerate(zip(written, SPELLINGS, strict=True)):
            await superuser.execute(TRANSACTION, BOOK, id_, payee, 3 + place)
        await superuser.execute(TRANSACTION, BOOK, uuid4(), None, 3)
        await superuser.execute(TRANSACTION, OTHER, uuid4(), "strasse", 3)
        await superuser.execute(IMAGE, BOOK, written[1], 9, "Only in the past")
        await superuser.execute(IMAGE, BOOK, uuid4(), 9, "strasse")
        await superuser.execute(IMAGE, BOOK, uuid4(), 9, None)
    return written


def test_whoever_was_written_becomes_a_payee(old: str) -> None:
    written = asyncio.run(_written(old))
    migrate(old)
    asyncio.run(_check(old, written))
    command.downgrade(_config(old), BEFORE)
    asyncio.run(_check_undone(old))
    migrate(old)
    asyncio.run(_check(old, written))


async def _check(url: str, written: list[UUID]) -> None:
    async with connected(url) as superuser:
        payees = await superuser.fetch("SELECT * FROM payees WHERE book_id = $1 ORDER BY name_key", BOOK)
        assert [(each["name"], each["created_revision"], each["revision"]) for each in payees] == [
            ("Caf\u00e9" if payees[0]["name"] == "Caf\u00e9" else "Cafe\u0301", 6, 6),
            ("Only in the past", 2, 2),
            ("Stra\u00dfe", 2, 2),
            (payees[3]["name"], 8, 8),
        ]
        for each in payees:
            assert each["name_key"] == payee_key(each["name"])
            assert each["id"].version == 7
        by_key = {each["name_key"]: each["id"] for each in payees}
        rows = await superuser.fetch("SELECT id, payee, payee_id FROM transactions WHERE book_id = $1", BOOK)
        assert {row["id"]: row["payee"] for row in rows if row["payee"]} == dict(zip(written, SPELLINGS, strict=True))
        for row in rows:
            assert row["payee_id"] == (by_key[payee_key(row["payee"])] if row["payee"] else None)
        images = await superuser.fetch("SELECT before ->> 'payee' AS payee, before -> 'payee_id' AS id FROM history")
        assert {row["payee"]: row["id"].strip('"') for row in images} == {
            None: "null",
            "strasse": str(by_key["strasse"]),
            "Only in the past": str(by_key["only in the past"]),
        }
        names = await superuser.fetch("SELECT key, payee_id, name FROM payee_names WHERE book_id = $1", BOOK)
        assert {(row["key"], row["payee_id"]) for row in names} == set(by_key.items())
        (other,) = await superuser.fetch("SELECT * FROM payees WHERE book_id = $1", OTHER)
        assert (other["name"], other["id"] in by_key.values()) == ("strasse", False)


async def _check_undone(url: str) -> None:
    async with connected(url) as superuser:
        assert await superuser.fetchval("SELECT count(*) FROM history WHERE before ? 'payee_id'") == 0
        kept = await superuser.fetch("SELECT payee FROM transactions WHERE book_id = $1 AND payee <> ''", BOOK)
        assert sorted(row["payee"] for row in kept) == sorted(SPELLINGS)
