"""YNAB's API (https://api.ynab.com): a whole budget with all that is in it, or a list of transactions.

Amounts are in thousandths. A transfer is two transactions, each with the id of the other; it becomes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from farthing.formats import asked
from farthing.formats.bounded_json import day, flag, members, mentions, number, objects, parsed, text
from farthing.formats.chart import Chart
from farthing.formats.drafts import (
    DraftBook,
    DraftFile,
    DraftPosting,
    DraftQuestion,
    DraftRow,
    DraftSplit,
    DraftTransaction,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
    Status,
)
from farthing.formats.foreign_names import one_line, segment
from farthing.formats.fractions import fitting, to_digits
from farthing.formats.registers import Registers
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.currencies import BY_ISO, ISO, NOT_MONEY
from farthing.ledger.money import EXACT
from farthing.ledger.postings import MAX_POSTINGS

Json = Mapping[str, Any]

_ASSET, _LIABILITY = AccountKind.ASSET, AccountKind.LIABILITY
_TYPES: dict[str, tuple[AccountKind, str | None]] = {
    "checking": (_ASSET, "checking"),
    "savings": (_ASSET, "savings"),
    "cash": (_ASSET, "cash"),
    "creditCard": (_LIABILITY, "credit_card"),
    "lineOfCredit": (_LIABILITY, "loan"),
    "otherAsset": (_ASSET, "other"),
    "otherLiability": (_LIABILITY, "other"),
    "payPal": (_ASSET, "checking"),
    "merchantAccount": (_ASSET, "checking"),
    "investmentAccount": (_ASSET, "investment"),
    "mortgage": (_LIABILITY, "mortgage"),
    "autoLoan": (_LIABILITY, "loan"),
    "studentLoan": (_LIABILITY, "loan"),
    "personalLoan": (_LIABILITY, "loan"),
    "medicalDebt": (_LIABILITY, "payable"),
    "otherDebt": (_LIABILITY, "payable"),
}
_STATUSES: dict[str, Status] = {"reconciled": "reconciled", "uncleared": "pending"}
_OPENING = "starting balance"
_INTERNAL_GROUP = "internal master category"
_INFLOW = "Inflow: "
_UNCATEGORISED = "uncategorized"
_MOST_ACCOUNTS = 5_000
_USUAL_DIGITS = 2
_SHAPE = "ynab budget"


def recognises(data: bytes) -> bool:
    """Whether it is JSON with the members of YNAB's transactions."""
    return mentions(data, "transactions", "cleared", "transfer_account_id", "flag_color")


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read an answer of YNAB's API: a book where it is a whole budget, else a statement for each account.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``currency``, for a budget that doesn't say it.

    Raises:
        FileUnreadable: it isn't such an answer, or lacks a date, an amount or an account somewhere.
        FileTooLong: more than ``max_rows`` transactions.
    """
    whole = parsed(data)
    content = whole.get("data", whole) if isinstance(whole, dict) else None
    if isinstance(content, dict):
        budget = content.get("budget") or content.get("plan") or content
        if isinstance(budget, dict) and isinstance(budget.get("transactions"), list):
            if len(budget["transactions"]) > max_rows:
                raise FileTooLong(limit=str(max_rows))
            return _Budget(budget, answers).file() if objects(budget.get("accounts")) else _registers(budget)
    raise FileUnreadable.on_line(None, problem="it is JSON without YNAB's transactions")


def _registers(content: Json) -> DraftFile:
    """The answer to a question about transactions alone: what they name is all there is to know."""
    transactions = objects(content.get("transactions"))
    names = {text(each, "account_id"): name for each in transactions if (name := text(each, "account_name"))}
    registers = Registers()
    skipped: list[SkippedLine] = []
    for line, each in enumerate(transactions, 1):
        amount = _amount(each, f"transaction {line}")
        if flag(each, "deleted") or not amount:
            skipped.append(SkippedLine(line, "was deleted" if flag(each, "deleted") else "moves no money"))
            continue
        parts = [part for part in objects(each.get("subtransactions")) if not flag(part, "deleted")]
        splits = _splits(parts, amount, names, line)
        registers.add(
            names.get(text(each, "account_id"), text(each, "account_id")), _row(each, line, amount, splits, names)
        )
    return DraftFile("ynab", registers.statements(), tuple(skipped))


def _row(
    each: Json, line: int, amount: Decimal, splits: tuple[DraftSplit, ...], names: Mapping[str | None, str]
) -> DraftRow:
    transfer = _transfer(each, names)
    return DraftRow(
        line,
        day(each, "date", f"transaction {line}"),
        amount,
        payee=None if transfer else one_line(text(each, "payee_name")),
        description=one_line(text(each, "memo")),
        external_id=text(each, "id"),
        original=members(each),
        status=_status(each),
        category=_category(each) if not splits and transfer is None else None,
        transfer_to=None if splits else transfer,
        splits=splits,
        tags=_tags(each),
    )


def _splits(
    parts: list[dict[str, Any]], amount: Decimal, names: Mapping[str | None, str], line: int
) -> tuple[DraftSplit, ...]:
    found: list[DraftSplit] = []
    for part in parts:
        share = _amount(part, f"a part of transaction {line}")
        transfer = _transfer(part, names)
        if share:
            found.append(
                DraftSplit(share, None if transfer else _category(part), transfer, one_line(text(part, "memo")))
            )
    rest = _minus(amount, (each.amount for each in found))
    if found and rest:
        found.append(DraftSplit(_kept(rest, line)))
    return tuple(found)


def _transfer(each: Json, names: Mapping[str | None, str]) -> str | None:
    account = text(each, "transfer_account_id")
    return names.get(account, account) if account else None


def _category(each: Json) -> str | None:
    name = text(each, "category_name")
    if name is None or name.casefold() == _UNCATEGORISED:
        return None
    return segment(name.removeprefix(_INFLOW))


def _amount(each: Json, place: str, digits: int = _USUAL_DIGITS) -> Decimal:
    return to_digits(number(each, "amount", place, thousandths=True), digits)


def _minus(amount: Decimal, parts: Iterator[Decimal]) -> Decimal:
    for part in parts:
        amount = EXACT.subtract(amount, part)
    return amount


def _kept(value: Decimal, line: int) -> Decimal:
    try:
        return fitting(value)
    except ValueError as error:
        raise FileUnreadable.on_line(line, problem=f"transaction {line} has a sum that {error}") from error


def _status(each: Json) -> Status:
    return _STATUSES.get(text(each, "cleared") or "", "cleared")


def _tags(each: Json) -> tuple[str, ...]:
    found = one_line(text(each, "flag_name") or text(each, "flag_color"))
    return (found,) if found else ()


@dataclass(slots=True)
class _Budget:
    """Drafts a whole budget."""

    budget: Json
    answers: Mapping[str, str]
    chart: Chart = field(default_factory=Chart)
    questions: list[DraftQuestion] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    """The paths of accounts, by their ids."""
    currency: str = ""
    digits: int = _USUAL_DIGITS

    def file(self) -> DraftFile:
        if not self._settle_currency():
            return DraftFile("ynab", questions=tuple(self.questions), shape=_SHAPE)
        self._note_accounts()
        drafts = self._transactions()
        drafts.sort(key=lambda each: each.date)
        self._note_rest()
        book = DraftBook(self.chart.accounts(drafts), tuple(drafts))
        return DraftFile(
            "ynab",
            skipped=tuple(self.skipped),
            warnings=tuple(self.warnings),
            understood={"budget": one_line(text(self.budget, "name")) or "without a name", "currency": self.currency},
            book=book,
            shape=_SHAPE,
        )

    def _settle_currency(self) -> bool:
        """Find the currency. Whether it is known."""
        form = self.budget.get("currency_format")
        code = (text(form, "iso_code") or "").upper() if isinstance(form, dict) else ""
        known = code in BY_ISO - NOT_MONEY
        self.currency = (code if known else asked.currency(self.answers, self.questions, of="The budget")) or ""
        self.digits = ISO[self.currency].digits if self.currency else _USUAL_DIGITS
        return bool(self.currency)

    def _note_accounts(self) -> None:
        accounts = objects(self.budget.get("accounts"))
        if len(accounts) > _MOST_ACCOUNTS:
            raise FileUnreadable.on_line(None, problem=f"it has more than {_MOST_ACCOUNTS} accounts")
        for each in accounts:
            kind, type_ = _TYPES.get(text(each, "type") or "", (_ASSET, None))
            id_ = text(each, "id")
            if id_ is None:
                raise FileUnreadable.on_line(None, problem="it has an account without an id")
            self.paths[id_] = self.chart.account(
                id_,
                kind,
                text(each, "name"),
                type=type_,
                currency=self.currency,
                description=text(each, "note"),
                is_closed=flag(each, "closed"),
            )

    def _transactions(self) -> list[DraftTransaction]:
        transactions = objects(self.budget.get("transactions"))
        parts: dict[str | None, list[dict[str, Any]]] = {}
        for part in objects(self.budget.get("subtransactions")):
            parts.setdefault(text(part, "transaction_id"), []).append(part)
        for each in transactions:
            if nested := objects(each.get("subtransactions")):
                parts[text(each, "id")] = nested
        parts = {id_: [part for part in own if not flag(part, "deleted")] for id_, own in parts.items()}
        by_id = {text(each, "id"): each for each in transactions}
        covered = {other for own in parts.values() for part in own if (other := text(part, "transfer_transaction_id"))}
        names = _Names(self.budget, self.chart)
        drafts: list[DraftTransaction] = []
        for line, each in enumerate(transactions, 1):
            id_ = text(each, "id")
            if flag(each, "deleted"):
                self.skipped.append(SkippedLine(line, "was deleted"))
            elif id_ in covered and not parts.get(id_):
                self.skipped.append(SkippedLine(line, "is the other side of a transfer"))
            elif not (amount := _amount(each, f"transaction {line}", self.digits)):
                self.skipped.append(SkippedLine(line, "moves no money"))
            else:
                other = text(each, "transfer_transaction_id")
                if other:
                    covered.add(other)
                drafts.append(self._transaction(each, line, amount, parts.get(id_, []), names, by_id.get(other)))
        return drafts

    def _transaction(
        self,
        each: Json,
        line: int,
        amount: Decimal,
        parts: list[dict[str, Any]],
        names: _Names,
        other: Json | None,
    ) -> DraftTransaction:
        payee = names.payee(each)
        is_opening = (payee or "").casefold() == _OPENING
        status = _status(each)
        postings = [DraftPosting(self._account(each, "account_id", line), amount, self.currency, status=status)]
        rest = amount
        for part in parts:
            share = _amount(part, f"a part of transaction {line}", self.digits)
            if share:
                rest = EXACT.subtract(rest, share)
                postings.append(self._other(part, share, line, names, None, is_opening=is_opening))
        if rest:
            if parts:
                self.warnings.append(f"Transaction {line}: its parts don't add up; the rest has no category.")
            whole = {} if parts else each
            postings.append(self._other(whole, _kept(rest, line), line, names, other, is_opening=is_opening))
        if len(postings) > MAX_POSTINGS:
            raise FileUnreadable.on_line(line, problem=f"transaction {line} has more than {MAX_POSTINGS} parts")
        is_transfer = text(each, "transfer_account_id") is not None
        return DraftTransaction(
            line,
            day(each, "date", f"transaction {line}"),
            tuple(postings),
            payee=None if is_transfer or is_opening else payee,
            description=one_line(text(each, "memo")),
            tags=_tags(each),
            external_id=text(each, "id"),
            is_opening=is_opening,
            original=members(each),
        )

    def _other(
        self, each: Json, amount: Decimal, line: int, names: _Names, side: Json | None, *, is_opening: bool
    ) -> DraftPosting:
        """The other side of a movement of ``amount``, or of a part of it."""
        status: Status = "cleared"
        if text(each, "transfer_account_id"):
            account = self._account(each, "transfer_account_id", line)
            status = _status(side) if side is not None else status
        elif is_opening:
            account = self.chart.system(SystemRole.OPENING_BALANCES)
        else:
            account = names.category(each) or self.chart.uncategorised(amount)
        return DraftPosting(account, EXACT.minus(amount), self.currency, one_line(text(each, "memo")), status)

    def _account(self, each: Json, name: str, line: int) -> str:
        path = self.paths.get(text(each, name) or "")
        if path is None:
            raise FileUnreadable.on_line(line, problem=f"transaction {line} is of an account that isn't there")
        return path

    def _note_rest(self) -> None:
        for name, what in (
            ("scheduled_transactions", "scheduled transactions"),
            ("months", "months of budgets and goals"),
        ):
            if count := len(objects(self.budget.get(name))):
                self.warnings.append(f"Not read: {count} {what}.")


class _Names:
    """The names of payees and categories, by their ids; answers about transactions alone carry them themselves."""

    def __init__(self, budget: Json, chart: Chart) -> None:
        self._chart = chart
        self._payees = {text(each, "id"): text(each, "name") for each in objects(budget.get("payees"))}
        groups = {text(each, "id"): text(each, "name") for each in objects(budget.get("category_groups"))}
        categories = objects(budget.get("categories"))
        for group in objects(budget.get("category_groups")):
            categories += objects(group.get("categories"))
        self._categories = {
            text(each, "id"): (groups.get(text(each, "category_group_id")), text(each, "name")) for each in categories
        }

    def payee(self, each: Json) -> str | None:
        """Whom a transaction is with."""
        return one_line(self._payees.get(text(each, "payee_id")) or text(each, "payee_name"))

    def category(self, each: Json) -> str | None:
        """The path of a transaction's category; None where it has none."""
        group, name = self._categories.get(text(each, "category_id"), (None, text(each, "category_name")))
        if name is None or name.casefold() == _UNCATEGORISED:
            return None
        if name.startswith(_INFLOW) or (group or "").casefold() == _INTERNAL_GROUP:
            return self._chart.account(name, AccountKind.INCOME, name.removeprefix(_INFLOW))
        return self._chart.account((group, name), AccountKind.EXPENSE, group, name)
