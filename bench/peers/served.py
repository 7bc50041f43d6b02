"""The tutorial's service, run beside ours, and asked to record the same transaction."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from http import HTTPStatus

from bench.rounds import RatedCase
from bench.service import Service, ServiceFailed, served
from bench.stage import Stage
from farthing.core.database import driver_url

NAMES = ("peer-tutorial",)
RUN = """
import socket, sys, uvicorn
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(f"Farthing is ready at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
config = uvicorn.Config("bench.peers.tutorial:app", http="httptools", loop="uvloop", access_log=False)
uvicorn.Server(config).run(sockets=[listener])
"""
"""As ours is run: one process, uvloop, no access log. It says where it serves in the same words, so as to be found."""


@contextlib.contextmanager
def tutorial(stage: Stage, clients: int) -> Iterator[RatedCase]:
    """The case of the tutorial's service, while it runs: each client records to an account of its own."""
    url, _ = driver_url(stage.cluster.url)
    with served(["-c", RUN], stage.folder / "tutorial.log", {"TUTORIAL_DATABASE_URL": url}) as service:
        requests = [[_recording(_account(service, f"Checking {client}"))] for client in range(clients)]
        yield RatedCase("peer-tutorial", clients, lambda: requests, service, status="201")


def _account(service: Service, name: str) -> int:
    body = json.dumps({"name": name}).encode()
    reply = service.ask("POST", "/accounts", body, {"Content-Type": "application/json"})
    if reply.status != HTTPStatus.CREATED:
        raise ServiceFailed(f"the tutorial's service answered {reply.status}: {reply.body[:500]!r}")
    return int(reply.json()["id"])


def _recording(account_id: int) -> str:
    body = json.dumps(
        {
            "account_id": account_id,
            "date": "2026-11-20",
            "payee": "Corner Shop",
            "category": "Groceries",
            "amount": -12.5,
        }
    )
    return (
        "POST /transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
