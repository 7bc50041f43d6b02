"""Firefly III: the CSV of transactions that its export writes (``ExportDataGenerator``).

A row is a journal: money that goes from a source to a destination. Rows of one ``group_id`` are one split transaction.
Firefly's expense and revenue accounts are whom money goes to or comes from; they become payees, and its categories
become the accounts of income and expenses.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from farthing.formats import asked, numbers
from farthing.formats.chart import Chart
from farthing.formats.drafts import (
    DraftBook,
    DraftFile,
    DraftPosting,
    DraftQuestion,
    DraftTransaction,
    FileUnreadable,
    SkippedLine,
    Status,
)
from farthing.formats.foreign_names import one_line
from farthing.formats.fractions import fitting
from farthing.formats.titled import Titled, TitledRow, amount, day, headings, titled
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.currencies import NOT_MONEY, is_code
from farthing.ledger.money import EXACT
from farthing.ledger.postings import MAX_POSTINGS

_NEEDED = ("type", "amount", "date", "source_name", "destination_name")

_KINDS: dict[str, tuple[AccountKind | None, str | None]] = {
    "asset account": (AccountKind.ASSET, None),
    "default account": (AccountKind.ASSET, None),
    "loan": (AccountKind.LIABILITY, "loan"),
    "debt": (AccountKind.LIABILITY, "payable"),
    "mortgage": (AccountKind.LIABILITY, "mortgage"),
    "credit card": (AccountKind.LIABILITY, "credit_card"),
    "initial balance account": (AccountKind.EQUITY, None),
    "liability credit account": (AccountKind.EQUITY, None),
    "reconciliation account": (AccountKind.EQUITY, None),
    "expense account": (None, None),
    "beneficiary account": (None, None),
    "revenue account": (None, None),
    "cash account": (None, None),
    "import account": (None, None),
}
"""Firefly's types of accounts; those of no kind are whom money goes to or comes from."""

_TYPES = ("withdrawal", "deposit", "transfer", "opening balance", "reconciliation", "liability credit")
_OWN_KINDS = frozenset({AccountKind.ASSET, AccountKind.LIABILITY})
_NOBODY = frozenset(
    {"cash account", "(cash)", "(no name)", "(unknown source account)", "(unknown destination account)"}
)
_INITIAL = "initial balance for"
_OPENING = "opening balance"
_LONGEST_FACT = 500
_TOLD = ("budget", "bill", "internal_reference", "external_url", "external_id", "invoice_date", "payment_date")


def recognises(data: bytes) -> bool:
    """Whether the columns are those of Firefly's transactions."""
    return headings(data) >= frozenset(_NEEDED)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read an export of Firefly III.

    Args:
        data: the whole file.
        max_rows: more journals are refused.
        answers: ``currency``, for a file without a column that says it.

    Raises:
        FileUnreadable: a row has no type, amount, date, or other end.
        FileTooLong: more than ``max_rows`` journals.
    """
    found = titled(data, _NEEDED, max_rows=max_rows)
    return _Reader(found, answers).file()


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a journal: an account of the person's, or (``kind`` None) someone else."""

    name: str
    kind: AccountKind | None
    type: str | None
    iban: str | None

    @property
    def is_own(self) -> bool:
        return self.kind in _OWN_KINDS


@dataclass(frozen=True, slots=True)
class _Journal:
    """A row: ``amount`` is above nothing, and goes from ``source`` to ``destination``."""

    row: TitledRow
    type: str
    date: dt.date
    amount: Decimal
    currency: str
    source: _End
    destination: _End
    foreign: tuple[Decimal, str] | None

    @property
    def category(self) -> str | None:
        return one_line(self.row.get("category"))

    @property
    def into_own(self) -> Decimal:
        """What comes to the person's own accounts: below nothing for what is spent."""
        return -self.amount if self.source.is_own else self.amount


@dataclass(slots=True)
class _Reader:
    """Reads a table, noting what it leaves out."""

    table: Titled
    answers: Mapping[str, str]
    chart: Chart = field(default_factory=Chart)
    questions: list[DraftQuestion] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    kinds: dict[str, AccountKind] = field(default_factory=dict)
    """Whether a category is of income or of expenses."""
    unnamed: str = ""

    def file(self) -> DraftFile:
        self.skipped.extend(self.table.skipped)
        if any(row.get("currency_code") is None for row in self.table.rows):
            currency = asked.currency(self.answers, self.questions, of="The file")
            if currency is None:
                return DraftFile("firefly", questions=tuple(self.questions), shape=self.table.shape)
            self.unnamed = currency
        journals = [each for row in self.table.rows if (each := self._journal(row)) is not None]
        self._judge_categories(journals)
        groups: dict[object, list[_Journal]] = {}
        for each in journals:
            group = each.row.get("group_id")
            groups.setdefault((group, each.date) if group else each.row.line, []).append(each)
        drafts = [self._transaction(group) for group in groups.values()]
        drafts.sort(key=lambda each: each.date)
        book = DraftBook(self.chart.accounts(drafts), tuple(drafts))
        self.skipped.sort(key=lambda each: each.line)
        return DraftFile(
            "firefly",
            skipped=tuple(self.skipped),
            understood={"encoding": self.table.encoding, "journals": str(len(journals))},
            book=book,
            shape=self.table.shape if self.unnamed else None,
        )

    def _journal(self, row: TitledRow) -> _Journal | None:
        type_ = (row.get("type") or "").casefold()
        if type_ not in _TYPES:
            raise FileUnreadable.on_line(
                row.line, problem=f"line {row.line} has a type of transaction that isn't known"
            )
        signed = amount(row, "amount")
        if not signed:
            self.skipped.append(SkippedLine(row.line, "moves no money"))
            return None
        source = self._end(row, "source", type_, leaves=signed < 0)
        destination = self._end(row, "destination", type_, leaves=signed < 0)
        if type_ == _OPENING:
            source, destination = _told_apart(source, destination)
        if not source.is_own and not destination.is_own:
            raise FileUnreadable.on_line(row.line, problem=f"line {row.line} is between accounts that aren't one's own")
        foreign_amount = abs(amount(row, "foreign_amount"))
        foreign_currency = self._code(row, "foreign_currency_code") if row.get("foreign_currency_code") else None
        return _Journal(
            row,
            type_,
            day(row, "date"),
            abs(signed),
            self._code(row, "currency_code") if row.get("currency_code") else self.unnamed,
            source,
            destination,
            (foreign_amount, foreign_currency) if foreign_amount and foreign_currency else None,
        )

    def _code(self, row: TitledRow, heading: str) -> str:
        code = (row.get(heading) or "").upper()
        if not is_code(code) or code in NOT_MONEY:
            raise FileUnreadable.on_line(row.line, problem=f"line {row.line} has no code of a currency in '{heading}'")
        return code

    def _end(self, row: TitledRow, side: str, type_: str, *, leaves: bool) -> _End:
        name = row.get(f"{side}_name") or ""
        said = row.get(f"{side}_type")
        if said is not None and said.casefold() in _KINDS:
            kind, account_type = _KINDS[said.casefold()]
        else:
            kind, account_type = self._guessed(name, side, type_, leaves=leaves), None
        return _End(name, kind, account_type, row.get(f"{side}_iban"))

    def _guessed(self, name: str, side: str, type_: str, *, leaves: bool) -> AccountKind | None:
        """The kind of an account, by the type of the transaction: exports may leave columns out."""
        is_source = side == "source"
        if type_ == "transfer" or (type_ == "withdrawal" and is_source) or (type_ == "deposit" and not is_source):
            return AccountKind.ASSET
        if type_ in ("withdrawal", "deposit"):
            return None
        if name.casefold().startswith(_INITIAL) or leaves is not is_source:
            return AccountKind.EQUITY
        return AccountKind.ASSET

    def _judge_categories(self, journals: Sequence[_Journal]) -> None:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for each in journals:
            if each.category and (each.source.kind is None or each.destination.kind is None):
                sums[each.category] += each.into_own
        self.kinds = {name: AccountKind.INCOME if total > 0 else AccountKind.EXPENSE for name, total in sums.items()}

    def _transaction(self, group: Sequence[_Journal]) -> DraftTransaction:
        first = group[0]
        sums: dict[tuple[str, str], Decimal] = {}
        others: list[DraftPosting] = []
        statuses: dict[tuple[str, str], Status] = {}
        for each in group:
            memo = one_line(each.row.get("description")) if len(group) > 1 else None
            status: Status = "reconciled" if _is_true(each.row.get("reconciled")) else "cleared"
            for end, signed, currency in self._sides(each):
                if end.is_own:
                    place = self._path(end, currency), currency
                    sums[place] = EXACT.add(sums.get(place, Decimal(0)), signed)
                    statuses[place] = status
                else:
                    others.append(DraftPosting(self._other(each, end), signed, currency, memo=memo, status=status))
        own = [
            DraftPosting(account, self._fitting(total, first.row), currency, status=statuses[account, currency])
            for (account, currency), total in sums.items()
            if total
        ]
        if len(own) + len(others) > MAX_POSTINGS:
            problem = f"line {first.row.line} begins a transaction of more than {MAX_POSTINGS} parts"
            raise FileUnreadable.on_line(first.row.line, problem=problem)
        title = first.row.get("group_title") if len(group) > 1 else None
        payees = {payee for each in group if (payee := _payee(each))}
        return DraftTransaction(
            first.row.line,
            first.date,
            (*own, *others),
            payee=payees.pop() if len(payees) == 1 else None,
            description=one_line(title or first.row.get("description")),
            notes="\n\n".join(dict.fromkeys(notes for each in group if (notes := each.row.get("notes")))) or None,
            tags=_tags(group),
            metadata=_facts(group),
            value_date=_day_of(first.row, "interest_date") or _day_of(first.row, "book_date"),
            due_date=_day_of(first.row, "due_date"),
            external_id=_id(first.row),
            is_opening=first.type in (_OPENING, "liability credit"),
            original=_original(group),
        )

    def _sides(self, each: _Journal) -> tuple[tuple[_End, Decimal, str], tuple[_End, Decimal, str]]:
        """Both ends, with what comes to each. Between one's own accounts, what arrives may be another currency."""
        arriving = each.amount, each.currency
        if each.foreign and each.source.is_own and each.destination.is_own and each.foreign[1] != each.currency:
            arriving = each.foreign
        return (each.source, -each.amount, each.currency), (each.destination, *arriving)

    def _path(self, end: _End, currency: str) -> str:
        kind = end.kind or AccountKind.ASSET
        return self.chart.account(end.name, kind, end.name, type=end.type, currency=currency, number=end.iban)

    def _other(self, each: _Journal, end: _End) -> str:
        if end.kind is not None:
            if each.type == "reconciliation":
                return self.chart.account("reconciliation", AccountKind.EQUITY, "Reconciliation")
            return self.chart.system(SystemRole.OPENING_BALANCES)
        if each.category is None:
            return self.chart.uncategorised(each.into_own)
        return self.chart.account(each.category, self.kinds[each.category], each.category)

    def _fitting(self, value: Decimal, row: TitledRow) -> Decimal:
        try:
            return fitting(value)
        except numbers.NumberError as error:
            raise FileUnreadable.on_line(row.line, problem=f"line {row.line} begins a sum that {error}") from error


def _told_apart(source: _End, destination: _End) -> tuple[_End, _End]:
    """The ends of an opening balance: what has no name is never the account, whatever type the row gives it."""
    ends = (source, destination)
    named = [end for end in ends if end.name and not end.name.casefold().startswith(_INITIAL)]
    if len(named) != 1 or named[0].is_own or not all(end.kind is not None for end in ends):
        return ends
    own = replace(named[0], kind=AccountKind.ASSET, type=None)
    other = replace(ends[0] if ends[1] is named[0] else ends[1], kind=AccountKind.EQUITY, type=None)
    return (own, other) if ends[0] is named[0] else (other, own)


def _payee(each: _Journal) -> str | None:
    """Who is on the other side, if it's someone."""
    end = each.destination if each.source.is_own else each.source
    if end.kind is not None or end.name.casefold() in _NOBODY:
        return None
    return one_line(end.name)


def _tags(group: Sequence[_Journal]) -> tuple[str, ...]:
    tags = (tag for each in group for tag in (each.row.get("tags") or "").split(","))
    return tuple(dict.fromkeys(plain for tag in tags if (plain := one_line(tag))))


def _facts(group: Sequence[_Journal]) -> dict[str, str | bool | Decimal | dt.date]:
    facts: dict[str, str | bool | Decimal | dt.date] = {}
    for name in _TOLD:
        if values := dict.fromkeys(value for each in group if (value := one_line(each.row.get(name)))):
            facts[name] = "; ".join(values)[:_LONGEST_FACT]
    abroad = [each.foreign for each in group if each.foreign and not (each.source.is_own and each.destination.is_own)]
    if abroad:
        facts["foreign_amount"] = "; ".join(f"{value:f} {code}" for value, code in abroad)[:_LONGEST_FACT]
    return facts


def _original(group: Sequence[_Journal]) -> dict[str, str]:
    """The cells of the first row, and those in which the rows after it differ, numbered."""
    found = group[0].row.original
    for number, each in enumerate(group[1:], 2):
        found |= {
            f"{heading} ({number})": cell
            for heading, cell in each.row.original.items()
            if group[0].row.cells.get(heading) != cell
        }
    return found


def _id(row: TitledRow) -> str | None:
    """What Firefly knows the transaction by: its group; exports before 5 had journals only."""
    if group := row.get("group_id"):
        return f"firefly-{group[:_LONGEST_ID]}"
    journal = row.get("journal_id")
    return f"firefly-journal-{journal[:_LONGEST_ID]}" if journal else None


_LONGEST_ID = 64


def _day_of(row: TitledRow, heading: str) -> dt.date | None:
    return day(row, heading) if row.get(heading) else None


def _is_true(text: str | None) -> bool:
    return (text or "").casefold() in {"1", "true", "yes"}
