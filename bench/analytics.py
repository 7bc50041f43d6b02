"""How well recurring payments, unusual spending and duplicates are found, and how good forecasts are."""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from bench.planted import CURRENCY, Household, made_up
from farthing.ledger.flows import Flow
from farthing.ledger.forecast import Score, back_test
from farthing.ledger.outliers import find_twice, find_unusual
from farthing.ledger.recurrence import Series, find_recurring

SHARED = 0.7
"""A series is a planted one if it is made of that by so large a share, and has so large a share of it."""


@dataclass
class Found:
    """What was found of something, what was found and isn't there, and what was missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    remarks: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Count another household's too."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        self.remarks += other.remarks

    @property
    def precision(self) -> float:
        """How much of what was found is there."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """How much of what is there was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def judge_recurring(home: Household, series: Sequence[Series]) -> Found:
    """Hold the series that were found against the planted ones. A planted one found in two pieces is wrong once."""
    found = Found()
    wanted = {planted.name: planted for planted in home.recurring if len(planted.ids) >= planted.cadence.least}
    owner = {id_: planted.name for planted in home.recurring for id_ in planted.ids}
    seen: set[str] = set()
    for each in series:
        owners = Counter(owner.get(hit.transaction_id) for hit in each.hits)
        name, shared = owners.most_common(1)[0]
        planted = wanted.get(name) if name else None
        if planted is None and name and shared == len(each.hits):
            continue  # too few payments to be asked for; found all the same, and rightly so
        right = (
            planted is not None
            and shared >= SHARED * len(each.hits)
            and shared >= SHARED * len(planted.ids)
            and each.rhythm.cadence is planted.cadence
        )
        if right and name in seen and each.hits[-1].amount > 0 and each.last.is_transfer:
            continue  # the other side of a transfer
        if right and name not in seen:
            found.right += 1
            seen.add(name or "")
        else:
            found.wrong += 1
            found.remarks.append(
                f"{home.seed}: wrong {each.hits[0].who} {each.rhythm.cadence} x{len(each.hits)} "
                f"({each.confidence:.2f}; {shared} of {name})"
            )
    for name, planted in wanted.items():
        if name not in seen:
            found.missed += 1
            found.remarks.append(f"{home.seed}: missed {name} {planted.cadence} x{len(planted.ids)}")
    return found


def judge_ids(seed: int, what: str, told: set[UUID], planted: set[UUID], words: dict[UUID, str]) -> Found:
    """Hold what was found against what is planted, by transaction."""
    found = Found(len(told & planted), len(told - planted), len(planted - told))
    found.remarks += [f"{seed}: wrong {what} {words.get(id_, '')}" for id_ in told - planted]
    found.remarks += [f"{seed}: missed {what} {words.get(id_, '')}" for id_ in planted - told]
    return found


def judged(home: Household) -> tuple[Found, Found, Found]:
    """What is found in a household: recurring, unusual, twice."""
    series = find_recurring(home.flows, home.last)
    hits = {hit.key: each.rhythm.cadence.days for each in series for hit in each.hits}
    words = {f.transaction_id: f"{f.date} {f.who} {f.amount}" for f in home.flows}
    unusual = find_unusual(home.flows, hits, dt.date.min)
    twice = find_twice(home.flows, hits, set(), dt.date.min)
    return (
        judge_recurring(home, series),
        judge_ids(
            home.seed,
            "unusual",
            {each.flow.transaction_id for each in unusual},
            {*home.unusual} & {f.transaction_id for f in home.flows},
            words,
        ),
        judge_ids(
            home.seed,
            "twice",
            {later_of(home, pair.first, pair.second) for pair in twice},
            {*home.twice} & {f.transaction_id for f in home.flows},
            words,
        ),
    )


def later_of(home: Household, first: Flow, second: Flow) -> UUID:
    """Which of two was planted, where they are of one day."""
    return first.transaction_id if first.transaction_id in home.twice else second.transaction_id


def main(arguments: Sequence[str]) -> int:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(prog="./run bench analytics", description=__doc__)
    parser.add_argument("--households", type=int, default=40, metavar="N", help="how many are made up")
    parser.add_argument("--first-seed", type=int, default=1000, metavar="N", help="the seed of the first of them")
    parser.add_argument("--remarks", action="store_true", help="tell each case that was missed, or is wrong")
    asked = parser.parse_args(arguments)
    totals = {"recurring": Found(), "unusual": Found(), "twice": Found()}
    score, accounts = Score(), Score()
    flows: list[int] = []
    looking: list[float] = []
    testing: list[float] = []
    for seed in range(asked.first_seed, asked.first_seed + asked.households):
        home = made_up(seed)
        flows.append(len(home.flows))
        began = time.perf_counter()
        for total, one in zip(totals.values(), judged(home), strict=True):
            total.add(one)
        looking.append(time.perf_counter() - began)
        began = time.perf_counter()
        by_account, in_total = back_test(home.flows, home.held(), home.last, seed)
        testing.append(time.perf_counter() - began)
        mine = in_total[CURRENCY]
        add(score, mine)
        for each in by_account.values():
            add(accounts, each)
        print(f"household {seed}: {mine.coverage_80:.2f} within 80 %, {mine.coverage_50:.2f} within 50 %", flush=True)
    print(
        f"\n{asked.households} households of {statistics.mean(flows):.0f} flows each: looked at in "
        f"{statistics.mean(looking):.2f} s each, back-tested in {statistics.mean(testing):.2f} s each"
    )
    for name, found in totals.items():
        counts = f"{found.right} right, {found.wrong} wrong, {found.missed} missed"
        print(f"{name}: precision {found.precision:.3f}, recall {found.recall:.3f} ({counts})")
    for name, each in (("total", score), ("by account", accounts)):
        print(
            f"forecast, {name}: 80 % band {each.coverage_80:.3f}, 50 % band {each.coverage_50:.3f} of {each.checks}; "
            f"mean error {each.error:.0f}, {each.error / each.naive_error:.2f} of the naive one"
        )
    if asked.remarks:
        print("\n".join(remark for found in totals.values() for remark in found.remarks))
    return 0


def add(score: Score, other: Score) -> None:
    """Count another's checks too."""
    score.origins += other.origins
    score.checks += other.checks
    score.within_50 += other.within_50
    score.within_80 += other.within_80
    score.error_sum += other.error_sum
    score.naive_sum += other.naive_sum
