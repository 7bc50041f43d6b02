"""Reading files in a process of its own: what a hostile file costs is bounded there, and ends with it.

:func:`main` reads requests from its standard input and answers on its standard output, one after the other, until there
is no more input or nobody asked for a while. Its process has no connection to the database, and no key.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import marshal
import os
import pickle
import resource
import select
import signal
import struct
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, BinaryIO

from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile, DraftRow
from farthing.kit.faults import Blame, Fault

MEMORY_BYTES = 2_000_000_000
"""The most address space that reading takes."""
CPU_SECONDS = 45
"""The most processor time that reading one file takes."""
IDLE_SECONDS = 30.0
"""So long a process waits for another file."""
LARGE_BYTES = 400_000_000
"""A process that has grown beyond this ends with its answer: it gives the memory back."""
LENGTH = struct.Struct(">Q")
TAKEN_APART = frozenset({"date", "amount", "value_date", "balance", "original"})
RARE = ("splits", "tags", "foreign", "security")
"""Fields of which a row that has any goes as it is."""
PLAIN = tuple(each.name for each in fields(DraftRow) if each.name not in TAKEN_APART and each.name not in RARE)
"""Fields of a row that are handed over as they are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read, and how."""

    data: bytes
    format: str | None
    max_rows: int
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A fault, taken apart: its class, its facts and what it blames."""

    kind: type[Fault]
    facts: dict[str, object]
    blames: tuple[Blame, ...]

    @classmethod
    def of(cls, fault: Fault) -> Told:
        """Of a fault that was raised."""
        return cls(type(fault), fault.facts, fault.blames)

    def fault(self) -> Fault:
        """The fault again."""
        return self.kind(blames=self.blames, **self.facts)


def pack(file: DraftFile) -> bytes:
    """A file as bytes. Rows, of which there may be many, go as plain values: that is a few times quicker."""
    heads = replace(file, statements=tuple(replace(each, rows=()) for each in file.statements))
    rows = [[_packed(row) for row in statement.rows] for statement in file.statements]
    head, body = pickle.dumps(heads, protocol=pickle.HIGHEST_PROTOCOL), marshal.dumps(rows)
    return b"".join((LENGTH.pack(len(head)), head, body))


def unpack(data: bytes) -> DraftFile:
    """The file again."""
    end = LENGTH.size + LENGTH.unpack_from(data)[0]
    file: DraftFile = pickle.loads(data[LENGTH.size : end])  # noqa: S301 - of our own process
    rows = marshal.loads(memoryview(data)[end:])  # noqa: S302 - as above
    return replace(
        file,
        statements=tuple(
            replace(statement, rows=tuple(map(_unpacked, its)))
            for statement, its in zip(file.statements, rows, strict=True)
        ),
    )


def _packed(row: DraftRow) -> Any:
    if any(getattr(row, name) for name in RARE):
        return pickle.dumps(row, protocol=pickle.HIGHEST_PROTOCOL)
    return (
        row.date.toordinal(),
        str(row.amount),
        row.value_date and row.value_date.toordinal(),
        None if row.balance is None else str(row.balance),
        dict(row.original),
        *(getattr(row, name) for name in PLAIN),
    )


def _unpacked(packed: Any) -> DraftRow:
    if isinstance(packed, bytes):
        row: DraftRow = pickle.loads(packed)  # noqa: S301 - of our own process
        return row
    day, amount, value_day, balance, original, *plain = packed
    return DraftRow(
        date=dt.date.fromordinal(day),
        amount=Decimal(amount),
        value_date=dt.date.fromordinal(value_day) if value_day else None,
        balance=None if balance is None else Decimal(balance),
        original=original,
        **dict(zip(PLAIN, plain, strict=True)),
    )


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
