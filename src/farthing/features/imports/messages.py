"""What goes between this process and those that read files: what is wanted, and what came of it, as bytes."""

from __future__ import annotations

import datetime as dt
import marshal
import pickle
import struct
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from farthing.formats.drafts import DraftFile, DraftRow
from farthing.kit.faults import Blame, Fault

MEMORY_BYTES = 2_000_000_000
"""The most address space that reading takes."""
LENGTH = struct.Struct(">Q")
"""Before each message: how long it is."""
TAKEN_APART = frozenset({"date", "amount", "value_date", "balance", "original"})
RARE = ("splits", "tags", "foreign", "security", "corrects")
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
