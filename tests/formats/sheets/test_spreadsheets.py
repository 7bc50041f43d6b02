from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.formats.sheets.samples import SAMPLES, Sample
from tests.formats.sheets.spreadsheets import Cell, archive, ods, ods_row, xlsx, xlsx_by_hand

from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileTooLong, FileUnreadable
from farthing.formats.sheets.delimited import table
from farthing.formats.sheets.workbook import number_as_text
from farthing.formats.text import decode
from farthing.kit.faults import Fault

FEBRUARY: list[list[Cell]] = [
    ["My bank"],
    [],
    [None, "Date", "Text", "Amount", "Balance"],
    [None, dt.date(2025, 2, 3), "Acme", 1500.1, 1500.1],
    [None, dt.datetime(2025, 2, 4, 10, 11, 12), "Baker", -(0.1 + 0.2), 1499.8],  # noqa: DTZ001
    [None, dt.date(2025, 2, 5), "Gold", 1.234, 1501.034],
]
ROWS = [("2025-02-03", "1500.1"), ("2025-02-04", "-0.3"), ("2025-02-05", "1.234")]
WHOLE = xlsx({"Feb": FEBRUARY})
HEADER = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Date</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Amount</t></is></c></row>'
)


def _rows(file: DraftFile) -> list[tuple[str, str]]:
    return [(row.date.isoformat(), f"{row.amount.normalize():f}") for each in file.statements for row in each.rows]


def test_a_workbook_is_read_as_a_table_is() -> None:
    file = read(xlsx({"Feb": FEBRUARY}))
    [statement] = file.statements
    assert (file.format, file.questions, _rows(file)) == ("xlsx", (), ROWS)
    assert [row.line for row in statement.rows] == [4, 5, 6]
    assert statement.closing
    assert statement.closing.amount == Decimal("1501.034")
    assert statement.rows[0].original == {
        "Date": "2025-02-03",
        "Text": "Acme",
        "Amount": "1500.1",
        "Balance": "1500.1",
    }
    assert (file.understood["sheet"], file.understood["header_line"]) == ("'Feb'", "3")


def test_a_document_is_read_as_a_workbook_is() -> None:
    rows = "".join(ods_row(*cells) for cells in FEBRUARY)
    file = read(ods({"Feb": rows}))
    assert (file.format, file.questions, _rows(file)) == ("ods", (), ROWS)
    assert [row.line for row in file.statements[0].rows] == [4, 5, 6]


def test_days_may_be_counted_from_1904() -> None:
    assert _rows(read(xlsx({"Feb": FEBRUARY}, from_1904=True))) == ROWS


@pytest.mark.parametrize("sample", [each for each in SAMPLES if not each.asks], ids=lambda sample: sample.name)
def test_a_table_of_text_says_the_same_in_a_workbook(sample: Sample) -> None:
    parted = table(decode(sample.data).text, max_rows=1000)
    assert parted
    width = max(record.line for record in parted.records)
    rows: list[list[Cell]] = [[] for _ in range(width)]
    for record in parted.records:
        rows[record.line - 1] = [*record.cells]
    assert _rows(read(xlsx({"Sheet1": rows}))) == _rows(read(sample.data))


def test_sheets_without_movements_and_hidden_ones_are_passed_over() -> None:
    file = read(xlsx({"About": [["Made by", "My bank"]], "Old": FEBRUARY, "Feb": FEBRUARY}, hidden=["Old"]))
    assert (file.understood["sheet"], file.questions) == ("'Feb'", ())


def test_which_of_several_sheets_is_meant_is_asked() -> None:
    march = [*FEBRUARY[:3], [None, dt.date(2025, 3, 3), "Acme", 2.5, 2.5], [None, dt.date(2025, 3, 4), "B", 1, 3.5]]
    book = xlsx({"Feb": FEBRUARY, "Mar": march})
    file = read(book)
    [question] = file.questions
    assert (question.name, question.chosen) == ("sheet", "*")
    assert [(choice.value, choice.means) for choice in question.choices] == [
        ("*", "each of the 2 sheets is an account of its own"),
        ("Feb", "only this sheet, of 5 rows, is meant"),
        ("Mar", "only this sheet, of 4 rows, is meant"),
    ]
    assert [(each.name, len(each.rows)) for each in file.statements] == [("Feb", 3), ("Mar", 2)]
    only = read(book, answers={"sheet": "Mar"})
    assert (only.questions, _rows(only)) == ((), [("2025-03-03", "2.5"), ("2025-03-04", "1")])
    with pytest.raises(FileUnreadable):
        read(book, answers={"sheet": "April"})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("12.1", "12.1"),
        ("0.30000000000000004", "0.3"),
        ("1234567.8899999999", "1234567.89"),
        ("-4.5000000000000001E-2", "-0.0450"),
        ("1.5E3", "1500"),
        ("1e15", "1000000000000000"),
        ("1.234", "1.2340"),
        ("-12.5", "-12.5"),
        ("0", "0"),
        ("-0.0", "-0"),
        ("99999999.995", "99999999.995"),
        ("1E300", "1E300"),
        ("1E-300", "1E-300"),
        ("abc", "abc"),
        ("9" * 60, "9" * 60),
    ],
)
def test_numbers_are_taken_as_they_were_put_in(written: str, text: str) -> None:
    assert number_as_text(written) == text


@given(st.decimals(-10_000_000, 10_000_000, places=2))
def test_every_amount_in_cents_comes_back(amount: Decimal) -> None:
    assert Decimal(number_as_text(repr(float(amount)))) == amount


def test_the_types_of_cells_are_understood() -> None:
    strings = "<si><t>Date</t></si><si><r><t>Am</t></r><r><t>ount</t></r><rPh><t>no</t></rPh></si>"
    rows = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>Text</t></is></c></row>'
        '<row><c t="d"><v>2025-02-03</v></c><c><v>12.5</v></c><c t="b"><v>1</v></c></row>'
        '<row><c t="str"><f>A2</f><v>2025-02-04</v></c><c><v>-3</v></c><c t="e"><v>#N/A</v></c></row>'
    )
    file = read(xlsx_by_hand(rows, strings=strings))
    assert _rows(file) == [("2025-02-03", "12.5"), ("2025-02-04", "-3")]
    assert [row.description for row in file.statements[0].rows] == ["TRUE", "#N/A"]


def test_what_repeats_in_a_document_is_there_as_often() -> None:
    rows = (
        ods_row("Date", "Text", "Amount")
        + ods_row(dt.date(2025, 2, 3), "a", -1.5, repeated=3)
        + ods_row(None, repeated=1_000_000)
        + ods_row(dt.date(2025, 2, 4), "b", 2.5)
        + '<table:table-row><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    file = read(ods({"One": rows}))
    assert [row.line for row in file.statements[0].rows] == [2, 3, 4, 1_000_005]


def _row(cells: str) -> str:
    return HEADER + f'<row r="2"><c r="A2" t="inlineStr"><is><t>2025-02-03</t></is></c>{cells}</row>'


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "the farthest cell": (
        lambda: xlsx_by_hand(_row('<c r="XFD2"><v>1</v></c>')),
        "row 2 has a cell beyond column 1024",
    ),
    "a million columns": (
        lambda: xlsx_by_hand(HEADER + "<row>" + "<c><v>1</v></c>" * 1_000_000 + "</row>", is_packed=False),
        "row 2 has a cell beyond column 1024",
    ),
    "a cell of 50 MB": (
        lambda: xlsx_by_hand(_row(f'<c t="inlineStr"><is><t>{"a" * 50_000_000}</t></is></c>'), is_packed=False),
        "row 2 has a cell of more than 32767 characters",
    ),
    "a number of a million digits": (
        lambda: xlsx_by_hand(_row(f"<c><v>{'9' * 1_000_000}</v></c>")),
        "row 2 has a cell of more than 32767 characters",
    ),
    "a text that isn't there": (lambda: xlsx_by_hand(_row('<c t="s"><v>7</v></c>')), "row 2 has a text"),
    "a long text in every cell": (
        lambda: xlsx_by_hand(
            HEADER + '<row><c t="s"><v>0</v></c></row>' * 10_000, strings=f"<si><t>{'a' * 30_000}</t></si>"
        ),
        "is one more than there is room for",
    ),
    "a document type": (
        lambda: xlsx_by_hand(HEADER, prolog='<!DOCTYPE a [<!ENTITY b "c">]>'),
        "its XML has a document type",
    ),
    "XML that breaks off": (lambda: xlsx_by_hand("<row><c>"), "its XML breaks off or is damaged"),
    "no movements": (lambda: xlsx({"One": [["a", "b"], ["c", 1.5]]}), "none of its sheets holds rows"),
    "no sheet": (lambda: archive({"xl/workbook.xml": "<workbook/>"}), "none of its sheets holds rows"),
    "no content": (
        lambda: archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        "it has no content in it",
    ),
    "a document's million columns": (
        lambda: ods(
            {
                "One": '<table:table-row><table:table-cell table:number-columns-repeated="1000000" '
                'office:value-type="float" office:value="1"/></table:table-row>'
            }
        ),
        "row 1 has a cell beyond column 1024",
    ),
    "too many sheets": (lambda: ods({f"{number}": "" for number in range(101)}), "it has more than 100 sheets"),
    "a bomb": (
        lambda: xlsx_by_hand(HEADER + "<row><c/></row>" * 20_000_000),
        "there is more packed into it than is unpacked here",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_workbook_made_to_hurt_costs_bounded_time_and_says_where(name: str) -> None:
    make, problem = UNREADABLE[name]
    data = make()
    began = time.process_time()
    with pytest.raises(FileUnreadable) as raised:
        read(data)
    assert problem in raised.value.detail
    assert time.process_time() - began < 6.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: xlsx_by_hand(
            HEADER + '<row><c t="inlineStr"><is><t>2025-02-03</t></is></c><c><v>1</v></c></row>' * 2_000
        ),
        lambda: ods({"One": ods_row("Date", "Amount") + ods_row(dt.date(2025, 2, 3), 1.5, repeated=999_999_999)}),
    ],
)
def test_rows_over_the_limit_are_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(FileTooLong):
        read(make(), max_rows=900)


def test_an_archive_of_something_else_is_no_spreadsheet() -> None:
    with pytest.raises(FileFormatUnknown):
        read(archive({"word/document.xml": "<a/>"}))
    with pytest.raises(FileUnreadable):
        read(archive({"word/document.xml": "<a/>"}), format="xlsx")


CELLS = st.one_of(
    st.sampled_from(["Date", "Amount", "Text", "Balance", "Betrag", "Datum", "01/02/2025", "1.234", "", "Total"]),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.booleans(),
    st.none(),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=5), max_size=8))
def test_any_workbook_makes_a_draft_or_a_fault(rows: list[list[Cell]]) -> None:
    with suppress(Fault):
        for statement in read(xlsx({"One": rows})).statements:
            assert all(1600 <= row.date.year <= 2999 for row in statement.rows)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_workbook_makes_a_draft_or_a_fault(data: st.DataObject) -> None:
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] ^= data.draw(st.integers(1, 255))
    with suppress(Fault):
        read(bytes(damaged))
