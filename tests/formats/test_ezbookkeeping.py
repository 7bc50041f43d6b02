"""Exports of ezBookkeeping."""

from __future__ import annotations

import datetime as dt

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBook, DraftTransaction, FileUnreadable

HEAD = (
    "Time,Timezone,Type,Category,Sub Category,Account,Account Currency,Amount,Account2,Account2 Currency,"
    "Account2 Amount,Geographic Location,Tags,Description\n"
)
FILE = HEAD + (
    "2024-09-01 00:30:00,+08:00,Balance Modification,,,Giro,CNY,100.00,,,,,,\n"
    "2024-09-02 12:34:56,+08:00,Income,Work,Pay,Giro,CNY,123.45,,,,123.450000 45.670000,a b;c,Hello World\n"
    "2024-09-03 12:34:56,+00:00,Expense,Food,Food,Giro,CNY,1.00,,,,,,\n"
    "2024-09-04 12:34:56,-05:00,Transfer,Moves,Savings,Giro,CNY,12.00,Dollars,USD,1.70,,,\n"
    "2024-09-05 12:34:56,-05:00,Expense,,,Giro,CNY,-2.00,,,,,,\n"
    "2024-09-06 12:34:56,-05:00,Expense,Food,Food,Giro,CNY,0.00,,,,,,\n"
)


def _book(text: str) -> DraftBook:
    book = read(text.encode()).book
    assert book is not None
    return book


def _sides(each: DraftTransaction) -> list[tuple[str, str]]:
    return [(posting.account, f"{posting.amount:f} {posting.currency}") for posting in each.postings]


def test_an_export_becomes_a_book_in_which_a_transfer_is_one_transaction() -> None:
    book = _book(FILE)
    assert [_sides(each) for each in book.transactions] == [
        [("Assets:Giro", "100.00 CNY"), ("Equity:Opening Balances", "-100.00 CNY")],
        [("Assets:Giro", "123.45 CNY"), ("Income:Work:Pay", "-123.45 CNY")],
        [("Assets:Giro", "-1.00 CNY"), ("Expenses:Food", "1.00 CNY")],
        [("Assets:Giro", "-12.00 CNY"), ("Assets:Dollars", "1.70 USD")],
        [("Assets:Giro", "2.00 CNY"), ("Income:Uncategorised", "-2.00 CNY")],
    ]
    opening, pay, _, moved, _ = book.transactions
    assert opening.is_opening
    assert (opening.date, pay.tags, pay.description) == (dt.date(2024, 9, 1), ("a b", "c"), "Hello World")
    assert moved.metadata == {"category": "Savings"}
    assert {each.name: each.currency for each in book.accounts}["Assets:Dollars"] == "USD"
    assert [skipped.line for skipped in read(FILE.encode()).skipped] == [7]


def test_tabs_part_its_cells_as_well() -> None:
    assert _book(FILE.replace(",", "\t")) == _book(FILE)


def test_a_file_without_currencies_asks_for_one() -> None:
    data = (
        b"Time,Type,Sub Category,Account,Amount,Account2,Account2 Amount\n2024-09-01 12:34:56,Transfer,,A,0.05,B,0.05\n"
    )
    assert [question.name for question in read(data).questions] == ["currency"]
    book = read(data, answers={"currency": "CNY"}).book
    assert book
    assert _sides(book.transactions[0]) == [("Assets:A", "-0.05 CNY"), ("Assets:B", "0.05 CNY")]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Income", "Gift"),
        ("2024-09-02 12:34:56", "soon"),
        ("Pay,Giro", "Pay,"),
        ("123.45,,", "much,,"),
        ("CNY,123", "?,123"),
    ],
)
def test_a_row_that_cant_be_read_names_its_line(right: str, wrong: str) -> None:
    with pytest.raises(FileUnreadable) as raised:
        read(FILE.replace(right, wrong).encode())
    assert raised.value.blames[0].line == 3


def test_a_refund_takes_from_what_was_spent() -> None:
    [refund] = _book(HEAD + "2025-01-01 12:34:56,+08:00,Refund,Food,Lunch,Giro,CNY,5.00,,,,,,\n").transactions
    assert _sides(refund) == [("Assets:Giro", "5.00 CNY"), ("Expenses:Food:Lunch", "-5.00 CNY")]
