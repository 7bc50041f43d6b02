"""Large writes are undone by a job: the same undo, later."""

from __future__ import annotations

import pytest
from tests.features.answers import granted, refused
from tests.household import Household
from tests.jobs import until

from farthing.features.undo import service

LINE = {"date": "2026-03-01", "amount": "-1.00", "account": "Assets:Checking"}
KEY = {"Idempotency-Key": "undo-it"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three records are many here."""
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 2)


async def _written(home: Household) -> tuple[str, int]:
    """The book's content before a large write, and the revision that this makes."""
    before = (await home.got("/digest"))["digest"]
    granted(await home.ask("POST", "/transactions/bulk", {"transactions": [LINE] * 3}), 201)
    return before, await home.revision()


async def test_a_large_write_is_undone_by_a_job(household: Household) -> None:
    _, other = await _written(household)
    before, revision = await _written(household)
    answer = await household.ask("POST", f"/changes/{revision}/undo", headers=KEY)
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/books/{household.book_id}/jobs/{job['id']}"
    assert (job["state"], job["kind"], job["arguments"]["revision"]) == ("queued", "changes.undo", revision)
    again = await household.ask("POST", f"/changes/{revision}/undo", headers=KEY)
    assert (again.status_code, again.json()["id"]) == (202, job["id"])
    refused(await household.ask("POST", f"/changes/{other}/undo", headers=KEY), 422, "idempotency_key_reused")
    done = await until(household, job["id"])
    assert done["state"] == "succeeded", done
    assert done["result"] == {
        "undone": revision,
        "revision": revision + 1,
        "restored": 0,
        "changed": 0,
        "deleted": 3,
    }
    assert (await household.got("/digest"))["digest"] == before
    assert (await household.got(f"/changes/{revision + 1}"))["operation"] == "changes.undo"


async def test_whether_a_large_write_can_be_undone_is_told_at_once(household: Household) -> None:
    _, revision = await _written(household)
    tried = granted(await household.ask("POST", f"/changes/{revision}/undo", params={"dry_run": "true"}))
    assert tried["deleted"] == 3
    assert (await household.got("/jobs"))["data"] == []


async def test_what_stands_in_the_way_is_told_by_the_job(household: Household) -> None:
    _, revision = await _written(household)
    (row, *_) = (await household.got("/transactions"))["data"]
    granted(await household.ask("PATCH", f"/transactions/{row['id']}", {"payee": "Baker"}))
    asked = await household.ask("POST", f"/changes/{revision}/undo")
    job = await until(household, asked.json()["id"])
    assert (job["state"], job["fault"]["code"]) == ("failed", "change_superseded")
    assert job["fault"]["errors"][0]["code"] == "record_changed"
    assert job["attempts"] == 1


async def test_a_small_write_is_undone_at_once(household: Household) -> None:
    await household.record()
    assert granted(await household.ask("POST", f"/changes/{await household.revision()}/undo"))["deleted"] == 1
