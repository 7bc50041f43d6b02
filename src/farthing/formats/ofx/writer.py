"""Writing OFX: statements of bank accounts and cards, for programs that download them from banks.

OFX 2.2 is XML; 1.0.2, which older programs want, is SGML in Windows' western characters, where others are question
marks. OFX has no words for categories and for splits. What is pending stands in a list of its own, which 1.0.2 hasn't
got. Accounts without a number get one made of their name. Source: the specifications of ofx.net.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from farthing.formats.drafts import DraftBalance, DraftRow, DraftStatement, WrittenRegister
from farthing.formats.written import unmistakable

Version = Literal["2.2", "1.0.2"]

_XML_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n'
    '<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\r\n'
)
_SGML_HEAD = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n"
    "COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
_TYPES = {
    "checking": "CHECKING",
    "savings": "SAVINGS",
    "cash": "CHECKING",
    "loan": "CREDITLINE",
    "mortgage": "CREDITLINE",
    "payable": "CREDITLINE",
}
_CARD = "credit_card"
_NO_BANK = "0"
_LONGEST_NAME, _LONGEST_WHOLE_NAME, _LONGEST_MEMO = 32, 100, 255
_LONGEST_ID, _LONGEST_NUMBER = 255, 34
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_UNFIT = re.compile("[^ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def takes(statement: DraftStatement) -> bool:
    """Whether an account can be told of: it is kept in a currency of ISO 4217, as all of OFX is."""
    return statement.currency is not None and _CURRENCY.match(statement.currency) is not None


def write(registers: Iterable[WrittenRegister], *, made_at: dt.datetime, version: Version = "2.2") -> Iterator[bytes]:
    """Statements as an OFX file, a piece at a time.

    Args:
        registers: what is written: statements with their rows, the oldest first. Rows are looked at several times.
        made_at: when the statements were made, in UTC.
        version: of OFX.
    """
    writer = _Writer(version, made_at)
    found = list(registers)
    cards = [each for each in found if each[0].account_type == _CARD]
    banks = [each for each in found if each[0].account_type != _CARD]
    yield from map(writer.encoded, writer.file(banks, cards))


@dataclass(frozen=True, slots=True)
class _Writer:
    version: Version
    made_at: dt.datetime

    def encoded(self, text: str) -> bytes:
        """A piece of the file in its characters."""
        return text.encode() if self._is_xml else text.encode("cp1252", "replace")

    def file(self, banks: list[WrittenRegister], cards: list[WrittenRegister]) -> Iterator[str]:
        """All of it."""
        yield _XML_HEAD if self._is_xml else _SGML_HEAD
        yield "<OFX>\r\n<SIGNONMSGSRSV1>\r\n<SONRS>\r\n"
        yield self._fine() + self._field("DTSERVER", f"{self.made_at:%Y%m%d%H%M%S}.000[0:GMT]")
        yield self._field("LANGUAGE", "ENG") + "</SONRS>\r\n</SIGNONMSGSRSV1>\r\n"
        for prefix, set_, registers in (("", "BANK", banks), ("CC", "CREDITCARD", cards)):
            if registers:
                yield f"<{set_}MSGSRSV1>\r\n"
                for register in registers:
                    yield from self._statement(prefix, *register)
                yield f"</{set_}MSGSRSV1>\r\n"
        yield "</OFX>\r\n"

    def _statement(self, prefix: str, statement: DraftStatement, rows: Iterable[DraftRow]) -> Iterator[str]:
        yield f"<{prefix}STMTTRNRS>\r\n" + self._field("TRNUID", "0") + self._fine()
        yield f"<{prefix}STMTRS>\r\n" + self._field("CURDEF", statement.currency or "")
        yield self._account(prefix, statement)
        first, last, pending = self._extent(statement, rows)
        yield f"<BANKTRANLIST>\r\n{self._field('DTSTART', _day(first))}{self._field('DTEND', _day(last))}"
        for row in rows:
            if row.status != "pending":
                yield self._row(row)
        yield "</BANKTRANLIST>\r\n"
        if pending and self._is_xml:
            yield f"<BANKTRANLISTP>\r\n{self._field('DTASOF', _day(last))}"
            for row in rows:
                if row.status == "pending":
                    yield self._pending_row(row)
            yield "</BANKTRANLISTP>\r\n"
        closing = statement.closing
        if closing is not None:
            yield self._balance(closing)
        yield f"</{prefix}STMTRS>\r\n</{prefix}STMTTRNRS>\r\n"

    def _extent(self, statement: DraftStatement, rows: Iterable[DraftRow]) -> tuple[dt.date, dt.date, bool]:
        """The first and the last day that are told of, and whether anything is pending."""
        until = statement.closing.date if statement.closing else self.made_at.date()
        first: dt.date | None = None
        last, pending = until, False
        for row in rows:
            pending = pending or row.status == "pending"
            first, last = min(first or row.date, row.date), max(last, row.date)
        return first or until, last, pending

    def _account(self, prefix: str, statement: DraftStatement) -> str:
        aggregate = f"{prefix or 'BANK'}ACCTFROM"
        fields = "" if prefix else self._field("BANKID", _NO_BANK)
        fields += self._field("ACCTID", _number(statement))
        if not prefix:
            fields += self._field("ACCTTYPE", _TYPES.get(statement.account_type or "", "CHECKING"))
        return f"<{aggregate}>\r\n{fields}</{aggregate}>\r\n"

    def _row(self, row: DraftRow) -> str:
        fields = self._field("TRNTYPE", _type(row)) + self._field("DTPOSTED", _day(row.date))
        if row.value_date:
            fields += self._field("DTAVAIL", _day(row.value_date))
        fields += self._field("TRNAMT", unmistakable(row.amount))
        fields += self._field("FITID", (row.external_id or "")[:_LONGEST_ID])
        return f"<STMTTRN>\r\n{fields}{self._words(row)}</STMTTRN>\r\n"

    def _pending_row(self, row: DraftRow) -> str:
        fields = self._field("TRNTYPE", _type(row)) + self._field("DTTRAN", _day(row.date))
        fields += self._field("TRNAMT", unmistakable(row.amount))
        return f"<STMTTRNP>\r\n{fields}{self._words(row)}</STMTTRNP>\r\n"

    def _words(self, row: DraftRow) -> str:
        payee, memo = _line(row.payee), _line(row.description)
        words = self._field("NAME", payee[:_LONGEST_NAME].strip())
        if len(payee) > _LONGEST_NAME and self._is_xml:
            words += self._field("EXTDNAME", payee[:_LONGEST_WHOLE_NAME].strip())
        return words + self._field("MEMO", memo[:_LONGEST_MEMO].strip())

    def _balance(self, closing: DraftBalance) -> str:
        fields = self._field("BALAMT", unmistakable(closing.amount)) + self._field("DTASOF", _day(closing.date))
        return f"<LEDGERBAL>\r\n{fields}</LEDGERBAL>\r\n"

    def _fine(self) -> str:
        return f"<STATUS>\r\n{self._field('CODE', '0')}{self._field('SEVERITY', 'INFO')}</STATUS>\r\n"

    def _field(self, name: str, text: str) -> str:
        """A field; one without a text isn't written. SGML closes none."""
        if not text:
            return ""
        said = text.translate(_MARKS)
        return f"<{name}>{said}</{name}>\r\n" if self._is_xml else f"<{name}>{said}\r\n"

    @property
    def _is_xml(self) -> bool:
        return self.version == "2.2"


def _type(row: DraftRow) -> str:
    if row.transfer_to:
        return "XFER"
    return "CREDIT" if row.amount > 0 else "DEBIT"


def _number(statement: DraftStatement) -> str:
    """The number of an account; that of one without is always the same, as long as its name is."""
    number = re.sub(r"\s", "", _line(statement.number))[:_LONGEST_NUMBER]
    return number or hashlib.sha256((statement.name or "").encode()).hexdigest()[:20].upper()


def _line(text: str | None) -> str:
    """A text on one line, of characters that XML takes."""
    return " ".join(_UNFIT.sub(" ", text or "").split())


def _day(date: dt.date) -> str:
    return f"{date.year:04}{date.month:02}{date.day:02}"
