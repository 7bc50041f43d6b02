"""Saved searches: kept if they can be read, found by their names, run when they are asked."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Household, Person

from farthing.features.searches.service import MAX_SEARCHES
from farthing.kit import ids

PATH = "/saved-searches"
COFFEE = {"name": "Coffee", "filter": {"q": "coffee -starbucks", "category": "Expenses:Food", "amount_min": "2.5"}}


async def saved(home: Household, **wanted: Any) -> Any:
    return await home.made(PATH, COFFEE | wanted)


async def test_a_search_is_kept_as_it_was_given(household: Household) -> None:
    answer = await household.ask("POST", PATH, COFFEE)
    made = granted(answer, 201)
    assert (made["name"], made["filter"], made["position"]) == ("Coffee", COFFEE["filter"], 0)
    assert answer.headers["location"].endswith(f"{PATH}/{made['id']}")
    read = await household.ask("GET", f"{PATH}/{made['id']}")
    assert (read.json(), read.headers["etag"]) == (made, f'"{made["revision"]}"')
    assert (await household.got("/changes"))["data"][0]["operation"]


async def test_it_finds_what_the_list_finds_page_by_page(household: Household) -> None:
    for number in range(1, 6):
        await household.record(f"-{number}.00", payee="Coffee Corner", category="Expenses:Food")
    await household.record("-9.00", payee="Starbucks Coffee", category="Expenses:Food")
    made = await saved(household)
    path = f"{PATH}/{made['id']}/transactions"
    listed = (await household.got("/transactions", params=made["filter"]))["data"]
    assert [each["postings"][0]["amount"] for each in listed] == ["-5.00", "-4.00", "-3.00"]
    assert (await household.got(path))["data"] == listed
    first = await household.got(path, params={"limit": 2})
    second = await household.got(path, params={"limit": 2, "cursor": first["next_cursor"]})
    assert first["data"] + second["data"] == listed
    granted(await household.ask("PATCH", f"{PATH}/{made['id']}", {"filter": {"q": "coffee"}}))
    refused(await household.ask("GET", path, params={"cursor": first["next_cursor"]}), 400, "cursor_malformed")
    assert len((await household.got(path))["data"]) == 6


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_cannot_be_run_is_not_kept(household: Household, method: str) -> None:
    path = PATH if method == "POST" else f"{PATH}/{(await saved(household))['id']}"
    revision = await household.revision()
    for wrong, code, pointer in [
        ({"q": "coffee amount>ten"}, "search_malformed", "/filter/q"),
        ({"q": "account:Nowhere"}, "account_unknown", "/filter/q"),
        ({"category": "Nowhere"}, "account_unknown", "/filter/category"),
        ({"date_from": "2026-13-01"}, "request_invalid", "/filter/date_from"),
        ({"limit": 5}, "request_invalid", "/filter/limit"),
        ({}, "request_invalid", "/filter"),
        (None, "request_invalid", "/filter"),
    ]:
        body = {"name": "Wrong", "filter": wrong}
        read = refused(await household.ask(method, path, body), 422, code, pointer=pointer)
        assert code != "search_malformed" or "amount>ten" in read["detail"]
    for name in ("", " ", "x" * 101, "a\nb", None):
        refused(await household.ask(method, path, COFFEE | {"name": name}), 422, "request_invalid", pointer="/name")
    for position in (-1, 10_001, "x"):
        body = COFFEE | {"name": "New", "position": position}
        refused(await household.ask(method, path, body), 422, "request_invalid", pointer="/position")
    assert await household.revision() == revision


async def test_an_account_that_was_renamed_since_is_told(household: Household) -> None:
    named = await saved(household, filter={"account": "Assets:Checking"})
    by_id = await saved(household, name="By id", filter={"account": household.checking_id})
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"name": "Giro"}))
    refused(await household.ask("GET", f"{PATH}/{named['id']}/transactions"), 422, "account_unknown")
    assert (await household.got(f"{PATH}/{by_id['id']}/transactions"))["data"] == []


async def test_a_name_is_given_once_whatever_its_case(household: Household) -> None:
    first, second = await saved(household), await saved(household, name="Tea")
    refused(await household.ask("POST", PATH, COFFEE | {"name": "COFFEE"}), 409, "saved_search_name_taken")
    path = f"{PATH}/{second['id']}"
    refused(await household.ask("PATCH", path, {"name": " coffee "}), 409, "saved_search_name_taken")
    granted(await household.ask("PATCH", f"{PATH}/{first['id']}", {"name": "COFFEE"}))


async def test_an_id_is_used_once(household: Household) -> None:
    chosen = str(ids.new_id())
    made = await saved(household, id=chosen)
    again = COFFEE | {"id": chosen, "name": "Other"}
    answer = await household.ask("POST", PATH, again)
    refused(answer, 409, "id_taken")
    assert answer.headers["location"].endswith(f"{PATH}/{made['id']}")
    granted(await household.ask("DELETE", f"{PATH}/{chosen}"), 204)
    refused(await household.ask("POST", PATH, again), 409, "id_taken")


async def test_they_are_listed_by_their_positions_and_names(household: Household) -> None:
    for name, position in (("c", 1), ("B", 1), ("z", 0), ("a", 2)):
        await saved(household, name=name, position=position)
    names: list[str] = []
    asked: dict[str, Any] = {"limit": 1}
    while True:
        page = await household.got(PATH, params=asked)
        names += [each["name"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
    assert names == ["z", "B", "c", "a"]


async def test_a_change_is_told_apart_from_none_and_from_one_too_late(household: Household) -> None:
    made = await saved(household)
    path = f"{PATH}/{made['id']}"
    for same in ({}, {"name": "Coffee"}, COFFEE):
        assert granted(await household.ask("PATCH", path, same)) == made
    changed = granted(await household.ask("PATCH", path, {"position": 7}))
    assert (changed["position"], changed["revision"]) == (7, made["revision"] + 1)
    stale = {"If-Match": f'"{made["revision"]}"'}
    refused(await household.ask("PATCH", path, {"position": 8}, headers=stale), 412, "revision_stale")
    refused(await household.ask("DELETE", path, headers=stale), 412, "revision_stale")
    granted(await household.ask("DELETE", path), 204)
    for method in ("GET", "PATCH", "DELETE"):
        body: dict[str, Any] | None = {} if method == "PATCH" else None
        refused(await household.ask(method, path, body), 404, "saved_search_not_found")
    granted(await household.ask("POST", f"/changes/{await household.revision()}/undo"))
    back = await household.got(path)
    assert (back["name"], back["filter"], back["position"]) == ("Coffee", COFFEE["filter"], 7)


async def test_a_book_holds_as_many_as_is_promised(household: Household, superuser: asyncpg.Connection) -> None:
    fill = (
        "INSERT INTO saved_searches SELECT $1, gen_random_uuid(), 's' || n, 's' || n, '{\"q\": \"x\"}', 0, 1, 1, "
        "now(), now() FROM generate_series(1, $2::int) n"
    )
    await superuser.execute(fill, household.book_id, MAX_SEARCHES - 1)
    await saved(household)
    refused(await household.ask("POST", PATH, COFFEE | {"name": "More"}), 409, "saved_searches_too_many")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE saved_searches SET name = ''", "name_bounded"),
        ("UPDATE saved_searches SET filter = '{}'", "filter_given"),
        ("UPDATE saved_searches SET filter = '[1]'", "filter_given"),
        ("UPDATE saved_searches SET position = -1", "position_bounded"),
        (
            (
                "INSERT INTO saved_searches "
                "SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).* FROM saved_searches s"
            ),
            "name_key",
        ),
    ],
)
async def test_postgresql_holds_them_to_it_too(
    household: Household, superuser: asyncpg.Connection, statement: str, named: str
) -> None:
    await saved(household)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=named):
        await superuser.execute(f"{statement} WHERE book_id = $1", household.book_id)


async def test_one_who_only_looks_runs_them_and_keeps_none(household: Household) -> None:
    made = await saved(household)
    viewer = await Person.registered(household.person.client)
    await household.share(viewer, "viewer")
    path = f"/books/{household.book_id}{PATH}"
    granted(await viewer.ask("GET", f"{path}/{made['id']}/transactions"))
    refused(await viewer.ask("POST", path, COFFEE | {"name": "Mine"}), 403, "permission_missing")
