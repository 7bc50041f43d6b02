"""What all accounts hold on a day, in one answer."""

from __future__ import annotations

from typing import Any

from tests.features.answers import granted, refused
from tests.household import Household


async def held(home: Household, **wanted: Any) -> dict[str, Any]:
    read = await home.got("/accounts/balances", params=wanted)
    return {line["account"]: {each["currency"]: each["amount"] for each in line["balances"]} for line in read["data"]}


async def test_every_account_says_what_it_holds_in_the_order_of_the_chart(household: Household) -> None:
    await household.open_account("Wallet", type="cash")
    await household.record("-12.50", category="Expenses:Food:Groceries", date="2026-03-01")
    await household.record("-7", account="Assets:Wallet", currency="JPY", date="2026-03-15")
    await household.record("100.00", date="2999-12-31")
    listed = (await household.got("/accounts", params={"limit": 200}))["data"]
    for day in ("2026-02-28", "2026-03-01", "2026-03-14", "2026-03-15", "2026-03-16", "2026-12-31", "2999-12-31"):
        found = await held(household, date=day)
        assert list(found) == [account["full_name"] for account in listed]
        for account in listed:
            assert found[account["full_name"]] == await household.balance(account["id"], date=day), account
    assert (await held(household, date="2026-03-15"))["Assets:Wallet"] == {"JPY": "-7"}
    assert (await held(household, date="2026-03-14"))["Assets:Wallet"] == {}
    assert (await held(household, date="2026-02-28"))["Assets:Checking"] == {"EUR": "0.00"}
    assert (await held(household, date="2999-12-31"))["Assets:Checking"] == {"EUR": "87.50"}


async def test_what_is_below_counts_if_asked_also_where_it_is_out_of_sight(household: Household) -> None:
    bank = await household.open_account("Bank")
    giro = await household.open_account("Giro", parent=bank["id"], currency="EUR")
    pot = await household.open_account("Pot", parent=giro["id"], currency="EUR")
    await household.open_account("Dollars", parent=bank["id"], currency="USD")
    await household.record("7.00", account="Assets:Bank:Giro")
    await household.record("1.00", account="Assets:Bank:Giro:Pot")
    await household.record("5.00", account="Assets:Bank:Dollars")
    granted(await household.ask("PATCH", f"/accounts/{pot['id']}", {"archived": True}))
    alone = await held(household, kind="asset")
    assert alone["Assets:Bank"] == {}
    assert "Assets:Bank:Giro:Pot" not in alone
    whole = await held(household, kind="asset", children="true")
    assert (
        whole["Assets:Bank"] == {"EUR": "8.00", "USD": "5.00"} == await household.balance(bank["id"], children="true")
    )
    assert whole["Assets:Bank:Giro"] == {"EUR": "8.00"}
    assert (await held(household, archived="true"))["Assets:Bank:Giro:Pot"] == {"EUR": "1.00"}
    assert all(name.startswith("Income:") for name in await held(household, kind="income"))


async def test_closed_accounts_are_listed_if_asked(household: Household) -> None:
    old = await household.open_account("Old", currency="EUR")
    await household.record("7.00", account="Assets:Old", date="2026-03-01")
    closing = {"date": "2026-03-31", "transfer_to": "Assets:Checking"}
    granted(await household.ask("POST", f"/accounts/{old['id']}/close", closing))
    assert "Assets:Old" not in await held(household, date="2026-03-15")
    assert (await held(household, date="2026-03-15", closed="true"))["Assets:Old"] == {"EUR": "7.00"}
    assert (await held(household, date="2026-03-31", closed="true"))["Assets:Old"] == {"EUR": "0.00"}


async def test_it_is_the_same_answer_until_something_happens(household: Household) -> None:
    first = await household.ask("GET", "/accounts/balances")
    assert granted(first)["date"]
    again = await household.ask("GET", "/accounts/balances", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    await household.record("-1.00")
    again = await household.ask("GET", "/accounts/balances", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    for name, value in (("date", "2026-02-30"), ("kind", "thing"), ("children", "perhaps"), ("limit", "1")):
        answer = await household.ask("GET", "/accounts/balances", params={name: value})
        refused(answer, 422, "parameter_unknown" if name == "limit" else "request_invalid", parameter=name)


async def test_an_account_with_a_credit_limit_says_what_is_left(household: Household) -> None:
    await household.open_account("Card", "liability", type="credit_card", currency="EUR", credit_limit="500")
    await household.record("-20.00", account="Liabilities:Card")
    read = await household.got("/accounts/balances", params={"kind": "liability"})
    assert [line["available"] for line in read["data"]] == [{"amount": "480.00", "currency": "EUR"}]
