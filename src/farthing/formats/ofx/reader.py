"""The reader of OFX and QFX."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from farthing.formats import numbers
from farthing.formats.bank_order import direction_by_dates
from farthing.formats.drafts import (
    DraftBalance,
    DraftCorrection,
    DraftFile,
    DraftRow,
    DraftStatement,
    DraftSum,
    FileUnreadable,
    SkippedLine,
)
from farthing.formats.ofx.fields import Amounts, day_of
from farthing.formats.ofx.gathering import TRADES, Aggregate, Gatherer, Statement
from farthing.formats.ofx.investments import Securities
from farthing.formats.ofx.tags import tags
from farthing.formats.text import decode
from farthing.ledger.money import MAX_DIGITS

_HEAD = 65_536
_MOST_BALANCES = 20

_ACCOUNT_TYPES = {
    "CHECKING": "checking",
    "SAVINGS": "savings",
    "MONEYMRKT": "savings",
    "CD": "savings",
    "CREDITLINE": "loan",
    "CREDITCARD": "credit_card",
}
_KINDS = {
    "CHECK": "Check",
    "ATM": "Cash machine",
    "CASH": "Cash",
    "POS": "Card payment",
    "INT": "Interest",
    "DIV": "Dividend",
    "FEE": "Fee",
    "SRVCHG": "Service charge",
    "DEP": "Deposit",
    "DIRECTDEP": "Direct deposit",
    "DIRECTDEBIT": "Direct debit",
    "REPEATPMT": "Standing order",
    "PAYMENT": "Payment",
    "XFER": "Transfer",
}
"""What a movement is called that has neither a name nor a memo."""
_CENT = Decimal("0.01")

_CHARSET = re.compile(rb"CHARSET\s*[:=]\s*\"?([A-Za-z0-9_.-]{1,32})", re.IGNORECASE)
_ENCODING = re.compile(rb"ENCODING\s*[:=]\s*[\"']?([A-Za-z0-9_.-]{1,32})", re.IGNORECASE)
_HEADER_LINE = re.compile(rb"(?:DATA|VERSION|SECURITY|ENCODING|CHARSET|COMPRESSION|OLDFILEUID|NEWFILEUID)\s*:")
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
    """Whether the file begins as OFX does: its header, or the tag ``OFX`` near the beginning.

    Some programs write only a part of the header: whatever line of it comes first, the tag follows.
    """
    head = data[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    if head.startswith((b"OFXHEADER", b"<OFX>", b"<?OFX")):
        return True
    return b"<OFX" in head and (head.startswith(b"<") or b"OFXHEADER" in head or _HEADER_LINE.match(head) is not None)


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
    gatherer = Gatherer(max_rows)
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
    amounts = Amounts(mark_votes)
    drafter = _Drafter(amounts, Securities(amounts, gatherer.securities))
    statements = tuple(drafter.statement(each) for each in gatherer.statements)
    drafter.skipped.sort(key=lambda each: each.line)
    understood = {"encoding": decoded.encoding, "statements": str(len(statements))}
    if drafter.orders:
        understood["order"] = "; ".join(dict.fromkeys(drafter.orders))
    if drafter.balances:
        understood["other balances"] = "; ".join(drafter.balances[:_MOST_BALANCES])
    return DraftFile("ofx", statements, tuple(drafter.skipped), tuple(drafter.warnings), understood)


def _declared(data: bytes) -> str | None:
    head = data[:_HEAD]
    for pattern in (_CHARSET, _ENCODING):
        if (found := pattern.search(head)) and (name := _DECLARED.get(found[1].upper())):
            return name
    return None


Told = Mapping[str, str | None]
"""The ids of a statement's transactions, each with the id of what it corrects."""


@dataclass(slots=True)
class _Drafter:
    """Turns gathered statements into drafts, noting what it leaves out."""

    amounts: Amounts
    securities: Securities
    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    balances: list[str] = field(default_factory=list)

    def statement(self, gathered: Statement) -> DraftStatement:
        """The draft of a statement."""
        currency = self._currency(gathered.head.get("CURDEF"), gathered.head.line)
        records, deleting = self._corrected(gathered.records)
        told = {record.get("FITID") or "": record.get("CORRECTFITID") for record in gathered.records}
        rows = [row for record in records if (row := self._row(record, currency, told)) is not None]
        deletions = tuple(self._draft(record, currency, told, self._amount(record)) for record in deleting)
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
                f"Line {gathered.head.line}: an investment account; its rows are the cash that came and went, "
                "with the units of what was traded beside them."
            )
        for each in gathered.cashless:
            reason = f"is of kind {each.name} and moves no cash{self.securities.words(each, currency)}"
            self.skipped.append(SkippedLine(each.line, reason))
        for each in gathered.balances:
            self.balances.append(
                f"{each.get('NAME', 'DESC') or 'a balance'}: {each.get('VALUE') or 'not stated'}"[:100]
            )
        return DraftStatement(
            rows=tuple(rows),
            number=account.get("ACCTID") if account else None,
            account_type=account_type,
            currency=currency,
            closing=self._closing(gathered, rows),
            holdings=self.securities.holdings(gathered, currency),
            deletions=deletions,
        )

    def _currency(self, code: str | None, line: int) -> str | None:
        if code is None:
            return None
        currency = numbers.currency_of(code.upper())
        if currency is None:
            self.warnings.append(f"Line {line}: the statement's currency is no ISO 4217 code.")
        return currency

    def _corrected(self, records: list[Aggregate]) -> tuple[list[Aggregate], list[Aggregate]]:
        """The transactions without those that the bank took back, and apart from them those that only take one back."""
        actions = {
            corrected: (record.get("CORRECTACTION") or "").upper()
            for record in records
            if (corrected := record.get("CORRECTFITID")) and corrected != record.get("FITID")
        }
        left, deleting = [], []
        for record in records:
            if (action := actions.get(record.get("FITID") or "")) is not None:
                done = "deleted" if action == "DELETE" else "replaced"
                self.skipped.append(SkippedLine(record.line, f"was {done} by the bank with a later transaction"))
            elif record.get("CORRECTFITID") and (record.get("CORRECTACTION") or "").upper() == "DELETE":
                deleting.append(record)
            else:
                left.append(record)
        return left, deleting

    def _row(self, record: Aggregate, currency: str | None, told: Told) -> DraftRow | None:
        if record.name in TRADES and record.get("TOTAL") is None:
            words = self.securities.words(record, currency)
            self.skipped.append(SkippedLine(record.line, f"is of kind {record.name} and has no TOTAL{words}"))
            return None
        amount = self._amount(record)
        if not amount:
            _day(record)
            self.skipped.append(SkippedLine(record.line, "moves no money"))
            return None
        return self._draft(record, currency, told, amount)

    def _amount(self, record: Aggregate) -> Decimal:
        return self.amounts.read(record, "TOTAL" if record.name in TRADES else "TRNAMT")

    def _draft(self, record: Aggregate, currency: str | None, told: Told, amount: Decimal) -> DraftRow:
        is_trade = record.name in TRADES
        payee = self._payee(record)
        memo = record.get("MEMO", "MEMO2")
        security = self.securities.moved(record, currency) if is_trade else None
        if security is not None:
            payee = payee or security.name
        said = memo if memo != payee else None
        kind = self.securities.kind(record) if is_trade else _kind(record)
        own = numbers.currency_of((record.get("CURRENCY.CURSYM") or "").upper())
        return DraftRow(
            line=record.line,
            date=_day(record),
            amount=amount,
            currency=own or currency,
            payee=payee,
            description=said or (kind if is_trade or not payee else None),
            value_date=day_of(record, "DTSETTLE" if is_trade else "DTAVAIL"),
            external_id=record.get("FITID"),
            original={"KIND": record.name, **_texts(record)} if is_trade else _texts(record),
            status="pending" if record.name == "STMTTRNP" else "cleared",
            counterparty_number=record.get("BANKACCTTO.ACCTID", "CCACCTTO.ACCTID"),
            foreign=self._foreign(record, amount, own or currency),
            security=security,
            corrects=_correction(record, told),
        )

    def _payee(self, record: Aggregate) -> str | None:
        """Who it was: the long name where it goes on where the short one was cut off."""
        short, long = record.get("NAME", "PAYEE.NAME"), record.get("EXTDNAME")
        return long if long and (short is None or len(long) > len(short)) else short

    def _foreign(self, record: Aggregate, amount: Decimal, currency: str | None) -> DraftSum | None:
        """What it was in the currency it was made in: ``CURRATE`` is the account's currency for one unit of that."""
        code = numbers.currency_of((record.get("ORIGCURRENCY.CURSYM") or "").upper())
        if code is None or code == currency:
            return None
        rate = self.amounts.find(record, "ORIGCURRENCY.CURRATE")
        if rate is None or rate <= 0:
            return None
        value = (amount / rate).quantize(_CENT) if abs(amount) < rate.scaleb(MAX_DIGITS - 4) else Decimal(0)
        return DraftSum(value, code) if value else None

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

    def _closing(self, gathered: Statement, rows: list[DraftRow]) -> DraftBalance | None:
        ledger = gathered.ledger
        if ledger is None or ledger.get("BALAMT") is None:
            return None
        amount = self.amounts.read(ledger, "BALAMT")
        date = day_of(ledger, "DTASOF") or (day_of(gathered.period, "DTEND") if gathered.period else None)
        if date is None and rows:
            date = max(row.date for row in rows)
        return DraftBalance(amount, date) if date else None


def _correction(record: Aggregate, told: Told) -> DraftCorrection | None:
    """What a transaction corrects: of several corrections of one, what the first of them does."""
    corrected = record.get("CORRECTFITID")
    if corrected is None:
        return None
    is_in_file, seen = corrected in told, {record.get("FITID"), corrected}
    while (before := told.get(corrected)) and before not in seen:
        seen.add(before)
        corrected = before
    return DraftCorrection(corrected, is_in_file=is_in_file)


def _day(record: Aggregate) -> dt.date:
    names = ("DTTRADE", "DTSETTLE") if record.name in TRADES else ("DTPOSTED", "DTTRAN", "DTUSER")
    date = next((found for name in names if (found := day_of(record, name))), None)
    if date is None:
        raise FileUnreadable.on_line(record.line, problem=f"line {record.line} begins a transaction without {names[0]}")
    return date


def _kind(record: Aggregate) -> str | None:
    """What a movement is, in words: all that is known of a cheque is its number."""
    kind = _KINDS.get((record.get("TRNTYPE") or "").upper())
    number = record.get("CHECKNUM")
    return f"{kind or 'Check'} {number}" if number and number.strip("0") else kind


def _texts(record: Aggregate) -> Mapping[str, str]:
    return {name: value for name, (value, _) in record.fields.items()}
