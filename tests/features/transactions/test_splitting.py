"""Splitting: one line on a category becomes several that add up to it exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.features.answers import granted, refused
from tests.household import Household

from farthing.ledger.money import allocate

FOOD, RENT, FEES = "Expenses:Food:Groceries", "Expenses:Housing:Rent", "Expenses:Fees"


async def split(home: Household, transaction_id: str, *lines: dict[str, Any], **options: Any) -> Any:
    return await home.ask("POST", f"/transactions/{transaction_id}/split", {"lines": list(lines)}, **options)


def amounts(transaction: Any) -> list[str]:
    return [posting["amount"] for posting in transaction["postings"]]


async def test_amounts_go_first_and_the_rest_is_shared_by_weight(household: Household) -> None:
    made = await household.record("-10.00", category=FOOD, payee="Corner Shop")
    lines = [
        {"category": FEES, "amount": "-2.99", "memo": "delivery"},
        {"category": FOOD, "weight": "2"},
        {"category": RENT},
    ]
    answer = await split(household, made["id"], *lines)
    done = granted(answer)
    assert amounts(done) == ["-10.00", "2.99", "4.67", "2.34"]
    assert [each["account"] for each in done["postings"][1:]] == [FEES, FOOD, RENT]
    assert done["postings"][1]["memo"] == "delivery"
    assert done["postings"][1]["id"] == made["postings"][1]["id"]
    assert done["postings"][0] == made["postings"][0]
    assert done["payee"] == "Corner Shop"
    assert answer.headers["etag"] == f'"{done["revision"]}"'
    change = await household.got(f"/changes/{done['revision']}")
    assert change["summary"] == "Split a transaction into 3 lines."
    assert await household.trial_balance() == {"EUR": "0.00"}


async def test_percentages_are_of_what_the_amounts_leave(household: Household) -> None:
    made = await household.record("-10.01", category=FOOD)
    lines = [
        {"category": FOOD, "percent": "33.4"},
        {"category": FEES, "amount": "-0.01"},
        {"category": RENT, "percent": "66.6"},
    ]
    assert amounts(granted(await split(household, made["id"], *lines))) == ["-10.01", "3.34", "0.01", "6.66"]


async def test_a_line_may_go_the_other_way(household: Household) -> None:
    made = await household.record("-10.00", category=FOOD)
    done = granted(await split(household, made["id"], {"category": FEES, "amount": "2.50"}, {"category": FOOD}))
    assert amounts(done) == ["-10.00", "-2.50", "12.50"]


async def test_a_part_of_an_exchange_is_split_too(household: Household) -> None:
    dollars = await household.open_account("Dollars", currency="USD")
    postings = [
        {"account": "Assets:Checking", "amount": "-100"},
        {"account": dollars["id"], "amount": "105"},
        {"account": FEES, "amount": "2", "currency": "EUR"},
    ]
    made = await household.made("/transactions", {"date": "2026-03-01", "postings": postings})
    done = granted(await split(household, made["id"], {"category": FEES}, {"category": FOOD}, {"category": RENT}))
    assert amounts(done) == ["-100.00", "105.00", "0.67", "0.67", "0.66"]
    whole = await household.got(f"/transactions/{made['id']}?generated=true")
    assert sum(posting["generated"] for posting in whole["postings"]) == 2


@pytest.mark.parametrize(
    ("lines", "code", "pointer"),
    [
        ([{"category": FOOD, "amount": "-1"}], "split_uneven", "/lines"),
        ([{"category": FOOD, "amount": "-10"}, {"category": FEES}], "split_uneven", "/lines"),
        ([{"category": FOOD, "amount": "-11"}, {"category": FEES}], "split_uneven", "/lines"),
        ([{"category": FOOD, "percent": "50"}, {"category": FEES, "percent": "49.9"}], "split_uneven", "/lines"),
        ([{"category": FOOD, "percent": "50"}, {"category": FEES, "weight": "50"}], "split_mixed", "/lines"),
        ([{"category": FOOD, "percent": "50"}, {"category": FEES}], "split_mixed", "/lines"),
        ([{"category": FOOD, "amount": "-1", "weight": "1"}, {"category": FEES}], "split_mixed", "/lines/0"),
        ([{"category": FEES}, {"category": FOOD, "amount": "-1.001"}], "amount_too_fine", "/lines/1/amount"),
        ([{"category": FEES}, {"category": "Assets:Checking"}], "category_unfit", "/lines/1/category"),
        ([{"category": FEES}, {"category": "Expenses:Fods"}], "account_unknown", "/lines/1/category"),
        ([{"category": FEES, "weight": "0"}], "request_invalid", "/lines/0/weight"),
        ([{"category": FEES, "weight": "-1"}], "request_invalid", "/lines/0/weight"),
        ([{"category": FEES, "percent": 50}], "request_invalid", "/lines/0/percent"),
        ([], "request_invalid", "/lines"),
        ([{"category": FEES}] * 200, "request_invalid", "/lines"),
    ],
)
async def test_lines_that_are_no_shares_are_refused(
    household: Household, lines: list[dict[str, Any]], code: str, pointer: str
) -> None:
    made = await household.record("-10.00", category=FOOD)
    revision = await household.revision()
    refused(await split(household, made["id"], *lines), 422, code, pointer=pointer)
    assert await household.revision() == revision
    assert (await household.got(f"/transactions/{made['id']}")) == made


async def test_only_one_line_on_a_category_is_split(household: Household) -> None:
    await household.open_account("Savings", currency="EUR")
    moved = await household.made(
        "/transactions", {"date": "2026-03-01", "amount": "1", "from": "Assets:Checking", "to": "Assets:Savings"}
    )
    refused(await split(household, moved["id"], {"category": FOOD}), 409, "transaction_not_simple")
    made = await household.record("-10.00", category=FOOD)
    granted(await split(household, made["id"], {"category": FOOD}, {"category": RENT}))
    refused(await split(household, made["id"], {"category": FOOD}), 409, "transaction_not_simple")
    unknown = await split(household, household.checking_id, {"category": FOOD})
    refused(unknown, 404, "transaction_not_found")


async def test_a_split_keeps_to_lock_and_entity_tag_and_can_be_tried_dry(household: Household) -> None:
    made = await household.record("-10.00", category=FOOD)
    lines = ({"category": FOOD}, {"category": RENT})
    stale = await split(household, made["id"], *lines, headers={"If-Match": '"1"'})
    refused(stale, 412, "revision_stale")
    dry = await split(household, made["id"], *lines, params={"dry_run": "true"})
    assert amounts(granted(dry)) == ["-10.00", "5.00", "5.00"]
    assert await household.got(f"/transactions/{made['id']}") == made
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    refused(await split(household, made["id"], *lines), 409, "period_locked")
    granted(await split(household, made["id"], *lines, params={"override_lock": "true"}))


@given(
    cents=st.integers(-(10**12), 10**12).filter(bool),
    weights=st.lists(st.decimals("0.001", 1000, places=3), min_size=1, max_size=8),
)
@settings(max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_the_weights_the_lines_add_up(household: Household, cents: int, weights: list[Decimal]) -> None:
    amount = Decimal(cents).scaleb(-2)
    made = await household.record(f"{amount:f}", category=FOOD)
    done = granted(await split(household, made["id"], *({"category": FEES, "weight": f"{each:f}"} for each in weights)))
    assert [-Decimal(each) for each in amounts(done)[1:]] == allocate(amount, weights, 2)
