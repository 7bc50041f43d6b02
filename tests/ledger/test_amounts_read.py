"""Amounts: only one way to write them, and nothing else becomes a number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.ledger.currencies import AmountTooFine, AmountTooLarge, Currencies, CurrencyUnknown
from farthing.ledger.money import MAX_DECIMALS, MAX_DIGITS, AmountError, decimals, parse_amount, write_amount

QUICK = settings(max_examples=100, derandomize=True, database=None, deadline=None)
HOSTILE = [
    "", " ", "1 ", " 1", "\n1", "1\n", "+1", "--1", "1.", ".1", "-.1", "-", ".", "01", "-01", "00", "00.1", "1e2",
    "1E2", "1e999999999", "1_000", "1,000", "1,5", "0x10", "NaN", "-NaN", "sNaN", "Infinity", "-inf",
    "\u0661\u0662", "\uff11\uff12",
    "1\u00a0000", "²", "½", "1\x00", "\u22121", "$1", "1 EUR", "true", "None", "1.1.1", "1-", "(1)",
    "9" * 29, "0." + "1" * 19, "9" * 1_000_000, "0." + "0" * 1_000_000, "1" * 20 + "." + "1" * 10,
]  # fmt: skip
GOOD = ["0", "-0", "0.0", "-0.00", "1", "-1", "0.1", "-12.50", "9" * 28, "-" + "9" * 28, "0." + "1" * 18,
        "1" * 10 + "." + "1" * 18]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_what_is_not_written_like_an_amount_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(AmountError) as refusal:
        parse_amount(text)
    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text[:20])
def test_what_is_written_like_an_amount_is_exactly_that(text: str) -> None:
    assert parse_amount(text) == Decimal(text)
    assert not (parse_amount(text).is_zero() and parse_amount(text).is_signed())


@given(st.text(max_size=40))
@QUICK
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = parse_amount(text)
    except AmountError:
        return
    assert text.isascii()
    assert amount == Decimal(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False, allow_infinity=False))
@QUICK
def test_what_is_written_is_read_back(amount: Decimal) -> None:
    written = write_amount(amount, 2)
    assert parse_amount(written.lstrip("-") if amount == 0 else written) == amount
    assert len(written.partition(".")[2]) >= 2
    assert decimals(amount) <= 6


@pytest.mark.parametrize(
    ("text", "code", "settled"),
    [
        ("12.5", "EUR", "12.50"),
        ("12.500", "EUR", "12.50"),
        ("-0.00", "EUR", "0.00"),
        ("500", "JPY", "500"),
        ("500.0", "JPY", "500"),
        ("1.2345", "CLF", "1.2345"),
        ("0.125", "KWD", "0.125"),
        ("9" * 26, "EUR", "9" * 26 + ".00"),
        ("9" * 28, "JPY", "9" * 28),
    ],
)
def test_an_amount_settles_at_its_currencys_precision(text: str, code: str, settled: str) -> None:
    assert str(Currencies().settle(parse_amount(text), code, pointer="/amount")) == settled


@pytest.mark.parametrize(
    ("text", "code", "fault"),
    [
        ("0.001", "EUR", AmountTooFine),
        ("0.5", "JPY", AmountTooFine),
        ("0." + "0" * (MAX_DECIMALS - 1) + "1", "EUR", AmountTooFine),
        ("9" * 27, "EUR", AmountTooLarge),
        ("1" + "0" * 26, "EUR", AmountTooLarge),
        ("9" * MAX_DIGITS, "XAU", AmountTooLarge),
        ("1", "XXX", CurrencyUnknown),
        ("1", "eur", CurrencyUnknown),
        ("1", "", CurrencyUnknown),
    ],
)
def test_an_amount_that_does_not_fit_its_currency_is_refused_never_rounded(
    text: str, code: str, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        Currencies().settle(parse_amount(text), code, pointer="/amount")
