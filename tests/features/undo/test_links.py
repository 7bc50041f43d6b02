"""Undo among links, reversals and merges: what hangs together comes back together, or the answer says why not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.features.records.test_digest import digest_of
from tests.household import Household

BANK = b"Date,Description,Amount\n2026-03-05,JOES DINER,-48.00\n"


async def undo(home: Household, revision: int, status: int = 200) -> Any:
    return granted(await home.ask("POST", f"/changes/{revision}/undo"), status)


async def linked(home: Household) -> tuple[Any, Any, Any]:
    spent = await home.record("-80.00", category="Expenses:Shopping")
    back = await home.record("30.00", category="Expenses:Shopping")
    ends = {"from_posting_id": spent["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    return spent, back, await home.made("/links", {"kind": "refund", **ends})


async def test_a_line_does_not_go_from_under_its_link_by_undo(household: Household) -> None:
    small = await household.record("-10.00", category="Expenses:Shopping")
    grown = granted(await household.ask("PATCH", f"/transactions/{small['id']}", {"amount": "-90.00"}))
    _, back, link = await linked(household)
    another = {"from_posting_id": grown["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    granted(await household.ask("PATCH", f"/links/{link['id']}", {"amount": "1.00"}))
    second = await household.made("/links", {"kind": "refund", "amount": "20.00", **another})
    before = await digest_of(household)
    for revision, named in ((back["revision"], (link["id"], second["id"])), (grown["revision"], (second["id"],))):
        for params in ({}, {"dry_run": "true"}):
            answer = await household.ask("POST", f"/changes/{revision}/undo", params=params)
            detail = refused(answer, 409, "line_linked")["detail"]
            assert any(each in detail for each in named)
    assert await digest_of(household) == before


async def test_a_link_comes_back_if_its_lines_still_bear_it(household: Household) -> None:
    spent, _, link = await linked(household)
    granted(await household.ask("DELETE", f"/links/{link['id']}"), 204)
    gone = await household.revision()
    shrunk = granted(await household.ask("PATCH", f"/transactions/{spent['id']}", {"amount": "-20.00"}))
    refused(await household.ask("POST", f"/changes/{gone}/undo"), 409, "line_linked")
    await undo(household, shrunk["revision"])
    await undo(household, gone)
    assert (await household.got(f"/links/{link['id']}"))["amount"] == "30.00"
    await undo(household, link["revision"] + 4)
    granted(await household.ask("DELETE", f"/transactions/{spent['id']}"), 204)


async def test_a_merge_of_pending_and_posted_is_undone(household: Household, superuser: asyncpg.Connection) -> None:
    ours = await household.record("-40.00", date="2026-03-04", status="pending", category="Expenses:Food")
    granted(await household.bring(BANK), 201)
    theirs = (await household.got("/transactions", params={"limit": 1}))["data"][0]
    before = await digest_of(household)
    merged = granted(await household.ask("POST", f"/transactions/{ours['id']}/merge", {"with": theirs["id"]}))
    undone = await undo(household, merged["revision"])
    assert (undone["restored"], undone["changed"]) == (1, 2)
    assert await digest_of(household) == before
    line = await superuser.fetchrow(
        "SELECT transaction_id, posting_id FROM statement_lines WHERE book_id = $1", UUID(household.book_id)
    )
    assert (str(line["transaction_id"]), str(line["posting_id"])) == (theirs["id"], theirs["postings"][0]["id"])
    await check_book(superuser, household.book_id)


async def test_what_stands_in_the_way_is_told_in_words(household: Household) -> None:
    ours = await household.record("-48.00", date="2026-03-04", status="pending")
    granted(await household.bring(b"Date,Description,Amount\n2026-03-05,Joe,-48.00\n"), 201)
    imported = await household.revision()
    (theirs,) = (await household.got("/transactions", params={"date_from": "2026-03-05"}))["data"]
    body = {"kind": "posted", "transaction_ids": [ours["id"], theirs["id"]]}
    merged = granted(await household.ask("POST", "/matches/accept", body))
    read = refused(await household.ask("POST", f"/changes/{imported}/undo"), 409, "change_superseded")
    (told,) = [blame["detail"] for blame in read["errors"]]
    assert told.startswith("Statement line ")
    assert told.endswith(f" was changed at revision {merged['revision']}.")


async def test_a_merged_transfer_is_undone_and_done_again(household: Household) -> None:
    await household.open_account("Savings", currency="EUR", type="savings")
    giver = await household.record("-200.00")
    taker = await household.record("200.00", account="Assets:Savings")
    apart = await digest_of(household)
    body = {"kind": "transfer", "transaction_ids": [taker["id"], giver["id"]]}
    merged = granted(await household.ask("POST", "/matches/accept", body))
    together = await digest_of(household)
    undone = await undo(household, merged["revision"])
    assert await digest_of(household) == apart
    await undo(household, undone["revision"])
    assert await digest_of(household) == together


async def test_a_reversal_and_a_rejection_are_undone(household: Household) -> None:
    made, other = await household.record(), await household.record("12.50")
    before = await digest_of(household)
    mirror = await household.made(f"/transactions/{made['id']}/reverse", {})
    answer = await household.ask("POST", f"/changes/{made['revision']}/undo")
    assert mirror["id"] in refused(answer, 409, "change_superseded")["detail"]
    await undo(household, mirror["revision"])
    no = await household.made("/matches/reject", {"kind": "posted", "transaction_ids": [made["id"], other["id"]]})
    await undo(household, no["revision"])
    assert await digest_of(household) == before
