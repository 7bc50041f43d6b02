"""Tags: one name is one tag, and none goes away unseen from the transactions that bear it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.architecture.test_queries import FILL
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household, Person

from farthing.kit import ids

LOCK = "2026-03-31"
OVERRIDING = {"override_lock": "true"}


async def names(home: Household, **wanted: Any) -> list[tuple[str, int]]:
    listed = await home.got("/tags", params=wanted)
    return [(tag["name"], tag["uses"]) for tag in listed["data"]]


async def tags_of(home: Household, transaction_id: str) -> list[str]:
    return [tag["name"] for tag in (await home.got(f"/transactions/{transaction_id}"))["tags"]]


async def joined(home: Household, role: str) -> Household:
    """The same book, as a new member of it keeps it."""
    person = await Person.registered(home.person.client)
    await home.share(person, role)
    return Household(person, home.book_id, home.checking_id)


async def test_a_tag_is_made_found_changed_and_deleted(household: Household) -> None:
    chosen = str(ids.new_id())
    answer = await household.ask("POST", "/tags", {"id": chosen, "name": " Holiday ", "color": "#2F855A"})
    made = granted(answer, 201)
    assert answer.headers["location"].endswith(f"/tags/{chosen}")
    assert (made["id"], made["name"], made["color"], made["archived"]) == (chosen, "Holiday", "#2f855a", False)
    assert await household.got(f"/tags/{chosen}") == made
    path = f"/tags/{chosen}"
    changed = granted(await household.ask("PATCH", path, {"name": "Trips", "description": "a\nb", "archived": True}))
    assert (changed["name"], changed["color"], changed["description"]) == ("Trips", "#2f855a", "a\nb")
    assert changed["revision"] == made["revision"] + 1
    assert granted(await household.ask("PATCH", path, {"name": "Trips", "archived": True})) == changed, "no revision"
    assert granted(await household.ask("PATCH", path, {"color": None, "description": ""}))["color"] is None
    assert await names(household) == [], "an archived tag isn't offered"
    assert await names(household, archived="true") == [("Trips", 0)]
    granted(await household.ask("DELETE", path), 204)
    refused(await household.ask("GET", path), 404, "tag_not_found")
    images = (await household.got(f"/history/{chosen}"))["data"]
    assert [image["before"]["name"] for image in images] == ["Trips", "Trips", "Holiday"]
    assert "name_key" not in images[0]["before"]


async def test_a_name_is_one_tag_whatever_its_case_and_form(household: Household) -> None:
    made = await household.made("/tags", {"name": "Straße"})
    for same in ("strasse", "STRASSE", "Strasse"):
        refused(await household.ask("POST", "/tags", {"name": same}), 409, "tag_name_taken")
    other = await household.made("/tags", {"name": "other"})
    refused(await household.ask("PATCH", f"/tags/{other['id']}", {"name": "STRASSE"}), 409, "tag_name_taken")
    assert granted(await household.ask("PATCH", f"/tags/{made['id']}", {"name": "STRASSE"}))["name"] == "STRASSE"


async def test_postgresql_keeps_names_apart_and_colors_colors(
    household: Household, superuser: asyncpg.Connection
) -> None:
    await household.made("/tags", {"name": "holiday"})
    tag = "SELECT book_id, $2, '{name}', '{key}', {color}, NULL, false, 1, 1, 1, now(), now() FROM tags"
    for name, key, color, error in (
        ("Holiday", "holiday", "NULL", asyncpg.UniqueViolationError),
        ("", "", "NULL", asyncpg.CheckViolationError),
        ("x" * 101, "x", "NULL", asyncpg.CheckViolationError),
        ("red", "red", "'red'", asyncpg.CheckViolationError),
        ("red", "red", "'#FF0000'", asyncpg.CheckViolationError),
    ):
        select = tag.format(name=name, key=key, color=color)
        with pytest.raises(error):
            await superuser.execute(f"INSERT INTO tags {select} WHERE book_id = $1", household.book_id, ids.new_id())


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "\ufdfa" * 100}, "/name"),
        ({"name": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}, "/name"),
        ({"name": "a", "color": "red"}, "/color"),
        ({"name": "a", "color": "#12345"}, "/color"),
        ({"name": "a", "color": "#12345g"}, "/color"),
        ({"name": "a", "description": "x" * 2001}, "/description"),
        ({"name": "a", "archived": True}, "/archived"),
        ({}, "/name"),
    ],
)
async def test_a_tag_that_is_none_is_refused_by_its_field(household: Household, body: Any, pointer: str) -> None:
    revision = await household.revision()
    refused(await household.ask("POST", "/tags", body), 422, "request_invalid", pointer=pointer)
    assert await household.revision() == revision


async def test_an_id_is_used_once_also_after_its_tag_was_deleted(household: Household) -> None:
    made = await household.made("/tags", {"name": "holiday"})
    refused(await household.ask("POST", "/tags", {"id": made["id"], "name": "x"}), 409, "id_taken")
    granted(await household.ask("DELETE", f"/tags/{made['id']}"), 204)
    answer = await household.ask("POST", "/tags", {"id": made["id"], "name": "x"})
    refused(answer, 409, "id_taken")
    assert answer.headers["location"].endswith(f"/tags/{made['id']}")


async def test_a_changed_tag_is_not_overwritten_by_who_has_not_seen_it(household: Household) -> None:
    made = await household.made("/tags", {"name": "holiday"})
    path, stale = f"/tags/{made['id']}", {"headers": {"If-Match": f'"{made["revision"]}"'}}
    granted(await household.ask("PATCH", path, {"color": "#000000"}, **stale))
    other = await household.made("/tags", {"name": "other"})
    for method, to, body in (
        ("PATCH", path, {"color": "#ffffff"}),
        ("DELETE", path, None),
        ("POST", f"{path}/merge", {"into": other["id"]}),
    ):
        refused(await household.ask(method, to, body, **stale), 412, "revision_stale")


async def test_tags_are_listed_by_name_or_by_use_page_by_page(household: Household) -> None:
    for tags in (["b", "c"], ["c"], ["C", "a"], ["É"], []):
        await household.record(tags=tags)
    await household.made("/tags", {"name": "idle"})
    by_name = [("a", 1), ("b", 1), ("c", 3), ("idle", 0), ("É", 1)]
    by_use = [("c", 3), ("a", 1), ("b", 1), ("É", 1), ("idle", 0)]
    assert await names(household) == by_name
    assert await names(household, sort="use") == by_use
    assert await names(household, q="D") == [("idle", 0)]
    for sort, whole in (("name", by_name), ("use", by_use)):
        read, cursor = [], None
        while True:
            page = await household.got(
                "/tags", params={"limit": 2, "sort": sort} | ({"cursor": cursor} if cursor else {})
            )
            read += [(tag["name"], tag["uses"]) for tag in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert read == whole
    cursor = (await household.got("/tags", params={"limit": 2}))["next_cursor"]
    refused(await household.ask("GET", "/tags", params={"cursor": cursor, "sort": "use"}), 400, "cursor_malformed")


async def test_where_a_list_goes_on_after_a_tag_that_is_gone_is_not_guessed(household: Household) -> None:
    made = [await household.made("/tags", {"name": name}) for name in ("a", "b", "c")]
    page = await household.got("/tags", params={"limit": 2})
    granted(await household.ask("DELETE", f"/tags/{made[1]['id']}"), 204)
    answer = await household.ask("GET", "/tags", params={"limit": 2, "cursor": page["next_cursor"]})
    refused(answer, 400, "cursor_malformed")


async def test_a_new_name_shows_on_its_transactions_and_changes_their_entity_tag(household: Household) -> None:
    made = await household.record(tags=["holiday", "zoo"])
    path = f"/transactions/{made['id']}"
    first = await household.ask("GET", path)
    tag_id = next(tag["id"] for tag in made["tags"] if tag["name"] == "holiday")
    kept = {"headers": {"If-None-Match": first.headers["etag"]}}
    granted(await household.ask("PATCH", f"/tags/{tag_id}", {"color": "#000000"}))
    assert (await household.ask("GET", path, **kept)).status_code == 304, "a color isn't shown there"
    renamed = granted(await household.ask("PATCH", f"/tags/{tag_id}", {"name": "Travels"}))
    again = await household.ask("GET", path, **kept)
    assert [tag["name"] for tag in granted(again)["tags"]] == ["Travels", "zoo"]
    assert again.headers["etag"] == f'"{renamed["revision"]}"' != first.headers["etag"]
    assert granted(again)["revision"] == made["revision"], "the transaction itself is as it was"
    stale = {"headers": {"If-Match": first.headers["etag"]}}
    refused(await household.ask("PATCH", path, {"payee": "x"}, **stale), 412, "revision_stale")


async def test_a_tag_in_use_is_deleted_only_with_its_place_on_transactions(
    household: Household, superuser: asyncpg.Connection
) -> None:
    first = await household.record(tags=["holiday", "zoo"])
    second = await household.record(tags=["HOLIDAY"])
    third = await household.record(tags=["zoo"])
    tag_id = second["tags"][0]["id"]
    refusal = refused(await household.ask("DELETE", f"/tags/{tag_id}"), 409, "tag_in_use")
    assert "2 of them" in refusal["detail"]
    revision = await household.revision()
    granted(await household.ask("DELETE", f"/tags/{tag_id}", params={"from_transactions": "true"}), 204)
    assert await household.revision() == revision + 1, "one change"
    assert [await tags_of(household, each["id"]) for each in (first, second, third)] == [["zoo"], [], ["zoo"]]
    change = await household.got(f"/changes/{revision + 1}")
    assert change["summary"] == "Deleted the tag holiday, on 2 transactions."
    assert change["counts"] == {"tag deleted": 1, "transaction changed": 2}
    images = {image["id"]: image["before"] for image in change["images"]["data"]}
    assert images.keys() == {tag_id, first["id"], second["id"]}
    assert {"tag_id": tag_id} in images[first["id"]]["tags"]
    assert images[second["id"]]["tags"] == [{"tag_id": tag_id}]
    assert images[second["id"]]["postings"], "the image is whole"
    read = await household.got(f"/transactions/{first['id']}")
    assert (read["revision"], read["created_revision"]) == (revision + 1, first["created_revision"])
    assert (await household.got(f"/transactions/{third['id']}"))["revision"] == third["revision"]
    await check_book(superuser, household.book_id)


async def test_postgresql_keeps_a_tag_that_is_in_use(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.record(tags=["holiday"])
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="fk_transaction_tags_book_id_tag_id"):
        await superuser.execute("DELETE FROM tags WHERE id = $1", UUID(made["tags"][0]["id"]))
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await superuser.execute(
            "UPDATE transaction_tags SET tag_id = $1 WHERE book_id = $2", ids.new_id(), household.book_id
        )


async def test_a_tag_is_merged_into_another(household: Household) -> None:
    first = await household.record(tags=["holiday", "vacation"])
    second = await household.record(tags=["vacation", "zoo"])
    going = next(tag["id"] for tag in first["tags"] if tag["name"] == "vacation")
    staying = next(tag["id"] for tag in first["tags"] if tag["name"] == "holiday")
    path = f"/tags/{going}/merge"
    refused(await household.ask("POST", path, {"into": going}), 422, "tags_same", pointer="/into")
    refused(await household.ask("POST", path, {"into": str(ids.new_id())}), 422, "tag_unknown", pointer="/into")
    tried = await household.ask("POST", path, {"into": staying}, params={"dry_run": "true"})
    assert granted(tried)["name"] == "holiday"
    assert await tags_of(household, second["id"]) == ["vacation", "zoo"], "a dry run keeps nothing"
    read = granted(await household.ask("POST", path, {"into": staying}))
    assert (read["id"], read["name"]) == (staying, "holiday")
    assert [await tags_of(household, each["id"]) for each in (first, second)] == [["holiday"], ["holiday", "zoo"]]
    assert await names(household) == [("holiday", 2), ("zoo", 1)]
    refused(await household.ask("GET", f"/tags/{going}"), 404, "tag_not_found")
    change = await household.got(f"/changes/{await household.revision()}")
    assert change["summary"] == "Merged the tag vacation into holiday, on 2 transactions."


async def test_ten_thousand_transactions_are_changed_at_once_and_no_more(
    household: Household, superuser: asyncpg.Connection
) -> None:
    big, other = [await household.made("/tags", {"name": name}) for name in ("big", "other")]
    await superuser.execute(FILL.format(count=10_001), UUID(household.book_id))
    await superuser.execute(
        "INSERT INTO transaction_tags SELECT book_id, id, $2 FROM transactions WHERE book_id = $1",
        UUID(household.book_id),
        UUID(big["id"]),
    )
    path, off = f"/tags/{big['id']}", {"from_transactions": "true"}
    refused(await household.ask("DELETE", path, params=off), 409, "retagging_too_large")
    refused(await household.ask("POST", f"{path}/merge", {"into": other["id"]}), 409, "retagging_too_large")
    one = (await household.got("/transactions", params={"limit": 1}))["data"][0]
    granted(await household.ask("PATCH", f"/transactions/{one['id']}", {"tags": []}))
    granted(await household.ask("POST", f"{path}/merge", {"into": other["id"]}))
    assert await names(household) == [("other", 10_000)]


async def test_a_hundred_thousand_postings_are_changed_at_once_and_no_more(
    household: Household, superuser: asyncpg.Connection
) -> None:
    made = await household.record(tags=["big"])
    await superuser.execute(
        """INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency,
                                 status, generated)
           SELECT book_id, gen_random_uuid(), transaction_id, 2 + n % 32000, account_id, date, ordinal,
                  CASE WHEN n % 2 = 0 THEN 1 ELSE -1 END, currency, status, false
             FROM postings, generate_series(1, 100000) n
            WHERE book_id = $1 AND position = 0""",
        UUID(household.book_id),
    )
    path = f"/tags/{made['tags'][0]['id']}"
    refused(await household.ask("DELETE", path, params={"from_transactions": "true"}), 409, "retagging_too_large")


async def test_a_book_takes_five_thousand_tags_and_no_more(household: Household, superuser: asyncpg.Connection) -> None:
    line = {"date": "2026-03-01", "amount": "-1.00", "account": "Assets:Checking"}
    await household.record(tags=["a"])
    await superuser.execute(
        """INSERT INTO tags SELECT book_id, gen_random_uuid(), 'tag ' || n, 'tag ' || n, NULL, NULL, true, 1, 1, 1,
                                   created_at, changed_at
             FROM tags, generate_series(1, 4998) n WHERE book_id = $1""",
        UUID(household.book_id),
    )
    refused(await household.ask("POST", "/transactions", line | {"tags": ["b", "c"]}), 409, "tags_too_many")
    many = {"transactions": [line | {"tags": [name]} for name in ("a", "b", "c", "b", "A")]}
    partly = granted(await household.ask("POST", "/transactions/bulk", many, params={"mode": "partial"}), 201)
    assert [each["status"] for each in partly["results"]] == ["created", "created", "refused", "created", "created"]
    assert partly["results"][2]["error"]["code"] == "tags_too_many"
    refused(await household.ask("POST", "/tags", {"name": "c"}), 409, "tags_too_many")
    assert await names(household) == [("a", 3), ("b", 2)]
    by_use = await household.got("/tags", params={"sort": "use", "archived": "true", "limit": 3})
    assert [tag["uses"] for tag in by_use["data"]] == [3, 2, 0]


async def test_a_tag_that_was_made_on_the_way_goes_with_it_unless_used_or_changed_since(household: Household) -> None:
    before = (await household.got("/digest"))["digest"]
    await household.record(tags=["holiday"])
    first = await household.revision()
    assert granted(await household.ask("POST", f"/changes/{first}/undo"))["deleted"] == 2
    assert (await household.got("/digest"))["digest"] == before
    await household.record(tags=["zoo"])
    second = await household.revision()
    other = await household.record(tags=["Zoo"])
    assert granted(await household.ask("POST", f"/changes/{second}/undo"))["deleted"] == 1
    assert await names(household) == [("zoo", 1)]
    assert await tags_of(household, other["id"]) == ["zoo"]
    third = await household.record(tags=["work"])
    granted(await household.ask("PATCH", f"/tags/{third['tags'][0]['id']}", {"color": "#2f855a"}))
    assert granted(await household.ask("POST", f"/changes/{third['revision']}/undo"))["deleted"] == 1
    assert await names(household) == [("work", 0), ("zoo", 1)]


async def test_a_tag_that_was_made_for_its_own_sake_stays_if_it_is_used(household: Household) -> None:
    tag = await household.made("/tags", {"name": "zoo"})
    revision = await household.revision()
    made = await household.record(tags=["zoo"])
    answer = await household.ask("POST", f"/changes/{revision}/undo")
    told = refused(answer, 409, "change_superseded")["errors"]
    assert [each["detail"] for each in told] == [f"Transaction {made['id']} refers to tag {tag['id']}."]


async def test_what_was_done_to_tags_is_undone(household: Household, superuser: asyncpg.Connection) -> None:
    first = await household.record(tags=["holiday", "zoo"], payee="Travel")
    travel, agency = first["payee_id"], (await household.made("/payees", {"name": "Agency"}))["id"]
    await household.record(tags=["holiday"])
    holiday, zoo = (tag["id"] for tag in first["tags"])
    before = (await household.got("/digest"))["digest"]
    off = {"params": {"from_transactions": "true"}}
    for method, path, body, options in (
        ("DELETE", f"/tags/{holiday}", None, off),
        ("POST", f"/tags/{zoo}/merge", {"into": holiday}, {}),
        ("PATCH", f"/tags/{zoo}", {"name": "animals"}, {}),
        ("POST", f"/payees/{travel}/merge", {"into": agency}, {}),
        ("POST", "/tags", {"name": "new"}, {}),
        ("PATCH", f"/transactions/{first['id']}", {"tags": ["new", "holiday"], "notes": "n"}, {}),
        ("DELETE", f"/transactions/{first['id']}", None, {}),
    ):
        done = await household.ask(method, path, body, **options)
        assert done.is_success, done.text
        assert (await household.got("/digest"))["digest"] != before
        granted(await household.ask("POST", f"/changes/{await household.revision()}/undo"))
        assert (await household.got("/digest"))["digest"] == before, (method, path)
    assert await tags_of(household, first["id"]) == ["holiday", "zoo"]
    await check_book(superuser, household.book_id)


async def test_tags_of_the_locked_period_change_only_by_an_admin_who_says_so(
    household: Household, superuser: asyncpg.Connection
) -> None:
    locked = await household.record(date=LOCK, tags=["holiday"])
    await household.record(date="2026-04-01", tags=["holiday"])
    other = await household.made("/tags", {"name": "other"})
    tag_id = locked["tags"][0]["id"]
    granted(await household.ask("PATCH", "", {"locked_until": LOCK}))
    off, merging = {"from_transactions": "true"}, {"into": other["id"]}
    refused(await household.ask("DELETE", f"/tags/{tag_id}", params=off), 409, "period_locked")
    refused(await household.ask("POST", f"/tags/{tag_id}/merge", merging), 409, "period_locked")
    refused(await household.ask("PATCH", f"/transactions/{locked['id']}", {"tags": []}), 409, "period_locked")
    editor = await joined(household, "editor")
    refused(await editor.ask("POST", f"/tags/{tag_id}/merge", merging, params=OVERRIDING), 403, "permission_missing")
    for statement in (
        "INSERT INTO transaction_tags SELECT book_id, $1, $2 FROM books WHERE id = $3",
        "DELETE FROM transaction_tags WHERE transaction_id = $1 AND tag_id <> $2 AND book_id = $3",
        "UPDATE transaction_tags SET tag_id = $2 WHERE transaction_id = $1 AND book_id = $3",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="is locked"):
            await superuser.execute(
                statement.replace("SELECT book_id,", "SELECT id,"),
                UUID(locked["id"]),
                UUID(other["id"]),
                household.book_id,
            )
    granted(await household.ask("PATCH", f"/tags/{tag_id}", {"name": "trips"})), "a name may change"
    granted(await household.ask("POST", f"/tags/{tag_id}/merge", merging, params=OVERRIDING))
    assert await tags_of(household, locked["id"]) == ["other"]
    change = await household.got(f"/changes/{await household.revision()}")
    assert change["summary"].endswith(f"Overrode the lock until {LOCK}.")


async def test_viewers_look_and_editors_write(household: Household) -> None:
    made = await household.made("/tags", {"name": "holiday"})
    viewer, editor = await joined(household, "viewer"), await joined(household, "editor")
    assert (await viewer.got(f"/tags/{made['id']}"))["name"] == "holiday"
    refused(await viewer.ask("POST", "/tags", {"name": "x"}), 403, "permission_missing")
    assert (await editor.made("/tags", {"name": "x"}))["name"] == "x"
    observer = await joined(household, "observer")
    refused(await observer.ask("GET", "/tags"), 403, "permission_missing")


async def test_making_a_tag_can_be_tried_again(household: Household) -> None:
    retrying = {"headers": {"Idempotency-Key": "one"}}
    first = await household.ask("POST", "/tags", {"name": "holiday"}, **retrying)
    again = await household.ask("POST", "/tags", {"name": "holiday"}, **retrying)
    assert granted(again, 201) == granted(first, 201)
    refused(await household.ask("POST", "/tags", {"name": "other"}, **retrying), 422, "idempotency_key_reused")
