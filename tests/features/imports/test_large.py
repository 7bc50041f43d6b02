"""A large import: the planner knows of it at once, and questions about it stay quick."""

from __future__ import annotations

import asyncpg
from tests.features.answers import granted
from tests.household import Household, serving
from tests.jobs import until

from farthing.features.imports.jobs import LARGE

ROWS = 3000
ANALYSED = "SELECT sum(analyze_count) FROM pg_stat_user_tables WHERE relname IN ('postings', 'transactions')"


async def test_after_a_large_import_the_planner_knows_of_it(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key) as client:
        home = await Household.founded(client)
        await home.bring(b"Date,Description,Amount\n2026-03-01,Bakery,-3.10\n2026-03-02,Bakery,-3.20\n")
        superuser = await asyncpg.connect(fresh_database_url)
        assert await superuser.fetchval(ANALYSED) == 0
        lines = b"".join(b"2026-03-%02d,Shop %d,-1.%02d\n" % (1 + n % 28, n, n % 100) for n in range(ROWS))
        brought = await home.bring(b"Date,Description,Amount\n" + lines)
        assert brought.json()["created"] == ROWS
        estimated = "SELECT reltuples::int FROM pg_class WHERE oid = 'transactions'::regclass"
        assert await superuser.fetchval(estimated) >= ROWS
        await superuser.close()
        register = await home.got(f"/accounts/{home.checking_id}/register", params={"limit": 1})
        held = (await home.balance(home.checking_id))["EUR"]
        assert register["data"][0]["balances"] == [{"amount": held, "currency": "EUR"}]


async def test_a_file_of_many_rows_is_booked_by_a_job(household: Household) -> None:
    count = LARGE + 1
    lines = b"".join(b"2026-03-%02d,Shop %d,-1.%02d\n" % (1 + n % 28, n, n % 100) for n in range(count))
    data = b"Date,Description,Amount\n" + lines
    key = {"Idempotency-Key": "large"}
    answer = await household.bring(data, headers=key)
    job = granted(answer, 202)
    assert answer.headers["location"].endswith(f"/jobs/{job['id']}")
    assert granted(await household.bring(data, headers=key), 202)["id"] == job["id"]
    over = await until(household, job["id"])
    assert (over["state"], over["result"]["created"]) == ("succeeded", count)
    brought = await household.got(f"/imports/{over['result']['import_id']}")
    assert (brought["state"], brought["created"]) == ("committed", count)
    again = await until(household, granted(await household.bring(data), 202)["id"])
    assert (again["result"]["created"], again["result"]["duplicates"], again["result"]["revision"]) == (0, count, None)
    undone = await until(household, granted(await household.ask("DELETE", f"/imports/{brought['id']}"), 202)["id"])
    assert undone["state"] == "succeeded"
    assert (await household.got("/transactions"))["data"] == []
