"""Signing in: nothing to compare it with, as what it costs is the hash of the password, on purpose."""

from __future__ import annotations

from bench.households import PASSWORD
from bench.rounds import RatedCase
from bench.stage import Stage

NAMES = ("login",)


def cases(stage: Stage, clients: int) -> list[RatedCase]:
    """Each client signs in as someone else, again and again."""
    stage.settle(clients)
    requests = []
    for home in stage.homes[:clients]:
        form = f"username={home.email.replace('@', '%40')}&password={PASSWORD.replace(' ', '+')}"
        head = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n"
        requests.append([f"POST /api/v1/auth/token HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n{form}"])
    return [RatedCase("login", clients, lambda: requests, stage.service, status="200")]
