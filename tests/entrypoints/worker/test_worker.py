"""What becomes of jobs: done once, whatever happens to those who do them."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import asyncpg
import pytest
from tests.entrypoints.cli.commands import ROOT, surroundings
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person, serving
from tests.jobs import ATTEMPTS, PAYEE, STAYING, PayeeArguments, a_worker, failed, put_off, until, writing

from farthing.core.bounds import JOBS_PER_BOOK
from farthing.core.jobs import KINDS
from farthing.core.work import KeyReused, Request
from farthing.entrypoints.worker import worker as worker_module
from farthing.features.jobs.errors import JobsTooMany
from farthing.features.jobs.service import JobService


@pytest.fixture(scope="module")
def database_url(clone: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """A database of these tests' own: elsewhere the services under test do jobs, too."""
    with clone() as url:
        yield url


@pytest.fixture(scope="module")
async def idle(database_url: str, signing_key: str) -> AsyncIterator[Client]:
    """The API without a worker inside."""
    async with serving(database_url, signing_key, registration="open", worker="none") as client:
        yield client


@pytest.fixture
async def home(idle: Client) -> Household:
    return await Household.founded(idle)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once."""
    monkeypatch.setattr(worker_module, "FIRST_DELAY_SECONDS", 0.02)


async def _payees(home: Household) -> list[str]:
    return [payee["name"] for payee in (await home.got("/payees"))["data"]]


async def _entries(superuser: asyncpg.Connection, job_id: str) -> list[str]:
    """How a job stands in the queue."""
    rows = await superuser.fetch("SELECT status::text FROM queued_jobs WHERE dedupe_key = $1", job_id)
    return [row["status"] for row in rows]


# --- once ---


async def test_a_job_is_done_once_and_tells_how_far_it_is(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
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
    assert (job["attempts"], job["fault"], job["next_try_at"]) == (1, None, None)
    assert job["result"]["payee_id"]
    assert await _entries(superuser, job_id) == []


async def test_a_job_is_asked_for_with_the_write_or_not_at_all(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    async def write() -> None:
        async with writing(home) as work:
            await JobService(work).put_off(PAYEE, PayeeArguments(name="Nobody"))
            raise RuntimeError("the write comes to nothing")

    before = await superuser.fetchval("SELECT count(*) FROM queued_jobs")
    with pytest.raises(RuntimeError):
        await write()
    assert (await home.got("/jobs"))["data"] == []
    assert await superuser.fetchval("SELECT count(*) FROM queued_jobs") == before
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Somebody"))
    async with a_worker(database_url):
        await until(home, job_id)
    assert await _payees(home) == ["Somebody"]


async def test_twenty_jobs_and_three_workers_make_twenty_payees(home: Household, database_url: str) -> None:
    jobs = [await put_off(home, PAYEE, PayeeArguments(name=f"Payee {number:02}")) for number in range(20)]
    revision = await home.revision()
    async with a_worker(database_url), a_worker(database_url), a_worker(database_url):
        states = [(await until(home, job_id))["state"] for job_id in jobs]
    assert states == ["succeeded"] * 20
    assert await _payees(home) == [f"Payee {number:02}" for number in range(20)]
    assert await home.revision() == revision + 20


@contextmanager
def a_process(database_url: str, *, lapse: float) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.entrypoints.worker.working", database_url, str(lapse)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=surroundings(),
    )
    assert process.stdout
    with process:
        assert process.stdout.readline() == "working\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("moment", ["before", "within"])
async def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_does_it_once(
    home: Household, database_url: str, moment: str
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments.model_validate({"name": "Baker", moment: 1.5}))
    revision = await home.revision()
    with a_process(database_url, lapse=1.0) as process:
        await until(home, job_id, "running")
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert await _payees(home) == []
    assert await home.revision() == revision
    assert (await home.got(f"/jobs/{job_id}"))["state"] == "running", "nobody has noticed yet"
    with a_process(database_url, lapse=1.0), a_process(database_url, lapse=1.0):
        job = await until(home, job_id)
    assert (job["state"], job["attempts"]) == ("succeeded", 2)
    assert await _payees(home) == ["Baker"]
    assert await home.revision() == revision + 1


async def test_a_job_whose_worker_beats_is_left_to_it(home: Household, database_url: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker", within=2.5))
    async with a_worker(database_url, lapse=1.0), a_worker(database_url, lapse=1.0):
        job = await until(home, job_id)
    assert (job["state"], job["attempts"]) == ("succeeded", 1)


async def test_a_worker_that_was_thought_dead_writes_nothing(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    """It comes back to life while another has begun the job anew: what it did comes to nothing."""
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker", within=1.0))
    async with a_worker(database_url) as slow:
        await until(home, job_id, "running")
        assert len(slow._doing) == 1
        await superuser.execute("UPDATE jobs SET attempts = attempts + 1 WHERE id = $1", job_id)
        await asyncio.sleep(2.0)
        assert len(slow._doing) == 0
    assert await _payees(home) == []
    assert (await home.got(f"/jobs/{job_id}"))["state"] == "running", "it is the other's"


async def test_a_job_that_kills_its_worker_each_time_is_given_up(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    await superuser.execute("UPDATE jobs SET attempts = $2 WHERE id = $1", job_id, ATTEMPTS)
    async with a_worker(database_url):
        job = await until(home, job_id)
    assert (job["state"], job["fault"]["code"]) == ("failed", "job_workers_lost")
    assert await _payees(home) == []


async def test_a_worker_that_stops_hands_back_what_it_does(home: Household, database_url: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker", within=1.0))
    async with a_worker(database_url):
        await until(home, job_id, "running")
        await asyncio.sleep(0.2)
    job = await home.got(f"/jobs/{job_id}")
    assert (job["state"], job["attempts"], job["fault"]) == ("queued", 0, None)
    assert await _payees(home) == []
    async with a_worker(database_url, grace=10.0):
        await until(home, job_id, "running")
    job = await home.got(f"/jobs/{job_id}")
    assert (job["state"], job["attempts"]) == ("succeeded", 1)
    assert await _payees(home) == ["Baker"]


# --- going wrong ---


@pytest.mark.usefixtures("hurried")
async def test_what_passes_is_waited_for(home: Household, database_url: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker in the way", busy=ATTEMPTS - 1))
    async with a_worker(database_url):
        job = await until(home, job_id)
    assert (job["state"], job["attempts"], job["fault"]) == ("succeeded", ATTEMPTS, None)


async def test_a_job_that_is_tried_again_says_why_and_when(home: Household, database_url: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Butcher in the way", busy=1, before=0.5))
    async with a_worker(database_url):
        await until(home, job_id, "running")
        job = await until(home, job_id, "queued")
    assert (job["state"], job["fault"]["code"], job["attempts"]) == ("queued", "in_the_way", 1)
    assert job["next_try_at"] > job["started_at"]


@pytest.mark.usefixtures("hurried")
async def test_what_does_not_pass_is_a_dead_letter_that_can_be_tried_again(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker who is out", busy=ATTEMPTS))
    async with a_worker(database_url):
        job = await until(home, job_id)
        assert (job["state"], job["attempts"], job["fault"]["code"]) == ("failed", ATTEMPTS, "in_the_way")
        assert await _entries(superuser, job_id) == ["failed"]
        again = granted(await home.ask("POST", f"/jobs/{job_id}/retry"))
        assert (again["state"], again["attempts"]) == ("queued", 0)
        job = await until(home, job_id)
    assert (job["state"], job["attempts"], job["fault"]) == ("succeeded", 1, None)
    assert await _entries(superuser, job_id) == []
    refused(await home.ask("POST", f"/jobs/{job_id}/retry"), 409, "job_not_failed")


@pytest.mark.parametrize(("what", "code"), [("fault", "payee_in_use"), ("bug", "internal_error")])
async def test_what_would_go_wrong_again_is_not_tried_again(
    home: Household, database_url: str, what: str, code: str
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments.model_validate({"name": "Baker", what: True}))
    async with a_worker(database_url):
        job = await until(home, job_id)
    assert (job["state"], job["attempts"], job["fault"]["code"]) == ("failed", 1, code)
    assert "somebody" not in job["fault"]["detail"]
    assert [error["pointer"] for error in job["fault"]["errors"]] == (["/name"] if what == "fault" else [])
    assert await _payees(home) == []


async def test_a_connection_that_is_lost_is_tried_again(
    home: Household, database_url: str, superuser: asyncpg.Connection, hurried: None
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker", within=1.0))
    async with a_worker(database_url):
        await until(home, job_id, "running")
        await asyncio.sleep(0.3)
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' "
            "AND datname = current_database()"
        )
        job = await until(home, job_id)
    assert (job["state"], job["attempts"]) == ("succeeded", 2)
    assert await _payees(home) == ["Baker"]


async def test_one_who_may_not_any_more_has_nothing_done(home: Household, idle: Client, database_url: str) -> None:
    guest = await Person.registered(idle)
    await home.share(guest, "editor")
    theirs = Household(guest, home.book_id)
    demoted = await put_off(theirs, PAYEE, PayeeArguments(name="Baker"))
    granted(await home.ask("PATCH", f"/members/{guest.id}", {"role": "viewer"}))
    async with a_worker(database_url):
        job = await until(home, demoted)
    assert (job["state"], job["fault"]["code"]) == ("failed", "permission_missing")
    granted(await home.ask("PATCH", f"/members/{guest.id}", {"role": "editor"}))
    gone = await put_off(theirs, PAYEE, PayeeArguments(name="Baker"))
    granted(await home.ask("DELETE", f"/members/{guest.id}"), 204)
    async with a_worker(database_url):
        job = await until(home, gone)
    assert (job["state"], job["fault"]["code"]) == ("failed", "book_not_found")
    assert await _payees(home) == []


async def test_one_who_loses_the_role_in_the_middle_has_nothing_done(
    home: Household, idle: Client, database_url: str
) -> None:
    guest = await Person.registered(idle)
    await home.share(guest, "editor")
    job_id = await put_off(Household(guest, home.book_id), PAYEE, PayeeArguments(name="Baker", before=1.0))
    async with a_worker(database_url):
        await until(home, job_id, "running")
        granted(await home.ask("PATCH", f"/members/{guest.id}", {"role": "viewer"}))
        job = await until(home, job_id)
    assert (job["state"], job["fault"]["code"]) == ("failed", "permission_missing")
    assert await _payees(home) == []


# --- cancelling ---


async def test_a_job_that_waits_is_cancelled_at_once(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    job = granted(await home.ask("POST", f"/jobs/{job_id}/cancel"))
    assert (job["state"], job["started_at"]) == ("cancelled", None)
    assert granted(await home.ask("POST", f"/jobs/{job_id}/cancel")) == job
    assert await _entries(superuser, job_id) == []
    async with a_worker(database_url):
        await asyncio.sleep(0.3)
    assert await _payees(home) == []
    refused(await home.ask("POST", f"/jobs/{job_id}/retry"), 409, "job_not_failed")


@pytest.mark.parametrize("moment", ["before", "within"])
async def test_a_job_that_is_being_done_is_broken_off(home: Household, database_url: str, moment: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments.model_validate({"name": "Baker", moment: 20.0}))
    async with a_worker(database_url):
        await until(home, job_id, "running")
        await asyncio.sleep(0.2)
        asked = granted(await home.ask("POST", f"/jobs/{job_id}/cancel"))
        assert (asked["state"], asked["cancel_asked_at"] is None) == ("running", False)
        job = await until(home, job_id, seconds=5.0)
    assert job["state"] == "cancelled"
    assert await _payees(home) == []


async def test_a_job_that_is_over_is_not_cancelled(home: Household, database_url: str) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    async with a_worker(database_url):
        await until(home, job_id)
    refused(await home.ask("POST", f"/jobs/{job_id}/cancel"), 409, "job_over")
    refused(await home.ask("POST", f"/jobs/{await failed(home)}/cancel"), 409, "job_over")


async def test_cancelling_needs_what_the_job_needs(home: Household, idle: Client) -> None:
    guest = await Person.registered(idle)
    await home.share(guest, "viewer")
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    theirs = Household(guest, home.book_id)
    assert (await theirs.got(f"/jobs/{job_id}"))["kind"] == "tests.payee"
    refused(await theirs.ask("POST", f"/jobs/{job_id}/cancel"), 403, "permission_missing")


async def test_a_dry_run_of_cancelling_cancels_nothing(home: Household) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    tried = granted(await home.ask("POST", f"/jobs/{job_id}/cancel", params={"dry_run": "true"}))
    assert tried["state"] == "cancelled"
    assert (await home.got(f"/jobs/{job_id}"))["state"] == "queued"


# --- asking ---


async def test_the_same_key_is_the_same_job(home: Household) -> None:
    ask = Request("tests.put_off", "once", b"1" * 32)
    ids = set()
    for time in range(2):
        async with writing(home, request=ask) as work:
            assert (await JobService(work).asked_before() is not None) == bool(time)
            ids.add((await JobService(work).put_off(STAYING, PayeeArguments(name="Baker")))["id"])
    assert len(ids) == 1

    async def otherwise() -> None:
        async with writing(home, request=Request("tests.put_off", "once", b"2" * 32)) as work:
            await JobService(work).put_off(STAYING, PayeeArguments(name="Butcher"))

    with pytest.raises(KeyReused):
        await otherwise()


async def test_a_book_has_so_many_jobs_waiting_and_no_more(home: Household) -> None:
    async with writing(home) as work:
        jobs = JobService(work)
        for _ in range(JOBS_PER_BOOK):
            await jobs.put_off(STAYING, PayeeArguments(name="Baker"))
        with pytest.raises(JobsTooMany):
            await jobs.put_off(STAYING, PayeeArguments(name="Baker"))
    pages, cursor = [], None
    while True:
        page: Any = await home.got("/jobs", params={"limit": 40} | ({"cursor": cursor} if cursor else {}))
        pages.append([job["id"] for job in page["data"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [40, 40, 20]
    found = [job_id for page in pages for job_id in page]
    assert found == sorted(found, reverse=True)
    assert (await home.got("/jobs", params={"state": "failed"}))["data"] == []
    assert (await home.got("/jobs", params={"kind": "tests.payee"}))["data"] == []
    assert len((await home.got("/jobs", params={"kind": "tests.staying", "limit": 200}))["data"]) == JOBS_PER_BOOK


async def test_a_book_with_many_jobs_lets_another_go_first(home: Household, idle: Client, database_url: str) -> None:
    many = [await put_off(home, PAYEE, PayeeArguments(name=f"Payee {number}", before=0.2)) for number in range(8)]
    other = await Household.founded(idle)
    one = await put_off(other, PAYEE, PayeeArguments(name="Baker"))
    async with a_worker(database_url):
        done = await until(other, one)
        states = [(await home.got(f"/jobs/{job_id}"))["state"] for job_id in many]
        assert (done["state"], states.count("queued") >= 4) == ("succeeded", True)
        for job_id in many:
            await until(home, job_id)


async def test_a_job_that_takes_too_long_is_a_dead_letter(
    home: Household, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = dataclasses.replace(PAYEE, name="tests.hasty", seconds=0.3)
    monkeypatch.setitem(KINDS, hasty.name, hasty)
    job_id = await put_off(home, hasty, PayeeArguments(name="Baker", within=10.0))
    async with a_worker(database_url):
        job = await until(home, job_id)
    assert (job["state"], job["attempts"], job["fault"]["code"]) == ("failed", 1, "job_timed_out")
    assert await _payees(home) == []


async def test_a_job_asked_for_in_another_version_is_not_guessed_at(
    home: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    job_id = await put_off(home, PAYEE, PayeeArguments(name="Baker"))
    await superuser.execute("""UPDATE jobs SET arguments = '{"nom": "Baker"}' WHERE id = $1""", job_id)
    async with a_worker(database_url):
        job = await until(home, job_id)
    assert (job["state"], job["fault"]["code"]) == ("failed", "job_arguments_outdated")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'succeeded'", "ck_jobs_ended_when_over"),
        ("state = 'failed', ended_at = now()", "ck_jobs_fault_when_failed"),
        ("state = 'running'", "ck_jobs_started_when_running"),
        ("state = 'lost', ended_at = now()", "ck_jobs_state_known"),
        ("result = '{}'", "ck_jobs_result_when_succeeded"),
        ("fault_code = 'x'", "ck_jobs_fault_whole"),
        ("progress_done = 2, progress_total = 1", "ck_jobs_progress_sensible"),
        ("arguments = to_jsonb(repeat('x', 30))", "ck_jobs_arguments_bounded"),
        ("arguments = jsonb_build_object('x', repeat('x', 30000))", "ck_jobs_arguments_bounded"),
    ],
)
async def test_postgresql_keeps_what_is_said_of_a_job_sensible(
    home: Household, superuser: asyncpg.Connection, change: str, constraint: str
) -> None:
    job_id = await put_off(home, STAYING, PayeeArguments(name="Baker"))
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await superuser.execute(f"UPDATE jobs SET {change} WHERE id = $1", job_id)
    assert refusal.value.constraint_name == constraint
