"""The tutorial's service, run beside ours, and asked to record the same transaction.

It is run as the tutorial says: ``uvicorn`` with what it does by default, access log and all, one process; and a second
time with as many workers as there are cores.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from bench.households import FORM, JSON, PASSWORD
from bench.peers.environments import python_with
from bench.rounds import RatedCase
from bench.service import Reply, Service, ServiceFailed, served
from bench.stage import BooksWrong, Stage

ALONE = "peer-tutorial"
WITH_WORKERS = "peer-tutorial-workers"
NAMES = (ALONE, WITH_WORKERS)
REQUIREMENTS = (
    "fastapi[standard]==0.165.0",
    "psycopg[binary]==3.3.9",
    "pwdlib[argon2]==0.3.1",
    "pyjwt==2.15.1",
    "sqlmodel==0.0.50",
)
READY = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")
MODULE = "bench.peers.tutorial"
MIGRATE_SECONDS = 60
AMOUNT = -12.5
STRAY = f"""
SELECT count(*) FROM tutorial_accounts a
 WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM tutorial_transactions t WHERE t.account_id = a.id)
    OR mod(balance, {AMOUNT}) <> 0
"""


@contextlib.contextmanager
def tutorials(stage: Stage, clients: int, names: Sequence[str]) -> Iterator[list[RatedCase]]:
    """Those of the cases that are wanted, while their services run: each client is a user with an account.

    Raises:
        BooksWrong: afterwards, when a balance isn't what its transactions come to.
        PeerUnavailable: it can't be installed here.
        ServiceFailed: it didn't start.
    """
    python = str(python_with(REQUIREMENTS))
    settings = {
        "TUTORIAL_DATABASE_URL": f"postgresql+psycopg{stage.cluster.url[len(urlsplit(stage.cluster.url).scheme) :]}",
        "TUTORIAL_SECRET_KEY": secrets.token_urlsafe(32),
    }
    ended = subprocess.run(
        [python, "-m", MODULE],
        check=False,
        capture_output=True,
        text=True,
        timeout=MIGRATE_SECONDS,
        env={"PATH": os.defpath, **settings},
    )
    if ended.returncode:
        raise ServiceFailed(f"the tutorial's service didn't make its tables: {ended.stderr.strip()[-500:]}")
    with contextlib.ExitStack() as stack:
        cases = []
        for name in names:
            workers = ["--workers", str(os.cpu_count())] if name == WITH_WORKERS else []
            arguments = ["-m", "uvicorn", f"{MODULE}:app", "--port", "0", *workers]
            log = stage.folder / f"{name}.log"
            service = stack.enter_context(served(arguments, log, settings, python=python, ready=READY))
            cases.append(_case(name, service, clients))
        yield cases
    stray = stage.value(STRAY)
    if stray:
        raise BooksWrong(f"the tutorial's service: {stray} balances aren't what their transactions come to")


def _case(name: str, service: Service, clients: int) -> RatedCase:
    requests = [[_recording(service)] for _ in range(clients)]
    return RatedCase(name, clients, lambda: requests, service, status="201")


def _recording(service: Service) -> str:
    """A new user's request to record a transaction, whole."""
    email = f"{uuid4().hex}@example.com"
    person = {"email": email, "password": PASSWORD, "full_name": "Ada"}
    _expected(service.ask("POST", "/users/signup", json.dumps(person).encode(), JSON), HTTPStatus.CREATED)
    form = urlencode({"username": email, "password": PASSWORD}).encode()
    signed_in = _expected(service.ask("POST", "/login/access-token", form, FORM), HTTPStatus.OK)
    bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    opened = service.ask("POST", "/accounts/", b'{"name": "Checking"}', {**JSON, **bearer})
    body = json.dumps(
        {
            "account_id": _expected(opened, HTTPStatus.CREATED).json()["id"],
            "date": "2026-11-20",
            "payee": "Corner Shop",
            "category": "Groceries",
            "amount": AMOUNT,
        }
    )
    lines = {"Host": "127.0.0.1", **bearer, **JSON, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /transactions/ HTTP/1.1\r\n{head}\r\n{body}"


def _expected(reply: Reply, wanted: HTTPStatus) -> Reply:
    if reply.status != wanted:
        raise ServiceFailed(f"the tutorial's service answered {reply.status}: {reply.body[:500]!r}")
    return reply
