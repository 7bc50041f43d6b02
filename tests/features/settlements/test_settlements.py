"""Settling up: two people, one book, and nobody owes anybody in the end."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.records.test_digest import digest_of
from tests.household import Client, Household, Person

from farthing.kit import ids

AGREEMENTS, SETTLEMENT, PAYMENTS = "/agreements", "/settlement", "/settlement/payments"


@dataclass
class Flat:
    """Ada and Bob, who share a flat and a book."""

    home: Household
    bob: Person

    @property
    def ada(self) -> Person:
        return self.home.person

    def agreement(self, **wanted: Any) -> dict[str, Any]:
        """What they agree on."""
        return {
            "since": "2026-01-01",
            "shares": [{"user_id": self.ada.id}, {"user_id": self.bob.id}],
            "accounts": [
                {"account": "Assets:Ada", "user_id": self.ada.id},
                {"account": "Assets:Bob", "user_id": self.bob.id},
                {"account": "Assets:Joint"},
            ],
            "categories": ["Expenses:Food"],
            **wanted,
        }

    async def agreed(self, **wanted: Any) -> Any:
        return await self.home.made(AGREEMENTS, self.agreement(**wanted))

    async def spend(self, amount: str, account: str, category: str = "Expenses:Food:Groceries", **wanted: Any) -> Any:
        return await self.home.record(f"-{amount}", account=f"Assets:{account}", category=category, **wanted)

    async def move(self, amount: str, giver: str, taker: str, **wanted: Any) -> Any:
        body = {"date": "2026-03-01", "amount": amount, "from": f"Assets:{giver}", "to": f"Assets:{taker}", **wanted}
        return await self.home.made("/transactions", body)

    async def settlement(self, **wanted: str) -> Any:
        return await self.home.got(SETTLEMENT, params={"date": "2026-12-31", **wanted})

    async def standing(self, **wanted: str) -> dict[str, tuple[str, ...]]:
        """What each paid, bears, gave and is owed."""
        read = await self.settlement(**wanted)
        named = {self.ada.id: "ada", self.bob.id: "bob"}
        fields = ("paid", "share", "given", "balance")
        return {
            named[member["user_id"]]: tuple(each[field] for field in fields)
            for member in read["members"]
            for each in member["standings"]
        }


@pytest.fixture
async def flat(household: Household) -> Flat:
    flat = Flat(household, await household.joined("editor"))
    for name in ("Ada", "Bob", "Joint", "Elsewhere"):
        await household.open_account(name, currency="EUR")
    return flat


async def test_who_paid_is_told_by_whose_the_account_is(flat: Flat) -> None:
    await flat.agreed()
    await flat.spend("50.00", "Ada")
    await flat.spend("20.01", "Bob")
    await flat.spend("99.00", "Ada", category="Expenses:Leisure")
    await flat.spend("7.00", "Joint")
    assert await flat.standing() == {
        "ada": ("50.00", "35.01", "0.00", "14.99"),
        "bob": ("20.01", "35.00", "0.00", "-14.99"),
    }
    read = await flat.settlement()
    assert read["payments"] == [
        {"from_user_id": flat.bob.id, "to_user_id": flat.ada.id, "amount": "14.99", "currency": "EUR"}
    ]
    assert ([member["name"] for member in read["members"]], read["unassigned"]) == (["Ada", "Ada"], [])


async def test_what_goes_into_a_common_account_is_paid_and_what_comes_back_is_not(flat: Flat) -> None:
    await flat.agreed()
    await flat.move("300.00", "Ada", "Joint")
    await flat.move("100.00", "Joint", "Bob")
    await flat.spend("60.00", "Joint")
    assert await flat.standing() == {
        "ada": ("300.00", "100.00", "0.00", "200.00"),
        "bob": ("-100.00", "100.00", "0.00", "-200.00"),
    }


async def test_a_payment_between_members_settles_it_and_is_a_transaction(flat: Flat) -> None:
    await flat.agreed()
    await flat.spend("30.00", "Ada")
    (payment,) = (await flat.settlement())["payments"]
    body = {"date": "2026-03-02", "amount": payment["amount"], "from": "Assets:Bob", "to": "Assets:Ada"}
    answer = await flat.home.ask("POST", PAYMENTS, body)
    recorded = granted(answer, 201)
    assert answer.headers["location"].endswith(f"/transactions/{recorded['id']}")
    assert [(each["account"], each["amount"]) for each in recorded["postings"]] == [
        ("Assets:Bob", "-15.00"),
        ("Assets:Ada", "15.00"),
    ]
    assert (await flat.settlement())["payments"] == []
    assert (await flat.standing())["bob"] == ("0.00", "15.00", "15.00", "0.00")
    granted(await flat.home.ask("DELETE", f"/transactions/{recorded['id']}"), 204)
    assert len((await flat.settlement())["payments"]) == 1
    for wrong, pointer in (
        ({"from": "Assets:Joint"}, "/from"),
        ({"to": "Assets:Bob"}, "/to"),
        ({"to": "Assets:Elsewhere"}, "/to"),
        ({"date": "2025-12-31"}, "/from"),
    ):
        refused(await flat.home.ask("POST", PAYMENTS, body | wrong), 422, "holder_missing", pointer=pointer)
    refused(await flat.home.ask("POST", PAYMENTS, body | {"to": "Assets:Nobody"}), 422, "account_unknown")


async def test_shares_have_weights_and_agreements_take_over_from_each_other(flat: Flat) -> None:
    halves = await flat.agreed()
    thirds = await flat.agreed(
        since="2026-03-01",
        shares=[{"user_id": flat.ada.id, "weight": "2"}, {"user_id": flat.bob.id, "weight": "1"}],
    )
    await flat.spend("10.00", "Ada", date="2025-12-31")
    await flat.spend("10.00", "Ada", date="2026-02-28")
    await flat.spend("10.00", "Bob", date="2026-03-01")
    assert await flat.standing() == {
        "ada": ("10.00", "11.67", "0.00", "-1.67"),
        "bob": ("10.00", "8.33", "0.00", "1.67"),
    }
    assert (await flat.standing(date="2026-02-28"))["bob"] == ("0.00", "5.00", "0.00", "-5.00")
    listed = (await flat.home.got(AGREEMENTS))["data"]
    assert [each["id"] for each in listed] == [thirds["id"], halves["id"]]
    page = await flat.home.got(AGREEMENTS, params={"limit": 1})
    assert (await flat.home.got(AGREEMENTS, params={"limit": 1, "cursor": page["next_cursor"]}))["data"] == [halves]
    granted(await flat.home.ask("DELETE", f"{AGREEMENTS}/{thirds['id']}"), 204)
    assert (await flat.standing())["ada"] == ("10.00", "10.00", "0.00", "0.00")


async def test_a_tag_shares_a_transaction_whatever_its_category(flat: Flat) -> None:
    tag = await flat.home.made("/tags", {"name": "trip"})
    await flat.agreed(categories=[], tags=[tag["id"]])
    await flat.spend("40.00", "Ada", category="Expenses:Leisure", tags=["trip"])
    await flat.spend("9.00", "Ada", category="Expenses:Leisure")
    assert (await flat.standing())["bob"] == ("0.00", "20.00", "0.00", "-20.00")
    deleted = await flat.home.ask("DELETE", f"/tags/{tag['id']}", params={"from_transactions": "true"})
    refused(deleted, 409, "tag_agreed_on")
    other = await flat.home.made("/tags", {"name": "journey"})
    refused(await flat.home.ask("POST", f"/tags/{tag['id']}/merge", {"into": other["id"]}), 409, "tag_agreed_on")


async def test_an_account_belongs_to_whom_the_nearest_above_belongs(flat: Flat) -> None:
    await flat.home.open_account("Wallet", currency="EUR", parent="Assets:Ada")
    await flat.home.open_account("Lent", currency="EUR", parent="Assets:Ada")
    accounts = [*flat.agreement()["accounts"], {"account": "Assets:Ada:Lent", "user_id": flat.bob.id}]
    await flat.agreed(accounts=accounts)
    await flat.spend("4.00", "Ada:Wallet")
    await flat.spend("2.00", "Ada:Lent")
    standing = await flat.standing()
    assert (standing["ada"][0], standing["bob"][0]) == ("4.00", "2.00")


async def test_what_nobody_paid_is_told_and_currencies_stay_apart(flat: Flat) -> None:
    await flat.home.open_account("Dollars", currency="USD", parent="Assets:Bob")
    await flat.agreed()
    await flat.spend("12.00", "Elsewhere")
    await flat.spend("3.00", "Bob:Dollars")
    read = await flat.settlement()
    assert read["unassigned"] == [{"amount": "12.00", "currency": "EUR"}]
    assert [(each["amount"], each["currency"]) for each in read["payments"]] == [("1.50", "USD")]


async def test_without_an_agreement_nothing_is_shared(household: Household) -> None:
    await household.record()
    read = await household.got(SETTLEMENT)
    assert (read["members"], read["payments"], read["unassigned"]) == ([], [], [])


async def test_someone_who_left_still_owes(flat: Flat) -> None:
    await flat.agreed()
    await flat.spend("30.00", "Ada")
    granted(await flat.bob.ask("POST", f"/books/{flat.home.book_id}/leave"), 204)
    read = await flat.settlement()
    assert {member["user_id"]: member["name"] for member in read["members"]} == {flat.ada.id: "Ada", flat.bob.id: None}
    assert [each["amount"] for each in read["payments"]] == ["15.00"]


async def test_an_agreement_that_contradicts_itself_is_refused(flat: Flat, client: Client) -> None:
    stranger, nobody = await Person.registered(client), str(ids.new_id())
    ada, bob = {"user_id": flat.ada.id}, {"user_id": flat.bob.id}
    held = flat.agreement()["accounts"]
    for wrong, code, pointer in (
        ({"shares": [ada, {"user_id": stranger.id}]}, "member_unknown", "/shares/1/user_id"),
        ({"shares": [ada, ada]}, "named_twice", "/shares/1/user_id"),
        ({"shares": []}, "request_invalid", "/shares"),
        ({"shares": [ada, bob | {"weight": "0"}]}, "request_invalid", "/shares/1/weight"),
        ({"shares": [ada, bob | {"weight": "1.0000001"}]}, "request_invalid", "/shares/1/weight"),
        ({"accounts": [{"account": "Assets:Ada", "user_id": nobody}]}, "member_unknown", "/accounts/0/user_id"),
        ({"accounts": [*held, held[0]]}, "named_twice", "/accounts/3/account"),
        ({"accounts": [{"account": "Expenses:Food"}]}, "account_unshareable", "/accounts/0/account"),
        ({"accounts": [{"account": "Equity:Trading"}]}, "account_unshareable", "/accounts/0/account"),
        ({"categories": ["Assets:Elsewhere"]}, "account_unshareable", "/categories/0"),
        ({"categories": ["Expenses:Fod"]}, "account_unknown", "/categories/0"),
        ({"tags": [nobody]}, "tag_unknown", "/tags/0"),
        ({"categories": [], "accounts": held[:2]}, "nothing_shared", "/categories"),
        ({"since": "2026-02-30"}, "request_invalid", "/since"),
    ):
        answer = await flat.home.ask("POST", AGREEMENTS, flat.agreement(**wrong))
        refused(answer, 422, code, pointer=pointer)
    made = await flat.agreed()
    refused(await flat.home.ask("POST", AGREEMENTS, flat.agreement()), 409, "agreement_day_taken")
    again = await flat.home.ask("POST", AGREEMENTS, flat.agreement(since="2026-02-01", id=made["id"]))
    refused(again, 409, "id_taken")
    stale = await flat.home.ask("DELETE", f"{AGREEMENTS}/{made['id']}", headers={"If-Match": '"1"'})
    refused(stale, 412, "revision_stale")
    refused(await flat.home.ask("GET", f"{AGREEMENTS}/{nobody}"), 404, "agreement_not_found")


async def test_agreeing_and_taking_back_are_undone_without_a_trace(flat: Flat) -> None:
    tag = await flat.home.made("/tags", {"name": "trip"})
    before = await digest_of(flat.home)
    made = await flat.agreed(tags=[tag["id"]])
    agreed = await digest_of(flat.home)
    assert agreed != before
    granted(await flat.home.ask("POST", f"/changes/{await flat.home.revision()}/undo"))
    assert await digest_of(flat.home) == before
    refused(await flat.home.ask("GET", f"{AGREEMENTS}/{made['id']}"), 404, "agreement_not_found")
    granted(await flat.home.ask("POST", f"/changes/{await flat.home.revision()}/undo"))
    assert await digest_of(flat.home) == agreed
    granted(await flat.home.ask("DELETE", f"{AGREEMENTS}/{made['id']}"), 204)
    assert await digest_of(flat.home) == before
    granted(await flat.home.ask("POST", f"/changes/{await flat.home.revision()}/undo"))
    assert await digest_of(flat.home) == agreed
    same = ("since", "shares", "accounts", "tags")
    again = await flat.home.got(f"{AGREEMENTS}/{made['id']}")
    assert {name: again[name] for name in same} == {name: made[name] for name in same}


async def test_whatever_is_spent_and_moved_it_comes_to_zero_and_the_payments_settle_it(flat: Flat) -> None:
    dice = random.Random(7)
    eve = await flat.home.joined("viewer")
    await flat.home.open_account("Eve", currency="EUR")
    people = {flat.ada.id: "Ada", flat.bob.id: "Bob", eve.id: "Eve"}
    await flat.agreed(
        shares=[{"user_id": each, "weight": str(dice.randint(1, 9))} for each in people],
        accounts=[
            *({"account": f"Assets:{name}", "user_id": each} for each, name in people.items()),
            {"account": "Assets:Joint"},
        ],
    )
    places = ("Ada", "Bob", "Eve", "Joint", "Elsewhere")
    for _ in range(25):
        amount = f"{dice.randint(0, 99)}.{dice.randint(1, 99):02}"
        if dice.random() < 0.6:
            category = dice.choice(("Expenses:Food", "Expenses:Food:Groceries", "Expenses:Leisure"))
            await flat.spend(amount, dice.choice(places), category=category)
        else:
            await flat.move(amount, *dice.sample(places, 2))
    read = await flat.settlement()
    standings = [each for member in read["members"] for each in member["standings"]]
    assert sum(Decimal(each["balance"]) for each in standings) == 0
    assert sum(Decimal(each["given"]) for each in standings) == 0
    assert sum(Decimal(each["paid"]) for each in standings) == sum(Decimal(each["share"]) for each in standings) != 0
    assert 0 < len(read["payments"]) <= 2
    for payment in read["payments"]:
        ends = {"from": people[payment["from_user_id"]], "to": people[payment["to_user_id"]]}
        body = {"date": "2026-03-31", "amount": payment["amount"]}
        await flat.home.made(PAYMENTS, body | {end: f"Assets:{name}" for end, name in ends.items()})
    after = await flat.settlement()
    assert after["payments"] == []
    assert {each["balance"] for member in after["members"] for each in member["standings"]} == {"0.00"}


# --- What PostgreSQL holds to, whoever writes ---


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE agreement_shares SET weight = 0", "ck_agreement_shares_weight_bounded"),
        ("UPDATE agreement_shares SET weight = 0.0000001", "ck_agreement_shares_weight_bounded"),
        ("UPDATE agreements SET since = '1599-12-31'", "ck_agreements_since_bounded"),
        ("UPDATE agreement_accounts SET account_id = gen_random_uuid()", "fk_agreement_accounts_book_id_account_id"),
        ("DELETE FROM agreements", "fk_agreement_shares_book_id_agreement_id"),
    ],
)
async def test_postgresql_refuses_what_is_no_agreement(
    flat: Flat, superuser: Any, statement: str, constraint: str
) -> None:
    await flat.agreed()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await superuser.execute(f"{statement} WHERE book_id = $1", flat.home.book_id)
    assert refusal.value.constraint_name == constraint
