"""The service under measurement: ``python -m farthing serve`` as a process of its own, and a plain way to ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from bench import processes

READY = re.compile(r"Farthing is ready at http://127\.0\.0\.1:(\d+)")
START_SECONDS = 180
TICK_SECONDS = 0.01
STOP_SECONDS = 30


class ServiceFailed(Exception):
    """The service didn't start, or isn't the one that was started, or refused what the bench needs."""


class Reply(NamedTuple):
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Service:
    """A program that serves."""

    pid: int
    """Of the process that was started: the one that listens. Where it has workers, they are below it."""
    port: int
    seconds_to_ready: float
    """From its start to the first 200 of ``/health/ready``."""

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            got = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, got, answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether it answers, and says that it can do its work."""
        try:
            return self.ask("GET", "/health/ready").status == HTTPStatus.OK
        except ConnectionError:
            return False

    def check_own(self) -> None:
        """Make sure that whoever answers at the port is the process that was started.

        Raises:
            ServiceFailed: another one listens there too, or instead.
        """
        if not processes.listens(self.pid, self.port):
            raise ServiceFailed(f"port {self.port} isn't held by the service alone")


@contextlib.contextmanager
def served(
    arguments: list[str],
    log: Path,
    settings: Mapping[str, str],
    *,
    python: str = sys.executable,
    ready: re.Pattern[str] = READY,
) -> Iterator[Service]:
    """Start a program that says where it serves, wait until it answers, and stop it after the block.

    ``ready`` finds the port in what it says.

    Raises:
        ServiceFailed: it didn't come up.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FARTHING_", "PG", "PYTHON"))}
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [python, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**kept, **settings},
            start_new_session=True,
        )
    try:
        yield _ready(process, log, began, ready)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[bytes], log: Path, began: float, ready: re.Pattern[str]) -> Service:
    while time.monotonic() < began + START_SECONDS:
        if process.poll() is not None:
            raise ServiceFailed(f"the service ended: {log.read_text('utf-8', 'replace')[-1000:]}")
        said = ready.search(log.read_text("utf-8", "replace"))
        if said:
            service = Service(process.pid, int(said.group(1)), 0.0)
            if service.is_ready():
                service = Service(process.pid, service.port, time.monotonic() - began)
                service.check_own()
                return service
        time.sleep(TICK_SECONDS)
    raise ServiceFailed(f"the service wasn't ready within {START_SECONDS} s")
