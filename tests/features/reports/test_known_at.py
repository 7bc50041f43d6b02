"""As known at: what the book said then, whatever was found out since."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.features.answers import granted, refused
from tests.household import Household

from farthing.kit import clock


async def held(home: Household, known_at: str | int, day: str = "2999-12-31") -> dict[str, str]:
    """What the checking account held at the end of a day, as the book knew it at a moment."""
    return await home.balance(home.checking_id, known_at=str(known_at), date=day)


async def test_what_was_changed_deleted_and_restored_since_is_as_it_was(household: Household) -> None:
    first = await household.record("-10.00", date="2026-03-05")
    second = await household.record("-1.00", date="2026-03-20")
    known = await household.revision()
    granted(await household.ask("PATCH", f"/transactions/{first['id']}", {"amount": "-50.00", "date": "2026-04-01"}))
    granted(await household.ask("DELETE", f"/transactions/{second['id']}"), 204)
    gone = await household.revision()
    granted(await household.ask("POST", f"/transactions/{second['id']}/restore"))
    await household.record("-100.00", date="2026-01-01")
    assert await held(household, known) == {"EUR": "-11.00"}
    assert await held(household, known, "2026-03-10") == {"EUR": "-10.00"}
    assert await held(household, known, "2026-03-20") == {"EUR": "-11.00"}
    assert await held(household, gone) == {"EUR": "-50.00"}
    assert await held(household, gone + 1) == {"EUR": "-51.00"}
    assert await held(household, await household.revision()) == {"EUR": "-151.00"}


async def test_an_instant_stands_for_the_revision_before_it(household: Household) -> None:
    before = clock.now()
    await household.record("-10.00")
    between = clock.now()
    await household.record("-1.00")
    assert await held(household, between.isoformat()) == {"EUR": "-10.00"}
    assert await held(household, between.astimezone(dt.timezone(dt.timedelta(hours=2))).isoformat()) == {
        "EUR": "-10.00"
    }
    assert await held(household, before.isoformat()) == {"EUR": "0.00"}
    assert await held(household, "2999-01-01T00:00:00Z") == {"EUR": "-11.00"}


async def test_accounts_bear_the_names_they_had(household: Household) -> None:
    await household.record("-10.00")
    known = await household.revision()
    granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"name": "Giro"}))
    read = await household.got("/reports/trial-balance", params={"known_at": known, "date": "2026-12-31"})
    assert "Assets:Checking" in [line["account"] for line in read["data"]]
    read = await household.got(f"/accounts/{household.checking_id}/balance", params={"known_at": known})
    assert read["account"] == "Assets:Checking"


async def test_accounts_that_were_opened_since_are_not_known(household: Household) -> None:
    known = await household.revision()
    opened = await household.open_account("Savings")
    path = f"/accounts/{opened['id']}/balance"
    refused(await household.ask("GET", path, params={"known_at": known}), 404, "account_not_found")
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await household.got("/accounts", params={"known_at": known, "limit": 7, **cursor})
        names += [account["full_name"] for account in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    now = [account["full_name"] for account in (await household.got("/accounts", params={"limit": 200}))["data"]]
    assert names == [name for name in now if name != "Assets:Savings"]


async def test_before_the_book_was_there_it_knew_nothing(household: Household) -> None:
    read = await household.got("/reports/trial-balance", params={"known_at": "1999-01-01T00:00:00Z"})
    assert (read["data"], read["totals"]) == ([], [])


@pytest.mark.parametrize(
    "moment",
    [
        "-1",
        "1.5",
        "yesterday",
        "2026-03-01",
        "2026-13-01T00:00:00Z",
        "2026-03-01T00:00:00",
        "9" * 19,
        "01",
        "",
        "\u0661",
    ],
)
async def test_a_moment_is_a_revision_or_an_instant(household: Household, moment: str) -> None:
    for path in ("/accounts", f"/accounts/{household.checking_id}/balance", "/reports/trial-balance"):
        answer = await household.ask("GET", path, params={"known_at": moment})
        refused(answer, 422, "request_invalid", parameter="known_at")


async def test_what_comes_is_not_known_yet(household: Household) -> None:
    for path in ("/accounts", f"/accounts/{household.checking_id}/balance", "/reports/trial-balance"):
        answer = await household.ask("GET", path, params={"known_at": "999"})
        refused(answer, 422, "revision_unknown", parameter="known_at")
