"""The load generator: a program of its own that asks the same of the service again and again, from many connections.

It is told what to ask on its standard input, one line of JSON (:class:`Plan`); says ``ready`` once all connections are
open; begins when it reads ``go``; and writes what it saw, one line of JSON (:class:`Outcome`). Requests are bytes made
beforehand, and of an answer only the status line and the length are looked at: a heavy client would eat the cores that
the service is to be measured on.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

SHOWN_BYTES = 500
GRACE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask."""

    port: int
    seconds: float
    requests: tuple[tuple[str, ...], ...]
    """For each connection the requests that it sends in turn, over and over: whole, headers and all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back."""

    seconds: float
    """Until the last answer was there."""
    statuses: dict[str, int]
    """How many answers there were of each status."""
    latencies_ms: tuple[float, ...]
    """How long each took, the quickest first."""
    trouble: str | None
    """The first answer, or error, that wasn't a success."""


class Connection(asyncio.Protocol):
    """One client: sends a request, waits for its answer, sends the next."""

    def __init__(self, requests: tuple[bytes, ...], done: asyncio.Future[None]) -> None:
        self.requests = requests
        self.done = done
        self.statuses: dict[str, int] = {}
        self.latencies: list[float] = []
        self.trouble: str | None = None
        self._buffer = b""
        self._sent_at = 0.0
        self._until = 0.0
        self._next = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own isn't derived from it

    def connection_lost(self, exc: Exception | None) -> None:
        """The service hung up: that is never right."""
        self._end(f"the connection was lost: {exc}")

    def begin(self, until: float) -> None:
        """Ask until then."""
        self._until = until
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take what came; once the answer is whole, ask again."""
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lowered = head.lower()
        at = lowered.find(b"\r\ncontent-length:")
        length = int(lowered[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        now = time.perf_counter()
        self.latencies.append(now - self._sent_at)
        status = head[9:12].decode()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if not is_success(status) and self.trouble is None:
            self.trouble = self._buffer[:SHOWN_BYTES].decode("utf-8", "replace")
        self._buffer = b""
        if now < self._until:
            self._send()
        else:
            self._end(None)

    def _send(self) -> None:
        assert self._transport is not None
        request = self.requests[self._next]
        self._next = (self._next + 1) % len(self.requests)
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _end(self, trouble: str | None) -> None:
        if not self.done.done():
            self.trouble = self.trouble or trouble
            self.done.set_result(None)


def is_success(status: str) -> bool:
    """Whether it is what was wanted: something from 200 to 299, or that nothing has changed."""
    return status.startswith("2") or status == "304"


async def ask(plan: Plan) -> Outcome:
    """Do as planned, once told to go."""
    loop = asyncio.get_running_loop()
    connections = []
    for requests in plan.requests:
        encoded = tuple(request.encode() for request in requests)
        _, connection = await loop.create_connection(
            lambda encoded=encoded: Connection(encoded, loop.create_future()),  # type: ignore[misc]
            "127.0.0.1",
            plan.port,
        )
        connections.append(connection)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    began = time.perf_counter()
    for connection in connections:
        connection.begin(began + plan.seconds)
    ends = asyncio.gather(*(connection.done for connection in connections))
    await asyncio.wait_for(ends, plan.seconds + GRACE_SECONDS)
    took = time.perf_counter() - began
    statuses: dict[str, int] = {}
    for connection in connections:
        for status, count in connection.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    latencies = sorted(latency * 1000 for connection in connections for latency in connection.latencies)
    troubles = [connection.trouble for connection in connections if connection.trouble]
    return Outcome(took, statuses, tuple(latencies), troubles[0] if troubles else None)


def main() -> None:
    """Read the plan, carry it out, write the outcome."""
    given = json.loads(sys.stdin.readline())
    plan = Plan(given["port"], given["seconds"], tuple(tuple(each) for each in given["requests"]))
    print(json.dumps(asdict(uvloop.run(ask(plan)))), flush=True)


if __name__ == "__main__":
    main()
