"""Actual's CSV: a row for each transaction, the parts of a split behind it.

The row of a split says ``(SPLIT INTO 2)`` in its notes and has its sum in ``Split_Amount``; each part says
``(SPLIT 1 OF 2)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from farthing.formats.drafts import DraftFile, DraftRow, DraftSplit, FileUnreadable, SkippedLine, Status
from farthing.formats.foreign_names import one_line, path
from farthing.formats.fractions import fitting
from farthing.formats.numbers import NumberError
from farthing.formats.registers import Registers
from farthing.formats.titled import TitledRow, amount, day, headings, titled
from farthing.ledger.money import EXACT

_NEEDED = ("account", "date", "payee", "notes", "category", "amount", "split_amount", "cleared")
_WHOLE = re.compile(r"\(SPLIT INTO [0-9]{1,4}\)\s*")
_PART = re.compile(r"\(SPLIT [0-9]{1,4} OF [0-9]{1,4}\)\s*")
_STATUSES: dict[str, Status] = {"reconciled": "reconciled", "not cleared": "pending"}


def recognises(data: bytes) -> bool:
    """Whether the columns are those of Actual's CSV."""
    return headings(data) >= frozenset(_NEEDED)


def read(data: bytes, *, max_rows: int) -> DraftFile:
    """Read a CSV of Actual: a statement for each account.

    Raises:
        FileUnreadable: a row has no date, or an amount that is none.
        FileTooLong: more than ``max_rows`` rows.
    """
    table = titled(data, _NEEDED, max_rows=max_rows)
    accounts = {one_line(row.get("account")) for row in table.rows}
    registers = Registers()
    skipped = list(table.skipped)
    for group in _groups(table.rows):
        draft = _row(group, accounts)
        if draft is None:
            skipped.append(SkippedLine(group[0].line, "moves no money"))
        else:
            registers.add(group[0].get("account"), draft)
    skipped.sort(key=lambda each: each.line)
    return DraftFile("actual", registers.statements(), tuple(skipped), understood={"encoding": table.encoding})


def _groups(rows: Sequence[TitledRow]) -> Iterator[list[TitledRow]]:
    """The rows of each transaction: a split's parts follow it."""
    group: list[TitledRow] = []
    for row in rows:
        is_part = _PART.match(row.get("notes") or "") is not None
        whole = group[0] if group and _WHOLE.match(group[0].get("notes") or "") else None
        if is_part and whole and whole.get("account") == row.get("account") and whole.get("date") == row.get("date"):
            group.append(row)
            continue
        if group:
            yield group
        group = [row]
    if group:
        yield group


def _row(group: Sequence[TitledRow], accounts: set[str | None]) -> DraftRow | None:
    first, parts = group[0], group[1:]
    total = amount(first, "split_amount") or amount(first, "amount")
    splits = [_split(part, accounts) for part in parts if amount(part, "amount")]
    rest = total
    for split in splits:
        rest = EXACT.subtract(rest, split.amount)
    if splits and rest:
        try:
            splits.append(DraftSplit(fitting(rest)))
        except NumberError as error:
            raise FileUnreadable.on_line(first.line, problem=f"line {first.line} begins a sum that {error}") from error
    if not total and not splits:
        return None
    transfer = _transfer(first, accounts)
    notes = one_line(first.get("notes"))
    return DraftRow(
        first.line,
        day(first, "date"),
        total or Decimal(0),
        payee=None if transfer else one_line(first.get("payee")),
        description=_without_mark(notes),
        original=first.original,
        status=_STATUSES.get((first.get("cleared") or "").casefold(), "cleared"),
        category=None if splits or transfer else _category(first),
        transfer_to=None if splits else transfer,
        splits=tuple(splits),
        tags=tags(notes),
    )


def _split(row: TitledRow, accounts: set[str | None]) -> DraftSplit:
    transfer = _transfer(row, accounts)
    notes = one_line(row.get("notes"))
    category = None if transfer else _category(row)
    return DraftSplit(amount(row, "amount"), category, transfer, _without_mark(notes))


def _transfer(row: TitledRow, accounts: set[str | None]) -> str | None:
    """The other account of a transfer: it stands where a payee would, and there is no category."""
    payee = one_line(row.get("payee"))
    is_other = payee in accounts and payee != one_line(row.get("account"))
    return payee if is_other and not row.get("category") else None


def _category(row: TitledRow) -> str | None:
    name = row.get("category")
    return path(row.get("category_group"), name) if name else None


def _without_mark(notes: str | None) -> str | None:
    if notes is None:
        return None
    found = _WHOLE.match(notes) or _PART.match(notes)
    return (notes[found.end() :] if found else notes) or None


_TAG = re.compile(r"(?<![#\w])#([^#\s]{1,100})")


def tags(notes: str | None) -> tuple[str, ...]:
    """The words that are marked with ``#`` in notes, as Actual's tags are."""
    return tuple(dict.fromkeys(_TAG.findall(notes or "")))
