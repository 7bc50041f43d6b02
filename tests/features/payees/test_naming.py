"""Whoever is named where something is recorded is found by name or alias, or made."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.architecture.test_queries import counted
from tests.features.answers import granted, refused
from tests.household import Household

from farthing.features.payees import repository
from farthing.kit import ids

GROCERIES = "Expenses:Food:Groceries"


async def payees(home: Household) -> dict[str, Any]:
    listed = (await home.got("/payees", params={"limit": 200, "archived": "true"}))["data"]
    return {each["name"]: each for each in listed}


def category(transaction: dict[str, Any]) -> str:
    (named,) = (each["account"] for each in transaction["postings"] if each["account"] != "Assets:Checking")
    return str(named)


async def test_a_payee_is_made_with_the_transaction_that_first_names_it(household: Household) -> None:
    before = await household.revision()
    answer = await household.ask(
        "POST", "/transactions", {"amount": "-1", "account": "Assets:Checking", "payee": "Baker"}
    )
    made = granted(answer, 201)
    assert await household.revision() == before + 1 == made["revision"]
    assert (made["payee"], made["payee_as_written"]) == ("Baker", "Baker")
    assert await household.got(f"/transactions/{made['id']}") == made
    payee = await household.got(f"/payees/{made['payee_id']}")
    assert (payee["name"], payee["aliases"], payee["created_revision"]) == ("Baker", [], before + 1)
    (change,) = (await household.got("/changes", params={"after": before}))["data"]
    assert change["counts"] == {"payee created": 1, "transaction created": 1}
    assert [(each["kind"], each["id"]) for each in change["records"]] == [
        ("payee", payee["id"]),
        ("transaction", made["id"]),
    ]


async def test_a_payee_is_found_by_name_alias_or_id(household: Household) -> None:
    payee = await household.made("/payees", {"name": "Stra\u00dfencaf\u00e9", "aliases": ["CAFE 12"]})
    for words in ("Stra\u00dfencaf\u00e9", "STRASSENCAF\u00c9", "strassencafe\u0301", "cafe 12"):
        made = await household.record(payee=words)
        assert (made["payee_id"], made["payee"], made["payee_as_written"]) == (payee["id"], payee["name"], words)
        assert await household.got(f"/transactions/{made['id']}") == made
    made = await household.record(payee_id=payee["id"])
    assert (made["payee"], made["payee_as_written"]) == (payee["name"], payee["name"])
    assert list(await payees(household)) == [payee["name"]]


async def test_who_is_named_twice_over_or_not_at_all_is_refused(household: Household) -> None:
    payee = await household.made("/payees", {"name": "Baker"})
    line = {"amount": "-1", "account": "Assets:Checking"}
    made = await household.record(payee="Baker")
    path = f"/transactions/{made['id']}"
    both, unknown = {"payee": "Baker", "payee_id": payee["id"]}, {"payee_id": str(ids.new_id())}
    for wrong, code in ((both, "payee_mixed"), (unknown, "payee_unknown")):
        refused(await household.ask("POST", "/transactions", line | wrong), 422, code, pointer="/payee_id")
        refused(await household.ask("PATCH", path, wrong), 422, code, pointer="/payee_id")
    refused(await household.ask("PATCH", path, {"payee": "x", "payee_id": None}), 422, "payee_mixed")
    refused(
        await household.ask("POST", "/transactions", line | {"payee_id": "Baker"}), 422, "request_invalid",
        pointer="/payee_id",
    )  # fmt: skip
    bulk = {"transactions": [line, line | unknown]}
    refused(
        await household.ask("POST", "/transactions/bulk", bulk), 422, "payee_unknown",
        pointer="/transactions/1/payee_id",
    )  # fmt: skip
    assert list(await payees(household)) == ["Baker"]
    none = await household.record(payee=" ")
    assert (none["payee"], none["payee_id"], none["payee_as_written"]) == (None, None, None)


async def test_a_new_name_shows_in_all_transactions_and_ends_the_304(household: Household) -> None:
    made = await household.record(payee="AMZN Mktp")
    path = f"/transactions/{made['id']}"
    tag = (await household.ask("GET", path)).headers["etag"]
    renamed = granted(await household.ask("PATCH", f"/payees/{made['payee_id']}", {"name": "Amazon"}))
    again = await household.ask("GET", path, headers={"If-None-Match": tag})
    read = granted(again)
    assert (read["payee"], read["payee_as_written"], read["revision"]) == ("Amazon", "AMZN Mktp", made["revision"])
    assert again.headers["etag"] == f'"{renamed["revision"]}"'
    refused(await household.ask("DELETE", path, headers={"If-Match": tag}), 412, "revision_stale")
    (listed,) = (await household.got("/transactions"))["data"]
    assert listed == {name: value for name, value in read.items() if name != "reversed_by_id"}
    (line,) = (await household.got(f"/accounts/{household.checking_id}/register"))["data"]
    assert line["transaction"]["payee"] == "Amazon"
    granted(await household.ask("PATCH", f"/payees/{made['payee_id']}", {"note": "x"}))
    tag = again.headers["etag"]
    assert (await household.ask("GET", path, headers={"If-None-Match": tag})).status_code == 304


async def test_changing_a_transactions_payee(household: Household) -> None:
    made = await household.record(payee="BAKER 1")
    granted(await household.ask("PATCH", f"/payees/{made['payee_id']}", {"name": "Baker"}))
    path, revision = f"/transactions/{made['id']}", await household.revision()
    for same in ({"payee": "Baker"}, {"payee": "baker 1"}, {"payee_id": made["payee_id"]}):
        kept = granted(await household.ask("PATCH", path, same))
        assert (kept["payee"], kept["payee_as_written"]) == ("Baker", "BAKER 1")
    assert await household.revision() == revision
    other = granted(await household.ask("PATCH", path, {"payee": "Butcher"}))
    assert (other["payee"], other["payee_id"]) == ("Butcher", (await payees(household))["Butcher"]["id"])
    back = granted(await household.ask("PATCH", path, {"payee_id": made["payee_id"]}))
    assert (back["payee"], back["payee_as_written"]) == ("Baker", "Baker")
    none = granted(await household.ask("PATCH", path, {"payee": None}))
    assert (none["payee"], none["payee_id"], none["payee_as_written"]) == (None, None, None)
    granted(await household.ask("PATCH", path, {"payee_id": made["payee_id"]}))
    none = granted(await household.ask("PATCH", path, {"payee": None, "payee_id": None}))
    assert (none["payee"], none["payee_id"]) == (None, None)


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_many_transactions_name_payees_as_one_does(household: Household, mode: str) -> None:
    known = await household.made("/payees", {"name": "Known", "default_category": GROCERIES})
    line = {"amount": "-1", "account": "Assets:Checking", "date": "2026-03-01"}
    wanted = [line | {"payee": payee} for payee in ("New", "NEW", "known", "Other")] + [line]
    if mode == "partial":
        wanted.append(line | {"payee": "Refused", "account": "Assets:Nowhere"})
    with counted() as sent:
        await household.made("/transactions/bulk", {"transactions": wanted}, params={"mode": mode})
    assert len(sent) <= 7
    found = {each["payee_as_written"]: each for each in (await household.got("/transactions"))["data"]}
    assert found["New"]["payee_id"] == found["NEW"]["payee_id"]
    assert found["NEW"]["payee"] == "New"
    assert (found["known"]["payee_id"], category(found["known"])) == (known["id"], GROCERIES)
    assert set(await payees(household)) == {"Known", "New", "Other"}


async def test_a_dry_run_and_a_refusal_make_nobody(household: Household) -> None:
    line = {"amount": "-1", "account": "Assets:Checking", "payee": "Nobody"}
    trial = granted(await household.ask("POST", "/transactions", line, params={"dry_run": "true"}), 201)
    assert trial["payee"] == "Nobody"
    refused(await household.ask("POST", "/transactions", line | {"amount": "0"}), 422, "amount_zero")
    assert await payees(household) == {}


async def test_naming_a_known_payee_costs_one_look_up(household: Household) -> None:
    await household.record(payee="Baker")
    with counted() as sent:
        await household.record(payee="baker", category=GROCERIES)
    assert len(sent) == 5, [statement for statement, _ in sent]
    with counted() as sent:
        await household.record(payee="Butcher", category=GROCERIES)
    assert len(sent) == 6, [statement for statement, _ in sent]


async def test_whoever_is_named_by_many_at_once_is_made_once(household: Household) -> None:
    line = {"amount": "-1", "account": "Assets:Checking"}
    answers = await asyncio.gather(
        *(household.ask("POST", "/transactions", line | {"payee": name}) for name in ("Baker", "BAKER", "baker") * 3)
    )
    assert len({granted(answer, 201)["payee_id"] for answer in answers}) == 1
    assert len(await payees(household)) == 1


# --- Default categories ---


@pytest.mark.parametrize("amount", ["-12.50", "12.50"])
async def test_one_line_without_a_category_goes_to_the_payees(household: Household, amount: str) -> None:
    payee = await household.made("/payees", {"name": "Grocer", "aliases": ["GRC"], "default_category": GROCERIES})
    for named in ({"payee": "grc"}, {"payee_id": payee["id"]}):
        assert category(await household.record(amount, **named)) == GROCERIES
    assert category(await household.record(amount, payee="Grocer", category="Income:Salary")) == "Income:Salary"
    moved = await household.made(
        "/transactions", {"amount": "1", "from": "Assets:Checking", "to": "Expenses:Taxes", "payee": "Grocer"}
    )
    assert {each["account"] for each in moved["postings"]} == {"Assets:Checking", "Expenses:Taxes"}


async def test_a_default_category_that_does_not_take_it_is_passed_over(household: Household) -> None:
    dollars = await household.open_account("In Dollars", "expense", currency="USD")
    closed = await household.open_account("Closed", "expense")
    for name, account in (("Abroad", dollars), ("Old", closed)):
        await household.made("/payees", {"name": name, "default_category": account["id"]})
    granted(await household.ask("POST", f"/accounts/{closed['id']}/close", {}))
    for name in ("Abroad", "Old"):
        assert category(await household.record("-1", payee=name)) == "Expenses:Uncategorised"
    brought = granted(await household.bring(b"Date,Description,Amount\n2026-03-05,Abroad,-3.20\n"), 201)
    assert brought["created"] == 1
    (line,) = (await household.got("/transactions", params={"amount_min": "3.20", "amount_max": "3.20"}))["data"]
    assert category(line) == "Expenses:Uncategorised"


# --- Statements ---


async def test_lines_of_statements_find_and_make_payees(household: Household) -> None:
    baker = await household.made(
        "/payees", {"name": "Baker", "aliases": ["BAKERY SUNRISE 0147"], "default_category": GROCERIES}
    )
    lines = (
        b"Date,Payee,Amount\n2026-03-05,Bakery Sunrise 0147,-3.20\n2026-03-06,Bookshop,-17.95\n"
        b"2026-03-07,BOOKSHOP,-5.00\n2026-03-08,,-6.00\n"
    )
    draft = granted(await household.bring(lines, params={"commit": "false"}), 201)
    assert list(await payees(household)) == ["Baker"]
    before = await household.revision()
    granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    found = {each["date"]: each for each in (await household.got("/transactions"))["data"]}
    bread, books, more, nobody = (found[f"2026-03-0{day}"] for day in (5, 6, 7, 8))
    assert (bread["payee"], bread["payee_as_written"]) == ("Baker", "Bakery Sunrise 0147")
    assert (bread["payee_id"], category(bread)) == (baker["id"], GROCERIES)
    assert (books["payee"], category(books)) == ("Bookshop", "Expenses:Uncategorised")
    assert (more["payee"], more["payee_as_written"], more["payee_id"]) == ("Bookshop", "BOOKSHOP", books["payee_id"])
    assert (nobody["payee"], nobody["payee_id"]) == (None, None)
    (change,) = (await household.got("/changes", params={"after": before}))["data"]
    assert change["counts"] == {
        "import created": 1,
        "payee created": 1,
        "statement_line created": 4,
        "transaction created": 4,
    }
    again = granted(await household.bring(lines), 201)
    assert again["created"] == 0
    assert await household.revision() == before + 1


# --- A full book ---


@pytest.fixture
def room_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MAX_PAYEES", 2)


@pytest.mark.usefixtures("room_for_two")
async def test_where_there_is_no_room_for_payees_the_words_remain(household: Household) -> None:
    line = {"amount": "-1", "account": "Assets:Checking", "date": "2026-03-01"}
    names = ("One", "Two", "Three", "two", "three")
    wanted = [line | {"payee": name} for name in names]
    made = (await household.made("/transactions/bulk", {"transactions": wanted}))["data"]
    assert [each["payee"] for each in made] == ["One", "Two", "Three", "Two", "three"]
    assert [each["payee_id"] is None for each in made] == [False, False, True, False, True]
    listed = (await household.got("/transactions"))["data"]
    assert listed == [{name: value for name, value in each.items() if name != "reversed_by_id"} for each in made[::-1]]
    assert set(await payees(household)) == {"One", "Two"}
    single = await household.record(payee="Four")
    assert (single["payee"], single["payee_id"]) == ("Four", None)
    found = (await household.got("/transactions", params={"payee": "fou"}))["data"]
    assert [each["id"] for each in found] == [single["id"]]
    patched = granted(await household.ask("PATCH", f"/transactions/{made[0]['id']}", {"payee": "Five"}))
    assert (patched["payee"], patched["payee_id"]) == ("Five", None)
    granted(await household.bring(b"Date,Payee,Amount\n2026-03-05,Six,-3.20\n"), 201)
    assert set(await payees(household)) == {"One", "Two"}


# --- Bringing back what was deleted ---


async def test_a_restored_transaction_is_its_payees_again_or_whose_its_words_say(
    household: Household, superuser: asyncpg.Connection
) -> None:
    async def deleted(words: str) -> dict[str, Any]:
        made: dict[str, Any] = await household.record(payee=words)
        granted(await household.ask("DELETE", f"/transactions/{made['id']}"), 204)
        return made

    async def restored(made: dict[str, Any]) -> dict[str, Any]:
        back: dict[str, Any] = granted(await household.ask("POST", f"/transactions/{made['id']}/restore"))
        assert back == await household.got(f"/transactions/{made['id']}")
        return back

    kept, merged, gone, wordy = [await deleted(words) for words in ("Kept", "MERGED 1", "Gone", "Wordy")]
    granted(await household.ask("PATCH", f"/payees/{kept['payee_id']}", {"name": "Renamed", "aliases": []}))
    other = await household.made("/payees", {"name": "Other"})
    granted(await household.ask("POST", f"/payees/{merged['payee_id']}/merge", {"into": other["id"]}))
    granted(await household.ask("DELETE", f"/payees/{gone['payee_id']}"), 204)
    # As the history has it of a book that was too full for the payee.
    await superuser.execute(
        "UPDATE history SET before = before || '{\"payee_id\": null}' WHERE record_id = $1", UUID(wordy["id"])
    )
    back = await restored(kept)
    assert (back["payee"], back["payee_id"], back["payee_as_written"]) == ("Renamed", kept["payee_id"], "Kept")
    back = await restored(merged)
    assert (back["payee"], back["payee_id"], back["payee_as_written"]) == ("Other", other["id"], "MERGED 1")
    back = await restored(gone)
    assert back["payee"] == "Gone"
    assert back["payee_id"] == (await payees(household))["Gone"]["id"] != gone["payee_id"]
    assert (await restored(wordy))["payee_id"] == wordy["payee_id"]


# --- Finding ---


@pytest.mark.parametrize("asked", [{"payee": "{}"}, {"q": "payee:{}"}, {"q": "{}"}])
async def test_a_transaction_is_found_by_name_alias_and_words(household: Household, asked: dict[str, str]) -> None:
    one = await household.record(payee="AMZN Mktp")
    await household.record(payee="Bookshop")
    await household.record()
    granted(
        await household.ask("PATCH", f"/payees/{one['payee_id']}", {"name": "Amazon", "aliases": ["Online Bookseller"]})
    )

    async def found(words: str) -> list[str]:
        params = {name: value.format(words) for name, value in asked.items()}
        return [each["payee"] for each in (await household.got("/transactions", params=params))["data"]]

    for words in ("amaz", "mktp", "bookSELL"):
        assert await found(words) == ["Amazon"], words
    assert await found("book") == ["Bookshop", "Amazon"]
    assert await found("nothing") == []
    if "q" in asked:
        turned = {"q": f"-{asked['q'].format('amaz')}"}
        left = (await household.got("/transactions", params=turned))["data"]
        assert [each["payee"] for each in left] == [None, "Bookshop"]


async def test_a_payees_transactions_are_listed_by_its_id(household: Household) -> None:
    made = [await household.record(payee="Baker", date=f"2026-03-0{day}") for day in (1, 2, 3)]
    await household.record(payee="Bakery")
    page = await household.got("/transactions", params={"payee_id": made[0]["payee_id"], "limit": 2})
    rest = await household.got(
        "/transactions", params={"payee_id": made[0]["payee_id"], "limit": 2, "cursor": page["next_cursor"]}
    )
    assert [each["id"] for each in page["data"] + rest["data"]] == [each["id"] for each in made[::-1]]
    assert (await household.got("/transactions", params={"payee_id": str(ids.new_id())}))["data"] == []
