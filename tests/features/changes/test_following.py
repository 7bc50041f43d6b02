"""Following a book: a copy made of the feed alone holds exactly what the book holds."""

from __future__ import annotations

import random
from typing import Any

from tests.features.answers import granted, refused
from tests.features.changes.mirror import Mirror
from tests.features.records.test_digest import digest_of, reckoned
from tests.household import Household


async def some_write(home: Household, dice: random.Random, ids: list[str]) -> None:
    """Something that a person does to a book."""
    path = f"/transactions/{dice.choice(ids)}" if ids else ""
    match dice.choice(
        ("record", "record", "change", "delete", "restore", "rename", "state", "reconcile", "undo")
        if ids
        else ("record",)
    ):
        case "record":
            ids.append((await home.record(amount=f"-{dice.randint(1, 99)}.00", payee=f"P{dice.randint(1, 5)}"))["id"])
        case "change":
            await home.ask("PATCH", path, {"description": f"d{dice.random()}"})
        case "delete":
            await home.ask("DELETE", path)
        case "restore":
            await home.ask("POST", f"{path}/restore")
        case "rename":
            granted(await home.ask("PATCH", f"/accounts/{home.checking_id}", {"description": f"{dice.random()}"}))
        case "state":
            day = f"2026-03-{dice.randint(1, 28):02}"
            stated = {"account": "Assets:Checking", "date": day, "amount": f"-{dice.randint(1, 99)}.00"}
            await home.ask("POST", "/checkpoints", stated)
        case "reconcile":
            held = (await home.balance(home.checking_id)).get("EUR", "0")
            statement = {"date": f"2026-0{dice.randint(3, 9)}-28", "balance": held, "automatic": True}
            await home.ask("POST", f"/accounts/{home.checking_id}/reconciliations", statement)
        case "undo":
            await home.ask("POST", f"/changes/{await home.revision()}/undo")


async def test_a_copy_made_of_pages_with_writes_and_a_crash_in_between_is_exact(household: Household) -> None:
    dice = random.Random(3)
    ids: list[str] = []
    mirror = Mirror(household, limit=3)
    for step in range(120):
        await some_write(household, dice, ids)
        if step % 3 == 0:
            kept = mirror.after, mirror.cursor
            await mirror.turn()
            if step % 4 == 0:  # it crashed before it noted how far it had come
                mirror.after, mirror.cursor = kept
    await mirror.catch_up()
    assert reckoned(mirror.records) == await digest_of(household)
    for _ in range(20):
        await some_write(household, dice, ids)
    await mirror.catch_up()
    assert reckoned(mirror.records) == await digest_of(household)
    assert (await household.got("/changes", params={"include": "records", "after": mirror.after}))["data"] == []


async def test_added_is_told_from_changed_and_from_removed(household: Household) -> None:
    kept, gone, back = [(await household.record())["id"] for _ in range(3)]
    granted(await household.ask("DELETE", f"/transactions/{back}"), 204)
    mirror = Mirror(household, limit=200)
    await mirror.catch_up()
    assert {action for action, kind, record_id in mirror.told if record_id != back} == {"added"}
    mirror.told.clear()
    new = (await household.record())["id"]
    short = (await household.record())["id"]
    granted(await household.ask("PATCH", f"/transactions/{kept}", {"payee": "x"}))
    granted(await household.ask("PATCH", f"/transactions/{new}", {"payee": "x"}))
    for each in (gone, short):
        granted(await household.ask("DELETE", f"/transactions/{each}"), 204)
    granted(await household.ask("POST", f"/transactions/{back}/restore"))
    await mirror.catch_up()
    told = {(action, record_id) for action, kind, record_id in mirror.told if kind == "transaction"}
    # Whoever follows may have seen what came and went: it is told as removed, which does no harm.
    assert told == {("added", new), ("changed", kept), ("removed", gone), ("removed", short), ("added", back)}


async def test_an_import_is_followed_too(household: Household) -> None:
    granted(await household.bring(b"Date,Description,Amount\n2026-03-05,Bakery,-3.20\n"), 201)
    mirror = Mirror(household)
    await mirror.catch_up()
    assert reckoned(mirror.records) == await digest_of(household)
    assert {"import", "transaction", "account"} <= {kind for kind, _ in mirror.records}


async def test_a_cursor_is_good_for_its_own_question_only(household: Household) -> None:
    await household.record()
    wanted: dict[str, Any] = {"include": "records", "limit": 2}
    cursor = (await household.got("/changes", params=wanted))["next_cursor"]
    for params in (
        {**wanted, "after": 1, "cursor": cursor},
        {**wanted, "cursor": "nonsense"},
        {"limit": 2, "cursor": cursor},
    ):
        refused(await household.ask("GET", "/changes", params=params), 400, "cursor_malformed", parameter="cursor")
