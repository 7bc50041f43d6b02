"""Undoing what made, changed and merged payees."""

from __future__ import annotations

from typing import Any

import asyncpg
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household


async def undone(home: Household, revision: int | None = None) -> Any:
    return granted(await home.ask("POST", f"/changes/{revision or await home.revision()}/undo"))


async def digest_of(home: Household) -> str:
    return str((await home.got("/digest"))["digest"])


async def names(home: Household) -> list[str]:
    return [each["name"] for each in (await home.got("/payees"))["data"]]


async def test_whoever_was_made_on_the_way_goes_with_it_unless_used_or_changed_since(household: Household) -> None:
    before = await digest_of(household)
    await household.record(payee="Baker")
    first = await household.revision()
    assert (await undone(household))["deleted"] == 2
    assert await digest_of(household) == before
    assert (await undone(household))["restored"] == 2
    other = await household.record(payee="baker")
    assert (await undone(household, first))["deleted"] == 1
    assert await names(household) == ["Baker"]
    assert (await household.got(f"/transactions/{other['id']}"))["payee"] == "Baker"
    assert (await undone(household, first))["deleted"] == 0
    cook = await household.record(payee="Cook")
    second = await household.revision()
    granted(await household.ask("PATCH", f"/payees/{cook['payee_id']}", {"name": "The Cook"}))
    assert (await undone(household, second))["deleted"] == 1
    assert await names(household) == ["Baker", "The Cook"]


async def test_a_payee_that_was_made_for_its_own_sake_stays_if_it_is_used(household: Household) -> None:
    payee = await household.made("/payees", {"name": "Baker"})
    revision = await household.revision()
    made = await household.record(payee="Baker")
    answer = await household.ask("POST", f"/changes/{revision}/undo")
    told = refused(answer, 409, "change_superseded")["errors"]
    assert [each["detail"] for each in told] == [f"Transaction {made['id']} refers to payee {payee['id']}."]
    await undone(household)
    assert (await undone(household, revision))["deleted"] == 1


async def test_a_change_of_payee_is_undone_with_the_payee_it_made(household: Household) -> None:
    made = await household.record(payee="Baker")
    before = await digest_of(household)
    granted(await household.ask("PATCH", f"/transactions/{made['id']}", {"payee": "Butcher"}))
    assert await undone(household) | {"undone": 0, "revision": 0} == {
        "undone": 0, "revision": 0, "restored": 0, "changed": 1, "deleted": 1,
    }  # fmt: skip
    assert await digest_of(household) == before
    await undone(household)
    assert (await household.got(f"/transactions/{made['id']}"))["payee"] == "Butcher"


async def test_renaming_deleting_and_merging_are_undone(household: Household, superuser: asyncpg.Connection) -> None:
    made = [await household.record(payee="AMZN", date=f"2026-03-0{day}") for day in (1, 2)]
    goes = made[0]["payee_id"]
    stays = await household.made("/payees", {"name": "Amazon", "aliases": ["AMZ"]})
    unused = await household.made("/payees", {"name": "Unused", "aliases": ["Never"]})
    before = await digest_of(household)
    for method, path, body in (
        ("PATCH", f"/payees/{stays['id']}", {"name": "The River", "aliases": ["Other"]}),
        ("PATCH", f"/payees/{goes}", {"name": "The Wood", "default_category": "Expenses:Food"}),
        ("DELETE", f"/payees/{unused['id']}", None),
        ("POST", f"/payees/{goes}/merge", {"into": stays["id"]}),
    ):
        answer = await household.ask(method, path, body)
        assert answer.is_success, answer.text
        after = await digest_of(household)
        await undone(household)
        assert await digest_of(household) == before, f"{method} {path}"
        await undone(household)
        assert await digest_of(household) == after, f"{method} {path}"
        await undone(household)
        assert await digest_of(household) == before, f"{method} {path}"
    assert await check_book(superuser, household.book_id) == await household.revision()
    keys = await superuser.fetch("SELECT key FROM payee_names WHERE book_id = $1 ORDER BY key", household.book_id)
    assert [row["key"] for row in keys] == ["amazon", "amz", "amzn", "never", "unused"]


async def test_a_name_that_was_taken_since_stays_with_whom_has_it(household: Household) -> None:
    payee = await household.made("/payees", {"name": "Baker"})
    granted(await household.ask("PATCH", f"/payees/{payee['id']}", {"name": "Cook", "aliases": []}))
    revision = await household.revision()
    await household.made("/payees", {"name": "Baker"})
    refused(await household.ask("POST", f"/changes/{revision}/undo"), 409, "record_unfit")


async def test_an_import_is_undone_with_the_payees_it_made(household: Household) -> None:
    before = await digest_of(household)
    granted(await household.bring(b"Date,Payee,Amount\n2026-03-05,Baker,-3.20\n2026-03-06,Cook,-1.00\n"), 201)
    revision = await household.revision()
    kept = await household.record(payee="Cook")
    await undone(household, revision)
    assert await names(household) == ["Cook"]
    granted(await household.ask("DELETE", f"/transactions/{kept['id']}"), 204)
    granted(await household.ask("DELETE", f"/payees/{kept['payee_id']}"), 204)
    assert await digest_of(household) == before
