"""Closing an account whose rest goes to another."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household


@pytest.fixture
async def old(household: Household) -> Any:
    """An account in two currencies, with something left of both."""
    account = await household.open_account("Old")
    await household.record("10.00", account="Assets:Old", date="2026-03-10")
    await household.record("-4", account="Assets:Old", currency="JPY", date="2026-03-11")
    return account


async def test_what_is_left_goes_to_another_account_in_the_same_change(
    household: Household, old: Any, superuser: asyncpg.Connection
) -> None:
    heir = await household.open_account("Heir")
    revision = await household.revision()
    closing = {"date": "2026-03-31", "transfer_to": "assets:heir"}
    closed = granted(await household.ask("POST", f"/accounts/{old['id']}/close", closing))
    assert (closed["closed_on"], closed["revision"]) == ("2026-03-31", revision + 1)
    assert await household.revision() == revision + 1
    assert await household.balance(old["id"]) == {"EUR": "0.00", "JPY": "0"}
    assert await household.balance(heir["id"]) == {"EUR": "10.00", "JPY": "-4"}
    assert await household.balance(heir["id"], date="2026-03-30") == {}
    (line,) = (await household.got(f"/accounts/{heir['id']}/register"))["data"]
    assert line["transaction"]["date"] == "2026-03-31"
    assert line["amounts"] == [{"amount": "10.00", "currency": "EUR"}, {"amount": "-4", "currency": "JPY"}]
    change = await household.got(f"/changes/{revision + 1}")
    assert {(each["kind"], each["id"], each["action"]) for each in change["records"]} == {
        ("account", old["id"], "changed"), ("transaction", line["transaction"]["id"], "created"),
    }  # fmt: skip
    assert change["summary"] == "Closed the account Assets:Old. What it held went to Assets:Heir."
    assert await check_book(superuser, household.book_id) == revision + 1


async def test_the_rest_goes_only_where_it_fits(household: Household, old: Any) -> None:
    path = f"/accounts/{old['id']}/close"
    await household.open_account("Euros", currency="EUR")
    gone = await household.open_account("Gone")
    granted(await household.ask("POST", f"/accounts/{gone['id']}/close", {}))
    revision = await household.revision()
    for target, status, code in [
        ("Assets:Euros", 422, "currency_mismatch"),
        ("Assets:Nowhere", 422, "account_unknown"),
        (old["id"], 422, "transfer_unfit"),
        ("Equity:Trading", 422, "transfer_unfit"),
        ("Equity:Revaluation", 422, "transfer_unfit"),
        ("Assets:Gone", 409, "account_closed"),
        (None, 409, "account_not_empty"),
    ]:
        answer = await household.ask("POST", path, {"date": "2026-03-31", "transfer_to": target})
        refused(answer, status, code, pointer="/transfer_to" if status == 422 else None)
    answer = await household.ask("POST", path, {"date": "2026-03-10", "transfer_to": "Assets:Checking"})
    refused(answer, 409, "account_in_use_later")
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    answer = await household.ask("POST", path, {"date": "2026-03-31", "transfer_to": "Income:Other"})
    refused(answer, 409, "period_locked")
    assert await household.revision() == revision + 1
    granted(await household.ask("POST", path, {"date": "2026-04-01", "transfer_to": "Income:Other"}))


async def test_an_empty_account_is_closed_and_nothing_is_booked(household: Household) -> None:
    empty = await household.open_account("Empty")
    body = {"date": "2026-03-31", "transfer_to": "Assets:Checking"}
    dry = await household.ask("POST", f"/accounts/{empty['id']}/close", body, params={"dry_run": "true"})
    assert granted(dry)["closed_on"] == "2026-03-31"
    granted(await household.ask("POST", f"/accounts/{empty['id']}/close", body))
    assert (await household.got("/transactions"))["data"] == []


async def test_a_closing_is_done_once_however_often_it_is_sent(household: Household, old: Any) -> None:
    await household.open_account("Heir")
    for _ in range(2):
        answer = await household.ask(
            "POST",
            f"/accounts/{old['id']}/close",
            {"date": "2026-03-31", "transfer_to": "Assets:Heir"},
            headers={"Idempotency-Key": "close-it"},
        )
        granted(answer)
    assert len((await household.got("/transactions"))["data"]) == 3
