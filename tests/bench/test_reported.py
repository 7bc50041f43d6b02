"""How the bench judges what reports say."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

from bench.reports import CASES, Truth, lines, page

JUDGES = {case.name: case.is_right for case in CASES}
TRUTH = Truth(
    of_months={
        ("Expenses:Food", dt.date(2026, 10, 1)): {"EUR": Decimal("5.00")},
        ("Expenses:Food:Bakery", dt.date(2026, 10, 1)): {"EUR": Decimal("2.50")},
        ("Expenses:Food", dt.date(2026, 9, 1)): {"EUR": Decimal("1.00")},
    },
    of_payees={"Zoo": {"EUR": Decimal("7.50")}},
)


def statement(amount: str) -> dict[str, Any]:
    cell = {"amounts": [{"amount": amount, "currency": "EUR"}]}
    row = {"account": "Expenses:Food", "figures": [cell]}
    return {"columns": [{"first": "2026-10-01", "last": "2026-10-31"}], "sections": [{"rows": [row]}]}


def test_a_figure_is_held_against_the_postings_of_all_accounts_under_it() -> None:
    judge = JUDGES["income statement"]
    assert judge(statement("7.50"), TRUTH)
    assert not judge(statement("7.51"), TRUTH)
    assert not judge({"columns": [], "sections": [{"rows": []}]}, TRUTH)


def test_payees_must_all_be_there() -> None:
    judge = JUDGES["spending by payee, a month"]
    read = {"rows": [{"name": "Zoo", "total": [{"amount": "7.50", "currency": "EUR"}]}]}
    assert judge(read, TRUTH)
    other = copy.deepcopy(read)
    other["rows"].append({"name": "Bar", "total": [{"amount": "1.00", "currency": "EUR"}]})
    assert not judge(other, TRUTH)


def test_what_was_measured_is_told_and_written_down() -> None:
    size = {"transactions": 10_000, "p50_ms": 2.5, "sql_ms": 1.0, "python_ms": 1.5, "postgres_ms": 0.5}
    row = {"name": "trends", "by_account": True, "sizes": [size], "cpu_exponent": None, "time_exponent": None}
    assert any("2.5 ms" in line for line in lines([row]))
    assert "| trends | 10,000 | 2.5 | 1 | 1.5 | 0.5 |" in page([row], "two cores")
