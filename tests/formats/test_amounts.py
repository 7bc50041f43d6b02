from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from farthing.formats.numbers import NumberError, amount, currency_of, decimal_votes, figure
from farthing.formats.sheets.notation import Doubt, Marked, decimal_mark


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("-52,93", ",", "-52.93"),
        ("11'373.94", ".", "11373.94"),
        ("1\u2019234\u2019567.80", ".", "1234567.80"),
        ("$1,036.47", ".", "1036.47"),
        ("(1,234.50)", ".", "-1234.50"),
        ("5.00-", ".", "-5.00"),
        ("1 234,56", ",", "1234.56"),
        ("1\u202f234,50\u00a0\u20ac", ",", "1234.50"),
        ("4.093,32 \u20ac", ",", "4093.32"),
        ("EUR   5,00", ",", "5.00"),
        ("-$5", ".", "-5"),
        ("$-5", ".", "-5"),
        ("\u2212 5,00", ",", "-5.00"),
        ("\u20135,00", ",", "-5.00"),
        ("1,23,456.78", ".", "123456.78"),
        ("5.00 Cr", ".", "5.00"),
        ("5.00DR", ".", "-5.00"),
        ("+0,50", ",", "0.50"),
        (".5", ".", "0.5"),
        ("12,", ",", "12"),
        ("007,10", ",", "7.10"),
        ("0,00-", ",", "0"),
        ("12.000", ",", "12000"),
        ("12.000", ".", "12.000"),
        ("1.234.567,8", ",", "1234567.8"),
        ("\u062f.\u0627.4.750", ".", "4.750"),
    ],
)
def test_an_amount_is_read_as_its_bank_writes_it(text: str, mark: str, expected: str) -> None:
    taken = figure(text)
    assert taken
    assert amount(taken, mark) == Decimal(expected)
    assert not str(amount(taken, mark)).startswith("-0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        ",",
        "abc",
        "1-2",
        "--5",
        "(5",
        "5)",
        "12 34",
        "€",
        "1e5",
        "NaN",
        "Infinity",
        "01.02.2024",
        "1.2.3",
        "REF 12345",
        "١٢",
        "5 000 0",
        "1'23",
        "9" * 65,
        "9" * 1000000,
        " " * 100000,
        "+-5",
        "0x10",
        "1_000",
    ],
)
def test_what_is_no_amount_is_not_taken_for_one(text: str) -> None:
    assert figure(text) is None


@pytest.mark.parametrize(
    ("text", "mark"), [("9" * 29, "."), ("0." + "1" * 19, "."), ("1.234,5", "."), ("1,234.5", ",")]
)
def test_an_amount_that_cant_be_kept_is_refused(text: str, mark: str) -> None:
    taken = figure(text)
    assert taken
    with pytest.raises(NumberError):
        amount(taken, mark)


def test_the_longest_amount_is_kept_to_the_last_digit() -> None:
    taken = figure("-1234567890.123456789012345678")
    assert taken
    assert str(amount(taken, ".")) == "-1234567890.123456789012345678"


@pytest.mark.parametrize(
    ("texts", "votes"),
    [
        (["1.234,56"], {",": 1}),
        (["1,234.56"], {".": 1}),
        (["1.234.567"], {",": 1}),
        (["1,234"], {"?": 1}),
        (["1234,567"], {",": 1}),
        (["0,123", "5"], {",": 1}),
        (["12,3"], {",": 1}),
        (["7", "8"], {}),
    ],
)
def test_each_figure_votes_for_the_mark_that_it_shows(texts: list[str], votes: dict[str, int]) -> None:
    assert decimal_votes(taken for text in texts if (taken := figure(text))) == Counter(votes)


@pytest.mark.parametrize(
    ("own", "elsewhere", "currency", "mark"),
    [
        ({",": 1, "?": 5}, {".": 9}, None, ","),
        ({"?": 2}, {".": 1}, None, "."),
        ({"?": 2}, {}, "EUR", "thousands"),
        ({"?": 2}, {}, "KWD", "decimals"),
        ({}, {}, None, "."),
    ],
)
def test_the_decimal_mark_is_decided_by_the_column_then_the_file_then_the_currency(
    own: dict[str, int], elsewhere: dict[str, int], currency: str | None, mark: str
) -> None:
    decided = decimal_mark(Counter(own), Counter(elsewhere), currency)
    assert isinstance(decided, Marked)
    assert decided.mark == mark


@pytest.mark.parametrize("votes", [{"?": 3}, {".": 1, ",": 1}])
def test_a_decimal_mark_that_nothing_tells_is_asked_about(votes: dict[str, int]) -> None:
    with pytest.raises(Doubt):
        decimal_mark(Counter(votes), Counter(), None)


@pytest.mark.parametrize(
    ("unit", "code"),
    [("\u20ac", "EUR"), ("\u00a3", "GBP"), ("kr", None), ("$", None), ("US$", "USD"), ("CHF", "CHF"), ("REF", None)],
)
def test_a_sign_names_a_currency_only_where_one_country_uses_it(unit: str, code: str | None) -> None:
    assert currency_of(unit) == code
