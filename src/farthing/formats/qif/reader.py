"""Reading QIF: the registers of accounts, with categories, transfers and splits.

Quicken's own description ("Quicken Interchange Format (QIF) files") is the source; what other programs make of it
is taken as they mean it. Neither the order of dates nor the decimal mark stands in a file: both are decided over all of
it, and asked about where that leaves it open. Of investments only the cash is read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from farthing.formats import dates, numbers
from farthing.formats.bank_order import direction_by_dates
from farthing.formats.dates import ORDERS, DateError, Order
from farthing.formats.drafts import (
    DraftBalance,
    DraftChoice,
    DraftFile,
    DraftQuestion,
    DraftRow,
    DraftSplit,
    DraftStatement,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
    Status,
)
from farthing.formats.exact import kept, quotient
from farthing.formats.numbers import NumberError
from farthing.formats.qif.records import Record, Section, Split, account_type, records
from farthing.formats.text import decode
from farthing.ledger.money import EXACT

_HEAD = 4_096
_HEADING = re.compile(rb"\s*!(?:type|account|option|clear)\b", re.IGNORECASE)
_DATE = re.compile(r"\s*([0-9]{1,4})\s*[-/.' ]\s*([0-9]{1,2})\s*[-/.' ]\s*([0-9]{1,4})\s*\Z")
_MOST_ACCOUNTS = 1_000
_TRANSFER = re.compile(r"\[(?P<account>[^\]]*)\](?P<rest>.*)\Z", re.DOTALL)
_OPENING = frozenset(
    {
        *("opening balance", "initial balance", "starting balance", "anfangssaldo", "anfangsbestand", "startsaldo"),
        *("solde initial", "solde d'ouverture", "saldo inicial", "saldo iniziale", "saldo de apertura", "beginsaldo"),
    }
)
_STATUS: Mapping[str, Status] = {"*": "cleared", "c": "cleared", "x": "reconciled", "r": "reconciled"}
_SPLIT_WORDS = frozenset({"--split--", "-split-", "split"})
_HUNDRED = Decimal(100)

_BRINGS = frozenset(
    {
        *("sell", "shtsell", "div", "intinc", "cgshort", "cgmid", "cglong", "miscinc", "rtrncap", "xin", "contrib"),
        *("contribx",),
    }
)
"""Actions of investment accounts that bring cash into them."""
_TAKES = frozenset({"buy", "cvrshrt", "miscexp", "margint", "xout", "withdrw", "withdrwx"})
"""Actions that take cash out."""
_THROUGH = frozenset(
    {
        *("buyx", "sellx", "shtsellx", "cvrshrtx", "divx", "intincx", "cgshortx", "cgmidx", "cglongx", "miscincx"),
        *("miscexpx", "margintx", "rtrncapx", "buybndx", "sellbndx"),
    }
)
"""Actions whose cash goes to or comes from another account at once, whose own register tells it."""
_QUESTION = "Is 03/04 the third of April or the fourth of March?"
_ORDER_WORDS: Mapping[Order, str] = {"mdy": "month first", "dmy": "day first", "ymd": "year first"}


def recognises(data: bytes) -> bool:
    """Whether the file begins with a heading of QIF."""
    return _HEADING.match(data[:_HEAD].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")) is not None


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a QIF file.

    Args:
        data: the whole file.
        max_rows: more movements are refused.
        answers: ``date_order`` (``mdy``, ``dmy``, ``ymd``) and ``decimal_sign`` (``.`` or ``,``), where the file leaves
            them open.

    Raises:
        FileUnreadable: a date or an amount is none, or nothing in the file is a register.
        FileTooLong: more than ``max_rows`` movements.
    """
    decoded = decode(data)
    registers = _Registers(max_rows)
    for each in records(decoded.text):
        registers.take(each)
    if not registers.found:
        raise FileUnreadable.on_line(None, problem="it is QIF, but holds no register of an account")
    days = _Days.of(registers.all(), answers.get("date_order"))
    amounts = _Amounts.of(registers.all(), answers.get("decimal_sign"))
    drafter = _Drafter(days, amounts, list(registers.skipped), registers.accounts)
    statements = tuple(drafter.statement(each) for each in registers.found.values())
    drafter.skipped.sort(key=lambda each: each.line)
    questions = tuple(each for each in (days.question(), amounts.question()) if each is not None)
    understood = {"encoding": decoded.encoding, "dates": _ORDER_WORDS[days.order], "decimal_sign": amounts.mark}
    return DraftFile(
        "qif",
        statements,
        tuple(drafter.skipped),
        tuple(drafter.warnings),
        understood,
        questions=questions,
        shape=f"qif {days.shape}",
    )


@dataclass(slots=True)
class _Register:
    """The records of one account."""

    name: str | None
    account_type: str | None
    records: list[Record] = field(default_factory=list)


class _Registers:
    """Gathers records by account: the account last named is the one that the next section is of."""

    def __init__(self, max_rows: int) -> None:
        self.found: dict[tuple[str | None, str | None], _Register] = {}
        self.accounts: dict[str, Record] = {}
        self.skipped: list[SkippedLine] = []
        self._max_rows = max_rows
        self._rows = 0
        self._account: str | None = None

    def all(self) -> Iterable[Record]:
        """The records of all registers, as the file has them, and those of the accounts."""
        for register in self.found.values():
            yield from register.records
        yield from self.accounts.values()

    def take(self, each: Record | Section) -> None:
        """Take a section or a record.

        Raises:
            FileTooLong: more movements than allowed.
            FileUnreadable: more accounts than anyone has.
        """
        if isinstance(each, Section):
            if each.kind == "list":
                self.skipped.append(SkippedLine(each.line, f"begins {each.what}"))
            elif each.kind != "account":
                self._register(each)
        elif each.section.kind == "account":
            if name := each.get("N"):
                self._account = name
                if len(self.accounts) >= _MOST_ACCOUNTS and name not in self.accounts:
                    raise FileUnreadable.on_line(each.line, problem=f"it holds more than {_MOST_ACCOUNTS} accounts")
                self.accounts[name] = each
        else:
            self._rows += 1
            if self._rows > self._max_rows:
                raise FileTooLong(limit=str(self._max_rows))
            self._register(each.section).records.append(each)

    def _register(self, section: Section) -> _Register:
        key = (self._account, None if self._account else section.account_type)
        register = self.found.get(key)
        if register is None:
            if len(self.found) >= _MOST_ACCOUNTS:
                raise FileUnreadable.on_line(section.line, problem=f"it holds more than {_MOST_ACCOUNTS} accounts")
            register = self.found[key] = _Register(self._account, section.account_type)
        return register


@dataclass(frozen=True, slots=True)
class _Days:
    """Reads dates, in the order that was decided over all of them."""

    order: Order
    possible: tuple[Order, ...]
    is_told: bool
    is_ordered: bool
    """Whether the order was chosen because the days only run one way under it."""
    shape: str

    @classmethod
    def of(cls, found: Iterable[Record], told: str | None) -> _Days:
        texts = [text for record in found if (text := record.get("D")) and record.section.kind != "account"]
        written = [each for text in texts if (each := _written(text)) is not None]
        possible = dates.possible_orders(written)
        usual: tuple[Order, ...] = tuple(each for each in ("mdy", "dmy") if each in possible)
        possible = usual or possible
        shape = _shape(texts)
        if told in ORDERS:
            return cls(told, possible, True, False, shape)
        rising = [order for order in possible if _rises(written, order)] if len(possible) > 1 else []
        is_ordered = len(rising) == 1
        order = rising[0] if is_ordered else possible[0]
        if all(dates.own_order(each) == "ymd" for each in written):
            return cls("ymd", ("ymd",), False, False, shape)
        return cls(order, possible, False, is_ordered, shape)

    def read(self, record: Record, letter: str = "D") -> dt.date:
        """The day of a record.

        Raises:
            FileUnreadable: it has none, or none that is a day.
        """
        line = record.line_of(letter)
        written = _written(record.get(letter) or "")
        if written is None:
            raise FileUnreadable.on_line(line, problem=f"line {line} has no date that can be read")
        try:
            return dates.day(written, self.order)
        except DateError as error:
            raise FileUnreadable.on_line(line, problem=f"line {line} has a date that {error}") from error

    def question(self) -> DraftQuestion | None:
        """What to ask where the dates leave it open."""
        if self.is_told or len(self.possible) == 1:
            return None
        choices = tuple(DraftChoice(order, _ORDER_WORDS[order]) for order in self.possible)
        confidence = Decimal("0.9") if self.is_ordered else Decimal("0.6")
        return DraftQuestion("date_order", _QUESTION, choices, self.order, confidence)


def _written(text: str) -> dates.Written | None:
    """A date taken apart, blanks and the apostrophe before the year away: ``1/ 2'26`` is ``1/2/26``."""
    found = _DATE.match(text) if len(text) <= dates.LONGEST else None
    if found is None or "." in text:
        return dates.written(text.strip())
    first, second, third = found.groups()
    return dates.written(f"{first}/{second}/{third.rjust(2, '0')}")


def _shape(texts: Sequence[str]) -> str:
    """How dates are written, their figures away."""
    return re.sub(r"[0-9]+", "9", texts[0][: dates.LONGEST]).replace(" ", "") if texts else ""


def _rises(written: Sequence[dates.Written], order: Order) -> bool:
    """Whether the days run one way, if they are read so."""
    try:
        days = [dates.day(each, order) for each in written]
    except DateError:
        return False
    steps = {later > earlier for earlier, later in pairwise(days) if later != earlier}
    return len(steps) == 1


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Reads amounts, with the decimal mark that was decided over all of them."""

    mark: str
    is_open: bool

    @classmethod
    def of(cls, found: Iterable[Record], told: str | None) -> _Amounts:
        votes: Counter[str] = Counter()
        for record in found:
            texts = [record.get("T") or record.get("U"), *(split.amount for split in record.splits)]
            figures = [figure for text in texts if text and (figure := numbers.figure(text)) is not None]
            votes += numbers.decimal_votes(figures)
        if told in (".", ","):
            return cls(str(told), False)
        return cls("," if votes[","] > votes["."] else ".", bool(votes["?"]) and not votes["."] and not votes[","])

    def read(self, text: str | None, line: int) -> Decimal:
        """The amount of a line.

        Raises:
            FileUnreadable: it is none, or none that can be kept.
        """
        figure = numbers.figure(text or "")
        if figure is None:
            raise FileUnreadable.on_line(line, problem=f"line {line} has no amount that can be read")
        own = [mark for mark in numbers.decimal_votes([figure]) if mark != "?"]
        try:
            return numbers.amount(figure, own[0] if own else self.mark)
        except NumberError as error:
            raise FileUnreadable.on_line(line, problem=f"line {line} has an amount that {error}") from error

    def question(self) -> DraftQuestion | None:
        """What to ask where all amounts could be thousands."""
        if not self.is_open:
            return None
        choices = (DraftChoice(".", "1,234 is a thousand and some"), DraftChoice(",", "1,234 is one and some"))
        return DraftQuestion("decimal_sign", "Is the comma before decimals?", choices, self.mark, Decimal("0.6"))


@dataclass(slots=True)
class _Drafter:
    """Turns records into drafts, noting what it leaves out."""

    days: _Days
    amounts: _Amounts
    skipped: list[SkippedLine]
    accounts: Mapping[str, Record]
    warnings: list[str] = field(default_factory=list)

    def statement(self, register: _Register) -> DraftStatement:
        """The draft of an account's register."""
        own = register.name or _own_name(register.records)
        rows = [row for record in register.records if (row := self._row(record, own)) is not None]
        if direction_by_dates([row.date for row in rows]) == "newest first":
            rows.reverse()
        about = self.accounts.get(register.name or "")
        if register.account_type == "investment":
            line = register.records[0].line if register.records else 1
            self.warnings.append(f"Line {line}: an investment account; only its cash is read, no holdings.")
        return DraftStatement(
            rows=tuple(rows),
            account_type=(account_type(about.get("T") or "") if about else None) or register.account_type,
            closing=self._closing(about) if about else None,
            name=own,
        )

    def _closing(self, about: Record) -> DraftBalance | None:
        """The balance of the last statement, where the account says it."""
        if not about.get("$") or not about.get("/"):
            return None
        return DraftBalance(self.amounts.read(about.get("$"), about.line_of("$")), self.days.read(about, "/"))

    def _row(self, record: Record, own: str | None) -> DraftRow | None:
        if record.section.kind == "investments":
            return self._cash(record)
        letter = "T" if record.get("T") else "U"
        if not record.get(letter) and not record.splits:
            self.skipped.append(SkippedLine(record.line, "has no amount"))
            return None
        splits = record.splits
        if record.get(letter):
            amount = self.amounts.read(record.get(letter), record.line_of(letter))
        else:
            parts = (self.amounts.read(each.amount, each.line) for each in splits)
            amount = _kept(sum(parts, Decimal(0)), record.line)
        if not amount and not splits:
            self.skipped.append(SkippedLine(record.line, "moves no money"))
            return None
        row = self._draft(record, amount)
        transfer = row.transfer_to
        named_so = (row.payee or "").casefold().strip() in _OPENING
        if named_so and (transfer is None or transfer == own) and not splits:
            return replace(row, is_opening=True, transfer_to=None, category=None)
        return row

    def _draft(self, record: Record, amount: Decimal) -> DraftRow:
        category, transfer, tags = _category(record.get("L") or "")
        splits = self._splits(record, amount)
        payee, memo = record.get("P"), record.get("M")
        return DraftRow(
            line=record.line,
            date=self.days.read(record),
            amount=amount,
            payee=payee,
            description=memo if memo != payee else None,
            original=_original(record),
            status=_STATUS.get((record.get("C") or "*").lower(), "cleared"),
            category=None if splits else category,
            transfer_to=None if splits else transfer,
            splits=splits,
            tags=tags,
            notes="\n".join(record.address).strip() or None,
        )

    def _splits(self, record: Record, amount: Decimal) -> tuple[DraftSplit, ...]:
        """The parts, which come to the amount; what they lack is a part of its own."""
        found: list[DraftSplit] = []
        left = amount
        for split in record.splits:
            part = self._part(split, amount)
            category, transfer, tags = _category(split.category)
            found.append(DraftSplit(part, category, transfer, split.memo, tags))
            left = EXACT.subtract(left, part)
        if found and left:
            self.warnings.append(f"Line {record.line}: the parts are {left:f} short of the amount; that is left open.")
            found.append(DraftSplit(_kept(left, record.line)))
        return tuple(found)

    def _part(self, split: Split, whole: Decimal) -> Decimal:
        if split.amount:
            return self.amounts.read(split.amount, split.line)
        if not split.percent:
            return Decimal(0)
        share = self.amounts.read(split.percent.rstrip("% "), split.line)
        try:
            return quotient(EXACT.multiply(whole, share), _HUNDRED)[0]
        except NumberError as error:
            raise FileUnreadable.on_line(split.line, problem=f"line {split.line} has a share that {error}") from error

    def _cash(self, record: Record) -> DraftRow | None:
        """What an investment account's record does to its cash."""
        action = (record.get("N") or "").replace(" ", "").lower()
        text = record.get("T") or record.get("U") or record.get("$")
        if action in _THROUGH:
            self.skipped.append(SkippedLine(record.line, f"is {record.get('N')}: its cash is another account's"))
            return None
        if (action and action not in _BRINGS | _TAKES and action != "cash") or not text:
            self.skipped.append(SkippedLine(record.line, f"is {record.get('N') or 'empty'} and moves no cash"))
            return None
        amount = self.amounts.read(text, record.line_of("T"))
        if action in _TAKES:
            amount = -abs(amount)
        elif action in _BRINGS and action != "miscinc":
            amount = abs(amount)
        if not amount:
            self.skipped.append(SkippedLine(record.line, "moves no money"))
            return None
        row = self._draft(record, amount)
        words = [word for word in (record.get("N"), record.get("Q"), record.get("Y")) if word]
        traded = " ".join(words)
        described = "; ".join(word for word in (traded, row.description) if word)
        return replace(row, description=described or None, payee=row.payee or record.get("Y"))


def _kept(amount: Decimal, line: int) -> Decimal:
    """An amount that parts make.

    Raises:
        FileUnreadable: it has more digits than can be kept.
    """
    try:
        return kept(amount)
    except NumberError as error:
        raise FileUnreadable.on_line(line, problem=f"line {line} has parts whose sum {error}") from error


def _own_name(found: Sequence[Record]) -> str | None:
    """The account's name where no heading has it: its opening balance is a transfer from itself."""
    for record in found[:1]:
        if (record.get("P") or "").casefold().strip() in _OPENING:
            return _category(record.get("L") or "")[1]
    return None


def _category(text: str) -> tuple[str | None, str | None, tuple[str, ...]]:
    """A category or, in brackets, another account; and the classes behind a slash."""
    if text.casefold() in _SPLIT_WORDS:
        return None, None, ()
    if found := _TRANSFER.match(text):
        return None, found["account"].strip() or None, _classes(found["rest"].lstrip("/"))
    category, _, classes = text.partition("/")
    return category.strip(": ") or None, None, _classes(classes)


def _classes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in text.split("/") if each.strip()))


def _original(record: Record) -> Mapping[str, str]:
    original = dict(record.fields)
    if record.address:
        original["A"] = "\n".join(record.address)
    return original
