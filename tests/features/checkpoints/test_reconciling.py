"""Reconciling: an account ends exactly where the bank's statement says, or nothing is done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household, Person

from farthing.core.connection import watched
from farthing.kit import ids

DAY = "2026-03-31"
UNRECONCILING = {"params": {"unreconcile": "true"}}


def statement(balance: str, date: str = DAY, **wanted: Any) -> dict[str, Any]:
    return {"date": date, "balance": balance, **wanted}


async def reconcile(home: Household, body: dict[str, Any], **options: Any) -> Any:
    return await home.ask("POST", f"/accounts/{home.checking_id}/reconciliations", body, **options)


async def statuses(home: Household, *transactions: Any) -> list[str]:
    """The status of each transaction's posting on the account."""
    read = [await home.got(f"/transactions/{each['id']}") for each in transactions]
    return [
        next(posting["status"] for posting in each["postings"] if posting["account_id"] == home.checking_id)
        for each in read
    ]


def on_account(home: Household, transaction: Any) -> str:
    return next(str(each["id"]) for each in transaction["postings"] if each["account_id"] == home.checking_id)


async def checkpoints(home: Household) -> list[tuple[str, str, str, str]]:
    listed = (await home.got("/checkpoints"))["data"]
    return [(each["date"], each["amount"], each["state"], each["outstanding"]) for each in listed]


async def test_what_is_ticked_becomes_reconciled_and_a_checkpoint_is_made(
    household: Household, superuser: asyncpg.Connection
) -> None:
    shop, pending = await household.record("-10.00"), await household.record("-2.50", status="pending")
    outstanding = await household.record("-99.00")
    later = await household.record("-1.00", date="2026-04-01")
    before = await household.revision()
    answer = await reconcile(
        household,
        statement("-12.5", postings=[on_account(household, shop)], transactions=[pending["id"]]),
    )
    made = granted(answer, 201)
    assert (made["balance"], made["currency"], made["postings"]) == ("-12.50", "EUR", 2)
    assert [(each["transaction_id"], each["amount"]) for each in made["left_out"]] == [(outstanding["id"], "-99.00")]
    assert await statuses(household, shop, pending, outstanding, later) == [
        "reconciled", "reconciled", "pending", "cleared"
    ]  # fmt: skip
    assert await checkpoints(household) == [(DAY, "-12.50", "holds", "0")]
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert (checkpoint["id"], checkpoint["origin"]) == (made["checkpoint_id"], "statement")
    assert await household.revision() == before + 1 == await check_book(superuser, household.book_id)
    change = await household.got(f"/changes/{before + 1}")
    assert change["counts"] == {"checkpoint created": 1, "reconciliation created": 1, "transaction changed": 3}
    assert {image["before"]["id"] for image in change["images"]["data"]} == {
        each["id"] for each in (shop, pending, outstanding)
    }
    read = await household.ask("GET", answer.headers["location"].partition(household.book_id)[2])
    assert {**granted(read), "left_out": made["left_out"]} == made
    assert read.headers["etag"] == answer.headers["etag"] == f'"{before + 1}"'


async def test_what_was_reconciled_before_counts_and_what_comes_late_is_outstanding(household: Household) -> None:
    cheque = await household.record("-30.00", status="pending")
    shop = await household.record("-10.00")
    granted(await reconcile(household, statement("-10", transactions=[shop["id"]])), 201)
    april = await household.record("-5.00", date="2026-04-10")
    body = statement("-45", "2026-04-30", transactions=[april["id"], cheque["id"]])
    refused(await reconcile(household, {**body, "transactions": [april["id"]]}), 409, "reconciliation_differs")
    granted(await reconcile(household, body), 201)
    # The cheque is dated in March; the bank of March knew nothing of it, and was right.
    assert await checkpoints(household) == [
        ("2026-04-30", "-45.00", "holds", "0"),
        (DAY, "-10.00", "holds", "-30.00"),
    ]
    again = granted(await reconcile(household, statement("-10", automatic=True)), 201)
    assert (again["postings"], again["left_out"]) == (0, [])
    assert len((await household.got("/checkpoints"))["data"]) == 2
    listed = (await household.got(f"/accounts/{household.checking_id}/reconciliations"))["data"]
    assert [each["date"] for each in listed] == ["2026-04-30", DAY, DAY]


@pytest.mark.parametrize(
    ("balance", "left_out"),
    [("-37.00", []), ("-17.00", ["-20.00"]), ("-16.00", ["-20.00", "-1.00"]), ("-5.00", ["-20.00", "-1.00", "-11.00"])],
)
async def test_what_the_statement_leaves_out_is_found(household: Household, balance: str, left_out: list[str]) -> None:
    for day, amount in enumerate(("-5.00", "-11.00", "-1.00", "-20.00"), start=1):
        await household.record(amount, date=f"2026-03-{day:02}")
    await household.record("-7.00", status="pending")
    trial = granted(await reconcile(household, statement(balance, automatic=True), params={"dry_run": "true"}), 201)
    made = granted(await reconcile(household, statement(balance, automatic=True)), 201)
    assert [each["amount"] for each in made["left_out"]] == left_out
    assert trial["left_out"] == made["left_out"]
    assert made["postings"] == 4 - len(left_out)
    assert await checkpoints(household) == [(DAY, balance, "holds", "0")]


async def test_what_does_not_come_to_the_balance_leaves_no_trace(household: Household) -> None:
    shop = await household.record("-10.00")
    revision = await household.revision()
    for body in (statement("-9", automatic=True), statement("-9", transactions=[shop["id"]])):
        read = refused(await reconcile(household, body), 409, "reconciliation_differs")
        assert "-9.00 EUR" in read["detail"]
        assert "1.00 away" in read["detail"]
    assert await statuses(household, shop) == ["cleared"]
    assert await household.revision() == revision


async def test_hostile_reconciliations_are_refused(household: Household) -> None:
    shop = await household.record("-10.00")
    await household.open_account("Savings", currency="EUR")
    elsewhere = await household.record("-1.00", account="Assets:Savings")
    later = await household.record("-1.00", date="2026-04-01")
    for body, code, pointer in (
        (statement("-10"), "selection_unclear", None),
        (statement("-10", automatic=True, postings=[on_account(household, shop)]), "selection_unclear", None),
        (statement("-10", postings=[str(ids.new_id())]), "posting_unfit", "/postings/0"),
        (statement("-10", transactions=[shop["id"], elsewhere["id"]]), "posting_unfit", "/transactions/1"),
        (statement("-11", transactions=[shop["id"], later["id"]]), "posting_unfit", "/transactions/1"),
        (statement("-10.001", automatic=True), "amount_too_fine", "/balance"),
        (statement("-10", automatic=True, currency="USD"), "currency_mismatch", "/currency"),
        (statement("-10", automatic="perhaps"), "request_invalid", "/automatic"),
        (statement("-10", postings=["x"]), "request_invalid", "/postings/0"),
        (statement("-10", postings=[on_account(household, shop)] * 5001), "request_invalid", "/postings"),
        ({"date": DAY, "automatic": True}, "request_invalid", "/balance"),
    ):
        refused(await reconcile(household, body), 422, code, pointer=pointer)
    missing = f"/accounts/{ids.new_id()}/reconciliations"
    refused(await household.ask("POST", missing, statement("0", automatic=True)), 404, "account_not_found")
    refused(await household.ask("GET", missing), 404, "account_not_found")
    refused(await household.ask("GET", f"/accounts/{household.checking_id}/reconciliations/{ids.new_id()}"), 404,
            "reconciliation_not_found")  # fmt: skip
    chosen = str(ids.new_id())
    granted(await reconcile(household, statement("-10", automatic=True, id=chosen)), 201)
    taken = await reconcile(household, statement("-10", automatic=True, id=chosen))
    refused(taken, 409, "id_taken")
    assert taken.headers["location"].endswith(f"/reconciliations/{chosen}")
    refused(await reconcile(household, statement("-9", automatic=True)), 409, "checkpoint_exists")
    refused(await reconcile(household, statement("-10", transactions=[shop["id"]])), 422, "posting_unfit")


async def test_an_accountant_reconciles_and_does_no_more(household: Household) -> None:
    await household.record("-10.00")
    person = await Person.registered(household.person.client)
    await household.share(person, "accountant")
    accountant = Household(person, household.book_id, household.checking_id)
    granted(await reconcile(accountant, statement("-10", automatic=True)), 201)
    line = {"amount": "1", "account": "Assets:Checking"}
    refused(await accountant.ask("POST", "/transactions", line), 403, "permission_missing")
    refused(
        await reconcile(accountant, statement("0", automatic=True), params={"override_lock": "true"}),
        403,
        "permission_missing",
    )


async def test_what_was_reconciled_changes_only_where_one_says_so(household: Household) -> None:
    await household.open_account("Savings", currency="EUR")
    shop = await household.record("-10.00")
    granted(await reconcile(household, statement("-10", automatic=True)), 201)
    path = f"/transactions/{shop['id']}"
    posting = {"id": on_account(household, shop), "account": household.checking_id, "status": "reconciled"}
    other = {"account": "Expenses:Food"}
    revision = await household.revision()
    for changes in (
        {"amount": "-11"},
        {"date": "2026-03-02"},
        {"account": "Assets:Savings"},
        {"postings": [{**posting, "amount": "-11"}, other]},
        {"postings": [{"account": "Assets:Savings", "amount": "-10"}, other]},
    ):
        refused(await household.ask("PATCH", path, changes), 409, "posting_reconciled")
    refused(await household.ask("DELETE", path), 409, "posting_reconciled")
    assert await household.revision() == revision
    for changes in (
        {"payee": "Someone"},
        {"category": "Expenses:Food"},
        {"postings": [{**posting, "amount": "-10"}, {**other, "amount": "4"}, other]},
    ):
        granted(await household.ask("PATCH", path, changes))
    assert await statuses(household, shop) == ["reconciled"]
    granted(await household.ask("PATCH", path, {"postings": [{**posting, "amount": "-10"}, other]}))
    granted(await household.ask("PATCH", path, {"amount": "-11", "status": "cleared"}))
    assert await statuses(household, shop) == ["cleared"]
    assert await checkpoints(household) == [(DAY, "-10.00", "broken", "0")]
    granted(await household.ask("PATCH", path, {"amount": "-10", "status": "reconciled"}))
    granted(await household.ask("PATCH", path, {"date": "2026-03-02"}, **UNRECONCILING))
    assert await statuses(household, shop) == ["cleared"]
    granted(await household.ask("PATCH", path, {"status": "reconciled"}))
    granted(await household.ask("DELETE", path, **UNRECONCILING), 204)
    assert granted(await household.ask("POST", f"{path}/restore"))["status"] == "reconciled"
    assert await checkpoints(household) == [(DAY, "-10.00", "holds", "0")]


async def test_what_a_client_calls_reconciled_before_there_is_a_statement_is_free(household: Household) -> None:
    shop = await household.record("-10.00", status="reconciled")
    path = f"/transactions/{shop['id']}"
    granted(await household.ask("PATCH", path, {"amount": "-11"}))
    assert await statuses(household, shop) == ["reconciled"]
    made = granted(await reconcile(household, statement("-11", automatic=True)), 201)
    assert made["postings"] == 0
    refused(await household.ask("DELETE", path), 409, "posting_reconciled")


async def test_what_is_locked_is_reconciled_only_by_an_admin_who_says_so(household: Household) -> None:
    await household.record("-10.00")
    granted(await household.ask("PATCH", "", {"locked_until": DAY}))
    body = statement("-10", automatic=True)
    refused(await reconcile(household, body), 409, "period_locked")
    granted(await reconcile(household, body, params={"override_lock": "true"}), 201)
    change = (await household.got("/changes", params={"after": await household.revision() - 1}))["data"][0]
    assert change["summary"].endswith(f"Overrode the lock until {DAY}.")


async def test_what_a_statement_leaves_out_may_break_an_earlier_checkpoint(household: Household) -> None:
    await household.record("-10.00")
    earlier = {"account": "Assets:Checking", "date": "2026-03-15", "amount": "-10"}
    await household.made("/checkpoints", earlier)
    granted(await household.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    body = statement("0", automatic=True)
    refused(await reconcile(household, body), 409, "checkpoint_broken")
    granted(await reconcile(household, body, params={"override_checkpoints": "true"}), 201)
    assert [state for _, _, state, _ in await checkpoints(household)] == ["holds", "broken"]


async def test_many_postings_take_no_more_statements_than_few(
    household: Household, superuser: asyncpg.Connection
) -> None:
    async def sent_for(count: int, balance: str, date: str) -> int:
        lines = [{"date": date, "amount": "-1", "account": "Assets:Checking"}] * count
        await household.made("/transactions/bulk", {"transactions": lines})
        sent: list[str] = []
        with watched(lambda _, sql, __: sent.append(sql)):
            made = granted(await reconcile(household, statement(balance, date, automatic=True)), 201)
        assert made["postings"] == count
        return len(sent)

    assert await sent_for(2, "-2", DAY) == await sent_for(400, "-402", "2026-04-30")
    assert await check_book(superuser, household.book_id) == await household.revision()


FILL = """
WITH lines AS (
    SELECT gen_random_uuid() AS id, n FROM generate_series(1, 2501) n
), written AS (
    INSERT INTO transactions (book_id, id, date, ordinal, kind, created_revision, revision, created_at, changed_at)
    SELECT $1, id, '2026-05-01', n, 'ordinary', 1, 1, now(), now() FROM lines
)
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status,
                      generated)
SELECT $1, gen_random_uuid(), id, leg, $2, '2026-05-01', n, leg * 2 - 1, 'EUR', 'cleared', false
  FROM lines, generate_series(0, 1) leg
"""


async def test_more_than_can_be_reconciled_at_once_is_refused(
    household: Household, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(FILL, UUID(household.book_id), UUID(household.checking_id))
    body = statement("0", "2026-05-31", automatic=True)
    refused(await reconcile(household, body), 409, "reconciliation_too_large")
    granted(await reconcile(household, statement("0", automatic=True)), 201)


async def test_what_is_locked_too_is_told_as_locked(household: Household) -> None:
    shop = await household.record("-10.00")
    granted(await reconcile(household, statement("-10.00", automatic=True)), 201)
    granted(await household.ask("PATCH", "", {"locked_until": DAY}))
    path = f"/transactions/{shop['id']}"
    refused(await household.ask("DELETE", path), 409, "period_locked")
    refused(await household.ask("PATCH", path, {"amount": "-11.00"}), 409, "period_locked")
    refused(await household.ask("DELETE", path, params={"override_lock": "true"}), 409, "posting_reconciled")
