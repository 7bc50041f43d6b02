"""Other programs for the tests to meet: they use a folder, and can be spoken to, killed and waited for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from farthing.entrypoints.local.account import Account

ROOT = Path(__file__).parents[3]

KEEPER = """
import pathlib, sys
from farthing.entrypoints.local import open_cluster
from farthing.kit.faults import Fault
try:
    with open_cluster(pathlib.Path(sys.argv[1]), mode=sys.argv[2]) as cluster:
        cluster.announce("http://127.0.0.1:8123")
        print(cluster.pid, cluster.url, flush=True)
        sys.stdin.read()
except Fault as fault:
    print(fault.code, fault.detail, flush=True)
"""
"""Opens a folder's cluster, prints the server's pid and URL, and keeps it open until its input ends."""


@dataclass(frozen=True)
class Program:
    """A program that has said its first line."""

    process: subprocess.Popen[str]
    said: str

    @property
    def server(self) -> int:
        return int(self.said.split()[0])

    @property
    def url(self) -> str:
        return self.said.split()[1]

    def end(self) -> int:
        """Let the program come to its end, and return its exit code."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(30)


def launch(
    script: str,
    *arguments: str | Path,
    python: Sequence[str] = (sys.executable,),
    account: Account | None = None,
    **environment: str,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*python, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.defpath, **environment},
        **(account or Account()).options(),
    )


def listen(process: subprocess.Popen[str]) -> Program:
    assert process.stdout
    return Program(process, process.stdout.readline().strip())


def ask(url: str, query: str, *arguments: object) -> Any:
    """The one value that a query yields."""
    return talk(url, lambda connection: connection.fetchval(query, *arguments))


def tell(url: str, statement: str) -> None:
    talk(url, lambda connection: connection.execute(statement))


def talk(url: str, say: Callable[[Any], Awaitable[Any]]) -> Any:
    async def conversation() -> Any:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await say(connection)
        finally:
            connection.terminate()

    return asyncio.run(conversation())
