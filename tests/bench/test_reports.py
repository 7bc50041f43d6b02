"""What the bench writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from bench.__main__ import parsed
from bench.chart import title
from bench.figures import CaseResult
from bench.goals import verdicts
from bench.peers.journals import LIMIT_SECONDS
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
        "growth": [{"name": "balance", "sizes": [10_000, 1_000_000], "p50_ms": [3.0, 3.1], "exponent": 0.014}],
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
    assert found["balance: growth exponent, up to 1m"].is_reached is True
    assert found["warm start, s"].is_reached is False
    assert found["import, 100k rows: ratio of the booking"].is_reached is None


def measured_well() -> dict[str, Any]:
    """Results by which every goal is reached, if barely."""
    ratios = {f"list-{size}": 0.4 for size in ("10k", "100k", "1m")}
    ratios |= {"record": 0.4, "balance-1m": 0.6, "trial-balance-1m": 0.6}
    rates = {"record": 500, "peer-tutorial": 100, "get": 700, "not-modified": 1400, "record-one-book": 250}
    cases = [
        {"name": name, "clients": 8, "ratio": ratios.get(name), "per_second": rates.get(name)}
        for name in sorted(ratios | rates)
    ]
    return {
        "cases": [
            *cases,
            {"name": "import", "clients": 1, "per_second": 5000, "rows": 100_000},
            {"name": "import-booking", "clients": 1, "ratio": 0.7, "rows": 100_000},
        ],
        "growth": [{"name": name, "sizes": SIZES, "exponent": 0.1} for name in ("balance", "trial-balance")],
        "running": {"idle_memory_bytes": 300_000_000, "warm_start_s": 2.0},
    }


SIZES = [10_000, 100_000, 1_000_000]


def test_every_goal_is_judged() -> None:
    assert {each.goal: (each.wanted, each.at_most, each.is_reached) for each in verdicts(measured_well())} == {
        "record: ratio": (0.4, False, True),
        "record: rate over that of the tutorial's shape": (5, False, True),
        "list: ratio, the least of all sizes": (0.4, False, True),
        "balance, 1m transactions: ratio": (0.6, False, True),
        "balance: growth exponent, up to 1m": (0.1, True, True),
        "trial-balance, 1m transactions: ratio": (0.6, False, True),
        "trial-balance: growth exponent, up to 1m": (0.1, True, True),
        "not-modified: rate over that of get": (2, False, True),
        "import, 100k rows: ratio of the booking": (0.7, False, True),
        "import, 100k rows: rows a second": (5000, False, True),
        "record-one-book: rate over that of record": (0.5, False, True),
        "idle memory, MB": (300, True, True),
        "warm start, s": (2, True, True),
    }


def test_a_list_is_judged_by_the_size_it_does_worst_on() -> None:
    results = measured_well()
    next(case for case in results["cases"] if case["name"] == "list-1m")["ratio"] = 0.39
    found = {each.goal: each.is_reached for each in verdicts(results)}
    assert found["list: ratio, the least of all sizes"] is False


def test_goals_of_large_books_and_files_are_not_judged_by_small_ones() -> None:
    results = measured_well()
    results["growth"] = [{**each, "sizes": SIZES[:2]} for each in results["growth"]]
    results["cases"] = [
        {**case, "rows": 5_000} for case in results["cases"] if case["name"] not in ("list-1m", "balance-1m")
    ]
    found = {each.goal: each.is_reached for each in verdicts(results)}
    for goal in (
        "list: ratio, the least of all sizes",
        "balance, 1m transactions: ratio",
        "balance: growth exponent, up to 1m",
        "import, 100k rows: ratio of the booking",
        "import, 100k rows: rows a second",
    ):
        assert found[goal] is None, goal


def test_a_line_says_it_all() -> None:
    said = line(results()["cases"][0])
    assert "ratio 0.45 (0.45-0.45)" in said
    assert "python 1000 µs" in said
    assert "no ratio" in line(results()["cases"][2])


def test_a_case_is_called_by_its_clients_where_they_are_not_the_usual_ones() -> None:
    called = [title({"name": "record", "clients": clients}) for clients in (1, 8, 32)]
    assert called == ["record, 1 client", "record", "record, 32 clients"]
    assert title({"name": "import", "clients": 1}) == "import"


def test_the_page_and_the_chart_are_written(tmp_path: Path) -> None:
    write(results(), verdicts(results()), tmp_path)
    text = (tmp_path / PAGE).read_text("utf-8")
    for said in ("0.45 (0.45-0.45)", "A Processor", "PostgreSQL 18.1", "missed", "| balance | 10,000, 1,000,000 |"):
        assert said in text
    assert "A quick run" not in text
    chart = ET.fromstring((tmp_path / CHART).read_text("utf-8"))  # noqa: S314 - our own
    assert len([each for each in chart.iter() if each.get("class") == "b"]) == 2


def test_a_quick_run_says_so() -> None:
    assert "A quick run" in page(results(quick=True), [])


def test_a_machine_that_was_busy_is_told_of() -> None:
    assert "Fewer than 5 quiet rounds" in page(results(short_of_rounds=["record"]), [])


def test_sums_profile_and_other_programs_are_on_the_page() -> None:
    text = page(
        results(
            sums={
                "written": [
                    {
                        "name": "one transaction",
                        "per_second": 950,
                        "without_per_second": 1000,
                        "without_postgres_us": 800,
                        "cost_us": 40,
                        "cost_percent": 5.0,
                        "pairs": 6,
                        "dropped_pairs": 1,
                    }
                ],
                "read": [
                    {"name": "balance", "transactions": 1_000_000, "sums_ms": 0.2, "postings_ms": 20, "saved": 100}
                ],
            },
            profile=[
                {
                    "name": "get",
                    "calls": 4,
                    "execution_us": 130,
                    "statements": [{"sql": "SELECT a | b", "share": 0.7, "calls": 2, "mean_us": 45}],
                }
            ],
            journals=[
                {
                    "program": "hledger",
                    "transactions": 10_000,
                    "seconds": {"trial-balance": 0.44, "balance": 1.5, "register": None},
                }
            ],
        ),
        [],
    )
    assert "| one transaction | 1000 | 950 | 800 | 40 | 5 % | 6 of 7 |" in text
    assert "| balance | 1,000,000 | 0.2 | 20 | 100.0 |" in text
    assert "| get | 4 | 130 | 70%, 2 times 45 µs: `SELECT a ¦ b` |" in text
    assert f"| hledger | 10,000 | 440 ms | 1.5 s | over {LIMIT_SECONDS} s |" in text
    assert "hledger: skipped, not installed" in text


def test_nothing_measured_is_still_a_page() -> None:
    empty = results(cases=[], growth=[], running=None, peers=[])
    assert "not measured" in page(empty, verdicts(empty))


def test_arguments_are_read() -> None:
    asked = parsed(["record", "--quick", "--clients", "1,8"])
    assert (asked.names, asked.quick, asked.clients) == (["record"], True, [1, 8])
