from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBalance, DraftFile, DraftSum, FileFormatUnknown, FileTooLong, FileUnreadable


def _csv(text: str, **answers: str) -> DraftFile:
    return read(text.encode(), answers=answers)


def _amounts(file: DraftFile) -> list[Decimal]:
    return [row.amount for statement in file.statements for row in statement.rows]


@pytest.mark.parametrize(
    ("text", "name", "chosen", "choices"),
    [
        (
            "Date,Description,Amount\n01/02/2024,a,1.50\n03/02/2024,b,-2.50\n",
            "date_order",
            "dmy",
            {"dmy": "01/02/2024 is 1 February 2024", "mdy": "01/02/2024 is 2 January 2024"},
        ),
        (
            "Date,Description,Amount\n2024-01-31,a,1.234\n2024-01-31,b,-5.678\n",
            "decimal_sign",
            ",",
            {".": "'1.234' is 1.234", ",": "'1.234' is 1234"},
        ),
        (
            'Date,Description,Amount\n2024-01-31,a,"1,50"\n2024-01-31,b,5.50\n',
            "decimal_sign",
            None,
            {".": "'1,50' is no amount", ",": "'1,50' is 1.50"},
        ),
        (
            "2024-01-31,a,1.50,2.50\n2024-02-01,b,9.99,-3.25\n",
            "amount",
            "column 3",
            {"column 3": "line 1 has '1.50' there", "column 4": "line 1 has '2.50' there"},
        ),
        (
            "Date,Debit,Credit\n2024-01-31,-1.50,\n2024-01-31,2.00,\n",
            "debit_signs",
            None,
            {"positive": "12.50 there is money out", "negative": "-12.50 there is money out"},
        ),
        (
            "Date,Amount,D/C\n2024-01-31,-1.50,D\n2024-01-31,2.00,D\n",
            "signs_by",
            None,
            {"signs": "line 2 is -1.50", "words": "line 2 is 1.50"},
        ),
        (
            "Date,What,Amount,Balance\n2024-01-01,a,10.00,90.00\n2024-01-02,b,20.00,110.00\n2024-01-03,c,5.00,105.00\n",
            "oldest_row",
            None,
            {"in": "line 2 is 10.00", "out": "line 2 is -10.00"},
        ),
        (
            "Date,Amount,Transaction Amount\n2024-01-31,-1.50,-1.60\n2024-01-31,2.00,2.10\n",
            "amount",
            "Amount",
            {"Amount": "line 2 has '-1.50' there", "Transaction Amount": "line 2 has '-1.60' there"},
        ),
        (
            "Date,Merchant,Amount\n2024-01-30,a,1.50\n2024-01-31,b,2.50\n",
            "signs",
            "turned",
            {"written": "line 2 is 1.50: money in", "turned": "line 2 is -1.50: money out"},
        ),
        (
            "Date,Text,Amount,Fee\n2024-01-30,a,1.50,0.10\n2024-01-31,b,-2.50,0.00\n",
            "fees",
            "beside",
            {"beside": "line 2 moves 1.40", "within": "line 2 moves 1.50, its fee within it"},
        ),
        (
            "2024-01-30,abc,1.50\n2024-01-31,abc,-2.50\n2024-01-31,cde,-3.50\n2024-01-31,,8.00\n",
            "wordless_row",
            "balance",
            {
                "balance": "line 4 states a balance and moves no money",
                "movement": "line 4 is a movement as the others are",
            },
        ),
        (
            "Ann,2024-01-31,1.00\n2024-01-30,abc,1.50\n2024-01-31,abc,-2.50\n",
            "date",
            "column 1",
            {"column 1": "line 2 has '2024-01-30' there", "column 2": "line 2 has 'abc' there"},
        ),
    ],
)
def test_what_could_mean_two_things_is_asked_about(
    text: str, name: str, chosen: str | None, choices: dict[str, str]
) -> None:
    file = _csv(text)
    [question] = [each for each in file.questions if each.name == name]
    assert question.chosen == chosen
    assert (question.confidence > 0) == (chosen is not None)
    assert {choice.value: choice.means for choice in question.choices} == choices
    assert bool(file.statements) == (chosen is not None)
    for choice in choices:
        with suppress(FileUnreadable):
            assert name not in {each.name for each in _csv(text, **{name: choice}).questions}


def test_what_was_chosen_for_now_is_what_the_answer_would_make_of_it() -> None:
    text = "Date,Description,Amount,Fee\n01/02/2024,a,1.234,1\n03/02/2024,b,5.678,0\n"
    file = _csv(text)
    assert {question.name for question in file.questions} == {"date_order", "decimal_sign", "fees", "signs"}
    answered = _csv(text, **{question.name: str(question.chosen) for question in file.questions})
    assert answered.questions == ()
    assert answered.statements == file.statements


@pytest.mark.parametrize(
    "text", ["When,What\nnever,nothing\n", "Date,Description\n2024-01-31,a\n", "a,b\n1,2\n", "x;y\n"]
)
def test_a_table_without_dates_or_amounts_is_no_statement(text: str) -> None:
    with pytest.raises(FileUnreadable) as raised:
        _csv(text)
    assert "no column of it holds" in raised.value.detail


@pytest.mark.parametrize(
    "answers",
    [
        {"date_order": "ydm"},
        {"decimal_sign": ";"},
        {"amount": "Betrag"},
        {"amount": "Text"},
        {"date": "Text"},
        {"signs": "upside down"},
        {"header_line": "first"},
        {"header_line": "9" * 400},
    ],
)
def test_an_answer_that_fits_nothing_in_the_file_is_a_fault(answers: dict[str, str]) -> None:
    with pytest.raises(FileUnreadable):
        _csv("Date,Text,Amount\n2024-01-30,a,1.50\n2024-01-31,b,2.50\n", **answers)


def test_columns_can_be_named_by_a_person() -> None:
    text = "When,A,B,C,D\n2024-01-30,Ann,rent,-1.50,9.00\n2024-01-31,Bob,bread,2.50,7.00\n"
    file = _csv(text, amount="C", payee="A", description="B", date="When")
    assert file.questions == ()
    assert [(row.payee, row.description, str(row.amount)) for row in file.statements[0].rows] == [
        ("Ann", "rent", "-1.50"),
        ("Bob", "bread", "2.50"),
    ]
    apart = _csv("Day,X,Y\n2024-01-30,1.50,\n2024-01-31,,2.50\n", money_in="X", money_out="Y")
    assert _amounts(apart) == [Decimal("1.50"), Decimal("-2.50")]


def test_a_person_can_say_where_the_header_is() -> None:
    text = "Date,Text,Amount\nDay,What,Sum\n2024-01-30,a,1.50\n2024-01-31,b,-2.50\n"
    assert _csv(text, header_line="2").understood["header_line"] == "2"
    assert _csv(text, header_line="0").understood["header_line"] == "none"


def test_files_of_one_origin_have_one_shape_whatever_they_hold() -> None:
    january = _csv("Date,Text,Amount\n2024-01-30,a,1.50\n2024-01-31,b,-2.50\n")
    february = _csv("DATE,Text,Amount\n2024-02-13,c,-9.00\n")
    other = _csv("Date,Text,Amount,Fee\n2024-01-30,a,-1.50,0.00\n")
    assert january.shape == february.shape != other.shape
    assert _csv("2024-01-30,a,1.50\n2024-01-31,b,-2.50\n").shape not in (None, january.shape)


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
        ("Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31," + "b" * 100_001 + ",1.00\n", 3),
        ('Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,"' + "b" * 100_001 + '",1.00\n', 3),
        ('Date,Description,Amount\n2024-01-31,a,1.50\n2024-01-31,"b' + 'c,1.00\n"' * 100_001, 3),
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
    assert [(row.amount, row.status) for row in file.statements[0].rows] == [
        (Decimal("1.50"), "cleared"),
        (Decimal("9.00"), "pending"),
    ]
    assert [(each.line, each.reason) for each in file.skipped] == [
        (1, "stands before the rows"),
        (5, "is blank"),
        (6, "moves no money"),
        (7, "has no amount"),
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


@pytest.mark.parametrize("data", [b"hello", b"{}", b"<html></html>", b":20:X\n:25:1,2\n", b"\0,\0"])
def test_a_file_of_no_known_format_is_said_to_be_so(data: bytes) -> None:
    with pytest.raises((FileFormatUnknown, FileUnreadable)):
        read(data)


@pytest.mark.parametrize("format_name", ["", "CSVX", "pdf", "xlsb"])
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


def test_a_row_that_is_announced_is_pending_and_no_balance_knows_of_it() -> None:
    file = _csv(
        "Date,Text,Amount,Status,Balance\n2024-01-31,d,-9.00,Pending,\n2024-01-30,c,-2.00,Booked,8.00\n"
        "2024-01-29,b,10.00,Booked,10.00\n2024-01-28,a,5.00,Declined,\n"
    )
    [statement] = file.statements
    assert [(row.description, row.status) for row in statement.rows] == [
        ("b", "cleared"),
        ("c", "cleared"),
        ("d", "pending"),
    ]
    assert statement.closing
    assert (statement.closing.amount, file.questions) == (Decimal("8.00"), ())
    assert [(each.line, each.reason) for each in file.skipped] == [(5, "came to nothing, says the file")]


def test_what_a_bank_says_of_a_row_comes_along() -> None:
    file = _csv(
        "Date,Payee,Counterparty IBAN,Description,Category,Tags,Notes,Amount,Currency,Original Amount,"
        "Original Currency,Transfer account\n"
        '2024-01-30,Ann,DE02120300000000202051,rent,Home,"#a, b",for May,-9.00,EUR,-10.00,USD,Savings\n'
        "2024-01-31,Bob,,bread,,,,4.00,EUR,4.00,EUR,\n"
    )
    first, second = file.statements[0].rows
    assert (first.category, first.tags, first.notes, first.transfer_to) == ("Home", ("a", "b"), "for May", "Savings")
    assert first.counterparty_number == "DE02120300000000202051"
    assert first.foreign == DraftSum(Decimal("-10.00"), "USD")
    assert first.description == "rent"
    assert (second.category, second.tags, second.notes, second.transfer_to) == (None, (), None, None)
    assert (second.counterparty_number, second.foreign) == (None, None)


@pytest.mark.parametrize(
    "rows",
    [
        "category\n2026-03-02,Purse,-4.10,Food\n2026-03-03,Purse,-20,To 'Jar'\n2026-03-03,Jar,20,From 'Purse'\n",
        "payee\n2026-03-02,Purse,-4.10,Baker\n2026-03-03,Purse,-20,Transfer: Jar\n2026-03-03,Jar,20,Transfer: Purse\n",
    ],
)
def test_a_category_or_a_payee_that_is_another_account_of_the_file_is_a_transfer(rows: str) -> None:
    purse, jar = read(f"date,account,amount,{rows}".encode()).statements
    assert [row.transfer_to for row in (*purse.rows, *jar.rows)] == [None, "Jar", "Purse"]
    assert purse.rows[1].category is None
    assert purse.rows[1].payee is None
    assert purse.rows[0].category or purse.rows[0].payee


def test_accounts_in_brackets_are_the_other_side_as_quicken_has_it() -> None:
    file = _csv(
        "Date,Payee,Category,Account,Amount\n"
        "1/2/2024,Opening Balance,[Purse],Purse,50.00\n"
        "1/30/2024,Baker,Food,Purse,-4.10\n"
        "1/31/2024,For a rainy day,Transfer:[Jar],Purse,-20.00\n"
    )
    [purse] = file.statements
    assert purse.opening == DraftBalance(Decimal(50), dt.date(2024, 1, 2))
    assert [(row.category, row.transfer_to) for row in purse.rows] == [("Food", None), (None, "Jar")]


def test_a_figure_under_transfers_is_no_account() -> None:
    file = _csv("Date,Payee,Transfers,Amount\n2024-01-30,Ann,Jar,-9.00\n2024-01-31,Bob,12,4.00\n")
    assert [row.transfer_to for row in file.statements[0].rows] == ["Jar", None]


def test_a_table_of_both_sides_of_transactions_is_refused() -> None:
    text = (
        "Date,Description,Full Account Name,Amount\n"
        "2024-03-04,Baker,Expenses:Food,4.10\n2024-03-04,Baker,Assets:Purse,-4.10\n"
        "2024-03-05,Acme,Income:Salary,-90.00\n2024-03-05,Acme,Assets:Giro,90.00\n"
    )
    with pytest.raises(FileUnreadable, match="both sides"):
        _csv(text)
    assert _csv(text.replace("Giro,90.00", "Giro,91.00")).statements
