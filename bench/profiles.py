"""Where PostgreSQL's time goes: the statements of a case, from ``pg_stat_statements``, in one more run of their own.

Counting costs a little, so it is on only meanwhile, and no figure of the rounds comes from here. What is counted is the
time to execute; to plan, and to wait for the disk at the commit, isn't in it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Any

from bench.figures import rounded
from bench.pgbench import psql
from bench.rounds import RatedCase, ask
from bench.stage import Stage

LEAST_SHARE = 0.05
MOST_STATEMENTS = 3
SHOWN = 64
SETTLE_SECONDS = 0.1
SWITCH = "ALTER SYSTEM SET pg_stat_statements.track = '{what}'; SELECT pg_reload_conf();"
RESET = "SELECT bench.pg_stat_statements_reset();"
FOUND = """
SELECT coalesce(json_agg(json_build_object('sql', query, 'calls', calls, 'ms', total_exec_time)), '[]')
  FROM bench.pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND toplevel AND calls > 0;
"""
COLUMNS = re.compile(r"\bSELECT\b.*?\bFROM\b", re.IGNORECASE)
NAMED = re.compile(r"(\bINSERT INTO \w+) \(.*?\)", re.IGNORECASE)


def profiled(stage: Stage, case: RatedCase, seconds: float) -> dict[str, Any]:
    """What statements a case leads to, and their shares of the time."""
    url = stage.cluster.url
    psql(f"{SWITCH.format(what='top')} {RESET}", url, as_app=False)
    time.sleep(SETTLE_SECONDS)
    try:
        outcome, _ = ask(stage, case, seconds)
        found = json.loads(psql(FOUND, url, as_app=False))
    finally:
        psql(SWITCH.format(what="none"), url, as_app=False)
    return {"name": case.name, "clients": case.clients, **shares(found, len(outcome.latencies_ms))}


def shares(found: Sequence[dict[str, Any]], requests: int) -> dict[str, Any]:
    """What ``pg_stat_statements`` counted, for each request: the statements that take the most time first."""
    ours = [each for each in found if "pg_stat_statements" not in each["sql"] and "pg_reload_conf" not in each["sql"]]
    total = sum(each["ms"] for each in ours)
    ordered = sorted(ours, key=lambda each: each["ms"], reverse=True)[:MOST_STATEMENTS]
    return {
        "requests": requests,
        "calls": rounded(sum(each["calls"] for each in ours) / requests),
        "execution_us": rounded(total / requests * 1000),
        "statements": [
            {
                "sql": short(each["sql"]),
                "share": round(each["ms"] / total, 3),
                "calls": rounded(each["calls"] / requests),
                "mean_us": rounded(each["ms"] / each["calls"] * 1000),
            }
            for each in ordered
            if each["ms"] >= LEAST_SHARE * total
        ],
    }


def short(sql: str) -> str:
    """A statement as one short line, without its columns."""
    line = NAMED.sub(r"\1", COLUMNS.sub("SELECT … FROM", " ".join(sql.split()).replace("( ", "(")))
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
