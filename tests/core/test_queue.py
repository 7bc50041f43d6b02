"""The queue: pgqueuer's tables as it wants them, but for its notifications."""

from __future__ import annotations

import asyncio
import re

import asyncpg
from tests.architecture.plain_sql import connected
from tests.household import Client, Household, serving
from tests.jobs import PAYEE, STAYING, PayeeArguments, a_worker, put_off, until

from farthing.core.connection import Connection
from farthing.core.queue import NAMES, Queue
from farthing.core.settings import Settings
from farthing.entrypoints.worker.periodic import forget_jobs

LEFT_OUT = {"queued_jobs_changed", "queued_jobs_statistics", "queued_jobs_statistics_unique_count"}
"""The function and trigger that notify, and the statistics, which nobody reads."""
OURS = {"queued_jobs_log_not_aggregated", "queued_jobs_log_status", "queued_jobs_log_job_id_status"}
"""Indexes of a log that nobody searches."""


async def test_the_tables_are_those_that_pgqueuer_wants_but_for_what_notifies(database_url: str) -> None:
    """pgqueuer itself says what an upgrade of its tables would bring: nothing else may be missing."""
    async with connected(database_url) as superuser:
        plan = await Queue(Connection(superuser))._queries.plan_upgrade()
    made = set()
    for statement in plan.statements:
        found = re.search(
            r"CREATE (?:OR REPLACE )?(?:UNIQUE )?(?:TABLE|INDEX|FUNCTION|TRIGGER)(?: CONCURRENTLY)?"
            r"(?: IF NOT EXISTS)? (\w+)",
            statement,
        )
        assert found, f"pgqueuer wants something else: {statement}"
        made.add(found[1])
    assert made == LEFT_OUT | OURS


async def test_a_commit_with_a_job_notifies_nobody(household: Household, superuser: asyncpg.Connection) -> None:
    """A commit that notifies takes a lock across the whole database."""
    heard: list[object] = []
    channels = await superuser.fetch(
        "SELECT DISTINCT (regexp_matches(prosrc, 'pg_notify'))[1] FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace"
    )
    assert channels == [], "a function of ours notifies"
    triggers = await superuser.fetch(
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY ($1::regclass[])",
        [NAMES.queue_table, NAMES.queue_table_log, NAMES.schedules_table, "jobs"],
    )
    assert triggers == []
    await superuser.add_listener(NAMES.channel, lambda *said: heard.append(said))
    job_id = await put_off(household, PAYEE, PayeeArguments(name="Baker"))
    await until(household, job_id)
    cancelled = await put_off(household, STAYING, PayeeArguments(name="Butcher"))
    assert (await household.ask("POST", f"/jobs/{cancelled}/cancel")).status_code == 200
    await superuser.execute("SELECT pg_notify($1, 'the listener listens')", str(NAMES.channel))
    await asyncio.sleep(0.1)
    assert len(heard) == 1


async def test_the_queue_holds_ids_and_nothing_else(household: Household, superuser: asyncpg.Connection) -> None:
    job_id = await put_off(household, STAYING, PayeeArguments(name="A secret friend"))
    (row,) = await superuser.fetch("SELECT * FROM queued_jobs WHERE dedupe_key = $1", job_id)
    assert row["entrypoint"] == "tests.staying"
    assert bytes(row["payload"]).decode() == f'{{"book": "{household.book_id}", "job": "{job_id}"}}'
    assert "secret" not in str(dict(row))


async def test_a_job_that_was_over_for_long_is_forgotten(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, worker="none") as client:
        home = await Household.founded(client)
        old, recent = [await put_off(home, PAYEE, PayeeArguments(name=name)) for name in ("Old", "Recent")]
        dead = await put_off(home, PAYEE, PayeeArguments(name="Dead", fault=True))
        waiting = await put_off(home, STAYING, PayeeArguments(name="Waiting"))
        async with a_worker(fresh_database_url):
            for job_id in (old, recent, dead):
                await until(home, job_id)
        async with connected(fresh_database_url) as superuser:
            await superuser.execute(
                "UPDATE jobs SET ended_at = ended_at - interval '31 days' WHERE id = ANY ($1::uuid[])", [old, dead]
            )
            await superuser.execute("UPDATE queued_jobs_log SET created = created - interval '31 days'")
        database = client.app.app.state.doorkeeper.database
        assert await forget_jobs(Settings(), database) == {"jobs": 2}
        async with connected(fresh_database_url) as superuser:
            assert await superuser.fetchval("SELECT count(*) FROM queued_jobs_log") == 0
            assert await superuser.fetchval("SELECT count(*) FROM queued_jobs") == 1
        assert {job["id"] for job in (await home.got("/jobs"))["data"]} == {recent, waiting}


async def test_figures_of_the_queue_are_told_to_prometheus(client: Client, household: Household) -> None:
    await put_off(household, STAYING, PayeeArguments(name="Baker"))
    told = (await client.get("/metrics")).text
    assert re.search(r'^farthing_jobs\{kind="tests.staying",state="queued"\} [1-9]', told, re.MULTILINE), told
    assert re.search(r'^farthing_jobs_oldest_seconds\{kind="tests.staying",state="queued"\} \d', told, re.MULTILINE)
