"""django-hordak, asked to record the same transaction through its own models. Only run when it is named."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bench.figures import MOST_OTHERS, rounded
from bench.peers.environments import PeerUnavailable, python_with
from bench.pgbench import psql
from bench.rounds import used_by
from bench.stage import BooksWrong, Stage

NAMES = ("peer-hordak",)
REQUIREMENTS = ("django==5.2.19", "django-hordak==2.0.0", "psycopg[binary]==3.3.9")
SCRIPT = Path(__file__).parent / "hordak_project.py"
DATABASE = "hordak"
SECONDS = 5
LIMIT_SECONDS = 120
KEPT = """
SELECT count(*) || ' ' || count(*) FILTER (WHERE legs = 2 AND debit = 12.50 AND credit = 12.50)
  FROM (SELECT count(*) AS legs, sum(debit) AS debit, sum(credit) AS credit FROM hordak_leg GROUP BY transaction_id) t;
"""


def compared(stage: Stage, clients: int, names: Sequence[str], cases: Sequence[Mapping[str, object]]) -> str:
    """A sentence about it.

    Raises:
        BooksWrong: its books don't hold what it says it recorded.
    """
    if NAMES[0] not in names:
        return f"django-hordak: skipped, only run when asked for ({NAMES[0]})"
    try:
        python = python_with(REQUIREMENTS)
    except PeerUnavailable as trouble:
        return f"django-hordak: skipped, {trouble}"
    psql(f"CREATE DATABASE {DATABASE};", stage.cluster.url, as_app=False)
    url = urlunsplit(urlsplit(stage.cluster.url)._replace(path=f"/{DATABASE}"))
    before = used_by(stage, stage.service)
    # -P: beside the script is a module of the same name as the package.
    ended = subprocess.run(
        [python, "-P", SCRIPT, str(clients), str(SECONDS)],
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        env={"PATH": os.defpath, "HORDAK_DATABASE_URL": url},
    )
    others = used_by(stage, stage.service).since(before).others
    if ended.returncode:
        return f"django-hordak: failed ({(ended.stderr.strip().splitlines() or ['no word'])[-1][:200]})"
    said = json.loads(ended.stdout)
    kept, whole = psql(KEPT, url, as_app=False).split()
    if not int(kept) == int(whole) == said["transactions"]:
        raise BooksWrong(f"django-hordak recorded {said['transactions']} transactions, and {whole} of {kept} are whole")
    ours = next((case["per_second"] for case in cases if case["name"] == "record" and case["clients"] == clients), None)
    beside = f"; the service, over HTTP, {ours:g}" if isinstance(ours, float) else ""
    disturbed = f" (while others kept {others:.1f} cores busy)" if others > MOST_OTHERS else ""
    rate = rounded(said["transactions"] / said["seconds"])
    return (
        f"{REQUIREMENTS[1].replace('==', ' ')}: {rate:g} transactions a second, recorded by its models in {clients} "
        f"processes, with neither HTTP nor sign-in{beside}{disturbed}"
    )
