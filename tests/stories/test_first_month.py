"""The first month: two people keep one book, in two currencies, with the bank's help and with mistakes put right."""

from __future__ import annotations

from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

STATEMENT = (
    "Datum;Betrag;Empfänger;Verwendungszweck\n"
    "02.03.2026;-54,30;Supermarkt;Einkauf\n"
    "15.03.2026;-12,00;Kino;Karten\n"
    "15.03.2026;-12,00;Kino;Karten\n"
    "28.03.2026;2500,00;Arbeitgeber;Lohn März\n"
).encode()


async def test_two_people_keep_a_book_for_a_month(client: Client) -> None:
    # Ada opens the books on the first: 1,000.00 in the bank, 300.00 put by, an empty purse for the trip.
    home = await Household.founded(client, currency="EUR", name="Ada")
    opening = {"date": "2026-03-01", "amount": "1000.00"}
    giro = await home.open_account("Giro", type="checking", currency="EUR", number="DE89 3704 0044 0532 0130 00",
                                   opening=opening)  # fmt: skip
    savings = await home.open_account("Savings", type="savings", currency="EUR",
                                      opening={"date": "2026-03-01", "amount": "300.00"})  # fmt: skip
    purse = await home.open_account("Purse", type="cash", currency="USD")
    granted(await home.ask("POST", f"/accounts/{home.checking_id}/close", {"date": "2026-03-01"}))

    # Bob may write, but not decide who else may.
    bob = await Person.registered(client, name="Bob")
    await home.share(bob, "editor")
    book = f"/books/{home.book_id}"
    granted(await bob.ask("PATCH", "/me", {"default_book_id": home.book_id}))
    refused(await bob.ask("POST", f"{book}/invitations", {"role": "owner"}), 403, "permission_missing")

    # The rent leaves on the third; Bob changes money for the trip on the tenth, spends some, notes 80 instead of 8.
    rent = await home.record("-600.00", account="Assets:Giro", category="Expenses:Housing:Rent", date="2026-03-03")
    body = {
        "date": "2026-03-10",
        "amount": "100.00",
        "from": "Assets:Giro",
        "to": "Assets:Purse",
        "to_amount": "108.00",
    }
    granted(await bob.ask("POST", "/books/default/transactions", body), 201)
    wrong = {"date": "2026-03-11", "amount": "-80.00", "account": "Assets:Purse", "payee": "Diner",
             "category": "Expenses:Food:Restaurants"}  # fmt: skip
    answer = await bob.ask("POST", f"{book}/transactions", wrong)
    dinner = granted(answer, 201)

    # Both see the mistake; Ada is first, and Bob's older picture doesn't undo her correction.
    path, seen = f"{book}/transactions/{dinner['id']}", answer.headers["etag"]
    granted(await home.person.ask("PATCH", path, {"amount": "-8.00"}, headers={"If-Match": seen}))
    refused(await bob.ask("PATCH", path, {"amount": "-18.00"}, headers={"If-Match": seen}), 412, "revision_stale")

    # The bank's statement comes in, by the account's number or by name, and a second time by accident.
    brought = granted(await home.bring(STATEMENT, account="Assets:Giro"), 201)
    assert brought["created"] == 4
    assert granted(await home.bring(STATEMENT, account=giro["id"]), 201)["created"] == 0
    listed = await home.got("/transactions", params={"payee": "kino"})
    first, second = listed["data"]
    granted(await bob.ask("PATCH", f"{book}/transactions/{first['id']}", {"category": "Expenses:Leisure:Going Out"}))
    granted(await bob.ask("DELETE", f"{book}/transactions/{second['id']}"), 204)
    assert granted(await home.bring(STATEMENT, account="Assets:Giro"), 201)["created"] == 0

    # 200 are put by on the last day; then the savings go home to the giro account and theirs is closed.
    for amount, giver, taker in (("200.00", "Giro", "Savings"), ("500.00", "Savings", "Giro")):
        moved = {"date": "2026-03-31", "amount": amount, "from": f"Assets:{giver}", "to": f"Assets:{taker}"}
        await home.made("/transactions", moved)
    granted(await home.ask("POST", f"/accounts/{savings['id']}/close", {"date": "2026-03-31"}))
    refused(
        await bob.ask("POST", f"{book}/transactions", {"amount": "-1.00", "account": "Assets:Savings"}),
        409,
        "account_closed",
    )

    # By hand: 1000 - 600 - 100 - 54.30 - 12 + 2500 - 200 + 500 = 3033.70 in the bank; 108 - 8 = 100 dollars.
    assert await home.balance(giro["id"]) == {"EUR": "3033.70"}
    assert await home.balance(savings["id"]) == {"EUR": "0.00"}
    assert await home.balance(purse["id"]) == {"USD": "100.00"}
    # On the fourteenth: 1000 - 600 - 100 - 54.30 = 245.70.
    assert await home.balance(giro["id"], date="2026-03-14") == {"EUR": "245.70"}
    report = await home.got("/reports/trial-balance", params={"date": "2026-03-31"})
    held = {line["account"]: {each["currency"]: each["amount"] for each in line["balances"]} for line in report["data"]}
    assert held == {
        "Assets:Giro": {"EUR": "3033.70"},
        "Assets:Purse": {"USD": "100.00"},
        "Equity:Opening Balances": {"EUR": "-1300.00"},
        "Equity:Trading": {"EUR": "100.00", "USD": "-108.00"},
        "Income:Uncategorised": {"EUR": "-2500.00"},
        "Expenses:Food:Restaurants": {"USD": "8.00"},
        "Expenses:Housing:Rent": {"EUR": "600.00"},
        "Expenses:Leisure:Going Out": {"EUR": "12.00"},
        "Expenses:Uncategorised": {"EUR": "54.30"},
    }
    assert report["totals"] == [{"amount": "0.00", "currency": "EUR"}, {"amount": "0.00", "currency": "USD"}]

    # And the log knows who did what.
    feed = await home.got("/changes", params={"limit": 200})
    by_bob = [change["operation"] for change in feed["data"] if change["actor_id"] == bob.id]
    assert by_bob == [
        "accept_invitation",
        "record_transaction",
        "record_transaction",
        "update_transaction",
        "delete_transaction",
    ]
    assert rent["created_revision"] in [change["revision"] for change in feed["data"]]
