"""What a thing is worth on a day: what is booked for it, and that it holds whatever is written before or after."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.features.records.test_digest import digest_of
from tests.household import Client, Household

from farthing.kit import ids

BROKEN = """
SELECT v.date, v.amount, (SELECT sum(p.amount) FROM postings p WHERE p.book_id = v.book_id
                             AND p.account_id = v.account_id AND p.currency = v.currency AND p.date <= v.date)
  FROM valuations v
 WHERE v.book_id = $1
   AND v.amount IS DISTINCT FROM (SELECT sum(p.amount) FROM postings p WHERE p.book_id = v.book_id
                             AND p.account_id = v.account_id AND p.currency = v.currency AND p.date <= v.date)
"""


class House:
    """A household's house, which is worth something else every day."""

    def __init__(self, home: Household, account: Any) -> None:
        self.home = home
        self.id = account["id"]
        self.path = f"/accounts/{self.id}/valuations"

    @classmethod
    async def bought(cls, client: Client, **wanted: Any) -> House:
        home = await Household.founded(client)
        opening = {"date": "2026-01-10", "amount": "250000"}
        facts = {"type": "property", "currency": "EUR", "opening": opening, **wanted}
        return cls(home, await home.open_account("House", **facts))

    async def valued(self, day: str, amount: str, **wanted: Any) -> Any:
        return await self.home.made(self.path, {"date": day, "amount": amount, **wanted})

    async def spent(self, day: str, amount: str) -> Any:
        body = {"date": day, "amount": amount, "from": "Assets:Checking", "to": self.id}
        return await self.home.made("/transactions", body)

    async def held(self, day: str) -> str:
        return (await self.home.balance(self.id, date=day))["EUR"]

    async def booked(self, valuation: Any) -> str:
        transaction = await self.home.got(f"/transactions/{valuation['transaction_id']}")
        assert (transaction["kind"], transaction["date"]) == ("valuation", valuation["date"])
        on_house, against = transaction["postings"]
        assert (on_house["account_id"], against["account"]) == (self.id, "Equity:Revaluation")
        assert Decimal(on_house["amount"]) == -Decimal(against["amount"])
        amount: str = on_house["amount"]
        return amount


@pytest.fixture
async def house(client: Client) -> House:
    return await House.bought(client)


async def test_a_valuation_books_what_the_account_lacks_of_it(house: House, superuser: asyncpg.Connection) -> None:
    revision = await house.home.revision()
    valuation = await house.valued("2026-03-01", "260000.5", note="The agent's estimate")
    assert valuation == valuation | {
        "account_id": house.id, "date": "2026-03-01", "amount": "260000.50", "currency": "EUR",
        "note": "The agent's estimate", "revision": revision + 1,
    }  # fmt: skip
    assert await house.home.revision() == revision + 1
    assert await house.booked(valuation) == "10000.50"
    assert [await house.held(day) for day in ("2026-02-28", "2026-03-01", "2999-12-31")] == [
        "250000.00", "260000.50", "260000.50",
    ]  # fmt: skip
    lower = await house.valued("2026-04-01", "0")
    assert await house.booked(lower) == "-260000.50"
    same = await house.valued("2026-05-01", "0.00")
    assert await house.booked(same) == "0.00"
    assert set((await house.home.trial_balance()).values()) == {"0.00"}
    assert await check_book(superuser, house.home.book_id) == revision + 3


async def test_what_is_written_before_a_valuation_is_taken_up_by_it(house: House) -> None:
    march = await house.valued("2026-03-01", "260000")
    may = await house.valued("2026-05-01", "270000")
    roof = await house.spent("2026-02-01", "5000.00")
    revision = await house.home.revision()
    assert [await house.booked(each) for each in (march, may)] == ["5000.00", "10000.00"]
    records = (await house.home.got(f"/changes/{revision}"))["records"]
    assert {(each["kind"], each["id"], each["action"]) for each in records} == {
        ("transaction", roof["id"], "created"), ("transaction", march["transaction_id"], "changed"),
    }  # fmt: skip
    (image, *_) = (await house.home.got(f"/history/{march['transaction_id']}"))["data"]
    assert [posting["amount"] for posting in image["before"]["postings"]] == ["10000.00", "-10000.00"]
    granted(await house.home.ask("PATCH", f"/transactions/{roof['id']}", {"date": "2026-04-01"}))
    assert [await house.booked(each) for each in (march, may)] == ["10000.00", "5000.00"]
    granted(await house.home.ask("DELETE", f"/transactions/{roof['id']}"), 204)
    assert [await house.booked(each) for each in (march, may)] == ["10000.00", "10000.00"]
    granted(await house.home.ask("POST", f"/transactions/{roof['id']}/restore"))
    assert [await house.booked(each) for each in (march, may)] == ["10000.00", "5000.00"]
    same_day = await house.spent("2026-05-01", "1.00")
    assert await house.booked(may) == "4999.00"
    register = (await house.home.got(f"/accounts/{house.id}/register", params={"limit": 2}))["data"]
    assert [line["transaction"]["id"] for line in register] == [may["transaction_id"], same_day["id"]]
    assert register[0]["balances"] == [{"amount": "270000.00", "currency": "EUR"}]


async def test_many_written_at_once_and_from_a_bank_are_taken_up_too(house: House) -> None:
    first, second = await house.valued("2026-03-01", "1000"), await house.valued("2026-04-01", "2000")
    lines = [
        {"date": f"2026-0{month}-15", "amount": "10", "from": "Assets:Checking", "to": house.id}
        for month in (2, 2, 3, 4)
    ]
    await house.home.made("/transactions/bulk", {"transactions": lines})
    assert [await house.booked(each) for each in (first, second)] == ["-249020.00", "990.00"]
    file = b"Date,Description,Amount\n2026-02-20,Rent,7.00\n2026-03-20,Rent,5.00\n2026-05-20,Repair,-3.00\n"
    granted(await house.home.bring(file, account=house.id), 201)
    assert [await house.booked(each) for each in (first, second)] == ["-249027.00", "985.00"]
    assert await house.held("2999-12-31") == "2007.00"
    late = await house.home.ask("GET", f"/transactions/{first['transaction_id']}")
    assert granted(late)["revision"] == await house.home.revision()


async def test_a_valuation_between_two_changes_what_the_later_books(house: House) -> None:
    last = await house.valued("2026-06-01", "300000")
    first = await house.valued("2026-02-01", "240000")
    middle = await house.valued("2026-04-01", "280000")
    assert [await house.booked(each) for each in (first, middle, last)] == ["-10000.00", "40000.00", "20000.00"]
    changed = granted(await house.home.ask("PATCH", f"{house.path}/{middle['id']}", {"amount": "290000"}))
    assert (changed["amount"], changed["note"]) == ("290000.00", None)
    assert [await house.booked(each) for each in (first, middle, last)] == ["-10000.00", "50000.00", "10000.00"]
    (image,) = (await house.home.got(f"/history/{middle['id']}"))["data"]
    assert image["before"]["amount"] == "280000.00"
    granted(await house.home.ask("DELETE", f"{house.path}/{middle['id']}"), 204)
    assert [await house.booked(each) for each in (first, last)] == ["-10000.00", "60000.00"]
    refused(await house.home.ask("GET", f"{house.path}/{middle['id']}"), 404, "valuation_not_found")
    refused(await house.home.ask("GET", f"/transactions/{middle['transaction_id']}"), 404, "transaction_not_found")
    listed = (await house.home.got(house.path))["data"]
    assert [each["date"] for each in listed] == ["2026-06-01", "2026-02-01"]


async def test_what_changes_nothing_takes_no_revision(house: House) -> None:
    valuation = await house.valued("2026-03-01", "260000", note="Mine")
    path = f"{house.path}/{valuation['id']}"
    revision = await house.home.revision()
    for same in ({}, {"amount": "260000.0"}, {"note": " Mine "}):
        assert granted(await house.home.ask("PATCH", path, same)) == valuation
    assert await house.home.revision() == revision
    seen = (await house.home.ask("GET", path)).headers["etag"]
    assert granted(await house.home.ask("PATCH", path, {"note": None}))["note"] is None
    transaction = await house.home.got(f"/transactions/{valuation['transaction_id']}")
    assert transaction["revision"] < await house.home.revision()
    for method, body in (("PATCH", {"amount": "1"}), ("DELETE", None)):
        refused(await house.home.ask(method, path, body, headers={"If-Match": seen}), 412, "revision_stale")


async def test_only_the_valuation_changes_what_it_books(house: House) -> None:
    valuation = await house.valued("2026-03-01", "260000")
    path = f"/transactions/{valuation['transaction_id']}"
    for method, body in (("PATCH", {"payee": "x"}), ("PATCH", {"amount": "1"}), ("DELETE", None)):
        answer = await house.home.ask(method, path, body)
        assert valuation["id"] in refused(answer, 409, "transaction_is_valuation")["detail"]
    granted(await house.home.ask("DELETE", f"{house.path}/{valuation['id']}"), 204)
    refused(await house.home.ask("POST", f"{path}/restore"), 409, "transaction_is_valuation")
    assert await house.held("2026-03-01") == "250000.00"


async def test_an_account_is_valued_once_a_day_and_an_id_is_used_once(house: House) -> None:
    chosen = str(ids.new_id())
    first = await house.home.ask("POST", house.path, {"id": chosen, "date": "2026-03-01", "amount": "1"})
    assert granted(first, 201)["id"] == chosen
    refused(await house.home.ask("POST", house.path, {"date": "2026-03-01", "amount": "2"}), 409, "valuation_exists")
    again = await house.home.ask("POST", house.path, {"id": chosen, "date": "2026-03-02", "amount": "2"})
    refused(again, 409, "id_taken")
    assert again.headers["location"] == first.headers["location"]
    granted(await house.home.ask("DELETE", f"{house.path}/{chosen}"), 204)
    refused(await house.home.ask("POST", house.path, {"id": chosen, "amount": "2"}), 409, "id_taken")
    dated = await house.home.made(house.path, {"amount": "2"})
    assert dated["date"] == (await house.home.got(f"/accounts/{house.id}/balance"))["date"]


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"amount": "-1"}, "request_invalid", "/amount"),
        ({"amount": 1}, "request_invalid", "/amount"),
        ({"amount": None}, "request_invalid", "/amount"),
        ({}, "request_invalid", "/amount"),
        ({"amount": "0.001"}, "amount_too_fine", "/amount"),
        ({"amount": "9" * 28}, "amount_too_large", "/amount"),
        ({"amount": "1", "date": "3000-01-01"}, "request_invalid", "/date"),
        ({"amount": "1", "currency": "EUR"}, "request_invalid", "/currency"),
        ({"amount": "1", "note": "x" * 2001}, "request_invalid", "/note"),
        ({"amount": "1", "note": "\x00"}, "request_invalid", "/note"),
    ],
)
async def test_what_makes_no_valuation_is_refused(house: House, given: dict[str, Any], code: str, pointer: str) -> None:
    refused(await house.home.ask("POST", house.path, given), 422, code, pointer=pointer)


async def test_amounts_that_cannot_be_kept_are_refused_wherever_they_come_from(house: House) -> None:
    most = "9" * 26
    valuation = await house.valued("2026-03-01", most)
    assert await house.held("2026-03-01") == f"{most}.00"
    answer = await house.home.ask(
        "POST", "/transactions", {"date": "2026-02-01", "amount": most, "from": house.id, "to": "Assets:Checking"}
    )
    refused(answer, 422, "amount_too_large")
    wanted = {"date": "2026-04-01", "amount": most, "from": house.id, "to": "Assets:Checking"}
    first = await house.home.made("/transactions", wanted)
    await house.home.made("/transactions", wanted)
    low = await house.home.ask("POST", house.path, {"date": "2026-04-02", "amount": most})
    refused(low, 422, "amount_too_large", pointer="/amount")
    granted(await house.home.ask("DELETE", f"/transactions/{first['id']}"), 204)
    granted(await house.home.ask("DELETE", f"{house.path}/{valuation['id']}"), 204)


async def test_only_what_has_a_worth_of_its_own_is_valued(house: House) -> None:
    home = house.home
    loan = await home.open_account("Loan", "liability", type="other", currency="EUR")
    plain = await home.open_account("Plain", currency="EUR")
    for account in (home.checking_id, loan["id"], plain["id"]):
        answer = await home.ask("POST", f"/accounts/{account}/valuations", {"amount": "1"})
        refused(answer, 409, "account_not_valued")
    car = await home.open_account("Car", type="property")
    answer = await home.ask("POST", f"/accounts/{car['id']}/valuations", {"amount": "1"})
    refused(answer, 409, "account_without_currency")
    granted(await home.ask("POST", f"/accounts/{car['id']}/close", {}))
    granted(await home.ask("PATCH", f"/accounts/{car['id']}", {"currency": "EUR"}))
    answer = await home.ask("POST", f"/accounts/{car['id']}/valuations", {"amount": "1"})
    refused(answer, 409, "account_closed")
    for method, body in (("POST", {"amount": "1"}), ("GET", None)):
        refused(await home.ask(method, f"/accounts/{ids.new_id()}/valuations", body), 404, "account_not_found")
    fund = await home.open_account("Fund", type="investment", currency="USD")
    valuation = await home.made(f"/accounts/{fund['id']}/valuations", {"date": "2026-03-01", "amount": "10"})
    path = f"/accounts/{fund['id']}"
    for unfit in ({"type": "savings"}, {"type": None}, {"currency": None}):
        refused(await home.ask("PATCH", path, unfit), 409, "account_valued")
    refused(await home.ask("PATCH", path, {"currency": "EUR"}), 409, "currency_used")
    granted(await home.ask("PATCH", path, {"type": "property"}))
    # A valuation is found under its own account only.
    refused(await home.ask("GET", f"{house.path}/{valuation['id']}"), 404, "valuation_not_found")
    refused(await home.ask("DELETE", f"{house.path}/{valuation['id']}"), 404, "valuation_not_found")


async def test_a_locked_period_stays_as_it_is(house: House) -> None:
    locked = await house.valued("2026-03-01", "260000")
    after = await house.valued("2026-04-15", "270000")
    granted(await house.home.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    path = f"{house.path}/{locked['id']}"
    for method, target, body in (
        ("POST", house.path, {"date": "2026-03-31", "amount": "1"}),
        ("PATCH", path, {"amount": "1"}),
        ("PATCH", path, {"note": "x"}),
        ("DELETE", path, None),
    ):
        refused(await house.home.ask(method, target, body), 409, "period_locked")
    await house.spent("2026-04-01", "100.00")
    assert [await house.booked(each) for each in (locked, after)] == ["10000.00", "9900.00"]
    body = {"date": "2026-02-01", "amount": "50.00", "from": "Assets:Checking", "to": house.id}
    forced = await house.home.ask("POST", "/transactions", body, params={"override_lock": "true"})
    granted(forced, 201)
    assert [await house.booked(each) for each in (locked, after)] == ["9950.00", "9900.00"]
    over = {"override_lock": "true"}
    granted(await house.home.ask("PATCH", path, {"amount": "260100"}, params=over))
    assert [await house.booked(each) for each in (locked, after)] == ["10050.00", "9800.00"]
    granted(await house.home.ask("DELETE", path, params=over), 204)
    granted(await house.home.ask("POST", house.path, {"date": "2026-03-31", "amount": "1"}, params=over), 201)


async def test_a_checkpoint_that_a_valuation_breaks_is_broken_only_if_that_is_asked_for(house: House) -> None:
    home = house.home
    granted(await home.ask("PATCH", "", {"checkpoint_policy": "refuse"}))
    await home.made("/checkpoints", {"account": house.id, "date": "2026-03-31", "amount": "250000.00"})
    body = {"date": "2026-03-01", "amount": "260000"}
    refused(await home.ask("POST", house.path, body), 409, "checkpoint_broken")
    granted(await home.ask("POST", house.path, body, params={"override_checkpoints": "true"}), 201)
    assert [each["state"] for each in (await home.got("/checkpoints"))["data"]] == ["broken"]


async def test_a_house_is_closed_on_a_day_when_it_is_worth_nothing(house: House) -> None:
    valuation = await house.valued("2026-03-01", "260000")
    closing = {"date": "2026-03-01", "transfer_to": "Assets:Checking"}
    answer = await house.home.ask("POST", f"/accounts/{house.id}/close", closing)
    assert "260000.00 EUR" in refused(answer, 409, "account_valued_then")["detail"]
    granted(await house.home.ask("POST", f"/accounts/{house.id}/close", closing | {"date": "2026-03-02"}))
    assert await house.home.balance(house.home.checking_id) == {"EUR": "260000.00"}
    for method, body in (("PATCH", {"amount": "1"}), ("DELETE", None)):
        refused(await house.home.ask(method, f"{house.path}/{valuation['id']}", body), 409, "account_closed")


@pytest.mark.parametrize("limit", [1, 2, 200])
async def test_valuations_are_listed_newest_first_page_by_page(house: House, limit: int) -> None:
    days = ["2026-03-01", "2026-02-01", "2026-05-01", "2026-04-01", "2026-06-01"]
    for day in days:
        await house.valued(day, "1")
    found: list[str] = []
    wanted: dict[str, Any] = {"limit": limit, "date_to": "2026-05-31"}
    while True:
        page = await house.home.got(house.path, params=wanted)
        found += [each["date"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        wanted["cursor"] = page["next_cursor"]
    assert found == sorted(days, reverse=True)[1:]
    page = await house.home.got(house.path, params={"date_from": "2026-04-01", "limit": 2})
    assert [each["date"] for each in page["data"]] == ["2026-06-01", "2026-05-01"]
    crossed = await house.home.ask("GET", house.path, params={"cursor": page["next_cursor"]})
    refused(crossed, 400, "cursor_malformed")


async def test_postgresql_keeps_valuations_too(house: House, superuser: asyncpg.Connection) -> None:
    first, second = await house.valued("2026-03-01", "1"), await house.valued("2026-03-02", "2")
    chosen = UUID(second["id"])
    for change, error in (
        ("date = '2026-03-01'", asyncpg.UniqueViolationError),
        (f"transaction_id = '{first['transaction_id']}'", asyncpg.UniqueViolationError),
        ("transaction_id = gen_random_uuid()", asyncpg.ForeignKeyViolationError),
        ("account_id = gen_random_uuid()", asyncpg.ForeignKeyViolationError),
        ("amount = -1", asyncpg.CheckViolationError),
        ("currency = 'eur'", asyncpg.CheckViolationError),
        ("date = '3000-01-01'", asyncpg.CheckViolationError),
    ):
        with pytest.raises(error):
            await superuser.execute(f"UPDATE valuations SET {change} WHERE id = $1", chosen)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await superuser.execute(
            "WITH gone AS (DELETE FROM postings WHERE transaction_id = $1) DELETE FROM transactions WHERE id = $1",
            UUID(second["transaction_id"]),
        )


class Whims:
    """What a household may do to its house, by chance."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.home = house, house.home
        self.chance = random.Random(seed)
        self.valuations: list[str] = []
        self.transactions: list[str] = []

    async def follow_one(self) -> None:
        verbs = [self.value, self.value, self.record, self.record, self.record_many]
        verbs += [self.revalue, self.devalue] if self.valuations else []
        verbs += [self.move, self.strike, self.restore] if self.transactions else []
        await self.chance.choice(verbs)()

    async def value(self) -> None:
        answer = await self.home.ask("POST", self.house.path, {"date": self._day(), "amount": self._amount()})
        if answer.status_code == 201:
            self.valuations.append(answer.json()["id"])
        else:
            refused(answer, 409, "valuation_exists")

    async def revalue(self) -> None:
        path = f"{self.house.path}/{self.chance.choice(self.valuations)}"
        granted(await self.home.ask("PATCH", path, {"amount": self._amount()}))

    async def devalue(self) -> None:
        gone = self.valuations.pop(self.chance.randrange(len(self.valuations)))
        granted(await self.home.ask("DELETE", f"{self.house.path}/{gone}"), 204)

    async def record(self) -> None:
        self.transactions.append((await self.house.spent(self._day(), self._amount()))["id"])

    async def record_many(self) -> None:
        lines = [{"date": self._day(), "amount": f"-{self._amount()}", "account": "Assets:House"} for _ in range(5)]
        made = await self.home.made("/transactions/bulk", {"transactions": lines})
        self.transactions += [each["id"] for each in made["data"]]

    async def move(self) -> None:
        path = f"/transactions/{self.chance.choice(self.transactions)}"
        granted(await self.home.ask("PATCH", path, {"date": self._day()}))

    async def strike(self) -> None:
        gone = self.transactions.pop(self.chance.randrange(len(self.transactions)))
        granted(await self.home.ask("DELETE", f"/transactions/{gone}"), 204)

    async def restore(self) -> None:
        path = f"/transactions/{self.chance.choice(self.transactions)}"
        granted(await self.home.ask("DELETE", path), 204)
        await self.value()
        granted(await self.home.ask("POST", f"{path}/restore"))

    def _day(self) -> str:
        return f"2026-0{self.chance.randint(1, 4)}-{self.chance.randint(1, 28):02}"

    def _amount(self) -> str:
        return f"{self.chance.randint(1, 900_000)}.{self.chance.randint(0, 99):02}"


@pytest.mark.parametrize("seed", range(4))
async def test_every_valuation_holds_whatever_is_done(house: House, superuser: asyncpg.Connection, seed: int) -> None:
    whims = Whims(house, seed)
    for _ in range(60):
        await whims.follow_one()
        assert await superuser.fetch(BROKEN, UUID(house.home.book_id)) == []
    assert len(whims.valuations) > 3
    await check_book(superuser, house.home.book_id)


@pytest.mark.parametrize("seed", range(2))
async def test_all_of_it_is_undone_one_by_one_and_done_again(house: House, seed: int) -> None:
    whims, home = Whims(house, seed), house.home
    digests = {await home.revision(): await digest_of(home)}
    for _ in range(25):
        await whims.follow_one()
        digests.setdefault(await home.revision(), await digest_of(home))
    first, last = min(digests), max(digests)
    undos = []
    for revision in range(last, first, -1):
        undos.append(granted(await home.ask("POST", f"/changes/{revision}/undo"))["revision"])
        if revision - 1 in digests:
            assert await digest_of(home) == digests[revision - 1], revision
    for step, revision in enumerate(reversed(undos)):
        granted(await home.ask("POST", f"/changes/{revision}/undo"))
        if first + step + 1 in digests:
            assert await digest_of(home) == digests[first + step + 1]


async def test_what_is_undone_out_of_order_leaves_every_valuation_holding(
    house: House, superuser: asyncpg.Connection
) -> None:
    home = house.home
    march = await house.valued("2026-03-01", "260000")
    march_at = await home.revision()
    await house.spent("2026-02-01", "100.00")
    spent_at = await home.revision()
    await house.spent("2026-02-02", "30.00")
    april = await house.valued("2026-04-01", "260000")
    await house.spent("2026-03-15", "7.00")
    undone = granted(await home.ask("POST", f"/changes/{spent_at}/undo"))
    assert (undone["deleted"], undone["changed"]) == (1, 0)
    assert [await house.booked(each) for each in (march, april)] == ["9970.00", "-7.00"]
    granted(await home.ask("POST", f"/changes/{march_at}/undo"))
    assert await house.booked(april) == "9963.00"
    refused(await home.ask("GET", f"{house.path}/{march['id']}"), 404, "valuation_not_found")
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
    assert [await house.booked(each) for each in (march, april)] == ["9970.00", "-7.00"]
    assert await superuser.fetch(BROKEN, UUID(home.book_id)) == []
    await check_book(superuser, home.book_id)


async def test_an_undo_minds_what_was_valued_or_locked_since(house: House) -> None:
    home = house.home
    fund = await home.open_account("Fund", type="savings", currency="EUR")
    granted(await home.ask("PATCH", f"/accounts/{fund['id']}", {"type": "investment"}))
    retyped = await home.revision()
    await home.made(f"/accounts/{fund['id']}/valuations", {"date": "2026-03-01", "amount": "10"})
    refused(await home.ask("POST", f"/changes/{retyped}/undo"), 409, "account_valued")
    valuation = await house.valued("2026-03-01", "260000")
    granted(await home.ask("PATCH", f"{house.path}/{valuation['id']}", {"note": "x"}))
    noted = await home.revision()
    granted(await home.ask("PATCH", "", {"locked_until": "2026-03-31"}))
    refused(await home.ask("POST", f"/changes/{noted}/undo"), 409, "period_locked")
    refused(await home.ask("POST", f"/changes/{noted - 1}/undo"), 409, "change_superseded")
