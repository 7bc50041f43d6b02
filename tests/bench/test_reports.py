"""What the bench writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from bench.__main__ import parsed
from bench.figures import CaseResult
from bench.goals import verdicts
from bench.report import CHART, PAGE, line, page, write
from tests.bench.test_figures import a_round


def results(**more: Any) -> dict[str, Any]:
    return {
        "quick": False,
        "date": "2026-11-23",
        "machine": {
            "cores": 2,
            "cpu": "A Processor",
            "python": "3.11.7",
            "system": "Linux 6",
            "fsync": "on",
            "synchronous_commit": "on",
            "server_version": "18.1",
        },
        "cases": [
            CaseResult("record", 8, (a_round(45),) * 5).written(),
            CaseResult("record-one-book", 8, (a_round(20),) * 5).written(),
            CaseResult("login", 8, (a_round(7, around=()),) * 5).written(),
        ],
        "growth": [{"name": "balance", "sizes": [10_000, 100_000], "p50_ms": [3.0, 3.1], "exponent": 0.014}],
        "running": {"cold_start_s": 4.0, "warm_start_s": 2.5, "idle_memory_bytes": 120_000_000},
        "peers": ["hledger: skipped, not installed"],
        "played_rounds": 15,
        "dropped_rounds": 0,
        "seconds": 1234,
        **more,
    }


def test_goals_are_judged_by_what_was_measured() -> None:
    found = {each.goal: each for each in verdicts(results())}
    assert found["record: ratio"].is_reached is True
    assert found["record-one-book: rate over that of record"].is_reached is False
    assert found["balance: growth exponent"].is_reached is True
    assert found["warm start, s"].is_reached is False
    assert found["import: ratio"].is_reached is None


def test_a_line_says_it_all() -> None:
    said = line(results()["cases"][0])
    assert "ratio 0.45 (0.45-0.45)" in said
    assert "python 1000 µs" in said
    assert "no ratio" in line(results()["cases"][2])


def test_the_page_and_the_chart_are_written(tmp_path: Path) -> None:
    write(results(), verdicts(results()), tmp_path)
    text = (tmp_path / PAGE).read_text("utf-8")
    for said in ("0.45 (0.45-0.45)", "A Processor", "PostgreSQL 18.1", "missed", "| balance | 10,000, 100,000 |"):
        assert said in text
    assert "A quick run" not in text
    chart = ET.fromstring((tmp_path / CHART).read_text("utf-8"))  # noqa: S314 - our own
    assert len([each for each in chart.iter() if each.get("class") == "b"]) == 2


def test_a_quick_run_says_so() -> None:
    assert "A quick run" in page(results(quick=True), [])


def test_a_machine_that_was_busy_is_told_of() -> None:
    assert "Fewer than 5 quiet rounds" in page(results(short_of_rounds=["record"]), [])


def test_nothing_measured_is_still_a_page() -> None:
    empty = results(cases=[], growth=[], running=None, peers=[])
    assert "not measured" in page(empty, verdicts(empty))


def test_arguments_are_read() -> None:
    asked = parsed(["record", "--quick", "--clients", "1,8"])
    assert (asked.names, asked.quick, asked.clients) == (["record"], True, [1, 8])
