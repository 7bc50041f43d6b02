"""What processes cost: CPU time and memory, as the kernel keeps them under ``/proc``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
IDLE_FIELDS = (3, 4)
"""Of the "cpu" line: idle, and waiting for a disk."""
INTERRUPT_FIELDS = (5, 6)
"""Of the "cpu" line: interrupts. A kernel that times them, rather than guess by ticks, charges them to no process."""
COUNTED_FIELDS = 8
"""Of the "cpu" line: time of guests, which follows, is in the others already."""


@dataclass(frozen=True, slots=True)
class Stat:
    """One process, from ``/proc/PID/stat``. In seconds."""

    pid: int
    parent: int
    own: float
    """What it used itself, all threads together."""
    reaped: float
    """What its children used that have ended, and theirs."""


def parse_stat(line: str) -> Stat:
    """Read ``/proc/PID/stat``. A program's name may hold blanks and brackets, so the fields count from the last one."""
    head, _, tail = line.rpartition(")")
    fields = tail.split()
    user, system, child_user, child_system = (int(field) for field in fields[11:15])
    return Stat(
        pid=int(head.split(" ", 1)[0]),
        parent=int(fields[1]),
        own=(user + system) / TICKS_PER_SECOND,
        reaped=(child_user + child_system) / TICKS_PER_SECOND,
    )


def parse_busy(text: str) -> float:
    """Seconds that all cores together were busy with programs, or taken away by the host, from ``/proc/stat``."""
    fields = [int(field) for field in text.split("\n", 1)[0].split()[1:]][:COUNTED_FIELDS]
    apart = IDLE_FIELDS + (INTERRUPT_FIELDS if fields[INTERRUPT_FIELDS[0]] else ())
    return (sum(fields) - sum(fields[place] for place in apart)) / TICKS_PER_SECOND


def parse_pss(text: str) -> int:
    """Bytes of memory, shared pages shared out, from ``/proc/PID/smaps_rollup``."""
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def stat(pid: int) -> Stat | None:
    """A process, or None if it is gone."""
    try:
        return parse_stat((PROC / str(pid) / "stat").read_text("utf-8", "replace"))
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(root: int) -> list[Stat]:
    """A process and all below it."""
    everyone = [found for entry in PROC.iterdir() if entry.name.isdigit() and (found := stat(int(entry.name)))]
    below: dict[int, list[Stat]] = {}
    for each in everyone:
        below.setdefault(each.parent, []).append(each)
    family = [each for each in everyone if each.pid == root]
    for each in family:  # grows while it is walked
        family += below.get(each.pid, [])
    return family


def cpu_of(root: int) -> float:
    """Seconds that a process and all it ever started have used, those that have ended included."""
    return sum(each.own + each.reaped for each in tree(root))


def memory_of(roots: Sequence[int]) -> int:
    """Bytes that processes and all below them use, shared pages counted once."""
    total = 0
    for root in roots:
        for each in tree(root):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += parse_pss((PROC / str(each.pid) / "smaps_rollup").read_text("utf-8"))
    return total


def machine_busy() -> float:
    """Seconds that all cores together were busy since the machine started."""
    return parse_busy((PROC / "stat").read_text("utf-8"))


def listens(pid: int, port: int) -> bool:
    """Whether it is this process, and no other, that listens on a TCP port of this machine's."""
    inodes = set()
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError):
            inodes |= parse_listeners((PROC / "net" / name).read_text("utf-8"), port)
    held = set()
    for link in (PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held.add(str(link.readlink()))
    return bool(inodes) and all(f"socket:[{inode}]" in held for inode in inodes)


def parse_listeners(table: str, port: int) -> set[str]:
    """The sockets that listen on a port, by inode, from ``/proc/net/tcp``."""
    rows = (line.split() for line in table.splitlines()[1:])
    return {row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used so far, or between two such moments. In seconds."""

    at: float
    machine: float
    service: float
    postgres: float
    load: float
    bench: float

    def since(self, before: Usage) -> Usage:
        """What was used in between."""
        return Usage(
            at=self.at - before.at,
            machine=self.machine - before.machine,
            service=self.service - before.service,
            postgres=self.postgres - before.postgres,
            load=self.load - before.load,
            bench=self.bench - before.bench,
        )

    @property
    def others(self) -> float:
        """Cores that programs which aren't part of this kept busy."""
        return max(0.0, (self.machine - self.service - self.postgres - self.load - self.bench) / self.at)

    @property
    def load_cores(self) -> float:
        """Cores that the load generator, or ``pgbench``, kept busy."""
        return self.load / self.at
