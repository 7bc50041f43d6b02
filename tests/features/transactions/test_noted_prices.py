"""What a unit was worth or was bought for, noted on postings: kept as it was said, and held against the amounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.records.test_digest import digest_of
from tests.household import Client, Household

from farthing.core.connection import watched

DAY = {"date": "2026-03-05"}
PRICE = {"amount": "0.9123", "currency": "EUR"}
COST = {"amount": "37.50", "currency": "EUR", "date": "2026-01-02", "label": "first lot"}


@pytest.fixture
async def home(client: Client) -> Household:
    home = await Household.founded(client)
    await home.open_account("Dollars", currency="USD")
    await home.open_account("Depot", type="investment")
    await home.made("/currencies", {"code": "ACME", "name": "Acme", "digits": 4, "kind": "security"})
    return home


def exchange(price: Any = PRICE, dollars: str = "100.00", euros: str = "-91.23", **more: Any) -> dict[str, Any]:
    """Dollars for euros, at a price."""
    return {
        **DAY,
        "postings": [
            {"account": "Assets:Dollars", "amount": dollars, "price": price, **more},
            {"account": "Assets:Checking", "amount": euros},
        ],
    }


def shares(amount: str, euros: str, **noted: Any) -> dict[str, Any]:
    """Shares for euros."""
    return {
        **DAY,
        "postings": [
            {"account": "Assets:Depot", "amount": amount, "currency": "ACME", **noted},
            {"account": "Assets:Checking", "amount": euros},
        ],
    }


def noted(transaction: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(posting["price"], posting["cost"]) for posting in transaction["postings"]]


async def test_what_is_noted_is_shown_as_it_was_said_wherever_the_transaction_is(home: Household) -> None:
    made = await home.made("/transactions", exchange())
    assert noted(made) == [(PRICE, None), (None, None)]
    bought = await home.made("/transactions", shares("2.0000", "-75.00", cost=COST | {"label": " first lot "}))
    assert noted(bought) == [(None, COST), (None, None)]
    for each in (made, bought):
        assert await home.got(f"/transactions/{each['id']}") == each
    listed = (await home.got("/transactions"))["data"]
    assert [noted(each) for each in listed] == [noted(bought), noted(made)]
    register = (await home.got(f"/accounts/{home.checking_id}/register"))["data"]
    assert [noted(each["transaction"]) for each in register] == [noted(bought), noted(made)]
    plain = await home.record()
    assert noted(plain) == [(None, None), (None, None)]
    assert await home.trial_balance() == {"ACME": "0.0000", "EUR": "0.00", "USD": "0.00"}


async def test_a_cost_needs_neither_a_day_nor_a_name(home: Household) -> None:
    made = await home.made("/transactions", shares("2", "-75.00", cost={"amount": "37.5", "currency": "EUR"}))
    assert noted(made)[0] == (None, {"amount": "37.5", "currency": "EUR", "date": None, "label": None})
    nameless = await home.made("/transactions", shares("2", "-75.00", cost=COST | {"label": " "}))
    assert nameless["postings"][0]["cost"]["label"] is None


@pytest.mark.parametrize(
    ("wanted", "code", "pointer"),
    [
        (exchange({"amount": "0.95", "currency": "EUR"}), "price_disagrees", "/postings/0/price"),
        (shares("2", "-75.00", cost=COST | {"amount": "38"}), "price_disagrees", "/postings/0/cost"),
        (exchange({"amount": "1", "currency": "USD"}), "price_in_itself", "/postings/0/price/currency"),
        (shares("2", "-75.00", cost=COST | {"currency": "ACME"}), "price_in_itself", "/postings/0/cost/currency"),
        (exchange({"amount": "1", "currency": "DOGE"}), "currency_unknown", "/postings/0/price/currency"),
        (shares("2", "-75.00", cost=COST | {"currency": "DOGE"}), "currency_unknown", "/postings/0/cost/currency"),
        (exchange({"amount": "-1", "currency": "EUR"}), "invalid_request", "/postings/0/price/amount"),
        (exchange({"amount": 1, "currency": "EUR"}), "invalid_request", "/postings/0/price/amount"),
        (exchange({"amount": f"0.{'1' * 19}", "currency": "EUR"}), "invalid_request", "/postings/0/price/amount"),
        (exchange({"amount": "1"}), "invalid_request", "/postings/0/price/currency"),
        (exchange({"amount": "1", "currency": "EUR", "label": "x"}), "invalid_request", "/postings/0/price/label"),
        (shares("2", "-75.00", cost=COST | {"date": "1599-12-31"}), "invalid_request", "/postings/0/cost/date"),
        (shares("2", "-75.00", cost=COST | {"label": "x" * 201}), "invalid_request", "/postings/0/cost/label"),
    ],
)  # fmt: skip
async def test_what_cannot_be_noted_is_refused_at_its_field(
    home: Household, wanted: dict[str, Any], code: str, pointer: str
) -> None:
    revision = await home.revision()
    answer = await home.ask("POST", "/transactions", wanted)
    refused(answer, 422, answer.json()["code"] if code == "invalid_request" else code, pointer=pointer)
    assert await home.revision() == revision


async def test_a_price_that_disagrees_is_refused_with_both_figures(home: Household) -> None:
    answer = await home.ask("POST", "/transactions", exchange({"amount": "0.95", "currency": "EUR"}))
    assert refused(answer, 422, "price_disagrees")["detail"] == (
        "By what is noted it comes to 95.00 EUR; the postings in EUR come to 91.23."
    )
    many = {"transactions": [exchange(), exchange({"amount": "0.95", "currency": "EUR"})]}
    refused(await home.ask("POST", "/transactions/bulk", many), 422, "price_disagrees",
            pointer="/transactions/1/postings/0/price")  # fmt: skip
    partly = granted(await home.ask("POST", "/transactions/bulk", many, params={"mode": "partial"}), 201)
    assert [each["status"] for each in partly["results"]] == ["created", "refused"]


async def test_a_gain_may_stand_beside_what_was_sold(home: Household) -> None:
    sold = shares("-10", "1200.00", price={"amount": "120", "currency": "EUR"}, cost=COST | {"amount": "100"})
    gain = {"account": "Income:Gains", "amount": "-200.00", "currency": "EUR"}
    await home.open_account("Gains", "income")
    made = await home.made("/transactions", sold | {"postings": [*sold["postings"], gain]})
    assert noted(made)[0][0] == {"amount": "120", "currency": "EUR"}
    assert (await home.balance(home.checking_id)) == {"EUR": "1200.00"}


async def test_changes_keep_what_is_noted_until_the_postings_are_replaced(home: Household) -> None:
    made = await home.made("/transactions", exchange())
    path = f"/transactions/{made['id']}"
    assert noted(granted(await home.ask("PATCH", path, {"notes": "airport"}))) == noted(made)
    kept = [
        {"id": posting["id"], "account": posting["account"], "amount": posting["amount"], "price": posting["price"]}
        for posting in made["postings"]
    ]
    assert noted(granted(await home.ask("PATCH", path, {"postings": kept}))) == noted(made)
    dearer = [kept[0] | {"price": {"amount": "0.91245", "currency": "EUR"}, "cost": COST}, kept[1]]
    answer = await home.ask("PATCH", path, {"postings": dearer})
    refused(answer, 422, "price_disagrees", pointer="/postings/0/price")
    cost = COST | {"amount": "0.91"}
    dearer[0] |= {"cost": cost, "price": {"amount": "0.912300", "currency": "EUR"}}
    changed = granted(await home.ask("PATCH", path, {"postings": dearer}))
    assert noted(changed)[0] == ({"amount": "0.912300", "currency": "EUR"}, cost)
    cleared = granted(
        await home.ask("PATCH", path, {"postings": [{"account": p["account"], "amount": p["amount"]} for p in kept]})
    )
    assert noted(cleared) == [(None, None), (None, None)]
    before = await home.got(path)
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
    assert noted(await home.got(path)) == noted(changed) != noted(before)


async def test_one_line_keeps_its_price_when_it_changes(home: Household) -> None:
    lines = [
        {"account": "Assets:Dollars", "amount": "-10.00", "price": PRICE, "cost": COST},
        {"account": "Expenses:Taxes", "amount": "10.00", "currency": "USD", "price": PRICE},
    ]
    made = await home.made("/transactions", DAY | {"postings": lines})
    path = f"/transactions/{made['id']}"
    changed = granted(await home.ask("PATCH", path, {"amount": "-12.00", "category": "Expenses:Fees"}))
    assert noted(changed) == noted(made) == [(PRICE, COST), (PRICE, None)]
    revision = await home.revision()
    same = [
        {name: posting[name] for name in ("id", "account", "amount", "currency", "price", "cost")}
        for posting in changed["postings"]
    ]
    granted(await home.ask("PATCH", path, {"postings": same}))
    assert await home.revision() == revision
    many = {"ids": [made["id"]], "changes": {"category": "Expenses:Taxes"}}
    assert granted(await home.ask("PATCH", "/transactions/bulk", many))["changed"] == 1
    assert noted(await home.got(path)) == noted(made)
    shares_of = {"lines": [{"category": "Expenses:Fees", "weight": "1"}, {"category": "Expenses:Taxes", "weight": "2"}]}
    split = granted(await home.ask("POST", f"{path}/split", shares_of))
    assert noted(split) == [(PRICE, COST), (PRICE, None), (PRICE, None)]


async def test_reversed_deleted_and_restored_it_is_still_noted(home: Household) -> None:
    made = await home.made("/transactions", exchange(cost=COST | {"amount": "0.91"}))
    path = f"/transactions/{made['id']}"
    revision, digest = await home.revision(), await digest_of(home)
    mirror = await home.made(f"{path}/reverse", {})
    assert noted(mirror) == noted(made)
    granted(await home.ask("DELETE", f"/transactions/{mirror['id']}"), 204)
    granted(await home.ask("DELETE", path), 204)
    then = await home.got("/transactions", params={"known_at": revision})
    assert [noted(each) for each in then["data"]] == [noted(made)]
    register = await home.got(f"/accounts/{home.checking_id}/register", params={"known_at": revision})
    assert noted(register["data"][0]["transaction"]) == noted(made)
    restored = granted(await home.ask("POST", f"{path}/restore"))
    assert noted(restored) == noted(made)
    assert await digest_of(home) == digest
    page = await home.got("/changes", params={"include": "records", "after": 0, "limit": 200})
    (fed,) = [each["record"] for each in page["data"] if each["id"] == made["id"]]
    assert fed["postings"][0]["price_amount"] == "0.9123"
    assert fed["postings"][0]["cost_label"] == "first lot"


async def test_a_batch_notes_what_its_operations_say(home: Household) -> None:
    id_ = "019aad3e-7a10-7cc3-98c4-dc0c0c0739a1"
    operations = [
        {"op": "record", "transaction": exchange() | {"id": id_}},
        {"op": "change", "id": id_, "changes": {"notes": "x"}},
    ]
    done = granted(await home.ask("POST", "/batch", {"operations": operations}))
    assert noted(done["results"][1]["body"]) == [(PRICE, None), (None, None)]


async def test_a_currency_that_a_price_is_in_stays(home: Household, superuser: asyncpg.Connection) -> None:
    coin = await home.made("/currencies", {"code": "COIN", "name": "Coin", "digits": 2})
    other = await home.made("/currencies", {"code": "OTHER", "name": "Other", "digits": 2})
    made = await home.made(
        "/transactions",
        exchange({"amount": "3", "currency": "COIN"}, cost={"amount": "4", "currency": "OTHER"}),
    )
    for each in (coin, other):
        refused(await home.ask("DELETE", f"/currencies/{each['id']}"), 409, "currency_in_use")
        with pytest.raises(asyncpg.CheckViolationError, match="keeps something in"):
            await superuser.execute("DELETE FROM own_currencies WHERE id = $1", UUID(each["id"]))
    granted(await home.ask("DELETE", f"/transactions/{made['id']}"), 204)
    deleted = await home.revision()
    granted(await home.ask("DELETE", f"/currencies/{coin['id']}"), 204)
    refused(await home.ask("POST", f"/transactions/{made['id']}/restore"), 409, "currency_changed")
    refused(await home.ask("POST", f"/changes/{deleted}/undo"), 409, "currency_changed")


async def test_currencies_are_looked_up_once_and_only_where_a_price_names_one_of_the_books_own(home: Household) -> None:
    async def statements(wanted: dict[str, Any]) -> list[str]:
        sent: list[str] = []
        with watched(lambda _, sql, __: sent.append(sql)):
            await home.made("/transactions", wanted)
        return sent

    plain = await statements(exchange(None))
    assert len(await statements(exchange())) == len(plain)
    of_own = await statements(exchange({"amount": "3", "currency": "ACME"}))
    assert len(of_own) == len(plain) + 1
    assert sum("price_amount" in sql for sql in plain) == 0


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"price_amount": "1"}, "price"),
        ({"price_currency": "EUR"}, "price"),
        ({"price_amount": "-1", "price_currency": "EUR"}, "price"),
        ({"price_amount": "NaN", "price_currency": "EUR"}, "price"),
        ({"price_amount": "Infinity", "price_currency": "EUR"}, "price"),
        ({"price_amount": "1e28", "price_currency": "EUR"}, "price"),
        ({"price_amount": "0.0000000000000000001", "price_currency": "EUR"}, "price"),
        ({"price_amount": "1", "price_currency": "euro"}, "price"),
        ({"price_amount": "1", "price_currency": "USD"}, "price"),
        ({"cost_amount": "1"}, "cost"),
        ({"cost_currency": "EUR"}, "cost"),
        ({"cost_date": "2026-03-05"}, "cost"),
        ({"cost_label": "a lot"}, "cost"),
        ({"cost_amount": "-1", "cost_currency": "EUR"}, "cost"),
        ({"cost_amount": "1", "cost_currency": "USD"}, "cost"),
        ({"cost_amount": "1", "cost_currency": "EUR", "cost_label": ""}, "cost"),
        ({"cost_amount": "1", "cost_currency": "EUR", "cost_label": "x" * 201}, "cost"),
        ({"cost_amount": "1", "cost_currency": "EUR", "cost_date": "1599-12-31"}, "cost"),
        ({"price_amount": "0", "price_currency": "EUR", "cost_amount": "0", "cost_currency": "EUR",
          "cost_label": "x" * 200, "cost_date": "2999-12-31"}, None),
    ],
)  # fmt: skip
async def test_postgresql_takes_whole_notes_only(
    home: Household, superuser: asyncpg.Connection, values: dict[str, str], constraint: str | None
) -> None:
    made = await home.made("/transactions", exchange(None))
    change = ", ".join(f"{name} = '{value}'" for name, value in values.items())
    statement = f"UPDATE postings SET {change} WHERE id = $1"
    if constraint is None:
        await superuser.execute(statement, UUID(made["postings"][0]["id"]))
    else:
        with pytest.raises(asyncpg.CheckViolationError, match=f"ck_postings_{constraint}_noted_whole"):
            await superuser.execute(statement, UUID(made["postings"][0]["id"]))
