"""PostgreSQL refuses what an insight, a recurring payment or a forecast can't be."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.architecture.plain_sql import as_app, furnished
from tests.household import Client, Household


@pytest.fixture(scope="module")
async def home(client: Client) -> Household:
    return await furnished(client)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("insights SET state = 'seen'", "ck_insights_state_known"),
        ("insights SET kind = 'rumour'", "ck_insights_kind_known"),
        ("insights SET state = 'snoozed'", "ck_insights_snoozed_until_a_day"),
        ("insights SET snoozed_until = '2026-12-24'", "ck_insights_snoozed_until_a_day"),
        ("insights SET transaction_ids = '{}'", "ck_insights_proven"),
        ("insights SET facts = '[]'", "ck_insights_facts_bounded"),
        ("insights SET fingerprint = 'the same'", "uq_insights_book_id_fingerprint"),
        ("recurring_payments SET transaction_ids = '{}'", "ck_recurring_payments_proven"),
        ("recurring_payments SET cadence = 'daily'", "ck_recurring_payments_cadence_known"),
        ("recurring_payments SET state = 'paused'", "ck_recurring_payments_state_known"),
        ("recurring_payments SET direction = 'sideways'", "ck_recurring_payments_direction_known"),
        ("recurring_payments SET confidence = 1.5", "ck_recurring_payments_confidence_is_a_share"),
        ("recurring_payments SET day_of_month = 32", "ck_recurring_payments_day_in_a_month"),
        ("recurring_payments SET shift = NULL", "ck_recurring_payments_day_with_shift"),
        ("forecasts SET points = '{}'", "ck_forecasts_points_bounded"),
        ("forecasts SET position = -1 - position", "ck_forecasts_position_counts"),
        ("analyses SET transactions = -1", "ck_analyses_counted"),
    ],
)
async def test_what_cannot_be_is_refused(home: Household, database_url: str, change: str, constraint: str) -> None:
    async with as_app(database_url, book=home.book_id) as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            await connection.execute(f"UPDATE {change} WHERE book_id = $1", home.book_id)
    assert refused.value.constraint_name == constraint


async def test_which_books_are_due_is_told_without_what_is_in_them(home: Household, database_url: str) -> None:
    async with as_app(database_url) as connection:
        due: Any = await connection.fetch("SELECT * FROM books_to_look_into(NULL, 100000)")
        assert home.book_id in {str(row["book_id"]) for row in due}
        assert set(due[0].keys()) == {"book_id", "person_id"}
        (row,) = (each for each in due if str(each["book_id"]) == home.book_id)
        assert str(row["person_id"]) == home.person.id
        following = await connection.fetch("SELECT book_id FROM books_to_look_into($1, 100000)", row["book_id"])
        assert len(following) < len(due)
