"""Refunds and reimbursements: links between lines, and lines that don't go from under them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Client, Household, Person

from farthing.kit import ids

SHOES, REFUND = "-80.00", "30.00"
CLOTHING = "Expenses:Shopping:Clothing"


async def spending(home: Household, amount: str = SHOES, **wanted: Any) -> Any:
    """A transaction with one line on an expense account."""
    return await home.record(amount, **{"category": "Expenses:Shopping", **wanted})


def category_line(transaction: Any) -> str:
    return str(transaction["postings"][1]["id"])


def ends(spent: Any, back: Any, **wanted: Any) -> dict[str, Any]:
    return {"kind": "refund", "from_posting_id": category_line(spent), "to_posting_id": category_line(back), **wanted}


async def linked(home: Household, spent: str = SHOES, back: str = REFUND, **wanted: Any) -> tuple[Any, Any, Any]:
    one, other = await spending(home, spent), await spending(home, back)
    return one, other, await home.made("/links", ends(one, other, **wanted))


async def test_a_refund_is_linked_to_what_was_spent(household: Household) -> None:
    spent, back, link = await linked(household, note="The blue shoes")
    assert link == {
        "id": link["id"],
        "kind": "refund",
        "from_posting_id": category_line(spent),
        "from_transaction_id": spent["id"],
        "to_posting_id": category_line(back),
        "to_transaction_id": back["id"],
        "amount": "30.00",
        "currency": "EUR",
        "note": "The blue shoes",
        "created_revision": link["revision"],
        "revision": await household.revision(),
        "created_at": link["created_at"],
        "changed_at": link["created_at"],
    }
    assert await household.got(f"/links/{link['id']}") == link
    changes = (await household.got("/changes", params={"after": link["revision"] - 1}))["data"]
    assert [change["summary"] for change in changes] == ["Linked a refund."]


async def test_what_one_spent_comes_back_in_many_lines_and_the_other_way_round(household: Household) -> None:
    spent = [await spending(household, "-60.00"), await spending(household, "-50.00")]
    back = [await spending(household, "70.00"), await household.record("40.00", category="Income:Other")]
    for one, other, amount in ((0, 0, "60.00"), (1, 0, "10.00"), (1, 1, "40.00")):
        await household.made("/links", ends(spent[one], back[other], amount=amount, kind="reimbursement"))
    for one, other in ((0, 1), (0, 0)):
        answer = await household.ask("POST", "/links", ends(spent[one], back[other], amount="0.01"))
        refused(answer, 409, "line_exhausted", pointer="/amount")
    assert len((await household.got("/links", params={"transaction_id": spent[1]["id"]}))["data"]) == 2
    assert len((await household.got("/links", params={"posting_id": category_line(back[1])}))["data"]) == 1
    assert len((await household.got("/links", params={"kind": "reimbursement"}))["data"]) == 3
    assert (await household.got("/links", params={"kind": "refund"}))["data"] == []
    first = await household.got("/links", params={"limit": 2})
    rest = await household.got("/links", params={"limit": 2, "cursor": first["next_cursor"]})
    assert [len(first["data"]), len(rest["data"]), rest["next_cursor"]] == [2, 1, None]


async def test_without_an_amount_a_link_takes_what_is_left(household: Household) -> None:
    spent, back, _ = await linked(household, amount="12.00")
    more = await spending(household, "100.00")
    assert (await household.made("/links", ends(spent, more)))["amount"] == "68.00"
    another = await spending(household, "-5.00")
    assert (await household.made("/links", ends(another, back)))["amount"] == "5.00"
    refused(
        await household.ask("POST", "/links", ends(spent, await spending(household, "1.00"))), 409, "line_exhausted"
    )


async def test_lines_that_cannot_be_linked_are_refused_and_named(household: Household) -> None:
    spent, back = await spending(household), await spending(household, REFUND)
    dollars = await household.open_account("Dollars", currency="USD")
    abroad = await household.record("30.00", account=dollars["id"], category="Expenses:Shopping")
    both = await household.made(
        "/transactions",
        {
            "date": "2026-03-01",
            "postings": [
                {"account": "Expenses:Shopping", "amount": "5.00"},
                {"account": "Expenses:Food", "amount": "-5.00"},
            ],
        },
    )
    of_one = {
        "kind": "refund",
        "from_posting_id": both["postings"][0]["id"],
        "to_posting_id": both["postings"][1]["id"],
    }
    unknown = str(ids.new_id())
    for body, status, code, pointer in (
        (ends(spent, back) | {"from_posting_id": unknown}, 422, "line_unknown", "/from_posting_id"),
        (ends(spent, back) | {"to_posting_id": unknown}, 422, "line_unknown", "/to_posting_id"),
        (ends(back, spent), 422, "spending_unfit", "/from_posting_id"),
        (ends(spent, spent), 422, "return_unfit", "/to_posting_id"),
        (ends(spent, back) | {"to_posting_id": spent["postings"][0]["id"]}, 422, "return_unfit", "/to_posting_id"),
        (ends(spent, back) | {"from_posting_id": back["postings"][0]["id"]}, 422, "spending_unfit", "/from_posting_id"),
        (ends(spent, abroad), 422, "link_currencies_differ", "/to_posting_id"),
        (of_one, 422, "link_within_transaction", "/to_posting_id"),
        (ends(spent, back, amount="30.001"), 422, "amount_too_fine", "/amount"),
        (ends(spent, back, amount="30.01"), 409, "line_exhausted", "/amount"),
        (ends(spent, back, amount="0.00"), 422, "request_invalid", "/amount"),
        (ends(spent, back, amount=30), 422, "request_invalid", "/amount"),
        (ends(spent, back, kind="gift"), 422, "request_invalid", "/kind"),
        (ends(spent, back, note="x" * 2001), 422, "request_invalid", "/note"),
        (ends(spent, back, colour="blue"), 422, "request_invalid", "/colour"),
    ):
        refused(await household.ask("POST", "/links", body), status, code, pointer=pointer)
    await household.made("/links", ends(spent, back, amount="1.00"))
    refused(await household.ask("POST", "/links", ends(spent, back, amount="1.00")), 409, "link_exists")


async def test_an_id_of_a_link_is_used_once(household: Household) -> None:
    _, _, link = await linked(household, id=str(ids.new_id()), amount="1.00")
    again = ends(await spending(household), await spending(household, "3.00"), id=link["id"])
    answer = await household.ask("POST", "/links", again)
    refused(answer, 409, "id_taken")
    assert answer.headers["location"].endswith(f"/links/{link['id']}")
    granted(await household.ask("DELETE", f"/links/{link['id']}"), 204)
    refused(await household.ask("POST", "/links", again), 409, "id_taken")


async def test_a_link_is_changed_and_deleted_and_the_history_has_it(household: Household) -> None:
    _, _, link = await linked(household, amount="10.00")
    path = f"/links/{link['id']}"
    assert granted(await household.ask("PATCH", path, {"amount": "10"})) == link, "a change of nothing is none"
    stale = {"headers": {"If-Match": '"1"'}}
    for method, body in (("PATCH", {"amount": "11"}), ("DELETE", None)):
        refused(await household.ask(method, path, body, **stale), 412, "revision_stale")
    changed = granted(await household.ask("PATCH", path, {"amount": "30.00", "note": "All of it"}))
    assert (changed["amount"], changed["note"]) == ("30.00", "All of it")
    refused(await household.ask("PATCH", path, {"amount": "30.01"}), 409, "line_exhausted", pointer="/amount")
    for wrong in ({"amount": None}, {"amount": "-1"}, {"kind": "refund"}):
        refused(await household.ask("PATCH", path, wrong), 422, "request_invalid")
    assert granted(await household.ask("PATCH", path, {"note": None}))["note"] is None
    granted(await household.ask("DELETE", path), 204)
    refused(await household.ask("GET", path), 404, "link_not_found")
    refused(await household.ask("DELETE", path), 404, "link_not_found")
    images = (await household.got(f"/history/{link['id']}"))["data"]
    assert [(image["before"]["amount"], image["before"]["note"]) for image in images] == [
        ("30.00", None),
        ("30.00", "All of it"),
        ("10.00", None),
    ]


async def test_a_linked_line_does_not_go_shrink_or_turn_round(household: Household) -> None:
    spent, back, link = await linked(household)
    revision = await household.revision()
    lines = [{"id": p["id"], "account": p["account_id"], "amount": p["amount"]} for p in spent["postings"]]
    anew = [{key: value for key, value in line.items() if key != "id"} for line in lines]
    on_account = [lines[0], lines[1] | {"account": (await household.open_account("Owed", currency="EUR"))["id"]}]
    split = [lines[0], lines[1] | {"amount": "29.99"}, {"account": "Expenses:Food", "amount": "50.01"}]
    ways: list[tuple[str, Any, Any]] = [
        ("DELETE", spent, None),
        ("DELETE", back, None),
        ("PATCH", spent, {"amount": "-29.99"}),
        ("PATCH", spent, {"amount": "80.00"}),
        ("PATCH", back, {"amount": "29.99"}),
        ("PATCH", back, {"amount": "-30.00"}),
        ("PATCH", spent, {"postings": anew}),
        ("PATCH", spent, {"postings": split}),
        ("PATCH", spent, {"postings": on_account}),
        ("PATCH", spent, {"category": "Income:Other"}),
    ]
    for method, transaction, body in ways:
        for params in ({}, {"dry_run": "true"}):
            answer = await household.ask(method, f"/transactions/{transaction['id']}", body, params=params)
            assert link["id"] in refused(answer, 409, "line_linked")["detail"], (method, body)
    assert await household.revision() == revision + 1, "the account that was opened, and nothing else"
    for transaction, body in (
        (spent, {"amount": "-30.00"}),
        (spent, {"category": "Expenses:Food", "payee": "Shoe Shop", "date": "2026-03-09"}),
        (back, {"amount": "99.00"}),
        (back, {"category": "Income:Other"}),
    ):
        granted(await household.ask("PATCH", f"/transactions/{transaction['id']}", body))
    assert await household.got(f"/links/{link['id']}") == link
    granted(await household.ask("DELETE", f"/links/{link['id']}"), 204)
    for transaction in (spent, back):
        granted(await household.ask("DELETE", f"/transactions/{transaction['id']}"), 204)


async def test_all_links_of_a_line_count_together(household: Household) -> None:
    spent, _, _ = await linked(household, back="30.00")
    await household.made("/links", ends(spent, await spending(household, "40.00")))
    refused(await household.ask("PATCH", f"/transactions/{spent['id']}", {"amount": "-69.99"}), 409, "line_linked")
    granted(await household.ask("PATCH", f"/transactions/{spent['id']}", {"amount": "-70.00"}))


async def test_a_link_joins_lines_in_a_locked_period(household: Household) -> None:
    spent, back = await spending(household), await spending(household, REFUND)
    granted(await household.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    link = await household.made("/links", ends(spent, back))
    granted(await household.ask("DELETE", f"/links/{link['id']}"), 204)


async def test_links_are_for_editors_and_of_one_book(client: Client, household: Household) -> None:
    spent, back, link = await linked(household, amount="1.00")
    viewer = await Person.registered(client)
    await household.share(viewer, "viewer")
    seen = Household(viewer, household.book_id)
    assert (await seen.got("/links"))["data"] == [link]
    refused(await seen.ask("POST", "/links", ends(spent, back)), 403, "permission_missing")
    other = await Household.founded(client)
    refused(await other.ask("GET", f"/links/{link['id']}"), 404, "link_not_found")
    refused(await other.ask("POST", "/links", ends(spent, back)), 422, "line_unknown")
    assert (await other.got("/links", params={"transaction_id": spent["id"]}))["data"] == []


# --- The last wall: PostgreSQL, for whoever forgets to ask ---

REMOVED = "DELETE FROM postings WHERE book_id = $1 AND transaction_id = $2"
SHRUNK = "UPDATE postings SET amount = amount / 8 WHERE book_id = $1 AND transaction_id = $2"
TURNED = "UPDATE postings SET amount = -amount WHERE book_id = $1 AND transaction_id = $2"
MOVED = """
UPDATE postings SET account_id = (SELECT account_id FROM postings
                                   WHERE book_id = $1 AND transaction_id = $2 AND amount < 0)
 WHERE book_id = $1 AND transaction_id = $2
"""
CHANGED = "UPDATE postings SET currency = 'USD' WHERE book_id = $1 AND transaction_id = $2"
OVERDRAWN = "UPDATE posting_links SET amount = amount + 100 WHERE book_id = $1 AND $2::uuid IS NOT NULL"
DANGLING = "UPDATE posting_links SET to_posting_id = gen_random_uuid() WHERE book_id = $1 AND $2::uuid IS NOT NULL"
TO_ITSELF = """
UPDATE posting_links SET to_posting_id = (SELECT id FROM postings WHERE book_id = $1 AND transaction_id = $2 LIMIT 1)
 WHERE book_id = $1
"""


@pytest.mark.parametrize("role", ["farthing_app", None])
@pytest.mark.parametrize("statement", [REMOVED, SHRUNK, TURNED, MOVED, CHANGED, OVERDRAWN, DANGLING, TO_ITSELF])
async def test_postgresql_lets_no_line_go_from_under_its_links(
    household: Household, database_url: str, role: str | None, statement: str
) -> None:
    spent, _, _ = await linked(household)
    connection = await asyncpg.connect(database_url, server_settings={"role": role} if role else {})
    book = UUID(household.book_id)
    try:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:  # noqa: PT012 - at the commit
            async with connection.transaction():
                await connection.execute("SELECT set_config('farthing.book', $1, true)", household.book_id)
                done = await connection.execute(statement, book, UUID(spent["id"]))
                assert done.split()[-1] != "0"
                await connection.execute("SELECT set_config('farthing.book', '', true)")
    finally:
        await connection.close()
    assert "posting_links" in (refusal.value.constraint_name or ""), refusal.value


async def test_a_line_that_comes_again_in_the_same_transaction_keeps_its_links(
    household: Household, superuser: asyncpg.Connection
) -> None:
    spent, _, link = await linked(household)
    granted(await household.ask("PATCH", f"/transactions/{spent['id']}", {"payee": "Shoe Shop"}))
    assert await household.got(f"/links/{link['id']}") == link
    await check_book(superuser, household.book_id)
