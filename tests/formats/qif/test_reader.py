"""QIF as Quicken, Money, GnuCash and banks write it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from farthing.formats.drafts import (
    DraftBalance,
    DraftFile,
    DraftRow,
    DraftSplit,
    FileTooLong,
    FileUnreadable,
)
from farthing.formats.qif import read, recognises


def _read(text: str, **answers: str) -> DraftFile:
    return read(text.encode(), answers=answers)


def _rows(text: str, **answers: str) -> tuple[DraftRow, ...]:
    [statement] = _read(text, **answers).statements
    return statement.rows


def test_a_record_keeps_all_that_is_written_on_it() -> None:
    [row] = _rows(
        "!Type:Bank\nD1/25'26\nT-1,234.50\nU-1,234.50\nC*\nN106\nPShop\nMfor May\nAStreet 1\nATown\nLFood:Out/Trip\n^\n"
    )
    assert (row.line, row.date, row.amount) == (2, dt.date(2026, 1, 25), Decimal("-1234.50"))
    assert (row.payee, row.description, row.notes) == ("Shop", "for May", "Street 1\nTown")
    assert (row.category, row.tags, row.status, row.original["N"]) == ("Food:Out", ("Trip",), "cleared", "106")


def test_parts_of_a_movement_come_to_its_amount() -> None:
    file = _read(
        "!Type:Bank\nD25/1/2026\nT-10.00\nLFood\nSFood\nEbread\n$-6.00\nS[Cash]\n%30\nSOther/Trip\n$-0.50\n^\n"
    )
    [row] = file.statements[0].rows
    assert row.splits == (
        DraftSplit(Decimal("-6.00"), "Food", None, "bread"),
        DraftSplit(Decimal("-3.00"), None, "Cash"),
        DraftSplit(Decimal("-0.50"), "Other", None, None, ("Trip",)),
        DraftSplit(Decimal("-0.50")),
    )
    assert row.category is None
    assert file.warnings == ("Line 2: the parts are -0.50 short of the amount; that is left open.",)


def test_an_opening_balance_names_its_account_and_is_no_movement() -> None:
    file = _read("!Type:Bank\nD13/1/2026\nT100.00\nCX\nPOpening Balance\nL[Main]\n^\nD14/1/2026\nT-5.00\nL[Cash]\n^\n")
    [statement] = file.statements
    assert statement.name == "Main"
    assert [(row.is_opening, row.transfer_to, row.status) for row in statement.rows] == [
        (True, None, "reconciled"),
        (False, "Cash", "cleared"),
    ]


def test_accounts_are_told_apart_and_lists_are_skipped_aloud() -> None:
    file = _read(
        "!Option:AutoSwitch\n!Account\nNMain\nTBank\n/13/1/2026\n$99.00\n^\nNCard\nTCCard\n^\n!Clear:AutoSwitch\n"
        "!Type:Cat\nNFood\nE\n^\n!Account\nNMain\nTBank\n/13/1/2026\n$99.00\n^\n!Type:Bank\nD13/1/2026\nT1.00\n^\n"
        '!Account\nNCard\nTCCard\n^\n!Type:CCard\nD14/1/2026\nT-2.00\n^\n!Type:Prices\n"A",1,"1/1/26"\n^\n'
    )
    assert [(each.name, each.account_type, len(each.rows)) for each in file.statements] == [
        ("Main", "checking", 1),
        ("Card", "credit_card", 1),
    ]
    assert file.statements[0].closing == DraftBalance(Decimal("99.00"), dt.date(2026, 1, 13))
    assert [(each.line, each.reason) for each in file.skipped] == [
        (12, "begins a list of categories"),
        (34, "begins a list of prices"),
    ]


def test_of_investments_only_the_cash_is_read() -> None:
    file = _read(
        "!Type:Invst\nD1/13/26\nNBuy\nYAcme\nI10\nQ5\nT50.00\n^\nD1/14/26\nNDiv\nYAcme\nT3.00\n^\nD1/15/26\nNReinvDiv\nYAcme\n"
        "T3.00\n^\nD1/16/26\nNBuyX\nYAcme\nT9.00\nL[Main]\n^\nD1/17/26\nNXOut\nT20.00\nL[Main]\n^\nD1/18/26\nNShrsIn\nQ5\n^\n"
    )
    [statement] = file.statements
    assert statement.account_type == "investment"
    assert [(row.amount, row.description, row.transfer_to) for row in statement.rows] == [
        (Decimal("-50.00"), "Buy 5 Acme", None),
        (Decimal("3.00"), "Div Acme", None),
        (Decimal("-20.00"), "XOut", "Main"),
    ]
    assert len(file.skipped) == 3
    assert "investment" in file.warnings[0]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1/ 2'26", dt.date(2026, 1, 2)),
        ("12/31'99", dt.date(1999, 12, 31)),
        ("12/31/97", dt.date(1997, 12, 31)),
        ("12-31-2026", dt.date(2026, 12, 31)),
        ("2026-12-31", dt.date(2026, 12, 31)),
        ("12/31' 5", dt.date(2005, 12, 31)),
        ("31 Dec 2026", dt.date(2026, 12, 31)),
    ],
)
def test_dates_are_read_however_they_are_written(written: str, day: dt.date) -> None:
    rows = _rows(f"!Type:Bank\nD{written}\nT1.00\n^\nD1/13/26\nT1.00\n^\n")
    assert day in {row.date for row in rows}


def test_the_order_of_dates_is_decided_over_all_of_them() -> None:
    text = "!Type:Bank\nD03/04/2026\nT1.00\n^\nD{}\nT2.00\n^\n"
    assert _rows(text.format("03/25/2026"))[0].date == dt.date(2026, 3, 4)
    assert _rows(text.format("25/04/2026"))[0].date == dt.date(2026, 4, 3)
    assert _read(text.format("25/04/2026")).questions == ()


def test_dates_that_could_be_either_are_asked_about() -> None:
    text = "!Type:Bank\nD03/04/2026\nT1.00\n^\n"
    [question] = _read(text).questions
    assert (question.name, question.chosen) == ("date_order", "mdy")
    assert _rows(text, date_order="dmy")[0].date == dt.date(2026, 4, 3)
    assert _read(text, date_order="dmy").questions == ()


def test_days_that_only_run_one_way_make_an_order_likelier() -> None:
    text = "!Type:Bank\nD01/03/2026\nT1.00\n^\nD12/03/2026\nT1.00\n^\nD02/04/2026\nT1.00\n^\n"
    [question] = _read(text).questions
    assert (question.chosen, question.confidence) == ("dmy", Decimal("0.9"))


@pytest.mark.parametrize(
    ("written", "amount"), [("-1.234,50", "-1234.50"), ("1 234,50", "1234.50"), ("1,234", "1.234"), ("(5,00)", "-5.00")]
)
def test_a_comma_before_decimals_is_understood(written: str, amount: str) -> None:
    rows = _rows(f"!Type:Bank\nD13/1/26\nT{written}\n^\nD13/1/26\nT2,50\n^\nD13/1/26\nT2,75\n^\n")
    assert rows[0].amount == Decimal(amount)


def test_a_file_may_end_in_any_way_and_be_of_any_encoding() -> None:
    text = "!Type:Bank\rD1/13/26\rT1.00\rPCafé Zoë\rMà la carte\r"
    for encoding in ("utf-8", "cp1252", "utf-16", "utf-8-sig"):
        [statement] = read(text.encode(encoding)).statements
        assert (statement.rows[0].payee, statement.rows[0].amount) == ("Café Zoë", Decimal(1))
        assert recognises(text.encode(encoding))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("!Type:Bank\nDnever\nT1.00\n^\n", 2),
        ("!Type:Bank\nT1.00\n^\n", 2),
        ("!Type:Bank\nD1/13/26\nTmuch\n^\n", 3),
        ("!Type:Bank\nD13/13/26\nT1.00\n^\n", 2),
        ("!Type:Bank\nD1/13/26\nT" + "9" * 40 + "\n^\n", 3),
        ("!Type:Cat\nNFood\n^\n", None),
    ],
)
def test_what_breaks_the_rules_is_blamed_on_its_line(text: str, line: int | None) -> None:
    with pytest.raises(FileUnreadable) as raised:
        _read(text)
    assert raised.value.blames[0].line == line


def test_too_many_movements_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(b"!Type:Bank\n" + b"D1/13/26\nT1.00\n^\n" * 3, max_rows=2)
