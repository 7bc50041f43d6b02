"""A book's own prices: one of each pair and day, found, changed, taken back."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.features.records.test_digest import digest_of
from tests.household import Household

from farthing.kit import ids

ACME = {"code": "ACME", "name": "Acme", "digits": 4, "kind": "security"}
PRICE = {"commodity": "ACME", "currency": "EUR", "date": "2026-03-02", "amount": "37.5432"}


@pytest.fixture
async def shares(household: Household) -> Household:
    """A book that knows of a share."""
    await household.made("/currencies", ACME)
    return household


async def undone(home: Household) -> None:
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))


async def test_a_price_is_recorded_once_for_a_pair_and_a_day(shares: Household) -> None:
    made = await shares.made("/prices", PRICE)
    assert made | PRICE == made
    assert (made["source"], made["revision"]) == ("manual", await shares.revision())
    revision = await shares.revision()
    again = granted(await shares.ask("POST", "/prices", PRICE))
    assert (again, await shares.revision()) == (made, revision)
    corrected = granted(await shares.ask("POST", "/prices", PRICE | {"amount": "38", "source": "the paper"}))
    assert (corrected["id"], corrected["amount"], corrected["source"]) == (made["id"], "38", "the paper")
    assert granted(await shares.ask("GET", f"/prices/{made['id']}")) == corrected
    assert len((await shares.got("/prices"))["data"]) == 1


async def test_without_a_day_it_is_todays(shares: Household) -> None:
    body = {name: value for name, value in PRICE.items() if name != "date"}
    made = await shares.made("/prices", body)
    assert made["date"] == (await shares.got("/reports/trial-balance"))["date"]


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"commodity": "ACNE"}, "currency_unknown", "/commodity"),
        ({"currency": "XYZ"}, "currency_unknown", "/currency"),
        ({"currency": "ACME"}, "price_in_itself", "/currency"),
        ({"amount": "-1"}, "request_invalid", "/amount"),
        ({"amount": 1.5}, "request_invalid", "/amount"),
        ({"amount": "1e3"}, "request_invalid", "/amount"),
        ({"amount": "0.1234567890123456789"}, "request_invalid", "/amount"),
        ({"date": "2026-02-30"}, "request_invalid", "/date"),
        ({"source": ""}, "request_invalid", "/source"),
        ({"source": "a\nb"}, "request_invalid", "/source"),
        ({"commodity": "acme"}, "request_invalid", "/commodity"),
        ({"unknown": 1}, "request_invalid", "/unknown"),
    ],
)
async def test_what_cannot_be_a_price_is_refused(shares: Household, wrong: Any, code: str, pointer: str) -> None:
    revision = await shares.revision()
    refused(await shares.ask("POST", "/prices", PRICE | wrong), 422, code, pointer=pointer)
    refused(await shares.ask("POST", "/prices/bulk", {"prices": [PRICE, PRICE | wrong]}), 422, code,
            pointer=f"/prices/1{pointer}")  # fmt: skip
    assert await shares.revision() == revision


async def test_an_id_is_used_once(shares: Household) -> None:
    chosen = str(ids.new_id())
    made = await shares.made("/prices", PRICE | {"id": chosen})
    assert made["id"] == chosen
    other = {"id": chosen, "date": "2026-03-03"}
    answer = await shares.ask("POST", "/prices", PRICE | other)
    refused(answer, 409, "id_taken")
    assert answer.headers["location"].endswith(f"/prices/{chosen}")
    granted(await shares.ask("DELETE", f"/prices/{chosen}"), 204)
    refused(await shares.ask("POST", "/prices", PRICE | other), 409, "id_taken")


async def test_many_come_together_or_not_at_all(shares: Household) -> None:
    days = [str(dt.date(2026, 1, 1) + dt.timedelta(days=each)) for each in range(300)]
    prices = [PRICE | {"date": day, "amount": str(place + 1)} for place, day in enumerate(days)]
    revision = await shares.revision()
    read = granted(await shares.ask("POST", "/prices/bulk", {"prices": prices}))
    assert read == {"created": 300, "changed": 0, "unchanged": 0}
    assert await shares.revision() == revision + 1
    prices[7] |= {"amount": "99"}
    read = granted(await shares.ask("POST", "/prices/bulk", {"prices": [*prices[:10], prices[7] | {"amount": "77"}]}))
    assert read == {"created": 0, "changed": 1, "unchanged": 9}
    found = await every_price(shares, commodity="ACME")
    assert [each["date"] for each in found] == days[::-1]
    assert found[-8]["amount"] == "77"


async def every_price(home: Household, **wanted: str) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await home.got("/prices", params={"limit": "120", **wanted, **cursor})
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_they_are_found_by_pair_and_days(shares: Household) -> None:
    for commodity, currency, day in (("ACME", "EUR", "01"), ("ACME", "USD", "02"), ("USD", "EUR", "03")):
        body = {"commodity": commodity, "currency": currency, "date": f"2026-03-{day}", "amount": "1"}
        await shares.made("/prices", body)

    async def days(**wanted: str) -> list[str]:
        return [each["date"][-2:] for each in await every_price(shares, **wanted)]

    assert await days() == ["03", "02", "01"]
    assert await days(commodity="ACME") == ["02", "01"]
    assert await days(currency="EUR") == ["03", "01"]
    assert await days(date_from="2026-03-02", date_to="2026-03-02") == ["02"]
    refused(await shares.ask("GET", "/prices", params={"cursor": "x"}), 400, "cursor_malformed")


async def test_a_stale_picture_is_refused(shares: Household) -> None:
    answer = await shares.ask("POST", "/prices", PRICE)
    stale = {"If-Match": answer.headers["etag"]}
    granted(await shares.ask("POST", "/prices", PRICE | {"amount": "1"}))
    path = f"/prices/{answer.json()['id']}"
    refused(await shares.ask("POST", "/prices", PRICE, headers=stale), 412, "revision_stale")
    refused(await shares.ask("DELETE", path, headers=stale), 412, "revision_stale")
    granted(await shares.ask("DELETE", path), 204)
    refused(await shares.ask("GET", path), 404, "price_not_found")
    refused(await shares.ask("DELETE", path), 404, "price_not_found")


async def test_each_write_is_taken_back_without_a_trace(shares: Household) -> None:
    states = [await digest_of(shares)]
    made = await shares.made("/prices", PRICE)
    states.append(await digest_of(shares))
    granted(await shares.ask("POST", "/prices", PRICE | {"amount": "1"}))
    states.append(await digest_of(shares))
    bulk = [PRICE | {"amount": "2"}, PRICE | {"date": "2026-03-03"}]
    granted(await shares.ask("POST", "/prices/bulk", {"prices": bulk}))
    states.append(await digest_of(shares))
    granted(await shares.ask("DELETE", f"/prices/{made['id']}"), 204)
    first = await shares.revision()
    for back, state in enumerate(reversed(states)):
        granted(await shares.ask("POST", f"/changes/{first - back}/undo"))
        assert await digest_of(shares) == state


async def test_a_currency_that_a_price_is_in_stays(shares: Household) -> None:
    await shares.made("/prices", PRICE)
    (currency,) = (await shares.got("/currencies"))["data"]
    refused(await shares.ask("DELETE", f"/currencies/{currency['id']}"), 409, "currency_in_use")


async def test_two_at_once_are_one_price(shares: Household) -> None:
    answers = await asyncio.gather(
        *(shares.ask("POST", "/prices", PRICE | {"amount": str(each)}) for each in range(1, 5))
    )
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert len((await shares.got("/prices"))["data"]) == 1


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ("amount = -1", "ck_prices_amount_bounded"),
        ("amount = 1e28", "ck_prices_amount_bounded"),
        ("amount = 1e-19", "ck_prices_amount_bounded"),
        ("currency = 'ACME'", "ck_prices_in_another_currency"),
        ("commodity = 'acme'", "ck_prices_commodity_is_a_code"),
        ("currency = 'e'", "ck_prices_currency_is_a_code"),
        ("source = ''", "ck_prices_source_given"),
        ("date = '1599-12-31'", "ck_prices_date_bounded"),
        ("date = '2026-03-03'", "uq_prices_book_id_commodity_currency_date"),
    ],
)
async def test_postgresql_refuses_what_no_price_can_be(
    shares: Household, superuser: asyncpg.Connection, wrong: str, constraint: str
) -> None:
    await shares.made("/prices", PRICE)
    await shares.made("/prices", PRICE | {"date": "2026-03-03"})
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await superuser.execute(
            f"UPDATE prices SET {wrong} WHERE book_id = $1 AND date = '2026-03-02'", UUID(shares.book_id)
        )
    assert refusal.value.constraint_name == constraint
