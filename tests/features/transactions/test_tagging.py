"""Tags on transactions: found or made by name, looked for, and kept with the transaction through its history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

from farthing.features.journal.models import TRANSACTION
from farthing.kit import ids

LINE = {"date": "2026-03-01", "amount": "-1.00", "account": "Assets:Checking"}


def names(transaction: Any) -> list[str]:
    return [tag["name"] for tag in transaction["tags"]]


async def found(home: Household, *parameters: tuple[str, str]) -> list[str]:
    """The payees of the transactions that are found."""
    listed = await home.got("/transactions", params=list(parameters))
    return [transaction["payee"] for transaction in listed["data"]]


async def test_tags_are_found_by_name_or_id_and_made_where_there_are_none(household: Household) -> None:
    holiday = await household.made("/tags", {"name": "Holiday"})
    revision = await household.revision()
    made = await household.record(tags=["  zoo", "HOLIDAY", holiday["id"], "Zoo", "Ärzte"])
    assert names(made) == ["Holiday", "zoo", "Ärzte"]
    assert made["tags"][0]["id"] == holiday["id"]
    assert await household.revision() == revision + 1 == made["revision"]
    assert await household.got(f"/transactions/{made['id']}") == made
    (listed,) = (await household.got("/transactions"))["data"]
    as_listed = {name: value for name, value in made.items() if name != "reversed_by_id"}
    assert listed == as_listed
    (line,) = (await household.got(f"/accounts/{household.checking_id}/register"))["data"]
    assert line["transaction"] == as_listed
    change = await household.got(f"/changes/{made['revision']}")
    assert change["counts"] == {"tag created": 2, "transaction created": 1}
    assert {record["id"] for record in change["records"] if record["kind"] == "tag"} == {
        tag["id"] for tag in made["tags"][1:]
    }
    zoo = await household.got(f"/tags/{made['tags'][1]['id']}")
    assert (zoo["name"], zoo["created_revision"], zoo["color"]) == ("zoo", made["revision"], None)


async def test_tags_are_replaced_as_a_whole_and_stay_where_they_are_not_named(
    household: Household, superuser: asyncpg.Connection
) -> None:
    made = await household.record(tags=["a", "b"])
    path = f"/transactions/{made['id']}"
    kept = granted(await household.ask("PATCH", path, {"payee": "Shop"}))
    assert kept["tags"] == made["tags"]
    revision = await household.revision()
    granted(await household.ask("PATCH", path, {"tags": ["B", "a", made["tags"][0]["id"]]}))
    assert await household.revision() == revision, "a change of nothing is none"
    assert names(granted(await household.ask("PATCH", path, {"tags": ["b", "c"]}))) == ["b", "c"]
    assert names(granted(await household.ask("PATCH", path, {"tags": []}))) == []
    images = (await household.got(f"/history/{made['id']}"))["data"]
    assert [len(image["before"]["tags"]) for image in images] == [2, 2, 2]
    before = images[-1]["before"]
    assert before["tags"] == sorted(({"tag_id": tag["id"]} for tag in made["tags"]), key=lambda tag: tag["tag_id"])
    values = TRANSACTION.part_values(TRANSACTION.parts[1], before)
    assert [value["tag_id"] for value in values] == [UUID(tag["tag_id"]) for tag in before["tags"]]
    assert {value["transaction_id"] for value in values} == {UUID(made["id"])}
    await check_book(superuser, household.book_id)


async def test_a_deleted_transaction_comes_back_with_the_tags_that_are_left(household: Household) -> None:
    made = await household.record(tags=["a", "b"])
    path = f"/transactions/{made['id']}"
    granted(await household.ask("DELETE", path), 204)
    assert [tag["uses"] for tag in (await household.got("/tags"))["data"]] == [0, 0]
    restored = granted(await household.ask("POST", f"{path}/restore"))
    assert restored["tags"] == made["tags"]
    granted(await household.ask("DELETE", path), 204)
    granted(await household.ask("DELETE", f"/tags/{made['tags'][0]['id']}"), 204)
    assert names(granted(await household.ask("POST", f"{path}/restore"))) == ["b"]
    change = await household.got(f"/changes/{await household.revision()}")
    assert change["summary"] == "Restored a transaction. Tags that it had and the book hasn't any more: 1."


@pytest.mark.parametrize(
    ("tags", "pointer"),
    [
        ([""], "/tags/0"),
        (["a", "x" * 101], "/tags/1"),
        (["a\nb"], "/tags/0"),
        (["\ufdfa" * 100], "/tags/0"),
        ([f"tag {n}" for n in range(31)], "/tags"),
        ([1], "/tags/0"),
        ("holiday", "/tags"),
        (None, "/tags"),
    ],
)
async def test_tags_that_are_none_are_refused_by_their_place(household: Household, tags: Any, pointer: str) -> None:
    revision = await household.revision()
    made = await household.ask("POST", "/transactions", LINE | {"tags": tags})
    refused(made, 422, "request_invalid", pointer=pointer)
    assert await household.revision() == revision


async def test_a_tag_named_by_an_id_must_be_there(household: Household) -> None:
    made = await household.record(tags=["a"])
    gone = str(ids.new_id())
    answer = await household.ask("POST", "/transactions", LINE | {"tags": ["a", gone]})
    refused(answer, 422, "tag_unknown", pointer="/tags/1")
    answer = await household.ask("PATCH", f"/transactions/{made['id']}", {"tags": [gone]})
    refused(answer, 422, "tag_unknown", pointer="/tags/0")
    many = {"transactions": [LINE | {"tags": ["new"]}, LINE | {"tags": [gone]}]}
    refused(
        await household.ask("POST", "/transactions/bulk", many), 422, "tag_unknown", pointer="/transactions/1/tags/0"
    )
    assert [tag["name"] for tag in (await household.got("/tags"))["data"]] == ["a"]


async def test_what_is_refused_among_many_makes_no_tag(household: Household) -> None:
    many = {
        "transactions": [
            LINE | {"tags": ["one", "both"]},
            LINE | {"tags": ["two"], "account": "Assets:Nowhere"},
            LINE | {"tags": ["BOTH"]},
            LINE,
        ]
    }
    partly = granted(await household.ask("POST", "/transactions/bulk", many, params={"mode": "partial"}), 201)
    assert (partly["created"], partly["refused"]) == (3, 1)
    listed = (await household.got("/tags"))["data"]
    assert [(tag["name"], tag["uses"]) for tag in listed] == [("both", 2), ("one", 1)]
    whole = {"transactions": [LINE | {"tags": ["three", "one"]}, LINE]}
    recorded = granted(await household.ask("POST", "/transactions/bulk", whole), 201)["data"]
    assert [names(each) for each in recorded] == [["one", "three"], []]


async def test_transactions_are_found_by_their_tags(household: Household) -> None:
    for payee, tags in (("zoo", ["trip", "kids"]), ("hotel", ["trip"]), ("school", ["Kids"]), ("rent", [])):
        await household.record(payee=payee, tags=tags)
    kids = next(tag for tag in (await household.got("/tags"))["data"] if tag["name"] == "kids")
    await household.made("/tags", {"name": "summer 2026"})
    assert await found(household, ("tag", "TRIP")) == ["hotel", "zoo"]
    assert await found(household, ("tag", kids["id"])) == ["school", "zoo"]
    assert await found(household, ("tag", "trip"), ("tag", "kids")) == ["zoo"]
    assert await found(household, ("tag", "trip"), ("tag", "trip")) == ["hotel", "zoo"]
    assert await found(household, ("untagged", "true")) == ["rent"]
    assert await found(household, ("untagged", "true"), ("tag", "trip")) == []
    assert await found(household, ("q", "tag:trip")) == ["hotel", "zoo"]
    assert await found(household, ("q", f"tag:trip -tag:{kids['id']}")) == ["hotel"]
    assert await found(household, ("q", "-tag:kids")) == ["rent", "hotel"]
    assert await found(household, ("q", 'tag:"summer 2026"')) == []
    assert await found(household, ("q", "tag:kids tag:trip"), ("tag", "kids")) == ["zoo"]
    first = await household.got("/transactions", params={"tag": "trip", "limit": 1})
    second = await household.got("/transactions", params={"tag": "trip", "limit": 1, "cursor": first["next_cursor"]})
    assert [page["data"][0]["payee"] for page in (first, second)] == ["hotel", "zoo"]


async def test_the_link_to_the_next_page_names_all_tags(household: Household) -> None:
    for _ in range(2):
        await household.record(tags=["a", "b"])
    answer = await household.ask("GET", "/transactions", params=[("tag", "a"), ("tag", "b"), ("limit", "1")])
    link = answer.headers["link"].partition("/api/v1")[2].partition(">")[0]
    assert len(granted(await household.person.ask("GET", link))["data"]) == 1


async def test_an_unknown_tag_is_answered_with_what_was_probably_meant(household: Household) -> None:
    await household.record(tags=["holiday"])
    for parameters, blamed in ((("tag", "hollidays"), "tag"), (("q", "shop -tag:Hollidays"), "q")):
        answer = await household.ask("GET", "/transactions", params=[parameters])
        refusal = refused(answer, 422, "tag_unknown", parameter=blamed)
        assert refusal["detail"].endswith("Did you mean holiday?")
    for nothing_like_it in ("xyz", str(ids.new_id())):
        answer = await household.ask("GET", "/transactions", params={"tag": nothing_like_it})
        assert "Did you mean" not in refused(answer, 422, "tag_unknown", parameter="tag")["detail"]
    many = [("tag", f"tag {n}") for n in range(21)]
    refused(await household.ask("GET", "/transactions", params=many), 422, "request_invalid", parameter="tag")


async def test_a_transaction_bears_a_tag_once(household: Household, superuser: asyncpg.Connection) -> None:
    await household.record(tags=["holiday"])
    with pytest.raises(asyncpg.UniqueViolationError):
        await superuser.execute(
            "INSERT INTO transaction_tags SELECT * FROM transaction_tags WHERE book_id = $1", household.book_id
        )


async def test_notes_are_kept_line_by_line_and_found_by_their_words(
    household: Household, superuser: asyncpg.Connection
) -> None:
    notes = "Bought for the garden.\n\tWarranty until 2028.\n" + "x" * 9000
    made = await household.record(payee="a", notes=f" {notes} ")
    other = await household.record(payee="b", description="garden")
    assert (made["notes"], other["notes"]) == (notes, None)
    assert await found(household, ("q", "WARRANTY")) == ["a"]
    assert await found(household, ("q", "garden")) == ["b", "a"]
    assert await found(household, ("q", 'notes:"the garden"')) == ["a"]
    assert await found(household, ("q", "-notes:garden")) == ["b"]
    path = f"/transactions/{made['id']}"
    assert granted(await household.ask("PATCH", path, {"notes": "short"}))["notes"] == "short"
    assert granted(await household.ask("PATCH", path, {"notes": None}))["notes"] is None
    images = (await household.got(f"/history/{made['id']}"))["data"]
    assert [image["before"]["notes"] for image in images] == ["short", notes]
    for wrong in ("x" * 10_001, "a\x00b", 1):
        answer = await household.ask("POST", "/transactions", LINE | {"notes": wrong})
        refused(answer, 422, "request_invalid", pointer="/notes")
    with pytest.raises(asyncpg.CheckViolationError, match="notes_bounded"):
        await superuser.execute(
            "UPDATE transactions SET notes = repeat('x', 10001) WHERE book_id = $1", household.book_id
        )
