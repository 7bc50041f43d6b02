"""Exports of Actual."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.formats.actual import budgets

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBook, DraftFile, DraftSplit, DraftTransaction, FileTooLong, FileUnreadable

EUROS = "INSERT INTO preferences VALUES ('defaultCurrencyCode', 'EUR');"
DATA = budgets.archive(budgets.database(rows=budgets.ROWS + EUROS))


def _book(data: bytes) -> DraftBook:
    book = read(data).book
    assert book is not None
    return book


def _sides(each: DraftTransaction) -> list[tuple[str, str]]:
    return [(posting.account, f"{posting.amount:f}") for posting in each.postings]


PURSE = "Assets:Cash\ua789 Purse"


def test_an_archive_becomes_a_book_in_which_each_transfer_is_one_transaction() -> None:
    file: DraftFile = read(DATA)
    assert file.format == "actual"
    assert not file.questions
    assert {each.external_id: _sides(each) for each in _book(DATA).transactions} == {
        "t0": [("Assets:Giro", "1000.00"), ("Equity:Opening Balances", "-1000.00")],
        "t1": [("Assets:Giro", "-12.50"), ("Expenses:Daily:Food", "12.50")],
        "t2": [("Assets:Giro", "-30.00"), (PURSE, "30.00")],
        "t4": [("Assets:Giro", "-9.00"), ("Expenses:Daily:Fun", "5.00"), ("Liabilities:Card", "4.00")],
        "t7": [("Assets:Giro", "50.00"), ("Income:Pay", "-50.00")],
        "t8": [("Assets:Giro", "-1.00"), ("Expenses:Uncategorised", "1.00")],
        "t9": [("Assets:Old", "2.00"), ("Assets:Giro", "-2.00")],
        "t10": [("Assets:Old", "-2.00"), ("Assets:Giro", "2.00")],
    }


def test_what_is_known_of_a_transaction_is_kept() -> None:
    found = {each.external_id: each for each in _book(DATA).transactions}
    assert found["t0"].is_opening
    assert found["t0"].postings[0].status == "reconciled"
    assert (found["t1"].payee, found["t1"].tags) == ("Shop", ("daily", "a"))
    assert found["t1"].postings[0].status == "pending"
    assert [posting.status for posting in found["t2"].postings] == ["cleared", "pending"]
    assert found["t2"].payee is None
    assert found["t4"].postings[1].memo == "toy"


def test_what_was_deleted_is_left_out_aloud() -> None:
    file = read(DATA)
    assert [(skipped.line, skipped.reason) for skipped in file.skipped] == [
        (4, "is the other side of a transfer"),
        (8, "is the other side of a transfer"),
        (9, "was deleted"),
        (14, "is a part of what was deleted"),
    ]
    assert file.warnings == ("Not read: 1 schedules.",)


def test_accounts_keep_their_kinds_and_whether_they_are_closed() -> None:
    accounts = {each.name: each for each in _book(DATA).accounts}
    assert (accounts["Liabilities:Card"].kind, accounts["Liabilities:Card"].type) == ("liability", "credit_card")
    closed = accounts["Assets:Old"].closed
    assert closed is not None
    assert closed.isoformat() == "2024-01-09"


def test_a_budget_without_a_currency_asks_for_it() -> None:
    data = budgets.database()
    [question] = read(data).questions
    assert question.name == "currency"
    answered = read(data, answers={"currency": "SEK"})
    assert answered.book
    assert {posting.currency for each in answered.book.transactions for posting in each.postings} == {"SEK"}


def test_the_archive_may_hold_a_folder() -> None:
    assert read(budgets.archive(budgets.database(), folder="My-Budget/")).format == "actual"


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(FileUnreadable):
        read(budgets.database(rows=EUROS + budgets.ROWS.replace("20240107", "20240230")))


def test_more_transactions_than_allowed_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(DATA, max_rows=5)


CSV = b"""Account,Date,Payee,Notes,Category_Group,Category,Amount,Split_Amount,Cleared
Giro,2024-03-05,Shop,(SPLIT INTO 2) both #a,,,0,-9,Reconciled
Giro,2024-03-05,Shop,(SPLIT 1 OF 2) toy,Daily,Fun,-5,0,Reconciled
Giro,2024-03-05,Card,(SPLIT 2 OF 2) ,,,-4,0,Reconciled
Giro,2024-03-04,Shop,,Daily,Food,-12.50,0,Cleared
Giro,2024-03-03,Card,,,,-30,0,Not cleared
Giro,2024-03-02,Nobody,,,,0,0,Cleared
Card,2024-03-03,Giro,,,,30,0,Cleared
"""


def test_a_csv_becomes_a_statement_for_each_account() -> None:
    file = read(CSV)
    assert file.format == "actual"
    giro, card = file.statements
    transfer, food, split = giro.rows
    assert (transfer.transfer_to, transfer.status, transfer.category) == ("Card", "pending", None)
    assert (food.amount, food.category, food.payee) == (Decimal("-12.50"), "Daily:Food", "Shop")
    assert (split.amount, split.description, split.tags) == (Decimal(-9), "both #a", ("a",))
    assert split.status == "reconciled"
    assert split.splits == (
        DraftSplit(Decimal(-5), "Daily:Fun", None, "toy"),
        DraftSplit(Decimal(-4), None, "Card"),
    )
    assert card.rows[0].transfer_to == "Giro"
    assert [skipped.line for skipped in file.skipped] == [7]
