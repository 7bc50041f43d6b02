"""Spending, pivots and lines as known at: what they said then, whatever was found out since."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.features.answers import granted, refused
from tests.features.reports.test_spending_and_pivot import explained, money, summed
from tests.features.reports.test_valued import priced
from tests.features.transactions.test_known_at import eventful, upset
from tests.household import Household

DAYS = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
ABROAD = {"date": "2026-03-09", "amount": "-9.00", "account": "Assets:Dollars", "category": "Expenses:Food:Groceries"}
BETWEEN: dict[str, Any] = {
    "date": "2026-03-10",
    "postings": [
        {"account": "Expenses:Food:Groceries", "amount": "4.00", "currency": "EUR"},
        {"account": "Expenses:Housing:Rent", "amount": "-4.00", "currency": "EUR"},
    ],
}
"""What nobody paid."""
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("spending", {"by": by, "interval": "week"}) for by in ("category", "payee", "tag", "account")),
    ("spending", {"by": "payee", "status": "pending"}),
    ("spending", {"by": "category", "tag": ["holiday"]}),
    ("spending", {"by": "tag", "account": "Assets:Checking", "currency": "EUR"}),
    ("spending", {"by": "account", "valued": "end", "compare": "previous"}),
    ("income-statement", {"status": "cleared"}),
    ("income-statement", {"status": "cleared", "valued": "posting"}),
    ("pivot", {"rows": "payee", "columns": "month"}),
    ("pivot", {"rows": "tag", "columns": "account"}),
    ("pivot", {"rows": "category", "of": "accounts", "q": "-corner"}),
    ("pivot", {"rows": "status", "columns": "weekday", "valued": "today"}),
    ("pivot", {"rows": "currency", "payee": "corner", "measure": "out"}),
    ("lines", {"tag": ["holiday"], "limit": 200}),
    ("lines", {"of": "accounts", "limit": 200}),
    ("lines", {"where": "payee:none", "limit": 200}),
    ("lines", {"where": ["status:cleared", "tag:none"], "limit": 200}),
    ("lines", {"where": "account:none", "of": "expenses", "limit": 200}),
)


def unlinked(read: Any) -> Any:
    """A report without the ways to its lines: they say which state they are of."""
    if isinstance(read, dict):
        return {name: unlinked(each) for name, each in read.items() if name not in {"transactions", "lines"}}
    return [unlinked(each) for each in read] if isinstance(read, list) else read


def cells(read: Any) -> list[dict[str, Any]]:
    """All figures of a report that lead to lines."""
    if isinstance(read, list):
        return [cell for each in read for cell in cells(each)]
    if not isinstance(read, dict):
        return []
    own = [read] if "/reports/lines" in str(read.get("transactions") or read.get("lines") or "") else []
    return own + [cell for each in read.values() for cell in cells(each)]


async def test_what_lines_came_to_is_what_they_came_to_then(household: Household) -> None:
    await eventful(household)
    abroad = await household.made("/transactions", ABROAD)
    between = await household.made("/transactions", BETWEEN)
    await priced(household, dt.date(2026, 3, 1), "USD", "0.8")
    was = {
        (report, str(asked)): await household.got(f"/reports/{report}", params=DAYS | asked) for report, asked in ASKED
    }
    known = {"known_at": await household.revision()}
    await upset(household)
    paid = {"postings": [{**BETWEEN["postings"][0]}, {"account": household.checking_id, "amount": "-4.00"}]}
    granted(await household.ask("PATCH", f"/transactions/{between['id']}", paid))
    granted(await household.ask("PATCH", f"/transactions/{abroad['id']}", {"status": "pending"}))
    await household.made("/transactions", {**ABROAD, "amount": "-11.00"})
    await priced(household, dt.date(2026, 3, 2), "USD", "0.9")
    changed = 0
    for report, asked in ASKED:
        read = await household.got(f"/reports/{report}", params=DAYS | asked | known)
        seen = was[report, str(asked)]
        assert unlinked(read) == unlinked(seen), (report, asked)
        assert seen.get("data") or seen.get("rows") or seen.get("sections"), (report, asked)
        if not {"currency", "valued", "measure"} & asked.keys():
            for cell in cells(read)[:3]:
                sign = -1 if "of=income" in str(cell) else 1
                lines = summed(await explained(household, cell.get("transactions") or cell["lines"]))
                assert {code: sign * amount for code, amount in money(cell["amounts"]).items()} == lines
        now = await household.ask("GET", f"/reports/{report}", params=DAYS | asked)
        changed += now.status_code != 200 or unlinked(now.json()) != unlinked(seen)
    assert changed >= len(ASKED) - 1


async def test_what_is_not_told_of_an_earlier_state_is_refused(household: Household) -> None:
    for report, asked, code, parameter in (
        ("spending", {"known_at": "999"}, "revision_unknown", "known_at"),
        ("pivot", {"known_at": "999"}, "revision_unknown", "known_at"),
        ("lines", {"known_at": "999"}, "revision_unknown", "known_at"),
        ("spending", {"known_at": "1", "net_of_refunds": "true"}, "option_unfit", "net_of_refunds"),
        ("spending", {"known_at": "1", "valued": "cost"}, "option_unfit", "valued"),
        ("pivot", {"known_at": "1", "valued": "cost"}, "option_unfit", "valued"),
    ):
        refused(await household.ask("GET", f"/reports/{report}", params=asked), 422, code, parameter=parameter)
