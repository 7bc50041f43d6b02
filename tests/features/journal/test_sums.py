"""Balances from the sums of months equal those from the postings, on every day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.household import Client, Household

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
AMOUNTS = st.integers(-5000, 5000).filter(bool).map(lambda cents: f"{Decimal(cents).scaleb(-2):f}")
STEPS = st.lists(
    st.tuples(st.sampled_from(["record", "move", "resize", "delete"]), DAYS, AMOUNTS, st.integers(0, 50)),
    min_size=5,
    max_size=25,
)


async def take(home: Household, step: tuple[str, dt.date, str, int], made: list[str]) -> None:
    """One step: record, or do something to what was recorded."""
    verb, day, amount, which = step
    if verb == "record" or not made:
        made.append((await home.record(amount, date=day.isoformat()))["id"])
        return
    path = f"/transactions/{made[which % len(made)]}"
    if verb == "delete":
        answer = await home.ask("DELETE", path)
        made.remove(path.rpartition("/")[2])
    else:
        answer = await home.ask("PATCH", path, {"date": day.isoformat()} if verb == "move" else {"amount": amount})
    assert answer.status_code in {200, 204}, answer.text


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, asked=st.lists(DAYS, min_size=4, max_size=8))
async def test_a_balance_on_any_day_is_that_of_the_postings(
    client: Client,
    superuser: asyncpg.Connection,
    steps: list[tuple[str, dt.date, str, int]],
    asked: list[dt.date],
) -> None:
    home = await Household.founded(client)
    made: list[str] = []
    for step in steps:
        await take(home, step, made)
    for day in [*asked, dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 2, 15), dt.date(2026, 2, 16)]:
        counted = await superuser.fetch(
            "SELECT currency, sum(amount) AS amount FROM postings "
            "WHERE book_id = $1 AND account_id = $2 AND date <= $3 GROUP BY currency",
            home.book_id,
            home.checking_id,
            day,
        )
        expected = {row["currency"]: f"{row['amount']:f}" for row in counted} or {"EUR": "0.00"}
        assert await home.balance(home.checking_id, date=day.isoformat()) == expected, day
        lines = await home.got("/reports/trial-balance", params={"date": day.isoformat()})
        assert all(total["amount"] == "0.00" for total in lines["totals"])


async def test_the_sum_of_a_month_is_kept_with_its_postings(
    household: Household, superuser: asyncpg.Connection
) -> None:
    await household.record("-12.50", date="2026-03-01")
    kept = await superuser.fetch(
        "SELECT month, amount, postings FROM month_sums WHERE book_id = $1 AND account_id = $2",
        household.book_id,
        household.checking_id,
    )
    assert [tuple(row) for row in kept] == [(dt.date(2026, 3, 1), Decimal("-12.50"), 1)]
