"""A couple's year, made up, and what reports of it look like: the files in ``docs/examples``.

``.venv/bin/python -m tests.features.reports.examples`` writes them anew.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.conftest import database, migrate
from tests.household import Household, serving

from farthing.core.secrets import new_signing_key
from farthing.entrypoints.local import throwaway_cluster

FOLDER = Path(__file__).parents[3] / "docs" / "examples"
YEAR = {"date_from": "2025-01-01", "date_to": "2025-12-31"}
EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "income-statement.csv": ("income-statement", {**YEAR, "interval": "quarter", "depth": 2}),
    "income-statement.xlsx": ("income-statement", {**YEAR, "interval": "month"}),
    "income-and-expenses.svg": ("income-statement", {**YEAR, "interval": "month", "depth": 1}),
    "net-worth.svg": ("balance-sheet", {**YEAR, "interval": "month"}),
    "spending-by-payee.svg": ("spending", {**YEAR, "by": "payee"}),
    "trends.svg": ("trends", {"date": "2025-12-31"}),
    "pivot.svg": ("pivot", {**YEAR, "rows": "category", "columns": "month", "depth": 1, "of": "expenses"}),
    "pivot.csv": ("pivot", {**YEAR, "rows": "tag", "columns": "quarter", "of": "expenses", "measure": "out"}),
    "spending.png": ("spending", {**YEAR, "depth": 1}),
    "overview-2025.pdf": ("overview", {"period": "2025"}),
}
"""By file: the report, and how it was asked for."""
TEXTS = tuple(name for name in EXAMPLES if name.endswith((".csv", ".svg")))
"""Those that are the same wherever they are made; pictures and documents follow the fonts that are there."""
CATEGORIES = {
    "Food": ("Groceries", "Restaurants"),
    "Housing": ("Rent", "Electricity"),
    "Transport": ("Fuel", "Public transport"),
    "Leisure": ("Holidays", "Books"),
}
MONTHLY = (
    (1, "Housing:Rent", "Riverside Homes", "-1150.00", ()),
    (3, "Housing:Electricity", "City Power", "-86.40", ()),
    (5, "Transport:Public transport", "City Transit", "-49.00", ("work",)),
    (28, "Income:Salary", "Analytical Engines Ltd", "3480.00", ()),
)
SHOPS = (
    ("Food:Groceries", "Corner Shop", 18, 95, ()),
    ("Food:Groceries", "Green Market", 12, 60, ()),
    ("Food:Restaurants", "Noodle House", 15, 48, ("friends",)),
    ("Leisure:Books", "Page & Sons", 9, 32, ()),
    ("Transport:Fuel", "Fuel Stop", 35, 70, ()),
)


async def a_year(home: Household) -> None:
    """2025 as the couple lived it, and the autumn before."""
    chance = random.Random(1815)
    for parent, children in CATEGORIES.items():
        await _opened(home, parent)
        for child in children:
            await _opened(home, child, parent=f"Expenses:{parent}")
    await home.open_account("Savings", type="savings", currency="EUR")
    await home.open_account("Card", kind="liability", type="credit_card", currency="EUR")
    written: list[dict[str, Any]] = [_line("2024-09-30", "Income:Salary", "Analytical Engines Ltd", "5200.00", ())]
    months = [(2024, 10), (2024, 11), (2024, 12), *((2025, month) for month in range(1, 13))]
    for year, month in months:
        for number, category, payee, amount, tags in MONTHLY:
            written.append(_line(dt.date(year, month, number).isoformat(), category, payee, amount, tags))
        for _ in range(14):
            category, payee, least, most, tags = chance.choice(SHOPS)
            day = dt.date(year, month, chance.randrange(1, 28)).isoformat()
            amount = f"-{Decimal(chance.randrange(least * 100, most * 100)).scaleb(-2):f}"
            account = "Liabilities:Card" if category == "Food:Restaurants" else "Assets:Checking"
            written.append(_line(day, category, payee, amount, tags, account))
        written.append(
            {
                "date": dt.date(year, month, 28).isoformat(),
                "amount": "300.00",
                "from": "Assets:Checking",
                "to": "Assets:Savings",
            }
        )
        written.append(
            {
                "date": dt.date(year, month, 20).isoformat(),
                "amount": "60.00",
                "from": "Assets:Checking",
                "to": "Liabilities:Card",
            }
        )
    written.append(_line("2025-07-14", "Leisure:Holidays", "Sea View Inn", "-1640.00", ("holiday", "friends")))
    written.append(_line("2025-08-02", "Leisure:Holidays", "Sea View Inn", "120.00", ("holiday",)))
    await home.made("/transactions/bulk", {"transactions": written})


async def made(home: Household, name: str) -> bytes:
    """What an example is made of."""
    report, asked = EXAMPLES[name]
    answer = await home.ask("GET", f"/reports/{report}", params={**asked, "format": name.rpartition(".")[2]})
    assert answer.status_code == 200, answer.text
    return answer.content


def _line(
    day: str, category: str, payee: str, amount: str, tags: tuple[str, ...], account: str = "Assets:Checking"
) -> dict[str, Any]:
    full = category if category.startswith("Income") else f"Expenses:{category}"
    line: dict[str, Any] = {"date": day, "account": account, "category": full, "payee": payee, "amount": amount}
    return {**line, "tags": list(tags)} if tags else line


async def _opened(home: Household, name: str, **wanted: str) -> None:
    """An account that is there, or is opened."""
    answer = await home.ask("POST", "/accounts", {"name": name, "kind": "expense", **wanted})
    assert answer.status_code in {201, 409}, answer.text


@asynccontextmanager
async def _somewhere(url: str) -> AsyncIterator[Household]:
    async with serving(url, new_signing_key(), registration="open") as client:
        yield await Household.founded(client, book="The Lovelaces")


async def _written(url: str) -> None:
    async with _somewhere(url) as home:
        await a_year(home)
        for name in EXAMPLES:
            (FOLDER / name).write_bytes(await made(home, name))


if __name__ == "__main__":
    with throwaway_cluster() as cluster, database(cluster.url) as fresh:
        migrate(fresh)
        asyncio.run(_written(fresh))
