from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.entrypoints.local.programs import KEEPER, Program, launch, listen

Keep = Callable[..., Program]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder that isn't there yet, with a name as people give them, where only its owner can go."""
    tmp_path.chmod(0o700)
    return tmp_path / "Haushalt für Müllers" / "my data"


@pytest.fixture
def keep(data_dir: Path) -> Iterator[Keep]:
    """Start programs that keep the folder's cluster open; all have ended when the test has."""
    programs: list[Program] = []

    def start(mode: str, folder: Path = data_dir) -> Program:
        programs.append(listen(launch(KEEPER, folder, mode)))
        return programs[-1]

    with contextlib.ExitStack() as stack:
        yield start
        for program in programs:
            stack.enter_context(program.process)
            if program.process.poll() is None:
                program.end()
