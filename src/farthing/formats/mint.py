"""Mint: the CSV of transactions that it let people download, and that others still write.

A row is one account's side of a movement; amounts have no sign, ``Transaction Type`` says which way they went.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from farthing.formats.drafts import DraftFile, DraftRow, FileUnreadable, SkippedLine
from farthing.formats.foreign_names import one_line, segment
from farthing.formats.registers import Registers
from farthing.formats.titled import TitledRow, amount, day, decimal_mark, headings, titled

_NEEDED = ("date", "description", "original description", "amount", "transaction type", "category", "account name")
_SIGNS = {"debit": -1, "credit": 1}
_TRANSFERS = frozenset({"transfer", "credit card payment", "transfer for cash spending", "internal transfer"})
"""Categories that say no more than that the money went to another account."""


def recognises(data: bytes) -> bool:
    """Whether the columns are Mint's."""
    return headings(data) >= frozenset(_NEEDED)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG001 - nothing is left open
) -> DraftFile:
    """Read an export of Mint: a statement for each account. Its dates have the month first, always.

    Args:
        data: the whole file.
        max_rows: more rows are refused.
        answers: not asked for; the format leaves nothing open.

    Raises:
        FileUnreadable: a row has no date, amount or type.
        FileTooLong: more than ``max_rows`` rows.
    """
    table = titled(data, _NEEDED, max_rows=max_rows)
    mark = decimal_mark(row.get("amount") or "" for row in table.rows)
    registers = Registers()
    skipped = list(table.skipped)
    for row in table.rows:
        if (draft := _row(row, mark)) is None:
            skipped.append(SkippedLine(row.line, "moves no money"))
        else:
            registers.add(row.get("account name"), draft)
    skipped.sort(key=lambda each: each.line)
    return DraftFile(
        "mint", registers.statements(), tuple(skipped), understood={"encoding": table.encoding, "date_order": "mdy"}
    )


def _row(row: TitledRow, mark: str) -> DraftRow | None:
    sign = _SIGNS.get((row.get("transaction type") or "").casefold())
    if sign is None:
        problem = f"line {row.line} is neither debit nor credit in 'transaction type'"
        raise FileUnreadable.on_line(row.line, problem=problem)
    value = amount(row, "amount", mark)
    if not value:
        return None
    category = row.get("category")
    is_transfer = (category or "").casefold() in _TRANSFERS
    return DraftRow(
        row.line,
        day(row, "date", "mdy"),
        value if sign > 0 else -value,
        payee=one_line(row.get("description")),
        description=one_line(row.get("original description")),
        category=segment(category) if category and not is_transfer else None,
        tags=_tags(row.get("labels") or ""),
        notes=row.get("notes"),
        original=row.original,
    )


def _tags(labels: str) -> tuple[str, ...]:
    """Labels, which Mint parts by spaces, and those who write as it does by commas."""
    parts = labels.split(",") if "," in labels else labels.split()
    return tuple(dict.fromkeys(part for each in parts if (part := " ".join(each.split()))))
