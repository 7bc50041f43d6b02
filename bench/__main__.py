"""The command: ``./run bench [NAME…]``."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import analytics, chart, report, reports, rounds, strangers, sums
from bench.cases import importing, reading, recording, running, signing_in
from bench.figures import CaseResult, Round, growth, rotated, rounded
from bench.goals import GOAL_CLIENTS, Verdict, verdicts
from bench.peers import hordak, journals, served
from bench.peers.environments import PeerUnavailable
from bench.pgbench import PgbenchFailed
from bench.profiles import profiled
from bench.proofs import proven
from bench.rounds import RatedCase
from bench.schedule import CLIENTS, NAMES, ON_REQUEST, OTHER_CLIENTS, Schedule, full, is_due, quick
from bench.service import ServiceFailed
from bench.stage import BooksWrong, Stage, as_json, durability, staged

ANALYTICS = "analytics"
"""Not how quick it is but how good: measured by itself, without a database."""
STRANGERS = "strangers"
"""What those who come can learn, and whom they can crowd out: measured by itself, and told rather than kept."""
ROOT = Path(__file__).resolve().parent.parent


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measure the service against PostgreSQL doing the same work itself.",
        epilog=f"./run bench {ANALYTICS} tells instead how well insights are found, and how good forecasts are; "
        f"./run bench {STRANGERS} what those who sign in, or try to, can learn and disturb.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"cases; if none is named, all but {', '.join(ON_REQUEST)}: {', '.join(NAMES)}",
    )
    parser.add_argument("--quick", action="store_true", help="few and short rounds, smaller books: does it work at all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds of each case (default {full().rounds})")
    others = " and ".join(map(str, OTHER_CLIENTS))
    parser.add_argument(
        "--clients",
        default="",
        metavar="N,N",
        help=f"how many at once, such as 1,8 (default {CLIENTS}, and {others} where it matters)",
    )
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md and .svg as they are")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}; these are: {', '.join(NAMES)}")
    try:
        asked.clients = [int(each) for each in asked.clients.split(",") if each]
    except ValueError:
        parser.error("--clients takes numbers, separated by commas")
    if min(asked.clients, default=1) < 1 or (asked.rounds is not None and asked.rounds < 1):
        parser.error("--clients and --rounds take numbers from 1")
    return asked


class Batch:
    """One run of the bench."""

    def __init__(self, schedule: Schedule, stage: Stage) -> None:
        self.stage = stage
        self.schedule = schedule
        self.results: list[CaseResult] = []
        self.profiles: list[dict[str, Any]] = []
        self.notes: list[str] = []
        """What is to be said of peers."""

    def rated(self) -> None:
        """All that can be asked again and again, at each number of clients."""
        timing = self.schedule.timing
        for clients in self.schedule.clients:
            with contextlib.ExitStack() as stack:
                cases = self._cases(stack, clients)
                for case in cases:
                    rounds.warm_up(self.stage, case, timing)
                played: dict[str, list[Round]] = {case.name: [] for case in cases}
                planned = self.schedule.rounds_for(clients)
                number = 0
                while due := [case for case in cases if is_due(played[case.name], planned)]:
                    for case in rotated(due, number):
                        say(f"round {number + 1}{beyond(number, planned)}; {clients} clients: {case.name}")
                        played[case.name].append(rounds.play(self.stage, case, timing))
                    number += 1
                for case in cases:
                    self._keep(CaseResult(case.name, clients, tuple(played[case.name]), case.extra))
                if clients == CLIENTS:
                    self._profile([case for case in cases if case.script is not None])
            self.stage.check_balanced([*self.stage.homes, *self.stage.pgbench_homes])

    def imports(self) -> None:
        """The import, at as many rows as it takes."""
        played: list[Round] = []
        booked: list[Round] = []
        planned = self.schedule.import_rounds
        while is_due(played, planned):
            say(f"round {len(played) + 1}{beyond(len(played), planned)}: import")
            whole, booking = importing.play(self.stage, self.schedule.import_rows)
            played.append(whole)
            booked.append(booking)
        rows = {"rows": self.schedule.import_rows}
        self._keep(CaseResult(importing.WHOLE, 1, tuple(played), rows))
        self._keep(CaseResult(importing.BOOKING, 1, tuple(booked), rows))

    def sums(self) -> dict[str, Any]:
        """What the sums of months cost and save."""
        with staged() as scratch:
            written = sums.written(scratch, self.schedule.pairs, say)
        return {"written": written, "read": sums.read(self.stage, self.schedule.sizes, self.schedule.reads, say)}

    def journals(self) -> list[dict[str, Any]]:
        """Programs that keep books in text files."""
        rows, notes = journals.compared(self.stage, self.schedule.journal_sizes, say)
        self.notes += notes
        return rows

    def grown(self) -> list[dict[str, Any]]:
        """How what each sized case takes grows with the book."""
        found = []
        by_name = {case.name: case for case in self.results if case.clients == self._usual_clients}
        for name in reading.SIZED:
            cases = [(size, by_name.get(reading.sized(name, size))) for size in self.schedule.sizes]
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

    @property
    def _usual_clients(self) -> int:
        return GOAL_CLIENTS if GOAL_CLIENTS in self.schedule.clients else self.schedule.clients[0]

    def _cases(self, stack: contextlib.ExitStack, clients: int) -> list[RatedCase]:
        wanted = self.schedule.rated(clients)
        cases = []
        if any(name in recording.NAMES for name in wanted):
            cases += recording.cases(self.stage, clients, wanted)
        if any(name in reading.NAMES for name in wanted):
            say("writing the books to be read")
            cases += reading.cases(self.stage, clients, wanted, self.schedule.sizes_for(clients))
        if any(name in signing_in.NAMES for name in wanted):
            cases += signing_in.cases(self.stage, clients)
        peers = [name for name in wanted if name in served.NAMES]
        if peers:
            try:
                cases += stack.enter_context(served.tutorials(self.stage, clients, peers))
            except PeerUnavailable as trouble:
                self.notes.append(f"{', '.join(peers)}: skipped, {trouble}")
        return cases

    def _profile(self, cases: Sequence[RatedCase]) -> None:
        for case in cases:
            say(f"profile: {case.name}")
            self.profiles.append(profiled(self.stage, case, self.schedule.timing.profile))

    def _keep(self, result: CaseResult) -> None:
        self.results.append(result)
        print(report.line(result.written()), flush=True)


def beyond(number: int, planned: int) -> str:
    """How to speak of a round, counted from 0."""
    return f" of {planned}" if number < planned else f", beyond {planned}, as others were busy"


def say(what: str) -> None:
    """Tell how far it is, beside the results."""
    print(what, file=sys.stderr, flush=True)


def measured(schedule: Schedule, *, is_quick: bool) -> dict[str, Any]:
    """Run everything that is asked for."""
    names = schedule.names
    started = running.starts(schedule.starts) if "start" in names else None
    with staged() as stage:
        batch = Batch(schedule, stage)
        batch.rated()
        if "import" in names:
            batch.imports()
        taken = batch.sums() if "sums" in names else None
        texts = batch.journals() if "peer-journals" in names else []
        reported = reports.measured(stage, schedule.sizes, say) if "reports" in names else []
        if {*journals.NAMES, *hordak.NAMES} & set(names):
            batch.notes.append(hordak.compared(stage, CLIENTS, names, [result.written() for result in batch.results]))
        say("proving the books that the service wrote")
        looked = proven(stage)
        if started is not None:
            started["peak_memory_bytes"] = stage.peak_memory
        return {
            "quick": is_quick,
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
            "machine": {
                "cores": os.cpu_count(),
                "cpu": report.cpu_model(),
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.release().split('-')[0]}",
                **durability(stage),
            },
            "cases": [result.written() for result in batch.results],
            "growth": batch.grown(),
            "sums": taken,
            "profile": batch.profiles,
            "running": started,
            "journals": texts,
            "reports": reported,
            "peers": batch.notes,
            "proven_transactions": looked,
            "played_rounds": sum(len(result.rounds) for result in batch.results),
            "dropped_rounds": sum(result.dropped for result in batch.results),
            "short_of_rounds": [chart.title(result.written()) for result in batch.results if not result.is_enough],
        }


def write_pages(results: dict[str, Any], found: Sequence[Verdict], names: Sequence[str]) -> None:
    """Write down what was measured: of reports on a page of their own."""
    if results["reports"]:
        reports.write(results["reports"], f"{os.cpu_count()} cores, {report.cpu_model()}", ROOT)
    if set(names) != set(reports.NAMES):
        report.write(results, found, ROOT)


def main(arguments: Sequence[str]) -> int:
    """Measure, tell, write; returns the exit code."""
    asked = parsed(arguments)
    schedule = (quick if asked.quick else full)(asked.names, asked.clients, asked.rounds)
    if asked.quick:
        print("A quick run: few and short rounds, only to see that everything works.", flush=True)
    print(
        f"It takes about {report.duration(schedule.seconds())}, and more if others keep the machine busy.", flush=True
    )
    began = time.monotonic()
    try:
        results = measured(schedule, is_quick=asked.quick)
    except (BooksWrong, PgbenchFailed, ServiceFailed) as trouble:
        say(f"{type(trouble).__name__}: {trouble}")
        return 1
    results["seconds"] = round(time.monotonic() - began)
    found = verdicts(results)
    print()
    for each in results["growth"]:
        print(f"{each['name']}: grows with exponent {each['exponent']:.2f} ({each['sizes']}: {each['p50_ms']} ms)")
    if results["running"]:
        print("start and memory: " + ", ".join(f"{name} {value:g}" for name, value in results["running"].items()))
    told = [*report.sums_lines(results["sums"]), *report.journal_lines(results["journals"]), *results["peers"]]
    for said in [*told, *reports.lines(results["reports"])]:
        print(said)
    print(f"\nproven: {results['proven_transactions']} transactions that the service wrote; everything agrees")
    print(
        f"rounds: {results['played_rounds']} played, {results['dropped_rounds']} dropped as others were busy; "
        f"{report.duration(results['seconds'])} in all\n"
    )
    for verdict in found:
        print(report.verdict_line(verdict))
    results["goals"] = [verdict.written() for verdict in found]
    if asked.json:
        asked.json.write_text(as_json(results) + "\n", "utf-8")
    if not asked.no_page:
        write_pages(results, found, schedule.names)
    if results["short_of_rounds"]:
        said = f"too few quiet rounds: {', '.join(results['short_of_rounds'])}"
        print(f"\n{'Warning' if asked.quick else 'Failed'}: {said}")
        return 0 if asked.quick else 1
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == [ANALYTICS]:
        sys.exit(analytics.main(sys.argv[2:]))
    if sys.argv[1:2] == [STRANGERS]:
        sys.exit(strangers.main(sys.argv[2:]))
    sys.exit(main(sys.argv[1:]))
