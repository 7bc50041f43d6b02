"""Reading files in a process of its own: what a hostile file costs is bounded there, and ends with it.

:func:`main` reads requests from its standard input and answers on its standard output, one after the other, until there
is no more input or nobody asked for a while. Its process has no connection to the database, and no key.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import select
import signal
from collections.abc import Iterator
from typing import Any, BinaryIO

from farthing.features.imports.messages import LENGTH, MEMORY_BYTES, Told, Wanted, pack
from farthing.formats.detection import read
from farthing.kit.faults import Fault

CPU_SECONDS = 45
"""The most processor time that reading one file takes."""
IDLE_SECONDS = 30.0
"""So long a process waits for another file."""
LARGE_BYTES = 400_000_000
"""A process that has grown beyond this ends with its answer: it gives the memory back."""


def answer(wanted: Wanted) -> tuple[str, Any]:
    """What came of reading a file: ``file``, ``fault``, ``memory``, or ``defect`` with what a defect says of itself."""
    try:
        file = read(wanted.data, format=wanted.format, max_rows=wanted.max_rows, answers=wanted.answers)
        return "file", pack(file)
    except Fault as fault:
        return "fault", Told.of(fault)
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001 - a defect of a reader is told where it is noticed
        import traceback  # noqa: PLC0415 - only then

        return "defect", "".join(traceback.format_exception(error))


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer requests until there are no more."""
    # A process begins with the peak of the one that started it, which may be large: that isn't its own.
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for wanted in _requests(asked):
        _allow_cpu()
        message = pickle.dumps(answer(wanted), protocol=pickle.HIGHEST_PROTOCOL)
        told.write(LENGTH.pack(len(message)))
        told.write(message)
        told.flush()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if peak > inherited and peak * 1024 > LARGE_BYTES:
            return


def _requests(asked: BinaryIO) -> Iterator[Wanted]:
    while select.select([asked], [], [], IDLE_SECONDS)[0]:
        length = _whole(asked, LENGTH.size)
        if len(length) < LENGTH.size:
            return
        wanted: Wanted = pickle.loads(_whole(asked, LENGTH.unpack(length)[0]))  # noqa: S301 - of our own process
        yield wanted


def _whole(asked: BinaryIO, size: int) -> bytes:
    """So many bytes, or all that there are: a pipe hands them over in pieces."""
    pieces = []
    while size:
        piece = asked.read(min(size, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _allow_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, most))


def main() -> None:
    """Read files until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells all its processes; this one ends with its input
    with contextlib.suppress(ValueError, OSError):  # not every system bounds it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints doesn't print into an answer
    serve(os.fdopen(os.dup(0), "rb", buffering=0), told)
