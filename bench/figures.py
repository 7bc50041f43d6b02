"""The sums: rounds to ratios, times to percentiles, sizes to growth."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

MOST_OTHERS = 0.2
"""Cores that other programs may keep busy; a round with more of that counts for nothing."""
FEWEST_ROUNDS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a case: ``pgbench``, service, ``pgbench``."""

    per_second: float
    pgbench_per_second: tuple[float, ...]
    """Before and after; empty where there is nothing to compare with."""
    bare_per_second: float | None
    p50_ms: float
    p99_ms: float
    python_us: float
    """CPU time of the service, for each request."""
    postgres_us: float
    """CPU time of PostgreSQL, for each request."""
    pgbench_postgres_us: float | None
    """CPU time of PostgreSQL for each transaction of ``pgbench``."""
    load_cores: float
    others: float
    """Cores that other programs kept busy: the most that was seen in any part of the round."""

    @property
    def ratio(self) -> float | None:
        """The service's rate over PostgreSQL's own."""
        return self.per_second / statistics.fmean(self.pgbench_per_second) if self.pgbench_per_second else None

    @property
    def counts(self) -> bool:
        """Whether the machine was quiet enough."""
        return self.others <= MOST_OTHERS


def quiet(rounds: Sequence[Round]) -> tuple[Round, ...]:
    """The rounds that count."""
    return tuple(each for each in rounds if each.counts)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What all rounds of a case came to."""

    name: str
    clients: int
    rounds: tuple[Round, ...]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> tuple[Round, ...]:
        """The rounds that count: the quiet ones, or, lest there be nothing to show, all where none was."""
        return quiet(self.rounds) or self.rounds

    @property
    def dropped(self) -> int:
        """How many rounds count for nothing."""
        return len(self.rounds) - len(quiet(self.rounds))

    @property
    def is_enough(self) -> bool:
        """Whether enough rounds were quiet for a figure that means something."""
        return len(quiet(self.rounds)) >= FEWEST_ROUNDS

    @property
    def ratios(self) -> list[float]:
        """The ratios of the rounds that count."""
        return [each.ratio for each in self.kept if each.ratio is not None]

    @property
    def ratio(self) -> float | None:
        """Their median."""
        return statistics.median(self.ratios) if self.ratios else None

    def median(self, name: str) -> float:
        """The median of one of the rounds' figures."""
        figures: list[float] = [getattr(each, name) for each in self.kept]
        return statistics.median(figures)

    @property
    def bare_ratio(self) -> float | None:
        """The service's rate over that of the least SQL that keeps the same records."""
        found = [each.per_second / each.bare_per_second for each in self.kept if each.bare_per_second]
        return statistics.median(found) if found else None

    def written(self) -> dict[str, Any]:
        """As JSON has it."""
        compared = [statistics.fmean(each.pgbench_per_second) for each in self.kept if each.pgbench_per_second]
        bare = [each.bare_per_second for each in self.kept if each.bare_per_second]
        in_pgbench = [each.pgbench_postgres_us for each in self.kept if each.pgbench_postgres_us is not None]
        return {
            "name": self.name,
            "clients": self.clients,
            "ratio": rounded(self.ratio),
            "ratio_min": rounded(min(self.ratios, default=None)),
            "ratio_max": rounded(max(self.ratios, default=None)),
            "rounds": len(self.rounds) - self.dropped,
            "dropped_rounds": self.dropped,
            "per_second": rounded(self.median("per_second")),
            "pgbench_per_second": rounded(statistics.median(compared) if compared else None),
            "bare_per_second": rounded(statistics.median(bare) if bare else None),
            "bare_ratio": rounded(self.bare_ratio),
            "p50_ms": rounded(self.median("p50_ms")),
            "p99_ms": rounded(self.median("p99_ms")),
            "python_us": rounded(self.median("python_us")),
            "postgres_us": rounded(self.median("postgres_us")),
            "pgbench_postgres_us": rounded(statistics.median(in_pgbench) if in_pgbench else None),
            "load_cores": rounded(self.median("load_cores")),
            "others_cores": rounded(self.median("others")),
            **self.extra,
        }


def rounded(value: float | None) -> float | None:
    """Four figures: more would be noise."""
    if value is None or not value or not math.isfinite(value):
        return value
    return round(value, 3 - math.floor(math.log10(abs(value))))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the values doesn't exceed; ``ordered`` is, and has at least one."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def growth(sizes: Sequence[float], times: Sequence[float]) -> float:
    """How time grows with size: the exponent of the power law that fits best. 0 is not at all, 1 in step."""
    x = [math.log(size) for size in sizes]
    y = [math.log(time) for time in times]
    return statistics.linear_regression(x, y).slope


def rotated(things: Sequence[T], by: int) -> list[T]:
    """The same, begun elsewhere: so that no case always comes after the same other."""
    at = by % len(things) if things else 0
    return [*things[at:], *things[:at]]
