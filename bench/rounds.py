"""Rounds: ``pgbench``, the service, ``pgbench`` again, each with what it cost and who else was busy."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import pgbench, processes
from bench.figures import Round, percentile
from bench.households import Household
from bench.load import Outcome, Plan, is_success
from bench.processes import Usage
from bench.service import Service, ServiceFailed
from bench.stage import BooksWrong, Stage

LOAD_SECONDS = 120


@dataclass
class RatedCase:
    """Something that can be asked again and again."""

    name: str
    clients: int
    requests: Callable[[], Sequence[Sequence[str]]]
    """For each client what it asks in turn."""
    service: Service
    script: Path | None = None
    """The same work for pgbench."""
    bare: Path | None = None
    """The least SQL that keeps the same records; run by the superuser, without policies."""
    writes_to: Sequence[Household] = ()
    """Whose books get one transaction for each answer."""
    pgbench_writes_to: Sequence[Household] = ()
    """The same, of each transaction of pgbench's."""
    status: str | None = None
    """The one status that is right, if not any success is."""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long each part of a round takes, in seconds."""

    service: float
    pgbench: int
    warm_up: float
    profile: float


def play(stage: Stage, case: RatedCase, timing: Timing) -> Round:
    """One round of a case.

    Raises:
        BooksWrong: an answer wasn't a success, or the database holds something else than was answered.
        PgbenchFailed: the other side couldn't do it.
    """
    before = _pgbench(stage, case, case.script, timing)
    written = stage.transactions(case.writes_to) if case.writes_to else 0
    outcome, used = ask(stage, case, timing.service)
    if case.writes_to:
        found = stage.transactions(case.writes_to) - written
        if found != sum(outcome.statuses.values()):
            raise BooksWrong(f"{case.name}: {sum(outcome.statuses.values())} answers, {found} transactions")
    stage.note_memory()
    after = _pgbench(stage, case, case.script, timing)
    bare = _pgbench(stage, case, case.bare, timing, as_app=False)
    compared = [each for each in (before, after) if each is not None]
    count = len(outcome.latencies_ms)
    return Round(
        per_second=count / outcome.seconds,
        pgbench_per_second=tuple(run.per_second for run, _ in compared),
        bare_per_second=bare[0].per_second if bare else None,
        p50_ms=percentile(outcome.latencies_ms, 0.5),
        p99_ms=percentile(outcome.latencies_ms, 0.99),
        python_us=used.service / count * 1e6,
        postgres_us=used.postgres / count * 1e6,
        pgbench_postgres_us=statistics.fmean(cost.postgres / run.transactions * 1e6 for run, cost in compared)
        if compared
        else None,
        load_cores=used.load_cores,
        others=max(each.others for each in (used, *(cost for _, cost in compared), *((bare[1],) if bare else ()))),
    )


def warm_up(stage: Stage, case: RatedCase, timing: Timing) -> None:
    """Have everything compiled, planned and cached before the first round."""
    ask(stage, case, timing.warm_up)


def ask(stage: Stage, case: RatedCase, seconds: float) -> tuple[Outcome, Usage]:
    """Have all clients of a case ask the service for so long.

    Raises:
        BooksWrong: an answer isn't what is wanted.
        ServiceFailed: it couldn't be asked.
    """
    case.service.check_own()
    plan = Plan(case.service.port, seconds, tuple(tuple(each) for each in case.requests()))
    load = subprocess.Popen(
        [sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert load.stdin is not None
    assert load.stdout is not None
    with load:
        load.stdin.write(json.dumps(asdict(plan)) + "\n")
        load.stdin.flush()
        if load.stdout.readline() != "ready\n":
            raise ServiceFailed(f"{case.name}: the load generator didn't get its connections")
        before = used_by(stage, case.service, processes.cpu_of(load.pid))
        load.stdin.write("go\n")
        load.stdin.flush()
        said = load.stdout.readline()
        used = used_by(stage, case.service, processes.cpu_of(load.pid)).since(before)
        load.stdin.close()
        load.wait(LOAD_SECONDS)
    if not said:
        raise ServiceFailed(f"{case.name}: the load generator broke off")
    outcome = Outcome(**json.loads(said))
    wrong = [status for status in outcome.statuses if not is_success(status) or (case.status and status != case.status)]
    if outcome.trouble or wrong:
        raise BooksWrong(f"{case.name}: {outcome.statuses}: {outcome.trouble}")
    return outcome, used


def _pgbench(
    stage: Stage, case: RatedCase, script: Path | None, timing: Timing, *, as_app: bool = True
) -> tuple[pgbench.Run, Usage] | None:
    if script is None:
        return None
    homes = case.pgbench_writes_to
    written = stage.transactions(homes) if homes else 0
    before = used_by(stage, case.service)
    run = pgbench.run(script, stage.cluster.url, clients=case.clients, seconds=timing.pgbench, as_app=as_app)
    used = used_by(stage, case.service).since(before)
    if homes and stage.transactions(homes) - written != run.transactions:
        raise BooksWrong(f"{case.name}: pgbench did something else than it says")
    return run, used


def used_by(stage: Stage, service: Service, load: float | None = None) -> Usage:
    """What everyone used so far; ``load`` is what the load generator did, if it isn't a child that will have ended."""
    return Usage(
        at=time.monotonic(),
        machine=processes.machine_busy(),
        service=processes.cpu_of(service.pid),
        postgres=processes.cpu_of(stage.cluster.pid),
        load=_reaped() if load is None else load,
        bench=time.process_time(),
    )


def _reaped() -> float:
    """What this program's children used that have ended: pgbench, between two such moments."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
