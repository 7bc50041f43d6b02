"""The chart of accounts: its tree, its names, and what an account lets happen to it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.answers import granted, refused
from tests.household import Household

from farthing.kit import ids


async def names(home: Household, **wanted: Any) -> list[str]:
    return [each["full_name"] for each in (await home.got("/accounts", params={"limit": 200, **wanted}))["data"]]


async def test_renaming_and_moving_carries_what_is_below(household: Household) -> None:
    bank = await household.open_account("Bank")
    giro = await household.open_account("Giro", parent="assets:bank")
    pot = await household.open_account("Pot", parent=giro["id"])
    bankier = await household.open_account("Bankier")
    revision = await household.revision()
    granted(await household.ask("PATCH", f"/accounts/{bank['id']}", {"name": "Ümlaut Bank"}))
    assert await household.revision() == revision + 1
    moved = await household.got(f"/accounts/{pot['id']}")
    assert (moved["full_name"], moved["revision"]) == ("Assets:Ümlaut Bank:Giro:Pot", revision + 1)
    assert (await household.got(f"/accounts/{bankier['id']}"))["full_name"] == "Assets:Bankier"
    granted(await household.ask("PATCH", f"/accounts/{giro['id']}", {"parent": None}))
    assert (await household.got(f"/accounts/{pot['id']}"))["full_name"] == "Assets:Giro:Pot"
    granted(await household.ask("PATCH", f"/accounts/{giro['id']}", {"parent": "Assets:Bankier"}))
    listed = await names(household, kind="asset")
    assert listed == [
        "Assets:Checking", "Assets:Ümlaut Bank", "Assets:Bankier", "Assets:Bankier:Giro", "Assets:Bankier:Giro:Pot",
    ]  # fmt: skip
    images = (await household.got(f"/history/{pot['id']}"))["data"]
    assert [image["before"]["full_name"] for image in images] == [
        "Assets:Giro:Pot", "Assets:Ümlaut Bank:Giro:Pot", "Assets:Bank:Giro:Pot",
    ]  # fmt: skip


async def test_an_outdated_picture_of_an_account_is_refused(household: Household) -> None:
    path = f"/accounts/{household.checking_id}"
    seen = (await household.ask("GET", path)).headers["etag"]
    changed = await household.ask("PATCH", path, {"name": "Giro"}, headers={"If-Match": seen})
    assert changed.headers["etag"] != seen
    for method, target, body in (("PATCH", path, {"name": "x"}), ("POST", f"{path}/close", {})):
        refused(await household.ask(method, target, body, headers={"If-Match": seen}), 412, "revision_stale")


async def test_names_are_one_among_siblings_whatever_the_case_or_form(household: Household) -> None:
    for name in ("checking", "CHECKING", "\uff23hecking", " Checking "):
        refused(await household.ask("POST", "/accounts", {"name": name, "kind": "asset"}), 409, "account_name_taken")
    await household.open_account("Checking", "liability")
    await household.open_account("Checking", parent="Assets:Checking")
    other = await household.open_account("Other")
    path = f"/accounts/{other['id']}"
    refused(await household.ask("PATCH", path, {"name": "checkING"}), 409, "account_name_taken")
    granted(await household.ask("PATCH", path, {"name": "OTHER"}))
    revision = await household.revision()
    granted(await household.ask("PATCH", path, {"name": "OTHER"}))
    assert await household.revision() == revision


async def test_an_account_stands_under_its_own_kind_and_never_under_itself(household: Household) -> None:
    top = await household.open_account("Top")
    below = await household.open_account("Below", parent=top["id"])
    for parent in (top["id"], below["id"], "Expenses:Food", "Equity:Trading"):
        answer = await household.ask("PATCH", f"/accounts/{top['id']}", {"parent": parent})
        refused(answer, 422, "parent_unfit", pointer="/parent")
    wrong = {"name": "x", "kind": "liability", "parent": top["id"]}
    refused(await household.ask("POST", "/accounts", wrong), 422, "parent_unfit", pointer="/parent")
    wrong = {"name": "x", "kind": "asset", "parent": "Assets:Nowhere"}
    refused(await household.ask("POST", "/accounts", wrong), 422, "account_unknown", pointer="/parent")
    parent = below["id"]
    for depth in range(3, 9):
        parent = (await household.open_account(f"Level {depth}", parent=parent))["id"]
    wrong = {"name": "Level 9", "kind": "asset", "parent": parent}
    refused(await household.ask("POST", "/accounts", wrong), 422, "parent_unfit", pointer="/parent")
    root = await household.open_account("Root")
    refused(await household.ask("PATCH", f"/accounts/{top['id']}", {"parent": root["id"]}), 422, "parent_unfit")


async def test_a_number_belongs_to_one_account_however_it_is_written(household: Household) -> None:
    iban = "DE89 3704 0044 0532 0130 00"
    first = await household.open_account("First", number=iban)
    assert first["number"] == iban
    for number in ("DE89370400440532013000", "de89-3704-0044-0532-0130-00", f" {iban} "):
        wanted = {"name": "Second", "kind": "asset", "number": number}
        refused(await household.ask("POST", "/accounts", wanted), 409, "account_number_taken")
    second = await household.open_account("Second")
    path = f"/accounts/{second['id']}"
    refused(await household.ask("PATCH", path, {"number": iban}), 409, "account_number_taken")
    granted(await household.ask("PATCH", f"/accounts/{first['id']}", {"number": None}))
    assert granted(await household.ask("PATCH", path, {"number": iban}))["number"] == iban


async def test_kind_type_and_currency_go_together(household: Household) -> None:
    for wanted, code, pointer in [
        ({"kind": "asset", "type": "credit_card", "currency": "EUR"}, "type_unfit", "/type"),
        ({"kind": "expense", "type": "cash"}, "type_unfit", "/type"),
        ({"kind": "asset", "type": "checking"}, "currency_required", "/currency"),
        ({"kind": "asset", "currency": "QQQ"}, "currency_unknown", "/currency"),
        ({"kind": "thing"}, "request_invalid", "/kind"),
        ({"kind": "asset", "name": "a:b"}, "request_invalid", "/name"),
        ({"kind": "asset", "name": "x" * 101}, "request_invalid", "/name"),
    ]:
        answer = await household.ask("POST", "/accounts", {"name": "x", **wanted})
        refused(answer, 422, code, pointer=pointer)
    path = f"/accounts/{household.checking_id}"
    refused(await household.ask("PATCH", path, {"currency": None}), 422, "currency_required", pointer="/currency")
    granted(await household.ask("PATCH", path, {"currency": "USD"}))
    await household.record("-1.00")
    refused(await household.ask("PATCH", path, {"currency": "EUR"}), 409, "currency_used")
    wallet = await household.open_account("Wallet")
    for currency in ("EUR", "JPY"):
        await household.record("-1", account="Assets:Wallet", currency=currency)
    for currency in ("EUR", "JPY", "CHF"):
        refused(await household.ask("PATCH", f"/accounts/{wallet['id']}", {"currency": currency}), 409, "currency_used")


async def test_an_account_is_closed_when_it_is_empty_and_nothing_comes_after(household: Household) -> None:
    account = await household.open_account("Old", currency="EUR")
    child = await household.open_account("Child", parent=account["id"])
    path = f"/accounts/{account['id']}"
    await household.record("10.00", account="Assets:Old", date="2026-03-10")
    answer = await household.ask("POST", f"{path}/close", {"date": "2026-03-31"})
    assert "10.00 EUR" in refused(answer, 409, "account_not_empty")["detail"]
    await household.record("-10.00", account="Assets:Old", date="2026-03-12")
    refused(await household.ask("POST", f"{path}/close", {"date": "2026-03-31"}), 409, "account_has_open_children")
    granted(await household.ask("POST", f"/accounts/{child['id']}/close", {"date": "2026-03-01"}))
    refused(await household.ask("POST", f"{path}/close", {"date": "2026-03-11"}), 409, "account_in_use_later")
    closed = granted(await household.ask("POST", f"{path}/close", {"date": "2026-03-12"}))
    assert closed["closed_on"] == "2026-03-12"
    refused(await household.ask("POST", f"{path}/close", {"date": "2026-03-12"}), 409, "account_closed")
    wanted = {"name": "x", "kind": "asset", "parent": account["id"]}
    refused(await household.ask("POST", "/accounts", wanted), 409, "account_closed")
    assert "Assets:Old" not in await names(household)
    assert "Assets:Old" in await names(household, closed="true")
    assert granted(await household.ask("POST", f"{path}/reopen"))["closed_on"] is None
    refused(await household.ask("POST", f"{path}/reopen"), 409, "account_not_closed")
    refused(await household.ask("POST", f"/accounts/{ids.new_id()}/close", {}), 404, "account_not_found")


async def test_an_opening_balance_counts_from_its_day(household: Household) -> None:
    opening = {"date": "2026-01-15", "amount": "100.5"}
    account = await household.open_account("New", currency="EUR", type="savings", opening=opening)
    assert account["opened_on"] == "2026-01-15"
    await household.record("-0.50", account="Assets:New", date="2026-01-15")
    for day, amount in [("2026-01-14", "0.00"), ("2026-01-15", "100.00"), ("2026-06-30", "100.00")]:
        assert await household.balance(account["id"], date=day) == {"EUR": amount}
    register = (await household.got(f"/accounts/{account['id']}/register"))["data"]
    assert [line["transaction"]["kind"] for line in register] == ["ordinary", "opening"]
    debt = await household.open_account("Card", "liability", type="credit_card", currency="EUR",
                                        opening={"date": "2026-01-01", "amount": "-20"})  # fmt: skip
    assert await household.balance(debt["id"]) == {"EUR": "-20.00"}
    assert set((await household.trial_balance()).values()) == {"0.00"}
    for wrong, code, pointer in [
        ({"amount": "1.001"}, "amount_too_fine", "/opening/amount"),
        ({"currency": "USD"}, "currency_mismatch", "/opening/currency"),
    ]:
        body = {"name": "x", "kind": "asset", "currency": "EUR", "opening": opening | wrong}
        refused(await household.ask("POST", "/accounts", body), 422, code, pointer=pointer)
    assert "Assets:x" not in await names(household)


async def test_a_balance_counts_what_is_below_if_asked(household: Household) -> None:
    bank = await household.open_account("Bank")
    await household.open_account("Giro", parent=bank["id"], currency="EUR")
    await household.open_account("Dollars", parent=bank["id"], currency="USD")
    await household.record("7.00", account="Assets:Bank:Giro")
    await household.record("5.00", account="Assets:Bank:Dollars")
    assert await household.balance(bank["id"]) == {}
    assert await household.balance(bank["id"], children="true") == {"EUR": "7.00", "USD": "5.00"}


async def test_what_the_service_itself_books_to_stays_as_it_is(household: Household) -> None:
    page = await household.got("/accounts", params={"limit": 200})
    system = [each for each in page["data"] if each["role"]]
    assert len(system) == 5
    for account in system:
        path = f"/accounts/{account['id']}"
        for body in ({"name": "x"}, {"parent": None}, {"archived": True}, {"currency": "EUR"}, {"type": "other"}):
            refused(await household.ask("PATCH", path, body), 409, "account_is_system")
        refused(await household.ask("POST", f"{path}/close", {}), 409, "account_is_system")


@pytest.mark.parametrize("limit", [1, 7, 200])
async def test_the_chart_is_listed_in_its_order_page_by_page(household: Household, limit: int) -> None:
    await household.open_account("Sub", parent="Assets:Checking")
    await household.open_account("Zoo")
    whole = await names(household)
    assert whole[:3] == ["Assets:Checking", "Assets:Checking:Sub", "Assets:Zoo"]
    found: list[str] = []
    wanted: dict[str, Any] = {"limit": limit}
    while True:
        page = await household.got("/accounts", params=wanted)
        found += [each["full_name"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        wanted["cursor"] = page["next_cursor"]
    assert found == whole
    assert len(set(found)) == len(found) > 40
    for kind, first in (("expense", "Expenses:"), ("income", "Income:")):
        assert all(name.startswith(first) for name in await names(household, kind=kind))


async def test_an_archived_account_is_out_of_sight_and_its_place_can_change(household: Household) -> None:
    first, second = await household.open_account("First"), await household.open_account("Second")
    granted(await household.ask("PATCH", f"/accounts/{second['id']}", {"position": 0}))
    granted(await household.ask("PATCH", f"/accounts/{first['id']}", {"position": 9}))
    listed = await names(household, kind="asset")
    assert listed.index("Assets:Second") < listed.index("Assets:First")
    granted(await household.ask("PATCH", f"/accounts/{first['id']}", {"archived": True}))
    assert "Assets:First" not in await names(household)
    assert "Assets:First" in await names(household, archived="true")


async def test_an_id_of_the_clients_own_is_taken_once(household: Household) -> None:
    wanted = {"id": str(ids.new_id()), "name": "Mine", "kind": "asset"}
    first = await household.ask("POST", "/accounts", wanted)
    assert granted(first, 201)["id"] == wanted["id"]
    again = await household.ask("POST", "/accounts", wanted | {"name": "Other"})
    refused(again, 409, "id_taken")
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["location"].endswith(f"/accounts/{wanted['id']}")
