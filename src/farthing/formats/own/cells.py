"""The table: a row for each posting, what is said of its transaction repeated on each.

Text that a spreadsheet would take for a formula is written with an apostrophe before it, and so is text that begins
with an apostrophe: whoever reads takes one away from every cell that has one. Amounts are guarded by being amounts.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, get_args

from farthing.formats.drafts import (
    DraftCost,
    DraftPosting,
    DraftSum,
    DraftTransaction,
    FileTooLong,
    FileUnreadable,
    MetadataFact,
    Status,
)
from farthing.kit.wire import FIRST_DAY, LAST_DAY
from farthing.ledger.money import AmountError, parse_amount

Cell = str | Decimal | dt.date
Line = tuple[int, Mapping[str, str]]
"""A row that was read: its line in the file, and its cells by their headings, guards taken off."""
_OF_TRANSACTION = (
    "transaction_id",
    "date",
    "payee",
    "payee_as_written",
    "description",
    "notes",
    "tags",
    "value_date",
    "due_date",
    "metadata",
    "opening",
)
_OF_POSTING = (
    "account",
    "amount",
    "currency",
    "status",
    "memo",
    "price",
    "price_currency",
    "cost",
    "cost_currency",
    "cost_date",
    "cost_label",
    "generated",
)
HEADINGS = (*_OF_TRANSACTION, *_OF_POSTING)
"""The columns, in order. New ones are added at the end; none is ever renamed or taken away."""
TELLING = frozenset({"transaction_id", "date", "payee_as_written", "account", "amount", "currency", "generated"})
"""The headings that tell this table from what banks and other programs write."""
TEXTS = frozenset(
    {"transaction_id", "payee", "payee_as_written", "description", "notes", "tags", "metadata", "account", "memo"}
    | {"currency", "price_currency", "cost_currency", "cost_label"}
)
YES = "true"
STATUSES = frozenset(get_args(Status))
LONGEST_CELL = 100_000
_FORMULA = frozenset("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_TAG_ENDS = re.compile(r"(?:[^;\\]|\\.)+")
_CODE = re.compile(r"[A-Z][A-Z0-9._-]{1,11}\Z", re.ASCII)


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA and text else text


def unguarded(cell: str) -> str:
    """The text that was guarded, or needed no guard."""
    return cell.removeprefix("'")


def rows(transactions: Iterable[DraftTransaction]) -> Iterator[tuple[Cell, ...]]:
    """The rows of transactions, in the order of ``HEADINGS``. What there is nothing to say of is an empty text."""
    for each in transactions:
        said: tuple[Cell, ...] = (
            each.external_id or "",
            each.date,
            each.payee or "",
            each.original.get("payee_as_written", ""),
            each.description or "",
            each.notes or "",
            ";".join(re.sub(r"([;\\])", r"\\\1", tag) for tag in each.tags),
            each.value_date or "",
            each.due_date or "",
            _write_metadata(each.metadata),
            YES if each.is_opening else "",
        )
        for posting in each.postings:
            yield *said, *_posting(posting)


def transactions(lines: Iterable[Line], *, most: int) -> Iterator[DraftTransaction]:
    """The transactions that rows are of: those that follow each other with one id are one.

    Raises:
        FileUnreadable: a cell isn't what its column holds.
        FileTooLong: there are more than ``most``.
    """
    for count, (_, group) in enumerate(groupby(lines, key=lambda line: line[1]["transaction_id"])):
        if count == most:
            raise FileTooLong(limit=str(most))
        yield _transaction(list(group))


def _transaction(lines: Sequence[Line]) -> DraftTransaction:
    number, cells = lines[0]
    reader = _Cells(number, cells)
    if not cells["transaction_id"]:
        raise reader.fault("it names no transaction")
    for other, its in lines[1:]:
        for heading in _OF_TRANSACTION:
            if its.get(heading) != cells.get(heading):
                problem = f"on line {other} the column {heading} isn't what it is on line {number}, of one transaction"
                raise FileUnreadable.on_line(other, problem=problem)
    written = cells.get("payee_as_written")
    return DraftTransaction(
        line=number,
        date=reader.needed_day("date"),
        postings=tuple(_read_posting(_Cells(*line)) for line in lines),
        payee=reader.text("payee"),
        description=reader.text("description"),
        notes=reader.text("notes"),
        tags=tuple(re.sub(r"\\(.)", r"\1", tag) for tag in _TAG_ENDS.findall(cells.get("tags", ""))),
        metadata=reader.metadata(),
        value_date=reader.day("value_date"),
        due_date=reader.day("due_date"),
        external_id=reader.text("transaction_id"),
        is_opening=reader.is_so("opening"),
        original={"payee_as_written": written} if written else {},
    )


def _read_posting(cells: _Cells) -> DraftPosting:
    status = cells.text("status") or "cleared"
    if status not in STATUSES:
        raise cells.fault(f"the status is none of {', '.join(sorted(STATUSES))}")
    account = cells.text("account")
    if account is None:
        raise cells.fault("it names no account")
    price, cost = cells.amount("price"), cells.amount("cost")
    return DraftPosting(
        account=account,
        amount=cells.needed_amount("amount"),
        currency=cells.code("currency"),
        memo=cells.text("memo"),
        status=status,  # type: ignore[arg-type]
        price=None if price is None else DraftSum(price, cells.code("price_currency")),
        cost=None
        if cost is None
        else DraftCost(cost, cells.code("cost_currency"), cells.day("cost_date"), cells.text("cost_label")),
        generated=cells.is_so("generated"),
    )


class _Cells:
    """The cells of a row, read as what their columns hold."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self.cells = cells

    def fault(self, problem: str) -> FileUnreadable:
        return FileUnreadable.on_line(self.line, problem=f"on line {self.line} {problem}")

    def text(self, name: str) -> str | None:
        return self.cells.get(name) or None

    def is_so(self, name: str) -> bool:
        text = self.cells.get(name, "").lower()
        if text not in {"", YES, "false"}:
            raise self.fault(f"the column {name} is neither true nor empty")
        return text == YES

    def day(self, name: str) -> dt.date | None:
        text = self.cells.get(name)
        if not text:
            return None
        try:
            day = dt.date.fromisoformat(text) if _DAY.match(text) else None
        except ValueError:
            day = None
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            raise self.fault(f"the column {name} is no day written YYYY-MM-DD")
        return day

    def needed_day(self, name: str) -> dt.date:
        day = self.day(name)
        if day is None:
            raise self.fault(f"the column {name} is empty")
        return day

    def amount(self, name: str) -> Decimal | None:
        text = self.cells.get(name)
        if not text:
            return None
        try:
            return parse_amount(text)
        except AmountError:
            raise self.fault(f"the column {name} is no amount like -12.50") from None

    def needed_amount(self, name: str) -> Decimal:
        amount = self.amount(name)
        if amount is None:
            raise self.fault(f"the column {name} is empty")
        return amount

    def code(self, name: str) -> str:
        text = self.cells.get(name, "")
        if not _CODE.match(text):
            raise self.fault(f"the column {name} is no currency's code")
        return text

    def metadata(self) -> dict[str, MetadataFact]:
        text = self.cells.get("metadata")
        if not text:
            return {}
        try:
            read = json.loads(text)
            return {name: _read_fact(value) for name, value in read.items()}
        except (ValueError, AttributeError, TypeError, RecursionError, AmountError):
            raise self.fault("the metadata isn't a JSON object of names with a value each") from None


def _posting(posting: DraftPosting) -> tuple[Cell, ...]:
    price, cost = posting.price, posting.cost
    return (
        posting.account,
        posting.amount,
        posting.currency,
        posting.status,
        posting.memo or "",
        price.amount if price else "",
        price.currency if price else "",
        cost.amount if cost else "",
        cost.currency if cost else "",
        cost.date or "" if cost else "",
        cost.label or "" if cost else "",
        YES if posting.generated else "",
    )


def _write_metadata(metadata: Mapping[str, MetadataFact]) -> str:
    if not metadata:
        return ""
    facts = {name: _write_fact(value) for name, value in metadata.items()}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _write_fact(value: MetadataFact) -> Any:
    if isinstance(value, Decimal):
        return {"number": f"{value:f}"}
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value


def _read_fact(value: Any) -> MetadataFact:
    match value:
        case {"number": str(text), **others} if not others:
            return parse_amount(text)
        case {"date": str(text), **others} if not others and _DAY.match(text):
            return dt.date.fromisoformat(text)
        case None | bool() | int() | str():
            return value
    raise TypeError
