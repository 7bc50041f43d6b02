"""A large import: the planner knows of it at once, and questions about it stay quick."""

from __future__ import annotations

import asyncpg
from tests.household import Household

ROWS = 3000


async def test_after_a_large_import_the_planner_knows_of_it(
    household: Household, superuser: asyncpg.Connection
) -> None:
    analysed = "SELECT sum(analyze_count) FROM pg_stat_user_tables WHERE relname IN ('postings', 'transactions')"
    await household.bring(b"Date,Description,Amount\n2026-03-01,Bakery,-3.10\n2026-03-02,Bakery,-3.20\n")
    before = await superuser.fetchval(analysed)
    lines = b"".join(b"2026-03-%02d,Shop %d,-1.%02d\n" % (1 + n % 28, n, n % 100) for n in range(ROWS))
    brought = await household.bring(b"Date,Description,Amount\n" + lines)
    assert brought.json()["created"] == ROWS
    await superuser.execute("SELECT pg_stat_force_next_flush()")
    await superuser.execute("SELECT pg_stat_clear_snapshot()")
    assert await superuser.fetchval(analysed) >= before + 2
    register = await household.got(f"/accounts/{household.checking_id}/register", params={"limit": 1})
    assert register["data"][0]["balances"] == [
        {"amount": (await household.balance(household.checking_id))["EUR"], "currency": "EUR"}
    ]
