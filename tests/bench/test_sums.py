"""What the sums cost and save, and where PostgreSQL's time goes."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from bench.profiles import shares, short
from bench.stage import BooksWrong
from bench.statements import Sent
from bench.sums import Pair, Taken, by_postings, by_sums, cost

BOOK, ACCOUNT = UUID(int=1), UUID(int=2)
OPEN = Sent("SELECT * FROM open_for_read($1)", (BOOK,))
OTHER = Sent("SELECT name FROM accounts", ())
DAY = dt.date(2026, 11, 22)


def a_pair(more: float, others: float = 0.0) -> Pair:
    return Pair(Taken(900, 800 + more, 0.0), Taken(1000, 800, others))


def test_the_cost_is_the_median_of_the_quiet_pairs() -> None:
    found = cost([a_pair(40), a_pair(48), a_pair(56), a_pair(4000, others=0.5)])
    assert (found["cost_us"], found["cost_percent"]) == (48, 6.0)
    assert (found["pairs"], found["dropped_pairs"]) == (3, 1)


def test_where_no_pair_was_quiet_the_cost_is_shown_and_said_to_be_of_none() -> None:
    found = cost([a_pair(40, others=0.5)])
    assert (found["cost_us"], found["pairs"], found["dropped_pairs"]) == (40, 0, 1)


def test_a_question_to_the_sums_is_put_to_the_postings_alone() -> None:
    of_all = Sent("SELECT … FROM month_sums WHERE book_id = $1 AND month < $2", (BOOK, DAY))
    opening, asking = by_postings([OPEN, OTHER, of_all], DAY)
    assert opening == OPEN
    assert "month_sums" not in asking.sql
    assert asking.values == (BOOK, DAY)
    of_one = Sent("… month_sums … account_id = ANY(CAST($2 AS uuid[])) AND month < $3", (BOOK, [ACCOUNT], DAY))
    _, asking = by_postings([OPEN, of_one], DAY)
    assert "account_id = ANY(CAST($3 AS uuid[]))" in asking.sql
    assert asking.values == (BOOK, DAY, [ACCOUNT])


def test_a_balance_that_does_not_ask_the_sums_is_refused() -> None:
    with pytest.raises(BooksWrong):
        by_sums([OPEN, OTHER])


def test_statements_are_told_by_their_share_of_the_time() -> None:
    found = shares(
        [
            {"sql": "SELECT a, b FROM accounts", "calls": 100, "ms": 10.0},
            {"sql": "INSERT INTO postings (book_id, id) SELECT $1", "calls": 200, "ms": 30.0},
            {"sql": "COMMIT", "calls": 100, "ms": 0.1},
            {"sql": "SELECT bench.pg_stat_statements_reset()", "calls": 1, "ms": 999.0},
        ],
        requests=100,
    )
    assert (found["calls"], found["execution_us"]) == (4.0, 401.0)
    assert [(each["sql"], each["share"], each["calls"], each["mean_us"]) for each in found["statements"]] == [
        ("INSERT INTO postings SELECT $1", 0.748, 2.0, 150.0),
        ("SELECT … FROM accounts", 0.249, 1.0, 100.0),
    ]


def test_a_long_statement_is_cut() -> None:
    assert len(short("SELECT * FROM " + "a" * 500)) == 64
