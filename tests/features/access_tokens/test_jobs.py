"""What is put off by a token is done within its scopes, and only while it is good."""

from __future__ import annotations

import asyncpg
from tests.features.answers import granted
from tests.household import Household
from tests.jobs import PAYEE, PayeeArguments, a_worker, put_off, until

from farthing.core.jobs import JobKind, JobRun
from farthing.core.work import Bearer
from farthing.features.access_tokens.text import digest_of


async def _write(run: JobRun, _arguments: PayeeArguments) -> None:
    async with run.finish() as work:
        work.allow("transactions:write")


REACHING = JobKind("tests.reaching", "payees:write", PayeeArguments, _write, attempts=2, seconds=10)
"""A kind that needs more for what it does than for being asked for."""


async def _asked_by(home: Household, kind: JobKind[PayeeArguments], *scopes: str) -> tuple[str, str]:
    """A token, and a job that was put off by it: their ids."""
    made = await home.person.made_token(*scopes)
    bearer = Bearer(digest_of(made["token"]))
    return made["id"], await put_off(home, kind, PayeeArguments(name="Corner Shop"), bearer=bearer)


async def test_a_job_is_done_within_the_scopes_of_the_token(household: Household, database_url: str) -> None:
    _, narrow = await _asked_by(household, REACHING, "payees:write", "jobs:read")
    _, wide = await _asked_by(household, REACHING, "payees:write", "transactions:write")
    async with a_worker(database_url, kinds={REACHING.name: REACHING}):
        refused = await until(household, narrow)
        assert (refused["state"], refused["fault"]["code"]) == ("failed", "scope_missing")
        assert (await until(household, wide))["state"] == "succeeded"


async def test_a_job_is_not_done_once_its_token_is_revoked(household: Household, database_url: str) -> None:
    revoked, job_id = await _asked_by(household, REACHING, "payees:write", "transactions:write")
    granted(await household.person.ask("DELETE", f"/me/access-tokens/{revoked}"), 204)
    async with a_worker(database_url, kinds={REACHING.name: REACHING}):
        job = await until(household, job_id)
    assert (job["state"], job["fault"]["code"], job["attempts"]) == ("failed", "access_token_invalid", 1)


async def test_what_someone_has_put_off_is_not_done_once_they_are_blocked(
    household: Household, database_url: str, superuser: asyncpg.Connection
) -> None:
    fellow = await household.joined("editor")
    job_id = await put_off(Household(fellow, household.book_id), PAYEE, PayeeArguments(name="Butcher"))
    await superuser.execute("UPDATE users SET blocked_at = now() WHERE id = $1", fellow.id)
    async with a_worker(database_url, kinds={PAYEE.name: PAYEE}):
        job = await until(household, job_id)
    assert (job["state"], job["fault"]["code"]) == ("failed", "person_blocked")
    assert "Butcher" not in [each["name"] for each in (await household.got("/payees"))["data"]]


async def test_a_job_that_a_person_asked_for_is_done_as_theirs(household: Household, database_url: str) -> None:
    job_id = await put_off(household, PAYEE, PayeeArguments(name="Baker"))
    async with a_worker(database_url, kinds={PAYEE.name: PAYEE}):
        assert (await until(household, job_id))["state"] == "succeeded"
