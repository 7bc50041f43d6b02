"""What the service is to reach, and whether it does. A goal that is missed is said, and fails nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.cases import importing

GOAL_CLIENTS = 8
GOAL_SIZE = 1_000_000
GOAL_ROWS = 100_000
SIZES = ("10k", "100k", "1m")
MEGABYTE = 1_000_000
Cases = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal, and what was measured."""

    goal: str
    wanted: float
    found: float | None
    """None: it wasn't measured this time."""
    at_most: bool = False

    @property
    def is_reached(self) -> bool | None:
        """None where it wasn't measured."""
        if self.found is None:
            return None
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted

    def written(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"goal": self.goal, "wanted": self.wanted, "found": self.found, "reached": self.is_reached}


def verdicts(results: Mapping[str, Any]) -> list[Verdict]:
    """Every goal, with what the results say of it."""
    cases: Cases = {case["name"]: case for case in results["cases"] if case["clients"] == GOAL_CLIENTS}
    once: Cases = {case["name"]: case for case in results["cases"]}
    grown: Cases = {each["name"]: each for each in results.get("growth", ())}
    running: Mapping[str, Any] = results.get("running") or {}
    imported, booked = (_large(once.get(name, {})) for name in (importing.WHOLE, importing.BOOKING))
    found: list[Verdict] = [
        Verdict("record: ratio", 0.4, _of(cases, "record", "ratio")),
        Verdict("list: ratio, the least of all sizes", 0.4, _least(cases, "list", "ratio")),
    ]
    for name in ("balance", "trial-balance"):
        is_whole = max(grown.get(name, {}).get("sizes", [0])) >= GOAL_SIZE
        found += [
            Verdict(f"{name}, 1m transactions: ratio", 0.6, _of(cases, f"{name}-1m", "ratio")),
            Verdict(
                f"{name}: growth exponent, up to 1m",
                0.1,
                _of(grown, name, "exponent") if is_whole else None,
                at_most=True,
            ),
        ]
    return [
        *found,
        Verdict("not-modified: rate over that of get", 2, _over(cases, "not-modified", "get")),
        Verdict("import, 100k rows: ratio of the booking", 0.7, _number(booked.get("ratio"))),
        Verdict("import, 100k rows: rows a second", 5000, _number(imported.get("per_second"))),
        Verdict("record-one-book: rate over that of record", 0.5, _over(cases, "record-one-book", "record")),
        Verdict("record: rate over that of the tutorial's shape", 5, _over(cases, "record", "peer-tutorial")),
        Verdict("idle memory, MB", 300, _scaled(running, "idle_memory_bytes", MEGABYTE), at_most=True),
        Verdict("warm start, s", 2, _scaled(running, "warm_start_s", 1), at_most=True),
    ]


def _large(imported: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, if it was of as many rows as the goals are about."""
    return imported if imported.get("rows", 0) >= GOAL_ROWS else {}


def _least(cases: Cases, name: str, figure: str) -> float | None:
    """The least over all sizes of books; None unless every size was measured."""
    found = [_of(cases, f"{name}-{size}", figure) for size in SIZES]
    known = [each for each in found if each is not None]
    return min(known) if len(known) == len(SIZES) else None


def _of(cases: Cases, name: str, figure: str) -> float | None:
    return _number(cases.get(name, {}).get(figure))


def _over(cases: Cases, name: str, other: str) -> float | None:
    rate, against = _of(cases, name, "per_second"), _of(cases, other, "per_second")
    return round(rate / against, 3) if rate and against else None


def _scaled(figures: Mapping[str, Any], name: str, by: float) -> float | None:
    found = _number(figures.get(name))
    return None if found is None else round(found / by, 3)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
