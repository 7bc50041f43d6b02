"""Writing QIF: registers of accounts, for programs that read nothing newer.

QIF has no words for currencies, for ids, for what is pending, nor for signs that mean something to it: a slash in a
category becomes a hyphen, a line end a space. Dates are month first unless told otherwise, as Quicken has them; the
file can't say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from farthing.formats.dates import Order
from farthing.formats.drafts import DraftRow, DraftSplit, DraftStatement, Status, WrittenRegister
from farthing.formats.written import unmistakable

_TYPES = {
    **dict.fromkeys(("checking", "savings"), "Bank"),
    "cash": "Cash",
    "credit_card": "CCard",
    **dict.fromkeys(("loan", "mortgage", "payable"), "Oth L"),
    **dict.fromkeys(("investment", "property", "receivable", "other"), "Oth A"),
}
_MARKS: dict[Status, str] = {"cleared": "*", "reconciled": "X"}
_LONGEST_ADDRESS = 6
_PATTERNS: dict[Order, str] = {
    "mdy": "{0.month:02}/{0.day:02}/{0.year:04}",
    "dmy": "{0.day:02}/{0.month:02}/{0.year:04}",
    "ymd": "{0.year:04}-{0.month:02}-{0.day:02}",
}
_CATEGORY = str.maketrans({"/": "-", "[": "(", "]": ")"})
_ACCOUNT = str.maketrans({"[": "(", "]": ")"})

Ending = Literal["\n", "\r\n"]


def write(
    registers: Iterable[WrittenRegister], *, date_order: Order = "mdy", line_end: Ending = "\r\n"
) -> Iterator[bytes]:
    """Registers as a QIF file in UTF-8, a piece at a time.

    Args:
        registers: what is written, each with the account's name. The opening of one is a row before the others.
        date_order: how dates are written.
        line_end: how lines end.
    """
    for statement, rows in registers:
        writer = _Writer(_PATTERNS[date_order])
        yield _piece(writer.head(statement), line_end)
        if statement.opening is not None:
            opening = DraftRow(0, statement.opening.date, statement.opening.amount, is_opening=True)
            yield _piece(writer.row(opening, statement), line_end)
        for row in rows:
            yield _piece(writer.row(row, statement), line_end)


def _piece(lines: Iterable[str], line_end: Ending) -> bytes:
    return "".join(f"{line}{line_end}" for line in lines).encode()


class _Writer:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def head(self, statement: DraftStatement) -> Iterator[str]:
        """The account, and the heading of its register."""
        kind = _TYPES.get(statement.account_type or "checking", "Bank")
        name = _account(statement.name or statement.number or "")
        if name:
            yield "!Account"
            yield f"N{name}"
            yield f"T{kind}"
            if statement.closing is not None:
                yield f"/{self._day(statement.closing.date)}"
                yield f"${unmistakable(statement.closing.amount)}"
            yield "^"
        yield f"!Type:{kind}"

    def row(self, row: DraftRow, statement: DraftStatement) -> Iterator[str]:
        """A movement."""
        yield f"D{self._day(row.date)}"
        yield f"T{unmistakable(row.amount)}"
        if row.status in _MARKS:
            yield f"C{_MARKS[row.status]}"
        if number := _line(row.original.get("N")):
            yield f"N{number}"
        if row.is_opening:
            yield "POpening Balance"
            yield f"L[{_account(statement.name or statement.number or '')}]"
        else:
            if payee := _line(row.payee):
                yield f"P{payee}"
            if memo := _line(row.description):
                yield f"M{memo}"
            yield from (f"A{_line(each)}" for each in (row.notes or "").split("\n")[:_LONGEST_ADDRESS] if _line(each))
            if row.splits:
                yield f"L{_category(row.splits[0].category, row.splits[0].transfer_to, row.tags)}"
            elif category := _category(row.category, row.transfer_to, row.tags):
                yield f"L{category}"
            for split in row.splits:
                yield from self._split(split)
        yield "^"

    @staticmethod
    def _split(split: DraftSplit) -> Iterator[str]:
        yield f"S{_category(split.category, split.transfer_to, split.tags)}"
        if memo := _line(split.memo):
            yield f"E{memo}"
        yield f"${unmistakable(split.amount)}"

    def _day(self, date: dt.date) -> str:
        return self._pattern.format(date)


def _line(text: str | None) -> str:
    """A text on one line."""
    return " ".join((text or "").split())


def _account(name: str) -> str:
    return _line(name).translate(_ACCOUNT)


def _category(category: str | None, transfer_to: str | None, tags: Sequence[str]) -> str:
    """A category, or another account in brackets, and classes behind slashes."""
    name = f"[{_account(transfer_to)}]" if transfer_to else _line(category).translate(_CATEGORY).strip(": ")
    classes = (_line(tag).translate(_CATEGORY) for tag in tags)
    return "/".join([name, *(each for each in classes if each)])
