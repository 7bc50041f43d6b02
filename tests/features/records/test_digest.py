"""The digest: what two books that hold the same have in common."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.features.answers import granted
from tests.features.changes.mirror import Mirror
from tests.household import Household


async def digest_of(home: Household) -> str:
    return str((await home.got("/digest"))["digest"])


def reckoned(records: dict[tuple[str, str], dict[str, Any]]) -> str:
    """The digest as the documentation says that it is reckoned."""
    digest = hashlib.sha256()
    for kind, record_id in sorted(records):
        record = records[kind, record_id]
        content = {name: value for name, value in record.items() if not name.endswith(("revision", "_at"))}
        line = json.dumps([kind, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


async def test_who_follows_the_book_reckons_the_same(household: Household) -> None:
    await household.record(payee="Café", metadata={"ünïcode": "✓", "count": 3})
    mirror = Mirror(household)
    await mirror.catch_up()
    read = await household.got("/digest")
    assert read == {
        "digest": reckoned(mirror.records),
        "records": len(mirror.records),
        "revision": await household.revision(),
    }


async def test_any_change_to_what_the_book_holds_changes_it(household: Household) -> None:
    made = await household.record()
    seen = {await digest_of(household)}
    for changes in ({"payee": "x"}, {"amount": "-1.00"}, {"date": "2026-03-02"}, {"metadata": {"a": True}}):
        granted(await household.ask("PATCH", f"/transactions/{made['id']}", changes))
        seen.add(await digest_of(household))
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"description": "ours"}))
    seen.add(await digest_of(household))
    assert len(seen) == 6


async def test_when_something_was_written_does_not_matter(household: Household) -> None:
    made = await household.record(description="one")
    before = await digest_of(household)
    for words in ("two", "one"):
        granted(await household.ask("PATCH", f"/transactions/{made['id']}", {"description": words}))
    assert await digest_of(household) == before
