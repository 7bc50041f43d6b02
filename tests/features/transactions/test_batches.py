"""Several operations on transactions with one request: each upon what those before it left, all or none."""

from __future__ import annotations

import random
from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.changes.mirror import Mirror
from tests.features.journal.chain import check_book
from tests.features.records.test_digest import digest_of
from tests.household import Household

from farthing.core.bounds import OPERATIONS
from farthing.kit import ids

Operation = dict[str, Any]


def new_id() -> str:
    return str(ids.new_id())


def recording(amount: str = "-12.50", **wanted: Any) -> Operation:
    line = {"date": "2026-03-01", "amount": amount, "account": "Assets:Checking", **wanted}
    return {"op": "record", "transaction": line}


def changing(transaction_id: str, **changes: Any) -> Operation:
    return {"op": "change", "id": transaction_id, "changes": changes}


def deleting(transaction_id: str, **wanted: Any) -> Operation:
    return {"op": "delete", "id": transaction_id, **wanted}


def restoring(transaction_id: str) -> Operation:
    return {"op": "restore", "id": transaction_id}


def reversing(transaction_id: str, **wanted: Any) -> Operation:
    return {"op": "reverse", "id": transaction_id, "reversal": wanted}


def ask(home: Household, *operations: Any, **options: Any) -> Any:
    return home.ask("POST", "/batch", {"operations": operations}, **options)


async def applied(home: Household, *operations: Any, **options: Any) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = granted(await ask(home, *operations, **options))["results"]
    return results


async def listed(home: Household, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await home.got("/transactions", params={"limit": 200, **wanted}))["data"]
    return found


async def test_each_is_answered_as_alone_and_all_are_one_change(household: Household) -> None:
    kept, gone = await household.record(payee="Kept"), await household.record(payee="Gone")
    back = await household.record("-3.00", payee="Back")
    granted(await household.ask("DELETE", f"/transactions/{back['id']}"), 204)
    revision, mine = await household.revision(), new_id()
    results = await applied(
        household,
        recording("-5.00", id=mine, payee="Mine", tags=["trip"]),
        changing(mine, description="second thoughts", tags=["trip", "food"]),
        {**changing(kept["id"], amount="-7.00"), "if_match": kept["revision"]},
        deleting(gone["id"], if_match=gone["revision"]),
        restoring(back["id"]),
        {"op": "reverse", "id": kept["id"]},
    )
    assert [(each["index"], each["op"], each["status"]) for each in results] == [
        (0, "record", 201),
        (1, "change", 200),
        (2, "change", 200),
        (3, "delete", 204),
        (4, "restore", 200),
        (5, "reverse", 201),
    ]
    assert await household.revision() == revision + 1
    bodies = [each["body"] for each in results]
    assert bodies[3] is None
    assert (bodies[0]["description"], bodies[1]["description"]) == (None, "second thoughts")
    assert (bodies[0]["created_revision"], bodies[1]["revision"]) == (revision + 1, revision + 1)
    for each in (bodies[1], bodies[4], bodies[5]):
        assert await household.got(f"/transactions/{each['id']}") == each
    assert (await household.got(f"/transactions/{kept['id']}"))["reversed_by_id"] == bodies[5]["id"]
    assert await household.balance(household.checking_id) == {"EUR": "-8.00"}
    (told,) = (await household.got("/changes", params={"after": revision}))["data"]
    assert told["operation"] == "apply_batch"
    assert told["summary"] == "In one batch: recorded 1, changed 2, deleted 1, restored 1, reversed 1."
    assert told["counts"]["transaction created"] == 3


async def test_what_is_recorded_one_after_the_other_is_listed_so(household: Household) -> None:
    await applied(household, *(recording(f"-{n}.00", payee=f"Shop {n}", tags=[f"tag {n}"]) for n in range(1, 8)))
    assert [each["payee"] for each in await listed(household)] == [f"Shop {n}" for n in range(7, 0, -1)]


async def test_one_that_fails_refuses_all_and_is_told_with_its_place(household: Household) -> None:
    there = await household.record()
    other = new_id()
    before, revision = await digest_of(household), await household.revision()
    first = recording(payee="New", tags=["new"])
    cases: list[tuple[Operation, int, str, str]] = [
        (recording(category="Nowhere"), 422, "account_unknown", "/transaction/category"),
        (recording("-1.001"), 422, "amount_too_fine", "/transaction/amount"),
        (recording("0.00"), 422, "amount_zero", "/transaction/amount"),
        (recording(id=there["id"]), 409, "id_taken", ""),
        (recording(tags=["a", other]), 422, "tag_unknown", "/transaction/tags/1"),
        (changing(other, payee="x"), 404, "transaction_not_found", "/id"),
        (changing(there["id"], category="Nowhere"), 422, "account_unknown", "/changes/category"),
        (changing(there["id"], payee="x", payee_id=other), 422, "payee_mixed", "/changes/payee_id"),
        ({**changing(there["id"], payee="x"), "if_match": 1}, 412, "revision_stale", "/if_match"),
        (deleting(there["id"], if_match=2**62), 412, "revision_stale", "/if_match"),
        (deleting(other, if_match=1), 404, "transaction_not_found", "/id"),
        (deleting(other), 404, "transaction_not_found", "/id"),
        (restoring(there["id"]), 409, "transaction_not_deleted", ""),
        (restoring(other), 404, "transaction_not_found", "/id"),
        (reversing(other), 404, "transaction_not_found", "/id"),
        (reversing(there["id"], id=there["id"]), 409, "id_taken", ""),
    ]
    for wrong, status, code, place in cases:
        answer = await ask(household, first, deleting(there["id"]), restoring(there["id"]), wrong)
        refused(answer, status, code, pointer=f"/operations/3{place}")
    assert (await digest_of(household), await household.revision()) == (before, revision)


async def test_a_body_that_is_no_batch_is_refused_where_it_is_wrong(household: Household) -> None:
    fine, id_ = recording(), new_id()
    posting = {"account": "Assets:Checking", "amount": "0.01"}
    full = {"op": "record", "transaction": {"postings": [posting] * 200}}
    cases: list[tuple[Any, str]] = [
        ([], "/operations"),
        ([fine] * (OPERATIONS + 1), "/operations"),
        ([full] * 51, "/operations"),
        ("record", "/operations"),
        ([fine, 7], "/operations/1"),
        ([fine, None], "/operations/1"),
        ([fine, {}], "/operations/1/op"),
        ([fine, {"op": "forge"}], "/operations/1/op"),
        ([fine, {"op": ["record"]}], "/operations/1/op"),
        ([fine, {"op": "record"}], "/operations/1/transaction"),
        ([fine, recording("ten")], "/operations/1/transaction/amount"),
        ([fine, {**fine, "id": id_}], "/operations/1/id"),
        ([changing(id_, date=None)], "/operations/0/changes/date"),
        ([changing(id_, postings=[posting, {"amount": "1"}])], "/operations/0/changes/postings/1/account"),
        ([{"op": "change", "id": id_}], "/operations/0/changes"),
        ([deleting("x")], "/operations/0/id"),
        ([deleting(id_, if_match="7")], "/operations/0/if_match"),
        ([deleting(id_, if_match=0)], "/operations/0/if_match"),
        ([deleting(id_, if_match=True)], "/operations/0/if_match"),
        ([{**restoring(id_), "if_match": 3}], "/operations/0/if_match"),
        ([reversing(id_, date="2026-02-30")], "/operations/0/reversal/date"),
    ]
    for operations, pointer in cases:
        answer = refused(
            await household.ask("POST", "/batch", {"operations": operations}), 422, "request_invalid", pointer=pointer
        )
        assert len(answer["errors"]) == 1, answer


async def test_an_id_is_used_once_within_a_batch_too(household: Household) -> None:
    mine = new_id()
    for again in (recording(id=mine), reversing(mine, id=mine)):
        refused(await ask(household, recording(id=mine), again), 409, "id_taken", pointer="/operations/1")
    again = recording(id=mine)
    refused(await ask(household, recording(id=mine), deleting(mine), again), 409, "id_taken", pointer="/operations/2")
    await applied(household, recording(id=mine), deleting(mine))
    refused(await ask(household, again), 409, "id_taken", pointer="/operations/0")


async def test_what_is_deleted_and_restored_in_a_batch_is_what_it_was_then(household: Household) -> None:
    there = await household.record("-4.00", payee="First", tags=["a"])
    granted(await household.ask("PATCH", f"/transactions/{there['id']}", {"payee": "Second"}))
    results = await applied(
        household,
        changing(there["id"], payee="Third", amount="-6.00"),
        deleting(there["id"]),
        restoring(there["id"]),
        changing(there["id"], description="again"),
    )
    read = results[-1]["body"]
    assert (read["payee"], read["description"], [tag["name"] for tag in read["tags"]]) == ("Third", "again", ["a"])
    assert (read["created_revision"], read["postings"][0]["amount"]) == (there["created_revision"], "-6.00")
    refused(await ask(household, deleting(there["id"]), deleting(there["id"])), 404, "transaction_not_found")
    refused(await ask(household, deleting(there["id"]), changing(there["id"], payee="x")), 404, "transaction_not_found")


async def test_what_a_batch_changed_and_deleted_comes_back_later_as_the_history_has_it(household: Household) -> None:
    empty = await household.balance(household.checking_id)
    there, mine = await household.record("-4.00", payee="Old"), new_id()
    await applied(
        household,
        changing(there["id"], payee="New"),
        deleting(there["id"]),
        recording("-5.00", id=mine, payee="Mine"),
        changing(mine, amount="-6.00"),
        deleting(mine),
    )
    gone = await household.revision()
    results = await applied(household, restoring(there["id"]), restoring(mine))
    assert [each["body"]["payee"] for each in results] == ["Old", "Mine"]
    assert await household.balance(household.checking_id) == {"EUR": "-9.00"}
    assert await household.balance(household.checking_id, known_at=gone) == empty
    assert await household.balance(household.checking_id, known_at=gone - 1) == {"EUR": "-4.00"}
    mirror = Mirror(household)
    await mirror.catch_up()
    assert {id_ for kind, id_ in mirror.records if kind == "transaction"} == {there["id"], mine}


async def everything(home: Household) -> list[Operation]:
    """Operations in which transactions go through all orders of states: such as were there, are new, or were gone."""
    changed, gone, back_and_forth, once = [await home.record(f"-{n}.00", payee=f"Old {n}") for n in range(1, 5)]
    for each in (once, await home.record("-9.00", payee="Struck")):
        granted(await home.ask("DELETE", f"/transactions/{each['id']}"), 204)
    made, fleeting, returned = new_id(), new_id(), new_id()
    return [
        recording("-10.00", id=made, payee="Made", tags=["x"]),
        changing(made, amount="-11.00", tags=["x", "y"]),
        changing(made, payee="Made over"),
        recording("-20.00", id=fleeting, payee="Fleeting", tags=["z"]),
        changing(fleeting, amount="-21.00"),
        deleting(fleeting),
        recording("-30.00", id=returned),
        deleting(returned),
        restoring(returned),
        changing(returned, amount="-31.00"),
        changing(changed["id"], amount="-1.50"),
        changing(changed["id"], date="2026-04-01"),
        changing(gone["id"], payee="Gone"),
        deleting(gone["id"]),
        deleting(back_and_forth["id"]),
        restoring(back_and_forth["id"]),
        restoring(once["id"]),
        changing(once["id"], amount="-4.50"),
        deleting(once["id"]),
        reversing(made, date="2026-05-01"),
    ]


async def test_a_batch_undone_leaves_no_trace_and_done_again_leaves_the_same(
    household: Household, superuser: asyncpg.Connection
) -> None:
    operations = await everything(household)
    mirror = Mirror(household)
    await mirror.catch_up()
    before, held = await digest_of(household), await household.balance(household.checking_id)
    revision = await household.revision()
    await applied(household, *operations)
    after, then_held = await digest_of(household), await household.balance(household.checking_id)
    assert (before, held) != (after, then_held)

    async def check(digest: str, holds: dict[str, str]) -> None:
        assert await digest_of(household) == digest
        assert await household.balance(household.checking_id) == holds
        await mirror.catch_up()
        fresh = Mirror(household)
        await fresh.catch_up()
        assert mirror.records == fresh.records
        assert set((await household.trial_balance()).values()) == {"0.00"}
        await check_book(superuser, household.book_id)

    await check(after, then_held)
    for known_at, holds in ((revision, held), (revision + 1, then_held)):
        assert await household.balance(household.checking_id, known_at=known_at) == holds
    for digest, holds in ((before, held), (after, then_held), (before, held), (after, then_held)):
        granted(await household.ask("POST", f"/changes/{await household.revision()}/undo"))
        await check(digest, holds)
        for known_at, as_held in ((revision, held), (revision + 1, then_held)):
            assert await household.balance(household.checking_id, known_at=known_at) == as_held


async def test_any_batches_undone_in_reverse_leave_no_trace_and_a_follower_has_it_all(
    household: Household, superuser: asyncpg.Connection
) -> None:
    dice = random.Random(23)
    alive, dead = [(await household.record(f"-{n}.00"))["id"] for n in range(1, 6)], list[str]()
    mirror = Mirror(household, limit=5)
    states = [(await household.revision(), await digest_of(household), await household.balance(household.checking_id))]
    for _ in range(8):
        operations = []
        for _ in range(dice.randint(1, 12)):
            match dice.choice(["record", "record", "change", "change", "change", "delete", "restore"]):
                case "change" if alive:
                    changes = {"amount": f"-{dice.randint(1, 99)}", "date": f"2026-03-{dice.randint(1, 28):02}"}
                    operations.append(changing(dice.choice(alive), **changes, tags=[f"t{dice.randint(0, 4)}"]))
                case "delete" if alive:
                    dead.append(alive.pop(dice.randrange(len(alive))))
                    operations.append(deleting(dead[-1]))
                case "restore" if dead:
                    alive.append(dead.pop(dice.randrange(len(dead))))
                    operations.append(restoring(alive[-1]))
                case _:
                    alive.append(new_id())
                    operations.append(recording(f"-{dice.randint(1, 99)}", id=alive[-1], payee=f"P{len(alive)}"))
        await applied(household, *operations)
        await mirror.catch_up()
        now = await household.revision(), await digest_of(household), await household.balance(household.checking_id)
        states.append(now)
    assert {each["id"] for each in await listed(household)} == set(alive)
    for (revision, _, _), (_, digest, _) in reversed(list(zip(states[1:], states, strict=False))):
        granted(await household.ask("POST", f"/changes/{revision}/undo"))
        assert await digest_of(household) == digest
        await mirror.catch_up()
        for known_at, _, held in states:
            assert await household.balance(household.checking_id, known_at=known_at) == held
    fresh = Mirror(household)
    await fresh.catch_up()
    assert mirror.records == fresh.records
    await check_book(superuser, household.book_id)


async def test_a_batch_that_leaves_nothing_is_undone_by_doing_nothing(household: Household) -> None:
    mine, before = new_id(), await digest_of(household)
    await applied(household, recording(id=mine), changing(mine, amount="-3.00"), deleting(mine))
    revision = await household.revision()
    assert await digest_of(household) == before
    assert [
        each["action"]
        for each in (await household.got("/changes", params={"after": revision - 1}))["data"][0]["records"]
    ]
    undone = granted(await household.ask("POST", f"/changes/{revision}/undo"))
    assert [undone[name] for name in ("restored", "changed", "deleted")] == [0, 0, 0]
    assert await digest_of(household) == before


async def test_checkpoints_and_valuations_are_held_to_what_comes_out(household: Household) -> None:
    there = await household.record("100.00")
    body = {"account": "Assets:Checking", "date": "2026-03-31", "amount": "100.00"}
    granted(await household.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    await household.made("/checkpoints", body)
    refused(await ask(household, changing(there["id"], amount="90.00")), 409, "checkpoint_broken")
    results = await applied(household, changing(there["id"], amount="90.00"), recording("10.00"))
    assert await household.balance(household.checking_id, date="2026-03-31") == {"EUR": "100.00"}
    refused(await ask(household, recording("1.00"), deleting(results[1]["body"]["id"])), 409, "checkpoint_broken")
    await applied(household, recording("1.00"), params={"override_checkpoints": "true"})
    assert [each["date"] for each in (await household.got("/checkpoints", params={"broken": "true"}))["data"]]

    fund = await household.open_account("Fund", currency="EUR", type="investment")
    await household.made(f"/accounts/{fund['id']}/valuations", {"date": "2026-06-30", "amount": "1000.00"})
    mine = new_id()
    await applied(
        household,
        recording("200.00", id=mine, account="Assets:Fund", date="2026-05-01"),
        changing(mine, amount="250.00"),
        recording("50.00", account="Assets:Fund", date="2026-06-01"),
        changing(mine, date="2026-07-01"),
    )
    assert await household.balance(fund["id"], date="2026-06-30") == {"EUR": "1000.00"}
    assert await household.balance(fund["id"]) == {"EUR": "1250.00"}
    assert set((await household.trial_balance()).values()) == {"0.00"}


async def test_the_locked_period_is_overridden_once_and_said_once(household: Household) -> None:
    there = await household.record()
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    mine = new_id()
    operations = (recording(id=mine), changing(there["id"], payee="x"), deleting(mine))
    refused(await ask(household, *operations), 409, "period_locked", pointer="/operations/0/transaction/date")
    refused(await ask(household, deleting(there["id"])), 409, "period_locked", pointer="/operations/0")
    revision = await household.revision()
    await applied(household, *operations, params={"override_lock": "true"})
    (told,) = (await household.got("/changes", params={"after": revision}))["data"]
    assert told["summary"] == ("In one batch: recorded 1, changed 1, deleted 1. Overrode the lock until 2026-03-31.")


async def test_a_retry_a_trial_and_a_batch_of_nothing(household: Household) -> None:
    there = await household.record(payee="Shop")
    revision = await household.revision()
    tried = await applied(household, recording(payee="New"), deleting(there["id"]), params={"dry_run": "true"})
    assert [each["status"] for each in tried] == [201, 204]
    assert (await household.revision(), len(await listed(household))) == (revision, 1)
    (same,) = await applied(household, changing(there["id"], payee="Shop"))
    assert (same["body"]["revision"], await household.revision()) == (there["revision"], revision)
    headers = {"Idempotency-Key": "batch-1"}
    first, again = [
        await ask(household, recording("-1.00"), changing(there["id"], payee="Cafe"), headers=headers) for _ in range(2)
    ]
    assert (granted(first), again.headers["idempotency-replayed"]) == (granted(again), "true")
    assert (await household.revision(), len(await listed(household))) == (revision + 1, 2)
    assert "etag" not in first.headers


@pytest.mark.parametrize("header", ['"1"', "*"])
async def test_what_the_request_expects_is_of_no_single_transaction(household: Household, header: str) -> None:
    there = await household.record()
    await applied(household, changing(there["id"], payee="x"), headers={"If-Match": header})
