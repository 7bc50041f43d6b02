"""What a person recorded as cleared, and the bank's file brings again: proposed, made one, or told apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Household

MARCH = {"date_from": "2026-02-15", "date_to": "2026-03-31"}
LUNCH = b"Date,Description,Amount\n2026-03-05,SQ JOES DINER 0442,-48.00\n"
COFFEES = b"Date,Description,Amount\n2026-03-05,ESPRESSO BAR,-3.20\n2026-03-05,ESPRESSO BAR,-3.20\n"
STATEMENT = b"""OFXHEADER:100
DATA:OFXSGML

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260305<TRNAMT>-48.00<FITID>1<NAME>SQ JOES DINER</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>952.00<DTASOF>20260305</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


async def found(home: Household, **wanted: Any) -> list[Any]:
    return list((await home.got("/matches", params={**MARCH, **wanted}))["data"])


async def recorded(home: Household, **wanted: Any) -> Any:
    """Lunch, as a person records it: nobody says that it is pending."""
    facts = {"date": "2026-03-04", "payee": "Joe's Diner", "category": "Expenses:Food", **wanted}
    read = await home.record("-48.00", **facts)
    assert read["status"] == "cleared"
    return read


async def brought(home: Household, data: bytes = LUNCH, created: int = 1, **wanted: Any) -> None:
    read = granted(await home.bring(data, **wanted), 201)
    assert read["created"] == created


async def accepted(home: Household, match: Any) -> Any:
    body = {"kind": match["kind"], "transaction_ids": match["transaction_ids"]}
    return granted(await home.ask("POST", "/matches/accept", body))


async def test_what_a_person_recorded_and_the_bank_brings_again_becomes_one(
    household: Household, superuser: asyncpg.Connection
) -> None:
    ours = await recorded(household, notes="With Grace.", tags=["lunch"], metadata={"with": "Grace"})
    assert await found(household) == []
    await brought(household)
    assert await household.balance(household.checking_id) == {"EUR": "-96.00"}
    (match,) = await found(household)
    theirs = match["transaction_ids"][1]
    assert (match["kind"], match["transaction_ids"][0], match["score"]) == ("posted", ours["id"], "0.88")
    codes = [reason["code"] for reason in match["reasons"]]
    assert codes == ["recorded_by_hand", "amount_equal", "days_apart", "shared_words", "uncategorised"]
    assert [side["status"] for side in match["sides"]] == ["cleared", "cleared"]
    apart = (await household.got("/digest"))["digest"]

    read = await accepted(household, match)
    assert (read["id"], read["date"], read["status"]) == (ours["id"], "2026-03-05", "cleared")
    assert (read["payee"], read["notes"], read["metadata"]) == ("Joe's Diner", "With Grace.", {"with": "Grace"})
    assert [tag["name"] for tag in read["tags"]] == ["lunch"]
    assert [(line["id"], line["account"], line["amount"]) for line in read["postings"]] == [
        (ours["postings"][0]["id"], "Assets:Checking", "-48.00"),
        (ours["postings"][1]["id"], "Expenses:Food", "48.00"),
    ]
    assert await household.balance(household.checking_id) == {"EUR": "-48.00"}
    assert set((await household.trial_balance()).values()) == {"0.00"}
    line = await superuser.fetchrow(
        "SELECT transaction_id, posting_id FROM statement_lines WHERE book_id = $1", UUID(household.book_id)
    )
    assert tuple(map(str, line)) == (ours["id"], ours["postings"][0]["id"])
    refused(await household.ask("GET", f"/transactions/{theirs}"), 404, "transaction_not_found")
    await check_book(superuser, household.book_id)

    again = granted(await household.bring(LUNCH), 201)
    assert (again["created"], again["duplicates"]) == (0, 1)
    assert await found(household) == []
    granted(await household.ask("POST", f"/changes/{read['revision']}/undo"))
    assert (await household.got("/digest"))["digest"] == apart
    assert [each["transaction_ids"] for each in await found(household)] == [match["transaction_ids"]]


async def test_what_was_turned_down_stays_two(household: Household) -> None:
    await recorded(household)
    await brought(household)
    (match,) = await found(household)
    body = {"kind": "posted", "transaction_ids": match["transaction_ids"]}
    await household.made("/matches/reject", body)
    assert await found(household) == []
    granted(await household.bring(LUNCH), 201)
    assert await found(household) == []


async def test_equal_purchases_of_a_day_pair_up_one_to_one(household: Household) -> None:
    coffees = [
        await household.record("-3.20", date="2026-03-05", payee="Espresso Bar", category="Expenses:Food")
        for _ in range(2)
    ]
    await brought(household, COFFEES, created=2)
    matches = await found(household)
    assert len(matches) == 2
    assert {match["transaction_ids"][0] for match in matches} == {coffee["id"] for coffee in coffees}
    assert len({match["transaction_ids"][1] for match in matches}) == 2
    for match in matches:
        await accepted(household, match)
    assert await found(household) == []
    assert await household.balance(household.checking_id) == {"EUR": "-6.40"}
    again = granted(await household.bring(COFFEES), 201)
    assert (again["created"], again["duplicates"]) == (0, 2)


async def test_two_of_a_kind_are_no_match(household: Household) -> None:
    """Two that a person recorded, or two that the bank brought: the one is as good as the other."""
    one, other = await recorded(household), await recorded(household)
    assert await found(household) == []
    answer = await household.ask("POST", f"/transactions/{one['id']}/merge", {"with": other["id"]})
    refused(answer, 409, "match_unfit")
    for each in (one, other):
        granted(await household.ask("DELETE", f"/transactions/{each['id']}"), 204)
    await brought(household, COFFEES, created=2)
    assert await found(household) == []
    pair = [each["id"] for each in (await household.got("/transactions"))["data"]]
    body = {"kind": "posted", "transaction_ids": pair}
    refused(await household.ask("POST", "/matches/accept", body), 409, "match_unfit")


async def test_what_was_reconciled_by_hand_is_not_looked_at_again(household: Household) -> None:
    await recorded(household)
    body = {"date": "2026-03-04", "balance": "-48.00", "automatic": True}
    await household.made(f"/accounts/{household.checking_id}/reconciliations", body)
    await brought(household)
    assert await found(household) == []


async def test_a_transfer_recorded_by_hand_takes_what_either_bank_brings(household: Household) -> None:
    savings = await household.open_account("Savings", currency="EUR", type="savings")
    body = {"date": "2026-03-04", "amount": "48.00", "from": "Assets:Checking", "to": "Assets:Savings"}
    ours = await household.made("/transactions", body)
    await brought(household)
    (match,) = await found(household, kind="posted")
    assert (await accepted(household, match))["date"] == "2026-03-05"
    await brought(household, b"Date,Description,Amount\n2026-03-06,CREDIT,48.00\n", account="Assets:Savings")
    (match,) = await found(household, kind="posted")
    assert match["transaction_ids"][0] == ours["id"]
    read = await accepted(household, match)
    assert (read["date"], read["value_date"]) == ("2026-03-05", "2026-03-06"), "the first bank's, and the second's"
    assert await household.balance(household.checking_id) == {"EUR": "-48.00"}
    assert await household.balance(savings["id"]) == {"EUR": "48.00"}
    assert await found(household) == []


@pytest.mark.parametrize("policy", ["refuse", "flag"])
@pytest.mark.parametrize(("day", "outstanding"), [("2026-02-27", "48.00"), ("2026-03-07", "0")])
async def test_a_checkpoint_between_the_two_days_holds_still(
    household: Household, superuser: asyncpg.Connection, policy: str, day: str, outstanding: str
) -> None:
    """It holds what was said of the bank by then: by the person, if theirs was the earlier day, or else by the file."""
    granted(await household.ask("PATCH", "", {"checkpoint_policy": policy}))
    data = LUNCH.replace(b"2026-03-05", b"2026-03-02")
    await recorded(household, date=day)
    await brought(household, data)
    between = "2026-02-28" if day < "2026-03-02" else "2026-03-05"
    await household.made("/checkpoints", {"account": "Assets:Checking", "date": between, "amount": "-48.00"})
    apart = (await household.got("/digest"))["digest"]
    (match,) = await found(household)
    read = await accepted(household, match)
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert (checkpoint["state"], Decimal(checkpoint["outstanding"])) == ("holds", Decimal(outstanding))
    await check_book(superuser, household.book_id)
    granted(await household.ask("POST", f"/changes/{read['revision']}/undo"))
    assert (await household.got("/digest"))["digest"] == apart


async def test_a_checkpoint_that_a_double_broke_is_mended(household: Household) -> None:
    await household.made("/checkpoints", {"account": "Assets:Checking", "date": "2026-03-31", "amount": "-48.00"})
    await recorded(household)
    await brought(household)
    assert (await household.got("/checkpoints"))["data"][0]["state"] == "broken"
    (match,) = await found(household)
    await accepted(household, match)
    assert (await household.got("/checkpoints"))["data"][0]["state"] == "holds"


async def test_an_opening_balance_that_counted_a_double_is_told_by_its_checkpoint(household: Household) -> None:
    await recorded(household)
    await brought(household, STATEMENT)
    assert await household.balance(household.checking_id) == {"EUR": "952.00"}
    (match,) = await found(household)
    await accepted(household, match)
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert (checkpoint["state"], Decimal(checkpoint["difference"])) == ("broken", Decimal("-48.00"))
