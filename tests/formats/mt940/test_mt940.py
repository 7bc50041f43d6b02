from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBalance, DraftRow, DraftSum, FileTooLong, FileUnreadable

HEAD = ":20:STARTUMS\n:25:12030000/20205100\n:28C:7/1\n:60F:C251230EUR100,00\n"
TAIL = ":62F:C260102EUR100,00\n-\n"
LINE = ":61:2512300102CR10,00NTRFNONREF//20260102-7\n"


def _only(lines: str, head: str = HEAD, tail: str = TAIL) -> DraftRow:
    [statement] = read((head + lines + tail).encode()).statements
    [row] = statement.rows
    return row


def test_a_statement_has_its_account_balances_and_movements() -> None:
    file = read((HEAD + LINE + ":86:Rent\n" + TAIL.replace("100,00", "110,")).encode())
    assert file.format == "mt940"
    assert file.warnings == ()
    [statement] = file.statements
    assert (statement.number, statement.currency) == ("12030000/20205100", "EUR")
    assert statement.opening == DraftBalance(Decimal("100.00"), dt.date(2025, 12, 30))
    assert statement.closing == DraftBalance(Decimal(110), dt.date(2026, 1, 2))
    [row] = statement.rows
    assert (row.line, row.amount, row.currency, row.status) == (5, Decimal("10.00"), "EUR", "cleared")
    assert (row.description, row.external_id) == ("Rent", "20260102-7")
    assert row.original["61"] == "2512300102CR10,00NTRFNONREF//20260102-7"


@pytest.mark.parametrize(
    ("value_and_entry", "date", "value_date"),
    [
        ("2512300102", dt.date(2026, 1, 2), dt.date(2025, 12, 30)),
        ("2601021231", dt.date(2025, 12, 31), dt.date(2026, 1, 2)),
        ("260315", dt.date(2026, 3, 15), dt.date(2026, 3, 15)),
        ("2403010229", dt.date(2024, 2, 29), dt.date(2024, 3, 1)),
        ("2503010000", dt.date(2025, 3, 1), dt.date(2025, 3, 1)),
        ("250301    ", dt.date(2025, 3, 1), dt.date(2025, 3, 1)),
        ("2502300303", dt.date(2025, 3, 3), dt.date(2025, 2, 28)),
        ("240230", dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
    ],
)
def test_the_entry_is_of_the_year_closest_to_the_value_date(
    value_and_entry: str, date: dt.date, value_date: dt.date
) -> None:
    row = _only(LINE.replace("2512300102", value_and_entry))
    assert (row.date, row.value_date) == (date, value_date)


@pytest.mark.parametrize(
    ("mark", "amount", "status"),
    [
        ("C", "10.00", "cleared"),
        ("D", "-10.00", "cleared"),
        ("CR", "10.00", "cleared"),
        ("DR", "-10.00", "cleared"),
        ("DD", "-10.00", "cleared"),
        ("RC", "-10.00", "cleared"),
        ("RD", "10.00", "cleared"),
        ("RCR", "-10.00", "cleared"),
        ("RDR", "10.00", "cleared"),
        ("EC", "10.00", "pending"),
        ("ED", "-10.00", "pending"),
    ],
)
def test_a_credit_that_is_taken_back_is_money_out(mark: str, amount: str, status: str) -> None:
    row = _only(LINE.replace("CR", mark))
    assert (row.amount, row.status) == (Decimal(amount), status)


@pytest.mark.parametrize(
    ("written", "amount"),
    [("10,", "10"), ("000000000025,00", "25.00"), (",5", "0.5"), ("10.50", "10.50"), ("1.500,25", "1500.25")],
)
def test_amounts_are_read_as_banks_write_them(written: str, amount: str) -> None:
    assert _only(LINE.replace("10,00", written)).amount == Decimal(amount)


def test_parts_with_numbers_are_put_together() -> None:
    row = _only(
        LINE
        + ":86:166?00GUTSCHRIFT?109310?20EREF+INV-7?21SVWZ+Invoice 7 and what was a?22greed by phone?23 EREF: INV-7"
        "?30BELADEBEXXX?31DE02100500000054540402?32Anna\nWeber?34000?60 and later\n"
    )
    assert (row.payee, row.counterparty_number) == ("AnnaWeber", "DE02100500000054540402")
    assert row.description == "Invoice 7 and what was agreed by phone"
    assert (row.original["EREF"], row.original["code"], row.original["30"]) == ("INV-7", "166", "BELADEBEXXX")


@pytest.mark.parametrize("mark", ["~", "<", "^"])
def test_polish_banks_use_other_marks(mark: str) -> None:
    text = "020~00PRZELEW~20FAKTURA 1~27ADAM NOWAK~28KRAKOW~3010600076~38PL08106000760000777777777777"
    row = _only(LINE + f":86:{text.replace('~', mark)}\n")
    assert (row.payee, row.description) == ("ADAM NOWAK KRAKOW", "FAKTURA 1")
    assert row.counterparty_number == "PL08106000760000777777777777"


@pytest.mark.parametrize(
    ("written", "payee", "description", "account"),
    [
        (
            (
                "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A\n"
                "/NAME/J JANSEN/REMI/HUUR MAART/EREF/NOTPROVIDED"
            ),
            "J JANSEN",
            "HUUR MAART",
            "NL91ABNA0417164300",
        ),
        (
            "/EREF/E1//CNTP/NL91ABNA0417164300/ABNANL2A/J JANSEN///REMI/USTD//HUUR/",
            "J JANSEN",
            "HUUR",
            "NL91ABNA0417164300",
        ),
        ("/BENM//NAME/JOHN DOE/REMI/Reference 20/ISDT/2026-01-02", "JOHN DOE", "Reference 20", None),
        (
            (
                "SEPA OVERBOEKING                 IBAN: NL91ABNA0417164300        BIC: ABNANL2A\n"
                "NAAM: J JANSEN OMSCHRIJVING: HUUR"
            ),
            "J JANSEN",
            "HUUR",
            "NL91ABNA0417164300",
        ),
        ("HUUR MAART\nREK: NL91ABNA0417164300/NAAM: J JANSEN", "J JANSEN", "HUUR MAART", "NL91ABNA0417164300"),
        ("CASH MACHINE 12\nMAIN STREET", None, "CASH MACHINE 12 MAIN STREET", None),
        ("A" * 63 + " W\nORD", None, "A" * 63 + " WORD", None),
    ],
)
def test_other_dialects_say_who_and_what_for(written: str, payee: str, description: str, account: str) -> None:
    row = _only(LINE + f":86:{written}\n")
    assert (row.payee, row.description, row.counterparty_number) == (payee, description, account)


def test_the_line_below_is_an_account_or_a_text() -> None:
    assert _only(LINE + "NL91ABNA0417164300\n").counterparty_number == "NL91ABNA0417164300"
    row = _only(LINE + "/OCMT/USD12,50//EXCH/1,1/\n")
    assert row.foreign == DraftSum(Decimal("12.50"), "USD")
    assert _only(LINE + "Interest\n").description == "Interest"


def test_the_account_may_be_the_reference_and_the_name_below_it() -> None:
    line = ":61:260102    D65,00NOVBNL47INGB0009999999\nhr j jansen\n"
    row = _only(line + ":86:NL47INGB0009999999 hr j jansen\n\nBetaling sieraden\n\n\n")
    assert (row.payee, row.counterparty_number) == ("hr j jansen", "NL47INGB0009999999")
    assert row.description == "Betaling sieraden"


def test_a_bank_may_say_more_in_a_field_of_its_own() -> None:
    row = _only(":61:2601020102DF2402,00S   X\n:NS:01526715\n15ERGO Versicherung AG\n")
    assert (row.amount, row.original["NS"]) == (Decimal("-2402.00"), "01526715\n15ERGO Versicherung AG")
    assert row.description == "526715 ERGO Versicherung AG"


def test_a_line_that_is_broken_in_two_is_one() -> None:
    assert _only(":61:2512300102DR\n10,00NTRFNONREF\nbelow\n").amount == Decimal("-10.00")


def test_pages_of_one_statement_are_joined_where_their_balances_follow() -> None:
    first = HEAD.replace("60F", "60M") + LINE + ":62M:C260102EUR110,00\n-\n"
    second = HEAD.replace(":28C:7/1", ":28C:7/2").replace("60F:C251230EUR100", "60M:C260102EUR110") + LINE.replace(
        "-7", "-8"
    )
    file = read((first + second + ":62F:C260102EUR120,00\n-\n").encode())
    [statement] = file.statements
    assert (len(statement.rows), statement.opening and statement.opening.amount) == (2, Decimal("100.00"))
    assert statement.closing == DraftBalance(Decimal("120.00"), dt.date(2026, 1, 2))
    assert file.warnings == ()
    apart = read((first + second.replace("7/2", "8/1") + ":62F:C260102EUR120,00\n-\n").encode())
    assert len(apart.statements) == 2


def test_a_balance_that_does_not_follow_is_warned_about() -> None:
    [warning] = read((HEAD + LINE + TAIL).encode()).warnings
    assert "off by -10.00" in warning


def test_an_interim_report_has_no_balances_and_its_totals_are_checked() -> None:
    head = ":20:REPORT\n:25:PL29114010810000267002001002\n:28C:1/1\n:34F:PLNC0,\n:13D:2601021815+0100\n"
    file = read((head + LINE + ":90D:0PLN0,00\n:90C:1PLN12,00\n-\n").encode())
    [statement] = file.statements
    assert (statement.currency, statement.opening, statement.closing) == ("PLN", None, None)
    assert file.understood["kind"] == "interim report (MT942)"
    assert "12.00 of credits" in file.warnings[0]


@pytest.mark.parametrize(
    "frame",
    [
        "{0}{1}",
        "\n\n  {0}{1}",
        "\ufeff{0}{1}",
        "ABNANL2A\n940\nABNANL2A\n{0}{1}",
        ":940:\n{0}{1}",
        "\x01{0}{1}\x03",
        "\u00e41:F01\u00e5\u00e44:\n{0}{1}\u00e5\n",
        "{{1:F01KNABNL2HAXXX0000000000}}{{2:I940KNABNL2HXXXXN3020}}{{4:\n{0}{1}}}{{5:}}\n",
        "{{1:F01KNABNL2HAXXX0000000000}}{{4:{0}{1}}}\n",
    ],
)
def test_a_statement_is_found_in_any_frame(frame: str) -> None:
    text = frame.format(HEAD + LINE + ":62F:C260102EUR110,00\n", "-")
    for data in (text.encode(), text.replace("\n", "\r\n").encode()):
        file = read(data)
        assert (file.format, len(file.statements), len(file.statements[0].rows)) == ("mt940", 1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850"])
def test_names_keep_their_letters(encoding: str) -> None:
    text = HEAD + LINE + ":86:166?20Grüße aus Köln?32Jörg Müßig\n" + TAIL
    assert read(text.encode(encoding)).statements[0].rows[0].payee == "Jörg Müßig"


def test_a_reference_that_different_movements_share_is_none() -> None:
    text = HEAD + LINE + LINE.replace("10,00", "11,00") + LINE.replace("-7", "-9") + TAIL
    [statement] = read(text.encode()).statements
    assert [row.external_id for row in statement.rows] == [None, None, "20260102-9"]


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (HEAD + ":61:nonsense\n" + TAIL, 5),
        (HEAD + LINE.replace("251230", "251330") + TAIL, 5),
        (HEAD + LINE.replace("10,00", "9" * 29 + ",00") + TAIL, 5),
        (HEAD.replace("C251230EUR", "EUR") + LINE + TAIL, 4),
    ],
)
def test_what_breaks_the_rules_is_told_with_its_line(broken: str, line: int) -> None:
    with pytest.raises(FileUnreadable) as raised:
        read(broken.encode())
    assert raised.value.facts["line"] == line


def test_more_lines_than_allowed_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read((HEAD + LINE * 3 + TAIL).encode(), max_rows=2)
