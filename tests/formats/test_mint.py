"""Exports of Mint."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import FileUnreadable

HEAD = "Date,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes\n"
FILE = HEAD + (
    '2/03/2023,Grocer,GROCER #12,"1,012.50",debit,Food: Groceries,Checking,trip work,mind\n'
    "2/02/2023,Pay,PAY,100.00,credit,Paycheck,Checking,,\n"
    "2/02/2023,To card,CARD,20.00,debit,Credit Card Payment,Checking,,\n"
    "2/01/2023,Nothing,NOTHING,0.00,debit,Fees,Checking,,\n"
    "2/02/2023,From checking,CARD,20.00,credit,Credit Card Payment,Card,,\n"
)


def test_each_account_gets_its_statement_oldest_first() -> None:
    file = read(FILE.encode())
    assert file.format == "mint"
    checking, card = file.statements
    assert (checking.name, card.name) == ("Checking", "Card")
    assert [row.amount for row in checking.rows] == [Decimal("-20.00"), Decimal("100.00"), Decimal("-1012.50")]
    grocer = checking.rows[-1]
    assert (grocer.date, grocer.payee, grocer.description) == (dt.date(2023, 2, 3), "Grocer", "GROCER #12")
    assert (grocer.category, grocer.tags, grocer.notes) == ("Food\ua789 Groceries", ("trip", "work"), "mind")
    assert checking.rows[0].category is None
    assert [skipped.line for skipped in file.skipped] == [5]


def test_a_row_that_says_no_direction_is_refused() -> None:
    with pytest.raises(FileUnreadable) as raised:
        read((HEAD + "2/03/2023,a,a,1.00,sideways,Food,Checking,,\n").encode())
    assert raised.value.blames[0].line == 2


def test_labels_that_commas_part_keep_their_spaces() -> None:
    [statement] = read((HEAD + '2/03/2023,a,a,1.00,debit,Food,Checking,"date night, shared",\n').encode()).statements
    assert statement.rows[0].tags == ("date night", "shared")
