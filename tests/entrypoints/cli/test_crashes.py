"""Twenty crashes while people write: what was answered stays, what was retried isn't doubled, and the books hold."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from tests.entrypoints.cli.commands import Service, answered
from tests.entrypoints.cli.conftest import Serve
from tests.entrypoints.cli.test_serve import postmaster

CRASHES = 20
WRITERS = 4
ENOUGH = 12
"""Answers in a round before the next crash."""
REGISTRATION = {"email": "ada@example.com", "password": "correct horse battery staple", "name": "Ada"}
CHECKING = {"name": "Checking", "kind": "asset", "type": "checking", "currency": "EUR"}


@dataclass
class Writer:
    """Someone who records one thing after another, and tries again what wasn't answered."""

    number: int
    sent: int = 0
    unanswered: str | None = None
    recorded: dict[str, str] = field(default_factory=dict)
    """The id of what each key made, as it was answered."""

    def write(self, client: httpx2.Client, enough: threading.Semaphore) -> None:
        """Record until the service is gone."""
        while True:
            if self.unanswered is None:
                self.sent += 1
                self.unanswered = f"{self.number}-{self.sent}"
            try:
                answer = record(client, self.unanswered)
            except httpx2.TransportError:
                return
            if answer.status_code >= 500:
                return
            self.note(answer)
            enough.release()

    def note(self, answer: httpx2.Response) -> None:
        assert answer.status_code == 201, answer.text
        assert self.unanswered
        self.recorded[self.unanswered] = answer.json()["id"]
        self.unanswered = None


def record(client: httpx2.Client, key: str) -> httpx2.Response:
    body = {"date": "2026-03-01", "amount": "-1.00", "account": "Assets:Checking", "description": key}
    return client.post("/books/default/transactions", json=body, headers={"Idempotency-Key": key})


def everything(client: httpx2.Client) -> dict[str, str]:
    """What each transaction that is in the book says it is, by id."""
    found: dict[str, str] = {}
    asked: dict[str, Any] = {"limit": 200}
    while True:
        page = client.get("/books/default/transactions", params=asked).raise_for_status().json()
        found |= {each["id"]: each["description"] for each in page["data"]}
        if page["next_cursor"] is None:
            return found
        asked["cursor"] = page["next_cursor"]


def crash(service: Service, data_dir: Path, number: int) -> None:
    """Kill the program or its database, in turn; either way the program ends."""
    if number % 2:
        os.kill(postmaster(data_dir), signal.SIGKILL)
        assert service.wait() == 1
    else:
        assert service.stop(signal.SIGKILL) == -signal.SIGKILL


def test_what_was_answered_outlives_twenty_crashes(cli_serve: Serve, cli_data_dir: Path) -> None:
    writers = [Writer(number) for number in range(WRITERS)]
    headers: dict[str, str] = {}
    for number in range(CRASHES + 1):
        service = cli_serve()
        with httpx2.Client(base_url=f"{service.url}/api/v1", headers=headers, timeout=30) as client:
            assert client.get(f"{service.url}/health/ready").status_code == 200
            if not headers:
                person = client.post("/auth/register", json=REGISTRATION).raise_for_status().json()
                headers["Authorization"] = f"Bearer {person['access_token']}"
                client.headers.update(headers)
                client.post("/books/default/accounts", json=CHECKING).raise_for_status()
            check(client, writers)
            if number == CRASHES:
                break
            enough = threading.Semaphore(0)
            with ThreadPoolExecutor(WRITERS) as pool:
                writing = [pool.submit(writer.write, client, enough) for writer in writers]
                for _ in range(ENOUGH):
                    assert enough.acquire(timeout=30)
                crash(service, cli_data_dir, number)
            for each in writing:
                each.result()
    assert service.stop() == 0
    proof = answered("verify", "--data-dir", cli_data_dir)
    assert proof["holds"]
    assert proof["transactions"] == sum(len(writer.recorded) for writer in writers) >= CRASHES * ENOUGH


def check(client: httpx2.Client, writers: list[Writer]) -> None:
    """Try again what wasn't answered, and what was; then nothing is missing and nothing is there twice."""
    for writer in writers:
        if writer.recorded:
            key, made = list(writer.recorded.items())[-1]
            again = record(client, key)
            assert (again.status_code, again.json()["id"]) == (201, made)
            assert again.headers["Idempotency-Replayed"] == "true"
        if writer.unanswered:
            writer.note(record(client, writer.unanswered))
    assert everything(client) == {made: key for writer in writers for key, made in writer.recorded.items()}
