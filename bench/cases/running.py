"""What it takes to run: the time to start, with and without a database there, and memory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench import processes
from bench.service import served
from bench.stage import SERVICE

NAMES = ("start",)


def starts(times: int) -> dict[str, Any]:
    """Start the service with its own database: once on nothing, then so many times on what is there."""
    with tempfile.TemporaryDirectory(prefix="farthing-bench-") as place:
        folder = Path(place)
        settings = {"FARTHING_DATA_DIR": str(folder / "data")}
        with served(SERVICE, folder / "log", settings) as service:
            cold = service.seconds_to_ready
        warm = []
        idle = 0
        for _ in range(times):
            with served(SERVICE, folder / "log", settings) as service:
                warm.append(service.seconds_to_ready)
                # The embedded server is a child of the service's, though in a session of its own.
                idle = max(idle, processes.memory_of([service.pid]))
    return {"cold_start_s": cold, "warm_start_s": sorted(warm)[len(warm) // 2], "idle_memory_bytes": idle}
