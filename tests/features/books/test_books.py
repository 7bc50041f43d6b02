"""Books and who shares them."""

from __future__ import annotations

import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

from farthing.core.permissions import PERMISSIONS, Role
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
