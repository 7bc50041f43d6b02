"""What becomes of jobs: done once, whatever happens to those who do them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.household import Client, Household, serving
from tests.jobs import PAYEE, PayeeArguments, a_worker, put_off, until, writing

from farthing.features.jobs.service import JobService


@pytest.fixture(scope="module")
async def idle(database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The API on the shared database, without a worker inside."""
    async with serving(database_url, signing_key, registration="open", worker="none") as client:
        yield client


@pytest.fixture
async def home(idle: Client) -> Household:
    return await Household.founded(idle)


async def _payees(home: Household) -> list[str]:
    return [payee["name"] for payee in (await home.got("/payees"))["data"]]


async def test_a_job_is_done_once_and_tells_how_far_it_is(home: Household, database_url: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    assert (await home.got(f"/jobs/{job_id}"))["state"] == "queued"
    assert await _payees(home) == []
    revision = await home.revision()
    async with a_worker(database_url), a_worker(database_url):
        job = await until(home, job_id)
    assert job["state"] == "succeeded", job
    assert await _payees(home) == ["Baker"]
    assert await home.revision() == revision + 1
    change = await home.got(f"/changes/{revision + 1}")
    assert (change["operation"], change["actor_id"]) == ("tests.payee", home.person.id)
    assert job["progress"] == {"done": 1, "total": 2, "note": "Half of it."}
    assert job["attempts"] == 1
    assert job["result"]["payee_id"]


async def test_a_job_is_asked_for_with_the_write_or_not_at_all(home: Household, database_url: str) -> None:
    async def write() -> None:
        async with writing(home) as work:
            await JobService(work).put_off(PAYEE, PayeeArguments(name="Nobody"))
            raise RuntimeError("the write comes to nothing")

    with pytest.raises(RuntimeError):
        await write()
    assert (await home.got("/jobs"))["data"] == []
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Somebody"))
    async with a_worker(database_url):
        await until(home, job_id)
    assert await _payees(home) == ["Somebody"]
