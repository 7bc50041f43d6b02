"""Currencies of everyone and of a book: what can be kept in them, and to which digit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household, Person

from farthing.kit import ids

BOX, CHEST = "Assets:Cash Box", "Assets:Chest"
BITCOIN = {"code": "BTC", "name": "Bitcoin", "digits": 8, "kind": "crypto"}


@pytest.fixture
async def coins(household: Household) -> Household:
    """A book with bitcoin, and an account that is kept in it."""
    await household.made("/currencies", BITCOIN)
    await household.open_account("Wallet", currency="BTC")
    return household


async def currency_of(home: Household, code: str) -> Any:
    return next(each for each in (await home.got("/currencies"))["data"] if each["code"] == code)


# Those of ISO 4217


async def listed(person: Person, **wanted: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cursor: dict[str, str] = {}
    while True:
        answer = await person.ask("GET", "/currencies", params={"limit": "200", **wanted, **cursor})
        page = granted(answer)
        found |= {each["code"]: each for each in page["data"]}
        if page["next_cursor"] is None:
            return found
        assert 'rel="next"' in answer.headers["link"]
        cursor = {"cursor": page["next_cursor"]}


async def test_those_in_use_are_listed_and_those_of_the_past_where_asked_for(household: Household) -> None:
    in_use = await listed(household.person)
    everything = await listed(household.person, historic="true")
    assert in_use["EUR"] == {
        "code": "EUR", "name": "Euro", "digits": 2, "number": "978", "historic": False, "ended_on": None,
    }  # fmt: skip
    assert "DEM" not in in_use
    assert everything["DEM"]["historic"]
    assert in_use.items() <= everything.items()
    assert list(everything) == sorted(everything)


async def test_they_are_searched_by_code_and_name_in_the_language_that_is_asked_for(household: Household) -> None:
    assert (await listed(household.person, q="jPy")).keys() == {"JPY"}
    german = await listed(household.person, q="schweizer", locale="de")
    assert german["CHF"]["name"] == "Schweizer Franken"
    assert await listed(household.person, q="no such money") == {}


async def test_a_cursor_of_another_list_is_refused(household: Household) -> None:
    page = granted(await household.person.ask("GET", "/currencies", params={"limit": "5"}))
    params = {"cursor": page["next_cursor"], "historic": "true"}
    refused(await household.person.ask("GET", "/currencies", params=params), 400, "cursor_malformed")
    refused(
        await household.person.ask("GET", "/currencies", params={"locale": "xx-YY"}), 422, "request_invalid",
        parameter="locale",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("DEM", "10.5", "10.50"), ("ITL", "1000", "1000"), ("IQD", "0.125", "0.125"), ("LBP", "0.5", "0.50")],
)
async def test_all_of_them_can_be_posted(household: Household, currency: str, amount: str, shown: str) -> None:
    account = await household.open_account("Box", currency=currency)
    made = await household.record(amount, account=account["id"])
    assert made["postings"][0]["amount"] == shown
    assert await household.balance(account["id"]) == {currency: shown}


# A book's own


async def test_a_book_has_currencies_of_its_own(household: Household) -> None:
    currency_id = str(ids.new_id())
    answer = await household.ask("POST", "/currencies", {**BITCOIN, "id": currency_id})
    made = granted(answer, 201)
    assert answer.headers["location"].endswith(f"/currencies/{currency_id}")
    assert {name: made[name] for name in BITCOIN} == BITCOIN
    read = await household.ask("GET", f"/currencies/{currency_id}")
    assert granted(read) == made
    assert read.headers["etag"] == f'"{made["revision"]}"'
    await household.made("/currencies", {"code": "MILES", "name": "Miles", "digits": 0, "kind": "points"})
    assert [each["code"] for each in (await household.got("/currencies"))["data"]] == ["BTC", "MILES"]
    assert [each["code"] for each in (await household.got("/currencies?kind=points"))["data"]] == ["MILES"]
    page = await household.got("/currencies?limit=1")
    following = await household.got("/currencies", params={"limit": 1, "cursor": page["next_cursor"]})
    assert [each["code"] for each in following["data"]] == ["MILES"]
    assert following["next_cursor"] is None


@pytest.mark.parametrize(
    ("wanted", "pointer", "blamed"),
    [
        ({"code": "EUR"}, "/code", "currency_of_iso"),
        ({"code": "DEM"}, "/code", "currency_of_iso"),
        ({"code": "XXX"}, "/code", "currency_of_iso"),
        ({"code": "btc"}, "/code", "currency_unknown"),
        ({"code": "B"}, "/code", "currency_unknown"),
        ({"code": "B" * 13}, "/code", "currency_unknown"),
        ({"digits": 19}, "/digits", None),
        ({"digits": -1}, "/digits", None),
        ({"digits": "two"}, "/digits", None),
        ({"name": " "}, "/name", None),
        ({"kind": "stamps"}, "/kind", None),
        ({"symbol": "x"}, "/symbol", None),
    ],
)
async def test_one_that_breaks_the_rules_is_refused(
    household: Household, wanted: dict[str, Any], pointer: str, blamed: str | None
) -> None:
    answer = await household.ask("POST", "/currencies", BITCOIN | wanted)
    refused(answer, 422, "request_invalid", pointer=pointer, blamed=blamed)


async def test_codes_and_ids_are_used_once(coins: Household) -> None:
    refused(await coins.ask("POST", "/currencies", BITCOIN), 409, "currency_code_taken")
    known = await currency_of(coins, "BTC")
    answer = await coins.ask("POST", "/currencies", {**BITCOIN, "code": "ETH", "id": known["id"]})
    refused(answer, 409, "id_taken")
    assert answer.headers["location"].endswith(f"/currencies/{known['id']}")


async def test_another_books_currencies_are_unknown_here(client: Client, coins: Household) -> None:
    other = await Household.founded(client)
    known = await currency_of(coins, "BTC")
    refused(await other.ask("GET", f"/currencies/{known['id']}"), 404, "currency_not_found")
    body = {"name": "Wallet", "kind": "asset", "currency": "BTC"}
    refused(await other.ask("POST", "/accounts", body), 422, "currency_unknown", pointer="/currency")


async def test_amounts_are_kept_to_the_last_digit_wherever_they_are_shown(coins: Household) -> None:
    wallet = (await coins.got("/accounts"))["data"]
    wallet_id = next(account["id"] for account in wallet if account["name"] == "Wallet")
    bought = await coins.made(
        "/transactions",
        {
            "date": "2026-03-01",
            "amount": "100",
            "from": "Assets:Checking",
            "to": "Assets:Wallet",
            "to_amount": "0.00123",
        },
    )
    assert [each["amount"] for each in bought["postings"]] == ["-100.00", "0.00123000"]
    spent = await coins.made(
        "/transactions", {"date": "2026-03-02", "amount": "-0.00000001", "account": "Assets:Wallet"}
    )
    assert spent["postings"][0]["amount"] == "-0.00000001"
    assert await coins.balance(wallet_id) == {"BTC": "0.00122999"}
    register = (await coins.got(f"/accounts/{wallet_id}/register"))["data"]
    assert register[0]["balances"] == [{"amount": "0.00122999", "currency": "BTC"}]
    assert register[1]["amounts"] == [{"amount": "0.00123000", "currency": "BTC"}]
    assert await coins.trial_balance() == {"EUR": "0.00", "BTC": "0.00000000"}
    too_fine = {"amount": "0.000000001", "account": "Assets:Wallet"}
    refused(await coins.ask("POST", "/transactions", too_fine), 422, "amount_too_fine", pointer="/amount")
    full = await coins.ask("POST", f"/accounts/{wallet_id}/close", {})
    assert "0.00122999 BTC" in refused(full, 409, "account_not_empty")["detail"]


async def test_more_digits_are_shown_everywhere_at_once_and_entity_tags_follow(coins: Household) -> None:
    miles = await coins.made("/currencies", {"code": "MILES", "name": "Miles", "digits": 0, "kind": "points"})
    account = await coins.open_account("Card", currency="MILES")
    made = await coins.record("500", account=account["id"])
    path = f"/transactions/{made['id']}"
    before = await coins.ask("GET", path)
    granted(await coins.ask("PATCH", f"/currencies/{miles['id']}", {"digits": 2}))
    after = await coins.ask("GET", path, headers={"If-None-Match": before.headers["etag"]})
    assert granted(after)["postings"][0]["amount"] == "500.00"
    assert after.headers["etag"] != before.headers["etag"]
    listed = (await coins.got("/transactions"))["data"]
    assert listed[0]["postings"][0]["amount"] == "500.00"
    assert await coins.balance(account["id"]) == {"MILES": "500.00"}
    register = (await coins.got(f"/accounts/{account['id']}/register"))["data"][0]
    assert register["amounts"] == register["balances"] == [{"amount": "500.00", "currency": "MILES"}]
    assert register["transaction"]["postings"][0]["amount"] == "500.00"
    assert (await coins.trial_balance())["MILES"] == "0.00"
    # Nothing needs them yet: they can go again.
    granted(await coins.ask("PATCH", f"/currencies/{miles['id']}", {"digits": 0}))
    await coins.record("1", account=account["id"])


async def test_a_register_holds_a_currency_from_its_first_posting_on(household: Household) -> None:
    box = await household.open_account("Box")
    await household.record("1", account=box["id"], currency="JPY", date="2026-03-01")
    await household.record("2", account=box["id"], currency="EUR", date="2026-03-02")
    whole = (await household.got(f"/accounts/{box['id']}/register"))["data"]
    assert [line["balances"] for line in whole] == [
        [{"amount": "2.00", "currency": "EUR"}, {"amount": "1", "currency": "JPY"}],
        [{"amount": "1", "currency": "JPY"}],
    ]
    page = await household.got(f"/accounts/{box['id']}/register?limit=1")
    params = {"limit": 1, "cursor": page["next_cursor"]}
    assert (await household.got(f"/accounts/{box['id']}/register", params=params))["data"] == whole[1:]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/transactions", {"account": BOX, "amount": "1", "currency": "BTX"}, "/currency"),
        ("/transactions", {"from": BOX, "to": CHEST, "amount": "1", "currency": "BTX"}, "/currency"),
        (
            "/transactions",
            {"postings": [{"account": BOX, "amount": "1", "currency": "BTX"}, {"account": CHEST}]},
            "/postings/0/currency",
        ),
        (
            "/transactions",
            {
                "postings": [
                    {"account": BOX, "amount": "1", "currency": "EUR"},
                    {"account": CHEST, "currency": "BTX"},
                ]
            },
            "/postings/1/currency",
        ),
        ("/accounts", {"name": "New", "kind": "asset", "currency": "BTX"}, "/currency"),
        (
            "/accounts",
            {"name": "New", "kind": "asset", "opening": {"date": "2026-01-01", "amount": "1", "currency": "BTX"}},
            "/opening/currency",
        ),
    ],
)  # fmt: skip
async def test_an_unknown_currency_is_named_with_what_was_meant(
    coins: Household, path: str, body: dict[str, Any], pointer: str
) -> None:
    for name in ("Cash Box", "Chest"):
        await coins.open_account(name)
    revision = await coins.revision()
    problem = refused(await coins.ask("POST", path, body), 422, "currency_unknown", pointer=pointer)
    assert "BTC" in problem["detail"]
    assert await coins.revision() == revision


async def test_an_account_is_moved_only_to_a_currency_that_there_is(coins: Household) -> None:
    box = await coins.open_account("Box")
    patched = await coins.ask("PATCH", f"/accounts/{box['id']}", {"currency": "BTX"})
    refused(patched, 422, "currency_unknown", pointer="/currency")
    assert granted(await coins.ask("PATCH", f"/accounts/{box['id']}", {"currency": "BTC"}))["currency"] == "BTC"


async def test_a_book_is_founded_in_a_currency_of_iso(household: Household) -> None:
    answer = await household.person.ask("POST", "/books", {"name": "Coins", "currency": "BTC"})
    refused(answer, 422, "request_invalid", pointer="/currency", blamed="currency_unknown")


async def test_digits_that_amounts_need_stay(coins: Household, superuser: asyncpg.Connection) -> None:
    currency = await currency_of(coins, "BTC")
    path = f"/currencies/{currency['id']}"
    await coins.record("0.0010", account="Assets:Wallet")
    assert granted(await coins.ask("PATCH", path, {"digits": 3}))["digits"] == 3
    refused(await coins.ask("PATCH", path, {"digits": 2}), 409, "currency_posted_finer")
    with pytest.raises(asyncpg.CheckViolationError, match="digits"):
        await superuser.execute("UPDATE own_currencies SET digits = 2 WHERE id = $1", UUID(currency["id"]))
    with pytest.raises(asyncpg.CheckViolationError, match="keeps something"):
        await superuser.execute("UPDATE own_currencies SET code = 'BTX' WHERE id = $1", UUID(currency["id"]))


async def test_one_that_something_is_kept_in_stays(coins: Household, superuser: asyncpg.Connection) -> None:
    currency = await currency_of(coins, "BTC")
    path = f"/currencies/{currency['id']}"
    refused(await coins.ask("DELETE", path), 409, "currency_in_use")  # an account is
    delete = "DELETE FROM own_currencies WHERE id = $1"
    with pytest.raises(asyncpg.CheckViolationError, match="keeps something"):
        await superuser.execute(delete, UUID(currency["id"]))
    wallet = (await coins.got("/accounts?kind=asset"))["data"][-1]
    granted(await coins.ask("PATCH", f"/accounts/{wallet['id']}", {"currency": None}))
    made = await coins.record("1", account="Assets:Wallet", currency="BTC")
    refused(await coins.ask("DELETE", path), 409, "currency_in_use")  # a posting is
    with pytest.raises(asyncpg.CheckViolationError, match="keeps something"):
        await superuser.execute(delete, UUID(currency["id"]))
    granted(await coins.ask("DELETE", f"/transactions/{made['id']}"), 204)
    granted(await coins.ask("DELETE", path), 204)
    assert (await coins.got("/currencies"))["data"] == []
    refused(await coins.ask("POST", f"/transactions/{made['id']}/restore"), 409, "currency_changed")
    await coins.made("/currencies", BITCOIN | {"digits": 4})
    back = granted(await coins.ask("POST", f"/transactions/{made['id']}/restore"))
    assert back["postings"][0]["amount"] == "1.0000"


async def test_a_change_is_told_in_the_log_and_checked_against_what_the_caller_saw(coins: Household) -> None:
    currency = await currency_of(coins, "BTC")
    path = f"/currencies/{currency['id']}"
    stale = await coins.ask("PATCH", path, {"name": "Bitcoins"}, headers={"If-Match": '"1"'})
    refused(stale, 412, "revision_stale")
    changed = granted(await coins.ask("PATCH", path, {"name": "Bitcoins"}))
    assert granted(await coins.ask("PATCH", path, {"name": "Bitcoins"})) == changed  # nothing: no revision
    assert await coins.revision() == changed["revision"]
    history = (await coins.got(f"/history/{currency['id']}"))["data"]
    assert [each["before"]["name"] for each in history] == ["Bitcoin"]
    assert history[0]["before"]["digits"] == 8
    unknown = await coins.ask("PATCH", f"/currencies/{ids.new_id()}", {"name": "None"})
    refused(unknown, 404, "currency_not_found")
    refused(await coins.ask("PATCH", path, {"code": "BTX"}), 422, "request_invalid", pointer="/code")


async def test_the_database_refuses_codes_and_digits_that_cannot_be(
    coins: Household, superuser: asyncpg.Connection
) -> None:
    for change in ("code = 'btc'", "code = 'B'", "digits = 19", "digits = -1", "kind = 'stamps'", "name = ''"):
        with pytest.raises(asyncpg.CheckViolationError):
            await superuser.execute(
                f"UPDATE own_currencies SET {change} WHERE book_id = $1 AND code = 'BTC'", UUID(coins.book_id)
            )


async def test_a_file_is_imported_into_an_account_of_a_books_own_currency(coins: Household) -> None:
    data = b"Date,Description,Amount,Balance\n2026-03-05,Mined,0.5,0.50000001\n2026-03-06,Fee,-0.00000001,0.50000000\n"
    brought = granted(await coins.bring(data, account="Assets:Wallet"), 201)
    assert brought["accounts"][0]["statement"]["closing"]["amount"] == "0.50000000"
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "0.00000000", "currency": "BTC"}
    fine = await coins.bring(b"Date,Description,Amount\n2026-03-07,Dust,0.000000001\n", account="Assets:Wallet")
    assert fine.status_code == 422


async def undone(home: Household, revision: int) -> Any:
    return await home.ask("POST", f"/changes/{revision}/undo")


async def test_a_currency_is_undone_unless_something_is_kept_in_it(household: Household) -> None:
    made = await household.made("/currencies", BITCOIN)
    box = await household.open_account("Box")
    used = await household.record("0.5", account=box["id"], currency="BTC")
    refused(await undone(household, made["revision"]), 409, "record_unfit")
    granted(await undone(household, used["revision"]))
    granted(await undone(household, made["revision"]))
    assert (await household.got("/currencies"))["data"] == []
    # What was in it can't come back before the currency does.
    refused(await undone(household, used["revision"] + 1), 409, "currency_changed")
    granted(await undone(household, used["revision"] + 2))
    granted(await undone(household, used["revision"] + 1))
    assert await household.balance(box["id"]) == {"BTC": "0.50000000"}


async def test_what_is_finer_than_its_currency_became_does_not_come_back(coins: Household) -> None:
    currency = await currency_of(coins, "BTC")
    made = await coins.record("0.00000001", account="Assets:Wallet")
    granted(await coins.ask("DELETE", f"/transactions/{made['id']}"), 204)
    struck = await coins.revision()
    granted(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 2}))
    refused(await undone(coins, struck), 409, "currency_changed")
    refused(await coins.ask("POST", f"/transactions/{made['id']}/restore"), 409, "currency_changed")
    granted(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 8}))
    granted(await undone(coins, struck))


# What else is kept in them


async def test_an_account_is_valued_in_a_currency_of_the_books_own(coins: Household) -> None:
    currency = await currency_of(coins, "BTC")
    vault = await coins.open_account("Vault", type="investment", currency="BTC")
    path = f"/accounts/{vault['id']}/valuations"
    made = await coins.made(path, {"date": "2026-03-01", "amount": "0.5"})
    assert (made["amount"], made["currency"]) == ("0.50000000", "BTC")
    assert await coins.balance(vault["id"]) == {"BTC": "0.50000000"}
    too_fine = {"date": "2026-03-02", "amount": "0.000000001"}
    refused(await coins.ask("POST", path, too_fine), 422, "amount_too_fine", pointer="/amount")
    changed = granted(await coins.ask("PATCH", f"{path}/{made['id']}", {"amount": "0.00000001"}))
    assert changed["amount"] == "0.00000001"
    refused(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 7}), 409, "currency_posted_finer")
    granted(await coins.ask("DELETE", f"{path}/{made['id']}"), 204)
    deleted = await coins.revision()
    granted(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 7}))
    refused(await undone(coins, deleted), 409, "currency_changed")
    granted(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 8}))
    granted(await undone(coins, deleted))
    assert await coins.balance(vault["id"]) == {"BTC": "0.00000001"}


async def test_digits_that_links_need_stay(coins: Household, superuser: asyncpg.Connection) -> None:
    currency = await currency_of(coins, "BTC")
    spent = await coins.record("-2", account="Assets:Wallet", category="Expenses:Food")
    back = await coins.record("1", account="Assets:Wallet", category="Expenses:Food")
    ends = {"from_posting_id": spent["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    too_fine = {"kind": "refund", **ends, "amount": "0.000000001"}
    refused(await coins.ask("POST", "/links", too_fine), 422, "amount_too_fine", pointer="/amount")
    link = await coins.made("/links", {"kind": "refund", **ends, "amount": "0.25"})
    assert link["amount"] == "0.25000000"
    refused(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 1}), 409, "currency_posted_finer")
    with pytest.raises(asyncpg.CheckViolationError, match="digits"):
        await superuser.execute("UPDATE own_currencies SET digits = 1 WHERE id = $1", UUID(currency["id"]))
    granted(await coins.ask("DELETE", f"/links/{link['id']}"), 204)
    deleted = await coins.revision()
    granted(await coins.ask("PATCH", f"/currencies/{currency['id']}", {"digits": 1}))
    refused(await undone(coins, deleted), 409, "currency_changed")


async def test_terms_of_an_account_are_in_its_currency(coins: Household) -> None:
    currency = await currency_of(coins, "BTC")
    loan = {"type": "credit_card", "currency": "BTC"}
    too_fine = {"name": "Loan", "kind": "liability", **loan, "credit_limit": "0.000000001"}
    refused(await coins.ask("POST", "/accounts", too_fine), 422, "amount_too_fine", pointer="/credit_limit")
    account = await coins.open_account("Loan", "liability", **loan, credit_limit="0.25")
    assert account["credit_limit"] == "0.25000000"
    path = f"/currencies/{currency['id']}"
    refused(await coins.ask("PATCH", path, {"digits": 1}), 409, "currency_posted_finer")
    granted(await coins.ask("PATCH", path, {"digits": 2}))
    held = await coins.got("/accounts/balances")
    (told,) = [each for each in held["data"] if each["account_id"] == account["id"]]
    assert told["balances"] == [{"amount": "0.00", "currency": "BTC"}]
    assert told["available"] == {"amount": "0.25", "currency": "BTC"}


async def test_a_transfer_between_books_needs_the_currency_in_both(coins: Household) -> None:
    book = granted(await coins.person.ask("POST", "/books", {"name": "Other", "currency": "EUR"}), 201)
    other = Household(coins.person, book["id"])
    await other.open_account("Box")
    body = {"amount": "0.5", "from": "Assets:Wallet", "to": "Assets:Box", "to_book_id": book["id"]}
    refused(await coins.ask("POST", "/book-transfers", body), 422, "currency_unknown", pointer="/amount")
    await other.made("/currencies", BITCOIN | {"digits": 4})
    moved = await coins.made("/book-transfers", body)
    assert (moved["here"]["amount"], moved["there"]["amount"]) == ("-0.50000000", "0.5000")


async def test_a_reversal_has_the_digits_of_today(coins: Household) -> None:
    miles = await coins.made("/currencies", {"code": "MILES", "name": "Miles", "digits": 0, "kind": "points"})
    account = await coins.open_account("Card", currency="MILES")
    made = await coins.record("500", account=account["id"])
    granted(await coins.ask("PATCH", f"/currencies/{miles['id']}", {"digits": 2}))
    back = granted(await coins.ask("POST", f"/transactions/{made['id']}/reverse", {}), 201)
    assert back["postings"][0]["amount"] == "-500.00"
    assert await coins.got(f"/transactions/{back['id']}") == back
