"""Actual's database: the tables of ``loot-core`` (``src/server/sql/init.sql`` and its migrations).

Amounts are in hundredths, whatever the currency. A transfer is two transactions that name each other; it becomes one.
What was deleted, or merged into something else, is still there, marked or mapped.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.formats import asked
from farthing.formats.actual.register import tags
from farthing.formats.chart import Chart
from farthing.formats.dates import FIRST_DAY, LAST_DAY
from farthing.formats.drafts import (
    DraftBook,
    DraftFile,
    DraftPosting,
    DraftQuestion,
    DraftTransaction,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
    Status,
)
from farthing.formats.foreign_names import one_line
from farthing.formats.fractions import amount, fitting
from farthing.formats.numbers import NumberError
from farthing.formats.sqlite import Database, opened, text, whole
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.currencies import BY_ISO, NOT_MONEY
from farthing.ledger.money import EXACT
from farthing.ledger.postings import MAX_POSTINGS

_MARKS = (b"payee_mapping", b"category_mapping", b"starting_balance_flag")
_HUNDREDTHS = 100
_MOST_NAMES = 100_000
_MOST_ACCOUNTS = 5_000
_PARTS_PER_TRANSACTION = 10
_LIABILITIES = {"credit": "credit_card", "mortgage": "mortgage", "debt": "loan", "loan": "loan"}
_TYPES = {"checking": "checking", "savings": "savings", "investment": "investment"}
_INCOME = "income"
_SHAPE = "actual database"


def recognises(data: bytes) -> bool:
    """Whether a database holds the tables of Actual."""
    return all(mark in data for mark in _MARKS)


def read(data: bytes, *, max_rows: int, answers: Mapping[str, str]) -> DraftFile:
    """Read a database of Actual.

    Raises:
        FileUnreadable: it is damaged, or lacks an account, a date or an amount somewhere.
        FileTooLong: more than ``max_rows`` transactions.
    """
    with opened(data) as database:
        if missing := [table for table in ("accounts", "transactions", "payees") if table not in database.tables]:
            raise FileUnreadable.on_line(None, problem=f"it is a database without the table '{missing[0]}'")
        return _Reader(database, max_rows, answers).file()


@dataclass(slots=True)
class _Transaction:
    """A row of the table of transactions."""

    line: int
    id: str
    account: str
    amount: Decimal
    date: dt.date
    payee: str
    category: str
    notes: str | None
    other: str
    parent: str
    status: Status
    is_parent: bool
    is_opening: bool
    original: dict[str, str]


_COLUMNS = (
    "id",
    "acct",
    "amount",
    "date",
    "description",
    "category",
    "notes",
    "transferred_id",
    "isParent",
    "isChild",
    "parent_id",
    "cleared",
    "reconciled",
    "starting_balance_flag",
    "imported_description",
    "financial_id",
    "tombstone",
)


@dataclass(slots=True)
class _Reader:
    """Drafts a budget, noting what it leaves out."""

    database: Database
    max_rows: int
    answers: Mapping[str, str]
    chart: Chart = field(default_factory=Chart)
    questions: list[DraftQuestion] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    """The paths of accounts, by their ids."""
    payees: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """The names of payees, and the accounts that stand for one in transfers, by their ids."""
    categories: dict[str, tuple[AccountKind, str | None, str | None]] = field(default_factory=dict)
    currency: str = ""
    parts: dict[str, list[_Transaction]] = field(default_factory=dict)

    def file(self) -> DraftFile:
        if not self._settle_currency():
            return DraftFile("actual", questions=tuple(self.questions), shape=_SHAPE)
        self._note_accounts()
        self._note_payees()
        self._note_categories()
        drafts = self._drafts(self._transactions())
        drafts.sort(key=lambda each: each.date)
        for table, what in (("schedules", "schedules"), ("zero_budgets", "amounts of budgets"), ("rules", "rules")):
            if count := sum(1 for _ in self.database.rows(table, ["id"], most=_MOST_NAMES)):
                self.warnings.append(f"Not read: {count} {what}.")
        return DraftFile(
            "actual",
            skipped=tuple(self.skipped),
            warnings=tuple(self.warnings),
            understood={"currency": self.currency, "transactions": str(len(drafts))},
            book=DraftBook(self.chart.accounts(drafts), tuple(drafts)),
            shape=_SHAPE,
        )

    def _settle_currency(self) -> bool:
        """Find the currency. Whether it is known."""
        code = ""
        for name, value in self.database.rows("preferences", ["id", "value"], most=_MOST_NAMES):
            if name == "defaultCurrencyCode":
                code = _unquoted(text(value)).upper()
        known = code in BY_ISO - NOT_MONEY
        self.currency = (code if known else asked.currency(self.answers, self.questions, of="Actual")) or ""
        return bool(self.currency)

    def _note_accounts(self) -> None:
        columns = ["id", "name", "type", "closed", "tombstone"]
        for id_, name, type_, closed, gone in self.database.rows("accounts", columns, most=_MOST_ACCOUNTS):
            if whole(gone):
                continue
            debt = _LIABILITIES.get(text(type_))
            self.accounts[text(id_)] = self.chart.account(
                text(id_),
                AccountKind.LIABILITY if debt else AccountKind.ASSET,
                text(name),
                type=debt or _TYPES.get(text(type_)),
                currency=self.currency,
                is_closed=bool(whole(closed)),
            )

    def _note_payees(self) -> None:
        found = {
            text(id_): (one_line(text(name)), text(account))
            for id_, name, account in self.database.rows("payees", ["id", "name", "transfer_acct"], most=_MOST_NAMES)
        }
        self.payees = dict(found)
        for id_, target in self.database.rows("payee_mapping", ["id", "targetId"], most=_MOST_NAMES):
            if text(target) in found:
                self.payees[text(id_)] = found[text(target)]

    def _note_categories(self) -> None:
        groups = {
            text(id_): one_line(text(name))
            for id_, name in self.database.rows("category_groups", ["id", "name"], most=_MOST_NAMES)
        }
        found: dict[str, tuple[AccountKind, str | None, str | None]] = {}
        columns = ["id", "name", "is_income", "cat_group"]
        for id_, name, is_income, group in self.database.rows("categories", columns, most=_MOST_NAMES):
            kind = AccountKind.INCOME if whole(is_income) else AccountKind.EXPENSE
            below = groups.get(text(group))
            if kind is AccountKind.INCOME and (below or "").casefold() == _INCOME:
                below = None
            found[text(id_)] = kind, below, one_line(text(name))
        self.categories = dict(found)
        for id_, target in self.database.rows("category_mapping", ["id", "transferId"], most=_MOST_NAMES):
            if text(target) in found:
                self.categories[text(id_)] = found[text(target)]

    def _transactions(self) -> list[_Transaction]:
        """Those that weren't deleted; the parts of splits by what they are parts of."""
        found: list[_Transaction] = []
        most = self.max_rows * _PARTS_PER_TRANSACTION
        for line, row in enumerate(self.database.rows("transactions", _COLUMNS, most=most), 1):
            cells = dict(zip(_COLUMNS, row, strict=True))
            if whole(cells["tombstone"]):
                self.skipped.append(SkippedLine(line, "was deleted"))
                continue
            notes = one_line(text(cells["notes"]))
            is_cleared = cells["cleared"] is None or bool(whole(cells["cleared"]))
            id_ = text(cells["id"])
            # Before there was a column for it, a part's id began with that of its whole.
            parent = text(cells["parent_id"]) or id_.partition("/")[0]
            each = _Transaction(
                line,
                id_,
                text(cells["acct"]),
                _hundredths(whole(cells["amount"]) or 0, line),
                _day(whole(cells["date"]), line),
                text(cells["description"]),
                text(cells["category"]),
                notes,
                text(cells["transferred_id"]),
                parent if whole(cells["isChild"]) else "",
                "reconciled" if whole(cells["reconciled"]) else "cleared" if is_cleared else "pending",
                bool(whole(cells["isParent"])),
                bool(whole(cells["starting_balance_flag"])),
                {name: written for name, cell in cells.items() if (written := text(cell))},
            )
            if each.parent:
                self.parts.setdefault(each.parent, []).append(each)
                continue
            found.append(each)
            if len(found) > self.max_rows:
                raise FileTooLong(limit=str(self.max_rows))
        return found

    def _drafts(self, transactions: list[_Transaction]) -> list[DraftTransaction]:
        by_id = {each.id: each for each in transactions}
        for parent, parts in self.parts.items():
            if parent not in by_id or not by_id[parent].is_parent:
                self.skipped.extend(SkippedLine(part.line, "is a part of what was deleted") for part in parts)
        covered = {part.other for each in transactions for part in self.parts.get(each.id, ()) if part.other}
        drafts: list[DraftTransaction] = []
        for each in transactions:
            if each.id in covered and not each.is_parent:
                self.skipped.append(SkippedLine(each.line, "is the other side of a transfer"))
            elif not each.amount:
                self.skipped.append(SkippedLine(each.line, "moves no money"))
            elif each.account not in self.accounts:
                self.skipped.append(SkippedLine(each.line, "is of an account that was deleted"))
            else:
                if each.other:
                    covered.add(each.other)
                drafts.append(self._draft(each, by_id))
        self.skipped.sort(key=lambda skipped: skipped.line)
        return drafts

    def _draft(self, each: _Transaction, by_id: Mapping[str, _Transaction]) -> DraftTransaction:
        postings = [DraftPosting(self.accounts[each.account], each.amount, self.currency, status=each.status)]
        parts = [part for part in self.parts.get(each.id, ()) if part.amount] if each.is_parent else []
        rest = each.amount
        for part in parts:
            rest = EXACT.subtract(rest, part.amount)
            postings.append(self._other(part, part.amount, by_id, is_opening=each.is_opening))
        if rest and parts:
            self.warnings.append(f"Transaction {each.line}: its parts don't add up; the rest has no category.")
            postings.append(DraftPosting(self.chart.uncategorised(rest), -_kept(rest, each.line), self.currency))
        elif rest:
            postings.append(self._other(each, rest, by_id, is_opening=each.is_opening))
        if len(postings) > MAX_POSTINGS:
            problem = f"transaction {each.line} has more than {MAX_POSTINGS} parts"
            raise FileUnreadable.on_line(each.line, problem=problem)
        payee, account = self.payees.get(each.payee, (None, ""))
        return DraftTransaction(
            each.line,
            each.date,
            tuple(postings),
            payee=None if account or each.other or each.is_opening else payee,
            description=each.notes,
            tags=tags(each.notes),
            external_id=each.id or None,
            is_opening=each.is_opening,
            original=each.original,
        )

    def _other(
        self, each: _Transaction, value: Decimal, by_id: Mapping[str, _Transaction], *, is_opening: bool
    ) -> DraftPosting:
        """The other side of a transaction, or of a part of one."""
        other = by_id.get(each.other)
        account = self.accounts.get(other.account if other else self.payees.get(each.payee, (None, ""))[1])
        status: Status = other.status if other else "cleared"
        if account is None and is_opening:
            account = self.chart.system(SystemRole.OPENING_BALANCES)
        elif account is None:
            category = self.categories.get(each.category)
            if category is None:
                account = self.chart.uncategorised(value)
            else:
                kind, group, name = category
                account = self.chart.account((group, name), kind, group, name)
        memo = each.notes if each.parent else None
        return DraftPosting(account, -value, self.currency, memo=memo, status=status)


def _unquoted(value: str) -> str:
    """A preference as it is meant; some are kept as JSON."""
    if value.startswith('"'):
        try:
            found = json.loads(value[:100])
        except ValueError:
            return value
        return found if isinstance(found, str) else value
    return value


def _hundredths(value: int, line: int) -> Decimal:
    try:
        return amount(value, _HUNDREDTHS)
    except NumberError as error:
        raise FileUnreadable.on_line(line, problem=f"transaction {line} has an amount that {error}") from error


def _kept(value: Decimal, line: int) -> Decimal:
    try:
        return fitting(value)
    except NumberError as error:
        raise FileUnreadable.on_line(line, problem=f"transaction {line} has a sum that {error}") from error


def _day(value: int | None, line: int) -> dt.date:
    """A day that is kept as the number 20240131."""
    try:
        found = dt.date.fromisoformat(str(value or 0))
    except ValueError as error:
        raise FileUnreadable.on_line(line, problem=f"transaction {line} has no date that can be read") from error
    if not FIRST_DAY <= found <= LAST_DAY:
        raise FileUnreadable.on_line(line, problem=f"transaction {line} has a date outside the years 1600 to 2999")
    return found
