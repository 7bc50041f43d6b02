"""Groups of accounts: people's own order beside the chart's."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

from farthing.kit import ids


async def made(home: Household, *names: str) -> list[str]:
    return [(await home.made("/account-groups", {"name": name}))["id"] for name in names]


async def ordered(home: Household) -> list[str]:
    return [each["name"] for each in (await home.got("/account-groups"))["data"]]


async def names(home: Household, **wanted: Any) -> list[str]:
    found: list[str] = []
    while True:
        page = await home.got("/accounts", params=wanted)
        found += [each["name"] for each in page["data"]]
        if page["next_cursor"] is None:
            return found
        wanted["cursor"] = page["next_cursor"]


async def test_a_groups_name_is_its_own_whatever_the_case_or_form(household: Household) -> None:
    everyday, house = await made(household, "Everyday", "House")
    for name in ("everyday", "EVERYDAY", "\uff25veryday", " Everyday "):
        refused(await household.ask("POST", "/account-groups", {"name": name}), 409, "account_group_name_taken")
    answer = await household.ask("PATCH", f"/account-groups/{house}", {"name": "every\u0064ay"})
    refused(answer, 409, "account_group_name_taken")
    assert granted(await household.ask("PATCH", f"/account-groups/{everyday}", {"name": "EVERYDAY"}))["position"] == 0
    for wrong in ("", " ", "x" * 101, "a\nb", None):
        answer = await household.ask("POST", "/account-groups", {"name": wrong})
        refused(answer, 422, "request_invalid", pointer="/name")
    revision = await household.revision()
    granted(await household.ask("PATCH", f"/account-groups/{everyday}", {"name": "EVERYDAY"}))
    granted(await household.ask("PATCH", f"/account-groups/{everyday}", {}))
    assert await household.revision() == revision
    assert await ordered(household) == ["EVERYDAY", "House"]


async def test_an_id_of_the_clients_own_is_taken_for_ever(household: Household) -> None:
    wanted = {"id": str(ids.new_id()), "name": "Mine"}
    first = await household.ask("POST", "/account-groups", wanted)
    assert granted(first, 201)["id"] == wanted["id"]
    again = await household.ask("POST", "/account-groups", wanted | {"name": "Other"})
    refused(again, 409, "id_taken")
    assert again.headers["location"] == first.headers["location"]
    granted(await household.ask("DELETE", f"/account-groups/{wanted['id']}"), 204)
    refused(await household.ask("POST", "/account-groups", wanted), 409, "id_taken")


async def test_groups_are_ordered_by_who_has_seen_them_all(household: Household) -> None:
    everyday, savings, house = await made(household, "Everyday", "Savings", "House")
    order = {"ids": [house, everyday, savings]}
    answer = granted(await household.ask("PUT", "/account-groups/order", order))
    assert [(each["name"], each["position"]) for each in answer["data"]] == [
        ("House", 0), ("Everyday", 1), ("Savings", 2),
    ]  # fmt: skip
    revision = await household.revision()
    granted(await household.ask("PUT", "/account-groups/order", order))
    assert await household.revision() == revision
    swapped = {"ids": [house, savings, everyday]}
    granted(await household.ask("PUT", "/account-groups/order", swapped))
    change = await household.got(f"/changes/{revision + 1}")
    assert {each["id"] for each in change["records"]} == {savings, everyday}
    (late,) = await made(household, "Late")
    for wrong in (swapped["ids"], [house, savings, late], [*swapped["ids"], late, str(ids.new_id())], []):
        answer = await household.ask("PUT", "/account-groups/order", {"ids": wrong})
        refused(answer, 409, "account_groups_others", pointer="/ids")
    for malformed in ([house, house], [house] * 201, ["x"], None):
        refused(await household.ask("PUT", "/account-groups/order", {"ids": malformed}), 422, "request_invalid")
    assert await ordered(household) == ["House", "Savings", "Everyday", "Late"]


async def test_of_two_who_order_at_once_one_wins_and_none_is_lost(household: Household) -> None:
    made_ids = await made(household, *"abcdef")
    orders = [made_ids[turn:] + made_ids[:turn] for turn in range(6)]
    answers = await asyncio.gather(
        *(household.ask("PUT", "/account-groups/order", {"ids": order}) for order in orders),
        household.ask("POST", "/account-groups", {"name": "g"}),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    stands = (await household.got("/account-groups"))["data"]
    assert [each["position"] for each in stands] == list(range(7))
    assert [each["id"] for each in stands if each["name"] != "g"] in orders


async def test_an_account_is_put_into_a_group_by_id_or_by_name(household: Household) -> None:
    everyday, savings = await made(household, "Everyday", "Savings")
    account = await household.open_account("Wallet", group="everyday")
    assert account["group_id"] == everyday
    path = f"/accounts/{account['id']}"
    assert granted(await household.ask("PATCH", path, {"group": savings}))["group_id"] == savings
    assert granted(await household.ask("PATCH", path, {"name": "Purse"}))["group_id"] == savings
    assert granted(await household.ask("PATCH", path, {"group": None}))["group_id"] is None
    for group in ("Nothing", str(ids.new_id())):
        wanted = {"name": "x", "kind": "asset", "group": group}
        refused(await household.ask("POST", "/accounts", wanted), 422, "account_group_unknown", pointer="/group")
        answer = await household.ask("PATCH", path, {"group": group})
        refused(answer, 422, "account_group_unknown", pointer="/group")
        answer = await household.ask("GET", "/accounts", params={"group": group})
        refused(answer, 422, "account_group_unknown", parameter="group")
    other = await Household.founded(household.person.client)
    (theirs,) = await made(other, "Theirs")
    refused(await household.ask("PATCH", path, {"group": theirs}), 422, "account_group_unknown")
    refused(await household.ask("GET", f"/account-groups/{theirs}"), 404, "account_group_not_found")


@pytest.mark.parametrize("limit", [1, 3, 200])
async def test_accounts_are_listed_group_by_group(household: Household, limit: int) -> None:
    late, soon = await made(household, "Late", "Soon")
    granted(await household.ask("PUT", "/account-groups/order", {"ids": [soon, late]}))
    for name, group in (("A", "Late"), ("B", None), ("C", "Soon"), ("D", "Late"), ("E", "Soon")):
        await household.open_account(name, group=group)
    by_group = await names(household, sort="group", limit=limit)
    assert by_group[:4] == ["C", "E", "A", "D"]
    assert by_group[4:6] == ["Checking", "B"]
    assert sorted(by_group) == sorted(await names(household, limit=limit))
    assert await names(household, group="late", limit=limit) == ["A", "D"]
    assert await names(household, group=soon, sort="group", limit=limit) == ["C", "E"]
    page = await household.got("/accounts", params={"sort": "group", "limit": 1})
    crossed = await household.ask("GET", "/accounts", params={"sort": "chart", "cursor": page["next_cursor"]})
    refused(crossed, 400, "cursor_malformed")
    refused(await household.ask("GET", "/accounts", params={"sort": "name"}), 422, "request_invalid", parameter="sort")


async def test_deleting_a_group_leaves_its_accounts_in_none_and_the_log_names_each(
    household: Household, superuser: asyncpg.Connection
) -> None:
    (group,) = await made(household, "House")
    inside = [(await household.open_account(name, group="House"))["id"] for name in ("Roof", "Garden")]
    outside = household.checking_id
    seen = (await household.ask("GET", f"/account-groups/{group}")).headers["etag"]
    granted(await household.ask("PATCH", f"/account-groups/{group}", {"name": "Home"}))
    stale = await household.ask("DELETE", f"/account-groups/{group}", headers={"If-Match": seen})
    refused(stale, 412, "revision_stale")
    granted(await household.ask("DELETE", f"/account-groups/{group}"), 204)
    refused(await household.ask("DELETE", f"/account-groups/{group}"), 404, "account_group_not_found")
    revision = await household.revision()
    records = (await household.got(f"/changes/{revision}"))["records"]
    assert {(each["kind"], each["id"], each["action"]) for each in records} == {
        *(("account", each, "changed") for each in inside), ("account_group", group, "deleted"),
    }  # fmt: skip
    for each in inside:
        account = await household.got(f"/accounts/{each}")
        assert (account["group_id"], account["revision"]) == (None, revision)
        (image, *_) = (await household.got(f"/history/{each}"))["data"]
        assert image["before"]["group_id"] == group
    assert (await household.got(f"/accounts/{outside}"))["revision"] < revision
    assert await check_book(superuser, household.book_id) == revision


async def test_postgresql_keeps_groups_too(household: Household, superuser: asyncpg.Connection) -> None:
    everyday, house = await made(household, "Everyday", "House")
    await household.open_account("Wallet", group="House")
    book = UUID(household.book_id)
    for statement, error in (
        ("UPDATE account_groups SET name_key = 'everyday' WHERE book_id = $1", asyncpg.UniqueViolationError),
        ("UPDATE account_groups SET name = '' WHERE book_id = $1", asyncpg.CheckViolationError),
        ("UPDATE account_groups SET position = -1 WHERE book_id = $1", asyncpg.CheckViolationError),
        ("DELETE FROM account_groups WHERE book_id = $1", asyncpg.ForeignKeyViolationError),
        ("UPDATE accounts SET group_id = gen_random_uuid() WHERE book_id = $1", asyncpg.ForeignKeyViolationError),
    ):
        with pytest.raises(error):
            async with superuser.transaction():
                await superuser.execute(statement, book)
    assert {everyday, house} == {each["id"] for each in (await household.got("/account-groups"))["data"]}


async def test_groups_and_balances_are_told_as_they_once_were(household: Household) -> None:
    everyday, house = await made(household, "Everyday", "House")
    await household.open_account("A", group="House")
    await household.open_account("B", group="Everyday")
    await household.record("10.00", account="Assets:A")
    then = await household.revision()
    granted(await household.ask("PUT", "/account-groups/order", {"ids": [house, everyday]}))
    granted(await household.ask("DELETE", f"/account-groups/{everyday}"), 204)
    await household.record("5.00", account="Assets:A")
    assert (await names(household, sort="group"))[:2] == ["A", "Checking"]
    known: dict[str, Any] = {"known_at": then, "limit": 1}
    assert (await names(household, sort="group", **known))[:3] == ["B", "A", "Checking"]
    assert await names(household, group="everyday", **known) == ["B"]
    assert await names(household, group=house, **known) == ["A"]
    gone = await household.ask("GET", "/accounts", params={"group": "everyday"})
    refused(gone, 422, "account_group_unknown", parameter="group")
    never = await household.ask("GET", "/accounts", params={"group": "Never", "known_at": then})
    refused(never, 422, "account_group_unknown", parameter="group")
    for moment, amount in ((then, "10.00"), (await household.revision(), "15.00")):
        read = await household.got("/accounts/balances", params={"known_at": moment, "kind": "asset"})
        held = {line["account"]: line["balances"] for line in read["data"]}
        assert held["Assets:A"] == [{"amount": amount, "currency": "EUR"}]
    beyond = await household.ask("GET", "/accounts/balances", params={"known_at": 10**6})
    refused(beyond, 422, "revision_unknown", parameter="known_at")
