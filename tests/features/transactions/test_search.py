"""Reading searches: every form, every way to get one wrong, and nothing else whatever is typed."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.features.transactions.errors import SearchMalformed
from farthing.features.transactions.schemas import SEARCHES
from farthing.features.transactions.search import MAX_CHARACTERS, MAX_TERMS, Term, read_search

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "search.md"
QUICK = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def days(first: str, last: str) -> tuple[dt.date, dt.date]:
    return day(first), day(last)


FORMS: list[tuple[str, str, str, object]] = [
    ("coffee", "words", ":", "coffee"),
    ('"corner shop"', "words", ":", "corner shop"),
    ('"5"" nails"', "words", ":", '5" nails'),
    (r'"5\" nails"', "words", ":", '5" nails'),
    (r'"a\\"', "words", ":", "a\\"),
    (r'"a\b"', "words", ":", r"a\b"),
    (r'"\\""\""', "words", ":", '\\""'),
    ('""""', "words", ":", '"'),
    ('"payee:tesco"', "words", ":", "payee:tesco"),
    ('"-5"', "words", ":", "-5"),
    (r"a\b", "words", ":", r"a\b"),
    ("12:30", "words", ":", "12:30"),
    (">50", "words", ":", ">50"),
    ("<3", "words", ":", "<3"),
    ("ärzte", "words", ":", "ärzte"),
    ("payee:tesco", "payee", ":", "tesco"),
    ("Payee:Tesco", "payee", ":", "Tesco"),
    ('payee:"corner shop"', "payee", ":", "corner shop"),
    ("payee:-5", "payee", ":", "-5"),
    ("payee:a:b>c", "payee", ":", "a:b>c"),
    ("description:invoice", "description", ":", "invoice"),
    ("notes:warranty", "notes", ":", "warranty"),
    ("memo:rent", "memo", ":", "rent"),
    ("account:Assets:Bank:Checking", "account", ":", "Assets:Bank:Checking"),
    ('account:"Assets:Joint Account"', "account", ":", "Assets:Joint Account"),
    ("category:Expenses:Food", "category", ":", "Expenses:Food"),
    ("tag:holiday", "tag", ":", "holiday"),
    ('tag:"summer 2026"', "tag", ":", "summer 2026"),
    ("status:pending", "status", ":", "pending"),
    ("STATUS:Reconciled", "status", ":", "reconciled"),
    ("amount:12.50", "amount", ":", Decimal("12.50")),
    ('amount:"12.50"', "amount", ":", Decimal("12.50")),
    ("amount>50", "amount", ">", Decimal(50)),
    ("amount>=0.01", "amount", ">=", Decimal("0.01")),
    ("amount<50", "amount", "<", Decimal(50)),
    ("amount<=50", "amount", "<=", Decimal(50)),
    ("amount:10..20", "amount", "..", (Decimal(10), Decimal(20))),
    ("amount:10..10", "amount", "..", (Decimal(10), Decimal(10))),
    ("date:2026-03-05", "date", "..", days("2026-03-05", "2026-03-05")),
    ("date:2026-02", "date", "..", days("2026-02-01", "2026-02-28")),
    ("date:2024-02", "date", "..", days("2024-02-01", "2024-02-29")),
    ("date:2026", "date", "..", days("2026-01-01", "2026-12-31")),
    ("date:2026-01..2026-03", "date", "..", days("2026-01-01", "2026-03-31")),
    ("date:2025..2026-03-05", "date", "..", days("2025-01-01", "2026-03-05")),
    ("date:1600..2999", "date", "..", days("1600-01-01", "2999-12-31")),
    ("date>2026-03-01", "date", ">", day("2026-03-01")),
    ("date>2026-03", "date", ">", day("2026-03-31")),
    ("date>=2026-03", "date", ">=", day("2026-03-01")),
    ("date<2026-03", "date", "<", day("2026-03-01")),
    ("date<=2026-03", "date", "<=", day("2026-03-31")),
    ("date<=2026", "date", "<=", day("2026-12-31")),
    ("from:2026-03", "date", ">=", day("2026-03-01")),
    ("to:2026-03", "date", "<=", day("2026-03-31")),
]


@pytest.mark.parametrize(("line", "field", "operator", "value"), FORMS)
def test_a_form_means_what_it_says(line: str, field: str, operator: str, value: object) -> None:
    (term,) = read_search(line)
    assert (term.field, term.operator, term.value, term.negated, term.column) == (field, operator, value, False, 1)
    (turned,) = read_search(f" -{line}")
    assert (turned.field, turned.operator, turned.value) == (field, operator, value)
    assert (turned.negated, turned.column) == (True, 2)


def test_a_line_is_read_term_by_term() -> None:
    terms = read_search(' payee:tesco\tamount>50  -status:pending\xa0"corner  shop" -x ')
    assert [(term.field, term.value, term.negated, term.column) for term in terms] == [
        ("payee", "tesco", False, 2),
        ("amount", Decimal(50), False, 14),
        ("status", "pending", True, 25),
        ("words", "corner  shop", False, 41),
        ("words", "x", True, 56),
    ]
    assert read_search("") == read_search(" \t ") == ()


MISTAKES: list[tuple[str, int, str, str]] = [
    ("shop colour:red", 6, "colour:red", "the fields are payee, description"),
    ("http://example.org", 1, "http://example.org", "put in quotes"),
    ("words:shop", 1, "words:shop", "the fields are"),
    ("-größe>5", 1, "-größe>5", "the fields are"),
    ("payee: tesco", 1, "payee:", "nothing to look for"),
    ("shop - pub", 6, "-", "nothing to look for"),
    ('shop ""', 6, '""', "nothing to look for"),
    ('payee:"  "', 1, 'payee:"', "nothing to look for"),
    ('shop "corner', 6, '"corner', "quote"),
    ('shop "corner shop', 6, '"corner', "quote"),
    ('-payee:"corner shop', 1, '-payee:"corner', "quote"),
    (r'"corner\"', 1, r'"corner\"', "quote"),
    ('"corner"" shop', 1, '"corner""', "quote"),
    ('"corner"shop', 1, '"corner"shop', "quote"),
    ('co"rner"', 1, 'co"rner"', "quote"),
    ('payee:co"rner"', 1, 'payee:co"rner"', "quote"),
    ("payee>tesco", 1, "payee>tesco", "written with a colon"),
    ("tag>holiday", 1, "tag>holiday", "written with a colon"),
    ("tag:", 1, "tag:", "nothing to look for"),
    ("status<=pending", 1, "status<=pending", "written with a colon"),
    ("from>2026", 1, "from>2026", "written with a colon"),
    ("status:done", 1, "status:done", "pending, cleared, reconciled"),
    ("amount:ten", 1, "amount:ten", "written 12.50"),
    ("amount>1e3", 1, "amount>1e3", "written 12.50"),
    ("amount:12,50", 1, "amount:12,50", "written 12.50"),
    ("amount:٣", 1, "amount:٣", "written 12.50"),
    ("amount>10..20", 1, "amount>10..20", "written 12.50"),
    ("amount:10..", 1, "amount:10..", "written 12.50"),
    ("amount:10...20", 1, "amount:10...20", "written 12.50"),
    ("amount>" + "9" * 29, 1, "amount>" + "9" * 29, "written 12.50"),
    ("amount:-5", 1, "amount:-5", "without a sign"),
    ("amount:20..10", 1, "amount:20..10", "ends before"),
    ("date:yesterday", 1, "date:yesterday", "written 2026-03-05"),
    ("date:2026-3", 1, "date:2026-3", "written 2026-03-05"),
    ("date:2026-03-05T10:00", 1, "date:2026-03-05T10:00", "written 2026-03-05"),
    ("date:٢٠٢٦", 1, "date:٢٠٢٦", "written 2026-03-05"),
    ("date:..2026", 1, "date:..2026", "written 2026-03-05"),
    ("date>2026..2027", 1, "date>2026..2027", "written 2026-03-05"),
    ("from:Assets:Checking", 1, "from:Assets:Checking", "written 2026-03-05"),
    ("date:2026-00", 1, "date:2026-00", "no such day"),
    ("date:2026-13", 1, "date:2026-13", "no such day"),
    ("date:2026-02-29", 1, "date:2026-02-29", "no such day"),
    ("date:2026-02-00", 1, "date:2026-02-00", "no such day"),
    ("date:0000", 1, "date:0000", "no such day"),
    ("date:1599", 1, "date:1599", "lies between"),
    ("date:3000-01-01", 1, "date:3000-01-01", "lies between"),
    ("date:2026-03..2026-02", 1, "date:2026-03..2026-02", "ends before"),
    ("a " * 20 + "last", 41, "last", "at most 20 terms"),
    ("no:" + "x" * 100, 1, "no:" + "x" * 37 + "…", "the fields are"),
]


@pytest.mark.parametrize(("line", "column", "token", "problem"), MISTAKES)
def test_a_mistake_is_told_with_the_term_and_its_place(line: str, column: int, token: str, problem: str) -> None:
    with pytest.raises(SearchMalformed) as refusal:
        read_search(line)
    fault = refusal.value
    assert (fault.facts["column"], fault.facts["token"]) == (column, token)
    (blame,) = fault.blames
    assert (blame.code, blame.parameter, blame.detail) == ("search_malformed", "q", fault.detail)
    assert f"column {column}, {token}: " in fault.detail
    assert problem in fault.detail


FRAGMENTS = [
    *' \t"""\\:-<>=.%_\x00é中',
    *("payee:", "Memo:", "account:", "status:", "amount", "amount:", "date:", "date>", "from:", "to:", "x:"),
    *("pending", "2026", "2026-03", "2026-03-05", "-13", "..", "10", "12.50", '""', ' "', '" ', r"\"", "Assets:Bank"),
]
LINES = st.one_of(
    st.text(max_size=MAX_CHARACTERS),
    st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(lambda parts: "".join(parts)[:MAX_CHARACTERS]),
    st.lists(st.sampled_from([line for line, *_ in FORMS]), max_size=MAX_TERMS + 2).map(" ".join),
)


def written(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def typed(term: Term) -> str:
    """A term as one may type it."""
    minus = "-" if term.negated else ""
    if isinstance(term.value, tuple):
        return f"{minus}{term.field}:{'..'.join(map(written, term.value))}"
    value = written(term.value).replace("\\", "\\\\").replace('"', '""')
    return f'{minus}"{value}"' if term.field == "words" else f'{minus}{term.field}{term.operator}"{value}"'


@given(LINES)
@QUICK
def test_any_line_is_read_or_refused_and_what_is_read_can_be_typed_again(line: str) -> None:
    try:
        terms = read_search(line)
    except SearchMalformed as fault:
        column, token, detail = int(str(fault.facts["column"])), str(fault.facts["token"]), fault.detail
        assert line[column - 1 :].startswith(token.removesuffix("…"))
        assert token in detail
        return
    assert len(terms) <= MAX_TERMS
    columns = [term.column for term in terms]
    assert columns == sorted(set(columns))
    assert all(not line[column - 1].isspace() for column in columns)
    again = read_search(" ".join(map(typed, terms)))
    assert [(term.shape, term.value) for term in again] == [(term.shape, term.value) for term in terms]


def test_what_the_documents_show_can_be_read() -> None:
    rows = re.findall(r"^\| (`.+?`) \| ", REFERENCE.read_text("utf-8"), re.MULTILINE)
    shown = [line for row in rows for line in re.findall("`([^`]+)`", row)]
    assert len(shown) > 30
    assert {term.field for line in [*shown, *SEARCHES] for term in read_search(line)} == {
        field for _, field, _, _ in FORMS
    }
