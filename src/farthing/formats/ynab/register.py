"""YNAB's register: one row for each account's side of a movement; the parts of a split are rows of their own.

That of YNAB 4 has a few more columns, and writes ``(Split 1/2)`` where today's writes ``Split (1/2)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from farthing.formats import asked, numbers
from farthing.formats.dates import Order
from farthing.formats.drafts import DraftFile, DraftQuestion, DraftRow, DraftSplit, FileUnreadable, SkippedLine, Status
from farthing.formats.foreign_names import one_line, path
from farthing.formats.fractions import fitting
from farthing.formats.numbers import NumberError
from farthing.formats.registers import Registers
from farthing.formats.titled import TitledRow, amount, day, decimal_mark, headings, titled, written_days
from farthing.ledger.money import EXACT

_NEEDED = ("account", "date", "payee", "memo", "outflow", "inflow", "cleared")
_SPLIT = re.compile(r"\(?Split \(?(?P<part>[0-9]{1,4})/(?P<parts>[0-9]{1,4})\)\s*", re.IGNORECASE)
_TRANSFER = re.compile(r"Transfer ?: ?(?P<account>.+)\Z")
_STATUSES: dict[str, Status] = {"reconciled": "reconciled", "r": "reconciled", "uncleared": "pending", "u": "pending"}


def recognises(data: bytes) -> bool:
    """Whether the columns are those of YNAB's register."""
    return headings(data) >= frozenset(_NEEDED)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a register of YNAB: a statement for each account.

    Dates are written as the budget's settings have it, which the file doesn't tell; where they leave it open, it is
    asked. What isn't cleared counts as pending: the bank has yet to book it.

    Args:
        data: the whole file.
        max_rows: more rows are refused.
        answers: ``date_order``.

    Raises:
        FileUnreadable: a row has no date, or an amount that is none.
        FileTooLong: more than ``max_rows`` rows.
    """
    table = titled(data, _NEEDED, max_rows=max_rows)
    questions: list[DraftQuestion] = []
    cells = [cell for row in table.rows for cell in (row.get("outflow"), row.get("inflow")) if cell]
    likely: Order = "mdy" if any("$" in cell for cell in cells[:2]) else "dmy"
    order = asked.date_order(answers, questions, written_days(table, "date"), likely=likely)
    reading = _Reading(order, decimal_mark(cells))
    registers = Registers()
    skipped = list(table.skipped)
    for group in _groups(table.rows):
        draft = reading.row(group)
        if draft is None:
            skipped.append(SkippedLine(group[0].line, "moves no money"))
        else:
            registers.add(group[0].get("account"), draft)
    skipped.sort(key=lambda each: each.line)
    return DraftFile(
        "ynab",
        registers.statements(),
        tuple(skipped),
        understood={"encoding": table.encoding, "date_order": order, "decimal_sign": reading.mark},
        questions=tuple(questions),
        shape=table.shape,
    )


def _groups(rows: Sequence[TitledRow]) -> Iterator[list[TitledRow]]:
    """The rows of each movement: the parts of a split follow one another."""
    group: list[TitledRow] = []
    seen: set[str] = set()
    before: tuple[str | None, ...] | None = None
    for row in rows:
        found = _SPLIT.match(row.get("memo") or "")
        if found is None:
            key, part = None, ""
        else:
            key, part = (row.get("account"), row.get("date"), found["parts"]), found["part"]
        if group and (key is None or key != before or part in seen):
            yield group
            group, seen = [], set()
        group.append(row)
        seen.add(part)
        before = key
        if key is None:
            yield group
            group, seen = [], set()
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a file's cells are read."""

    order: Order
    mark: str

    def row(self, group: Sequence[TitledRow]) -> DraftRow | None:
        """The draft of a movement, or None where it moves nothing."""
        first = group[0]
        values = [self._value(row) for row in group]
        total = self._sum(values, first)
        parts = [(row, value) for row, value in zip(group, values, strict=True) if value]
        if not total and not parts:
            return None
        transfer = _transfer(first)
        is_split = len(parts) > 1
        payee = next((name for row in group if _transfer(row) is None and (name := one_line(row.get("payee")))), None)
        flag = first.get("flag")
        return DraftRow(
            first.line,
            day(first, "date", self.order),
            total,
            currency=self._currency(first),
            payee=payee,
            description=_memo(first) if not is_split else None,
            external_id=None,
            original=first.original | _others(group),
            status=_STATUSES.get((first.get("cleared") or "").casefold(), "cleared"),
            category=_category(first) if not is_split and transfer is None else None,
            transfer_to=transfer if not is_split else None,
            splits=tuple(_split(row, value) for row, value in parts) if is_split else (),
            tags=(flag,) if flag else (),
        )

    def _value(self, row: TitledRow) -> Decimal:
        """What comes into the account."""
        return self._sum([amount(row, "inflow", self.mark), -amount(row, "outflow", self.mark)], row)

    def _sum(self, values: Sequence[Decimal], row: TitledRow) -> Decimal:
        total = Decimal(0)
        for value in values:
            total = EXACT.add(total, value)
        try:
            return fitting(total)
        except NumberError as error:
            raise FileUnreadable.on_line(row.line, problem=f"line {row.line} has a sum that {error}") from error

    def _currency(self, row: TitledRow) -> str | None:
        figure = numbers.figure(row.get("inflow", "outflow") or "")
        return numbers.currency_of(figure.unit) if figure else None


def _transfer(row: TitledRow) -> str | None:
    """The account that money comes from or goes to, where it's one of the person's."""
    found = _TRANSFER.match(one_line(row.get("payee")) or "")
    return found["account"] if found else None


def _category(row: TitledRow) -> str | None:
    """The category below its group. Older files call the two otherwise."""
    group = row.get("category group", "master category")
    name = row.get("category" if group and row.get("category group") else "sub category")
    if name is None and (whole := row.get("category group/category", "category")):
        group, _, name = whole.rpartition(":")
    return path(group, name) if name else None


def _memo(row: TitledRow) -> str | None:
    memo = one_line(row.get("memo"))
    return (memo[found.end() :] if memo and (found := _SPLIT.match(memo)) else memo) or None


def _split(row: TitledRow, value: Decimal) -> DraftSplit:
    transfer = _transfer(row)
    return DraftSplit(value, None if transfer else _category(row), transfer, _memo(row))


def _others(group: Sequence[TitledRow]) -> dict[str, str]:
    """The cells of a split's parts behind the first, where they differ, numbered."""
    return {
        f"{heading} ({number})": cell
        for number, row in enumerate(group[1:], 2)
        for heading, cell in row.original.items()
        if group[0].cells.get(heading) != cell
    }
