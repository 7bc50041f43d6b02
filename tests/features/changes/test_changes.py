"""The log as its readers see it."""

from __future__ import annotations

from typing import Any

import asyncpg
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

from farthing.kit import ids


async def test_whoever_follows_the_feed_misses_nothing(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.record()
    granted(await household.ask("PATCH", f"/transactions/{made['id']}", {"payee": "x"}))
    granted(await household.ask("DELETE", f"/transactions/{made['id']}"), 204)
    seen: list[dict[str, Any]] = []
    after = 0
    while True:
        feed = await household.got("/changes", params={"after": after, "limit": 2})
        seen += feed["data"]
        if feed["next_after"] is None:
            break
        after = feed["next_after"]
    revision = await household.revision()
    assert [change["revision"] for change in seen] == list(range(1, revision + 1))
    assert feed["revision"] == revision == await check_book(superuser, household.book_id)
    assert [change["operation"] for change in seen[-3:]] == [
        "record_transaction", "update_transaction", "delete_transaction",
    ]  # fmt: skip
    assert [change["records"][0]["action"] for change in seen[-3:]] == ["created", "changed", "deleted"]
    assert {change["records"][0]["id"] for change in seen[-3:]} == {made["id"]}
    assert {change["actor_id"] for change in seen} == {household.person.id}
    assert seen[-1]["counts"] == {"transaction deleted": 1}
    caught_up = await household.got("/changes", params={"after": revision})
    assert (caught_up["data"], caught_up["next_after"]) == ([], None)


async def test_the_history_of_a_record_tells_what_it_was(household: Household) -> None:
    made = await household.record(payee="one")
    path = f"/transactions/{made['id']}"
    refused(await household.ask("GET", f"/history/{made['id']}"), 404, "record_not_found")
    granted(await household.ask("PATCH", path, {"payee": "two"}))
    granted(await household.ask("PATCH", path, {"payee": "three"}))
    granted(await household.ask("DELETE", path), 204)
    images = (await household.got(f"/history/{made['id']}"))["data"]
    assert [(image["before"]["payee"], image["operation"]) for image in images] == [
        ("three", "delete_transaction"), ("two", "update_transaction"), ("one", "update_transaction"),
    ]  # fmt: skip
    refused(await household.ask("GET", f"/history/{ids.new_id()}"), 404, "record_not_found")
