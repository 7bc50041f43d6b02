"""Many at once: nothing lost, nothing doubled, no gaps, no errors."""

from __future__ import annotations

import asyncio
from random import Random

import asyncpg
import httpx2
from tests.features.journal.chain import check_book
from tests.household import Client, Household, Person

EACH = 12


async def keep_writing(person: Person, book_id: str, number: int) -> list[tuple[str, list[httpx2.Response]]]:
    """Record some lines, each sent two or three times at once with one key."""
    chance = Random(number)
    answers = []
    for place in range(EACH):
        body = {"date": f"2026-03-{chance.randint(1, 28):02}", "amount": f"-{chance.randint(1, 9999)}.01",
                "account": "Assets:Checking", "payee": f"{number}-{place}"}  # fmt: skip
        key = {"Idempotency-Key": f"{number}-{place}"}
        path = f"/books/{book_id}/transactions"
        sent = (person.ask("POST", path, body, headers=key) for _ in range(chance.randint(2, 3)))
        answers.append((body["payee"], await asyncio.gather(*sent)))
    return answers


async def check(
    home: Household, past: asyncpg.Connection, written: list[tuple[str, list[httpx2.Response]]], *, before: int = 2
) -> None:
    for _, answers in written:
        assert {answer.status_code for answer in answers} == {201}, answers[0].text
        assert len({answer.content for answer in answers}) == 1
        assert [answer.headers.get("idempotency-replayed") for answer in answers].count(None) == 1
    found = []
    cursor: dict[str, str] = {}
    while True:
        page = await home.got("/transactions", params={"limit": 50, **cursor})
        found += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(each["payee"] for each in found) == sorted(payee for payee, _ in written)
    assert len({each["revision"] for each in found}) == len(written)
    assert await home.trial_balance() == {"EUR": "0.00"}
    assert await check_book(past, home.book_id) == before + len(written)


async def test_eight_people_write_to_one_book_at_once(client: Client, superuser: asyncpg.Connection) -> None:
    home = await Household.founded(client)
    people = [home.person]
    while len(people) < 8:
        people.append(await Person.registered(client, starter=False))
    for person in people[1:]:
        await home.share(person, "editor")
    before = await home.revision()
    done = await asyncio.gather(*(keep_writing(person, home.book_id, number) for number, person in enumerate(people)))
    written = [each for answers in done for each in answers]
    await check(home, superuser, written, before=before)


async def test_eight_books_are_written_to_at_once(client: Client, superuser: asyncpg.Connection) -> None:
    homes = [await Household.founded(client) for _ in range(8)]
    done = await asyncio.gather(*(keep_writing(home.person, home.book_id, number) for number, home in enumerate(homes)))
    for home, written in zip(homes, done, strict=True):
        await check(home, superuser, written)
