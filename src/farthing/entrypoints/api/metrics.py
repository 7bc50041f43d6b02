"""Metrics, as Prometheus reads them: how many requests, how they ended, how long they took. Routes, never paths.

Where several workers answer requests, each counts in files of its own, in a folder that they share, and whoever is
asked adds up what is there; a worker that has died still counts. That is prometheus_client's own way of doing it, and
it looks for the folder's name in the environment when it is imported.
"""

from __future__ import annotations

import asyncio
import os

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from farthing.core.database import DRIVER_ERRORS, Database
from farthing.core.permissions import ANYONE
from farthing.core.queue import Queue
from farthing.core.serving import Operation, open_to
from farthing.core.statements import prepared

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
QUEUE_SECONDS = 2.0
"""How long the database may take to tell of its jobs."""
STATES = {"queued": "queued", "picked": "running", "failed": "failed"}
"""What the queue's states are called to the outside."""
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""What the environment calls the folder; without it, this process is the only one that counts."""


class Metrics:
    """Counts requests."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._requests = Counter(
            "farthing_requests", "Requests answered.", ["method", "route", "status"], registry=self._own
        )
        self._seconds = Histogram(
            "farthing_request_seconds",
            "How long requests took.",
            ["method", "route"],
            registry=self._own,
            buckets=BUCKETS,
        )
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.registry = self._own
        if os.environ.get(SHARED_FOLDER):
            self.registry = CollectorRegistry()
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        answered, took = self._kinds.get((method, route, status)) or self._kind(method, route, status)
        answered.inc()
        took.observe(seconds)

    def _kind(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """What counts requests of a kind: looked up once, for as long as the process lives."""
        kind = self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)
        self._kinds[method, route, status] = kind
        return kind

    def router(self) -> APIRouter:
        """Where they are read."""
        router = APIRouter(
            tags=["operations"], route_class=Operation, generate_unique_id_function=lambda route: route.name
        )

        @router.get("/metrics", dependencies=[open_to(ANYONE)], response_class=Response)
        async def get_metrics(request: Request) -> Response:
            """What Prometheus collects. What is said of jobs is the same in each process: it stands in the database."""
            told = await _told_by(request.app.state.doorkeeper.database)
            return Response(generate_latest(self.registry) + generate_latest(told), media_type=CONTENT_TYPE_LATEST)

        return router


async def _told_by(database: Database) -> CollectorRegistry:
    """How many jobs there are and how long they have been due, and of how many books sums were found to be wrong.

    Nothing of that while the database is away.
    """
    registry = CollectorRegistry()
    jobs = Gauge("farthing_jobs", "Jobs that aren't over, and dead letters.", ["kind", "state"], registry=registry)
    oldest = Gauge(
        "farthing_jobs_oldest_seconds",
        "How long the oldest of them has been due.",
        ["kind", "state"],
        registry=registry,
    )
    wrong = Gauge(
        "farthing_books_with_wrong_sums",
        "Books whose sums weren't those of their postings when they were last looked into.",
        registry=registry,
    )
    try:
        async with asyncio.timeout(QUEUE_SECONDS), database.connect() as connection:
            figures = await Queue(connection).figures()
            wrong.set(await connection.value(_WRONG_SUMS))
    except DRIVER_ERRORS:
        return registry
    for row in figures:
        jobs.labels(row["kind"], STATES[row["status"]]).set(row["count"])
        oldest.labels(row["kind"], STATES[row["status"]]).set(max(0.0, row["seconds"]))
    return registry


_WRONG_SUMS = prepared("SELECT books_with_wrong_sums()")
