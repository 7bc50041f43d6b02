"""OFX and QFX: the statements that banks write for programs.

Open Financial Exchange 1.6 (SGML) and 2.x (XML), sections "Statement Download", "Credit Card Statement Download" and
"Investment Statement Download". Real files break the specification in many small ways, so aggregates close by their
rank and not by their closing tags, unknown tags are passed over, and missing parts of the header are no matter.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from farthing.formats import numbers
from farthing.formats.bank_order import direction_by_dates
from farthing.formats.dates import DateError, Written, day
from farthing.formats.drafts import (
    DraftBalance,
    DraftFile,
    DraftRow,
    DraftStatement,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
)
from farthing.formats.numbers import NumberError
from farthing.formats.ofx_tags import Tag, tags
from farthing.formats.text import decode

_HEAD = 65_536
_MOST_STATEMENTS = 1_000
_MOST_FIELDS = 200

_STATEMENTS = {"STMTRS": None, "CCSTMTRS": "credit_card", "INVSTMTRS": "investment"}
_TRADES = frozenset(
    {
        "BUYDEBT",
        "BUYMF",
        "BUYOPT",
        "BUYOTHER",
        "BUYSTOCK",
        "SELLDEBT",
        "SELLMF",
        "SELLOPT",
        "SELLOTHER",
        "SELLSTOCK",
        "INCOME",
        "INVEXPENSE",
        "MARGININTEREST",
        "RETOFCAP",
    }
)
"""Investment transactions whose TOTAL is cash that came or went."""
_CASHLESS = frozenset({"REINVEST", "CLOSUREOPT", "SPLIT", "TRANSFER", "JRNLSEC", "JRNLFUND"})
"""Investment transactions that leave the account's cash as it was."""

_RANKS = {
    **dict.fromkeys(_STATEMENTS, 1),
    **dict.fromkeys(
        (
            "BANKACCTFROM",
            "CCACCTFROM",
            "INVACCTFROM",
            "BANKTRANLIST",
            "INVTRANLIST",
            "LEDGERBAL",
            "AVAILBAL",
            "INVPOSLIST",
            "INVBAL",
            "INVOOLIST",
            "BALLIST",
            "BANKTRANLISTP",
        ),
        2,
    ),
    **dict.fromkeys({"STMTTRN", "STMTTRNP", *_TRADES, *_CASHLESS}, 3),
    **dict.fromkeys(("PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO"), 4),
    "SECLIST": 1,
}
"""The aggregates that matter. Opening one closes all of its own rank or deeper, with or without their closing tags."""

_ACCOUNT_TYPES = {
    "CHECKING": "checking",
    "SAVINGS": "savings",
    "MONEYMRKT": "savings",
    "CD": "savings",
    "CREDITLINE": "loan",
    "CREDITCARD": "credit_card",
}

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?=\D|\d{2}|\Z)", re.ASCII)
_NO_DATE = re.compile(r"0*\Z")
_CHARSET = re.compile(rb"CHARSET\s*[:=]\s*\"?([A-Za-z0-9_.-]{1,32})", re.IGNORECASE)
_ENCODING = re.compile(rb"ENCODING\s*[:=]\s*[\"']?([A-Za-z0-9_.-]{1,32})", re.IGNORECASE)
_DECLARED = {
    b"1252": "cp1252",
    b"WINDOWS-1252": "cp1252",
    b"8859-1": "cp1252",  # its bytes 80 to 9F are control characters; what banks put there is Windows'
    b"ISO-8859-1": "cp1252",
    b"8859-15": "iso8859_15",
    b"ISO-8859-15": "iso8859_15",
    b"1250": "cp1250",
    b"WINDOWS-1250": "cp1250",
    b"850": "cp850",
    b"GB18030": "gb18030",
    b"GBK": "gb18030",
    b"GB2312": "gb18030",
    b"USASCII": "cp1252",
    b"US-ASCII": "cp1252",
}


def recognises(data: bytes) -> bool:
    """Whether the file begins as OFX does: its header, or the tag ``OFX`` near the beginning."""
    head = data[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    if head.startswith((b"OFXHEADER", b"<OFX>", b"<?OFX")):
        return True
    return b"<OFX" in head and (head.startswith(b"<") or b"OFXHEADER" in head)


@dataclass(slots=True)
class _Aggregate:
    """An open aggregate and its fields; of a field that comes twice, the first counts."""

    name: str
    line: int
    fields: dict[str, tuple[str, int]] = field(default_factory=dict)

    def put(self, name: str, value: str, line: int) -> None:
        if value and len(self.fields) < _MOST_FIELDS:
            self.fields.setdefault(name, (value, line))

    def get(self, *names: str) -> str | None:
        """The first of the fields that is there."""
        return next((self.fields[name][0] for name in names if name in self.fields), None)

    def line_of(self, name: str) -> int:
        return self.fields[name][1] if name in self.fields else self.line


@dataclass(slots=True)
class _Statement:
    """A statement as it is gathered."""

    head: _Aggregate
    account_type: str | None
    account: _Aggregate | None = None
    period: _Aggregate | None = None
    ledger: _Aggregate | None = None
    records: list[_Aggregate] = field(default_factory=list)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG001 - nothing is left open
) -> DraftFile:
    """Read an OFX or QFX file.

    Dates are the calendar days as the bank writes them: ``20250131235959[-5:EST]`` is the 31st, whatever the zone here.
    Amounts have a point or a comma for their decimal mark, as the specification allows.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: not asked for; the format leaves nothing open.

    Raises:
        FileUnreadable: the file breaks off, an amount or a date is none, or it holds no statement.
        FileTooLong: more than ``max_rows`` transactions.
    """
    decoded = decode(data, declared=_declared(data))
    gatherer = _Gatherer(max_rows)
    for tag in tags(decoded.text):
        gatherer.take(tag)
    if gatherer.is_open:
        line = decoded.text.count("\n") + (not decoded.text.endswith("\n"))
        problem = f"it breaks off at line {line}, before the end of its statements"
        raise FileUnreadable.on_line(line, problem=problem)
    if not gatherer.statements:
        raise FileUnreadable.on_line(None, problem="it is OFX, but holds no statement of an account")
    mark_votes = numbers.decimal_votes(
        figure
        for statement in gatherer.statements
        for record in statement.records
        if (figure := numbers.figure(record.get("TRNAMT", "TOTAL") or ""))
    )
    drafter = _Drafter(_Amounts(mark_votes), gatherer.cashless)
    statements = tuple(drafter.statement(each) for each in gatherer.statements)
    drafter.skipped.sort(key=lambda each: each.line)
    understood = {"encoding": decoded.encoding, "statements": str(len(statements))}
    if drafter.orders:
        understood["order"] = "; ".join(dict.fromkeys(drafter.orders))
    return DraftFile("ofx", statements, tuple(drafter.skipped), tuple(drafter.warnings), understood)


def _declared(data: bytes) -> str | None:
    head = data[:_HEAD]
    for pattern in (_CHARSET, _ENCODING):
        if (found := pattern.search(head)) and (name := _DECLARED.get(found[1].upper())):
            return name
    return None


class _Gatherer:
    """Gathers a file's statements from its tags.

    Args:
        max_rows: more transactions are refused.
    """

    def __init__(self, max_rows: int) -> None:
        self.max_rows = max_rows
        self.statements: list[_Statement] = []
        self.cashless: list[_Aggregate] = []
        """Transactions that move no cash, or aren't booked."""
        self.is_open = False
        self._stack: list[_Aggregate] = []
        self._rows = 0

    def take(self, tag: Tag) -> None:
        """Take the next tag.

        Raises:
            FileUnreadable: more statements than anyone has accounts.
            FileTooLong: more transactions than allowed.
        """
        if tag.name == "OFX":
            self.is_open = not tag.is_close
            self._stack = []
        elif tag.is_close:
            self._close(tag.name)
        elif tag.name in _RANKS and not (tag.name == "CURRENCY" and tag.text):
            self._open(tag)
        else:
            self._put(tag)

    def _close(self, name: str) -> None:
        if any(aggregate.name == name for aggregate in self._stack):
            while self._stack.pop().name != name:
                pass

    def _open(self, tag: Tag) -> None:
        rank = _RANKS[tag.name]
        while self._stack and _RANKS[self._stack[-1].name] >= rank:
            self._stack.pop()
        entered = _Aggregate(tag.name, tag.line)
        self._stack.append(entered)
        if tag.name in _STATEMENTS:
            self.statements.append(_Statement(entered, _STATEMENTS[tag.name]))
            if len(self.statements) > _MOST_STATEMENTS:
                raise FileUnreadable.on_line(tag.line, problem=f"it holds more than {_MOST_STATEMENTS} statements")
        elif self._stack[0].name in _STATEMENTS:
            self._enter(self.statements[-1], entered)

    def _enter(self, statement: _Statement, entered: _Aggregate) -> None:
        """Hand an aggregate that has just opened to its statement."""
        if entered.name.endswith("ACCTFROM"):
            statement.account = statement.account or entered
        elif entered.name in ("BANKTRANLIST", "INVTRANLIST"):
            statement.period = statement.period or entered
        elif entered.name == "LEDGERBAL":
            statement.ledger = statement.ledger or entered
        elif _RANKS[entered.name] == _RANKS["STMTTRN"]:
            is_booked = entered.name == "STMTTRN" or entered.name in _TRADES
            (statement.records if is_booked else self.cashless).append(entered)
            self._rows += 1
            if self._rows > self.max_rows:
                raise FileTooLong(limit=str(self.max_rows))

    def _put(self, tag: Tag) -> None:
        """Keep a field in the aggregate it stands in; a payee's or a currency's fields in their transaction."""
        if not self._stack:
            return
        top = self._stack[-1]
        if _RANKS[top.name] == _RANKS["PAYEE"] and len(self._stack) > 1:
            self._stack[-2].put(f"{top.name}.{tag.name}", tag.text, tag.line)
        else:
            top.put(tag.name, tag.text, tag.line)


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Reads amounts. By the specification a single mark is the decimal one.

    Other amounts of the file may show that it isn't: where they have 12.50, then 1,234 are thousands.
    """

    votes: Counter[str]

    def read(self, aggregate: _Aggregate, name: str) -> Decimal:
        """The amount of a field.

        Raises:
            FileUnreadable: it's missing, or no amount that can be kept.
        """
        line = aggregate.line_of(name)
        figure = numbers.figure(aggregate.get(name) or "")
        if figure is None:
            raise FileUnreadable.on_line(line, problem=f"line {line} has no amount that can be read in {name}")
        own = numbers.decimal_votes([figure])
        shown = [mark for mark in ".," if (own if not own["?"] else self.votes)[mark]]
        mark = shown[0] if len(shown) == 1 else (figure.marks or ".")[0]
        try:
            return numbers.amount(figure, mark)
        except NumberError as error:
            raise FileUnreadable.on_line(line, problem=f"line {line} has an amount in {name} that {error}") from error


def _day(aggregate: _Aggregate, name: str) -> dt.date | None:
    """The calendar day of a field as it is written, or None where there is none: absent, or all zeros.

    Raises:
        FileUnreadable: it's no day.
    """
    text = aggregate.get(name)
    if text is None or _NO_DATE.match(text):
        return None
    line = aggregate.line_of(name)
    if not (found := _DATE.match(text)):
        raise FileUnreadable.on_line(line, problem=f"line {line} has no date that can be read in {name}")
    try:
        return day(Written((int(found[1]), int(found[2]), int(found[3])), (4, 2, 2), ""), "ymd")
    except DateError as error:
        raise FileUnreadable.on_line(line, problem=f"line {line} has a date in {name} that {error}") from error


@dataclass(slots=True)
class _Drafter:
    """Turns gathered statements into drafts, noting what it leaves out."""

    amounts: _Amounts
    loose: list[_Aggregate]
    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for each in self.loose:
            reason = "isn't booked" if each.name == "STMTTRNP" else f"is of kind {each.name} and moves no cash"
            self.skipped.append(SkippedLine(each.line, reason))

    def statement(self, gathered: _Statement) -> DraftStatement:
        """The draft of a statement."""
        currency = self._currency(gathered.head.get("CURDEF"), gathered.head.line)
        rows = [row for record in gathered.records if (row := self._row(record, currency)) is not None]
        rows = self._identified(rows)
        if direction_by_dates([row.date for row in rows]) == "newest first":
            rows.reverse()
            self.orders.append("newest first, by the dates")
        account = gathered.account
        account_type = gathered.account_type
        if account is not None and account_type is None:
            account_type = _ACCOUNT_TYPES.get((account.get("ACCTTYPE") or "").upper())
        if account_type == "investment":
            self.warnings.append(
                f"Line {gathered.head.line}: an investment account; only the cash of its trades is read, no holdings."
            )
        return DraftStatement(
            rows=tuple(rows),
            number=account.get("ACCTID") if account else None,
            account_type=account_type,
            currency=currency,
            closing=self._closing(gathered, rows),
        )

    def _currency(self, code: str | None, line: int) -> str | None:
        if code is None:
            return None
        currency = numbers.currency_of(code.upper())
        if currency is None:
            self.warnings.append(f"Line {line}: the statement's currency is no ISO 4217 code.")
        return currency

    def _row(self, record: _Aggregate, currency: str | None) -> DraftRow | None:
        is_trade = record.name in _TRADES
        amount = self.amounts.read(record, "TOTAL" if is_trade else "TRNAMT")
        date_field = "DTTRADE" if is_trade else "DTPOSTED"
        date = _day(record, date_field) or (None if is_trade else _day(record, "DTUSER"))
        if date is None:
            problem = f"line {record.line} begins a transaction without {date_field}"
            raise FileUnreadable.on_line(record.line, problem=problem)
        if not amount:
            self.skipped.append(SkippedLine(record.line, "moves no money"))
            return None
        payee = record.get("NAME", "PAYEE.NAME")
        memo = record.get("MEMO", "SECNAME")
        return DraftRow(
            line=record.line,
            date=date,
            amount=amount,
            currency=numbers.currency_of((record.get("CURRENCY.CURSYM") or "").upper()) or currency,
            payee=payee,
            description=(memo if memo != payee else None) or (record.name if is_trade else None),
            value_date=_day(record, "DTSETTLE" if is_trade else "DTAVAIL"),
            external_id=record.get("FITID"),
            original={"KIND": record.name, **_texts(record)} if is_trade else _texts(record),
        )

    def _identified(self, rows: list[DraftRow]) -> list[DraftRow]:
        """Take the id from movements that share one and aren't the same: it can't be theirs."""
        shared: dict[str, set[tuple[dt.date, Decimal, str | None]]] = {}
        for row in rows:
            if row.external_id:
                shared.setdefault(row.external_id, set()).add((row.date, row.amount, row.payee))
        several = {identifier for identifier, movements in shared.items() if len(movements) > 1}
        if not several:
            return rows
        lines = [row.line for row in rows if row.external_id in several]
        self.warnings.append(f"Line {lines[0]}: the bank gave one FITID to {len(lines)} different transactions.")
        return [replace(row, external_id=None) if row.external_id in several else row for row in rows]

    def _closing(self, gathered: _Statement, rows: list[DraftRow]) -> DraftBalance | None:
        ledger = gathered.ledger
        if ledger is None or ledger.get("BALAMT") is None:
            return None
        amount = self.amounts.read(ledger, "BALAMT")
        date = _day(ledger, "DTASOF") or (_day(gathered.period, "DTEND") if gathered.period else None)
        if date is None and rows:
            date = max(row.date for row in rows)
        return DraftBalance(amount, date) if date else None


def _texts(record: _Aggregate) -> Mapping[str, str]:
    return {name: value for name, (value, _) in record.fields.items()}
