"""Two payees that turn out to be one."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

from farthing.features.payees.service import merge
from farthing.kit import ids


async def test_a_merged_payees_transactions_and_names_are_the_others(
    household: Household, superuser: asyncpg.Connection
) -> None:
    written = [await household.record(payee="AMZN Mktp", date=f"2026-03-0{day}") for day in (1, 2)]
    kept = await household.record(payee="Amazon")
    goes, stays = written[0]["payee_id"], kept["payee_id"]
    granted(await household.ask("PATCH", f"/payees/{goes}", {"aliases": ["AMZN Digital"]}))
    before = await household.revision()
    answer = await household.ask("POST", f"/payees/{goes}/merge", {"into": stays})
    merged = granted(answer)
    assert (merged["id"], merged["name"], merged["aliases"]) == (stays, "Amazon", ["AMZN Digital", "AMZN Mktp"])
    assert answer.headers["etag"] == f'"{before + 1}"'
    assert merged["revision"] == before + 1 == await household.revision()
    refused(await household.ask("GET", f"/payees/{goes}"), 404, "payee_not_found")
    listed = (await household.got("/transactions", params={"payee_id": stays}))["data"]
    assert {each["id"]: (each["payee"], each["payee_as_written"]) for each in listed} == {
        written[0]["id"]: ("Amazon", "AMZN Mktp"),
        written[1]["id"]: ("Amazon", "AMZN Mktp"),
        kept["id"]: ("Amazon", "Amazon"),
    }
    assert (await household.record(payee="amzn digital"))["payee_id"] == stays
    (change,) = (await household.got("/changes", params={"after": before, "limit": 1}))["data"]
    assert change["counts"] == {"payee changed": 1, "payee deleted": 1, "transaction changed": 2}
    (image,) = (await household.got(f"/history/{written[1]['id']}"))["data"]
    assert (image["before"]["payee_id"], image["before"]["revision"]) == (goes, written[1]["revision"])
    assert len(image["before"]["postings"]) == 2
    assert await check_book(superuser, household.book_id) == await household.revision()


async def test_what_can_not_be_merged_is_refused(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    payee = (await household.record(payee="a"))["payee_id"]
    await household.record(payee="a")
    full = await household.made("/payees", {"name": "b", "aliases": [f"b{n}" for n in range(50)]})
    other = await household.made("/payees", {"name": "c"})
    path = f"/payees/{payee}/merge"
    for into, status, code in (
        (payee, 422, "payees_same"),
        (str(ids.new_id()), 422, "payee_unknown"),
        ("c", 422, "request_invalid"),
        (full["id"], 409, "aliases_too_many"),
    ):
        pointer = "/into" if status == 422 else None
        refused(await household.ask("POST", path, {"into": into}), status, code, pointer=pointer)
    refused(await household.ask("POST", f"/payees/{ids.new_id()}/merge", {"into": payee}), 404, "payee_not_found")
    monkeypatch.setattr(merge, "MAX_TRANSACTIONS", 1)
    answer = refused(await household.ask("POST", path, {"into": other["id"]}), 409, "merge_too_large")
    assert " 2 " in answer["detail"]


async def test_transactions_of_a_locked_period_change_hands_only_if_an_admin_says_so(household: Household) -> None:
    settled = await household.record(payee="a", date="2025-12-31")
    await household.record(payee="a", date="2026-02-01")
    other = await household.made("/payees", {"name": "b"})
    granted(await household.ask("PATCH", "", {"locked_until": "2025-12-31"}))
    path = f"/payees/{settled['payee_id']}"
    refused(await household.ask("POST", f"{path}/merge", {"into": other["id"]}), 409, "period_locked")
    renamed = granted(await household.ask("PATCH", path, {"name": "A"}))
    assert (await household.got(f"/transactions/{settled['id']}"))["payee"] == renamed["name"]
    overriding = {"params": {"override_lock": "true"}}
    granted(await household.ask("POST", f"{path}/merge", {"into": other["id"]}, **overriding))
    (change,) = (await household.got("/changes", params={"after": await household.revision() - 1}))["data"]
    assert "Overrode the lock until 2025-12-31." in change["summary"]


async def test_a_retried_merge_gets_the_first_answer(household: Household) -> None:
    payee = (await household.record(payee="a"))["payee_id"]
    other = await household.made("/payees", {"name": "b"})
    key = {"headers": {"Idempotency-Key": "merge"}}
    first = granted(await household.ask("POST", f"/payees/{payee}/merge", {"into": other["id"]}, **key))
    assert granted(await household.ask("POST", f"/payees/{payee}/merge", {"into": other["id"]}, **key)) == first


async def test_a_merge_tried_dry_changes_nothing(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.record(payee="a")
    other = await household.made("/payees", {"name": "b"})
    revision = await household.revision()
    path = f"/payees/{made['payee_id']}/merge"
    granted(await household.ask("POST", path, {"into": other["id"]}, params={"dry_run": "true"}))
    assert await household.revision() == revision
    assert await household.got(f"/transactions/{made['id']}") == made
    names = await superuser.fetch("SELECT key FROM payee_names WHERE book_id = $1 ORDER BY 1", UUID(household.book_id))
    assert [row["key"] for row in names] == ["a", "b"]
