"""Recording many transactions with one request: all or none, or those that can be."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.features.answers import granted, refused
from tests.features.transactions.test_recording import MISTAKES
from tests.household import Client, Household, Person

from farthing.core.bounds import BATCH, BATCH_POSTINGS
from farthing.kit import ids

DAY = {"date": "2026-03-01"}
ONE_LINE = DAY | {"amount": "-12.50", "account": "Assets:Checking", "category": "Expenses:Food:Groceries"}
MOVEMENT = DAY | {"amount": "10.00", "from": "Assets:Checking", "to": "Assets:Savings"}
EXCHANGE = DAY | {"amount": "100", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "108.30"}
FULL = DAY | {"postings": [{"account": "Assets:Checking", "amount": "-10"}, {"account": "Expenses:Taxes"}]}
OF_ZERO = ONE_LINE | {"amount": "0"}
KEY = {"Idempotency-Key": "once"}


@pytest.fixture
async def home(client: Client) -> Household:
    home = await Household.founded(client)
    await home.open_account("Savings", currency="EUR", type="savings")
    await home.open_account("Dollars", currency="USD")
    await home.open_account("Wallet")
    return home


async def sent(
    home: Household, transactions: list[Any], *, mode: str | None = None, headers: dict[str, str] | None = None
) -> httpx2.Response:
    params = {"mode": mode} if mode else {}
    return await home.ask(
        "POST", "/transactions/bulk", {"transactions": transactions}, params=params, headers=headers or {}
    )


async def count(home: Household) -> int:
    return len((await home.got("/transactions", params={"limit": 200}))["data"])


def facts(transaction: dict[str, Any]) -> dict[str, Any]:
    """What doesn't differ between two transactions that were recorded alike."""
    kept = {name: value for name, value in transaction.items() if name not in {"id", "created_at", "changed_at"}}
    kept["postings"] = [posting | {"id": ""} for posting in transaction["postings"]]
    return kept | {"revision": 0, "created_revision": 0}


async def test_all_are_recorded_as_one_change_just_as_they_would_be_one_by_one(home: Household) -> None:
    ways = [ONE_LINE | {"payee": "Shop", "metadata": {"a": 1}}, MOVEMENT, EXCHANGE, FULL]
    alone = [await home.made("/transactions", each) for each in ways]
    revision = await home.revision()
    answer = await sent(home, ways)
    made = granted(answer, 201)["data"]
    assert [facts(each) for each in made] == [facts(each) for each in alone]
    assert {each["revision"] for each in made} == {await home.revision()} == {revision + 1}
    for each in made:
        assert await home.got(f"/transactions/{each['id']}") == each
    assert "etag" not in answer.headers
    change = (await home.got("/changes", params={"after": revision}))["data"][0]
    assert (change["operation"], change["summary"]) == ("record_transactions", "Recorded 4 transactions.")
    assert set((await home.trial_balance()).values()) == {"0.00"}


async def test_they_keep_the_order_in_which_they_were_sent_within_their_day(home: Household) -> None:
    before = await home.record(payee="before")
    payees = [f"number {number}" for number in range(60)]
    # Ids that sort the other way round: it is the place in the request that counts.
    chosen = sorted((str(ids.new_id()) for _ in payees), reverse=True)
    wanted = [ONE_LINE | {"payee": payee, "id": id_} for payee, id_ in zip(payees, chosen, strict=True)]
    for mode in ("atomic", "partial"):
        fresh = [each | {"id": str(ids.new_id())} for each in wanted] if mode == "partial" else wanted
        granted(await sent(home, fresh, mode=mode), 201)
    after = await home.record(payee="after")
    listed = (await home.got("/transactions", params={"limit": 200}))["data"]
    assert [each["payee"] for each in listed] == ["after", *payees[::-1], *payees[::-1], "before"]
    assert (listed[0]["id"], listed[-1]["id"]) == (after["id"], before["id"])


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_one_mistake_refuses_all_and_is_named_with_its_place(home: Household, mistake: str) -> None:
    body, code, pointer = MISTAKES[mistake]
    revision = await home.revision()
    alone = refused(await home.ask("POST", "/transactions", body), 422, code, pointer=pointer)
    answer = await sent(home, [ONE_LINE, FULL, body, OF_ZERO])
    read = refused(answer, 422, code, pointer=f"/transactions/2{pointer}")
    assert read["detail"] == alone["detail"]
    assert (await home.revision(), await count(home)) == (revision, 0)


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_in_part_the_others_are_recorded_and_the_mistake_is_reported(home: Household, mistake: str) -> None:
    body, code, pointer = MISTAKES[mistake]
    revision = await home.revision()
    read = granted(await sent(home, [ONE_LINE, body, FULL], mode="partial"), 201)
    assert (read["created"], read["refused"]) == (2, 1)
    assert [each["index"] for each in read["results"]] == [0, 1, 2]
    assert [each["status"] for each in read["results"]] == ["created", "refused", "created"]
    first, wrong, last = read["results"]
    assert first["error"] is last["error"] is wrong["id"] is None
    assert wrong["error"]["code"] == code
    assert [(each["code"], each["pointer"]) for each in wrong["error"]["errors"]] == [
        (code, f"/transactions/1{pointer}")
    ]
    assert {each["id"] for each in (await home.got("/transactions"))["data"]} == {first["id"], last["id"]}
    assert await home.revision() == revision + 1


async def test_if_none_can_be_recorded_nothing_has_changed(home: Household) -> None:
    revision = await home.revision()
    chosen = str(ids.new_id())
    answer = await sent(home, [OF_ZERO | {"id": chosen}, {}], mode="partial", headers=KEY)
    read = granted(answer, 200)
    assert (read["created"], read["refused"]) == (0, 2)
    assert [each["id"] for each in read["results"]] == [chosen, None]
    assert await home.revision() == revision
    # And the key is unspent.
    assert granted(await sent(home, [ONE_LINE], headers=KEY), 201)


async def test_what_is_wrong_with_no_single_field_is_blamed_on_the_transaction(home: Household) -> None:
    old = await home.open_account("Old Bank", currency="EUR")
    granted(await home.ask("POST", f"/accounts/{old['id']}/close", {}))
    closed = ONE_LINE | {"account": "Assets:Old Bank"}
    mixed = [{"account": "Assets:Dollars", "amount": "-1"}, {"account": "Assets:Checking", "amount": "1"}]
    for wrong, status, code, pointer in [
        (closed, 409, "account_closed", "/transactions/1"),
        (DAY | {"postings": mixed * 100}, 422, "postings_too_many", "/transactions/1/postings"),
    ]:
        refused(await sent(home, [ONE_LINE, wrong]), status, code, pointer=pointer)
        read = granted(await sent(home, [ONE_LINE, wrong], mode="partial"), 201)
        error = read["results"][1]["error"]
        assert (error["code"], [each["pointer"] for each in error["errors"]]) == (code, [pointer])


async def test_an_id_is_taken_once_within_a_request_too(home: Household) -> None:
    chosen = str(ids.new_id())
    twice = [ONE_LINE | {"id": chosen}, FULL, MOVEMENT | {"id": chosen}]
    refused(await sent(home, twice), 409, "id_taken", pointer="/transactions/2")
    assert await count(home) == 0
    read = granted(await sent(home, [OF_ZERO | {"id": chosen}, *twice], mode="partial"), 201)
    # The first was refused, and so took no id.
    assert [each["status"] for each in read["results"]] == ["refused", "created", "created", "refused"]
    assert read["results"][3]["error"]["code"] == "id_taken"
    assert read["results"][3]["id"] == read["results"][1]["id"] == chosen


async def test_an_id_that_is_or_was_taken_is_refused_by_its_place(home: Household) -> None:
    there, gone = await home.record(), await home.record()
    granted(await home.ask("DELETE", f"/transactions/{gone['id']}"), 204)
    wanted = [ONE_LINE, ONE_LINE | {"id": there["id"]}, ONE_LINE | {"id": gone["id"]}]
    refused(await sent(home, wanted), 409, "id_taken", pointer="/transactions/1")
    read = granted(await sent(home, wanted, mode="partial"), 201)
    assert [each["status"] for each in read["results"]] == ["created", "refused", "refused"]


async def test_an_id_of_a_posting_is_taken_once_too(home: Household) -> None:
    posting, other = str(ids.new_id()), str(ids.new_id())

    def full(*chosen: str) -> dict[str, Any]:
        postings = [{"account": "Assets:Checking", "amount": "-1"}, {"account": "Expenses:Taxes", "amount": "1"}]
        return {"postings": [line | {"id": id_} for line, id_ in zip(postings, chosen, strict=True)]}

    def new() -> str:
        return str(ids.new_id())

    refused(await sent(home, [full(posting, other), full(new(), posting)]), 409, "id_taken", pointer="/transactions/1")
    refused(await sent(home, [ONE_LINE, full(posting, posting)]), 409, "id_taken", pointer="/transactions/1")
    granted(await sent(home, [full(posting, other)]), 201)
    refused(await sent(home, [ONE_LINE, full(new(), other)]), 409, "id_taken", pointer="/transactions/1")
    read = granted(await sent(home, [full(new(), other), full(new(), new())], mode="partial"), 201)
    assert [each["status"] for each in read["results"]] == ["refused", "created"]


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_a_retry_with_its_key_gets_the_first_answer(home: Household, mode: str) -> None:
    wanted = [ONE_LINE, FULL] if mode == "atomic" else [ONE_LINE, OF_ZERO]
    first = await sent(home, wanted, mode=mode, headers=KEY)
    revision, recorded = await home.revision(), await count(home)
    again = await sent(home, wanted, mode=mode, headers=KEY)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (await home.revision(), await count(home)) == (revision, recorded)
    other = "partial" if mode == "atomic" else "atomic"
    refused(await sent(home, wanted, mode=other, headers=KEY), 422, "idempotency_key_reused")


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_a_dry_run_answers_and_keeps_nothing(home: Household, mode: str) -> None:
    revision = await home.revision()
    answer = await home.ask(
        "POST", "/transactions/bulk", {"transactions": [ONE_LINE, FULL]}, params={"mode": mode, "dry_run": "true"}
    )
    assert len(next(iter(granted(answer, 201).values()))) == 2
    assert (await home.revision(), await count(home)) == (revision, 0)


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_as_many_are_taken_as_is_promised_and_none_more(home: Household, mode: str) -> None:
    many = [ONE_LINE | {"amount": f"-{number}.01"} for number in range(BATCH)]
    revision = await home.revision()
    refused(await sent(home, [*many, ONE_LINE], mode=mode), 422, "request_invalid", pointer="/transactions")
    refused(await sent(home, [], mode=mode), 422, "request_invalid", pointer="/transactions")
    pair = [{"account": "Assets:Checking", "amount": "-1"}, {"account": "Expenses:Taxes", "amount": "1"}]
    wide = [DAY | {"postings": pair * 100}] * (BATCH_POSTINGS // 200)
    answer = await sent(home, [*wide, FULL], mode=mode)
    refused(answer, 422, "request_invalid", pointer="/transactions", blamed="postings_too_many")
    assert await home.revision() == revision
    answer = granted(await sent(home, many, mode=mode), 201)
    assert len(answer["data"] if mode == "atomic" else answer["results"]) == BATCH
    assert await home.balance(home.checking_id) == {"EUR": f"-{sum(range(BATCH)) + BATCH // 100}.00"}


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_what_is_no_transaction_is_refused_with_the_whole_request(home: Household, mode: str) -> None:
    for body, pointer in [
        ({"transactions": [ONE_LINE, ONE_LINE | {"amount": 12.5}]}, "/transactions/1/amount"),
        ({"transactions": [ONE_LINE, ONE_LINE | {"from": 7}]}, "/transactions/1/from"),
        ({"transactions": [ONE_LINE, FULL | {"postings": [{}, {}]}]}, "/transactions/1/postings/0/account"),
        ({"transactions": [ONE_LINE, None]}, "/transactions/1"),
        ({"transactions": {"0": ONE_LINE}}, "/transactions"),
        ({"transactions": [ONE_LINE], "mode": "partial"}, "/mode"),
        ([ONE_LINE], ""),
    ]:
        answer = await home.ask("POST", "/transactions/bulk", body, params={"mode": mode})
        refused(answer, 422, "request_invalid", pointer=pointer)
    assert await count(home) == 0


async def test_there_are_two_modes(home: Household) -> None:
    refused(await sent(home, [ONE_LINE], mode="some"), 422, "request_invalid", parameter="mode")


async def test_guesses_at_what_was_meant_are_made_for_a_few_names(home: Household) -> None:
    wanted = [ONE_LINE | {"category": f"Expenses:Taxe{letter}"} for letter in "abcdefgh"]
    read = granted(await sent(home, wanted, mode="partial"), 200)
    details = [each["error"]["detail"] for each in read["results"]]
    guessed = [detail for detail in details if "Did you mean Expenses:Taxes" in detail]
    assert guessed == details[: len(guessed)]
    assert 1 < len(guessed) < len(details)


async def test_one_who_only_looks_records_nothing(home: Household) -> None:
    viewer = await Person.registered(home.person.client)
    await home.share(viewer, "viewer")
    path = f"/books/{home.book_id}/transactions/bulk"
    refused(await viewer.ask("POST", path, {"transactions": [ONE_LINE]}), 403, "permission_missing")
    assert await count(home) == 0


async def test_an_id_that_someone_takes_past_the_lock_refuses_all(home: Household, superuser: Any) -> None:
    """The service's own writers wait for one another; whoever doesn't is met by PostgreSQL's constraint."""
    chosen = ids.new_id()
    intrusion = superuser.transaction()
    await intrusion.start()
    await superuser.execute(
        "INSERT INTO transactions (book_id, id, date, ordinal, kind, created_revision, revision, created_at, "
        "changed_at) VALUES ($1, $2, '2026-03-01', 0, 'ordinary', 1, 1, now(), now())",
        UUID(home.book_id),
        chosen,
    )
    recording = asyncio.create_task(sent(home, [FULL, ONE_LINE | {"id": str(chosen)}], mode="partial"))
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    async with asyncio.timeout(4):
        while not await superuser.fetchval(waiting):  # noqa: ASYNC110 - PostgreSQL tells nobody that one waits
            await asyncio.sleep(0.01)
    await intrusion.commit()
    refused(await recording, 409, "id_taken")
    removed = await superuser.execute("DELETE FROM transactions WHERE book_id = $1", UUID(home.book_id))
    assert removed == "DELETE 1"
