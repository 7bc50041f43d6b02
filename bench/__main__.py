"""The command: ``./run bench [NAME…]``."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import chart, report, rounds
from bench.cases import importing, reading, recording, running, signing_in
from bench.figures import CaseResult, Round, growth, rotated, rounded
from bench.goals import verdicts
from bench.peers import journals, served
from bench.pgbench import PgbenchFailed
from bench.proofs import proven
from bench.rounds import RatedCase, Timing
from bench.service import ServiceFailed
from bench.stage import BooksWrong, Stage, as_json, durability, staged

ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    *recording.NAMES,
    *reading.NAMES,
    *importing.NAMES,
    *signing_in.NAMES,
    *served.NAMES,
    "peer-journals",
    *running.NAMES,
)
RATED = (*recording.NAMES, *reading.NAMES, *signing_in.NAMES, *served.NAMES)
FULL = Timing(service=5.0, pgbench=5, warm_up=2.0)
QUICK = Timing(service=1.5, pgbench=1, warm_up=0.5)
ROUNDS = 7
"""Two more than must be left."""
QUICK_ROUNDS = 3
STARTS = 3


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        prog="./run bench", description="Measure the service against PostgreSQL doing the same work itself."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"cases; all if none is named: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="few and short rounds, smaller books: does it work at all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds of each case (default {ROUNDS})")
    parser.add_argument("--clients", default="8", metavar="N,N", help="how many at once, such as 1,8,32 (default 8)")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md and .svg as they are")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}; these are: {', '.join(NAMES)}")
    try:
        asked.clients = [int(each) for each in asked.clients.split(",")]
    except ValueError:
        parser.error("--clients takes numbers, separated by commas")
    if min(asked.clients) < 1 or (asked.rounds is not None and asked.rounds < 1):
        parser.error("--clients and --rounds take numbers from 1")
    return asked


class Batch:
    """One run of the bench."""

    def __init__(self, asked: argparse.Namespace, stage: Stage) -> None:
        self.stage = stage
        self.names: Sequence[str] = asked.names or NAMES
        self.quick: bool = asked.quick
        self.rounds: int = asked.rounds or (QUICK_ROUNDS if asked.quick else ROUNDS)
        self.timing = QUICK if asked.quick else FULL
        self.clients: list[int] = asked.clients
        self.sizes = reading.QUICK_SIZES if asked.quick else reading.SIZES
        self.results: list[CaseResult] = []

    def rated(self) -> None:
        """All that can be asked again and again, at each number of clients."""
        for clients in self.clients:
            with contextlib.ExitStack() as stack:
                cases = self._cases(stack, clients)
                for case in cases:
                    rounds.warm_up(self.stage, case, self.timing)
                played: dict[str, list[Round]] = {case.name: [] for case in cases}
                for number in range(self.rounds):
                    for case in rotated(cases, number):
                        say(f"round {number + 1} of {self.rounds}, {clients} clients: {case.name}")
                        played[case.name].append(rounds.play(self.stage, case, self.timing))
                for case in cases:
                    self._keep(CaseResult(case.name, clients, tuple(played[case.name]), case.extra))
            self.stage.check_balanced([*self.stage.homes, *self.stage.pgbench_homes])

    def imports(self) -> None:
        """The import, at as many rows as it takes."""
        rows = importing.QUICK_ROWS if self.quick else importing.ROWS
        played = []
        for number in range(self.rounds):
            say(f"round {number + 1} of {self.rounds}: import")
            played.append(importing.play(self.stage, rows))
        self._keep(CaseResult("import", 1, tuple(played), {"rows": rows}))

    def grown(self) -> list[dict[str, Any]]:
        """How what each sized case takes grows with the book."""
        found = []
        for name in reading.SIZED:
            by_name = {case.name: case for case in self.results if case.clients == self.clients[0]}
            cases = [(size, by_name.get(reading.sized(name, size))) for size in self.sizes]
            points = [(size, case.median("p50_ms")) for size, case in cases if case is not None]
            if len(points) > 1:
                sizes, times = zip(*points, strict=True)
                found.append(
                    {
                        "name": name,
                        "sizes": list(sizes),
                        "p50_ms": [rounded(time) for time in times],
                        "exponent": round(growth(sizes, times), 3),
                    }
                )
        return found

    def peers(self) -> list[str]:
        """What is said of others."""
        if "peer-journals" not in self.names:
            return []
        title = reading.sized("trial-balance", self.sizes[0])
        ours = next((rounded(case.median("p50_ms")) for case in self.results if case.name == title), None)
        return journals.compared(self.stage, self.sizes[0], ours)

    def _cases(self, stack: contextlib.ExitStack, clients: int) -> list[RatedCase]:
        wanted = [name for name in RATED if name in self.names]
        cases = []
        if any(name in recording.NAMES for name in wanted):
            cases += recording.cases(self.stage, clients, wanted)
        if any(name in reading.NAMES for name in wanted):
            say("writing the books to be read")
            cases += reading.cases(self.stage, clients, wanted, self.sizes)
        if any(name in signing_in.NAMES for name in wanted):
            cases += signing_in.cases(self.stage, clients)
        peers = [name for name in wanted if name in served.NAMES]
        if peers:
            cases += stack.enter_context(served.tutorials(self.stage, clients, peers))
        return cases

    def _keep(self, result: CaseResult) -> None:
        self.results.append(result)
        print(report.line(result.written()), flush=True)


def say(what: str) -> None:
    """Tell how far it is, beside the results."""
    print(what, file=sys.stderr, flush=True)


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """Run everything that is asked for."""
    names = asked.names or NAMES
    started = running.starts(1 if asked.quick else STARTS) if "start" in names else None
    with staged() as stage:
        batch = Batch(asked, stage)
        batch.rated()
        if "import" in names:
            batch.imports()
        peers = batch.peers()
        say("proving the books that the service wrote")
        looked = proven(stage)
        cases = [result.written() for result in batch.results]
        if started is not None:
            started["peak_memory_bytes"] = stage.peak_memory
        return {
            "quick": asked.quick,
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
            "machine": {
                "cores": os.cpu_count(),
                "cpu": report.cpu_model(),
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.release().split('-')[0]}",
                **durability(stage),
            },
            "cases": cases,
            "growth": batch.grown(),
            "running": started,
            "peers": peers,
            "proven_transactions": looked,
            "played_rounds": sum(len(result.rounds) for result in batch.results),
            "dropped_rounds": sum(result.dropped for result in batch.results),
            "short_of_rounds": [chart.title(result.written()) for result in batch.results if not result.is_enough],
        }


def main(arguments: Sequence[str]) -> int:
    """Measure, tell, write; returns the exit code."""
    asked = parsed(arguments)
    if asked.quick:
        print("A quick run: few and short rounds, only to see that everything works.", flush=True)
    try:
        results = measured(asked)
    except (BooksWrong, PgbenchFailed, ServiceFailed) as trouble:
        say(f"{type(trouble).__name__}: {trouble}")
        return 1
    found = verdicts(results)
    print()
    for each in results["growth"]:
        print(f"{each['name']}: grows with exponent {each['exponent']:.2f} ({each['sizes']}: {each['p50_ms']} ms)")
    if results["running"]:
        print("start and memory: " + ", ".join(f"{name} {value:g}" for name, value in results["running"].items()))
    for said in results["peers"]:
        print(said)
    print(f"\nproven: {results['proven_transactions']} transactions that the service wrote; everything agrees")
    print(f"rounds: {results['played_rounds']} played, {results['dropped_rounds']} dropped as others were busy\n")
    for verdict in found:
        print(report.verdict_line(verdict))
    results["goals"] = [verdict.written() for verdict in found]
    if asked.json:
        asked.json.write_text(as_json(results) + "\n", "utf-8")
    if not asked.no_page:
        report.write(results, found, ROOT)
    if results["short_of_rounds"]:
        said = f"too few quiet rounds: {', '.join(results['short_of_rounds'])}"
        print(f"\n{'Warning' if asked.quick else 'Failed'}: {said}")
        return 0 if asked.quick else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
