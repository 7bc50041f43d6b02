"""What the books add up to at the end of a day."""

from __future__ import annotations

from tests.household import Household

from farthing.kit import clock


async def test_every_currency_sums_to_zero_at_the_end_of_every_day(household: Household) -> None:
    await household.open_account("Yen", currency="JPY")
    await household.record("100.00", date="2026-01-31", category="Income:Salary")
    moved = {"date": "2026-02-01", "amount": "40", "from": "Assets:Checking", "to": "Assets:Yen", "to_amount": "6500"}
    await household.made("/transactions", moved)
    await household.record("-60.00", date="2026-02-02", category="Expenses:Taxes")

    async def at(day: str) -> tuple[dict[str, list[str]], dict[str, str]]:
        read = await household.got("/reports/trial-balance", params={"date": day})
        assert read["date"] == day
        lines = {
            line["account"]: [f"{money['amount']} {money['currency']}" for money in line["balances"]]
            for line in read["data"]
        }
        return lines, {total["currency"]: total["amount"] for total in read["totals"]}

    assert await at("2026-01-30") == ({}, {})
    assert await at("2026-01-31") == (
        {"Assets:Checking": ["100.00 EUR"], "Income:Salary": ["-100.00 EUR"]},
        {"EUR": "0.00"},
    )
    assert await at("2026-02-01") == (
        {
            "Assets:Checking": ["60.00 EUR"],
            "Assets:Yen": ["6500 JPY"],
            "Income:Salary": ["-100.00 EUR"],
            "Equity:Trading": ["40.00 EUR", "-6500 JPY"],
        },
        {"EUR": "0.00", "JPY": "0"},
    )
    lines, totals = await at("2026-02-02")
    assert "Assets:Checking" not in lines
    assert lines["Expenses:Taxes"] == ["60.00 EUR"]
    assert totals == {"EUR": "0.00", "JPY": "0"}


async def test_without_a_date_it_is_today_where_the_book_is_kept(household: Household) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):  # never on the same day
        assert (await household.ask("PATCH", "", {"time_zone": zone})).status_code == 200
        read = await household.got("/reports/trial-balance")
        assert read["date"] == clock.today(zone).isoformat()
        balance = await household.got(f"/accounts/{household.checking_id}/balance")
        assert balance["date"] == clock.today(zone).isoformat()
