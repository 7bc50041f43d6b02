"""What a book's past tells: found by a job, kept, judged by members."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.features.answers import granted, refused
from tests.features.insights.living import insights, line, lived, looked_into, months_back, today, year
from tests.household import Client, Household, Person


@pytest.fixture(scope="module")
async def home(client: Client) -> Household:
    """A household whose book was looked into, and is only read by the tests."""
    home = await Household.founded(client)
    await home.open_account("Savings", type="savings", currency="EUR")
    day = today() - dt.timedelta(days=20)
    odd = [
        line(day, "-612.00", "Greengrocer", "Expenses:Food:Groceries"),
        line(day, "-33.21", "Shoe Shop", "Expenses:Shopping"),
        line(day + dt.timedelta(days=1), "-33.21", "Shoe Shop", "Expenses:Shopping"),
    ]
    await lived(home, [*year(), *odd])
    await looked_into(home)
    return home


async def test_a_book_that_was_not_looked_into_tells_nothing_yet(household: Household) -> None:
    for path in ("/insights", "/recurring"):
        assert await household.got(path) == {"data": [], "next_cursor": None, "as_of": None}
    assert await household.got("/forecast") == {"as_of": None, "data": [], "accounts": []}


async def test_an_empty_book_is_looked_into_and_tells_nothing(household: Household) -> None:
    assert (await looked_into(household))["insights"] == 0
    answer = await household.got("/insights")
    assert answer["data"] == []
    assert answer["as_of"]["transactions"] == 0
    assert answer["as_of"]["looked_from"] is None
    assert (await household.got("/forecast"))["data"] == []


async def test_what_recurs_is_listed_with_its_rhythm(home: Household) -> None:
    page = await home.got("/recurring")
    found = {each["name"]: each for each in page["data"]}
    assert set(found) == {"Landlord", "Employer", "Streaming"}
    rent = found["Landlord"]
    assert (rent["cadence"], rent["day_of_month"], rent["direction"]) == ("monthly", 3, "expense")
    assert (rent["amount"], rent["is_fixed"], rent["missed"]) == ("-810.00", True, 0)
    assert (rent["account"], rent["category"]) == ("Assets:Checking", "Expenses:Housing:Rent")
    assert rent["payments"] == len(rent["transaction_ids"]) == len(months_back(13, 3))
    assert sum(float(each["weight"]) for each in rent["evidence"]) == pytest.approx(
        float(rent["confidence"]), abs=0.003
    )
    assert found["Employer"]["direction"] == "income"
    assert [(each["before"], each["after"]) for each in found["Streaming"]["price_changes"]] == [("9.99", "12.99")]
    assert await home.got(f"/recurring/{rent['id']}") == rent
    only = await home.got("/recurring", params={"direction": "income"})
    assert [each["name"] for each in only["data"]] == ["Employer"]
    assert (await home.got("/recurring", params={"state": "ended"}))["data"] == []


async def test_each_insight_names_the_transactions_that_prove_it(home: Household) -> None:
    found = await insights(home)
    assert {each["kind"] for each in found} == {
        "recurring_found",
        "price_changed",
        "unusual_spending",
        "duplicate_suspected",
    }
    for each in found:
        assert each["transaction_ids"], each
        for id_ in each["transaction_ids"]:
            await home.got(f"/transactions/{id_}")
    (odd,) = (each for each in found if each["kind"] == "unusual_spending")
    (proof,) = odd["transaction_ids"]
    assert (await home.got(f"/transactions/{proof}"))["postings"][0]["amount"] == "-612.00"
    assert odd["facts"]["amount"] == "612.00"
    (twice,) = (each for each in found if each["kind"] == "duplicate_suspected")
    assert len(twice["transaction_ids"]) == 2
    assert "About" not in "".join(each["title"] for each in found)
    (rent,) = (each for each in found if each["facts"].get("name") == "Landlord")
    assert rent["title"] == "810.00 EUR goes to Landlord, monthly"
    (dearer,) = (each for each in found if each["kind"] == "price_changed")
    assert dearer["title"] == "Streaming costs 12.99 EUR instead of 9.99"
    assert await home.got(f"/insights/{dearer['id']}") == dearer


async def test_what_is_forecast_has_bands_and_was_tested_on_the_books_own_past(home: Household) -> None:
    answer = await home.got("/forecast")
    (total,) = answer["data"]
    assert (total["account_id"], total["currency"], len(total["points"])) == (None, "EUR", 90)
    assert total["points"][0]["date"] == (today() + dt.timedelta(days=1)).isoformat()
    for point in total["points"]:
        figures = [float(point[name]) for name in ("low_80", "low_50", "middle", "high_50", "high_80")]
        assert figures == sorted(figures)
    assert total["back_test"]["origins"] >= 3
    assert 0 <= float(total["back_test"]["coverage_50"]) <= float(total["back_test"]["coverage_80"]) <= 1
    assert float(total["back_test"]["error"]) < float(total["back_test"]["naive_error"])
    assert [each["account"] for each in answer["accounts"]] == ["Assets:Checking"]
    (checking,) = (await home.got("/forecast", params={"account": "Assets:Checking"}))["data"]
    assert checking["account_id"] == home.checking_id
    assert checking["held"] == (await home.balance(home.checking_id, date=today().isoformat()))["EUR"]
    assert (await home.got("/forecast", params={"account": "Assets:Savings"}))["data"] == []
    refused(await home.ask("GET", "/forecast", params={"account": "Assets:Chequing"}), 422, "account_unknown")


async def test_the_same_state_of_a_book_tells_the_same_again(home: Household) -> None:
    before = {path: await home.got(path) for path in ("/insights", "/recurring", "/forecast")}
    assert (await looked_into(home))["new"] == 0
    for path, answer in before.items():
        again = await home.got(path)
        for each in (*answer["data"], *again["data"]):
            each.pop("seen_at", None)
        assert again["data"] == answer["data"], path


async def test_insights_come_in_pages_and_by_kind(home: Household) -> None:
    every = await insights(home)
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await home.got("/insights", params={"limit": "2", **cursor})
        seen += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [each["id"] for each in seen] == [each["id"] for each in every]
    assert {each["kind"] for each in await insights(home, kind="price_changed")} == {"price_changed"}
    answer = await home.ask("GET", "/insights", params={"cursor": "e30"})
    refused(answer, 400, "cursor_malformed")
    listed = await home.got("/recurring", params={"limit": "1"})
    following = await home.got("/recurring", params={"limit": "1", "cursor": listed["next_cursor"]})
    assert listed["data"][0]["id"] != following["data"][0]["id"]


async def test_nothing_of_it_takes_a_revision(household: Household) -> None:
    await lived(household)
    revision, digest = await household.revision(), (await household.got("/digest"))["digest"]
    await looked_into(household)
    one = (await insights(household))[0]
    granted(await household.ask("PATCH", f"/insights/{one['id']}", {"state": "dismissed"}))
    assert (await household.revision(), (await household.got("/digest"))["digest"]) == (revision, digest)


async def test_an_answer_says_when_the_book_has_moved_on(household: Household) -> None:
    await lived(household)
    await looked_into(household)
    as_of = (await household.got("/insights"))["as_of"]
    assert (as_of["stale"], as_of["revision"], as_of["date"]) == (
        False,
        await household.revision(),
        today().isoformat(),
    )
    await household.record("-1.00", date=today().isoformat())
    for path in ("/insights", "/recurring", "/forecast"):
        later = (await household.got(path))["as_of"]
        assert (later["stale"], later["revision"]) == (True, as_of["revision"])


async def test_what_was_dismissed_stays_so_and_is_made_once(household: Household) -> None:
    await lived(household)
    await looked_into(household)
    before = await insights(household)
    one = before[0]
    dismissed = granted(await household.ask("PATCH", f"/insights/{one['id']}", {"state": "dismissed"}))
    assert (dismissed["state"], dismissed["changed_by"]) == ("dismissed", household.person.id)
    await household.record("-5.00", date=today().isoformat())
    assert (await looked_into(household))["new"] == 0
    after = await insights(household)
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert [each["id"] for each in await insights(household, state="dismissed")] == [one["id"]]
    assert one["id"] not in [each["id"] for each in await insights(household, state="new")]
    again = granted(await household.ask("PATCH", f"/insights/{one['id']}", {"state": "dismissed"}))
    assert again["changed_at"] == dismissed["changed_at"], "what changes nothing is not written"
    anew = granted(await household.ask("PATCH", f"/insights/{one['id']}", {"state": "new"}))
    assert anew["state"] == "new"


async def test_what_was_snoozed_is_new_again_on_its_day(household: Household, superuser: Any) -> None:
    await lived(household)
    await looked_into(household)
    one = (await insights(household))[0]
    until = (today() + dt.timedelta(days=30)).isoformat()
    path = f"/insights/{one['id']}"
    snoozed = granted(await household.ask("PATCH", path, {"state": "snoozed", "snoozed_until": until}))
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", until)
    assert [each["id"] for each in await insights(household, state="snoozed")] == [one["id"]]
    await superuser.execute("UPDATE insights SET snoozed_until = $2 WHERE id = $1", one["id"], today())
    woken = await household.got(path)
    assert (woken["state"], woken["snoozed_until"]) == ("new", None)
    assert one["id"] in [each["id"] for each in await insights(household, state="new")]


@pytest.mark.parametrize(
    "wanted",
    [
        {"state": "snoozed"},
        {"state": "snoozed", "snoozed_until": today().isoformat()},
        {"state": "snoozed", "snoozed_until": "2999-12-31"},
        {"state": "dismissed", "snoozed_until": (today() + dt.timedelta(days=3)).isoformat()},
    ],
    ids=["no day", "today", "far away", "dismissed until"],
)
async def test_an_insight_is_snoozed_until_a_day_to_come(home: Household, wanted: dict[str, str]) -> None:
    one = (await insights(home))[0]
    answer = refused(await home.ask("PATCH", f"/insights/{one['id']}", wanted), 422, "snooze_unfit")
    assert answer["errors"][0]["pointer"] == "/snoozed_until"


async def test_what_is_not_so_any_more_is_gone_and_comes_back_as_it_was(household: Household) -> None:
    day = today() - dt.timedelta(days=10)
    pair = [line(day, "-33.21", "Shoe Shop", "Expenses:Shopping")] * 2
    await lived(household, [*year(), *pair])
    await looked_into(household)
    (twice,) = await insights(household, kind="duplicate_suspected")
    granted(await household.ask("PATCH", f"/insights/{twice['id']}", {"state": "dismissed"}))
    assert (await household.ask("DELETE", f"/transactions/{twice['transaction_ids'][0]}")).status_code == 204
    deleted = await household.revision()
    await looked_into(household)
    assert await insights(household, kind="duplicate_suspected") == []
    refused(await household.ask("GET", f"/insights/{twice['id']}"), 404, "insight_not_found")
    granted(await household.ask("POST", f"/changes/{deleted}/undo"))
    await looked_into(household)
    (back,) = await insights(household, kind="duplicate_suspected")
    assert (back["id"], back["state"]) == (twice["id"], "dismissed")


async def test_two_of_which_it_is_known_that_they_are_two_are_not_suspected(household: Household) -> None:
    day = today() - dt.timedelta(days=10)
    await lived(household, [*year(), *[line(day, "-33.21", "Shoe Shop", "Expenses:Shopping")] * 2])
    await looked_into(household)
    (twice,) = await insights(household, kind="duplicate_suspected")
    rejected = {"kind": "posted", "transaction_ids": twice["transaction_ids"]}
    granted(await household.ask("POST", "/matches/reject", rejected), 201)
    await looked_into(household)
    assert await insights(household, kind="duplicate_suspected") == []


async def test_a_rent_that_does_not_come_is_missed_and_one_recorded_ahead_is_not(household: Household) -> None:
    # The last of them is some days overdue, and the one after it is some days away.
    rents = months_back(13, min((today() - dt.timedelta(days=12)).day, 28))
    lines = [line(day, "-810.00", "Landlord", "Expenses:Housing:Rent") for day in rents]
    await lived(household, lines[:-1])
    await looked_into(household)
    as_of = (await household.got("/insights"))["as_of"]
    assert (as_of["date"], as_of["stale"]) == (lines[-2]["date"], False), "the book isn't kept any further"
    assert await insights(household, kind="payment_missed") == []
    await lived(household, [line(today(), "-3.20", "Bakery", "Expenses:Food:Groceries")])
    await looked_into(household)
    (rent,) = (await household.got("/recurring", params={"state": "late"}))["data"]
    (missed,) = await insights(household, kind="payment_missed")
    assert missed["facts"]["expected"] == rent["next_date"]
    await lived(household, lines[-1:])
    await looked_into(household)
    assert await insights(household, kind="payment_missed") == []
    ahead = (today() + dt.timedelta(days=30)).isoformat()
    (rent,) = (await household.got("/recurring"))["data"]
    assert today().isoformat() <= rent["next_date"] <= ahead
    await household.record("-810.00", payee="Landlord", date=rent["next_date"], category="Expenses:Housing:Rent")
    await looked_into(household)
    (again,) = (await household.got("/recurring"))["data"]
    assert again["last_date"] == rent["next_date"], "what is recorded ahead isn't expected twice"


async def test_an_account_that_may_run_dry_is_told(household: Household) -> None:
    lines = [line(day, "-810.00", "Landlord", "Expenses:Housing:Rent") for day in months_back(13, 3)]
    await lived(household, [*lines, line(months_back(13, 3)[0], "12500.00", "Aunt", "Income:Gifts")])
    held = float((await household.balance(household.checking_id))["EUR"])
    await household.record(f"{900 - held:.2f}", date=today().isoformat(), payee="Car Dealer")
    await looked_into(household)
    (low,) = await insights(household, kind="balance_low")
    assert low["facts"]["held"] == "900.00"
    assert low["date"] > today().isoformat()


async def test_a_transfer_with_a_fee_is_no_spending_and_closed_accounts_are_not_forecast(household: Household) -> None:
    await household.open_account("Savings", type="savings", currency="EUR")
    old = await household.open_account("Old Bank", type="checking", currency="EUR")
    moved = {
        "date": (today() - dt.timedelta(days=9)).isoformat(),
        "payee": "Own account",
        "postings": [
            {"account": "Assets:Checking", "amount": "-3001.50"},
            {"account": "Assets:Savings", "amount": "3000.00"},
            {"account": "Expenses:Fees", "amount": "1.50"},
        ],
    }
    fees = [line(day, f"-{1 + day.day / 50:.2f}", "Bank", "Expenses:Fees") for day in months_back(13, 9)]
    away = {"date": months_back(13, 3)[0].isoformat(), "amount": "-5.00", "payee": "Cafe", "account": "Assets:Old Bank"}
    await lived(household, [*year(), *fees, moved, away, {**away, "amount": "5.00"}])
    granted(await household.ask("POST", f"/accounts/{old['id']}/close", {}))
    await looked_into(household)
    assert await insights(household, kind="unusual_spending") == []
    accounts = (await household.got("/forecast"))["accounts"]
    assert {each["account"] for each in accounts} == {"Assets:Checking", "Assets:Savings"}


async def test_amounts_of_any_size_are_looked_into(household: Household) -> None:
    vast = "9999999999999999999999999.99"
    lines = [line(day, f"-{vast}", "Landlord", "Expenses:Housing:Rent") for day in months_back(13, 3)]
    lines += [line(day, vast, "Employer", "Income:Salary") for day in months_back(13, 3)]
    lines += [line(day, "-0.01", "Kiosk", "Expenses:Food:Groceries") for day in months_back(13, 5) for _ in range(3)]
    lines.append(line(today(), f"-{vast}", "Kiosk", "Expenses:Food:Groceries"))
    await lived(household, lines)
    await looked_into(household)
    (odd,) = await insights(household, kind="unusual_spending")
    assert odd["facts"]["amount"] == vast
    found = {each["name"]: each["amount"] for each in (await household.got("/recurring"))["data"]}
    assert found == {"Landlord": f"-{vast}", "Employer": vast}
    assert (await household.got("/forecast"))["data"] == [], "floats don't know such amounts"


async def test_a_transfer_that_may_be_there_twice_is_told_once(household: Household) -> None:
    await household.open_account("Savings", type="savings", currency="EUR")
    day = (today() - dt.timedelta(days=9)).isoformat()
    moved = {"date": day, "payee": "Own", "amount": "77.77", "from": "Assets:Checking", "to": "Assets:Savings"}
    await lived(household, [*year(), moved, moved])
    await looked_into(household)
    (twice,) = await insights(household, kind="duplicate_suspected")
    assert len(twice["transaction_ids"]) == 2


async def test_a_refresh_that_is_under_way_is_not_asked_for_twice(household: Household) -> None:
    first = await household.ask("POST", "/insights/refresh")
    second = await household.ask("POST", "/insights/refresh")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.headers["location"].endswith(first.json()["id"])
    if second.json()["state"] in {"queued", "running"}:
        assert second.json()["id"] == first.json()["id"]


async def test_a_viewer_sees_insights_and_leaves_them_as_they_are(home: Household, client: Client) -> None:
    viewer, observer = await Person.registered(client), await Person.registered(client)
    for person, role in ((viewer, "viewer"), (observer, "observer")):
        await home.share(person, role)
    path = f"/books/{home.book_id}/insights"
    one = (await insights(home))[0]
    assert (await viewer.ask("GET", path)).status_code == 200
    refused(await viewer.ask("PATCH", f"{path}/{one['id']}", {"state": "dismissed"}), 403, "permission_missing")
    refused(await viewer.ask("POST", f"{path}/refresh"), 403, "permission_missing")
    refused(await observer.ask("GET", path), 403, "permission_missing")


async def test_sums_that_are_wrong_are_told_to_members(household: Household, superuser: Any) -> None:
    await household.record("-20.00", date=today().isoformat())
    await superuser.execute(
        "UPDATE month_sums SET amount = amount + 1 WHERE book_id = $1 AND account_id = $2",
        household.book_id,
        household.checking_id,
    )
    await looked_into(household)
    (wrong,) = await insights(household)
    assert (wrong["kind"], wrong["transaction_ids"]) == ("sums_differ", [])
    assert "isn't that of the postings" in wrong["facts"]["findings"][0]
    assert await superuser.fetchval("SELECT books_with_wrong_sums()") >= 1
    await superuser.execute(
        "UPDATE month_sums SET amount = amount - 1 WHERE book_id = $1 AND account_id = $2",
        household.book_id,
        household.checking_id,
    )
    await looked_into(household)
    assert await insights(household) == []
