"""Whoever writes to the journal is held to the checkpoints: not only those who record and change transactions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.answers import granted, refused
from tests.household import Household, Person

DAY = "2026-03-31"
EARLIER = "2026-03-10"


async def state(home: Household, account: str, amount: str = "0") -> Any:
    return await home.made("/checkpoints", {"account": account, "date": DAY, "amount": amount})


async def difference(home: Household, checkpoint: Any) -> str:
    return str((await home.got(f"/checkpoints/{checkpoint['id']}"))["difference"])


async def joint(home: Household) -> Household:
    """Another book of theirs, with an account that nothing is on."""
    made = await home.person.ask("POST", "/books", {"name": "Household", "currency": "EUR"})
    other = Household(home.person, granted(made, 201)["id"])
    await other.open_account("Joint", currency="EUR")
    return other


def moving(home: Household, other: Household) -> dict[str, Any]:
    money = {"date": EARLIER, "amount": "5.00", "from": home.checking_id, "to": "Assets:Joint"}
    return money | {"to_book_id": other.book_id}


async def test_a_transfer_between_books_says_in_both_what_it_breaks(household: Household) -> None:
    other = await joint(household)
    here, there = await state(household, "Assets:Checking"), await state(other, "Assets:Joint")
    transfer = await household.made("/book-transfers", moving(household, other))
    assert (await difference(household, here), await difference(other, there)) == ("5.00", "-5.00")
    granted(await household.ask("DELETE", f"/book-transfers/{transfer['id']}"), 204)
    assert (await difference(household, here), await difference(other, there)) == ("0.00", "0.00")


@pytest.mark.parametrize("which", ["here", "there"])
async def test_a_transfer_that_one_of_the_books_refuses_leaves_nothing_in_either(
    household: Household, which: str
) -> None:
    other = await joint(household)
    strict, account = (household, "Assets:Checking") if which == "here" else (other, "Assets:Joint")
    await state(strict, account)
    granted(await strict.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    revisions = await household.revision(), await other.revision()
    answer = await household.ask("POST", "/book-transfers", moving(household, other))
    refused(answer, 409, "checkpoint_broken")
    assert (await household.revision(), await other.revision()) == revisions


async def test_what_a_valuation_books_breaks_checkpoints_too(household: Household) -> None:
    house = await household.open_account("House", type="property", currency="EUR")
    checkpoint = await state(household, "Assets:House")
    valuations = f"/accounts/{house['id']}/valuations"
    made = await household.made(valuations, {"date": EARLIER, "amount": "300000"})
    assert await difference(household, checkpoint) == "-300000.00"
    revision = await household.revision()
    granted(await household.ask("PATCH", f"{valuations}/{made['id']}", {"amount": "310000"}))
    assert await difference(household, checkpoint) == "-310000.00"
    granted(await household.ask("POST", f"/changes/{revision + 1}/undo"))
    assert await difference(household, checkpoint) == "-300000.00"
    granted(await household.ask("DELETE", f"{valuations}/{made['id']}"), 204)
    assert await difference(household, checkpoint) == "0.00"


async def test_a_reversal_and_the_rest_of_a_closed_account_are_judged(household: Household) -> None:
    spent = await household.record("-12.50", date=EARLIER)
    savings = await household.open_account("Savings", currency="EUR")
    checkpoint = await state(household, "Assets:Checking", "-12.50")
    granted(await household.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    reverse = f"/transactions/{spent['id']}/reverse"
    refused(await household.ask("POST", reverse, {"date": EARLIER}), 409, "checkpoint_broken")
    closing = {"date": DAY, "transfer_to": savings["id"]}
    close = f"/accounts/{household.checking_id}/close"
    refused(await household.ask("POST", close, closing), 409, "checkpoint_broken")
    overriding = {"params": {"override_checkpoints": "true"}}
    granted(await household.ask("POST", reverse, {"date": EARLIER}, **overriding), 201)
    assert await difference(household, checkpoint) == "-12.50"


async def test_what_was_reconciled_is_reconciled_in_what_it_is_merged_into(household: Household) -> None:
    waiting = await household.record("-9.00", date=EARLIER, status="pending")
    posted = await household.record("-9.00", date=EARLIER)
    statement = {"date": DAY, "balance": "-9.00", "transactions": [posted["id"]]}
    await household.made(f"/accounts/{household.checking_id}/reconciliations", statement)
    answer = await household.ask("POST", f"/transactions/{waiting['id']}/merge", {"with": posted["id"]})
    line = granted(answer)["postings"][0]
    assert (line["amount"], line["status"]) == ("-9.00", "reconciled")
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert (checkpoint["state"], checkpoint["difference"]) == ("holds", "0.00")


async def test_an_accountant_undoes_what_they_stated_and_nothing_else(household: Household) -> None:
    person = await Person.registered(household.person.client)
    await household.share(person, "accountant")
    accountant = Household(person, household.book_id, household.checking_id)
    await household.record("-1.00")
    recorded = await household.revision()
    await state(accountant, "Assets:Checking")
    granted(await accountant.ask("POST", f"/changes/{recorded + 1}/undo"))
    assert (await household.got("/checkpoints"))["data"] == []
    refused(await accountant.ask("POST", f"/changes/{recorded}/undo"), 403, "permission_missing")
