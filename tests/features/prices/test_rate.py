"""Rates over HTTP: by what the book recorded, what its postings note, and the instance's reference prices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from tests.features.answers import granted, refused
from tests.features.prices.test_prices import ACME
from tests.household import Household

from farthing.core.connection import Begin
from farthing.core.database import owner_connection
from farthing.features.prices.errors import RatesUnreadable, RateUnfit
from farthing.features.prices.published import bundled, read_published
from farthing.features.prices.service.reference import ReferenceService

DAY = dt.date(2026, 3, 2)
OTHERS = (("USD", "1.25"), ("CHF", "0.95"), ("JPY", "160"))


async def referred(url: str, *prices: tuple[str, dt.date, str], source: str = "ECB") -> int:
    """Write reference prices down, as the operator does."""
    async with owner_connection(url) as owner:
        await owner.begin(Begin.WRITING)
        read = [(code, day, Decimal(amount)) for code, day, amount in prices]
        written = await ReferenceService(owner).add(read, source)
        await owner.commit()
    return written


@pytest.fixture
async def shares(household: Household, database_url: str) -> Household:
    """A book that knows of a share, on an instance that knows the rates of a day."""
    await referred(database_url, *((code, DAY, amount) for code, amount in OTHERS))
    await household.made("/currencies", ACME)
    return household


async def rate(home: Household, commodity: str, currency: str, day: dt.date = DAY, **wanted: Any) -> Any:
    asked = {"commodity": commodity, "currency": currency, "date": str(day), **wanted}
    return await home.got("/prices/rate", params=asked)


async def test_reference_prices_serve_every_book(shares: Household) -> None:
    told = await rate(shares, "USD", "CHF", dt.date(2026, 3, 4))
    assert told == {
        "commodity": "USD", "currency": "CHF", "on": "2026-03-04", "date": "2026-03-02", "rate": "0.76",
        "source": "ECB", "stale": False,
        "steps": [
            {"commodity": "EUR", "currency": code, "date": "2026-03-02", "amount": amount, "inverse": inverse,
             "origin": "reference", "source": "ECB", "id": None}
            for code, amount, inverse in (("USD", "1.25", True), ("CHF", "0.95", False))
        ],
    }  # fmt: skip
    assert (await rate(shares, "USD", "CHF", dt.date(2026, 3, 12)))["stale"]


async def test_a_book_s_own_price_of_the_day_comes_first_and_one_of_another_book_never(
    shares: Household, client: Any
) -> None:
    made = await shares.made("/prices", {"commodity": "EUR", "currency": "USD", "date": str(DAY), "amount": "2"})
    told = await rate(shares, "USD", "EUR")
    assert (told["rate"], told["steps"][0]["origin"], told["steps"][0]["id"]) == ("0.5", "recorded", made["id"])
    other = await Household.founded(client)
    assert (await rate(other, "USD", "EUR"))["rate"] == "0.8"


async def test_prices_noted_on_postings_count(shares: Household) -> None:
    await shares.open_account("Depot", type="investment")
    bought = await shares.made(
        "/transactions",
        {
            "date": str(DAY),
            "postings": [
                {"account": "Assets:Depot", "amount": "2", "currency": "ACME",
                 "price": {"amount": "50", "currency": "USD"}},
                {"account": "Assets:Checking", "amount": "-80", "currency": "EUR"},
            ],
        },
    )  # fmt: skip
    known = await shares.revision()
    told = await rate(shares, "ACME", "EUR")
    assert (told["rate"], told["source"]) == ("40", "posting, ECB")
    assert told["steps"][0]["id"] == bought["id"]
    granted(await shares.ask("DELETE", f"/transactions/{bought['id']}"), 204)
    refused(
        await shares.ask("GET", "/prices/rate", params={"commodity": "ACME", "currency": "EUR"}), 404, "price_unknown"
    )
    assert known < await shares.revision()


async def test_without_any_price_it_is_unknown(shares: Household) -> None:
    asked = {"commodity": "ACME", "currency": "EUR", "date": str(DAY)}
    refused(await shares.ask("GET", "/prices/rate", params=asked), 404, "price_unknown")
    asked = {"commodity": "USD", "currency": "EUR", "date": "2026-03-01"}
    refused(await shares.ask("GET", "/prices/rate", params=asked), 404, "price_unknown")


async def test_a_rate_that_the_caller_has_is_not_told_again_until_the_instance_knows_better(
    shares: Household, database_url: str
) -> None:
    asked = {"commodity": "JPY", "currency": "EUR", "date": str(DAY)}
    answer = await shares.ask("GET", "/prices/rate", params=asked)
    seen = {"If-None-Match": answer.headers["etag"]}
    assert (await shares.ask("GET", "/prices/rate", params=asked, headers=seen)).status_code == 304
    await referred(database_url, ("JPY", DAY, "200"))
    changed = await shares.ask("GET", "/prices/rate", params=asked, headers=seen)
    assert granted(changed)["rate"] == "0.005"
    await referred(database_url, ("JPY", DAY, "160"))


# The instance's


async def test_the_history_that_comes_with_the_program_is_written_down_once(fresh_database_url: str) -> None:
    await referred(fresh_database_url, ("USD", dt.date(2010, 1, 4), "99"), source="operator")
    async with owner_connection(fresh_database_url) as owner:
        written = []
        for _ in range(2):
            await owner.begin(Begin.WRITING)
            written.append(await ReferenceService(owner).begin_with_history())
            await owner.commit()
        assert written[0] > 200_000
        assert written[1] == 0
        assert await owner.value(text("SELECT amount FROM reference_prices WHERE source = 'operator'")) == 99
        await owner.begin(Begin.READING)
        (dollar,) = [each for each in await ReferenceService(owner).overview() if each.currency == "USD"]
    assert (dollar.first, dollar.source) == (dt.date(1999, 1, 4), "ECB")


async def test_what_the_operator_says_takes_the_place_of_what_was_there(database_url: str) -> None:
    day = dt.date(2010, 1, 4)
    assert await referred(database_url, ("USD", day, "1.5"), ("CHF", day, "1.4")) == 2
    assert await referred(database_url, ("USD", day, "1.5"), ("CHF", day, "1.3")) == 1
    assert await referred(database_url) == 0
    for code, amount in (("EUR", "1"), ("ABC", "1"), ("USD", "0")):
        with pytest.raises(RateUnfit):
            await referred(database_url, (code, day, amount))


@pytest.mark.parametrize("change", ["DELETE FROM", "INSERT INTO", "UPDATE"])
async def test_the_service_itself_only_reads_them(database_url: str, change: str) -> None:
    statements = {
        "DELETE FROM": "DELETE FROM reference_prices",
        "INSERT INTO": "INSERT INTO reference_prices VALUES ('USD', '2026-01-01', 1, 'me')",
        "UPDATE": "UPDATE reference_prices SET amount = 2",
    }
    connection = await asyncpg.connect(database_url, server_settings={"role": "farthing_app"})
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statements[change])
    finally:
        await connection.close()


def test_a_published_table_is_read_zipped_or_not() -> None:
    history = read_published(bundled())
    assert ("USD", dt.date(1999, 1, 4), Decimal("1.1789")) in history
    day = b"Date, USD, JPY, \n30 October 2026, 1.1172, 175.68, \n"
    assert read_published(day) == [
        ("JPY", dt.date(2026, 10, 30), Decimal("175.68")),
        ("USD", dt.date(2026, 10, 30), Decimal("1.1172")),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 broken",
        b"\xff\xfe",
        b"Day,USD\n2026-01-01,1\n",
        b"Date,USDX\n2026-01-01,1\n",
        b"Date,USD\nyesterday,1\n",
        b"Date,USD\n2026-01-01,1e5\n",
        b"Date,USD\n2026-01-01,0\n",
        b'Date,USD\n"2026-01-01,1\n',
    ],
)
def test_what_is_no_such_table_is_refused(data: bytes) -> None:
    with pytest.raises(RatesUnreadable):
        read_published(data)
