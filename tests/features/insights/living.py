"""A household's year, told in a few lines: rent, a salary, a subscription that got dearer, and shopping."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.features.answers import granted
from tests.household import Household
from tests.jobs import until

from farthing.kit import clock

DAYS = 420
BATCH = 250


def today() -> dt.date:
    """The day it is where the book is kept."""
    return clock.today("UTC")


def months_back(count: int, day: int) -> list[dt.date]:
    """A day of each of the last months, the oldest first; none of them in the last week."""
    now = today()
    found = []
    for back in range(count, -1, -1):
        year, month = divmod(now.year * 12 + now.month - 1 - back, 12)
        found.append(dt.date(year, month + 1, day))
    return [each for each in found if each < now - dt.timedelta(days=7)]


def line(day: dt.date, amount: str, payee: str, category: str, **more: Any) -> dict[str, Any]:
    """A transaction on the checking account."""
    return {
        "date": day.isoformat(),
        "amount": amount,
        "payee": payee,
        "account": "Assets:Checking",
        "category": category,
        **more,
    }


def year() -> list[dict[str, Any]]:
    """Some fourteen months."""
    dice = random.Random(7)
    lines = [line(day, "-810.00", "Landlord", "Expenses:Housing:Rent") for day in months_back(13, 3)]
    lines += [line(day, "2450.00", "Employer", "Income:Salary") for day in months_back(13, 1)]
    shows = months_back(13, 12)
    lines += [
        line(day, "-12.99" if day in shows[-2:] else "-9.99", "Streaming", "Expenses:Leisure:Subscriptions")
        for day in shows
    ]
    first = today() - dt.timedelta(days=DAYS)
    for after in range(DAYS):
        if dice.random() < 0.35:
            amount = f"-{dice.uniform(18, 75):.2f}"
            shop = dice.choice(("Greengrocer", "Supermarket"))
            lines.append(line(first + dt.timedelta(days=after), amount, shop, "Expenses:Food:Groceries"))
    return lines


async def lived(home: Household, lines: list[dict[str, Any]] | None = None) -> None:
    """Record it."""
    wanted = year() if lines is None else lines
    for first in range(0, len(wanted), BATCH):
        granted(await home.ask("POST", "/transactions/bulk", {"transactions": wanted[first : first + BATCH]}), 201)


async def looked_into(home: Household) -> Any:
    """Have the book looked into. Returns the job's result."""
    answer = await home.ask("POST", "/insights/refresh")
    assert answer.status_code == 202, answer.text
    job = await until(home, answer.json()["id"], seconds=60)
    assert job["state"] == "succeeded", job
    return job["result"]


async def insights(home: Household, **wanted: str) -> list[Any]:
    """All that the book tells."""
    return list((await home.got("/insights", params={"limit": "200", **wanted}))["data"])
