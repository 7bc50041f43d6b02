"""The list and the register as known at: what they said then, whatever was found out since."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.answers import granted, refused
from tests.household import Household

from farthing.kit import clock

ORDERS = ("-date", "date", "-amount", "amount")
SEARCHES: tuple[dict[str, Any], ...] = (
    {},
    {"account": "Assets:Checking"},
    {"category": "Expenses:Food"},
    {"date_from": "2026-03-03", "date_to": "2026-03-05"},
    {"amount_min": "10", "amount_max": "30"},
    {"amount_min": "10", "account": "Assets:Savings"},
    {"payee": "corner"},
    {"payee": "eckladen"},
    {"status": "pending"},
    {"tag": ["holiday"]},
    {"tag": ["holiday", "fun"]},
    {"untagged": "true"},
    {"generated": "true"},
    {"q": "corner"},
    {"q": "-corner"},
    {"q": "payee:corner amount>5 -status:pending"},
    {"q": "memo:half"},
    {"q": "notes:warranty"},
    {"q": "tag:holiday -tag:fun"},
    {"q": "account:Assets:Savings"},
    {"q": "-category:Expenses:Food"},
    {"q": "description:invoice date>=2026-03-02"},
    {"q": "-amount>15"},
)


async def eventful(home: Household) -> None:
    """A book with something for each search to find and to leave out."""
    await home.open_account("Savings", type="savings", currency="EUR")
    await home.open_account("Dollars", currency="USD")
    lines: tuple[dict[str, Any], ...] = (
        {"amount": "-10.00", "date": "2026-03-01", "payee": "Corner Shop", "category": "Expenses:Food:Groceries"},
        {"amount": "-20.00", "date": "2026-03-03", "payee": "Corner Shop", "tags": ["holiday", "fun"]},
        {"amount": "-30.00", "date": "2026-03-04", "description": "Invoice 12", "status": "pending"},
        {"amount": "-5.00", "date": "2026-03-04", "notes": "Warranty", "tags": ["holiday"]},
        {"amount": "100.00", "date": "2026-03-05", "account": "Assets:Savings", "payee": "Employer"},
    )
    for line in lines:
        await home.record(**line)
    exchange = {"amount": "7.00", "to_amount": "8.00", "from": "Assets:Checking", "to": "Assets:Dollars"}
    await home.made("/transactions", {"date": "2026-03-06", **exchange})
    postings = [
        {"account": "Assets:Checking", "amount": "-12.00", "memo": "one half"},
        {"account": "Expenses:Food:Groceries", "amount": "12.00", "memo": "other half"},
    ]
    await home.made("/transactions", {"date": "2026-03-07", "postings": postings})


async def upset(home: Household) -> None:
    """Change all of it: the amounts, words, tags, days and names of some, and whether others are there."""
    (first, second, third, fourth, fifth, exchange, split, *_) = sorted(
        (await home.got("/transactions"))["data"], key=lambda each: (each["date"], each["created_revision"])
    )

    async def change(path: str, body: dict[str, Any]) -> None:
        granted(await home.ask("PATCH", path, body))

    await change(f"/transactions/{first['id']}", {"amount": "-400.00", "date": "2026-05-01", "payee": "Kiosk"})
    await change(f"/transactions/{second['id']}", {"tags": ["work"], "category": "Expenses:Housing:Rent"})
    await change(f"/transactions/{third['id']}", {"description": "Corner", "status": "cleared"})
    granted(await home.ask("DELETE", f"/transactions/{fourth['id']}"), 204)
    await change(f"/transactions/{fifth['id']}", {"account": "Assets:Checking"})
    granted(await home.ask("DELETE", f"/transactions/{exchange['id']}"), 204)
    await change(f"/transactions/{split['id']}", {"notes": "Warranty", "tags": ["fun"]})
    await home.record("-10.00", date="2026-03-04", payee="Corner Shop", tags=["holiday"])
    await change(f"/payees/{second['payee_id']}", {"name": "Eckladen", "aliases": []})
    tags = {tag["name"]: tag["id"] for tag in (await home.got("/tags"))["data"]}
    await change(f"/tags/{tags['holiday']}", {"name": "vacation"})
    await change(f"/accounts/{home.checking_id}", {"name": "Giro"})
    accounts = {each["full_name"]: each["id"] for each in (await home.got("/accounts", params={"limit": 200}))["data"]}
    await change(f"/accounts/{accounts['Assets:Savings']}", {"parent": home.checking_id})
    granted(await home.ask("POST", f"/transactions/{fourth['id']}/restore"))


async def paged(home: Household, path: str, wanted: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """All of a list, a few at a time."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await home.got(path, params={**wanted, "limit": limit, **cursor})
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_every_search_in_every_order_finds_what_it_found_then(household: Household) -> None:
    await eventful(household)
    known = await household.revision()
    asked = [{**search, "sort": order} for search in SEARCHES for order in ORDERS]
    seen = []
    for each in asked:
        answer = await household.ask("GET", "/transactions", params=each)
        seen.append(answer.json()["data"] if answer.status_code == 200 else answer.json()["code"])
    assert sum(1 for each in seen if each) > len(seen) * 3 / 4
    now = clock.now().isoformat()
    await upset(household)
    for each, was in zip(asked, seen, strict=True):
        assert await paged(household, "/transactions", each | {"known_at": known}, 2) == was, each
    assert await paged(household, "/transactions", {"known_at": now}, 200) == seen[0]
    assert await paged(household, "/transactions", {}, 200) != seen[0]
    head = await household.revision()
    for each in (
        {},
        {"q": "vacation"},
        {"q": "tag:vacation"},
        {"account": "Assets:Giro:Savings"},
        {"payee": "eckladen"},
    ):
        current = await household.got("/transactions", params=each)
        assert await household.got("/transactions", params={**each, "known_at": head}) == current | {
            "next_cursor": None
        }


async def test_a_register_has_the_lines_and_the_balances_it_had(household: Household) -> None:
    await eventful(household)
    path = f"/accounts/{household.checking_id}/register"
    known = await household.revision()
    was = await household.got(path)
    within = await household.got(path, params={"date_from": "2026-03-03", "date_to": "2026-03-04"})
    await upset(household)
    assert await paged(household, path, {"known_at": known}, 2) == was["data"]
    asked = {"date_from": "2026-03-03", "date_to": "2026-03-04", "known_at": known}
    assert await household.got(path, params=asked) == within
    now = await household.got(path)
    assert now["data"] != was["data"]
    assert await household.got(path, params={"known_at": await household.revision()}) == now


async def test_names_mean_what_they_meant(household: Household) -> None:
    await household.record(tags=["holiday"])
    known = await household.revision()
    await upset_names(household)
    for name in ("Assets:Giro", "Assets:Nowhere"):
        answer = await household.ask("GET", "/transactions", params={"account": name, "known_at": known})
        refused(answer, 422, "account_unknown")
    for wanted in ({"tag": "vacation"}, {"q": "tag:vacation"}):
        refused(await household.ask("GET", "/transactions", params={**wanted, "known_at": known}), 422, "tag_unknown")
    for wanted in ({"account": "Assets:Checking"}, {"tag": "holiday"}, {"account": household.checking_id}):
        (found,) = (await household.got("/transactions", params={**wanted, "known_at": known}))["data"]
        assert {posting["account"] for posting in found["postings"]} >= {"Assets:Checking"}
        assert [tag["name"] for tag in found["tags"]] == ["holiday"]


async def upset_names(home: Household) -> None:
    granted(await home.ask("PATCH", f"/accounts/{home.checking_id}", {"name": "Giro"}))
    (tag,) = (await home.got("/tags"))["data"]
    granted(await home.ask("PATCH", f"/tags/{tag['id']}", {"name": "vacation"}))


async def test_the_register_of_an_account_that_was_opened_since_is_not_there(household: Household) -> None:
    known = await household.revision()
    opened = await household.open_account("Savings")
    path = f"/accounts/{opened['id']}/register"
    refused(await household.ask("GET", path, params={"known_at": known}), 404, "account_not_found")
    assert (await household.got(path, params={"known_at": known + 1}))["data"] == []


async def test_a_change_that_was_undone_is_there_in_between(household: Household) -> None:
    made = await household.record("-10.00")
    granted(await household.ask("PATCH", f"/transactions/{made['id']}", {"amount": "-20.00"}))
    changed = await household.revision()
    granted(await household.ask("POST", f"/changes/{changed}/undo"))
    sizes = []
    for revision in (changed - 1, changed, changed + 1):
        (found,) = (await household.got("/transactions", params={"known_at": revision}))["data"]
        (line,) = (await household.got(f"/accounts/{household.checking_id}/register", params={"known_at": revision}))[
            "data"
        ]
        assert line["transaction"] == found
        sizes.append(line["balances"][0]["amount"])
    assert sizes == ["-10.00", "-20.00", "-10.00"]


@pytest.mark.parametrize("path", ["/transactions", "/accounts/{account}/register"])
async def test_a_revision_that_is_not_there_yet_is_refused(household: Household, path: str) -> None:
    path = path.format(account=household.checking_id)
    head = await household.revision()
    refused(
        await household.ask("GET", path, params={"known_at": head + 1}), 422, "revision_unknown", parameter="known_at"
    )
    for moment in ("-1", "yesterday", "2026-03-01", "9" * 19):
        answer = await household.ask("GET", path, params={"known_at": moment})
        refused(answer, 422, "request_invalid", parameter="known_at")


async def test_a_cursor_is_good_for_the_revision_it_came_from(household: Household) -> None:
    for _ in range(3):
        await household.record()
    known = await household.revision()
    page = await household.got("/transactions", params={"known_at": known, "limit": 1})
    wanted = {"limit": 1, "cursor": page["next_cursor"]}
    refused(await household.ask("GET", "/transactions", params=wanted), 400, "cursor_malformed")
    assert (await household.got("/transactions", params=wanted | {"known_at": known}))["data"]


async def test_before_the_book_was_there_it_held_nothing(household: Household) -> None:
    await household.record()
    assert (await household.got("/transactions", params={"known_at": "1999-01-01T00:00:00Z"}))["data"] == []
