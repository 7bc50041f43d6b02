"""Stated balances of a statement: the balances that a file puts in words, beside what its rows make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from farthing.formats import dates, numbers
from farthing.formats.bank_order import day_before
from farthing.formats.dates import DateError, Order
from farthing.formats.drafts import DraftBalance, DraftStatement
from farthing.formats.numbers import NumberError
from farthing.formats.sheets.stated import Stated
from farthing.ledger.money import EXACT


@dataclass(frozen=True, slots=True)
class StatedBalances:
    """The balances in words, with the notation of the file's other figures."""

    balances: Sequence[Stated]
    decimal_mark: str
    order: Order

    def added_to(self, statement: DraftStatement) -> tuple[DraftStatement, list[str]]:
        """The statement with the balances that only words state, and warnings where they contradict it."""
        warnings: list[str] = []
        closing, opening = self._only("closing", statement), self._only("opening", statement)
        if closing and statement.closing and closing.amount != statement.closing.amount:
            off = EXACT.subtract(closing.amount, statement.closing.amount)
            warnings.append(f"The file states a closing balance that is off by {off} from its last running balance.")
        fuller = replace(statement, opening=statement.opening or opening, closing=statement.closing or closing)
        if fuller.opening and fuller.closing and (opening or closing):
            made = fuller.opening.amount
            for row in fuller.rows:
                made = EXACT.add(made, row.amount)
            if made != fuller.closing.amount:
                off = EXACT.subtract(fuller.closing.amount, made)
                warnings.append(f"The stated closing balance is off by {off} from the opening balance and the rows.")
                if opening and not statement.opening:
                    fuller = replace(fuller, opening=None)  # of two that contradict each other, the later one counts
        return fuller, warnings

    def _only(self, kind: Literal["opening", "closing"], statement: DraftStatement) -> DraftBalance | None:
        """The one balance of a kind, if all lines that state one agree, and its day can be told."""
        found: dict[Decimal, DraftBalance] = {}
        for stated in self.balances:
            if stated.kind == kind and (amount := self._amount(stated)) is not None:
                day = self._day(stated) or _usual_day(kind, statement)
                if day is not None:
                    found[amount] = DraftBalance(amount, day)
        return next(iter(found.values())) if len(found) == 1 else None

    def _amount(self, stated: Stated) -> Decimal | None:
        votes = numbers.decimal_votes([stated.figure])
        mark = next((mark for mark in ".," if votes[mark]), self.decimal_mark)
        try:
            return numbers.amount(stated.figure, mark)
        except NumberError:
            return None

    def _day(self, stated: Stated) -> dt.date | None:
        try:
            return dates.day(stated.written, self.order) if stated.written else None
        except DateError:
            return None


def _usual_day(kind: Literal["opening", "closing"], statement: DraftStatement) -> dt.date | None:
    if not statement.rows:
        return None
    return day_before(statement.rows) if kind == "opening" else max(row.date for row in statement.rows)
