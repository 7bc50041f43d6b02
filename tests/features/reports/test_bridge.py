"""The bridge of net worth: by hand, against the other reports, and exact whatever is in the book."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from tests.features.answers import refused
from tests.features.reports.test_statements import money
from tests.features.reports.test_valued import QUARTER, abroad, priced, strewn
from tests.household import Household

__all__ = ["abroad"]
DAYS = {"date_from": "2026-02-01", "date_to": "2026-03-31"}


def steps(read: dict[str, Any]) -> dict[str, str]:
    return {each["step"]: each["amount"] for each in read["steps"]}


async def test_by_hand(abroad: Household) -> None:
    read = await abroad.got("/reports/net-worth/bridge", params=DAYS)
    assert (read["currency"], read["before"], read["after"], read["rounding"]) == ("EUR", "1000.00", "1000.00", "0.00")
    assert steps(read) == {
        "income": "0.00",
        "spending": "-90.00",
        "brought_in": "0.00",
        "exchange": "0.00",
        "revaluation": "0.00",
        "price": "0.00",
        # 500 USD that rose from 0.8 to 1.0, less 100 that were gone at 0.9.
        "currency": "90.00",
    }
    currency = read["steps"][-1]["gains"]
    assert [(each["commodity"], each["amount"], each["held_before"], each["held_after"]) for each in currency] == [
        ("USD", "90.00", "500.00", "400.00")
    ]
    before, after = (read["rates"][currency[0][side]] for side in ("rate_before", "rate_after"))
    assert (before["rate"], before["on"], after["rate"]) == ("0.8", "2026-01-31", "1")
    (food,) = read["steps"][1]["accounts"]
    assert (food["account"], food["amount"]) == ("Expenses:Food", "-90.00")
    found = await abroad.got(food["transactions"].split(abroad.book_id, 1)[1])
    assert [posting["amount"] for each in found["data"] for posting in each["postings"]] == ["-100.00", "100.00"]


async def test_what_is_exchanged_revalued_and_brought_in_has_steps_of_its_own(abroad: Household) -> None:
    dear = {
        "date": "2026-03-31",
        "amount": "110",
        "from": "Assets:Checking",
        "to": "Assets:Dollars",
        "to_amount": "100",
    }
    await abroad.made("/transactions", dear)
    opening = {"date": "2026-02-10", "amount": "70.00"}
    await abroad.open_account("Savings", type="savings", currency="EUR", opening=opening)
    house = await abroad.open_account("House", type="property", currency="EUR")
    await abroad.made(f"/accounts/{house['id']}/valuations", {"date": "2026-03-01", "amount": "5000"})
    read = await abroad.got("/reports/net-worth/bridge", params=DAYS)
    assert steps(read) == {
        "income": "0.00", "spending": "-90.00", "brought_in": "70.00", "exchange": "-10.00", "revaluation": "5000.00",
        "price": "0.00", "currency": "90.00",
    }  # fmt: skip
    assert (read["after"], read["rounding"]) == ("6060.00", "0.00")


async def test_a_range_turned_round_and_a_currency_that_is_not_are_refused(abroad: Household) -> None:
    path = "/reports/net-worth/bridge"
    turned = {"date_from": "2026-03-01", "date_to": "2026-02-01"}
    refused(await abroad.ask("GET", path, params=turned), 422, "periods_unfit", parameter="date_from")
    refused(await abroad.ask("GET", path, params={"currency": "XYZ"}), 422, "currency_unknown", parameter="currency")


async def test_the_first_day_there_is(abroad: Household) -> None:
    read = await abroad.got("/reports/net-worth/bridge", params={"date_from": "1600-01-01", "date_to": "2026-03-31"})
    assert (read["before"], read["after"]) == ("0.00", "1000.00")
    gains = await abroad.got(
        "/reports/exchange-gains", params={**QUARTER, "date_from": "1600-01-01", "interval": "none"}
    )
    assert money(gains["net_total"]) == {"EUR": "100.00"}


@pytest.mark.parametrize("seed", range(6))
async def test_it_leads_from_the_one_to_the_other_exactly(household: Household, seed: int) -> None:
    chance = random.Random(seed)
    await strewn(household, chance)
    house = await household.open_account("House", type="property", currency="USD")
    for day in ("2025-12-03", "2026-01-20"):
        amount = str(chance.randrange(1, 9999))
        await household.made(f"/accounts/{house['id']}/valuations", {"date": day, "amount": amount})
    known = await household.revision()
    for currency in ("EUR", "USD", "JPY"):
        asked = {"date_from": "2025-12-01", "date_to": "2026-02-20", "currency": currency}
        read = await household.got("/reports/net-worth/bridge", params=asked)
        total = sum((Decimal(each["amount"]) for each in read["steps"]), Decimal(0))
        assert Decimal(read["before"]) + total + Decimal(read["rounding"]) == Decimal(read["after"])
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
        assert abs(Decimal(read["rounding"])) <= 5 * unit
        for step in read["steps"]:
            parts = [Decimal(each["amount"]) for each in (*step["accounts"], *step["gains"])]
            assert sum(parts, Decimal(0)) == Decimal(step["amount"])
        income, spending = read["steps"][0], read["steps"][1]
        statement = await household.got("/reports/income-statement", params=asked)
        earned, spent = (Decimal(money(section["total"]).get(currency, "0")) for section in statement["sections"])
        assert (Decimal(income["amount"]), Decimal(spending["amount"])) == (earned, -spent)
        for day, worth in (("2025-11-30", read["before"]), ("2026-02-20", read["after"])):
            sheet = await household.got("/reports/net-worth", params={**asked, "date_from": day, "date_to": day})
            assert money(sheet["net"][0]["amounts"]).get(currency, "0") == worth
    (first, *_) = (await household.got("/transactions", params={"date_to": "2026-01-31"}))["data"]
    assert (await household.ask("DELETE", f"/transactions/{first['id']}")).status_code == 204
    await priced(household, dt.date(2026, 2, 20), "USD", "5")
    again = await household.got("/reports/net-worth/bridge", params={**asked, "known_at": known})
    assert (again["before"], again["after"], steps(again)) == (read["before"], read["after"], steps(read))
