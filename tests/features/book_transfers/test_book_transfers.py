"""Transfers between books: both sides or neither, and each seen by those who may."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

from farthing.kit import ids


async def second_book(home: Household) -> Household:
    """Another book of the same person, with a joint account."""
    made = granted(await home.person.ask("POST", "/books", {"name": "Household", "currency": "EUR"}), 201)
    other = Household(home.person, made["id"])
    other.checking_id = (await other.open_account("Joint", currency="EUR", type="checking"))["id"]
    return other


def moved(other: Household, **wanted: Any) -> dict[str, Any]:
    """Two hundred that leave the checking account."""
    body = {"date": "2026-03-01", "amount": "200.00", "from": "Assets:Checking", "to": "Assets:Joint"}
    return body | {"to_book_id": other.book_id, **wanted}


async def where(home: Household) -> tuple[int, dict[str, str]]:
    return await home.revision(), await home.balance(home.checking_id)


async def test_money_leaves_one_book_and_comes_into_the_other(household: Household) -> None:
    other = await second_book(household)
    before = await household.revision(), await other.revision()
    made = await household.made("/book-transfers", moved(other, description="Rent money"))
    assert (made["direction"], made["here"]["amount"], made["there"]["amount"]) == ("out", "-200.00", "200.00")
    assert (made["here"]["book_id"], made["there"]["book_id"]) == (household.book_id, other.book_id)
    assert await where(household) == (before[0] + 1, {"EUR": "-200.00"})
    assert await where(other) == (before[1] + 1, {"EUR": "200.00"})
    seen = await other.got(f"/book-transfers/{made['id']}")
    assert (seen["direction"], seen["here"], seen["there"]) == ("in", made["there"], made["here"])
    for book, side in ((household, "here"), (other, "there")):
        transaction = await book.got(f"/transactions/{made[side]['transaction_id']}")
        assert (transaction["kind"], transaction["description"]) == ("book_transfer", "Rent money")
        names = [posting["account"] for posting in transaction["postings"]]
        assert names[1] == "Equity:Other Books"
        assert all(not float(total) for total in (await book.trial_balance()).values())


async def test_each_side_may_say_what_it_is_for_and_be_in_its_own_currency(household: Household) -> None:
    other = await second_book(household)
    await other.open_account("Dollars", currency="USD")
    body = moved(other, to="Assets:Dollars", category="Expenses:Fees", to_category="Income:Salary")
    refused(await household.ask("POST", "/book-transfers", body), 422, "to_amount_missing", pointer="/to_amount")
    made = await household.made("/book-transfers", body | {"to_amount": "216.00"})
    assert (made["there"]["amount"], made["there"]["currency"]) == ("216.00", "USD")
    transaction = await household.got(f"/transactions/{made['here']['transaction_id']}")
    assert transaction["postings"][1]["account"] == "Expenses:Fees"


async def test_who_is_a_member_of_one_book_sees_one_side(household: Household, client: Client) -> None:
    other = await second_book(household)
    made = await household.made("/book-transfers", moved(other))
    fellow = await Person.registered(client)
    await other.share(fellow, "editor")
    seen = Household(fellow, other.book_id)
    read = await seen.got(f"/book-transfers/{made['id']}")
    assert (read["there"], read["here"]["amount"]) == (None, "200.00")
    assert [each["id"] for each in (await seen.got("/book-transfers"))["data"]] == [made["id"]]
    refused(await seen.ask("DELETE", f"/book-transfers/{made['id']}"), 403, "other_book_closed")
    assert await where(other) == (await other.revision(), {"EUR": "200.00"})


async def test_it_is_taken_back_from_both(household: Household) -> None:
    other = await second_book(household)
    made = await household.made("/book-transfers", moved(other))
    granted(await other.ask("DELETE", f"/book-transfers/{made['id']}"), 204)
    assert (await where(household))[1] == (await where(other))[1] == {"EUR": "0.00"}
    for book in (household, other):
        refused(await book.ask("GET", f"/book-transfers/{made['id']}"), 404, "book_transfer_not_found")


async def test_what_one_of_the_books_would_refuse_is_done_by_who_may_override_it_in_both(
    household: Household, client: Client
) -> None:
    other = await second_book(household)
    granted(await other.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    over = {"override_lock": "true"}
    refused(await household.ask("POST", "/book-transfers", moved(other)), 409, "period_locked")
    made = granted(await household.ask("POST", "/book-transfers", moved(other), params=over), 201)
    path = f"/book-transfers/{made['id']}"
    refused(await household.ask("DELETE", path), 409, "period_locked")
    fellow = await Person.registered(client)
    for book in (household, other):
        await book.share(fellow, "editor")
    editor = Household(fellow, household.book_id)
    refused(await editor.ask("DELETE", path, params=over), 403, "other_book_closed")
    granted(await household.ask("DELETE", path, params=over), 204)
    assert (await where(household))[1] == (await where(other))[1] == {"EUR": "0.00"}


async def test_neither_side_changes_alone(household: Household, superuser: asyncpg.Connection) -> None:
    other = await second_book(household)
    made = await household.made("/book-transfers", moved(other))
    path = f"/transactions/{made['here']['transaction_id']}"
    for changes in ({"amount": "-1.00"}, {"date": "2026-03-02"}, {"category": "Expenses:Fees"}):
        refused(await household.ask("PATCH", path, changes), 409, "transaction_transferred")
    refused(await household.ask("DELETE", path), 409, "transaction_transferred")
    refused(await household.ask("POST", f"/changes/{await household.revision()}/undo"), 409, "change_not_undoable")
    granted(await household.ask("PATCH", path, {"payee": "Us"}))
    await superuser.execute("BEGIN")
    try:
        await superuser.execute("DELETE FROM postings WHERE transaction_id = $1", made["here"]["transaction_id"])
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="fk_book_transfers_book_id_transaction_id"):
            await superuser.execute("DELETE FROM transactions WHERE id = $1", made["here"]["transaction_id"])
    finally:
        await superuser.execute("ROLLBACK")


async def test_it_is_all_or_nothing(household: Household) -> None:
    other = await second_book(household)
    before = await where(household), await where(other)
    for changes, status, code, pointer in (
        ({"to": "Assets:Nowhere"}, 422, "account_unknown", "/to"),
        ({"from": "Assets:Nowhere"}, 422, "account_unknown", "/from"),
        ({"category": "Expenses:Nowhere"}, 422, "account_unknown", "/category"),
        ({"to_category": "Expenses:Nowhere"}, 422, "account_unknown", "/to_category"),
        ({"from": "Expenses:Fees"}, 422, "account_not_own", "/from"),
        ({"to": "Income:Salary"}, 422, "account_not_own", "/to"),
        ({"amount": "0.001"}, 422, "amount_too_fine", "/amount"),
        ({"amount": "-1.00"}, 422, "request_invalid", "/amount"),
        ({"to_book_id": household.book_id}, 422, "book_same", "/to_book_id"),
        ({"to_book_id": str(ids.new_id())}, 422, "book_unknown", "/to_book_id"),
    ):
        answer = await household.ask("POST", "/book-transfers", moved(other) | changes)
        refused(answer, status, code, pointer=pointer)
    dry = await household.ask("POST", "/book-transfers", moved(other), params={"dry_run": "true"})
    granted(dry, 201)
    granted(await other.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    refused(await household.ask("POST", "/book-transfers", moved(other)), 409, "period_locked")
    assert await where(household) == before[0]
    assert await where(other) == (before[1][0] + 1, before[1][1])


async def test_a_viewer_of_the_other_book_moves_nothing_into_it(household: Household, client: Client) -> None:
    theirs = await Household.founded(client)
    await theirs.share(household.person, "viewer")
    body = moved(theirs, to="Assets:Checking")
    refused(await household.ask("POST", "/book-transfers", body), 403, "permission_missing")
    stranger = await Household.founded(client)
    body = moved(stranger, to="Assets:Checking")
    refused(await household.ask("POST", "/book-transfers", body), 422, "book_unknown")


async def test_a_retry_moves_it_once_and_an_id_is_used_once(household: Household) -> None:
    other = await second_book(household)
    body, key = moved(other, id=str(ids.new_id())), {"Idempotency-Key": str(ids.new_id())}
    first = await household.ask("POST", "/book-transfers", body, headers=key)
    again = await household.ask("POST", "/book-transfers", body, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    taken = await household.ask("POST", "/book-transfers", body)
    refused(taken, 409, "id_taken")
    assert taken.headers["location"].endswith(f"/book-transfers/{body['id']}")
    assert (await where(other))[1] == {"EUR": "200.00"}


async def test_those_who_move_money_both_ways_at_once_do_not_lock_each_other_out(household: Household) -> None:
    other = await second_book(household)
    there = moved(other, amount="1.00")
    back = {"date": "2026-03-01", "amount": "1.00", "from": "Assets:Joint", "to": "Assets:Checking"}
    back |= {"to_book_id": household.book_id}

    async def until_done(home: Household, body: dict[str, Any]) -> None:
        for _ in range(20):
            answer = await home.ask("POST", "/book-transfers", body)
            if answer.status_code == 201:
                return
            refused(answer, 503, "book_busy")
        pytest.fail("it never got through")

    await asyncio.gather(*(until_done(*each) for each in [(household, there), (other, back)] * 4))
    assert (await where(household))[1] == (await where(other))[1] == {"EUR": "0.00"}


async def test_the_log_of_each_book_tells_its_side(household: Household) -> None:
    other = await second_book(household)
    await household.made("/book-transfers", moved(other))
    for book in (household, other):
        (change,) = (await book.got("/changes", params={"after": await book.revision() - 1}))["data"]
        assert change["operation"] == "create_book_transfer"
        assert change["counts"]["book_transfer created"] == change["counts"]["transaction created"] == 1
