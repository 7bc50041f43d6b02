from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBalance, DraftStatement, FileTooLong, FileUnreadable

HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
ROW = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240131<TRNAMT>-12.50<FITID>A1<NAME>Shop<MEMO>Card</STMTTRN>"


def _file(
    rows: str, *, kind: str = "STMTRS", account: str = "<BANKACCTFROM><ACCTID>123<ACCTTYPE>SAVINGS</BANKACCTFROM>"
) -> str:
    return (
        f"{HEADER}<OFX><BANKMSGSRSV1><STMTTRNRS><{kind}><CURDEF>EUR{account}<BANKTRANLIST>{rows}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>100.00<DTASOF>20240201120000[-5:EST]</LEDGERBAL></{kind}></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )


def _only(text: str, encoding: str = "utf-8") -> DraftStatement:
    [statement] = read(text.encode(encoding)).statements
    return statement


def test_a_statement_is_read_with_its_account_and_balance() -> None:
    statement = _only(_file(ROW))
    [row] = statement.rows
    assert (row.date, row.amount, row.currency) == (dt.date(2024, 1, 31), Decimal("-12.50"), "EUR")
    assert (row.payee, row.description, row.external_id) == ("Shop", "Card", "A1")
    assert row.original["TRNTYPE"] == "DEBIT"
    assert (statement.number, statement.account_type, statement.currency) == ("123", "savings", "EUR")
    assert statement.closing == DraftBalance(Decimal("100.00"), dt.date(2024, 2, 1))


def test_xml_and_sgml_say_the_same() -> None:
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="220"?>\n'
        "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>"
        "<CURDEF>EUR</CURDEF><BANKACCTFROM><ACCTID>123</ACCTID><ACCTTYPE>SAVINGS</ACCTTYPE></BANKACCTFROM><BA"
        "NKTRANLIST>"
        "<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20240131</DTPOSTED><TRNAMT>-12.50</TRNAMT><FITID>A1</FITID>"
        "<NAME>Shop</NAME><MEMO>Card</MEMO><CHECKNUM/></STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>100.00</BALAMT>"
        "<DTASOF>20240201</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    one, other = _only(xml), _only(_file(ROW))
    assert one.closing == other.closing
    assert [(row.date, row.amount, row.payee, row.original) for row in one.rows] == [
        (row.date, row.amount, row.payee, row.original) for row in other.rows
    ]


@pytest.mark.parametrize(
    ("written", "payee"),
    [
        ("Barnes & Noble", "Barnes & Noble"),
        ("Barnes &amp; Noble", "Barnes & Noble"),
        ("A < B", "A < B"),
        ("<![CDATA[A & <B>  ]]>", "A & <B>"),
        ("&#65;&#x42;", "AB"),
        ("&#0;&#xD800;&#99999999;&bogus;", "&#0;&#xD800;&#99999999;&bogus;"),
        ("a<!-- no -->b", "ab"),
        ("  padded\n ", "padded"),
        ("Caf\u00e9 \u20ac", "Caf\u00e9 \u20ac"),
    ],
)
def test_text_is_what_the_bank_meant(written: str, payee: str) -> None:
    assert _only(_file(ROW.replace("Shop", written)), "cp1252").rows[0].payee == payee


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("-12,50", "-12.50"),
        ("+3", "3"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        (".5", "0.5"),
        ("12.345", "12.345"),
    ],
)
def test_amounts_have_a_point_or_a_comma(written: str, amount: str) -> None:
    assert _only(_file(ROW.replace("-12.50", written))).rows[0].amount == Decimal(amount)


def test_a_mark_before_three_digits_is_a_thousands_mark_where_other_amounts_show_it() -> None:
    rows = ROW + ROW.replace("-12.50", "1,234").replace("A1", "A2")
    assert [row.amount for row in _only(_file(rows)).rows] == [Decimal("-12.50"), Decimal(1234)]


@pytest.mark.parametrize(
    "written", ["20240131", "20240131235959", "20240131235959.123[-11:XYZ]", "2024-01-31", "20240131000000[+12]"]
)
def test_a_date_is_the_day_as_written_in_any_zone(written: str) -> None:
    assert _only(_file(ROW.replace("20240131", written))).rows[0].date == dt.date(2024, 1, 31)


def test_tags_that_never_close_and_a_payee_of_its_own_are_understood() -> None:
    rows = (
        "<STMTTRN><DTPOSTED>20240101<TRNAMT>1.00<FITID>1<NAME><MEMO>only memo"
        "<STMTTRN><DTPOSTED>20240102<TRNAMT>2.00<FITID>2<PAYEE><NAME>Ann<CITY>Bonn</PAYEE><BANKACCTTO><ACCTID"
        ">9</BANKACCTTO>"
        "<VENDOR.TAG>x<NAME>Bob"
    )
    statement = _only(_file(rows))
    assert [(row.payee, row.description) for row in statement.rows] == [(None, "only memo"), ("Bob", None)]
    assert statement.number == "123"
    assert statement.rows[1].original["PAYEE.NAME"] == "Ann"


def test_several_statements_and_kinds_of_account_come_apart() -> None:
    card = _file(ROW, kind="CCSTMTRS", account="<CCACCTFROM><ACCTID>4111</CCACCTFROM>").removeprefix(HEADER)
    file = read((_file("") + card).encode())
    assert [(each.number, each.account_type, len(each.rows)) for each in file.statements] == [
        ("123", "savings", 0),
        ("4111", "credit_card", 1),
    ]


def test_investments_give_the_cash_of_their_trades_and_a_warning() -> None:
    rows = (
        "<BUYMF><INVBUY><INVTRAN><FITID>1<DTTRADE>20240102<DTSETTLE>20240104</INVTRAN><UNITS>2<TOTAL>-50.00</"
        "INVBUY></BUYMF>"
        "<REINVEST><INVTRAN><FITID>2<DTTRADE>20240103</INVTRAN><TOTAL>-5.00</REINVEST>"
        "<INVBANKTRAN><STMTTRN><DTPOSTED>20240105<TRNAMT>70.00<FITID>3</STMTTRN></INVBANKTRAN>"
    )
    text = _file(rows, kind="INVSTMTRS", account="<INVACCTFROM><ACCTID>9</INVACCTFROM>").replace(
        "BANKTRANLIST", "INVTRANLIST"
    )
    file = read(text.encode())
    [statement] = file.statements
    assert [row.amount for row in statement.rows] == [Decimal("-50.00"), Decimal("70.00")]
    assert statement.rows[0].value_date == dt.date(2024, 1, 4)
    assert statement.account_type == "investment"
    assert len(file.warnings) == 1
    assert [each.reason for each in file.skipped] == ["is of kind REINVEST and moves no cash"]


def test_rows_that_run_newest_first_are_turned_round() -> None:
    rows = "".join(ROW.replace("20240131", f"202401{day:02}").replace("A1", f"A{day}") for day in (9, 5, 5, 1))
    assert [row.date.day for row in _only(_file(rows)).rows] == [1, 5, 5, 9]


def test_a_number_shared_by_different_movements_is_no_number() -> None:
    rows = ROW + ROW.replace("-12.50", "-1.00")
    file = read(_file(rows).encode())
    assert [row.external_id for row in file.statements[0].rows] == [None, None]
    assert file.warnings
    assert [row.external_id for row in _only(_file(ROW + ROW)).rows] == ["A1", "A1"]


def test_a_movement_of_nothing_is_skipped_with_its_line() -> None:
    file = read(_file("\n" + ROW.replace("-12.50", "0.00")).encode())
    assert file.statements[0].rows == ()
    assert [(each.line, each.reason) for each in file.skipped] == [(8, "moves no money")]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("-12.50", "twelve", 8),
        ("-12.50", "", 8),
        ("-12.50", "9" * 29, 8),
        ("-12.50", "9" * 100_000, 8),
        ("20240131", "20240231", 8),
        ("20240131", "00010101", 8),
        ("20240131", "31/01/2024", 8),
        ("20240131", "", 8),
        ("100.00", "many", 8),
        ("</OFX>", "", 8),
        ("<OFX>", '<!DOCTYPE OFX [<!ENTITY a "b">]><OFX>', 7),
        ("Shop", "<![CDATA[Shop", 8),
        ("Shop", "<!-- Shop", 8),
        ("Shop", "<A>" * 1_000, 8),
    ],
)
def test_what_breaks_the_rules_is_a_fault_of_its_line_that_repeats_nothing(old: str, new: str, line: int) -> None:
    text = _file(f"\n{ROW}").replace(old, new, 1)
    with pytest.raises(FileUnreadable) as raised:
        read(text.encode(), format="ofx")
    assert raised.value.blames[0].line == line
    assert "twelve" not in raised.value.detail
    assert "Shop" not in raised.value.detail


def test_a_file_that_breaks_off_anywhere_is_a_fault() -> None:
    text = _file(ROW)
    for length in range(len(HEADER), len(text) - len("</OFX>"), 7):
        with pytest.raises(FileUnreadable):
            read(text[:length].encode(), format="ofx")


def test_more_transactions_than_allowed_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(_file(ROW * 11).encode(), max_rows=10)
    assert len(read(_file(ROW * 10).encode(), max_rows=10).statements[0].rows) == 10


def test_an_answer_without_a_statement_is_a_fault() -> None:
    with pytest.raises(FileUnreadable):
        read(
            f"{HEADER}<OFX><SIGNONMSGSRSV1><STATUS><CODE>15500<SEVERITY>ERROR</STATUS></SIGNONMSGSRSV1></OFX>".encode()
        )


def test_bytes_of_windows_are_read_though_the_header_says_ascii() -> None:
    text = _file(ROW.replace("Shop", "Caf\u00e9")).replace("CHARSET:1252\n", "")
    assert _only(text, "cp1252").rows[0].payee == "Caf\u00e9"
