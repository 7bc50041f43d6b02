"""Importing statements: what banks sent ends where they say, once, and never comes back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Client, Household

CSV = b"Date;Amount;Payee\n2026-03-01;-1.50;Shop\n2026-03-01;-1.50;Shop\n2026-03-02;20.00;Employer\n"
KNOWN = [
    ("ofx/ofxparse/bank_medium.ofx", 3, "-345.27", "382.34", "CAD"),
    ("ofx/ofxparse/suncorp.ofx", 1, "-16.85", "1234.12", "AUD"),
    ("ofx/ofxtools/stmtrs.ofx", 2, "-500.00", "200.29", "USD"),
    ("csv/rechnungspilot/gls-bank.csv", 18, "-590.22", "28764.28", "EUR"),
    ("csv/csv2ofx/schwab-checking.csv", 4, "-215.27", "878.47", "USD"),
    ("csv/csv2ofx/ubs-ch-fr_trimmed.csv", 3, "30.00", "11413.94", "CHF"),
]
TABLES = ("changes", "history", "accounts", "transactions", "postings", "statement_lines", "imports", "members")


async def counts(past: asyncpg.Connection, book_id: str) -> dict[str, int]:
    """How many rows of each kind a book has."""
    return {
        table: await past.fetchval(f"SELECT count(*) FROM {table} WHERE book_id = $1", UUID(book_id))
        for table in TABLES
    }


@pytest.mark.parametrize(("name", "count", "total", "ends", "currency"), KNOWN, ids=[each[0] for each in KNOWN])
async def test_a_real_statement_ends_where_the_bank_says_and_comes_in_once(
    client: Client, fixtures: Path, superuser: asyncpg.Connection, name: str, count: int, total: str, ends: str,
    currency: str,
) -> None:  # fmt: skip
    home = await Household.founded(client, currency=currency)
    data = (fixtures / name).read_bytes()
    brought = granted(await home.bring(data), 201)
    assert (brought["created"], brought["duplicates"], brought["state"]) == (count, 0, "committed")
    register = (await home.got(f"/accounts/{home.checking_id}/register", params={"limit": 200}))["data"]
    booked = [line for line in register if line["transaction"]["kind"] == "ordinary"]
    assert len(booked) == count
    assert sum(Decimal(line["amounts"][0]["amount"]) for line in booked) == Decimal(total)
    assert register[0]["balances"] == [{"amount": ends, "currency": currency}]
    assert await home.balance(home.checking_id) == {currency: ends}
    statement = brought["accounts"][0]["statement"]
    if statement["difference"] is not None:
        assert statement["difference"] == {"amount": "0.00", "currency": currency}
    revision = await home.revision()
    again = granted(await home.bring(data), 201)
    assert (again["created"], again["duplicates"], again["revision"]) == (0, count, None)
    assert await home.revision() == revision == await check_book(superuser, home.book_id)
    assert await home.trial_balance() == {currency: "0.00"}


async def test_what_was_edited_or_deleted_is_still_known(household: Household) -> None:
    granted(await household.bring(CSV), 201)
    first, second, third = (each["id"] for each in (await household.got("/transactions"))["data"])
    changes = {"amount": "-99.00", "date": "2026-04-01", "payee": "x", "category": "Expenses:Taxes"}
    granted(await household.ask("PATCH", f"/transactions/{first}", changes))
    granted(await household.ask("DELETE", f"/transactions/{second}"), 204)
    granted(await household.ask("DELETE", f"/transactions/{third}"), 204)
    revision = await household.revision()
    again = granted(await household.bring(CSV), 201)
    assert (again["created"], again["duplicates"]) == (0, 3)
    assert await household.revision() == revision
    longer = granted(await household.bring(CSV + b"2026-03-02;-3.00;Kiosk\n2026-03-01;-1.50;Shop\n"), 201)
    assert (longer["created"], longer["duplicates"]) == (2, 3)


async def test_a_file_of_several_accounts_goes_to_the_accounts_with_their_numbers(
    client: Client, fixtures: Path
) -> None:
    data = (fixtures / "ofx/ofxparse/multiple_accounts.ofx").read_bytes()
    home = await Household.founded(client, currency="USD")
    answer = await home.bring(data)
    read = refused(answer, 422, "statement_ambiguous", pointer="/account")
    assert "9100" in read["detail"]
    assert "9200" in read["detail"]
    read = refused(await home.bring(data, account=None), 422, "account_unmatched")
    assert "9100" in read["detail"]
    one = await home.open_account("One", currency="USD", number="91 00")
    refused(await home.bring(data, account=None), 422, "account_unmatched")
    two = await home.open_account("Two", currency="USD", number="9200")
    named = granted(await home.bring(data, account="Assets:One"), 201)
    assert [each["account"] for each in named["accounts"]] == ["Assets:One"]
    brought = granted(await home.bring(data, account=None), 201)
    assert [each["account"] for each in brought["accounts"]] == ["Assets:One", "Assets:Two"]
    assert await home.balance(one["id"]) == {"USD": "111.00"}
    assert await home.balance(two["id"]) == {"USD": "222.00"}


async def test_a_draft_books_nothing_until_it_is_committed(household: Household) -> None:
    revision = await household.revision()
    answer = await household.bring(CSV, params={"commit": "false"})
    draft = granted(answer, 201)
    assert (draft["state"], draft["created"], draft["revision"]) == ("draft", 3, None)
    assert answer.headers["location"].endswith(f"/imports/{draft['id']}")
    assert (await household.got("/transactions"))["data"] == []
    assert await household.revision() == revision
    assert [each["id"] for each in (await household.got("/imports", params={"state": "draft"}))["data"]] == [
        draft["id"]
    ]
    granted(await household.bring(CSV[:46]), 201)
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["state"], committed["created"], committed["duplicates"]) == ("committed", 2, 1)
    assert committed["revision"] == await household.revision() == revision + 2
    refused(await household.ask("POST", f"/imports/{draft['id']}/commit"), 409, "import_not_draft")
    assert len((await household.got("/transactions"))["data"]) == 3
    page = await household.got("/imports", params={"limit": 1})
    rest = await household.got("/imports", params={"limit": 1, "cursor": page["next_cursor"]})
    assert rest["data"][0]["id"] == draft["id"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "file_empty", None),
        (b" \n ", "file_empty", None),
        (b"\x00\x01\x02" * 1000, None, None),
        (b"hello there", None, None),
        (b"Date;Amount;Payee\n2026-03-01;-1.50;Shop\n2026-03-02;12,34.56;Shop\n", "file_unreadable", 3),
        (b"Date;Amount;Payee\n2026-02-30;-1.50;Shop\n", "file_unreadable", 2),
        (b"<OFX><BANKMSGSRSV1><STMTTRNRS>", "file_unreadable", 1),
    ],
)
async def test_a_file_that_cannot_be_read_leaves_nothing(
    household: Household, superuser: asyncpg.Connection, data: bytes, code: str | None, line: int | None
) -> None:
    before = await counts(superuser, household.book_id)
    ways: list[dict[str, Any]] = [{}, {"params": {"commit": "false"}}, {"headers": {"Idempotency-Key": "k"}}]
    for options in ways:
        answer = await household.bring(data, **options)
        read = refused(answer, 422, code or answer.json()["code"])
        assert line is None or [blame.get("line") for blame in read["errors"]] == [line]
    assert await counts(superuser, household.book_id) == before


async def test_an_amount_that_does_not_fit_is_refused_with_its_line(
    household: Household, superuser: asyncpg.Connection
) -> None:
    before = await counts(superuser, household.book_id)
    answer = await household.bring(b"Date;Amount;Payee\n2026-03-01;-1.50;Shop\n2026-03-02;-1.2345;Shop\n")
    read = refused(answer, 422, answer.json()["code"])
    assert [blame.get("line") for blame in read["errors"]] == [3], answer.text
    assert await counts(superuser, household.book_id) == before


async def test_a_statement_in_another_currency_or_for_no_account_is_refused(
    household: Household, fixtures: Path, superuser: asyncpg.Connection
) -> None:
    before = await counts(superuser, household.book_id)
    data = (fixtures / "ofx/ofxparse/bank_medium.ofx").read_bytes()
    read = refused(await household.bring(data), 422, "currency_differs", pointer="/account")
    assert "CAD" in read["detail"]
    refused(await household.bring(data, account="Assets:Nowhere"), 422, "account_unknown", pointer="/account")
    refused(await household.bring(data, account=None), 422, "account_unmatched", pointer="/account")
    refused(await household.bring(CSV, account=None), 422, "account_unmatched", pointer="/account")
    refused(await household.bring(CSV, form={"format": "pdf"}), 422, "file_format_unknown")
    assert await counts(superuser, household.book_id) == before
    granted(await household.ask("POST", f"/accounts/{household.checking_id}/close", {"date": "2026-01-01"}))
    refused(await household.bring(CSV), 409, "account_closed")


async def test_an_import_sent_again_with_its_key_is_replayed(household: Household) -> None:
    key = {"Idempotency-Key": "once"}
    first = await household.bring(CSV, headers=key)
    again = await household.bring(CSV, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert first.json()["created"] == 3
    refused(await household.bring(CSV + b"2026-03-03;1.00;x\n", headers=key), 422, "idempotency_key_reused")
    refused(await household.bring(CSV, account=household.checking_id, headers=key), 422, "idempotency_key_reused")


async def test_a_dry_run_says_what_would_be_and_leaves_nothing(
    household: Household, superuser: asyncpg.Connection
) -> None:
    before = await counts(superuser, household.book_id)
    for wanted in ({"dry_run": "true"}, {"dry_run": "true", "commit": "false"}):
        assert granted(await household.bring(CSV, params=wanted), 201)["created"] == 3
    assert await counts(superuser, household.book_id) == before
    granted(await household.bring(CSV), 201)


async def test_an_opening_balance_is_never_dated_before_the_first_day_there_is(client: Client) -> None:
    home = await Household.founded(client)
    brought = await home.bring(
        b"Date,Description,Amount,Balance\n1600-01-01,Quill,-3.10,96.90\n1600-01-02,Ink,-1.00,95.90\n"
    )
    assert brought.status_code == 201, brought.text
    assert await home.balance(home.checking_id) == {"EUR": "95.90"}
    assert await home.balance(home.checking_id, date="1600-01-01") == {"EUR": "96.90"}


async def test_an_account_with_an_opening_balance_is_told_how_far_the_bank_is(client: Client, fixtures: Path) -> None:
    home = await Household.founded(client, currency="CAD")
    opening = {"date": "2009-01-01", "amount": "700.00"}
    account: dict[str, Any] = await home.open_account("Bank", currency="CAD", opening=opening)
    data = (fixtures / "ofx/ofxparse/bank_medium.ofx").read_bytes()
    brought = granted(await home.bring(data, account=account["id"]), 201)
    # 382.34 says the bank; 700.00 - 345.27 = 354.73 says the book
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "27.61", "currency": "CAD"}
    assert any("27.61" in warning for warning in brought["warnings"])
    assert await home.balance(account["id"]) == {"CAD": "354.73"}


async def test_what_is_pending_is_replaced_by_what_the_bank_posted(household: Household) -> None:
    """Neither the difference nor the opening balance counts it twice."""
    pending = await household.record("-46.00", date="2026-03-04", status="pending", payee="Diner")
    data = b"Date,Description,Amount,Balance\n2026-03-05,Bakery,-3.20,96.80\n2026-03-06,DINER ROMA,-46.00,50.80\n"
    brought = granted(await household.bring(data), 201)
    assert (brought["created"], brought["replaced"]) == (1, 1)
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "0.00", "currency": "EUR"}
    assert brought["warnings"] == []
    assert await household.balance(household.checking_id) == {"EUR": "50.80"}
    now = await household.got(f"/transactions/{pending['id']}")
    assert (now["date"], now["payee"], now["postings"][0]["status"]) == ("2026-03-06", "Diner", "cleared")
    again = granted(await household.bring(data), 201)
    assert (again["created"], again["replaced"], again["duplicates"], again["revision"]) == (0, 0, 2, None)
