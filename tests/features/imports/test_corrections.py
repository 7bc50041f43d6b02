"""What a bank corrects of what it told before: one in the place of another, or one taken back."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.imports.test_rows import OFX, drafted, ofx, rows_of
from tests.features.records.test_digest import digest_of
from tests.household import Household

FIRST = ofx(("20260301", "-12.50", "A1", "SHOP 12"), ("20260302", "-3.00", "B1", "CAFE"))
CORRECTING = (
    "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}<CORRECTFITID>{of}"
    "<CORRECTACTION>{action}<NAME>{name}</STMTTRN>"
)


def correcting(action: str, of: str = "A1", *, id_: str = "A2", amount: str = "-12.05", before: str = "") -> bytes:
    """A file of one correction, behind what stands ``before`` it."""
    row = CORRECTING.format(day="20260303", amount=amount, id=id_, of=of, action=action, name="SHOP TWELVE")
    return OFX.format(rows=before + row).encode()


async def booked(home: Household) -> list[Any]:
    """All transactions, newest first."""
    return list((await home.got("/transactions"))["data"])


async def test_a_replacement_comes_in_the_place_of_what_it_corrects(household: Household) -> None:
    granted(await household.bring(FIRST), 201)
    old = (await booked(household))[1]
    said = {"category": "Expenses:Food:Groceries", "notes": "For the party"}
    granted(await household.ask("PATCH", f"/transactions/{old['id']}", said))
    before = await digest_of(household)
    draft = await drafted(household, correcting("REPLACE"))
    (row,) = await rows_of(household, draft)
    told = (row["decision"], row["of_transaction_id"], row["corrects"], row["reasons"][0]["code"])
    assert told == ("replaces", old["id"], "A1", "corrected")
    assert (draft["created"], draft["replaced"], draft["warnings"]) == (0, 1, [])
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["created"], committed["replaced"]) == (0, 1)
    new, cafe = await booked(household)
    assert (new["id"], new["date"], new["payee"], new["notes"]) == (
        old["id"],
        "2026-03-03",
        "SHOP TWELVE",
        "For the party",
    )
    assert [(line["account"], line["amount"]) for line in new["postings"]] == [
        ("Assets:Checking", "-12.05"),
        ("Expenses:Food:Groceries", "12.05"),
    ]
    assert cafe["payee"] == "CAFE"
    for again in (FIRST, correcting("REPLACE")):
        assert granted(await household.bring(again), 201)["revision"] is None
    granted(await household.ask("DELETE", f"/imports/{draft['id']}"), 204)
    assert await digest_of(household) == before


async def test_a_deletion_takes_out_what_it_corrects(household: Household) -> None:
    granted(await household.bring(FIRST), 201)
    old = (await booked(household))[1]
    before = await digest_of(household)
    file = correcting("DELETE", amount="-12.50")
    draft = await drafted(household, file)
    (row,) = await rows_of(household, draft)
    assert (row["kind"], row["decision"], row["of_transaction_id"]) == ("deletion", "deletes", old["id"])
    path = f"/imports/{draft['id']}/rows/{row['id']}"
    refused(await household.ask("PATCH", path, {"decision": "new"}), 422, "import_row_undecidable", pointer="/decision")
    granted(await household.ask("PATCH", path, {"decision": "skip"}))
    granted(await household.ask("PATCH", path, {"decision": "deletes"}))
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["created"], committed["deleted"]) == (0, 1)
    assert [each["payee"] for each in await booked(household)] == ["CAFE"]
    again = granted(await household.bring(file), 201)
    assert (again["deleted"], again["duplicates"], again["warnings"], again["revision"]) == (0, 1, [], None)
    assert granted(await household.bring(FIRST), 201)["created"] == 0
    granted(await household.ask("DELETE", f"/imports/{draft['id']}"), 204)
    assert await digest_of(household) == before


@pytest.mark.parametrize(("action", "created", "left_out"), [("REPLACE", 1, 0), ("DELETE", 0, 1)])
async def test_what_corrects_nothing_that_is_known_is_told(
    household: Household, action: str, created: int, left_out: int
) -> None:
    brought = granted(await household.bring(correcting(action)), 201)
    assert (brought["created"], brought["left_out"]) == (created, left_out)
    (warning,) = brought["warnings"]
    assert "with its id A1" in warning


@pytest.mark.parametrize("action", ["REPLACE", "DELETE"])
async def test_a_file_that_told_of_both_leaves_one_or_none(household: Household, action: str) -> None:
    before = CORRECTING.split("<CORRECTFITID>", maxsplit=1)[0] + "<NAME>SHOP</STMTTRN>"
    file = correcting(action, before=before.format(day="20260301", amount="-12.50", id="A1"))
    brought = granted(await household.bring(file), 201)
    assert (brought["created"], brought["warnings"]) == (int(action == "REPLACE"), [])
    # The one before it may have come with an earlier file all the same.
    granted(await household.ask("DELETE", f"/imports/{brought['id']}"), 204)
    granted(await household.bring(FIRST), 201)
    granted(await household.bring(file), 201)
    amounts = [each["postings"][0]["amount"] for each in await booked(household)]
    assert amounts == (["-12.05", "-3.00"] if action == "REPLACE" else ["-3.00"])


async def test_a_transaction_that_bears_its_own_id_anew_is_one(household: Household) -> None:
    same = correcting("REPLACE", id_="A1", amount="-12.50")
    assert granted(await household.bring(same), 201)["warnings"] == []
    assert granted(await household.bring(same), 201)["revision"] is None
    changed = granted(await household.bring(correcting("REPLACE", id_="A1", amount="-13.00")), 201)
    assert (changed["created"], changed["replaced"]) == (0, 1)
    assert await household.balance(household.checking_id) == {"EUR": "-13.00"}


async def test_of_what_is_split_and_of_a_transfer_nothing_is_lost(household: Household) -> None:
    """Of the one, what the parts don't come to any more is left open; of the other, the other bank's side stays."""
    granted(await household.bring(FIRST), 201)
    _, shop = await booked(household)
    postings = [
        {**{name: shop["postings"][0][name] for name in ("id", "account", "amount", "currency")}},
        {"account": "Expenses:Food", "amount": "10.00", "currency": "EUR"},
        {"account": "Expenses:Leisure", "amount": "2.50", "currency": "EUR"},
    ]
    granted(await household.ask("PATCH", f"/transactions/{shop['id']}", {"postings": postings}))
    granted(await household.bring(correcting("REPLACE")), 201)
    kept = await household.got(f"/transactions/{shop['id']}")
    assert [line["amount"] for line in kept["postings"]] == ["-12.05", "10.00", "2.50", "-0.45"]
    await household.open_account("Savings", currency="EUR", type="savings")
    other = b"Date;Amount;Payee\n2026-03-02;3.00;From checking\n"
    brought = granted(await household.bring(other, account="Assets:Savings"), 201)
    assert brought["merged"] == 1
    granted(await household.bring(correcting("DELETE", "B1", id_="B2")), 201)
    (left,) = [each for each in await booked(household) if each["id"] != shop["id"]]
    assert [(line["account"], line["amount"]) for line in left["postings"]] == [
        ("Assets:Savings", "3.00"),
        ("Income:Uncategorised", "-3.00"),
    ]


async def test_postgresql_keeps_deletions_to_what_they_are(household: Household, superuser: asyncpg.Connection) -> None:
    granted(await household.bring(FIRST), 201)
    draft = await drafted(household, correcting("DELETE"))
    for broken in ("decision = 'new'", "corrects = NULL", "of_transaction_id = NULL", "kind = 'line'"):
        with pytest.raises(asyncpg.CheckViolationError, match="deletion_of_one"):
            await superuser.execute(f"UPDATE import_rows SET {broken} WHERE import_id = $1", draft["id"])
