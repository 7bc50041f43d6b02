"""Reading files in processes of their own, a few at a time: no file takes more time or memory than it may."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from farthing.core import bounds
from farthing.features.imports.errors import FileEmpty, FileTooCostly
from farthing.features.imports.messages import LENGTH, MEMORY_BYTES, Wanted, unpack
from farthing.formats.drafts import DraftFile

READING_SECONDS = 60.0
"""The longest that reading one file takes, by the clock."""
COMMAND = ("-P", "-c", "from farthing.features.imports.apart import main; main()")


class ReaderBroken(RuntimeError):
    """A reader has a defect; says where."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person knows about a file: its format (None: the file must speak for itself), and answers to what it
    leaves open, by the names of the questions.
    """

    format: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


class FileReader:
    """Reads files. A process is started when one is needed, waits a while for the next file, and ends by itself."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(bounds.IMPORTS_AT_ONCE)
        self._waiting: list[_Process] = []

    async def read(self, data: bytes, hints: Hints) -> DraftFile:
        """What a file says, read as the person says where it could be read in more than one way.

        Raises:
            FileEmpty: nothing is in it.
            FileFormatUnknown, FileUnreadable, FileReadingUnsure, FileTooLong: it can't be read.
            FileTooCostly: reading it takes more time or memory than it may.
        """
        if not data.strip():
            raise FileEmpty.at("/file")
        async with self._turns:
            return await asyncio.to_thread(
                self._read, Wanted(data, hints.format, bounds.IMPORT_ROWS, dict(hints.answers))
            )

    def close(self) -> None:
        """End the processes that wait."""
        while self._waiting:
            self._waiting.pop().end()

    def _read(self, wanted: Wanted) -> DraftFile:
        while True:
            process = self._waiting.pop() if self._waiting else _Process()
            outcome = process.ask(wanted)
            if outcome is not None:
                break
        kind, told = outcome
        if process.is_alive():
            self._waiting.append(process)
        else:
            process.end()
        if kind == "file":
            return unpack(told)
        if kind == "fault":
            raise told.fault()
        if kind == "defect":
            raise ReaderBroken(told)
        raise FileTooCostly.at("/file", limit=f"{MEMORY_BYTES // 1_000_000} MB" if kind == "memory" else told)


class _Process:
    """A process that reads files, one after the other."""

    def __init__(self) -> None:
        self.is_new = True
        self.process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, *COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return self.process.poll() is None

    def ask(self, wanted: Wanted) -> tuple[str, Any] | None:
        """What came of reading a file; None: it had ended before, perhaps."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(READING_SECONDS, give_up)
        timer.daemon = True
        timer.start()
        try:
            answered = self._ask(wanted)
        finally:
            timer.cancel()
        if answered is not None:
            self.is_new = False
            return answered
        code = self.process.wait()
        self.end()
        if not self.is_new and not late.is_set():
            return None  # it may have waited long enough; what makes a new one end, too, is the file
        return "time" if late.is_set() or code < 0 else "memory", f"{READING_SECONDS:.0f} seconds"

    def _ask(self, wanted: Wanted) -> tuple[str, Any] | None:
        asked, told = self.process.stdin, self.process.stdout
        assert asked is not None, "it has pipes"  # noqa: S101 - it was started with them
        assert told is not None, "it has pipes"  # noqa: S101 - as above
        message = pickle.dumps(wanted, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            asked.write(LENGTH.pack(len(message)))
            asked.write(message)
            asked.flush()
            length = told.read(LENGTH.size)
            if len(length) < LENGTH.size:
                return None
            size = LENGTH.unpack(length)[0]
            answer = told.read(size)
        except OSError:
            return None
        if len(answer) < size:
            return None
        found: tuple[str, Any] = pickle.loads(answer)  # noqa: S301 - of our own process
        return found

    def end(self) -> None:
        """End it, if it hasn't."""
        with contextlib.suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()
