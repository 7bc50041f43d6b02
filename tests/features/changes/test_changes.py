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
    assert [change["records"][-1]["action"] for change in seen[-3:]] == ["created", "changed", "deleted"]
    assert {change["records"][-1]["id"] for change in seen[-3:]} == {made["id"]}
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


async def test_one_change_tells_what_the_feed_does_and_what_was_before_it(household: Household) -> None:
    made = await household.record(payee="one")
    path = f"/transactions/{made['id']}"
    granted(await household.ask("PATCH", path, {"payee": "two"}))
    granted(await household.ask("DELETE", path), 204)
    (image,) = (await household.got(f"/history/{made['id']}", params={"limit": 1}))["data"]
    feed = (await household.got("/changes", params={"after": made["revision"] - 1}))["data"]
    assert [change["operation"] for change in feed] == [
        "record_transaction",
        "update_transaction",
        "delete_transaction",
    ]
    for change, before in zip(feed, ([], ["one"], ["two"]), strict=True):
        answer = await household.ask("GET", f"/changes/{change['revision']}")
        read = granted(answer)
        images = read.pop("images")
        assert read == change
        assert [(each["kind"], each["id"], each["before"]["payee"]) for each in images["data"]] == [
            ("transaction", made["id"], payee) for payee in before
        ]
        assert images["next_cursor"] is None
        assert "link" not in answer.headers
    assert images["data"] == [{"kind": "transaction", "id": made["id"], "before": image["before"]}]


async def test_a_change_never_changes(household: Household) -> None:
    made = await household.record()
    path = f"/changes/{made['revision']}"
    first = await household.ask("GET", path)
    assert first.headers["etag"] == f'"{made["revision"]}"'
    granted(await household.ask("DELETE", f"/transactions/{made['id']}"), 204)
    again = await household.ask("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert granted(await household.ask("GET", path)) == granted(first)


async def test_a_change_of_many_records_is_told_by_the_page(household: Household) -> None:
    parent = await household.open_account("Banks")
    below = [await household.open_account(f"Bank {n}", parent=parent["id"]) for n in range(4)]
    granted(await household.ask("PATCH", f"/accounts/{parent['id']}", {"name": "Credit Unions"}))
    path = f"/changes/{await household.revision()}"
    whole = await household.got(path)
    assert whole["counts"] == {"account changed": 5}
    assert [each["before"]["name"] for each in whole["images"]["data"]] == ["Banks", *(each["name"] for each in below)]
    seen: list[dict[str, Any]] = []
    wanted: dict[str, Any] = {"limit": 2}
    while True:
        answer = await household.ask("GET", path, params=wanted)
        page = granted(answer)["images"]
        assert len(page["data"]) <= 2
        seen += page["data"]
        if page["next_cursor"] is None:
            break
        assert f"cursor={page['next_cursor']}" in answer.headers["link"]
        wanted["cursor"] = page["next_cursor"]
    assert seen == whole["images"]["data"]
    for cursor in ("x", "W10"):
        refused(await household.ask("GET", path, params={"cursor": cursor}), 400, "cursor_malformed")


async def test_the_log_ends_where_the_book_stands(household: Household) -> None:
    revision = await household.revision()
    await household.got(f"/changes/{revision}")
    for beyond in (revision + 1, 2**62):
        refused(await household.ask("GET", f"/changes/{beyond}"), 404, "change_not_found")
    for nonsense in ("0", "-1", "x", "1.5", "9" * 30, "9" * 5000):
        answer = await household.ask("GET", f"/changes/{nonsense}")
        refused(answer, 422, "request_invalid", parameter="revision")
