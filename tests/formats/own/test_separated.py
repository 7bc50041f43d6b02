"""Farthing's own table of transactions, as CSV and TSV: what is written is read back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.formats import detection
from farthing.formats.drafts import (
    DraftCost,
    DraftPosting,
    DraftSum,
    DraftTransaction,
    FileTooLong,
    FileUnreadable,
)
from farthing.formats.own import separated
from farthing.formats.own.cells import HEADINGS, TEXTS, guarded, unguarded

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff"),
    max_size=12,
)
SAID = TEXT | st.sampled_from(("=1+1", "-1", "+2", "@sum", "'quoted", "''", "\tx", " =x", "a;b\\", '"', ",", "ä\nb"))
OPTIONAL = st.none() | SAID.filter(bool)
DAYS = st.dates(dt.date(1600, 1, 1), dt.date(2999, 12, 31))
AMOUNTS = st.decimals(-(10**9), 10**9, places=2) | st.decimals(0, 1, places=18)
CODES = st.sampled_from(("EUR", "USD", "BTC", "VWCE.DE"))
POSTINGS = st.builds(
    DraftPosting,
    account=SAID.filter(bool),
    amount=AMOUNTS,
    currency=CODES,
    memo=OPTIONAL,
    status=st.sampled_from(("pending", "cleared", "reconciled")),
    price=st.none() | st.builds(DraftSum, AMOUNTS, CODES),
    cost=st.none() | st.builds(DraftCost, AMOUNTS, CODES, st.none() | DAYS, OPTIONAL),
    generated=st.booleans(),
)
FACTS = SAID | st.booleans() | st.integers(-(2**53), 2**53) | AMOUNTS | DAYS | st.none()


@st.composite
def written(draw: st.DrawFn) -> list[DraftTransaction]:
    """Transactions with ids of their own."""
    made = []
    for number in range(draw(st.integers(0, 4))):
        as_written = draw(OPTIONAL)
        made.append(
            DraftTransaction(
                line=0,
                date=draw(DAYS),
                postings=tuple(draw(st.lists(POSTINGS, min_size=1, max_size=3))),
                payee=draw(OPTIONAL),
                description=draw(OPTIONAL),
                notes=draw(OPTIONAL),
                tags=tuple(draw(st.lists(SAID.filter(bool), max_size=3))),
                metadata=draw(st.dictionaries(SAID, FACTS, max_size=3)),
                value_date=draw(st.none() | DAYS),
                due_date=draw(st.none() | DAYS),
                external_id=f"id{number}",
                is_opening=draw(st.booleans()),
                original={"payee_as_written": as_written} if as_written else {},
            )
        )
    return made


def without_lines(transactions: tuple[DraftTransaction, ...]) -> list[DraftTransaction]:
    return [
        DraftTransaction(**{name: getattr(each, name) for name in each.__dataclass_fields__ if name != "line"}, line=0)
        for each in transactions
    ]


def file_of(transactions: list[DraftTransaction], delimiter: str = ",") -> bytes:
    return separated.head(delimiter) + separated.write(transactions, delimiter=delimiter)


@given(written(), st.sampled_from(separated.DELIMITERS))
def test_what_is_written_is_read_back(transactions: list[DraftTransaction], delimiter: str) -> None:
    data = file_of(transactions, delimiter)

    assert separated.recognises(data)
    read = detection.read(data)

    assert read.format == "farthing"
    assert read.book is not None
    assert without_lines(read.book.transactions) == transactions


@given(written())
def test_no_cell_is_a_formula(transactions: list[DraftTransaction]) -> None:
    head, *lines = csv.reader(io.StringIO(file_of(transactions).decode(), newline=""))

    for line in lines:
        for heading, cell in zip(head, line, strict=True):
            assert heading not in TEXTS or cell.lstrip()[:1] not in {*"=+-@\t\r\uff1d\uff0b\uff0d\uff20"}


def test_an_amount_stays_a_number() -> None:
    posting = DraftPosting("Assets:Checking", Decimal("-12.50"), "EUR", memo="-12.50")
    data = file_of([DraftTransaction(0, dt.date(2026, 3, 1), (posting,), external_id="x")])

    assert b",-12.50,EUR,cleared,'-12.50," in data


@pytest.mark.parametrize("text", ["", "x", "=1", "'", "'=1", "''x", " -", "\t", "\uff1dA1"])
def test_a_guard_comes_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_a_spreadsheet_may_reorder_and_add_columns() -> None:
    posting = DraftPosting("Assets:Checking", Decimal("-12.50"), "EUR")
    transaction = DraftTransaction(0, dt.date(2026, 3, 1), (posting,), external_id="x")
    rows = list(csv.reader(io.StringIO(file_of([transaction]).decode())))
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([*reversed(row), extra] for row, extra in zip(rows, "?!", strict=True))

    read = detection.read(b"\xef\xbb\xbf" + text.getvalue().encode())

    assert read.book is not None
    assert without_lines(read.book.transactions) == [transaction]


GOOD = dict.fromkeys(HEADINGS, "") | {
    "transaction_id": "x",
    "date": "2026-03-01",
    "account": "Assets:Checking",
    "amount": "1.00",
    "currency": "EUR",
}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("transaction_id", ""),
        ("date", ""),
        ("date", "01.03.2026"),
        ("date", "2026-02-30"),
        ("date", "0001-01-01"),
        ("value_date", "x"),
        ("amount", ""),
        ("amount", "1e5"),
        ("amount", "9" * 1000),
        ("currency", ""),
        ("currency", "eur"),
        ("account", ""),
        ("status", "done"),
        ("opening", "perhaps"),
        ("generated", "1"),
        ("metadata", "[1]"),
        ("metadata", "{"),
        ("metadata", "[" * 50_000),
        ("metadata", '{"a": {"number": "1e9"}}'),
        ("metadata", '{"a": {"date": "2026-13-01"}}'),
        ("metadata", '{"a": [1]}'),
        ("metadata", '{"a": 1.5}'),
        ("price", "1"),
        ("cost", "1"),
        ("notes", "x" * 200_000),
    ],
)
def test_a_cell_that_is_not_what_its_column_holds_is_refused_with_its_line(cell: str, value: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, GOOD.values(), (GOOD | {cell: value}).values()])

    with pytest.raises(FileUnreadable) as refused:
        detection.read(text.getvalue().encode())

    assert refused.value.blames[0].line == 3


@pytest.mark.parametrize("data", [b"a,b\r\n", b'"\r\n', b"x" * 10])
def test_a_row_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        detection.read(separated.head() + data)


def test_a_column_twice_is_refused() -> None:
    with pytest.raises(FileUnreadable):
        separated.read(separated.head().rstrip() + b",date\r\n", max_rows=9, answers={})


def test_so_many_transactions_and_no_more() -> None:
    posting = DraftPosting("Assets:Checking", Decimal(1), "EUR")
    two = [DraftTransaction(0, dt.date(2026, 3, 1), (posting,), external_id=each) for each in "ab"]

    with pytest.raises(FileTooLong):
        detection.read(file_of(two), max_rows=1)
