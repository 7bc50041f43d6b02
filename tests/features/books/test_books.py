"""Books and who shares them."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

from farthing.core.permissions import PERMISSIONS, Role
from farthing.core.schema import APP_ROLE
from farthing.kit import ids

MAY: dict[str, tuple[str, str, dict[str, str] | None]] = {
    "books:read": ("GET", "", None),
    "reports:read": ("GET", "/reports/trial-balance", None),
    "accounts:read": ("GET", "/accounts", None),
    "changes:read": ("GET", "/changes", None),
    "imports:read": ("GET", "/imports", None),
    "members:read": ("GET", "/members", None),
    "transactions:read": ("GET", "/transactions", None),
    "accounts:write": ("POST", "/accounts", {"name": "Extra", "kind": "asset"}),
    "transactions:write": ("POST", "/transactions", {"amount": "-1.00", "account": "Assets:Checking"}),
    "books:write": ("PATCH", "", {"name": "Renamed"}),
    "members:write": ("POST", "/invitations", {"role": "viewer"}),
    "locks:write": ("PUT", "/lock", {"locked_until": "2020-12-31"}),
}


@pytest.mark.parametrize("role", list(Role))
async def test_a_member_may_do_what_the_role_says_and_no_more(household: Household, role: Role) -> None:
    member = await household.joined(role)
    for permission, (method, path, body) in MAY.items():
        answer = await member.ask(method, f"/books/{household.book_id}{path}", body)
        if permission in PERMISSIONS[role]:
            assert answer.status_code in {200, 201}, permission
        else:
            refused(answer, 403, "permission_missing")


async def test_a_stranger_learns_nothing_not_even_that_the_book_exists(client: Client, household: Household) -> None:
    stranger = await Person.registered(client)
    for method, path, body in MAY.values():
        there = await stranger.ask(method, f"/books/{household.book_id}{path}", body)
        nowhere = await stranger.ask(method, f"/books/{ids.new_id()}{path}", body)
        refused(there, 404, "book_not_found")
        assert there.json() | {"request_id": ""} == nowhere.json() | {"request_id": ""}
    assert household.book_id not in [book["id"] for book in granted(await stranger.ask("GET", "/books"))["data"]]


async def test_a_record_of_another_book_is_not_found_through_ones_own(client: Client, household: Household) -> None:
    other = await Household.founded(client)
    theirs = await other.record()
    for path in (f"/transactions/{theirs['id']}", f"/accounts/{other.checking_id}", f"/history/{theirs['id']}"):
        assert (await household.ask("GET", path)).status_code == 404
    body = {"amount": "-1.00", "account": other.checking_id}
    refused(await household.ask("POST", "/transactions", body), 422, "account_unknown", pointer="/account")
    refused(await household.ask("DELETE", f"/transactions/{theirs['id']}"), 404, "transaction_not_found")
    assert (await other.got(f"/transactions/{theirs['id']}"))["revision"] == theirs["revision"]


async def test_only_an_owner_makes_and_unmakes_owners_and_the_last_one_stays(household: Household) -> None:
    book = f"/books/{household.book_id}"
    admin = await household.joined("admin")
    guest = await household.joined("viewer")
    me = f"{book}/members/{household.person.id}"
    refused(await admin.ask("PATCH", f"{book}/members/{guest.id}", {"role": "owner"}), 403, "permission_missing")
    refused(await admin.ask("PATCH", me, {"role": "viewer"}), 403, "permission_missing")
    refused(await admin.ask("DELETE", me), 403, "permission_missing")
    refused(await household.person.ask("PATCH", me, {"role": "viewer"}), 409, "last_owner")
    refused(await household.person.ask("DELETE", me), 409, "last_owner")
    granted(await admin.ask("PATCH", f"{book}/members/{guest.id}", {"role": "editor"}))
    granted(await household.ask("PATCH", f"/members/{admin.id}", {"role": "owner"}))
    granted(await household.person.ask("DELETE", me), 204)
    refused(await household.person.ask("GET", book), 404, "book_not_found")
    members = granted(await admin.ask("GET", f"{book}/members"))["data"]
    assert [(member["user_id"], member["role"]) for member in members] == [(admin.id, "owner"), (guest.id, "editor")]


async def test_a_role_that_a_member_has_already_changes_nothing(household: Household) -> None:
    guest = await household.joined("viewer")
    refused(await household.ask("DELETE", f"/members/{ids.new_id()}"), 404, "member_not_found")
    revision = await household.revision()
    granted(await household.ask("PATCH", f"/members/{guest.id}", {"role": "viewer"}))
    assert await household.revision() == revision


async def test_the_settings_of_a_book_are_checked_and_a_change_of_nothing_is_none(household: Household) -> None:
    for wrong in ({"time_zone": "Europe/Nowhere"}, {"locale": "xx-YY"}, {"fiscal_year_start": "02-30"},
                  {"first_weekday": 8}, {"name": ""}, {"currency": "USD"}):  # fmt: skip
        answer = await household.ask("PATCH", "", wrong)
        refused(answer, 422, "request_invalid", pointer=f"/{next(iter(wrong))}")
    settings = {"time_zone": "Pacific/Kiritimati", "locale": "de-AT", "fiscal_year_start": "04-06"}
    changed = granted(await household.ask("PATCH", "", settings))
    assert {name: changed[name] for name in settings} == settings
    revision = await household.revision()
    granted(await household.ask("PATCH", "", settings))
    granted(await household.ask("PATCH", "", {}))
    assert await household.revision() == revision == changed["revision"]
    stale = await household.ask("PATCH", "", {"name": "x"}, headers={"If-Match": '"1"'})
    refused(stale, 412, "revision_stale")


async def test_a_book_can_have_an_id_of_the_clients_own_once(client: Client, household: Household) -> None:
    wanted = {"id": str(ids.new_id()), "name": "Mine", "currency": "EUR"}
    first = await household.person.ask("POST", "/books", wanted)
    assert granted(first, 201)["id"] == wanted["id"]
    again = await household.person.ask("POST", "/books", wanted)
    refused(again, 409, "id_taken")
    assert again.headers["location"] == first.headers["location"] == f"/api/v1/books/{wanted['id']}"
    mine = granted(await household.person.ask("GET", "/books"))["data"]
    assert [book["id"] for book in mine] == [household.book_id, wanted["id"]]


async def test_an_accountant_locks_the_book_and_changes_none_of_its_other_settings(household: Household) -> None:
    accountant, viewer = await household.joined("accountant"), await household.joined("viewer")
    book = f"/books/{household.book_id}"
    locked = granted(await accountant.ask("PUT", f"{book}/lock", {"locked_until": "2026-03-31"}))
    assert locked["locked_until"] == "2026-03-31"
    revision = await household.revision()
    granted(await accountant.ask("PUT", f"{book}/lock", {"locked_until": "2026-03-31"}))
    assert await household.revision() == revision
    stale = {"headers": {"If-Match": '"1"'}}
    refused(await accountant.ask("PUT", f"{book}/lock", {"locked_until": None}, **stale), 412, "revision_stale")
    for wrong in ({}, {"locked_until": "2026-02-30"}, {"locked_until": None, "name": "Mine"}):
        assert (await accountant.ask("PUT", f"{book}/lock", wrong)).status_code == 422, wrong
    refused(await accountant.ask("PATCH", book, {"name": "Mine"}), 403, "permission_missing")
    refused(await accountant.ask("PATCH", book, {"locked_until": None}), 403, "permission_missing")
    refused(await viewer.ask("PUT", f"{book}/lock", {"locked_until": None}), 403, "permission_missing")
    refused(await household.ask("POST", "/transactions", {"date": "2026-03-31", "amount": "-1.00",
                                "account": "Assets:Checking"}), 409, "period_locked")  # fmt: skip
    assert granted(await accountant.ask("PUT", f"{book}/lock", {"locked_until": None}))["locked_until"] is None


@pytest.mark.parametrize("role", list(Role))
async def test_whoever_leaves_is_a_stranger_at_once_and_has_another_default(household: Household, role: Role) -> None:
    member = await household.joined(role)
    book = f"/books/{household.book_id}"
    granted(await member.ask("PATCH", "/me", {"default_book_id": household.book_id}))
    granted(await member.ask("POST", f"{book}/leave"), 204)
    refused(await member.ask("GET", book), 404, "book_not_found")
    refused(await member.ask("POST", f"{book}/leave"), 404, "book_not_found")
    assert granted(await member.ask("GET", "/me"))["default_book_id"] == member.book_id
    assert granted(await member.ask("GET", "/books/default"))["id"] == member.book_id
    (change,) = (await household.got("/changes", params={"after": await household.revision() - 1}))["data"]
    assert (change["summary"], change["actor_id"]) == ("Left the book.", member.id)


async def test_the_last_owner_does_not_leave(household: Household) -> None:
    await household.joined("admin")
    refused(await household.ask("POST", "/leave"), 409, "last_owner")
    partner = await household.joined("owner")
    granted(await household.ask("POST", "/leave"), 204)
    refused(await partner.ask("POST", f"/books/{household.book_id}/leave"), 409, "last_owner")
    assert granted(await household.person.ask("GET", "/me"))["default_book_id"] is None
    refused(await household.person.ask("GET", "/books/default"), 404, "book_not_found")


async def test_a_book_is_handed_over_in_one_change(household: Household) -> None:
    bob, admin = await household.joined("viewer"), await household.joined("admin")
    revision = await household.revision()
    refused(await household.ask("POST", "/hand-over", {"user_id": household.person.id}), 422, "owner_same",
            pointer="/user_id")  # fmt: skip
    refused(await household.ask("POST", "/hand-over", {"user_id": str(ids.new_id())}), 404, "member_not_found")
    body = {"user_id": bob.id, "role": "owner"}
    refused(await household.ask("POST", "/hand-over", body), 422, "request_invalid", pointer="/role")
    answer = await admin.ask("POST", f"/books/{household.book_id}/hand-over", {"user_id": bob.id})
    refused(answer, 403, "permission_missing")
    assert await household.revision() == revision
    members = granted(await household.ask("POST", "/hand-over", {"user_id": bob.id, "role": "editor"}))["data"]
    assert {member["user_id"]: member["role"] for member in members} == {
        household.person.id: "editor", bob.id: "owner", admin.id: "admin"}  # fmt: skip
    assert await household.revision() == revision + 1
    refused(await household.ask("POST", "/hand-over", {"user_id": bob.id}), 403, "permission_missing")
    granted(await bob.ask("DELETE", f"/books/{household.book_id}/members/{household.person.id}"), 204)


# --- What PostgreSQL holds to, whoever writes ---


@pytest.mark.parametrize("how", ["DELETE FROM members WHERE book_id = $1",
                                 "UPDATE members SET role = 'admin' WHERE book_id = $1"])  # fmt: skip
async def test_postgresql_keeps_an_owner_also_where_the_book_is_unset_before_the_end(
    household: Household, database_url: str, how: str
) -> None:
    await household.joined("owner")
    connection = await asyncpg.connect(database_url, server_settings={"role": APP_ROLE})
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT set_config('farthing.book', $1, true)", household.book_id)
        await connection.execute(how, household.book_id)
        await connection.execute("SELECT set_config('farthing.book', '', true)")
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
            await transaction.commit()
        assert refusal.value.constraint_name == "members_keep_an_owner"
    finally:
        await connection.close()
    assert len((await household.got("/members"))["data"]) == 2


async def test_of_two_owners_who_go_at_once_one_stays(household: Household, database_url: str) -> None:
    partner = await household.joined("owner")
    leave = "DELETE FROM members WHERE book_id = $1 AND user_id = $2"
    first, second = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        going, following = first.transaction(), second.transaction()
        await going.start()
        await following.start()
        await first.execute(leave, household.book_id, household.person.id)
        await second.execute(leave, household.book_id, partner.id)
        await going.commit()
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await following.commit()
    finally:
        await first.close()
        await second.close()


async def test_two_owners_who_leave_at_once_leave_one_behind(household: Household) -> None:
    partner = await household.joined("owner")
    path = f"/books/{household.book_id}/leave"
    answers = await asyncio.gather(*(person.ask("POST", path) for person in (household.person, partner)))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
