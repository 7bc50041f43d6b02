"""The reader of MT940 and MT942."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from farthing.formats import numbers
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
from farthing.formats.mt940.details import Details, details, is_account, original_sum, with_reference
from farthing.formats.numbers import NumberError
from farthing.formats.proof import dated_around_rows, unproven
from farthing.formats.references import reference, without_shared
from farthing.formats.text import decode
from farthing.ledger.money import EXACT

_HEAD = 65_536
_MOST_STATEMENTS = 20_000
_LONGEST_FIELD = 200
"""Lines of one field. Banks use six, and a few use more."""

_BEGIN = re.compile(rb"(?:\A|[\r\n\x01}]|\{4:)[ \t]*:20:")
_STATEMENT = re.compile(rb"[\r\n][ \t]*:(?:60[FM]|62[FM]|34F|61):")
_FIELD = re.compile(r"(?:\{4:)?\s*:(?P<tag>\d{2}[A-Z]?|[A-Z]{2}|94[02]):(?P<text>.*)", re.DOTALL)
_END = re.compile(r"-(?:[}\u00e5].*|[A-Z]{3})?\s*\Z|[{\u00e4][1-5S]:")
"""The end of a message. In Swedish sets of seven bits the braces are \u00e4 and \u00e5."""
_LINE = re.compile(
    r"(?P<value>\d{6}) {0,4}(?P<entry>\d{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])? ?"
    r"(?P<amount>[0-9.,]{1,64})(?P<kind>[A-Z][A-Z0-9 ]{3})?(?P<references>.*)",
    re.DOTALL,
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<date>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9.,]{1,64})\s*\Z")
_TOTAL = re.compile(r"(?P<count>\d{1,9})(?P<currency>[A-Z]{3})(?P<amount>[0-9.,]{1,64})\s*\Z")
_PAGE = re.compile(r"(?P<number>\d{1,9})(?:/(?P<page>\d{1,9}))?")
_FEBRUARY = 2
_THIRTIETH = 30
_OUT = frozenset({"D", "RC", "ED"})
"""Marks of money out: a debit, a credit taken back, a debit to come."""


def recognises(data: bytes) -> bool:
    """Whether the file holds a reference (field 20) and a balance, a limit or a statement line behind it."""
    head = data[:_HEAD].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe")
    found = _BEGIN.search(head)
    return bool(found and _STATEMENT.search(head, found.end()))


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: its tag, and its lines as they stand."""

    line: int
    tag: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "".join(self.lines).strip()


@dataclass(slots=True)
class _Entry:
    """A statement line (field 61) and what is said of it (field 86)."""

    line: _Field
    information: list[str] = field(default_factory=list)
    further: list[str] = field(default_factory=list)
    """What a bank says in a field of its own (NS)."""


@dataclass(slots=True)
class _Page:
    """The fields between one reference and the next."""

    line: int
    fields: dict[str, _Field] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    is_closed: bool = False

    def text(self, *tags: str) -> str | None:
        """The first of the fields that is there and says something."""
        return next((self.fields[tag].text for tag in tags if tag in self.fields and self.fields[tag].text), None)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG001 - nothing is left open
) -> DraftFile:
    """Read a file of MT940 or MT942.

    A movement's date is the day of its entry, and its value date the day from which interest runs; where the bank
    states one day only, it is both. Pages of one statement are joined where their balances follow from each other.

    Args:
        data: the whole file.
        max_rows: more statement lines are refused.
        answers: not asked for; the format leaves nothing open.

    Raises:
        FileUnreadable: a statement line or a balance breaks the format's rules, or there is no statement.
        FileTooLong: more than ``max_rows`` statement lines.
    """
    decoded = decode(data)
    pages = _pages(_fields(decoded.text), max_rows)
    if not pages:
        raise FileUnreadable.on_line(None, problem="it holds no statement, neither MT940 nor MT942")
    drafter = _Drafter()
    statements: list[DraftStatement] = []
    for before, page in zip([None, *pages], pages, strict=False):
        statement = drafter.statement(page)
        if before is not None and _continues(before, page, statements[-1], statement):
            statements[-1] = _joined(statements[-1], statement)
        else:
            statements.append(statement)
    statements = [dated_around_rows(statement) for statement in without_shared(statements)]
    drafter.warnings += unproven(statements)
    understood = {"encoding": decoded.encoding, "statements": str(len(statements))}
    if any("34F" in page.fields for page in pages):
        understood["kind"] = "interim report (MT942)"
    return DraftFile("mt940", tuple(statements), tuple(drafter.skipped), tuple(drafter.warnings), understood)


def _fields(text: str) -> Iterator[_Field]:
    """The fields of a file in their order, each with the lines that belong to it."""
    current: _Field | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip("\x01\x03\x1a")
        if current is None or ":" in line[:12]:
            # A header may stand on the line that its first field begins on: ``{1:...}{4::20:REF``.
            begin = line.rfind("{4:")
            found = _FIELD.match(line[begin:] if begin >= 0 else line)
            if found:
                if current is not None:
                    yield current
                current = _Field(number, found["tag"], [found["text"]])
                continue
        if _END.match(line):
            if current is not None:
                yield current
            current = None
        elif current is not None and len(current.lines) < _LONGEST_FIELD:
            current.lines.append(line)
    if current is not None:
        yield current


def _pages(fields: Iterator[_Field], max_rows: int) -> list[_Page]:
    pages: list[_Page] = []
    rows = 0
    last: _Field | None = None
    for each in fields:
        if each.tag == "20" or (pages and pages[-1].is_closed and each.tag in {"25", "25P", "28", "28C", "60F", "60M"}):
            pages.append(_Page(each.line))
            if len(pages) > _MOST_STATEMENTS:
                raise FileUnreadable.on_line(each.line, problem=f"it holds more than {_MOST_STATEMENTS} statements")
        if not pages:
            continue
        page = pages[-1]
        if each.tag == "61":
            page.entries.append(_Entry(each))
            rows += 1
            if rows > max_rows:
                raise FileTooLong(limit=str(max_rows))
        elif each.tag in {"86", "NS"}:
            # What follows a balance is said of the whole statement.
            if last is not None and last.tag in {"61", "86", "NS"} and page.entries and not page.is_closed:
                entry = page.entries[-1]
                told = entry.information if each.tag == "86" else entry.further
                told += each.lines[: _LONGEST_FIELD - len(told)]
        else:
            page.fields.setdefault(each.tag, each)
            page.is_closed = page.is_closed or each.tag in {"62F", "62M", "90D", "90C"}
        last = each
    return [page for page in pages if page.entries or {"60F", "60M", "62F", "62M", "34F"} & page.fields.keys()]


def _continues(before: _Page, page: _Page, one: DraftStatement, other: DraftStatement) -> bool:
    """Whether a page goes on where the one before it left off, in the same statement."""
    first, second = _page_number(before), _page_number(page)
    if one.number != other.number or first is None or second is None:
        return False
    goes_on = first[0] == second[0] and second[1] == first[1] + 1
    in_between = "62M" in before.fields or "60M" in page.fields
    if one.closing is None or other.opening is None:
        return goes_on and "34F" in page.fields
    return goes_on and in_between and one.closing.amount == other.opening.amount and one.currency == other.currency


def _page_number(page: _Page) -> tuple[int, int] | None:
    found = _PAGE.match(page.text("28C", "28") or "")
    return (int(found["number"]), int(found["page"] or 1)) if found else None


def _joined(one: DraftStatement, other: DraftStatement) -> DraftStatement:
    return replace(one, rows=one.rows + other.rows, closing=other.closing, currency=one.currency or other.currency)


@dataclass(slots=True)
class _Drafter:
    """Turns pages into drafts, noting what it leaves out."""

    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def statement(self, page: _Page) -> DraftStatement:
        """The draft of a page."""
        opening, currency = self._balance(page, "60F", "60M")
        closing, closing_currency = self._balance(page, "62F", "62M")
        limit = (page.text("34F") or "")[:3]
        currency = currency or closing_currency or numbers.currency_of(limit)
        rows = [row for entry in page.entries if (row := self._row(entry, currency)) is not None]
        self._check_totals(page, rows)
        return DraftStatement(
            rows=tuple(rows), number=_account(page, currency), currency=currency, opening=opening, closing=closing
        )

    def _balance(self, page: _Page, *tags: str) -> tuple[DraftBalance | None, str | None]:
        each = next((page.fields[tag] for tag in tags if tag in page.fields), None)
        if each is None:
            return None, None
        if not (found := _BALANCE.match(each.text)):
            problem = f"line {each.line} has no balance that can be read in field {each.tag}"
            raise FileUnreadable.on_line(each.line, problem=problem)
        amount = _amount(found["amount"], each)
        currency = numbers.currency_of(found["currency"])
        if currency is None:
            self.warnings.append(f"Line {each.line}: the statement's currency is no ISO 4217 code.")
        if not found["date"].strip("0"):
            return None, currency
        return DraftBalance(-amount if found["mark"] == "D" else amount, _day(found["date"], each)), currency

    def _row(self, entry: _Entry, currency: str | None) -> DraftRow | None:
        each = entry.line
        found = _LINE.match(each.lines[0].strip())
        below = each.lines[1:]
        if not found and below:  # the line itself was broken in two
            found, below = _LINE.match(each.lines[0].strip() + below[0].strip()), below[1:]
        if not found:
            problem = f"line {each.line} is no statement line (field 61) that can be read"
            raise FileUnreadable.on_line(each.line, problem=problem)
        amount = _amount(found["amount"], each)
        if not amount:
            self.skipped.append(SkippedLine(each.line, "moves no money"))
            return None
        value_date = _day(found["value"], each)
        date = _entry_day(found["entry"], value_date)
        is_out = found["mark"] in _OUT
        customer, _, bank = (part.strip() for part in found["references"].partition("//"))
        supplement = " ".join(line.strip() for line in below if line.strip())
        told = details(entry.information) if any(line.strip() for line in entry.information) else Details()
        if not told.text and not supplement:
            supplement = " ".join(line[2:].strip() for line in entry.further if line[2:].strip())
        told = with_reference(told, customer, supplement)
        if is_account(supplement):
            told = replace(told, account=told.account or supplement)
        elif supplement not in {told.payee, ""}:
            told = replace(told, text=told.text or supplement)
        original = {
            "61": "\n".join(each.lines).strip(),
            "86": "\n".join(entry.information).strip(),
            "NS": "\n".join(entry.further).strip(),
            "type": (found["kind"] or "").strip(),
            "reference": customer,
            "bank_reference": bank,
            "supplement": supplement,
            **told.parts,
        }
        return DraftRow(
            line=each.line,
            date=date,
            amount=-amount if is_out else amount,
            currency=currency,
            payee=told.payee,
            description=told.text,
            value_date=value_date,
            external_id=reference(bank),
            original={name: text for name, text in original.items() if text},
            status="pending" if found["mark"].startswith("E") else "cleared",
            counterparty_number=told.account,
            foreign=original_sum(f"{supplement} {told.parts.get('OCMT', '')}", negative=is_out),
        )

    def _check_totals(self, page: _Page, rows: list[DraftRow]) -> None:
        """Hold an interim report's own counts and sums against its lines."""
        for tag, is_debit in (("90D", True), ("90C", False)):
            each = page.fields.get(tag)
            if each is None or not (found := _TOTAL.match(each.text)):
                continue
            side = [abs(row.amount) for row in rows if (row.amount < 0) == is_debit]
            stated = _amount(found["amount"], each)
            total = Decimal(0)
            for amount in side:
                total = EXACT.add(total, amount)
            if total != stated:
                self.warnings.append(
                    f"Line {each.line}: the report states {stated} of {'debits' if is_debit else 'credits'}, "
                    f"and its lines come to {total}."
                )


def _account(page: _Page, currency: str | None) -> str | None:
    """The account's number, without what some banks put around it: slashes, a BIC below, the currency behind."""
    each = page.fields.get("25") or page.fields.get("25P")
    if each is None:
        return None
    number = each.lines[0].strip().strip("/")
    if currency and number.endswith(currency) and number[-len(currency) - 1 : -len(currency)].isdigit():
        number = number.removesuffix(currency)
    return number.removesuffix(f"/{currency}").removesuffix(f" {currency}").strip() or None


def _amount(text: str, each: _Field) -> Decimal:
    """An amount: by the rules a comma is its decimal mark; a point is where it can be nothing else."""
    text = text if text[-1:] not in {",", "."} else text[:-1]
    text = f"0{text}" if text[:1] in {",", "."} else text
    figure = numbers.figure(text)
    if figure is not None:
        marks = figure.marks
        votes = numbers.decimal_votes([figure])
        mark = "." if votes["."] or (marks == "." and not votes[","]) else ","
        try:
            return numbers.amount(figure, mark)
        except NumberError:
            pass
    raise FileUnreadable.on_line(each.line, problem=f"line {each.line} has an amount that can't be read or kept")


def _day(text: str, each: _Field) -> dt.date:
    """A day. Banks that count thirty days in every month have a 30th of February: that is its last."""
    year, month, number = int(text[:2]), int(text[2:4]), int(text[4:])
    if month == _FEBRUARY and number == _THIRTIETH:
        number = 28 + (year % 4 == 0)
    try:
        return day(Written((year, month, number), (2, 2, 2), ""), "ymd")
    except DateError as error:
        raise FileUnreadable.on_line(each.line, problem=f"line {each.line} has a date that {error}") from error


def _entry_day(text: str | None, value_date: dt.date) -> dt.date:
    """The day of the entry: month and day, in the year that brings it closest to the value date."""
    if text is None:
        return value_date
    days = []
    for year in (value_date.year - 1, value_date.year, value_date.year + 1):
        try:
            days.append(dt.date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    return min(days, key=lambda each: abs(each - value_date), default=value_date)
