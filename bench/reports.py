"""What reports cost on books of each size, and whether they say what the postings say.

Each report is asked by one client, again and again; the statements that it takes are also run by themselves, as the
service's role behind its policies, for the time of the SQL alone. Before that, each answer is held against sums of the
raw postings, worked out by the superuser without the sums of months: row by row, column by column, to the last digit.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg

from bench.figures import growth, percentile, rounded
from bench.households import Household
from bench.rounds import RatedCase, ask
from bench.stage import BooksWrong, Stage
from bench.statements import Sent

NAMES = ("reports",)
PAGE = Path("docs") / "performance-of-reports.md"
SECONDS = 2.0
WARM_UP_SECONDS = 0.5
REPLAYS = 15
GOAL_CPU_MS = 10.0
GOAL_EXPONENT = 0.1
FIRST, LAST = dt.date(2023, 12, 1), dt.date(2026, 10, 31)
"""Whole months: what a month that is cut off costs besides is told by a case of its own."""
MONTH = dt.date(2026, 10, 1)
RANGE = f"date_from={FIRST}&date_to={LAST}"
Sums = dict[str, Decimal]
Key = tuple[str, dt.date]
"""A full name, and the first of a month."""
RAW = """
SELECT a.full_name, date_trunc('month', p.date)::date AS month, p.currency, sum(p.amount) AS amount
  FROM postings p JOIN accounts a ON a.book_id = p.book_id AND a.id = p.account_id
 WHERE p.book_id = $1 AND p.date <= $2 GROUP BY 1, 2, 3
"""
RAW_PAYEES = """
SELECT y.name, p.currency, sum(p.amount) AS amount
  FROM postings p JOIN transactions t ON t.book_id = p.book_id AND t.id = p.transaction_id
  JOIN payees y ON y.book_id = t.book_id AND y.id = t.payee_id
  JOIN accounts a ON a.book_id = p.book_id AND a.id = p.account_id AND a.kind = 'expense'
 WHERE p.book_id = $1 AND p.date BETWEEN $2 AND $3 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the postings of a book add up to, without anything that is kept beside them."""

    of_months: Mapping[Key, Sums]
    """What was posted to an account itself, by month."""
    of_payees: Mapping[str, Sums]
    """What was spent in the last month."""

    def posted(self, account: str, first: dt.date, last: dt.date) -> Sums:
        """To an account and those under it, in whole months."""
        total: Sums = {}
        for (name, month), sums in self.of_months.items():
            if (name == account or name.startswith(f"{account}:")) and first <= month <= last:
                for currency, amount in sums.items():
                    total[currency] = total.get(currency, Decimal(0)) + amount
        return {currency: amount for currency, amount in total.items() if amount}


@dataclass(frozen=True, slots=True)
class Case:
    """A report as it is asked for, and how its answer is judged."""

    name: str
    path: str
    is_right: Callable[[Any, Truth], bool]
    by_account: bool = True
    """Whether it comes of the sums of months: then it is to cost the same at any size."""


def _statement(read: Any, truth: Truth) -> bool:
    return all(
        _money(cell["amounts"])
        == _signed(truth.posted(row["account"], _day(column["first"]), _day(column["last"])), row)
        for section in read["sections"]
        for row in section["rows"]
        for cell, column in zip(row["figures"], read["columns"], strict=True)
    ) and any(section["rows"] for section in read["sections"])


def _held(read: Any, truth: Truth) -> bool:
    return all(
        _money(cell["amounts"]) == _signed(truth.posted(row["account"], dt.date.min, _day(column["last"])), row)
        for section in read["sections"]
        for row in section["rows"]
        for cell, column in zip(row["figures"], read["columns"], strict=True)
    )


def _net(read: Any, truth: Truth) -> bool:
    return all(
        _money(cell["amounts"])
        == _added(truth.posted(root, dt.date.min, _day(column["last"])) for root in ("Assets", "Liabilities"))
        for cell, column in zip(read["net"], read["columns"], strict=True)
    )


def _spent(read: Any, truth: Truth) -> bool:
    return all(
        _money(cell["amounts"]) == truth.posted(row["name"], _day(column["first"]), _day(column["last"]))
        for row in read["rows"]
        for cell, column in zip(row["figures"], read["columns"], strict=True)
    ) and bool(read["rows"])


def _trends(read: Any, truth: Truth) -> bool:
    (*_, this) = read["columns"]
    return all(
        _money(row["amounts"]) == _signed(truth.posted(row["account"], _day(this["first"]), _day(this["last"])), row)
        for section in read["sections"]
        for row in section["rows"]
    )


def _trial(read: Any, truth: Truth) -> bool:
    own = {
        line["account"]: _added(sums for (name, _), sums in truth.of_months.items() if name == line["account"])
        for line in read["data"]
    }
    return all(_money(line["balances"]) == own[line["account"]] for line in read["data"]) and bool(own)


def _payees(read: Any, truth: Truth) -> bool:
    found = {row["name"]: _money(row["total"]) for row in read["rows"]}
    return found == {name: sums for name, sums in truth.of_payees.items() if any(sums.values())}


def _pivot(read: Any, truth: Truth) -> bool:
    return all(
        _money(cell["amounts"]) == truth.of_months.get((row["name"], _day(column["key"])), {})
        for row in read["data"]
        for cell, column in zip(row["cells"], read["keys"], strict=True)
    ) and bool(read["data"])


def _register(read: Any, truth: Truth) -> bool:
    held = [truth.posted(read["account"], dt.date.min, last) for last in (MONTH - dt.timedelta(days=1), LAST)]
    return [_money(read["opening"]), _money(read["closing"])] == held


CASES = (
    Case("income statement", f"income-statement?{RANGE}&interval=month", _statement),
    Case(
        "income statement, 12 months",
        "income-statement?date_from=2025-11-01&date_to=2026-10-31&interval=month",
        _statement,
    ),
    Case("balance sheet", f"balance-sheet?{RANGE}&interval=month", _held),
    Case("cash flow", f"cash-flow?{RANGE}&interval=month", _statement),
    Case("net worth", f"net-worth?{RANGE}&interval=month", _net),
    Case("spending by category", f"spending?{RANGE}&interval=month&by=category", _spent),
    Case("trends", f"trends?date={LAST}&months=12", _trends),
    Case("trial balance", f"trial-balance?date={LAST}", _trial),
    Case("trends, mid-month", "trends?date=2026-10-16&months=12", lambda read, _: bool(read["sections"]), False),
    Case("spending by payee, a month", f"spending?date_from={MONTH}&date_to={LAST}&by=payee", _payees, False),
    Case("pivot, a year", "pivot?date_from=2025-11-01&date_to=2026-10-31&of=expenses&columns=month", _pivot, False),
    Case("register, a month", f"register?account=Assets:Dollar%201&date_from={MONTH}&date_to={LAST}", _register, False),
)


def measured(stage: Stage, sizes: Sequence[int], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """What each report takes on a book of each size.

    Raises:
        BooksWrong: a report says something else than the postings.
    """
    taken: dict[str, list[dict[str, float]]] = {case.name: [] for case in CASES}
    for size in sizes:
        say(f"reports: writing a book of {size:,} transactions")
        home = stage.filled(size)
        truth = asyncio.run(_truth(stage, home))
        for case in CASES:
            say(f"reports: {case.name}, {size:,} transactions")
            path = f"/reports/{case.path}"
            if not _is_answered(case, home):
                continue
            if not case.is_right(home.got(path), truth):
                raise BooksWrong(f"{case.name}, {size:,} transactions: it isn't what the postings say")
            taken[case.name].append({"transactions": size, **_taken(stage, home, path, case.name)})
    return [_written(case, taken[case.name]) for case in CASES]


def _is_answered(case: Case, home: Household) -> bool:
    """A report shows so much and no more: of a large book, less than a small one's."""
    reply = home.service.ask("GET", f"{home.root}/reports/{case.path}", headers=home.headers())
    return reply.status != HTTPStatus.UNPROCESSABLE_ENTITY or b"report_too_large" not in reply.body


def _taken(stage: Stage, home: Household, path: str, name: str) -> dict[str, float]:
    case = RatedCase(
        name=name, clients=1, requests=lambda: [[home.request("GET", path)]], service=home.service, status="200"
    )
    ask(stage, case, WARM_UP_SECONDS)
    outcome, used = ask(stage, case, SECONDS)
    count = len(outcome.latencies_ms)
    sent, _ = stage.catch(home, "GET", path)
    return {
        "p50_ms": percentile(outcome.latencies_ms, 0.5),
        "sql_ms": asyncio.run(_replayed(stage.cluster.url, sent)),
        "python_ms": used.service / count * 1e3,
        "postgres_ms": used.postgres / count * 1e3,
    }


async def _replayed(url: str, sent: Sequence[Sent]) -> float:
    """How long the statements of an answer take by themselves, in milliseconds."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET ROLE farthing_app")
        times = []
        for _ in range(REPLAYS):
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
            began = time.perf_counter()
            for statement in sent:
                if not statement.sql.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                    await connection.fetch(statement.sql, *statement.values)
            times.append((time.perf_counter() - began) * 1e3)
            await transaction.rollback()
    finally:
        await connection.close()
    return statistics.median(times)


async def _truth(stage: Stage, home: Household) -> Truth:
    connection = await asyncpg.connect(stage.cluster.url)
    try:
        of_months: dict[Key, Sums] = {}
        for row in await connection.fetch(RAW, home.book_id, LAST, timeout=300):
            of_months.setdefault((row["full_name"], row["month"]), {})[row["currency"]] = row["amount"]
        of_payees: dict[str, Sums] = {}
        for row in await connection.fetch(RAW_PAYEES, home.book_id, MONTH, LAST, timeout=300):
            of_payees.setdefault(row["name"], {})[row["currency"]] = row["amount"]
    finally:
        await connection.close()
    return Truth(of_months, of_payees)


def _written(case: Case, taken: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    sizes = [each["transactions"] for each in taken]
    cpu = [each["python_ms"] + each["postgres_ms"] for each in taken]
    return {
        "name": case.name,
        "by_account": case.by_account,
        "sizes": [{name: rounded(value) for name, value in each.items()} for each in taken],
        "cpu_exponent": round(growth(sizes, cpu), 3) if len(taken) > 1 else None,
        "time_exponent": round(growth(sizes, [each["p50_ms"] for each in taken]), 3) if len(taken) > 1 else None,
    }


def lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The results, a line for each report and size."""
    told = []
    for row in rows:
        told += [
            f"{row['name']}, {each['transactions']:,.0f}: {each['p50_ms']:g} ms, SQL {each['sql_ms']:g} ms, "
            f"CPU {each['python_ms']:g} + {each['postgres_ms']:g} ms"
            for each in row["sizes"]
        ]
        told.append(f"{row['name']}: CPU grows with exponent {row['cpu_exponent']}, time with {row['time_exponent']}")
    return told


def page(rows: Sequence[Mapping[str, Any]], machine: str) -> str:
    """The results for people."""
    table = [
        "| report | transactions | time, ms | SQL, ms | CPU of Python, ms | CPU of PostgreSQL, ms | growth of CPU |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        for place, each in enumerate(row["sizes"]):
            exponent = row["cpu_exponent"] if place == len(row["sizes"]) - 1 else ""
            figures = " | ".join(f"{each[name]:g}" for name in ("p50_ms", "sql_ms", "python_ms", "postgres_ms"))
            table.append(f"| {row['name']} | {each['transactions']:,.0f} | {figures} | {exponent} |")
    return f"""# What reports cost

Made by `./run bench reports`, on {machine}.

Books of 61 accounts in three currencies; 35 months, unless it says otherwise: an income statement of those has some
3,500 figures, and a thousand links. One client. Each answer was held against sums of the raw postings first.
Growth is the exponent of the power law that fits best: 0 is not at all, 1 is in step with the book.

{chr(10).join(table)}

Reports by account come from the sums of months. What is told apart by payee, tag or the other side of transactions is
added up from the postings of the days in question; so is what a month costs that is cut off in the middle.
"""


def write(rows: Sequence[Mapping[str, Any]], machine: str, root: Path) -> None:
    """Write the page where it belongs."""
    (root / PAGE).write_text(page(rows, machine), "utf-8")


def _money(amounts: Sequence[Mapping[str, str]]) -> Sums:
    return {each["currency"]: Decimal(each["amount"]) for each in amounts}


def _signed(sums: Sums, row: Mapping[str, Any]) -> Sums:
    """As statements show it: what is owed or earned is positive."""
    if row["account"].startswith(("Income", "Liabilities")):
        return {currency: -amount for currency, amount in sums.items()}
    return sums


def _added(each: Any) -> Sums:
    total: Sums = {}
    for sums in each:
        for currency, amount in sums.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return {currency: amount for currency, amount in total.items() if amount}


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
