"""Real files that other projects publish, against what independent tools say is in them (EXPECTED.tsv)."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
EXPECTED = FIXTURES / "EXPECTED.tsv"

AMBIGUOUS = {"csv/sure/ynab.csv": "dmy"}
"""All days early in the month, in no order, in dollars: day first or month first can't be told."""

DIFFERENT: dict[str, dict[str, Any]] = {
    # Two of the four rows are neither income nor expense, says the file; the other tool counts them with 0.
    "csv/ezbookkeeping/alipay-1.csv": {"count": 2, "last": dt.date(2024, 9, 1)},
    # The other tool counts the transfer of 0.05 as 0; the file writes it as an amount.
    "csv/ezbookkeeping/firefly-export-1.csv": {"sum": Decimal("122.62")},
}

STATED_IN_WORDS = {
    "csv/leolabs/Volksbank_Beispiel.csv": (Decimal("21488.94"), dt.date(2019, 4, 4)),
    "csv/rechnungspilot/dkb.csv": (Decimal("4093.32"), dt.date(2025, 12, 9)),
    "csv/rechnungspilot/ing-mit-saldo.csv": (Decimal("66331.90"), dt.date(2025, 12, 9)),
}
"""Closing balances that stand in the files outside any column, as read by eye."""

NAMED_CURRENCY_ONLY_BY_SIGN = {"csv/csv2ofx/schwab-checking.csv", "csv/sure/ynab.csv", "csv/csv2ofx/mint_extra.csv"}
NO_CURRENCY = {*NAMED_CURRENCY_ONLY_BY_SIGN, "csv/ezbookkeeping/firefly-export-1.csv"}
"""A bare dollar is several countries', and no currency at all is none."""


def _expected() -> dict[str, list[dict[str, str]]]:
    if not EXPECTED.exists():
        return {}
    files: dict[str, list[dict[str, str]]] = defaultdict(list)
    with EXPECTED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["file"].startswith(("ofx/", "csv/")):
                files[row["file"]].append(row)
    return dict(files)


FILES = _expected()

pytestmark = pytest.mark.skipif(not FILES, reason=f"there are no fixtures at {FIXTURES}")


def _read(name: str) -> DraftFile:
    data = (FIXTURES / name).read_bytes()
    if name in AMBIGUOUS:
        return read(data, answers={"date_order": "mdy"})
    return read(data)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_real_file_holds_what_independent_tools_say(name: str) -> None:
    file, expected = _read(name), FILES[name]
    different = DIFFERENT.get(name, {})
    rows = [row for statement in file.statements for row in statement.rows]
    total = sum((Decimal(each["sum"]) for each in expected), Decimal(0))
    assert len(rows) == different.get("count", sum(int(each["txn_count"]) for each in expected))
    assert sum((row.amount for row in rows), Decimal(0)) == different.get("sum", total)
    if expected[0]["first_date"]:
        assert min(row.date for row in rows).isoformat() == min(each["first_date"] for each in expected)
        last = max(each["last_date"] for each in expected)
        assert max(row.date for row in rows) == different.get("last", dt.date.fromisoformat(last))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_real_file_has_the_balances_and_currency_that_independent_tools_say(name: str) -> None:
    file, expected = _read(name), FILES[name]
    if name.startswith("ofx/"):
        assert [statement.number for statement in file.statements] == [each["account"] for each in expected]
    if len(file.statements) != len(expected):
        return  # several accounts in one table, which the other tool adds up
    for statement, each in zip(file.statements, expected, strict=True):
        assert statement.currency == (None if name in NO_CURRENCY else each["currency"])
        opening = statement.opening.amount if statement.opening else None
        closing = statement.closing.amount if statement.closing else None
        assert opening == (Decimal(each["start_balance"]) if each["start_balance"] else None)
        if name in STATED_IN_WORDS:
            assert statement.closing
            assert (closing, statement.closing.date) == STATED_IN_WORDS[name]
        else:
            assert closing == (Decimal(each["end_balance"]) if each["end_balance"] else None)


@pytest.mark.parametrize("name", sorted(FILES.keys() & AMBIGUOUS.keys()))
def test_a_file_that_can_be_read_in_two_ways_is_asked_about(name: str) -> None:
    [question] = read((FIXTURES / name).read_bytes()).questions
    assert question.name == "date_order"


@pytest.mark.skipif("csv/csv2ofx/ubs-ch-fr_trimmed.csv" not in FILES, reason="the fixture is absent")
def test_a_balance_that_holds_in_the_files_order_beats_the_dates() -> None:
    [statement] = _read("csv/csv2ofx/ubs-ch-fr_trimmed.csv").statements
    assert [row.amount for row in statement.rows] == [Decimal("-10.00"), Decimal("240.00"), Decimal("-200.00")]
    assert statement.closing
    assert statement.closing.date == dt.date(2019, 4, 27)
    assert [row.external_id for row in statement.rows] == ["A01234BC01234567", "3456789ZT1234567", "9979360TI2115087"]


@pytest.mark.skipif("csv/rechnungspilot/ing.csv" not in FILES, reason="the fixture is absent")
def test_a_row_that_lacks_a_cell_is_left_out_aloud() -> None:
    file = _read("csv/rechnungspilot/ing.csv")
    assert [skipped.line for skipped in file.skipped if "cells" in skipped.reason] == [22]
    assert any("Line 22" in warning for warning in file.warnings)


@pytest.mark.skipif("csv/leolabs/Volksbank_Beispiel.csv" not in FILES, reason="the fixture is absent")
def test_balances_in_words_that_contradict_the_rows_are_warned_about() -> None:
    file = _read("csv/leolabs/Volksbank_Beispiel.csv")
    assert any("-610.00" in warning for warning in file.warnings)
    assert [skipped.line for skipped in file.skipped if "balance" in skipped.reason] == [26, 27]
