"""Reversing: a transaction is taken back by its mirror, once, and stands as it stood."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

from farthing.kit import ids


async def reversed_(home: Household, transaction: Any, **wanted: Any) -> Any:
    return await home.made(f"/transactions/{transaction['id']}/reverse", {"date": "2026-04-01", **wanted})


async def test_the_mirror_takes_everything_back(household: Household, superuser: asyncpg.Connection) -> None:
    made = await household.record(
        "-12.50", payee="Corner Shop", description="Twice", category="Expenses:Food", tags=["shop"], notes="Oh"
    )
    answer = await household.ask(
        "POST", f"/transactions/{made['id']}/reverse", {"date": "2026-04-01", "description": "Booked twice"}
    )
    mirror = granted(answer, 201)
    assert answer.headers["location"].endswith(f"/transactions/{mirror['id']}")
    assert (mirror["kind"], mirror["reverses_id"], mirror["reversed_by_id"]) == ("reversal", made["id"], None)
    assert (mirror["date"], mirror["payee"], mirror["description"]) == ("2026-04-01", "Corner Shop", "Booked twice")
    assert (mirror["tags"], mirror["notes"]) == ([], None)
    assert [p["amount"] for p in mirror["postings"]] == ["12.50", "-12.50"]
    assert {p["id"] for p in mirror["postings"]}.isdisjoint(p["id"] for p in made["postings"])
    assert await household.balance(household.checking_id) == {"EUR": "0.00"}
    assert await household.got(f"/transactions/{mirror['id']}") == mirror
    original = await household.got(f"/transactions/{made['id']}")
    assert original == made | {"reversed_by_id": mirror["id"]}
    listed = (await household.got("/transactions"))["data"]
    assert [each["reverses_id"] for each in listed] == [made["id"], None]
    assert await check_book(superuser, household.book_id) == mirror["revision"]


async def test_a_reversal_without_a_word_is_of_today(household: Household) -> None:
    made = await household.record("-12.50")
    mirror = granted(await household.ask("POST", f"/transactions/{made['id']}/reverse"), 201)
    assert mirror["date"] > made["date"]


async def test_an_exchange_is_taken_back_with_what_the_service_added(household: Household) -> None:
    await household.open_account("Dollars", currency="USD")
    made = await household.made(
        "/transactions",
        {"date": "2026-03-01", "from": "Assets:Checking", "to": "Assets:Dollars", "amount": "100", "to_amount": "108"},
    )
    mirror = await reversed_(household, made)
    shown = await household.got(f"/transactions/{mirror['id']}", params={"generated": "true"})
    assert [p["amount"] for p in shown["postings"]] == ["100.00", "-108.00", "-100.00", "108.00"]
    assert [p["generated"] for p in shown["postings"]] == [False, False, True, True]
    assert set((await household.trial_balance()).values()) == {"0.00"}


async def test_a_transaction_is_reversed_once(household: Household) -> None:
    made = await household.record()
    mirror = await reversed_(household, made)
    answer = await household.ask("POST", f"/transactions/{made['id']}/reverse", {})
    assert mirror["id"] in refused(answer, 409, "already_reversed")["detail"]
    answer = await household.ask("DELETE", f"/transactions/{made['id']}")
    assert mirror["id"] in refused(answer, 409, "transaction_reversed")["detail"]
    granted(await household.ask("DELETE", f"/transactions/{mirror['id']}"), 204)
    assert await household.got(f"/transactions/{made['id']}") == made
    another = await reversed_(household, made)
    refused(await household.ask("POST", f"/transactions/{mirror['id']}/restore"), 409, "already_reversed")
    granted(await household.ask("DELETE", f"/transactions/{another['id']}"), 204)
    assert granted(await household.ask("POST", f"/transactions/{mirror['id']}/restore"))["reverses_id"] == made["id"]
    granted(await household.ask("DELETE", f"/transactions/{mirror['id']}"), 204)
    granted(await household.ask("DELETE", f"/transactions/{made['id']}"), 204)
    refused(await household.ask("POST", f"/transactions/{mirror['id']}/restore"), 409, "reversed_missing")


async def test_a_reversal_can_be_reversed_and_both_can_be_changed(household: Household) -> None:
    made = await household.record(payee="Corner Shop")
    mirror = await reversed_(household, made)
    again = await reversed_(household, mirror)
    assert again["reverses_id"] == mirror["id"]
    for each in (made, mirror):
        changed = granted(await household.ask("PATCH", f"/transactions/{each['id']}", {"payee": "Baker"}))
        assert changed["payee"] == "Baker"
        assert changed["reversed_by_id"] is not None


async def test_the_entity_tag_follows_the_reversal(household: Household) -> None:
    made = await household.record()
    path = f"/transactions/{made['id']}"
    plain = (await household.ask("GET", path)).headers["etag"]
    mirror = await reversed_(household, made)
    answer = await household.ask("GET", path, headers={"If-None-Match": plain})
    assert granted(answer)["reversed_by_id"] == mirror["id"]
    stale = {"headers": {"If-Match": plain}}
    refused(await household.ask("PATCH", path, {"payee": "x"}, **stale), 412, "revision_stale")
    granted(await household.ask("DELETE", f"/transactions/{mirror['id']}"), 204)
    assert (await household.ask("GET", path, headers={"If-None-Match": plain})).status_code == 304
    refused(await household.ask("POST", f"{path}/reverse", {}, headers={"If-Match": '"1"'}), 412, "revision_stale")


async def test_what_stands_in_a_locked_period_is_reversed_after_it(household: Household) -> None:
    made = await household.record(date="2026-03-01")
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    answer = await household.ask("POST", f"/transactions/{made['id']}/reverse", {"date": "2026-03-31"})
    refused(answer, 409, "period_locked", pointer="/date")
    assert (await reversed_(household, made))["reverses_id"] == made["id"]


async def test_what_cannot_be_reversed_is_told(household: Household) -> None:
    refused(await household.ask("POST", f"/transactions/{ids.new_id()}/reverse"), 404, "transaction_not_found")
    spare = await household.open_account("Spare", currency="EUR")
    made = await household.record(account=spare["id"])
    await household.record("12.50", account=spare["id"])
    granted(await household.ask("POST", f"/accounts/{spare['id']}/close", {"date": "2026-03-31"}))
    refused(await household.ask("POST", f"/transactions/{made['id']}/reverse"), 409, "account_closed")
    other = await household.record()
    for wrong, pointer in (({"date": "2026-02-30"}, "/date"), ({"amount": "1"}, "/amount"), ({"id": "x"}, "/id")):
        answer = await household.ask("POST", f"/transactions/{other['id']}/reverse", wrong)
        refused(answer, 422, "request_invalid", pointer=pointer)
    answer = await household.ask("POST", f"/transactions/{other['id']}/reverse", {"id": made["id"]})
    refused(answer, 409, "id_taken")
    assert answer.headers["location"].endswith(made["id"])


async def test_postgresql_refuses_a_second_mirror_and_one_of_nothing(
    household: Household, superuser: asyncpg.Connection
) -> None:
    made = await household.record()
    mirror = await reversed_(household, made)
    again = """
        INSERT INTO transactions (book_id, id, date, ordinal, kind, reverses_id, created_revision, revision, created_at,
                                  changed_at)
        SELECT book_id, gen_random_uuid(), date, ordinal, $3, $4, 1, 1, now(), now()
          FROM transactions WHERE book_id = $1 AND id = $2
    """
    book, id_ = UUID(household.book_id), UUID(mirror["id"])
    for kind, reverses, error in (
        ("reversal", UUID(made["id"]), asyncpg.UniqueViolationError),
        ("reversal", ids.new_id(), asyncpg.ForeignKeyViolationError),
        ("reversal", None, asyncpg.CheckViolationError),
        ("ordinary", id_, asyncpg.CheckViolationError),
    ):
        with pytest.raises(error):
            await superuser.execute(again, book, id_, kind, reverses)
    await superuser.execute("BEGIN")
    try:
        await superuser.execute("DELETE FROM postings WHERE transaction_id = $1", UUID(made["id"]))
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await superuser.execute("DELETE FROM transactions WHERE id = $1", UUID(made["id"]))
    finally:
        await superuser.execute("ROLLBACK")
