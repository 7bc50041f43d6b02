"""ezBookkeeping: the CSV or TSV of transactions that it exports (``pkg/converters/default``).

A transfer is one row with both accounts; a change of a balance by hand is what the account began with. A refund takes
from what was spent on its category.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from farthing.formats import asked
from farthing.formats.chart import Chart
from farthing.formats.drafts import (
    DraftBook,
    DraftFile,
    DraftPosting,
    DraftQuestion,
    DraftTransaction,
    FileUnreadable,
    SkippedLine,
)
from farthing.formats.foreign_names import one_line
from farthing.formats.titled import Titled, TitledRow, amount, day, headings, titled
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.currencies import NOT_MONEY, is_code

_NEEDED = ("time", "type", "sub category", "account", "amount", "account2", "account2 amount")
_LONGEST_FACT = 500


def recognises(data: bytes) -> bool:
    """Whether the columns are those of ezBookkeeping."""
    return headings(data) >= frozenset(_NEEDED)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read an export of ezBookkeeping. Days are those of each transaction's own time zone, as they are written.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``currency``, for a file without a column that says it.

    Raises:
        FileUnreadable: a row has no time, amount, account, or a type that isn't known.
        FileTooLong: more than ``max_rows`` transactions.
    """
    return _Reader(titled(data, _NEEDED, max_rows=max_rows), answers).file()


@dataclass(slots=True)
class _Reader:
    """Reads a table, noting what it leaves out."""

    table: Titled
    answers: Mapping[str, str]
    chart: Chart = field(default_factory=Chart)
    questions: list[DraftQuestion] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    unnamed: str = ""

    def file(self) -> DraftFile:
        self.skipped.extend(self.table.skipped)
        if any(not row.get("account currency") for row in self.table.rows):
            currency = asked.currency(self.answers, self.questions, of="The file")
            if currency is None:
                return DraftFile("ezbookkeeping", questions=tuple(self.questions), shape=self.table.shape)
            self.unnamed = currency
        drafts = [draft for row in self.table.rows if (draft := self._transaction(row)) is not None]
        drafts.sort(key=lambda each: each.date)
        self.skipped.sort(key=lambda each: each.line)
        return DraftFile(
            "ezbookkeeping",
            skipped=tuple(self.skipped),
            understood={"encoding": self.table.encoding, "transactions": str(len(drafts))},
            book=DraftBook(self.chart.accounts(drafts), tuple(drafts)),
            shape=self.table.shape if self.unnamed else None,
        )

    def _transaction(self, row: TitledRow) -> DraftTransaction | None:
        value = amount(row, "amount")
        if not value:
            self.skipped.append(SkippedLine(row.line, "moves no money"))
            return None
        type_ = (row.get("type") or "").casefold()
        currency = self._currency(row, "account currency")
        facts: dict[str, str | bool | Decimal | dt.date] = {}
        if type_ == "balance modification":
            postings = self._pair(row, value, currency, self.chart.system(SystemRole.OPENING_BALANCES))
        elif type_ == "income":
            postings = self._pair(row, value, currency, self._category(row, AccountKind.INCOME, value))
        elif type_ == "expense":
            postings = self._pair(row, -value, currency, self._category(row, AccountKind.EXPENSE, -value))
        elif type_ == "refund":
            postings = self._pair(row, value, currency, self._category(row, AccountKind.EXPENSE, -value))
        elif type_ == "transfer":
            postings = self._transfer(row, value, currency)
            if category := one_line(row.get("sub category", "category")):
                facts["category"] = category[:_LONGEST_FACT]
        else:
            raise FileUnreadable.on_line(
                row.line, problem=f"line {row.line} has a type of transaction that isn't known"
            )
        return DraftTransaction(
            row.line,
            day(row, "time"),
            postings,
            description=one_line(row.get("description", "comment")),
            tags=tuple(dict.fromkeys(tag for each in (row.get("tags") or "").split(";") if (tag := one_line(each)))),
            metadata=facts,
            is_opening=type_ == "balance modification",
            original=row.original,
        )

    def _pair(self, row: TitledRow, value: Decimal, currency: str, other: str) -> tuple[DraftPosting, ...]:
        account = self._account(row, "account", currency)
        return DraftPosting(account, value, currency), DraftPosting(other, -value, currency)

    def _transfer(self, row: TitledRow, value: Decimal, currency: str) -> tuple[DraftPosting, ...]:
        there = self._currency(row, "account2 currency") if row.get("account2 currency") else currency
        arrived = amount(row, "account2 amount") or value
        return (
            DraftPosting(self._account(row, "account", currency), -value, currency),
            DraftPosting(self._account(row, "account2", there), arrived, there),
        )

    def _account(self, row: TitledRow, heading: str, currency: str) -> str:
        name = one_line(row.get(heading))
        if name is None:
            raise FileUnreadable.on_line(row.line, problem=f"line {row.line} names no account in '{heading}'")
        return self.chart.account(name, AccountKind.ASSET, name, currency=currency)

    def _category(self, row: TitledRow, kind: AccountKind, value: Decimal) -> str:
        group, name = one_line(row.get("category")), one_line(row.get("sub category"))
        if name is None and group is None:
            return self.chart.uncategorised(value)
        if name is None or group == name:
            group, name = None, name or group
        return self.chart.account((group, name), kind, group, name)

    def _currency(self, row: TitledRow, heading: str) -> str:
        code = (row.get(heading) or "").upper()
        if not code:
            return self.unnamed
        if not is_code(code) or code in NOT_MONEY:
            raise FileUnreadable.on_line(row.line, problem=f"line {row.line} has no code of a currency in '{heading}'")
        return code
