from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileReadingUnsure, FileTooLong, FileUnreadable


def _csv(text: str, **answers: str) -> DraftFile:
    return read(text.encode(), answers=answers)


def _amounts(file: DraftFile) -> list[Decimal]:
    return [row.amount for statement in file.statements for row in statement.rows]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Date,Description,Amount\n01/02/2024,a,1.50\n03/02/2024,b,2.50\n", "day first or month first"),
        ("Date,Description,Amount\n2024-01-31,a,1.234\n2024-01-31,b,5.678\n", "decimal mark"),
        ('Date,Description,Amount\n2024-01-31,a,"1,50"\n2024-01-31,b,5.50\n', "decimal mark"),
        ("When,What\nnever,nothing\n", "which column holds the date"),
        ("Date,Description\n2024-01-31,a\n", "which column holds the amount"),
        ("2024-01-31,a,1.50,2.50\n2024-02-01,b,9.99,3.25\n", "holds the amount"),
        ("Date,Debit,Credit\n2024-01-31,-1.50,\n2024-01-31,2.00,\n", "money out"),
        ("Date,Amount,D/C\n2024-01-31,-1.50,D\n2024-01-31,2.00,D\n", "signs"),
        (
            "Date,What,Amount,Balance\n2024-01-01,a,10.00,90.00\n2024-01-02,b,20.00,110.00\n2024-01-03,c,5.00,105.00\n",
            "oldest row",
        ),
        ("Date,Amount,Transaction Amount\n2024-01-31,-1.50,-1.60\n2024-01-31,2.00,2.10\n", "which of the columns"),
    ],
)
def test_what_could_mean_two_things_is_asked_about(text: str, question: str) -> None:
    with pytest.raises(FileReadingUnsure) as raised:
        _csv(text)
    assert question in str(raised.value.facts["question"])
    assert "encoding utf-8" in str(raised.value.facts["understood"])


def test_a_persons_answer_settles_the_question() -> None:
    dates = "Date,Description,Amount\n01/02/2024,a,1.50\n03/02/2024,b,2.50\n"
    assert _csv(dates, date_order="mdy").statements[0].rows[0].date == dt.date(2024, 1, 2)
    assert _csv(dates, date_order="dmy").statements[0].rows[0].date == dt.date(2024, 2, 1)
    amounts = "Date,Description,Amount\n2024-01-31,a,1.234\n2024-01-31,b,5.678\n"
    assert _amounts(_csv(amounts, decimal_sign=",")) == [Decimal(1234), Decimal(5678)]
    assert _amounts(_csv(amounts, decimal_sign=".")) == [Decimal("1.234"), Decimal("5.678")]


def test_an_answer_that_the_dates_contradict_is_a_fault_of_their_line() -> None:
    with pytest.raises(FileUnreadable) as raised:
        _csv("Date,Amount\n01/02/2024,1.50\n31/01/2024,2.50\n", date_order="mdy")
    assert raised.value.blames[0].line == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024-02-30,b,2.50\n", 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n3000-01-01,b,2.50\n", 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n1599-12-31,b,2.50\n", 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024/13,b,2.50\n", 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,b,2.5O\n2024-01-31,c,1.00\n", 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,b," + "9" * 29 + "\n", 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,b," + "9" * 1_000_000 + "\n", 3),
        ('Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,"b,2.50\n2024-01-31,c,1.00\n', 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n" + "," * 1_000_000, 3),
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,\0,1.50\n", 3),
    ],
)
def test_what_breaks_the_rules_is_a_fault_of_its_line(text: str, line: int) -> None:
    with pytest.raises(FileUnreadable) as raised:
        _csv(text)
    assert [blame.line for blame in raised.value.blames] == [line]
    assert "2.5O" not in raised.value.detail


def test_every_line_that_is_no_row_says_why() -> None:
    file = _csv(
        "My bank\n\nDate,Description,Amount,State\n2024-01-30,a,1.50,ok\n\n2024-01-31,b,0.00,ok\n2024-01-31,c,,ok\n"
        "2024-01-31,d,9.00,Pending\nDate,Description,Amount,State\nTotal,,1.50,\n,note,,\n,stray,4.00,\n2024-01-31,e,n/a,ok\n"
    )
    assert _amounts(file) == [Decimal("1.50")]
    assert [(each.line, each.reason) for each in file.skipped] == [
        (1, "stands before the rows"),
        (5, "is blank"),
        (6, "moves no money"),
        (7, "has no amount"),
        (8, "isn't booked"),
        (9, "repeats the header"),
        (10, "has an amount but no date"),
        (11, "has neither a date nor an amount"),
        (12, "has an amount but no date"),
        (13, "has words instead of an amount in column 'Amount'"),
    ]
    assert [warning[:8] for warning in file.warnings] == ["Line 12 ", "Line 13 "]


def test_warnings_beyond_fifty_are_only_counted() -> None:
    file = _csv("Date,Text,Amount\n2024-01-30,a,1.50\n" + ",stray,4.00\n" * 60)
    assert len(file.warnings) == 51
    assert len(file.skipped) == 60


def test_a_table_of_several_accounts_gives_a_statement_each() -> None:
    file = _csv(
        "Account,Date,Payee,Amount,Balance\nA1,2024-01-13,Ann,1.00,1.00\nB2,2024-01-14,Bob,-2.00,8.00\n"
        "A1,2024-01-15,Cy,3.00,4.00\nB2,2024-01-16,Di,4.00,12.00\n"
    )
    assert [(each.number, len(each.rows)) for each in file.statements] == [("A1", 2), ("B2", 2)]
    assert [each.closing.amount for each in file.statements if each.closing] == [Decimal("4.00"), Decimal("12.00")]
    assert [each.opening.amount for each in file.statements if each.opening] == [Decimal("0.00"), Decimal("10.00")]


def test_balances_kept_by_currency_make_a_statement_each() -> None:
    file = _csv(
        "Date,Text,Amount,Currency,Balance\n2024-01-13,a,1.00,EUR,11.00\n2024-01-14,b,2.00,USD,22.00\n"
        "2024-01-15,c,3.00,EUR,14.00\n2024-01-16,d,-4.00,USD,18.00\n"
    )
    assert [(each.currency, len(each.rows)) for each in file.statements] == [("EUR", 2), ("USD", 2)]


def test_rows_of_one_day_keep_the_order_that_the_balance_proves() -> None:
    file = _csv("Date,Text,Amount,Balance\n2024-01-31,c,-3.00,4.00\n2024-01-31,b,2.00,7.00\n2024-01-31,a,5.00,5.00\n")
    [statement] = file.statements
    assert [row.description for row in statement.rows] == ["a", "b", "c"]
    assert statement.opening
    assert (statement.opening.amount, statement.opening.date) == (Decimal("0.00"), dt.date(2024, 1, 30))


def test_balances_that_dont_follow_are_warned_about_by_line_and_prove_nothing() -> None:
    rows = "".join(f"2024-01-{day:02},x,1.00,{day}.00\n" for day in range(1, 20))
    file = _csv("Date,Text,Amount,Balance\n" + rows.replace("2024-01-10,x,1.00", "2024-01-10,x,1.25"))
    [statement] = file.statements
    assert file.warnings == ("Line 11: the running balance is off by -0.25 from the rows before it.",)
    assert statement.opening is None
    assert statement.closing
    assert statement.closing.amount == Decimal("19.00")


def test_balances_that_follow_in_no_order_arent_used() -> None:
    file = _csv("Date,Text,Amount,Balance\n2024-01-13,a,1.00,5.00\n2024-01-14,b,2.00,9.00\n2024-01-15,c,3.00,1.00\n")
    assert file.statements[0].closing is None
    assert len(file.warnings) >= 1


def test_a_number_is_each_rows_own_only_if_it_looks_so() -> None:
    head = "Date,Text,Amount,Reference\n"
    good = _csv(head + "".join(f"2024-01-{day},x,1.50,TX00{day}77\n" for day in range(13, 17)))
    assert good.statements[0].rows[0].external_id == "TX001377"
    for references in (
        ("1", "2", "3"),
        ("RENT01", "RENT01", "RENT02"),
        ("for rent 1", "for rent 2", "x"),
        ("", "TX0077", "TX0078"),
    ):
        rows = "".join(f"2024-01-{13 + place},x,1.50,{text}\n" for place, text in enumerate(references))
        assert {row.external_id for row in _csv(head + rows).statements[0].rows} == {None}


def test_headings_that_come_twice_keep_both_cells() -> None:
    file = _csv("Date,Text,Text,Amount,Currency,Currency\n2024-01-31,a,b,1.50,EUR,USD\n2024-01-31,c,d,1.50,EUR,USD\n")
    row = file.statements[0].rows[0]
    assert row.original == {
        "Date": "2024-01-31",
        "Text": "a",
        "Text (2)": "b",
        "Amount": "1.50",
        "Currency": "EUR",
        "Currency (2)": "USD",
    }
    assert (row.currency, row.description) == ("EUR", "a \u00b7 b")


def test_quotes_are_read_as_a_person_would() -> None:
    file = _csv(
        'Date,Text,Amount\n2024-01-31,"say ""hi""",1.00\n2024-01-31,"5" nails",2.00\n2024-01-31,Firma",3.00\n'
        '2024-01-31,"two\nlines, one cell",4.00\n2024-01-31,"",5.00\n2024-01-31, "padded" ,6.00\n'
    )
    assert [row.original.get("Text") for row in file.statements[0].rows] == [
        'say "hi"',
        '5" nails',
        'Firma"',
        "two\nlines, one cell",
        None,
        "padded",
    ]
    assert [row.line for row in file.statements[0].rows] == [2, 3, 4, 5, 7, 8]


def test_what_was_understood_is_told() -> None:
    understood = _csv("Datum;Text;Betrag\n31.01.2024;a;-1,50\n").understood
    assert understood["encoding"] == "utf-8"
    assert understood["delimiter"] == "';'"
    assert understood["header_line"] == "1"
    assert understood["date_order"].startswith("dmy")
    assert understood["decimal_sign"].startswith("','")
    assert "amount in 'Betrag'" in understood["columns"]


def test_a_table_without_rows_is_a_statement_without_rows() -> None:
    file = _csv("Date;Description;Debit;Credit;Balance\n")
    assert [statement.rows for statement in file.statements] == [()]


def test_rows_over_the_limit_are_refused() -> None:
    text = "Date,Text,Amount\n" + "2024-01-31,a,1.50\n" * 11
    with pytest.raises(FileTooLong) as raised:
        read(text.encode(), max_rows=10)
    assert raised.value.facts == {"limit": "10"}
    assert len(read(text.encode(), max_rows=11).statements[0].rows) == 11


@pytest.mark.parametrize(
    "data", [b"hello", b"{}", b"<html></html>", b":20:X\n:25:1,2\n", b"\0,\0"]
)
def test_a_file_of_no_known_format_is_said_to_be_so(data: bytes) -> None:
    with pytest.raises((FileFormatUnknown, FileUnreadable)):
        read(data)


@pytest.mark.parametrize("format_name", ["mt940", "", "CSVX", "xlsx"])
def test_an_unknown_format_name_is_refused(format_name: str) -> None:
    with pytest.raises(FileFormatUnknown):
        read(b"Date,Amount\n2024-01-31,1.50\n", format=format_name)


def test_the_format_can_be_told() -> None:
    assert read(b"Date,Amount\n2024-01-31,1.50\n", format="CSV").format == "csv"
    with pytest.raises(FileUnreadable):
        read(b"Date,Amount\n2024-01-31,1.50\n", format="qfx")


@pytest.mark.parametrize("data", [b"", b" \n"])
@pytest.mark.parametrize("format_name", [None, "csv", "ofx"])
def test_an_empty_file_is_a_fault(data: bytes, format_name: str | None) -> None:
    with pytest.raises(FileUnreadable):
        read(data, format=format_name)


def test_rows_of_positive_amounts_only_are_taken_as_money_in_with_a_warning() -> None:
    file = _csv("Date,Text,Amount\n2024-01-30,a,1.50\n2024-01-31,b,2.50\n")
    assert _amounts(file) == [Decimal("1.50"), Decimal("2.50")]
    assert file.warnings == ("Every amount is positive, so all rows were taken as money in.",)
