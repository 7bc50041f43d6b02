"""Matches over HTTP: proposed, accepted, turned down for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

from farthing.kit import ids

MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}


async def sides(home: Household, amount: str = "200.00", day: int = 5) -> list[str]:
    """The two sides of a transfer to a savings account; their ids."""
    giver = await home.record(f"-{amount}", date=f"2026-03-{day:02}", payee="Standing order")
    taker = await home.record(amount, date=f"2026-03-{day + 1:02}", account="Assets:Savings")
    return [giver["id"], taker["id"]]


@pytest.fixture
async def home(household: Household) -> Household:
    await household.open_account("Savings", currency="EUR", type="savings")
    return household


async def found(home: Household, **wanted: Any) -> list[Any]:
    return list((await home.got("/matches", params={**MARCH, **wanted}))["data"])


async def test_the_two_sides_of_a_transfer_are_proposed_with_reasons(home: Household) -> None:
    pair = await sides(home)
    read = await home.got("/matches", params=MARCH)
    (match,) = read["data"]
    assert (match["kind"], match["transaction_ids"], match["score"]) == ("transfer", pair, "0.77")
    assert [reason["code"] for reason in match["reasons"]] == ["opposite_amounts", "days_apart", "both_uncategorised"]
    assert [(side["account"], side["amount"], side["payee"]) for side in match["sides"]] == [
        ("Assets:Checking", "-200.00", "Standing order"),
        ("Assets:Savings", "200.00", None),
    ]
    assert {name: read[name] for name in MARCH} == MARCH
    assert read["next_cursor"] is None
    assert await found(home, kind="posted") == []
    assert await found(home, date_from="2026-03-06") == []


async def test_accepting_merges_and_the_one_that_gave_stays(home: Household) -> None:
    pair = await sides(home)
    body = {"kind": "transfer", "transaction_ids": pair[::-1]}
    trial = granted(await home.ask("POST", "/matches/accept", body, params={"dry_run": "true"}))
    assert (await found(home))[0]["transaction_ids"] == pair
    read = granted(await home.ask("POST", "/matches/accept", body))
    assert read["id"] == trial["id"] == pair[0]
    assert [p["account"] for p in read["postings"]] == ["Assets:Checking", "Assets:Savings"]
    assert await found(home) == []
    refused(await home.ask("POST", "/matches/accept", body), 422, "transaction_unknown", pointer="/transaction_ids/0")


async def test_what_is_pending_is_proposed_with_what_was_posted_and_accepted(home: Household) -> None:
    ours = await home.record(
        "-40.00", date="2026-03-04", status="pending", payee="Joe's Diner", category="Expenses:Food"
    )
    posted = await home.record("-48.00", date="2026-03-05", payee="JOES DINER")
    (match,) = await found(home)
    assert (match["kind"], match["transaction_ids"]) == ("posted", [ours["id"], posted["id"]])
    assert [side["status"] for side in match["sides"]] == ["pending", "cleared"]
    wrong = {"kind": "transfer", "transaction_ids": match["transaction_ids"]}
    refused(await home.ask("POST", "/matches/accept", wrong), 409, "match_unfit")
    read = granted(await home.ask("POST", "/matches/accept", wrong | {"kind": "posted"}))
    assert (read["id"], read["postings"][1]["amount"]) == (ours["id"], "48.00")


async def test_what_was_turned_down_is_not_proposed_again_until_someone_changes_their_mind(home: Household) -> None:
    pair = await sides(home)
    body = {"kind": "transfer", "transaction_ids": pair}
    answer = await home.ask("POST", "/matches/reject", body)
    no = granted(answer, 201)
    assert (no["kind"], no["transaction_ids"]) == ("transfer", sorted(pair))
    path = f"/matches/rejected/{no['id']}"
    assert answer.headers["location"].endswith(path)
    assert await found(home) == []
    revision = await home.revision()
    assert granted(await home.ask("POST", "/matches/reject", body | {"transaction_ids": pair[::-1]}), 200) == no
    refused(await home.ask("POST", "/matches/reject", body | {"id": str(ids.new_id())}), 409, "match_rejected")
    assert await home.revision() == revision
    assert (await home.got("/matches/rejected"))["data"] == [no]
    assert await home.got(path) == no
    refused(await home.ask("DELETE", path, headers={"If-Match": '"1"'}), 412, "revision_stale")
    granted(await home.ask("DELETE", path), 204)
    refused(await home.ask("DELETE", path), 404, "rejected_match_not_found")
    assert len(await found(home)) == 1
    answer = await home.ask("POST", "/matches/reject", body | {"id": no["id"]})
    refused(answer, 409, "id_taken")
    images = (await home.got(f"/history/{no['id']}"))["data"]
    assert [image["before"]["first_id"] for image in images] == [min(pair)]


async def test_many_matches_come_in_pages(home: Household) -> None:
    pairs = [await sides(home, f"{n}00.00", day=n * 3) for n in range(1, 6)]
    seen: list[list[str]] = []
    cursor: str | None = None
    while True:
        read = await home.got("/matches", params={**MARCH, "limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [match["transaction_ids"] for match in read["data"]]
        cursor = read["next_cursor"]
        if cursor is None:
            break
    assert seen == pairs[::-1], "equally likely: the newest first"
    for wrong in ("x", "WyIiXQ"):
        refused(await home.ask("GET", "/matches", params={**MARCH, "cursor": wrong}), 400, "cursor_malformed")


async def test_where_matches_are_looked_for_is_bounded(home: Household) -> None:
    for wrong in (
        {"date_from": "2026-03-02", "date_to": "2026-03-01"},
        {"date_from": "2024-01-01", "date_to": "2026-03-01"},
        {"date_from": "2999-12-31"},
    ):
        refused(await home.ask("GET", "/matches", params=wrong), 422, "window_unfit", parameter="date_from")
    for name, value in (("kind", "twin"), ("date_to", "x"), ("limit", "0")):
        refused(await home.ask("GET", "/matches", params={name: value}), 422, "request_invalid")
    assert (await home.got("/matches", params={"date_to": "1600-01-02"}))["date_from"] == "1600-01-01"
    default = await home.got("/matches")
    assert default["date_from"] < default["date_to"]


async def test_a_match_that_is_no_pair_is_refused(client: Client, home: Household) -> None:
    one, other = await sides(home)
    stranger = await Household.founded(client)
    foreign = (await stranger.record())["id"]
    for path in ("/matches/accept", "/matches/reject"):
        for ids_, code, pointer in (
            ([one, one], "request_invalid", "/transaction_ids"),
            ([one], "request_invalid", "/transaction_ids"),
            ([one, other, one], "request_invalid", "/transaction_ids"),
            ([one, "x"], "request_invalid", "/transaction_ids/1"),
            ([one, foreign], "transaction_unknown", "/transaction_ids/1"),
        ):
            body = {"kind": "transfer", "transaction_ids": ids_}
            refused(await home.ask("POST", path, body), 422, code, pointer=pointer)
    viewer = await Person.registered(client)
    await home.share(viewer, "viewer")
    seen = Household(viewer, home.book_id)
    assert len(await found(seen)) == 1
    for path in ("/matches/accept", "/matches/reject"):
        body = {"kind": "transfer", "transaction_ids": [one, other]}
        refused(await seen.ask("POST", path, body), 403, "permission_missing")


async def test_a_list_of_matches_in_an_unchanged_book_is_told_from_its_tag(home: Household) -> None:
    await sides(home)
    tag = (await home.ask("GET", "/matches", params=MARCH)).headers["etag"]
    again = await home.ask("GET", "/matches", params=MARCH, headers={"If-None-Match": tag})
    assert again.status_code == 304


async def test_postgresql_keeps_one_rejection_of_a_pair_in_order(
    home: Household, superuser: asyncpg.Connection
) -> None:
    pair = await sides(home)
    await home.made("/matches/reject", {"kind": "transfer", "transaction_ids": pair})
    again = """
        INSERT INTO rejected_matches (book_id, id, kind, first_id, second_id, created_revision, revision, created_at,
                                      changed_at)
        VALUES ($1, gen_random_uuid(), $2, $3, $4, 1, 1, now(), now())
    """
    book, (first, second) = UUID(home.book_id), (UUID(each) for each in sorted(pair))
    for kind, one, other, error in (
        ("transfer", first, second, asyncpg.UniqueViolationError),
        ("posted", second, first, asyncpg.CheckViolationError),
        ("posted", first, first, asyncpg.CheckViolationError),
        ("twin", first, second, asyncpg.CheckViolationError),
    ):
        with pytest.raises(error):
            await superuser.execute(again, book, kind, one, other)
