"""The program as a person starts it: commands that come to an end, and one that serves until it is told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
COMPILED = Path(tempfile.gettempdir()) / f"farthing-compiled-{os.getuid()}"
"""Compiled modules are kept apart from the checkout, and kept: else each start would compile the program anew."""
PATIENCE_SECONDS = 60


def surroundings(**given: str) -> dict[str, str]:
    """An environment that says nothing of Farthing but what is given."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONPYCACHEPREFIX": str(COMPILED),
        "COLUMNS": "200",
        "FARTHING_REFERENCE_RATES": "off",  # a second and more of each test that has a database of its own
        **given,
    }


def run(*arguments: object, said: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command, to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "farthing", *map(str, arguments)],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        cwd="/",
        env=surroundings(**environment),
    )


def answered(*arguments: object, said: str | None = None, **environment: str) -> Any:
    """What a command that succeeds answers in JSON."""
    done = run(*arguments, "--json", said=said, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass
class Service:
    """``farthing serve``, once it is ready."""

    process: subprocess.Popen[str]
    said: str

    @property
    def url(self) -> str:
        return self.said.removeprefix("Farthing is ready at ").split()[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(PATIENCE_SECONDS)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return code


def serve(data_dir: Path, *arguments: str, log: Path, **environment: str) -> Service:
    """Start it, on a free port and in a process group of its own, and wait until it says that it is ready."""
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "farthing", "serve", "--data-dir", data_dir, "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd="/",
            env=surroundings(**environment),
            process_group=0,
        )
    assert process.stdout
    said = process.stdout.readline().strip()
    assert said, log.read_text("utf-8")
    return Service(process, said)
