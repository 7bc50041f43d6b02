"""Registers of YNAB."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftSplit, FileUnreadable

HEAD = (
    '"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo","Outflow","Inflow",'
    '"Cleared"\n'
)


def register(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows)).encode()


GERMAN = register(
    '"Giro","","31.01.2024","Markt","x","Alltag","Essen","Split (1/3) Brot","1.010,00€","0,00€","Cleared"',
    '"Giro","","31.01.2024","Transfer : Bar","","","","Split (2/3) ","20,00€","0,00€","Cleared"',
    '"Giro","","31.01.2024","Markt","Alltag: Haus","Alltag","Haus","Split (3/3) ","0,00€","5,50€","Cleared"',
    '"Giro","Red","15.01.2024","Transfer : Bar","","","","","10,00€","0,00€","Uncleared"',
    '"Bar","","15.01.2024","Transfer : Giro","","","","","0,00€","10,00€","Reconciled"',
    '"Bar","","14.01.2024","Nichts","","","","","0,00€","0,00€","Cleared"',
)


def test_a_register_becomes_a_statement_for_each_account() -> None:
    file = read(GERMAN)
    assert file.format == "ynab"
    assert not file.questions
    giro, cash = file.statements
    assert (giro.name, giro.currency, cash.name) == ("Giro", "EUR", "Bar")
    transfer, split = giro.rows
    assert (transfer.date, transfer.amount, transfer.transfer_to) == (dt.date(2024, 1, 15), Decimal("-10.00"), "Bar")
    assert (transfer.status, transfer.tags, transfer.payee) == ("pending", ("Red",), None)
    assert split.amount == Decimal("-1024.50")
    assert split.payee == "Markt"
    assert split.splits == (
        DraftSplit(Decimal("-1010.00"), "Alltag:Essen", None, "Brot"),
        DraftSplit(Decimal("-20.00"), None, "Bar"),
        DraftSplit(Decimal("5.50"), "Alltag:Haus"),
    )
    assert cash.rows[0].status == "reconciled"
    assert [skipped.line for skipped in file.skipped] == [7]


def test_days_that_could_be_months_are_asked_about() -> None:
    data = register('"A","","03/04/2024","P","","","","","$1.00","$0.00","Cleared"')
    file = read(data)
    [question] = file.questions
    assert (question.name, question.chosen) == ("date_order", "mdy")
    assert {choice.value for choice in question.choices} == {"dmy", "mdy"}
    answered = read(data, answers={"date_order": "dmy"})
    assert not answered.questions
    assert answered.statements[0].rows[0].date == dt.date(2024, 4, 3)


def test_the_register_of_ynab_4_is_read() -> None:
    data = (
        b"Account,Flag,Check Number,Date,Payee,Category,Master Category,Sub Category,Memo,Outflow,Inflow,Cleared,"
        b"Running Balance\n"
        b"Giro,,,2014-01-02,Shop,Everyday: Food,Everyday,Food,(Split 1/2) a,1.00,0.00,R,-1.00\n"
        b"Giro,,,2014-01-02,Shop,Everyday: Fun,Everyday,Fun,(Split 2/2) b,2.00,0.00,R,-3.00\n"
    )
    [row] = read(data).statements[0].rows
    assert (row.amount, row.status) == (Decimal("-3.00"), "reconciled")
    assert [(split.category, split.memo) for split in row.splits] == [("Everyday:Food", "a"), ("Everyday:Fun", "b")]


def test_the_archive_that_ynab_hands_out_is_looked_into() -> None:
    plan = (
        '"Month","Category Group/Category","Assigned","Activity","Available"\n"Jul 2026","Food: Out","$1","$1","$0"\n'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("My Budget - Plan.csv", plan)
        archive.writestr("My Budget - Register.csv", GERMAN)
    assert read(packed.getvalue()).statements == read(GERMAN).statements
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("Another - Register.csv", GERMAN)
    with pytest.raises(FileUnreadable):
        read(packed.getvalue())


def test_two_splits_that_follow_one_another_stay_two() -> None:
    line = '"A","","2024-01-02","P","G: C","G","C","Split ({}/2)","1.00","0.00","Cleared"'
    [statement] = read(register(*(line.format(part) for part in (1, 2, 1, 2)))).statements
    assert [len(row.splits) for row in statement.rows] == [2, 2]


def test_an_amount_that_is_none_names_its_line() -> None:
    with pytest.raises(FileUnreadable) as raised:
        read(register('"A","","2024-01-02","P","","","","","much","0.00","Cleared"'))
    assert raised.value.blames[0].line == 2
