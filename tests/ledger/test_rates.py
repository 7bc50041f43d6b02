"""Rates: found by hand, and held to what any rate must be, whatever was said."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.ledger.rates import (
    CARRIED_DAYS,
    EURO,
    GRAINS,
    MONEY_CARRIED_DAYS,
    MONEY_FRESH_DAYS,
    Origin,
    Quote,
    Rates,
    convert,
    decimal_of,
    grains,
)

FRIDAY = dt.date(2026, 1, 2)
DAY = dt.timedelta(days=1)


def said(
    commodity: str,
    currency: str,
    amount: str,
    day: dt.date = FRIDAY,
    origin: Origin = Origin.RECORDED,
) -> Quote:
    return Quote(commodity, currency, day, Decimal(amount), origin, origin.value)


def euro(currency: str, amount: str, day: dt.date = FRIDAY) -> Quote:
    return said(EURO, currency, amount, day, Origin.REFERENCE)


def test_a_thing_is_worth_one_of_itself() -> None:
    rate = Rates(()).get("USD", "USD", FRIDAY)
    assert rate is not None
    assert (rate.value, rate.date, rate.stale, rate.steps) == (Fraction(1), FRIDAY, False, ())


def test_a_price_is_taken_either_way_round_and_exactly() -> None:
    rates = Rates([said("ACME", "EUR", "3")])
    there, back = rates.get("ACME", "EUR", FRIDAY), rates.get("EUR", "ACME", FRIDAY)
    assert there is not None
    assert back is not None
    assert (there.value, back.value) == (Fraction(3), Fraction(1, 3))
    assert back.shown() == Decimal("0.3333333333333333")


def test_reference_rates_are_crossed_through_the_euro() -> None:
    rate = Rates([euro("USD", "1.25"), euro("CHF", "0.95")]).get("USD", "CHF", FRIDAY)
    assert rate is not None
    assert (rate.value, rate.via, rate.source) == (Fraction("0.95") / Fraction("1.25"), ("EUR",), "reference")


def test_a_share_is_worth_what_its_currency_is_worth() -> None:
    quotes = [said("ACME", "USD", "50", FRIDAY - DAY), euro("USD", "1.25"), euro("CHF", "0.95")]
    rates = Rates(quotes)
    for currency, value in (("EUR", Fraction(40)), ("CHF", Fraction(38))):
        rate = rates.get("ACME", currency, FRIDAY)
        assert rate is not None
        assert (rate.value, rate.date) == (value, FRIDAY - DAY)
        back = rates.get(currency, "ACME", FRIDAY)
        assert back is not None
        assert back.value == 1 / value


def test_it_is_carried_over_the_week_end_fresh_then_stale_then_not_at_all() -> None:
    rates = Rates([euro("USD", "1.25"), said("ACME", "EUR", "3")])

    def stale(code: str, days: int) -> bool | None:
        rate = rates.get(code, "EUR", FRIDAY + days * DAY)
        return rate.stale if rate else None

    assert [stale("USD", days) for days in (-1, 0, MONEY_FRESH_DAYS, MONEY_FRESH_DAYS + 1)] == [
        None,
        False,
        False,
        True,
    ]
    assert [stale("USD", MONEY_CARRIED_DAYS + more) for more in (0, 1)] == [True, None]
    assert [stale("ACME", days) for days in (31, 32, CARRIED_DAYS, CARRIED_DAYS + 1)] == [False, True, True, None]


def test_of_one_day_a_recorded_price_comes_first_and_a_newer_one_before_all() -> None:
    reference, noted, own = (
        euro("USD", "1.25"),
        said("EUR", "USD", "1.26", origin=Origin.NOTED),
        said("EUR", "USD", "1.27"),
    )
    for quotes, value in (([reference, noted], "1.26"), ([own, noted, reference], "1.27")):
        rate = Rates(quotes).get("EUR", "USD", FRIDAY)
        assert rate is not None
        assert rate.value == Fraction(value)
    newer = Rates([own, euro("USD", "1.30", FRIDAY + DAY)]).get("EUR", "USD", FRIDAY + DAY)
    assert newer is not None
    assert newer.value == Fraction("1.30")


def test_a_fresh_way_is_better_than_a_stale_one_however_many_steps() -> None:
    old = said("ACME", "EUR", "3", FRIDAY - 40 * DAY)
    rate = Rates([old, said("ACME", "USD", "5"), euro("USD", "1.25")]).get("ACME", "EUR", FRIDAY)
    assert rate is not None
    assert (rate.value, rate.stale) == (Fraction(4), False)


def test_what_was_worth_nothing_is_worth_nothing_and_measures_nothing() -> None:
    rates = Rates([said("ACME", "EUR", "0")])
    worth = rates.get("ACME", "EUR", FRIDAY)
    assert worth is not None
    assert worth.value == 0
    assert rates.get("EUR", "ACME", FRIDAY) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1/8", "0.125"), ("100", "100"), ("1/3", "0.3333333333333333"), ("12345678901234567890", "12345678901234570000")],
)
def test_a_rate_is_shown_to_sixteen_digits(value: str, shown: str) -> None:
    assert f"{decimal_of(Fraction(value)):f}" == shown


CODES = st.sampled_from(["EUR", "USD", "CHF", "JPY", "ACME", "COIN"])
QUOTES = st.lists(
    st.builds(
        Quote,
        CODES,
        CODES,
        st.dates(FRIDAY - 60 * DAY, FRIDAY),
        st.decimals("0.0001", "10000", places=4),
        st.sampled_from([Origin.RECORDED, Origin.NOTED]),
        st.just("someone"),
    ).filter(lambda quote: quote.commodity != quote.currency)
    | st.builds(
        euro,
        st.sampled_from(["USD", "CHF", "JPY"]),
        st.decimals("0.0001", "10000", places=4).map(str),
        st.dates(FRIDAY - 60 * DAY, FRIDAY),
    ),
    max_size=20,
)


@given(QUOTES, CODES, CODES, st.dates(FRIDAY - 70 * DAY, FRIDAY + 20 * DAY))
def test_a_rate_is_the_product_of_its_steps_which_lead_there_and_were_said_by_then(
    quotes: list[Quote], one: str, other: str, on: dt.date
) -> None:
    rate = Rates(quotes, "CHF").get(one, other, on)
    if rate is None:
        return
    value, at = Fraction(1), one
    for step in rate.steps:
        assert step.from_code == at
        assert step.quote in quotes
        assert step.quote.date <= on
        value, at = value * step.value, step.to_code
    assert (at, value) == (other, rate.value)
    assert len(rate.steps) <= 4
    assert rate.date == min((step.quote.date for step in rate.steps), default=on)


@given(QUOTES, CODES, CODES, st.dates(FRIDAY - 70 * DAY, FRIDAY + 20 * DAY))
def test_what_can_be_told_one_way_can_be_told_the_other(quotes: list[Quote], one: str, other: str, on: dt.date) -> None:
    rates = Rates(quotes, "CHF")
    there, back = rates.get(one, other, on), rates.get(other, one, on)
    assert (there is None) is (back is None)
    if there and back:
        assert (there.stale, there.date) == (back.stale, back.date)


@given(st.decimals(-(10**15), 10**15, places=6), st.fractions(0, 10**9))
def test_what_is_converted_is_as_near_as_grains_are(amount: Decimal, rate: Fraction) -> None:
    exact = Fraction(amount) * rate * GRAINS
    assert convert(amount, rate) == round(exact)
    assert convert(amount, Fraction(1)) == grains(amount) == Fraction(amount) * GRAINS


@given(QUOTES, CODES, CODES, st.dates(FRIDAY - 20 * DAY, FRIDAY))
def test_what_is_said_later_changes_nothing(quotes: list[Quote], one: str, other: str, on: dt.date) -> None:
    by_then = [quote for quote in quotes if quote.date <= on]
    whole, cut = Rates(quotes).get(one, other, on), Rates(by_then).get(one, other, on)
    assert (whole and whole.value) == (cut and cut.value)
