"""Undo, whatever was done: a person's whims are taken back one by one, and nothing of them is left."""

from __future__ import annotations

import random

import pytest
from tests.features.answers import granted
from tests.features.changes.mirror import Mirror
from tests.features.records.test_digest import digest_of, reckoned
from tests.household import Household
from tests.whims import Person

STEPS = 60


@pytest.mark.parametrize("seed", [2, 3])
async def test_whims_undone_backwards_leave_no_trace_and_who_follows_holds_what_the_book_holds(
    household: Household, seed: int
) -> None:
    me, mirror = Person(household, random.Random(seed)), Mirror(household)
    digests = {await household.revision(): await digest_of(household)}
    for step in range(STEPS):
        await me.act()
        digests.setdefault(await household.revision(), await digest_of(household))
        if step % 5 == 0:
            await mirror.turn()
    await mirror.catch_up()
    assert reckoned(mirror.records) == await digest_of(household)
    first, last = min(digests), max(digests)
    assert last - first > STEPS // 3, "hardly anything was let happen"
    undos = []
    for revision in range(last, first, -1):
        undos.append(granted(await household.ask("POST", f"/changes/{revision}/undo"))["revision"])
        assert await digest_of(household) == digests[revision - 1], f"revision {revision}"
    for back, undo in enumerate(reversed(undos), first + 1):
        granted(await household.ask("POST", f"/changes/{undo}/undo"))
        assert await digest_of(household) == digests[back], f"revision {back}"
    await mirror.catch_up()
    assert reckoned(mirror.records) == await digest_of(household)
