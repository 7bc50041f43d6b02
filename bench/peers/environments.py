"""Environments of their own for peers written in Python: what they need is no business of the service's."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

UV = Path(sys.executable).parent / "uv"
"""One of the tools for development."""
INSTALL_SECONDS = 300
READY = "ready"
"""A file that an environment has once it is whole."""


class PeerUnavailable(Exception):
    """A peer can't be run here; says why."""


def cache() -> Path:
    """Where environments are kept from one run to the next."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "farthing-bench"


def python_with(requirements: Sequence[str], place: Path | None = None) -> Path:
    """A Python that has these packages; the environment is made when it is first asked for.

    Raises:
        PeerUnavailable: it can't be made, say for want of a network.
    """
    digest = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()[:16]
    folder = (place or cache()) / digest
    python = folder / "bin" / "python"
    if not (folder / READY).exists():
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--python", str(python), *requirements)
        (folder / READY).touch()
    return python


def _uv(*arguments: str) -> None:
    try:
        ended = subprocess.run(
            [UV, "--quiet", *arguments], check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise PeerUnavailable(f"what it needs can't be installed ({type(trouble).__name__})") from trouble
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        raise PeerUnavailable(f"what it needs can't be installed ({last.strip()[:200]})")
