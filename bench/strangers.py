"""What strangers can do by coming: learn from an answer's time who is there, or crowd out those who are signed in.

``./run bench strangers`` says how long a sign-in and a forgotten password take for people who are known and for those
who aren't, by their medians; and how much memory the service takes while 200 sign in at once, and what someone who is
signed in notices of it. Nothing here is held to a bound: time is measured, and on a busy machine it tells little.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from uuid import uuid4

from bench import processes
from bench.households import FORM, JSON, Household
from bench.service import Reply, Service
from bench.stage import Stage, staged

KNOWN = 40
"""People who are asked for in turn: what is tried at one account is bounded."""
AT_ONCE = 200
LOOK_SECONDS = 0.01


def main(arguments: Sequence[str]) -> int:
    """The command. Returns its exit code."""
    parser = argparse.ArgumentParser(prog="./run bench strangers", description=__doc__)
    parser.add_argument("--pairs", type=int, default=200, help="how often each is asked for (default 200)")
    asked = parser.parse_args(arguments)
    with staged() as stage:
        homes = [Household.founded(stage.service) for _ in range(KNOWN)]
        for name, ask in (("sign-in", _sign_in), ("forgotten password", _forget)):
            print(_by_time(name, ask, stage, [home.email for home in homes], asked.pairs))
        for line in _crowd(stage.service, homes[0]):
            print(line)
    return 0


def _sign_in(service: Service, email: str) -> Reply:
    form = f"username={email.replace('@', '%40')}&password=wrong+horse+battery"
    return service.ask("POST", "/api/v1/auth/token", form.encode(), FORM)


def _forget(service: Service, email: str) -> Reply:
    return service.ask("POST", "/api/v1/auth/password/forgot", json.dumps({"email": email}).encode(), JSON)


def _by_time(name: str, ask: Callable[[Service, str], Reply], stage: Stage, emails: list[str], pairs: int) -> str:
    """How long it takes for someone who is there and for someone who isn't, asked for in turn."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    statuses: set[int] = set()
    for number in range(pairs):
        if number % KNOWN == 0:
            stage.value("WITH all_of_it AS (DELETE FROM allowances RETURNING 1) SELECT count(*) FROM all_of_it")
        people = {True: emails[number % KNOWN], False: f"{uuid4().hex}@example.com"}
        for known in (True, False) if number % 2 else (False, True):
            began = time.perf_counter()
            statuses.add(ask(stage.service, people[known]).status)
            seconds[known].append(time.perf_counter() - began)
    there, not_there = (median(seconds[known]) * 1000 for known in (True, False))
    told = ", ".join(map(str, sorted(statuses)))
    return (
        f"{name}: {there:.1f} ms for people who are known, {not_there:.1f} ms for others, "
        f"{abs(there - not_there) / not_there:.1%} apart (medians of {pairs}; all were answered {told})"
    )


def _crowd(service: Service, home: Household) -> list[str]:
    """What 200 sign-ins at once take, and what someone who is signed in notices of it."""
    quiet = [_look(service, home) for _ in range(100)]
    before, most = processes.memory_of([service.pid]), 0
    over = threading.Event()
    noticed: list[float] = []

    def watch() -> None:
        nonlocal most
        while not over.wait(LOOK_SECONDS):
            most = max(most, processes.memory_of([service.pid]))

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            noticed.append(_look(service, home))

    watchers = [threading.Thread(target=each) for each in (watch, look)]
    for watcher in watchers:
        watcher.start()
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = list(crowd.map(lambda _: _sign_in(service, f"{uuid4().hex}@example.com"), range(AT_ONCE)))
    took = time.perf_counter() - began
    over.set()
    for watcher in watchers:
        watcher.join()
    counted = ", ".join(
        f"{count} were answered {status}" for status, count in sorted(Counter(a.status for a in answers).items())
    )
    waited = (median(quiet) * 1000, median(noticed) * 1000, max(noticed) * 1000)
    told = all("retry-after" in answer.headers for answer in answers if answer.status >= 500)  # noqa: PLR2004
    return [
        (
            f"{AT_ONCE} sign-ins at once: {counted} within {took:.1f} s; those sent away were "
            f"{'all' if told else 'NOT all'} told when to come again"
        ),
        f"memory: {before / 1e6:.0f} MB before, {(most - before) / 1e6:+.0f} MB at most meanwhile",
        "someone signed in waits {:.1f} ms when nothing happens, and {:.1f} ms meanwhile, {:.0f} ms at most".format(
            *waited
        ),
    ]


def _look(service: Service, home: Household) -> float:
    began = time.perf_counter()
    answer = service.ask("GET", f"{home.root}/transactions", headers=home.headers())
    assert answer.status == 200, answer.body  # noqa: PLR2004
    return time.perf_counter() - began
