from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import (
    DraftBalance,
    DraftCorrection,
    DraftFile,
    DraftHolding,
    DraftSecurity,
    DraftStatement,
    DraftSum,
    FileTooLong,
    FileUnreadable,
)

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


def test_a_part_of_the_header_is_enough() -> None:
    bare = _file(ROW).replace(HEADER, "DATA:OFXSGML\nENCODING:UTF-8\n")
    assert _only(bare).rows == _only(_file(ROW).replace(HEADER, "\n\n")).rows


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


SECURITIES = (
    "<SECLISTMSGSRSV1><SECLIST><STOCKINFO><SECINFO><SECID><UNIQUEID>922908769<UNIQUEIDTYPE>CUSIP</SECID>"
    "<SECNAME>Total Market<TICKER>VTI</SECINFO></STOCKINFO></SECLIST></SECLISTMSGSRSV1>"
)


def _investments(rows: str, *, positions: str = "", securities: str = SECURITIES) -> DraftFile:
    text = _file(rows, kind="INVSTMTRS", account="<INVACCTFROM><ACCTID>9</INVACCTFROM>")
    text = text.replace("BANKTRANLIST", "INVTRANLIST").replace("<LEDGERBAL>", f"{positions}<LEDGERBAL>")
    text = text.replace("<CURDEF>", "<DTASOF>20240131<CURDEF>")
    return read(text.replace("</OFX>", f"{securities}</OFX>").encode())


def _trade(kind: str, total: str, *, more: str = "", number: str = "922908769") -> str:
    return (
        f"<{kind}><INVBUY><INVTRAN><FITID>{kind}{total}<DTTRADE>20240102<DTSETTLE>20240104</INVTRAN>"
        f"<SECID><UNIQUEID>{number}<UNIQUEIDTYPE>CUSIP</SECID>{more}{total and '<TOTAL>'}{total}</INVBUY></{kind}>"
    )


def test_trades_are_their_cash_with_the_units_beside_it() -> None:
    rows = (
        _trade("BUYSTOCK", "-2525.00", more="<UNITS>+00010.000<UNITPRICE>250.00<COMMISSION>25.00")
        + _trade("SELLSTOCK", "255.10", more="<UNITS>-1<UNITPRICE>255.10")
        + _trade("INCOME", "7.70", more="<INCOMETYPE>DIV")
        + "<INVBANKTRAN><STMTTRN><DTPOSTED>20240105<TRNAMT>70.00<FITID>3<NAME>Deposit</STMTTRN></INVBANKTRAN>"
    )
    file = _investments(rows)
    [statement] = file.statements
    assert [row.amount for row in statement.rows] == [
        Decimal("-2525.00"),
        Decimal("255.10"),
        Decimal("7.70"),
        Decimal("70.00"),
    ]
    buy, sell, income, deposit = statement.rows
    assert buy.security == DraftSecurity(Decimal(10), "VTI", DraftSum(Decimal("250.00"), "EUR"), "Total Market")
    assert (buy.value_date, buy.payee, buy.original["COMMISSION"]) == (dt.date(2024, 1, 4), "Total Market", "25.00")
    assert sell.security is not None
    assert sell.security.amount == Decimal(-1)
    assert (income.security, income.description) == (None, "Income VTI")
    assert (deposit.security, deposit.payee) == (None, "Deposit")
    assert statement.account_type == "investment"
    assert len(file.warnings) == 1


def test_what_moves_no_cash_is_told_with_what_it_did() -> None:
    rows = _trade("REINVEST", "-5.00", more="<UNITS>0.02<UNITPRICE>250.00") + _trade("BUYMF", "", more="<UNITS>3")
    trade, reinvestment = sorted(each.reason for each in _investments(rows).skipped)
    assert trade == "is of kind BUYMF and has no TOTAL: VTI, Total Market, units 3, on 2024-01-02 (EUR)"
    moved = "VTI, Total Market, units 0.02, price 250.00, total -5.00, on 2024-01-02 (EUR)"
    assert reinvestment == f"is of kind REINVEST and moves no cash: {moved}"


def test_positions_are_holdings() -> None:
    positions = (
        "<INVPOSLIST><POSSTOCK><INVPOS><SECID><UNIQUEID>922908769</SECID><POSTYPE>LONG<UNITS>10<UNITPRICE>251"
        "<DTPRICEASOF>20240130</INVPOS></POSSTOCK><POSMF><INVPOS><SECID><UNIQUEID>IE00B3RBWM25</SECID>"
        "<POSTYPE>SHORT<UNITS>2<DTPRICEASOF>20240130</INVPOS></POSMF></INVPOSLIST>"
    )
    [statement] = _investments("", positions=positions).statements
    assert statement.holdings == (
        DraftHolding(
            DraftSecurity(Decimal(10), "VTI", DraftSum(Decimal(251), "EUR"), "Total Market"), dt.date(2024, 1, 31)
        ),
        DraftHolding(DraftSecurity(Decimal(-2), "IE00B3RBWM25"), dt.date(2024, 1, 31)),
    )


@pytest.mark.parametrize(
    ("number", "ticker", "code"),
    [
        ("922908769", "vti", "VTI"),
        ("922908769", "BRK.B", "BRK.B"),
        ("922908769", "$ €", "X922908769"),
        ("922908769", "", "X922908769"),
        ("IE00B3RBWM25", "", "IE00B3RBWM25"),
    ],
)
def test_a_security_is_called_by_its_ticker_or_its_number(number: str, ticker: str, code: str) -> None:
    listed = SECURITIES.replace("922908769", number).replace("VTI", ticker)
    file = _investments(_trade("BUYSTOCK", "-5.00", more="<UNITS>1", number=number), securities=listed)
    security = file.statements[0].rows[0].security
    assert security is not None
    assert security.commodity == code


def test_what_the_bank_only_announces_is_pending() -> None:
    pending = (
        "</BANKTRANLIST><BANKTRANLISTP><DTASOF>20240201<STMTTRNP><TRNTYPE>POS<DTTRAN>20240201<TRNAMT>-3.00<NAME>Café"
    )
    statement = _only(_file(ROW + pending + "</STMTTRNP></BANKTRANLISTP>"))
    assert [(row.status, row.date.day, row.external_id) for row in statement.rows] == [
        ("cleared", 31, "A1"),
        ("pending", 1, None),
    ]


def test_a_transaction_that_the_bank_replaces_gives_way_to_the_other() -> None:
    once = ROW.replace("A1", "A2<CORRECTFITID>A1<CORRECTACTION>REPLACE").replace("-12.50", "-12.05")
    file = read(_file(ROW + once).encode())
    [row] = file.statements[0].rows
    assert (row.amount, row.external_id, row.corrects) == (Decimal("-12.05"), "A2", DraftCorrection("A1", True))
    assert [each.reason for each in file.skipped] == ["was replaced by the bank with a later transaction"]
    twice = once.replace("A1", "A2").replace("<FITID>A2", "<FITID>A3").replace("-12.05", "-12.00")
    file = read(_file(once + twice).encode())
    [row] = file.statements[0].rows
    assert (row.amount, row.external_id, row.corrects) == (Decimal("-12.00"), "A3", DraftCorrection("A1", True))
    [row] = read(_file(once.replace("<FITID>A2", "<FITID>A1")).encode()).statements[0].rows
    assert row.corrects == DraftCorrection("A1", True)


def test_a_transaction_that_the_bank_deletes_is_gone_and_told() -> None:
    deleting = ROW.replace("A1", "A2<CORRECTFITID>A1<CORRECTACTION>DELETE").replace("-12.50", "0")
    file = read(_file(ROW + deleting).encode())
    [deletion] = file.statements[0].deletions
    assert (file.statements[0].rows, deletion.corrects) == ((), DraftCorrection("A1", True))
    assert len(file.skipped) == 1
    [deletion] = read(_file(deleting).encode()).statements[0].deletions
    assert (deletion.amount, deletion.corrects) == (Decimal(0), DraftCorrection("A1"))


@pytest.mark.parametrize(
    ("fields", "currency", "foreign"),
    [
        ("<ORIGCURRENCY><CURRATE>0.92<CURSYM>USD</ORIGCURRENCY>", "EUR", DraftSum(Decimal("-13.59"), "USD")),
        ("<ORIGCURRENCY><CURRATE>1<CURSYM>EUR</ORIGCURRENCY>", "EUR", None),
        ("<ORIGCURRENCY><CURRATE>0<CURSYM>USD</ORIGCURRENCY>", "EUR", None),
        ("<CURRENCY><CURRATE>0.92<CURSYM>USD</CURRENCY>", "USD", None),
    ],
)
def test_the_currency_of_a_transaction_is_its_own_or_what_it_was_made_in(
    fields: str, currency: str, foreign: DraftSum | None
) -> None:
    row = _only(_file(ROW.replace("<NAME>", f"{fields}<NAME>"))).rows[0]
    assert (row.currency, row.foreign, row.amount) == (currency, foreign, Decimal("-12.50"))


@pytest.mark.parametrize(
    ("fields", "payee", "description"),
    [
        ("<NAME>AUTOMATIC WITHDR<EXTDNAME>AUTOMATIC WITHDRAWAL<MEMO>Power", "AUTOMATIC WITHDRAWAL", "Power"),
        ("<TRNTYPE>CHECK<CHECKNUM>0042", None, "Check 0042"),
        ("<CHECKNUM>0", None, None),
        ("<TRNTYPE>ATM", None, "Cash machine"),
        ("<TRNTYPE>INT<MEMO>June", None, "June"),
    ],
)
def test_a_movement_is_called_by_the_most_that_is_known(
    fields: str, payee: str | None, description: str | None
) -> None:
    row = _only(_file(f"<STMTTRN><DTPOSTED>20240131<TRNAMT>-1<FITID>1{fields}</STMTTRN>")).rows[0]
    assert (row.payee, row.description) == (payee, description)


def test_the_account_on_the_other_side_is_kept() -> None:
    other = "<BANKACCTTO><BANKID>1<ACCTID>987<ACCTTYPE>SAVINGS</BANKACCTTO>"
    row = _only(_file(ROW.replace("<NAME>", f"{other}<NAME>"))).rows[0]
    assert (row.counterparty_number, row.payee) == ("987", "Shop")


def test_further_balances_are_told() -> None:
    listed = "<BALLIST><BAL><NAME>Credit left<DESC>x<BALTYPE>DOLLAR<VALUE>900.00</BAL></BALLIST><LEDGERBAL>"
    file = read(_file(ROW).replace("<LEDGERBAL>", listed).encode())
    assert file.understood["other balances"] == "Credit left: 900.00"
    assert file.statements[0].closing


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
