"""The table as a workbook: written, and read back with nothing lost."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from tests.formats.own.test_separated import without_lines, written

from farthing.formats import detection
from farthing.formats.drafts import DraftCost, DraftPosting, DraftSum, DraftTransaction, FileUnreadable
from farthing.formats.own.workbook import TransactionsWorkbook


def workbook_of(transactions: list[DraftTransaction]) -> bytes:
    file = io.BytesIO()
    workbook = TransactionsWorkbook(file)
    workbook.add(transactions)
    workbook.end()
    return file.getvalue()


def stripped(thing: Any) -> Any:
    """The same, without spaces around texts: no book has those, and the reader of workbooks takes them off."""
    match thing:
        case str():
            return thing.strip() or "x"
        case list() | tuple():
            return type(thing)(map(stripped, thing))
        case DraftTransaction() | DraftPosting() | DraftCost() | DraftSum():
            return replace(thing, **{each.name: stripped(getattr(thing, each.name)) for each in fields(thing)})
        case dict() if "payee_as_written" in thing:
            return {name: stripped(value) for name, value in thing.items()}
    return thing


@settings(deadline=None)
@given(written().map(stripped))
def test_what_is_written_is_read_back(transactions: list[DraftTransaction]) -> None:
    read = detection.read(workbook_of(transactions))

    assert read.format == "farthing"
    assert read.book is not None
    assert without_lines(read.book.transactions) == transactions


@settings(deadline=None)
@given(written())
def test_no_cell_is_a_formula(transactions: list[DraftTransaction]) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_of(transactions))) as parts:
        assert b"<f" not in parts.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", ["_x0041_", "a\rb", "\x01", "_x000D_", "a_b"])
def test_what_a_workbook_escapes_is_what_it_was(text: str) -> None:
    posting = DraftPosting("Assets:Bank", Decimal("1.50"), "EUR", memo=text)
    transaction = DraftTransaction(0, dt.date(2026, 3, 1), (posting,), external_id="a")

    book = detection.read(workbook_of([transaction])).book

    assert book is not None
    assert book.transactions[0].postings[0].memo == text


def test_a_cell_that_is_not_what_its_column_holds_is_refused_with_its_line() -> None:
    posting = DraftPosting("", Decimal("1.50"), "EUR")
    transaction = DraftTransaction(0, dt.date(2026, 3, 1), (posting,), external_id="a")

    with pytest.raises(FileUnreadable, match="line 2"):
        detection.read(workbook_of([transaction]))
