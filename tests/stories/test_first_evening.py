"""The first evening: someone registers, keeps accounts, and imports their bank's statement."""

from __future__ import annotations

from pathlib import Path

from tests.household import Client, Household


async def test_a_household_keeps_its_books(client: Client) -> None:
    home = await Household.founded(client, currency="EUR")
    savings = await home.open_account("Savings", type="savings", currency="EUR")
    dollars = await home.open_account("Dollars", currency="USD", type="checking")
    await home.record("2500.00", payee="Employer", category="Income:Salary", date="2026-03-01")
    await home.record("-12.50", payee="Corner Shop", category="expenses:food:groceries", date="2026-03-02")
    moved = {"date": "2026-03-03", "amount": "200", "from": "Assets:Checking", "to": "Assets:Savings"}
    await home.made("/transactions", moved)
    exchanged = {
        "date": "2026-03-04",
        "amount": "100",
        "from": "Assets:Checking",
        "to": "Assets:Dollars",
        "to_amount": "108.33",
    }
    exchange = await home.made("/transactions", exchanged)
    assert [posting["account"] for posting in exchange["postings"]] == ["Assets:Checking", "Assets:Dollars"]
    whole = await home.got(f"/transactions/{exchange['id']}", params={"generated": "true"})
    assert [(p["account"], p["amount"], p["currency"]) for p in whole["postings"][2:]] == [
        ("Equity:Trading", "100.00", "EUR"),
        ("Equity:Trading", "-108.33", "USD"),
    ]

    assert await home.balance(home.checking_id) == {"EUR": "2187.50"}
    assert await home.balance(savings["id"]) == {"EUR": "200.00"}
    assert await home.balance(dollars["id"]) == {"USD": "108.33"}
    assert await home.trial_balance() == {"EUR": "0.00", "USD": "0.00"}
    register = await home.got(f"/accounts/{home.checking_id}/register", params={"limit": 2})
    assert [line["balances"][0]["amount"] for line in register["data"]] == ["2187.50", "2287.50"]
    older = await home.got(
        f"/accounts/{home.checking_id}/register", params={"limit": 2, "cursor": register["next_cursor"]}
    )
    assert [line["balances"][0]["amount"] for line in older["data"]] == ["2487.50", "2500.00"]
    assert older["next_cursor"] is None


async def test_a_bank_statement_ends_where_the_bank_says(client: Client, fixtures: Path) -> None:
    home = await Household.founded(client, currency="CAD")
    data = (fixtures / "ofx/ofxparse/bank_medium.ofx").read_bytes()

    first = await home.bring(data)
    assert first.status_code == 201, first.text
    brought = first.json()
    assert (brought["created"], brought["duplicates"], brought["state"]) == (3, 0, "committed")
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "0.00", "currency": "CAD"}
    assert await home.balance(home.checking_id) == {"CAD": "382.34"}
    revision = await home.revision()

    again = (await home.bring(data)).json()
    assert (again["created"], again["duplicates"]) == (0, 3)
    assert await home.revision() == revision
