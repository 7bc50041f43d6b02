"""What was measured, told: a line a case for the terminal, JSON for programs, a page for people."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import chart
from bench.figures import FEWEST_ROUNDS, MOST_OTHERS
from bench.goals import Verdict
from bench.peers.journals import LIMIT_SECONDS, QUESTIONS

Results = Mapping[str, Any]
PAGE = Path("docs/performance.md")
CHART = Path("docs/performance.svg")
MINUTE = 60


def line(case: Mapping[str, Any]) -> str:
    """A case in one line."""
    dropped = f", {case['dropped_rounds']} dropped" if case["dropped_rounds"] else ""
    return (
        f"{chart.title(case):28} {spread(case):24} n={case['rounds']}{dropped}  {case['per_second']:>8g}/s  "
        f"p50 {case['p50_ms']:g} p99 {case['p99_ms']:g} ms  "
        f"python {case['python_us']:g} µs  postgres {case['postgres_us']:g} µs  "
        f"load {case['load_cores']:.2f} others {case['others_cores']:.2f} cores"
    )


def spread(case: Mapping[str, Any]) -> str:
    """The ratio, with its least and most."""
    if case["ratio"] is None:
        return "no ratio"
    return f"ratio {case['ratio']:.2f} ({case['ratio_min']:.2f}-{case['ratio_max']:.2f})"


def verdict_line(verdict: Verdict) -> str:
    """A goal in one line."""
    said = {True: "reached", False: "missed", None: "not measured"}[verdict.is_reached]
    found = "—" if verdict.found is None else f"{verdict.found:g}"
    return f"{said:12} {verdict.goal}: {found} ({'at most' if verdict.at_most else 'at least'} {verdict.wanted:g})"


def duration(seconds: float) -> str:
    """A time, in minutes once it is one."""
    return f"{seconds:.0f} s" if seconds < MINUTE else f"{seconds / MINUTE:.0f} min"


def sums_lines(sums: Mapping[str, Any] | None) -> list[str]:
    """What the sums of months cost and save, a line each."""
    if not sums:
        return []
    return [
        *(
            f"sums, to write {each['name']}: {each['cost_us']:g} µs of PostgreSQL's time more, "
            f"{each['cost_percent']:g} %"
            for each in sums["written"]
        ),
        *(
            f"sums, {each['name']} of {each['transactions']:,}: {each['sums_ms']:g} ms, "
            f"{each['postings_ms']:g} ms from postings"
            for each in sums["read"]
        ),
    ]


def journal_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each program takes for a size, a line each."""
    return [
        f"{row['program']}, {row['transactions']:,} transactions: "
        + ", ".join(f"{question} {_seconds(took)}" for question, took in row["seconds"].items())
        for row in rows
    ]


def _seconds(took: float | None) -> str:
    if took is None:
        return f"over {LIMIT_SECONDS} s"
    return f"{took:g} s" if took >= 1 else f"{took * 1000:.3g} ms"


def cpu_model() -> str:
    """What the machine's processor calls itself."""
    try:
        for row in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def page(results: Results, verdicts: Sequence[Verdict]) -> str:
    """``docs/performance.md``."""
    machine = results["machine"]
    quick = (
        "**A quick run: few and short rounds, only to see that everything works. Its figures mean little.**\n\n"
        if results["quick"]
        else ""
    )
    sections = "".join(
        [
            _prices(results["cases"]),
            _growth(results.get("growth") or []),
            _sums(results.get("sums")),
            _profile(results.get("profile") or []),
            _running(results.get("running")),
            _peers(results),
        ]
    )
    return f"""# Performance

Written by `./run bench`; changes made by hand are lost. How fast the service is, as a ratio to PostgreSQL doing the
same work itself, in the same run.

{quick}![The service's rate over PostgreSQL's own, by case](performance.svg)

## Figures

{_table(results["cases"])}
{_noisy(results.get("short_of_rounds") or [])}
*Ratio*: the service's rate over that of `pgbench`, median of the rounds (least to most). *Python*, *PostgreSQL*: CPU
time of the service's process, and of all of PostgreSQL's, for each request. *Load*: cores that the load generator kept
busy.
{sections}
## Goals

| goal | wanted | found | |
|---|---|---|---|
{_goal_rows(verdicts)}

## How it is measured

A round is `pgbench`, the service, `pgbench` again; the ratio is the service's rate over the mean of the two runs around
it. The order of the cases is rotated from round to round. Both sides work on the same database, over TCP on the
loopback, from as many clients, as the role `farthing_app` under row-level security, with prepared statements, and with
what is committed on disk (`fsync` {machine["fsync"]}, `synchronous_commit` {machine["synchronous_commit"]}).

**The same SQL on both sides.** The statements are caught on their way from the service to the driver, and become a
script for `pgbench`: begin, open the book (membership, lock, idempotency), the look-ups, the write, the
row in the change log with the book's new revision, commit. PostgreSQL makes the ids. What `pgbench` doesn't
do is what Python is for: HTTP, tokens, validation, JSON, and the SHA-256 that chains the log. `import` is compared with
`psql`: the rows into a temporary table by `COPY`, and from there, in one statement a table, to where they belong.
`import-booking` is the second half of both: from when the rows lie ready (the service has answered that a job books
them) to the end of the commit.

**Against the least SQL** ("bare"): one statement that inserts a transaction and its postings, by a superuser: no
policies, no lock, no log. What lies between its rate and that of `pgbench` is the price of the promises; between
`pgbench` and the service, that of Python.

The service is `farthing serve` with as many workers as it takes by itself (two where there are two cores) and the
settings as they come, but for registration (open) and time limits; each book that is read has such a service of its
own, so that PostgreSQL's plans are for it alone. The load generator is one process more; it sends requests made
beforehand and reads status and length. CPU time comes from the kernel's own accounts of the processes, the service's
supervisor and workers together; memory is the sum of proportional set sizes.

PostgreSQL is the one that comes with the service, set up as at home, but that it takes more connections, and that
`pg_stat_statements` is loaded; it counts only in the runs of its own.

**The tutorial's service** ("peer-tutorial") is written for the bench in the shape that FastAPI's tutorial and its
full-stack template teach, and run as they say: SQLModel, a session for each request, `def` endpoints, a bearer token,
the user and the account looked up, the owner compared, the transaction inserted, the account's balance changed, commit,
refresh. The database, the disk and the clients are the same. `peer-tutorial-workers` is the same with as many workers
as there are cores. What it doesn't promise is at the head of `bench/peers/tutorial.py`.

**What doesn't count.** Rounds in which other programs kept more than {MOST_OTHERS:g} cores busy are dropped. While that
leaves fewer than {FEWEST_ROUNDS}, more are played, up to twice as many as planned.
{results["dropped_rounds"]} of {results["played_rounds"]} were dropped this time. Fewer than {FEWEST_ROUNDS} left fail
the run, and so does another program's answer that isn't the service's, any answer that isn't a success, any other
number of rows in the database than of answers, any transaction that doesn't sum to zero, any finding of
`farthing verify` in the books the service wrote, and a port that the service doesn't hold alone.

## Where

{machine["cores"]} cores ({machine["cpu"]}), shared by the service, PostgreSQL and the load generator.
PostgreSQL {machine["server_version"]}, Python {machine["python"]}, {machine["system"]}. {results["date"]}, in
{duration(results["seconds"])}.
"""


def write(results: Results, verdicts: Sequence[Verdict], root: Path) -> None:
    """Write page and chart where they belong."""
    for place, text in ((PAGE, page(results, verdicts)), (CHART, chart.svg(results["cases"]))):
        (root / place).parent.mkdir(exist_ok=True)
        (root / place).write_text(text, "utf-8")


def _table(cases: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        "| case | ratio | rounds | a second | p50 ms | p99 ms | Python µs | PostgreSQL µs | load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        ratio = "—" if case["ratio"] is None else spread(case).removeprefix("ratio ")
        figures = [f"{case[name]:g}" for name in ("per_second", "p50_ms", "p99_ms", "python_us", "postgres_us")]
        rows.append(
            f"| {chart.title(case)} | {ratio} | {case['rounds']} | {' | '.join(figures)} | {case['load_cores']:.2f} |"
        )
    return "\n".join(rows)


def _noisy(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"\n**Fewer than {FEWEST_ROUNDS} quiet rounds, so that the figures mean little: {', '.join(names)}.**\n"


def _prices(cases: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        f"| {chart.title(case)} | {case['bare_per_second']:g} | {case['pgbench_per_second']:g} "
        f"| {case['per_second']:g} | {case['bare_ratio']:.2f} |"
        for case in cases
        if case.get("bare_ratio") and case.get("pgbench_per_second")
    ]
    if not rows:
        return ""
    head = (
        "| case | bare, a second | pgbench, a second | service, a second | service over bare |\n|---|---|---|---|---|"
    )
    return "\n## The price of the promises\n\n" + "\n".join([head, *rows]) + "\n"


def _growth(growth: Sequence[Mapping[str, Any]]) -> str:
    if not growth:
        return ""
    rows = [
        f"| {each['name']} | {', '.join(f'{size:,}' for size in each['sizes'])} "
        f"| {', '.join(f'{time:g}' for time in each['p50_ms'])} | {each['exponent']:.2f} |"
        for each in growth
    ]
    return (
        "\n## How it grows\n\nThe exponent says how time grows with the size of the book: 0 not at all, 1 in step.\n\n"
        "| case | transactions | p50 ms | exponent |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _sums(sums: Mapping[str, Any] | None) -> str:
    if not sums:
        return ""
    written = [
        f"| {each['name']} | {each['without_per_second']:g} | {each['per_second']:g} | {each['without_postgres_us']:g} "
        f"| {each['cost_us']:g} | {each['cost_percent']:g} % | {each['pairs']} of "
        f"{each['pairs'] + each['dropped_pairs']} |"
        for each in sums["written"]
    ]
    read = [
        f"| {each['name']} | {each['transactions']:,} | {each['sums_ms']:g} | {each['postings_ms']:g} "
        f"| {each['saved']:.1f} |"
        for each in sums["read"]
    ]
    return (
        "\n## The sums\n\nTriggers keep, for each account and month, what its postings come to. What that costs a "
        "write: the same `pgbench` with\nthe triggers on and off in turn, on a database of its own. *More* is CPU time "
        "of PostgreSQL's, median of the pairs of\nruns that nobody disturbed, or of all if none was left alone.\n\n"
        "| written at once | without, a second | with, a second | PostgreSQL µs without | µs more | more | pairs |\n"
        "|---|---|---|---|---|---|---|\n"
        + "\n".join(written)
        + "\n\nWhat it saves a read: the statement that the service sends, and the same question put to the postings "
        "alone, as\n`farthing_app` under row-level security, one client. Both answer the same.\n\n"
        "| question | transactions | from sums, ms | from postings, ms | times |\n|---|---|---|---|---|\n"
        + "\n".join(read)
        + "\n"
    )


def _profile(profile: Sequence[Mapping[str, Any]]) -> str:
    if not profile:
        return ""
    rows = [
        f"| {each['name']} | {each['calls']:g} | {each['execution_us']:g} | "
        + "<br>".join(
            f"{statement['share']:.0%}, {_times(statement['calls'])}{statement['mean_us']:g} µs: "
            f"`{statement['sql'].replace('|', '¦')}`"
            for statement in each["statements"]
        )
        + " |"
        for each in profile
    ]
    return (
        "\n## Where PostgreSQL's time goes\n\nFor each request, by `pg_stat_statements`, in one more run that counts "
        "for nothing else. Execution only: neither\nplanning nor the wait for the disk at the commit.\n\n"
        "| case | statements | µs | most of it |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _times(calls: float) -> str:
    return "" if calls == 1 else f"{calls:g} times "


def _running(running: Mapping[str, Any] | None) -> str:
    if not running:
        return ""
    said = [
        f"- first start, with the database to be made: {running['cold_start_s']:.2f} s",
        f"- start on what is there: {running['warm_start_s']:.2f} s",
        f"- memory after the start, PostgreSQL included: {running['idle_memory_bytes'] / 1e6:.0f} MB",
    ]
    if running.get("peak_memory_bytes"):
        said.append(f"- the most memory seen in any case: {running['peak_memory_bytes'] / 1e6:.0f} MB")
    return (
        "\n## To run it\n\nFrom the start of the program to the first 200 of `/health/ready`.\n\n"
        + "\n".join(said)
        + "\n"
    )


def _peers(results: Results) -> str:
    rows = [
        f"| {row['program']} | {row['transactions']:,} "
        f"| {' | '.join(_seconds(row['seconds'][question]) for question in QUESTIONS)} |"
        for row in results.get("journals") or []
    ]
    notes = [f"- {said}" for said in results.get("peers") or []]
    if not rows and not notes:
        return ""
    table = (
        "The same book as a text file, and the same questions: a trial balance at a day, one account's balance at a "
        "day, and an\naccount's newest 50 postings. A program starts anew and reads the file for each question, as it "
        "is used; the service\nanswers over HTTP. The answers agree.\n\n"
        f"| program | transactions | {' | '.join(QUESTIONS)} |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n\n"
        if rows
        else ""
    )
    return f"\n## Beside others\n\n{table}" + "\n".join(notes) + "\n"


def _goal_rows(verdicts: Sequence[Verdict]) -> str:
    said = {True: "reached", False: "missed", None: "not measured"}
    return "\n".join(
        f"| {each.goal} | {'≤' if each.at_most else '≥'} {each.wanted:g} "
        f"| {'—' if each.found is None else f'{each.found:g}'} | {said[each.is_reached]} |"
        for each in verdicts
    )
