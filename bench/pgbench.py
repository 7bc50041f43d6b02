"""PostgreSQL's own measure: ``pgbench``, with our statements, and ``psql`` for what is done once."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from farthing.core.schema import APP_ROLE
from farthing.entrypoints.local.binaries import installed

PROCESSED = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
FAILED = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)
RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
LATENCY = re.compile(r"^latency average = ([0-9.]+) ms", re.MULTILINE)
SESSION: Mapping[str, str] = {
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "60000",
    "lock_timeout": "4000",
    "idle_in_transaction_session_timeout": "30000",
}
"""As the service's own connections have it."""


class PgbenchFailed(Exception):
    """It didn't do what it was told; says what it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of ``pgbench`` came to."""

    transactions: int
    per_second: float
    latency_ms: float


def parse(output: str) -> Run:
    """Read what ``pgbench`` prints at the end.

    Raises:
        PgbenchFailed: it isn't a whole report, or transactions failed.
    """
    found = [pattern.search(output) for pattern in (PROCESSED, RATE, LATENCY)]
    processed, rate, latency = found
    if processed is None or rate is None or latency is None:
        raise PgbenchFailed(f"no report: {output.strip()[-500:]}")
    failed = FAILED.search(output)
    if failed is not None and int(failed.group(1)):
        raise PgbenchFailed(f"{failed.group(1)} transactions failed")
    return Run(int(processed.group(1)), float(rate.group(1)), float(latency.group(1)))


def surroundings(url: str, *, as_app: bool) -> dict[str, str]:
    """The environment by which PostgreSQL's programs find the database and take on the service's role."""
    parts = urlsplit(url)
    settings = {**SESSION, **({"role": APP_ROLE} if as_app else {})}
    return {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username or "",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.path.lstrip("/"),
        "PGAPPNAME": "bench",
        "PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def run(script: Path, url: str, *, clients: int, seconds: int, as_app: bool = True) -> Run:
    """Let so many clients work through a script for so long.

    Raises:
        PgbenchFailed: a statement failed, or it couldn't start.
    """
    arguments = ["-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds), "-D", "first_turn=1"]
    ended = subprocess.run(
        [installed().program("pgbench"), *arguments, "-f", str(script)],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        env=surroundings(url, as_app=as_app),
    )
    if ended.returncode:
        raise PgbenchFailed(ended.stderr.strip()[-1000:] or f"exit code {ended.returncode}")
    return parse(ended.stdout)


def psql(text: str, url: str, *, as_app: bool) -> str:
    """Run statements, and psql's own commands, to the end; returns what they print.

    Raises:
        PgbenchFailed: one of them failed.
    """
    ended = subprocess.run(
        [installed().program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=text,
        check=False,
        capture_output=True,
        text=True,
        timeout=1200,
        env=surroundings(url, as_app=as_app),
    )
    if ended.returncode:
        raise PgbenchFailed(ended.stderr.strip()[-1000:] or f"exit code {ended.returncode}")
    return ended.stdout
