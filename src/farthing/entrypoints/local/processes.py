"""Which processes are a certain server's: what a pid in a file can't say, since pids are used again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICK_SECONDS = 0.005
"""How often a state is looked at while waiting for it to change."""

PS_SECONDS = 10


def named(name: str) -> set[int]:
    """The pids of PostgreSQL processes that show ``name``, their cluster's, where ``ps`` would show it.

    That finds a server and, if it was killed, its orphans, whoever started them. The name is all there is to go by:
    in a container, even root may not see in which folder another account's process works.
    """
    if not PROC.is_dir():
        return _named_by_ps(name)
    found = set()
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # gone by now
                shown = (entry / "comm").read_bytes() == b"postgres\n" and (entry / "cmdline").read_bytes()
                if shown and name.encode() in shown:
                    found.add(int(entry.name))
    return found


def _named_by_ps(name: str) -> set[int]:
    """The same where there is no /proc, as on macOS."""
    listed = subprocess.run(
        ["/bin/ps", "-Aww", "-o", "pid=,args="], capture_output=True, check=True, timeout=PS_SECONDS
    )
    lines = (line.split(None, 1) for line in listed.stdout.decode("utf-8", "replace").splitlines())
    return {int(pid) for pid, shown in lines if name in shown and "postgres" in shown}


def alive(pid: int) -> bool:
    """Whether the process runs. One that has ended and only waits for its parent to notice doesn't."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # After the name, which is in brackets and may hold anything, comes the state.
        return (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except (OSError, IndexError):
        return not PROC.is_dir() or (PROC / str(pid)).exists()


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to those that still run."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def wait_gone(pids: Iterable[int], seconds: float) -> bool:
    """Wait until all have ended, at most ``seconds``. Returns whether they have."""
    left = set(pids)
    until = time.monotonic() + seconds
    while left := {pid for pid in left if alive(pid)}:
        if time.monotonic() >= until:
            return False
        time.sleep(TICK_SECONDS)
    return True
