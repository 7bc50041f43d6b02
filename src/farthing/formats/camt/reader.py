"""The reader of CAMT."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lxml import etree

from farthing.formats import zipped
from farthing.formats.bank_order import direction_by_dates
from farthing.formats.camt.elements import date, find, first, line_of, local, money, text
from farthing.formats.camt.entries import entry
from farthing.formats.drafts import (
    DraftBalance,
    DraftFile,
    DraftRow,
    DraftStatement,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
)
from farthing.formats.proof import dated_around_rows, unproven
from farthing.formats.references import without_shared
from farthing.formats.text import decode

_HEAD = 65_536
_MOST_STATEMENTS = 20_000
_STATEMENTS = {"Stmt": "053", "Rpt": "052", "Ntfctn": "054"}
_ENTERED = ("{*}Stmt", "{*}Rpt", "{*}Ntfctn", "{*}Acct", "{*}Bal", "{*}CreDtTm", "{*}Ntry")
_MESSAGES = (b"camt.052", b"camt.053", b"camt.054", b"BkToCstmrStmt", b"BkToCstmrAcctRpt", b"BkToCstmrDbtCdtNtfctn")
_ACCOUNT_TYPES = {"CACC": "checking", "TRAN": "checking", "SVGS": "savings", "CARD": "credit_card", "LOAN": "loan"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MISREAD = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.I18N_CONV_FAILED,
        etree.ErrorTypes.I18N_NO_HANDLER,
    }
)
"""What the parser says where the letters aren't of the encoding that the message names."""
_DECLARATION = re.compile(r"\A<\?xml[^>]{0,200}\?>")


def recognises(data: bytes) -> bool:
    """Whether the file, or the first XML file in a ZIP archive, is a message of CAMT."""
    if zipped.is_zip(data):
        try:
            names = [name for name in zipped.names(data) if _is_message(name)]
            return bool(names) and any(
                _is_camt(member.data) for member in zipped.members(data, lambda name: name == names[0])
            )
        except FileUnreadable:
            return False
    return _is_camt(data)


def _is_camt(data: bytes) -> bool:
    head = data[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and any(name in head for name in _MESSAGES)


def _is_message(name: str) -> bool:
    """Whether a member of an archive may be a message: other programs' archives have XML files of fixed names."""
    plain = name.lower()
    return plain.endswith((".xml", ".camt", ".c53", ".c52", ".c54")) and not plain.startswith(("[content", "meta-inf/"))


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG001 - nothing is left open
) -> DraftFile:
    """Read a message of CAMT, or a ZIP archive of them.

    An entry is one movement, as it is in the account's balance; the payments of a collective booking become its splits
    where they sum to it.

    Args:
        data: the whole file.
        max_rows: more entries are refused.
        answers: not asked for; the format leaves nothing open.

    Raises:
        FileUnreadable: no well-formed XML, an amount or a date is none, or there is no statement.
        FileTooLong: more than ``max_rows`` entries.
    """
    messages = (member.data for member in zipped.members(data, _is_message)) if zipped.is_zip(data) else iter((data,))
    gathered: list[_Statement] = []
    skipped: list[SkippedLine] = []
    rows = 0
    for message in messages:
        gatherer = _gathered(message, max_rows - rows)
        gathered += gatherer.statements
        skipped += gatherer.skipped
        rows += gatherer.rows
    if not gathered:
        raise FileUnreadable.on_line(None, problem="it holds no statement, report or notification of an account")
    statements = without_shared([dated_around_rows(each.draft()) for each in gathered])
    kinds = sorted({each.kind for each in gathered})
    warnings = unproven(statements)
    if "054" in kinds:
        warnings.append(
            "These are notifications (camt.054): they state no balances, and the account's statements hold the same "
            "movements again."
        )
    understood = {"message": ", ".join(f"camt.{kind}" for kind in kinds), "statements": str(len(statements))}
    return DraftFile("camt", tuple(statements), tuple(skipped), tuple(warnings), understood)


@dataclass(slots=True)
class _Statement:
    """A statement as it is gathered."""

    kind: str
    account: etree._Element | None = None
    created: etree._Element | None = None
    balances: list[etree._Element] = field(default_factory=list)
    rows: list[DraftRow] = field(default_factory=list)

    @property
    def number(self) -> str | None:
        return first(self.account, ("Id", "IBAN"), ("Id", "Othr", "Id"), ("Id", "PrtryAcct", "Id"))

    @property
    def currency(self) -> str | None:
        if code := text(self.account, "Ccy"):
            return code.upper()
        stated = (find(balance, "Amt") for balance in self.balances)
        named = (str(each.get("Ccy")).upper() for each in stated if each is not None and each.get("Ccy"))
        return next(named, None)

    def draft(self) -> DraftStatement:
        """The draft, in bank order."""
        rows = self.rows
        if direction_by_dates([row.date for row in rows]) == "newest first":
            rows = rows[::-1]
        currencies = {row.currency for row in rows}
        only = currencies.pop() if len(currencies) == 1 else None
        opening, closing = _around(self.balances)
        return DraftStatement(
            rows=tuple(rows),
            number=self.number,
            account_type=_ACCOUNT_TYPES.get((text(self.account, "Tp", "Cd") or "").upper()),
            currency=self.currency or only,
            opening=opening,
            closing=closing,
            name=text(self.account, "Nm"),
        )


class _Gatherer:
    """Gathers statements from messages.

    Args:
        max_rows: more entries are refused.
    """

    def __init__(self, max_rows: int) -> None:
        self.max_rows = max_rows
        self.statements: list[_Statement] = []
        self.skipped: list[SkippedLine] = []
        self.rows = 0
        self._current: _Statement | None = None

    def take(self, event: str, element: etree._Element) -> None:
        """Take the beginning or the end of an element."""
        name = local(element)
        if name in _STATEMENTS:
            self._current = _Statement(_STATEMENTS[name]) if event == "start" else None
            if self._current is not None:
                self.statements.append(self._current)
                if len(self.statements) > _MOST_STATEMENTS:
                    problem = f"it holds more than {_MOST_STATEMENTS} statements"
                    raise FileUnreadable.on_line(line_of(element), problem=problem)
        elif event == "end" and self._current is not None:
            self._keep(self._current, name, element)

    def _keep(self, statement: _Statement, name: str, element: etree._Element) -> None:
        parent = element.getparent()
        if parent is None or local(parent) not in _STATEMENTS:
            return  # an account or an entry of something else
        if name == "Acct":
            statement.account = element
        elif name == "CreDtTm":
            statement.created = element
        elif name == "Bal":
            statement.balances.append(element)
        elif name == "Ntry":
            self.rows += 1
            if self.rows > self.max_rows:
                raise FileTooLong(limit=str(self.max_rows))
            taken = entry(element, statement.number, statement.currency, date(statement.created))
            if isinstance(taken, SkippedLine):
                self.skipped.append(taken)
            else:
                statement.rows.append(taken)
            element.clear()


def _gathered(data: bytes, max_rows: int) -> _Gatherer:
    """What a message holds. One whose letters break the rules of its encoding is read in the encoding they fit."""
    data = data.lstrip(b" \t\r\n\xef\xbb\xbf")
    try:
        return _parsed(data, max_rows)
    except etree.XMLSyntaxError as error:
        if error.code not in _MISREAD:
            raise _malformed(error) from error
        mended = _FORBIDDEN.sub(" ", _DECLARATION.sub("", decode(data).text)).encode()
    try:
        return _parsed(mended, max_rows)
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from error


def _malformed(error: etree.XMLSyntaxError) -> FileUnreadable:
    line = max(1, error.lineno or 1)
    return FileUnreadable.on_line(line, problem=f"line {line} is no well-formed XML")


def _parsed(data: bytes, max_rows: int) -> _Gatherer:
    gatherer = _Gatherer(max_rows)
    for event, element in _events(data):
        gatherer.take(event, element)
    return gatherer


def _events(data: bytes) -> Iterator[tuple[str, etree._Element]]:
    """The elements that matter, as they begin and end. Nothing is expanded and nothing fetched.

    Raises:
        FileUnreadable: the message declares a document type.
        XMLSyntaxError: it is no well-formed XML.
    """
    reading = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        tag=_ENTERED,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_checked = False
    for event, element in reading:
        if not is_checked:
            is_checked = True
            if element.getroottree().docinfo.internalDTD is not None:
                raise FileUnreadable.on_line(1, problem="it declares a document type; that isn't read")
        yield event, element


def _around(balances: Sequence[etree._Element]) -> tuple[DraftBalance | None, DraftBalance | None]:
    """The balances before and after the entries: the booked ones, at the day's end or in between."""
    opening = closing = None
    between: list[DraftBalance] = []
    for element in balances:
        code = (first(element, ("Tp", "CdOrPrtry", "Cd"), ("Tp", "Cd"), ("Tp", "CdOrPrtry", "Prtry")) or "").upper()
        if code not in {"OPBD", "PRCD", "CLBD", "ITBD"}:
            continue
        balance = _balance(element)
        if balance is None:
            continue
        if code == "OPBD" or (code == "PRCD" and opening is None):
            opening = balance
        elif code == "CLBD":
            closing = balance
        elif code == "ITBD":
            between.append(balance)
    # Of a statement in several pages, one page ends where the next begins: at a balance in between.
    if between and closing is None:
        closing = between[-1]
        between = between[:-1]
    if between and opening is None:
        opening = between[0]
    return opening, closing


def _balance(element: etree._Element) -> DraftBalance | None:
    stated, day = find(element, "Amt"), date(find(element, "Dt"))
    if stated is None or day is None:
        return None
    amount = money(stated).amount
    is_debit = (text(element, "CdtDbtInd") or "").upper() == "DBIT"
    return replace(DraftBalance(amount, day), amount=-amount if is_debit else amount)
