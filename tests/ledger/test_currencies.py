"""Currencies: those of ISO 4217 with its minor units, and a book's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.kit.faults import Fault
from farthing.ledger import iso4217
from farthing.ledger.currencies import ISO, NOT_MONEY, Currencies, Currency, CurrencyKind, CurrencyUnknown, is_code

QUICK = settings(max_examples=200, derandomize=True, database=None, deadline=None)
BITCOIN = Currency("BTC", 8, "Bitcoin", CurrencyKind.CRYPTO)
MILES = Currency("MILES", 0, "Miles", CurrencyKind.POINTS)
OWN = Currencies([BITCOIN, MILES])


def test_the_table_is_what_the_sources_say() -> None:
    pytest.importorskip("pycountry", reason="pycountry is not installed: nothing to compare the table with")
    from tests.ledger.iso4217 import PLACE, made  # noqa: PLC0415 - needs pycountry

    assert made() == PLACE.read_text(encoding="utf-8")
    assert iso4217.TABLE in made()


def test_minor_units_are_iso_4217s_not_what_people_write_today() -> None:
    wanted = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "UYW": 4, "IQD": 3, "LBP": 2, "AFN": 2, "RSD": 2, "XAU": 6}
    assert {code: ISO[code].digits for code in wanted} == wanted
    assert all(0 <= currency.digits <= 6 for currency in ISO.values())


def test_currencies_of_the_past_are_there_with_their_end() -> None:
    assert ISO["FRF"].historic
    assert ISO["FRF"].ended_on == dt.date(2002, 2, 17)
    assert ISO["BGN"].historic
    assert {code for code in ("DEM", "ITL", "ESP", "XEU", "SUR") if ISO[code].historic} == {
        "DEM", "ITL", "ESP", "XEU", "SUR",
    }  # fmt: skip
    assert not any(currency.number for currency in ISO.values() if currency.historic)
    in_use = [currency for currency in ISO.values() if not currency.historic]
    assert all(currency.number and len(currency.number) == 3 for currency in in_use if currency.code != "CNH")
    assert len({currency.number for currency in in_use}) == len(in_use)
    assert not NOT_MONEY & ISO.keys()


@pytest.mark.parametrize("text", ["EUR", "BTC", "VANGUARD.X", "A1", "B-2_C", "A" * 12])
def test_what_a_currency_can_be_called(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize(
    "text", ["", "A", "eur", "Eur", "1AB", "A" * 13, "A B", "A\n", "EUR\n", "Ä1", "A:B", "A\x00", ".AB"]
)
def test_what_a_currency_cannot_be_called(text: str) -> None:
    assert not is_code(text)


def test_a_books_own_currency_has_its_own_digits() -> None:
    assert str(OWN.settle(Decimal("0.5"), "BTC", pointer="/amount")) == "0.50000000"
    assert str(OWN.settle(Decimal(7), "MILES", pointer="/amount")) == "7"
    assert str(OWN.show(Decimal("1.5"), "BTC")) == "1.50000000"
    assert str(OWN.show(Decimal("1.500000000000"), "BTC")) == "1.50000000"
    assert str(OWN.show(Decimal("1.5"), "MILES")) == "1.5"  # never rounded, whatever it was posted as
    assert OWN.write(Decimal(-3), "BTC") == "-3.00000000"
    assert OWN.find("ETH") is None


def test_an_unknown_currency_is_told_with_what_was_meant() -> None:
    with pytest.raises(CurrencyUnknown) as unknown:
        Currencies([BITCOIN], hints=["BTC", "BTCX"]).settle(
            Decimal(1), "BTX", pointer="/amount", currency_pointer="/currency"
        )
    assert "BTC" in unknown.value.detail
    assert unknown.value.blames[0].pointer == "/currency"


def test_a_currency_of_iso_hides_a_books_own() -> None:
    assert Currencies([Currency("EUR", 9, "Not the euro")]).get("EUR", pointer="").digits == 2


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9), st.data())
@QUICK
def test_an_amount_settles_at_its_value_or_is_refused(amount: Decimal, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(["JPY", "EUR", "KWD", "CLF", "XAU", "BTC", "MILES"]))
    currency = OWN.get(code, pointer="")
    try:
        settled = OWN.settle(amount, code, pointer="/amount")
    except Fault:
        assert amount != amount.quantize(Decimal(1).scaleb(-currency.digits))
    else:
        assert settled == amount
        assert settled.as_tuple().exponent == -currency.digits
