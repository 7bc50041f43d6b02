"""Undoing what checkpoints are about: they say the truth of what comes out, and stand in nobody's way."""

from __future__ import annotations

from tests.features.answers import granted, refused
from tests.features.records.test_digest import digest_of
from tests.household import Household

DAY = "2026-03-31"


async def test_a_reconciliation_is_undone_whole(household: Household) -> None:
    cheque = await household.record("-30.00", status="pending")
    shop = await household.record("-10.00")
    reconciliations = f"/accounts/{household.checking_id}/reconciliations"
    march = {"date": DAY, "balance": "-10", "transactions": [shop["id"]]}
    await household.made(reconciliations, march)
    before = await digest_of(household)
    april = {"date": "2026-04-30", "balance": "-40", "transactions": [cheque["id"]]}
    await household.made(reconciliations, april)
    after = await digest_of(household)
    revision = await household.revision()
    granted(await household.ask("POST", f"/changes/{revision}/undo"))
    assert await digest_of(household) == before
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert (checkpoint["state"], checkpoint["outstanding"]) == ("holds", "0")
    assert (await household.got(f"/transactions/{cheque['id']}"))["status"] == "pending"
    granted(await household.ask("POST", f"/changes/{revision + 1}/undo"))
    assert await digest_of(household) == after


async def test_what_broke_a_checkpoint_is_undone_whatever_broke_it_too(household: Household) -> None:
    checkpoint = await household.made("/checkpoints", {"account": "Assets:Checking", "date": DAY, "amount": "0"})
    await household.record("-1.00")
    first = await household.revision()
    await household.record("-2.00")
    granted(await household.ask("POST", f"/changes/{first}/undo"))
    read = await household.got(f"/checkpoints/{checkpoint['id']}")
    assert (read["state"], read["held"], read["difference"]) == ("broken", "-2.00", "2.00")
    granted(await household.ask("POST", f"/changes/{first + 1}/undo"))
    assert (await household.got(f"/checkpoints/{checkpoint['id']}"))["state"] == "holds"


async def test_an_undo_that_breaks_a_checkpoint_is_refused_where_that_is(household: Household) -> None:
    await household.record("-1.00")
    revision = await household.revision()
    stated = {"account": "Assets:Checking", "date": DAY, "amount": "-1"}
    checkpoint = await household.made("/checkpoints", stated)
    granted(await household.ask("DELETE", f"/checkpoints/{checkpoint['id']}"), 204)
    await household.record("-5.00")
    granted(await household.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    # It would come back, and not hold.
    refused(await household.ask("POST", f"/changes/{revision + 2}/undo"), 409, "checkpoint_broken")
    granted(await household.ask("POST", f"/changes/{revision + 3}/undo"))
    granted(await household.ask("POST", f"/changes/{revision + 2}/undo"))
    refused(await household.ask("POST", f"/changes/{revision}/undo"), 409, "checkpoint_broken")
    overriding = {"override_checkpoints": "true"}
    granted(await household.ask("POST", f"/changes/{revision}/undo", params=overriding))
    read = await household.got(f"/checkpoints/{checkpoint['id']}")
    assert (read["state"], read["held"]) == ("broken", "0")
