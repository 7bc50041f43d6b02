"""Registers: rows of several accounts in one file, gathered into a statement for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from farthing.formats.bank_order import direction_by_dates
from farthing.formats.drafts import DraftRow, DraftStatement, FileUnreadable
from farthing.formats.foreign_names import one_line

MOST_ACCOUNTS = 1_000


@dataclass(slots=True)
class Registers:
    """The registers of a file, by what it calls their accounts."""

    _rows: dict[str | None, list[DraftRow]] = field(default_factory=dict)
    _types: dict[str | None, str] = field(default_factory=dict)
    _numbers: dict[str | None, str] = field(default_factory=dict)

    def add(
        self,
        account: str | None,
        row: DraftRow,
        *,
        type: str | None = None,  # noqa: A002 - the draft's word
        number: str | None = None,
    ) -> None:
        """Put a row into an account's register.

        Args:
            account: what the file calls it.
            row: the row.
            type: one of Farthing's types of accounts, where the file says so.
            number: the account's number.

        Raises:
            FileUnreadable: more accounts than anyone has.
        """
        name = one_line(account)
        self._rows.setdefault(name, []).append(row)
        if type:
            self._types.setdefault(name, type)
        if number:
            self._numbers.setdefault(name, number)
        if len(self._rows) > MOST_ACCOUNTS:
            raise FileUnreadable.on_line(row.line, problem=f"it has rows of more than {MOST_ACCOUNTS} accounts")

    def statements(self) -> tuple[DraftStatement, ...]:
        """A statement for each account, oldest first. Its currency is that of all its rows, if they agree."""
        return tuple(self._statement(name, rows) for name, rows in self._rows.items())

    def _statement(self, name: str | None, rows: list[DraftRow]) -> DraftStatement:
        ordered = list(reversed(rows)) if direction_by_dates([row.date for row in rows]) == "newest first" else rows
        ordered = sorted(ordered, key=lambda row: row.date)
        currencies = Counter(row.currency for row in rows)
        return DraftStatement(
            tuple(ordered),
            number=self._numbers.get(name),
            account_type=self._types.get(name),
            currency=next(iter(currencies)) if len(currencies) == 1 else None,
            name=name,
        )
