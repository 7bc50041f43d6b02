"""Payees: their names, what can be changed about them, and how they are listed."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household

from farthing.kit import ids


async def names(home: Household, **wanted: Any) -> list[str]:
    return [each["name"] for each in (await home.got("/payees", params={"limit": 200, **wanted}))["data"]]


async def test_a_payee_is_made_read_and_changed(household: Household) -> None:
    body = {
        "name": "Corner Shop",
        "aliases": ["CORNER SHOP 0147", "The Corner"],
        "note": "Open on Sundays",
        "default_category": "expenses:food:groceries",
    }
    answer = await household.ask("POST", "/payees", body)
    made = granted(answer, 201)
    assert answer.headers["location"].endswith(f"/payees/{made['id']}")
    assert (made["name"], made["aliases"], made["note"]) == (body["name"], body["aliases"], body["note"])
    groceries = (await household.got(f"/accounts/{made['default_category_id']}"))["full_name"]
    assert groceries == "Expenses:Food:Groceries"
    path = f"/payees/{made['id']}"
    read = await household.ask("GET", path)
    assert (granted(read), read.headers["etag"]) == (made, f'"{made["revision"]}"')
    cleared = granted(await household.ask("PATCH", path, {"note": None, "default_category": None, "archived": True}))
    assert (cleared["note"], cleared["default_category_id"], cleared["archived"]) == (None, None, True)
    assert (cleared["created_revision"], cleared["revision"]) == (made["revision"], made["revision"] + 1)
    (image,) = (await household.got(f"/history/{made['id']}"))["data"]
    assert image["before"]["note"] == body["note"]
    assert [each["name"] for each in image["before"]["names"]] == [body["name"], "CORNER SHOP 0147", "The Corner"]


async def test_what_changes_nothing_takes_no_revision(household: Household) -> None:
    made = await household.made("/payees", {"name": "Baker", "aliases": ["BAKERY 1"], "note": "x"})
    revision = await household.revision()
    for same in ({}, {"name": "Baker"}, {"aliases": ["BAKERY 1"]}, {"aliases": ["BAKERY 1", "BAKER"]}, {"note": "x"}):
        assert granted(await household.ask("PATCH", f"/payees/{made['id']}", same)) == made
    assert await household.revision() == revision
    spelt = granted(await household.ask("PATCH", f"/payees/{made['id']}", {"aliases": ["Bakery 1"]}))
    assert (spelt["aliases"], spelt["revision"]) == (["Bakery 1"], revision + 1)


async def test_an_outdated_picture_of_a_payee_is_refused(household: Household) -> None:
    made = await household.made("/payees", {"name": "Baker"})
    other = await household.made("/payees", {"name": "Butcher"})
    path, seen = f"/payees/{made['id']}", {"If-Match": f'"{made["revision"]}"'}
    granted(await household.ask("PATCH", path, {"name": "The Baker"}, headers=seen))
    for method, target, body in (
        ("PATCH", path, {"name": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/merge", {"into": other["id"]}),
    ):
        refused(await household.ask(method, target, body, headers=seen), 412, "revision_stale")


@pytest.mark.parametrize("taken", ["strasse 1", "STRASSE 1", "Stra\u00dfe 1", "\uff33trasse 1", " Strasse 1 "])
async def test_a_name_is_one_payees_whatever_the_case_or_form(household: Household, taken: str) -> None:
    await household.made("/payees", {"name": "Strasse 1", "aliases": ["Someone Else"]})
    other = await household.made("/payees", {"name": "Other"})
    path = f"/payees/{other['id']}"
    for method, target, body, pointer in (
        ("POST", "/payees", {"name": taken}, "/name"),
        ("POST", "/payees", {"name": "New", "aliases": ["fine", taken]}, "/aliases/1"),
        ("PATCH", path, {"name": taken}, "/name"),
        ("PATCH", path, {"aliases": [taken]}, "/aliases/0"),
        ("PATCH", path, {"name": "someone ELSE"}, "/name"),
        ("PATCH", path, {"aliases": ["a", "SOMEONE else"]}, "/aliases/1"),
    ):
        refused(await household.ask(method, target, body), 409, "payee_name_taken", pointer=pointer)


async def test_a_renamed_payee_keeps_its_old_name_as_an_alias_unless_told(household: Household) -> None:
    made = await household.made("/payees", {"name": "AMZN Mktp"})
    path = f"/payees/{made['id']}"
    renamed = granted(await household.ask("PATCH", path, {"name": "Amazon"}))
    assert (renamed["name"], renamed["aliases"]) == ("Amazon", ["AMZN Mktp"])
    spelt = granted(await household.ask("PATCH", path, {"name": "AMAZON"}))
    assert (spelt["name"], spelt["aliases"]) == ("AMAZON", ["AMZN Mktp"])
    back = granted(await household.ask("PATCH", path, {"name": "amzn mktp"}))
    assert (back["name"], back["aliases"]) == ("amzn mktp", ["AMAZON"])
    bare = granted(await household.ask("PATCH", path, {"name": "Shop", "aliases": []}))
    assert (bare["name"], bare["aliases"]) == ("Shop", [])
    await household.made("/payees", {"name": "Amazon"})


async def test_bounds_of_names_and_aliases(household: Household) -> None:
    for body, pointer in (
        ({"name": ""}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": None}, "/name"),
        ({"name": "x", "aliases": ["a", "A"]}, "/aliases"),
        ({"name": "x", "aliases": [""]}, "/aliases/0"),
        ({"name": "x", "aliases": ["x" * 201]}, "/aliases/0"),
        ({"name": "x", "aliases": [f"a{n}" for n in range(51)]}, "/aliases"),
        ({"name": "x", "note": "x" * 2001}, "/note"),
        ({"name": "x", "colour": "red"}, "/colour"),
    ):
        refused(await household.ask("POST", "/payees", body), 422, "request_invalid", pointer=pointer)
    full = await household.made("/payees", {"name": "x" * 200, "aliases": [f"{n:02}" * 100 for n in range(50)]})
    path = f"/payees/{full['id']}"
    refused(await household.ask("PATCH", path, {"name": "y"}), 409, "aliases_too_many")
    granted(await household.ask("PATCH", path, {"name": "y", "aliases": full["aliases"][1:]}))
    for body in ({"name": None}, {"aliases": None}, {"archived": None}):
        (field,) = body
        refused(await household.ask("PATCH", path, body), 422, "request_invalid", pointer=f"/{field}")


async def test_a_name_that_unicode_makes_long_is_taken_like_any(household: Household) -> None:
    """Each of these becomes eighteen letters when names are compared."""
    long = "".join(chr(0xFDFA if n % 2 else 0xFDFB) for n in range(200))
    made = await household.made("/payees", {"name": long, "aliases": [long[1:] + "x"]})
    assert made["name"] == long
    recorded = await household.record(payee=long)
    assert recorded["payee_id"] == made["id"]


async def test_a_default_category_is_one(household: Household) -> None:
    for wrong, code in (
        ("Assets:Checking", "default_category_unfit"),
        ("Equity:Trading", "default_category_unfit"),
        ("Expenses:Nothing", "account_unknown"),
        (str(ids.new_id()), "account_unknown"),
    ):
        body = {"name": "x", "default_category": wrong}
        refused(await household.ask("POST", "/payees", body), 422, code, pointer="/default_category")


async def test_an_id_is_used_once(household: Household) -> None:
    chosen = str(ids.new_id())
    await household.made("/payees", {"id": chosen, "name": "Baker"})
    taken = await household.ask("POST", "/payees", {"id": chosen, "name": "Butcher"})
    refused(taken, 409, "id_taken")
    assert taken.headers["location"].endswith(f"/payees/{chosen}")
    granted(await household.ask("DELETE", f"/payees/{chosen}"), 204)
    refused(await household.ask("POST", "/payees", {"id": chosen, "name": "Baker"}), 409, "id_taken")
    refused(await household.ask("GET", f"/payees/{chosen}"), 404, "payee_not_found")
    granted(await household.ask("POST", "/payees", {"name": "Baker"}), 201)


async def test_only_an_unused_payee_is_deleted(household: Household) -> None:
    used = (await household.record(payee="Baker"))["payee_id"]
    await household.record(payee="baker")
    answer = refused(await household.ask("DELETE", f"/payees/{used}"), 409, "payee_in_use")
    assert " 2 " in answer["detail"]
    for transaction in (await household.got("/transactions"))["data"]:
        granted(await household.ask("DELETE", f"/transactions/{transaction['id']}"), 204)
    granted(await household.ask("DELETE", f"/payees/{used}"), 204)
    assert await names(household) == []
    (image,) = (await household.got(f"/history/{used}"))["data"]
    assert image["before"]["name"] == "Baker"


async def test_payees_are_listed_by_name_and_by_use(household: Household) -> None:
    for payee, day in (("b", "01"), ("C", "02"), ("c", "05"), ("C", "03"), ("d", "04"), ("D", "04")):
        await household.record(payee=payee, date=f"2026-03-{day}")
    old = await household.made("/payees", {"name": "a", "aliases": ["Cc"]})
    assert await names(household) == ["a", "b", "C", "d"]
    listed = (await household.got("/payees", params={"sort": "use"}))["data"]
    assert [(each["name"], each["uses"], each["last_used"]) for each in listed] == [
        ("C", 3, "2026-03-05"),
        ("d", 2, "2026-03-04"),
        ("b", 1, "2026-03-01"),
        ("a", 0, None),
    ]
    assert await names(household, q="c") == ["a", "C"]
    assert await names(household, q="%") == []
    granted(await household.ask("PATCH", f"/payees/{old['id']}", {"archived": True}))
    assert await names(household, sort="use") == ["C", "d", "b"]
    assert await names(household, archived="true") == ["a", "b", "C", "d"]


@pytest.mark.parametrize("sort", ["name", "use"])
async def test_pages_of_payees_hold_each_once(household: Household, sort: str) -> None:
    for number in range(7):
        await household.record(payee=f"Payee {number % 5}")
    whole = await names(household, sort=sort)
    assert len(whole) == 5
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await household.got("/payees", params={"limit": 2, "sort": sort, **cursor})
        seen += [each["name"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == whole


async def test_a_cursor_at_a_payee_that_is_gone_is_refused(household: Household) -> None:
    for name in ("a", "b"):
        await household.made("/payees", {"name": name})
    page = await household.got("/payees", params={"limit": 1})
    granted(await household.ask("DELETE", f"/payees/{page['data'][0]['id']}"), 204)
    for cursor in (page["next_cursor"], "nonsense", page["next_cursor"][:-4]):
        answer = await household.ask("GET", "/payees", params={"limit": 1, "cursor": cursor})
        refused(answer, 400, "cursor_malformed")


async def test_a_book_has_its_own_payees(client: Client, household: Household) -> None:
    ours = await household.made("/payees", {"name": "Baker"})
    theirs = await Household.founded(client)
    assert (await theirs.made("/payees", {"name": "Baker"}))["id"] != ours["id"]
    other = await theirs.made("/payees", {"name": "Other"})
    line = {"amount": "1", "account": "Assets:Checking", "payee_id": ours["id"]}
    refused(await theirs.ask("POST", "/transactions", line), 422, "payee_unknown", pointer="/payee_id")
    into = {"into": ours["id"]}
    refused(await theirs.ask("POST", f"/payees/{other['id']}/merge", into), 422, "payee_unknown", pointer="/into")


# --- PostgreSQL, whoever writes ---


async def test_one_name_is_never_two_payees(household: Household, superuser: asyncpg.Connection) -> None:
    baker = await household.made("/payees", {"name": "Baker", "aliases": ["BAKERY"]})
    butcher = await household.made("/payees", {"name": "Butcher"})
    for statement, constraint in (
        ("UPDATE payee_names SET key = 'baker' WHERE payee_id = $1", "pk_payee_names"),
        ("UPDATE payee_names SET key = 'bakery' WHERE payee_id = $1", "pk_payee_names"),
        ("UPDATE payees SET name_key = 'baker' WHERE id = $1", "uq_payees_book_id_name_key"),
    ):
        with pytest.raises(asyncpg.UniqueViolationError) as violation:
            await superuser.execute(statement, butcher["id"])
        assert violation.value.constraint_name == constraint
    for statement in (
        "UPDATE payees SET name_key = 'bakers' WHERE id = $1",
        "UPDATE payee_names SET key = 'bakers' WHERE payee_id = $1 AND key = 'baker'",
        "DELETE FROM payee_names WHERE payee_id = $1",
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError) as orphaned:
            await superuser.execute(statement, baker["id"])
        assert orphaned.value.constraint_name == "fk_payees_name"


async def test_nothing_points_at_a_payee_or_category_that_is_not_there(
    client: Client, household: Household, superuser: asyncpg.Connection
) -> None:
    recorded = await household.record(payee="Baker")
    foreign = (await (await Household.founded(client)).record(payee="Baker"))["payee_id"]
    for statement, wrong in (
        ("UPDATE transactions SET payee_id = $2 WHERE payee_id = $1", foreign),
        ("UPDATE payees SET default_category_id = $2 WHERE id = $1", foreign),
        ("UPDATE payee_names SET payee_id = $2 WHERE payee_id = $1", foreign),
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await superuser.execute(statement, recorded["payee_id"], wrong)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await superuser.execute(
            "WITH unnamed AS (DELETE FROM payee_names WHERE payee_id = $1) DELETE FROM payees WHERE id = $1",
            recorded["payee_id"],
        )
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute("UPDATE transactions SET payee = NULL WHERE payee_id = $1", recorded["payee_id"])
