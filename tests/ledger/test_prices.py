"""Prices and costs that are noted: when they agree with the amounts, to the last digit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.ledger.currencies import Currencies, Currency, CurrencyUnknown
from farthing.ledger.postings import Cost, Line, Price
from farthing.ledger.prices import MOST_BESIDE, PriceDisagrees, PriceInItself, check_noted

PROFILE = settings(max_examples=300, derandomize=True, database=None, deadline=None)
OWN = Currencies([Currency("ACME", 0, "Acme"), Currency("FUND", 3, "A fund"), Currency("BTC", 8, "Bitcoin")])
ACCOUNT = UUID(int=1)


def line(amount: str, currency: str, *, price: str | None = None, cost: str | None = None, in_: str = "EUR") -> Line:
    """A posting; ``price`` and ``cost`` are in ``in_``."""
    return Line(
        ACCOUNT,
        Decimal(amount),
        currency,
        price=Price(Decimal(price), in_) if price else None,
        cost=Cost(Decimal(cost), in_, dt.date(2026, 3, 1), "lot") if cost else None,
    )


def check(*lines: Line, on_category: tuple[int, ...] = ()) -> None:
    check_noted(lines, [place in on_category for place in range(len(lines))], OWN)


AGREEING: dict[str, tuple[tuple[Line, ...], tuple[int, ...]]] = {
    "to the cent": ((line("100", "USD", price="0.90"), line("-90.00", "EUR")), ()),
    "what is given up": ((line("-100", "USD", price="0.90"), line("90.00", "EUR")), ()),
    "a third, to the cent": ((line("3", "USD", price="33.333"), line("-100.00", "EUR")), ()),
    "a rate of four digits": ((line("5000.00", "USD", price="0.9123"), line("-4561.73", "EUR")), ()),
    "yen at a rate that the bank cut off": ((line("-10000", "JPY", price="0.0061"), line("61.23", "EUR")), ()),
    "a fund's fractions": ((line("2.664", "FUND", price="37.5432"), line("-100.00", "EUR")), ()),
    "shares by their total": ((line("7", "ACME", price="14.285714285714285714"), line("-100.00", "EUR")), ()),
    "a fee on a category": (
        (line("10", "ACME", price="100"), line("5.00", "EUR"), line("-1005.00", "EUR")),
        (1,),
    ),
    "a fee in the cost": ((line("10", "ACME", cost="100.50"), line("-1005.00", "EUR")), ()),
    "bought at a cost, beside a price": (
        (line("10", "ACME", cost="100.50", price="100"), line("-1005.00", "EUR")),
        (),
    ),
    "sold with its gain, by its cost": (
        (line("-10", "ACME", cost="100", price="120"), line("1200.00", "EUR"), line("-200.00", "EUR")),
        (2,),
    ),
    "sold with its gain, by its price alone": (
        (line("-10", "ACME", price="120"), line("1200.00", "EUR"), line("-200.00", "EUR")),
        (2,),
    ),
    "sold without its gain": ((line("-10", "ACME", cost="100", price="120"), line("1200.00", "EUR")), ()),
    "lots at costs of their own": (
        (line("-5", "ACME", cost="100", price="120"), line("-5", "ACME", cost="110", price="120"),
         line("1200.00", "EUR"), line("-150.00", "EUR")),
        (3,),
    ),
    "spent in another currency": ((line("-90.00", "EUR"), line("100", "USD", price="0.9")), (1,)),
    "both of them noted": (
        (line("-90.00", "EUR", price="1.1111", in_="USD"), line("100", "USD", price="0.90")),
        (),
    ),
    "more digits than Decimal has by itself": (
        (line("9999999999999999999999999999", "JPY", price="0.000000000000000001", in_="ACME"),
         line("-10000000000", "ACME")),
        (),
    ),
}  # fmt: skip
UNCHECKED: dict[str, tuple[Line, ...]] = {
    "one currency": (line("10", "ACME", price="100"), line("-10", "ACME")),
    "three currencies": (line("10", "ACME", price="100"), line("-1.00", "EUR"), line("-7.00", "USD")),
    "a price in a third currency": (line("10", "ACME", price="100", in_="USD"), line("-1.00", "EUR")),
    "a posting without a price": (line("10", "ACME", price="100"), line("5", "ACME"), line("-1.00", "EUR")),
    "given up at a cost alone": (line("-10", "ACME", cost="100"), line("1200.00", "EUR")),
}
DISAGREEING: dict[str, tuple[tuple[Line, ...], tuple[int, ...], str, str]] = {
    "another price": ((line("100", "USD", price="0.95"), line("-90.00", "EUR")), (), "/0/price", "95.00"),
    "by a cent": ((line("3", "USD", price="33.33"), line("-100.00", "EUR")), (), "/0/price", "99.99"),
    "by the digit after the last": (
        (line("5000.00", "USD", price="0.9123"), line("-4561.76", "EUR")), (), "/0/price", "4561.50"),
    "the wrong way round": ((line("100", "USD", price="0.90"), line("90.00", "EUR")), (), "/0/price", "90.00"),
    "turned upside down": ((line("-90.00", "EUR"), line("100", "USD", price="1.11")), (), "/1/price", "111.00"),
    "another cost": ((line("10", "ACME", cost="99"), line("-1000.00", "EUR")), (), "/0/cost", "990.00"),
    "neither": (
        (line("-10", "ACME", cost="100", price="120"), line("1100.00", "EUR")), (), "/0/price", "1200.00"),
    "a fee that explains nothing": (
        (line("10", "ACME", price="100"), line("5.00", "EUR"), line("-1006.00", "EUR")), (1,), "/0/price", "1000.00"),
    "a fee on an account of its own": (
        (line("-10", "ACME", price="120"), line("1200.00", "EUR"), line("-5.00", "EUR")), (), "/0/price", "1200.00"),
    "for nothing, on categories": ((line("-100", "USD", price="0"), line("90.00", "EUR")), (1,), "/0/price", "0.00"),
}  # fmt: skip


@pytest.mark.parametrize("case", AGREEING)
def test_what_can_be_true_agrees(case: str) -> None:
    lines, on_category = AGREEING[case]
    check(*lines, on_category=on_category)


@pytest.mark.parametrize("case", UNCHECKED)
def test_what_cannot_be_told_is_let_be(case: str) -> None:
    check(*UNCHECKED[case])


@pytest.mark.parametrize("case", DISAGREEING)
def test_what_cannot_be_true_is_refused_with_both_figures(case: str) -> None:
    lines, on_category, place, noted = DISAGREEING[case]
    with pytest.raises(PriceDisagrees) as refused:
        check(*lines, on_category=on_category)
    assert refused.value.blames[0].pointer == f"/postings{place}"
    assert refused.value.facts["noted"] == noted
    assert str(refused.value.facts["booked"]) in refused.value.detail


def test_beside_many_postings_on_categories_nothing_is_told() -> None:
    many = [line("1.00", "EUR")] * (MOST_BESIDE + 1)
    beside = tuple(range(1, len(many) + 1))
    check(line("10", "ACME", price="1"), *many, line("-99.00", "EUR"), on_category=beside)
    with pytest.raises(PriceDisagrees):
        check(line("10", "ACME", price="1"), *many[1:], line("-99.00", "EUR"), on_category=beside[1:])


@pytest.mark.parametrize("name", ["price", "cost"])
def test_a_price_is_in_a_currency_that_there_is_and_not_in_its_own(name: str) -> None:
    with pytest.raises(PriceInItself) as itself:
        check(line("1", "EUR", **{name: "1"}), line("-1", "EUR"))
    assert itself.value.blames[0].pointer == f"/postings/0/{name}/currency"
    with pytest.raises(CurrencyUnknown) as unknown:
        check(line("1", "EUR"), line("-1", "EUR", in_="DOGE", **{name: "1"}))
    assert unknown.value.blames[0].pointer == f"/postings/1/{name}/currency"


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**9),
    st.integers(0, 6),
    st.integers(-2, 2),
)
@PROFILE
def test_whole_amounts_agree_just_where_figures_that_round_to_those_written_make_it_true(
    amount: int, figure: int, places: int, off: int
) -> None:
    price = Decimal(figure).scaleb(-places)
    half = Fraction(1, 2 * 10**places) if places > 2 else Fraction(0)
    worth = Fraction(amount) * Fraction(price)
    booked = Decimal(round(worth * 100) + off).scaleb(-2)
    can_be_true = abs(worth - Fraction(booked)) <= Fraction(1, 200) + amount * half
    lines = (
        line(str(amount), "USD", price=f"{price:f}"),
        line(f"-{booked:f}" if booked > 0 else f"{-booked:f}", "EUR"),
    )
    if can_be_true:
        check(*lines)
    else:
        with pytest.raises(PriceDisagrees):
            check(*lines)
