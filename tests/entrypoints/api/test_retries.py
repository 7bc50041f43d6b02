"""Idempotency keys and dry runs: what is sent twice is done once, what is tried is not done."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

LINE = {"date": "2026-03-01", "amount": "-12.50", "account": "Assets:Checking"}
KEY = {"Idempotency-Key": "once"}


async def test_a_request_sent_again_with_its_key_gets_the_first_answer(household: Household) -> None:
    first = await household.ask("POST", "/transactions", LINE, headers=KEY)
    revision = await household.revision()
    again = await household.ask("POST", "/transactions", LINE, headers=KEY)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert [again.headers[name] for name in ("location", "etag")] == [
        first.headers[name] for name in ("location", "etag")
    ]
    assert await household.revision() == revision
    assert len((await household.got("/transactions"))["data"]) == 1


async def test_a_key_stands_for_one_request_only(household: Household) -> None:
    made = granted(await household.ask("POST", "/transactions", LINE, headers=KEY), 201)
    others = [
        ("POST", "/transactions", LINE | {"amount": "-12.51"}),
        ("POST", "/accounts", {"name": "x", "kind": "asset"}),
        ("PATCH", f"/transactions/{made['id']}", {"payee": "x"}),
        ("DELETE", f"/transactions/{made['id']}", None),
    ]
    for method, path, body in others:
        answer = await household.ask(method, path, body, headers=KEY)
        refused(answer, 422, "idempotency_key_reused", parameter="Idempotency-Key")
    assert len((await household.got("/transactions"))["data"]) == 1


async def test_eight_requests_at_once_with_one_key_make_one_record(household: Household) -> None:
    before = await household.revision()
    answers = await asyncio.gather(
        *(household.ask("POST", "/transactions", LINE, headers=KEY) for _ in range(8)),
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await household.revision() == before + 1
    assert len((await household.got("/transactions"))["data"]) == 1


async def test_a_refused_request_leaves_its_key_unspent(household: Household) -> None:
    refused(await household.ask("POST", "/transactions", LINE | {"amount": "0"}, headers=KEY), 422, "amount_zero")
    assert (await household.ask("POST", "/transactions", LINE, headers=KEY)).status_code == 201


async def test_the_same_key_of_another_person_or_in_another_book_is_another_key(client: Client) -> None:
    home = await Household.founded(client)
    guest = await Person.registered(client)
    await home.share(guest, "editor")
    path = f"/books/{home.book_id}/transactions"
    mine = granted(await home.person.ask("POST", path, LINE, headers=KEY), 201)
    theirs = granted(await guest.ask("POST", path, LINE, headers=KEY), 201)
    assert mine["id"] != theirs["id"]
    other = await guest.ask("POST", f"/books/{guest.book_id}/accounts", {"name": "x", "kind": "asset"}, headers=KEY)
    assert (other.status_code, other.headers.get("idempotency-replayed")) == (201, None)


async def test_one_who_may_no_longer_write_gets_no_replay(client: Client) -> None:
    home = await Household.founded(client)
    guest = await Person.registered(client)
    await home.share(guest, "editor")
    path = f"/books/{home.book_id}/transactions"
    granted(await guest.ask("POST", path, LINE, headers=KEY), 201)
    granted(await home.ask("PATCH", f"/members/{guest.id}", {"role": "viewer"}))
    refused(await guest.ask("POST", path, LINE, headers=KEY), 403, "permission_missing")
    granted(await home.ask("DELETE", f"/members/{guest.id}"), 204)
    refused(await guest.ask("POST", path, LINE, headers=KEY), 404, "book_not_found")


async def test_a_deletion_sent_again_with_its_key_is_answered_as_done(household: Household) -> None:
    path = f"/transactions/{(await household.record())['id']}"
    assert (await household.ask("DELETE", path, headers=KEY)).status_code == 204
    again = await household.ask("DELETE", path, headers=KEY)
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (204, b"", "true")
    refused(await household.ask("DELETE", path), 404, "transaction_not_found")


async def test_a_key_that_is_no_plain_word_is_refused(household: Household) -> None:
    for key in ("", "a b", "x" * 256, "ä".encode()):
        answer = await household.ask("POST", "/transactions", LINE, headers={"Idempotency-Key": key})
        refused(answer, 422, "request_invalid", parameter="Idempotency-Key")


async def test_a_dry_run_answers_as_if_it_were_done_and_does_nothing(household: Household) -> None:
    made = await household.record()
    revision = await household.revision()
    tried: dict[str, Any] = {"params": {"dry_run": "true"}, "headers": KEY}
    answers = [
        (201, await household.ask("POST", "/transactions", LINE | {"payee": "Try"}, **tried)),
        (200, await household.ask("PATCH", f"/transactions/{made['id']}", {"amount": "-1.00"}, **tried)),
        (204, await household.ask("DELETE", f"/transactions/{made['id']}", **tried)),
        (201, await household.ask("POST", "/accounts", {"name": "Try", "kind": "asset"}, **tried)),
        (201, await household.bring(b"Date;Amount;Payee\n2026-03-01;-1.50;Shop\n", **tried)),
        (422, await household.ask("POST", "/transactions", LINE | {"amount": "0"}, **tried)),
    ]
    for status, answer in answers:
        assert answer.status_code == status, answer.text
        assert "etag" not in answer.headers
    assert answers[0][1].json()["payee"] == "Try"
    assert answers[1][1].json()["postings"][0]["amount"] == "-1.00"
    assert answers[4][1].json()["created"] == 1
    assert await household.revision() == revision
    assert [each["id"] for each in (await household.got("/transactions"))["data"]] == [made["id"]]
    assert (await household.got("/imports"))["data"] == []
    first = await household.ask("POST", "/transactions", LINE, headers=KEY)
    assert (first.status_code, first.headers.get("idempotency-replayed")) == (201, None)
