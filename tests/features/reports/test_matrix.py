"""The matrix of reports and options: the page is the one that the program makes, and each cell is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.architecture.operations import document
from tests.features.answers import refused
from tests.features.reports.test_spending_and_pivot import lived
from tests.household import Client, Household

from farthing.entrypoints.api import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "reports.md"
REPORTS = reference.reports(document())
OPTIONS = list(dict.fromkeys(option for report in REPORTS for option in report.options))
RANGE = {"date_from": "2025-11-20", "date_to": "2026-03-09"}
VALUES: dict[str, dict[str, Any]] = {
    "currency": {"currency": "EUR"},
    "valued": {"valued": "today"},
    "net_of_refunds": {"net_of_refunds": "true"},
    "date": {"date": "2026-02-20"},
    "known_at": {},  # before the last record; said where that is made
    "format": {"format": "svg"},
    "date_from": {"date_from": "2026-01-10"},
    "date_to": {"date_to": "2026-02-10"},
    "interval": {"interval": "month"},
    "depth": {"depth": "1"},
    "empty": {"empty": "true"},
    "compare": {"compare": "previous"},
    "status": {"status": "pending"},
    "by": {},
    "category": {"category": "Expenses:Food:Bakery"},
    "top": {"top": "1"},
    "months": {"months": "2"},
    "pace": {"pace": "scaled"},
    "account": {"account": "Assets:Wallet"},
    "amount_min": {"amount_min": "50"},
    "amount_max": {"amount_max": "50"},
    "payee": {"payee": "bak"},
    "payee_id": {"payee_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"},
    "tag": {"tag": "work"},
    "untagged": {"untagged": "true"},
    "q": {"q": "bakery"},
    "of": {"of": "accounts"},
    "rows": {"rows": "payee"},
    "columns": {"columns": "month"},
    "measure": {"measure": "net"},
    "period": {"period": "2026-02"},
    "where": {"where": "weekday:1"},
}
"""How each option is asked for so that it makes a difference. A new option says here how it does."""


@pytest.fixture(scope="module")
async def home(client: Client) -> Household:
    household = await Household.founded(client)
    await lived(household)
    await household.open_account("Deep", kind="expense", parent="Expenses:Food:Bakery")
    await household.open_account("Empty", type="checking", currency="EUR")
    await household.open_account("Jar", parent="Assets:Checking", type="cash", currency="EUR")
    jar = {"date": "2026-02-04", "amount": "5.00", "from": "Assets:Checking", "to": "Assets:Checking:Jar"}
    await household.made("/transactions", jar)
    for day, rate in (("2025-11-01", "0.8"), ("2026-02-01", "0.9"), ("2026-03-20", "1.1")):
        price = {"commodity": "USD", "currency": "EUR", "date": day, "amount": rate}
        assert (await household.ask("POST", "/prices", price)).is_success
    exchange = {"amount": "100.00", "from": "Assets:Checking", "to": "Assets:Wallet", "to_amount": "120.00"}
    await household.made("/transactions", {"date": "2026-01-20", **exchange})
    bought = await household.record("-40.00", date="2026-01-02", category="Expenses:Food")
    back = await household.record("15.00", date="2026-03-15", category="Expenses:Taxes")
    linked = {"from_posting_id": bought["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    await household.made("/links", {"kind": "refund", **linked})
    VALUES["known_at"] = {"known_at": str(await household.revision())}
    await household.record("-3.00", date="2026-02-03", category="Expenses:Food:Bakery:Deep")
    await household.made("/transactions", {"date": "2026-01-21", **exchange})
    return household


def base(report: reference.Report) -> dict[str, Any]:
    """The report without the option: in the same days each time, of what there is something to see."""
    asked: dict[str, Any] = dict(report.given)
    if "date_from" in report.options:
        asked |= RANGE
    if report.path == "register":
        asked["account"] = "Assets:Checking"
    if "date" in report.options:
        asked["date"] = "2026-03-09"
    if report.path == "net-worth/bridge":
        asked["currency"] = "USD"
    if report.path == "net-worth":
        asked["interval"] = "none"
    if report.path == "pivot":
        asked["columns"] = "day"
    if report.path == "overview":
        asked["period"] = "2026-01"
    return asked


def test_the_page_is_the_one_that_the_program_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.matrix(document()), (
        "make it anew: ./run farthing reports -o docs/reference/reports.md"
    )


def test_every_option_says_how_it_is_tried() -> None:
    assert set(OPTIONS) == set(VALUES)
    assert {report.path for report in REPORTS} >= {"income-statement", "spending", "pivot", "lines"}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
async def test_each_option_does_something_or_is_refused(home: Household, report: reference.Report, option: str) -> None:
    path, asked = f"/reports/{report.path}", base(report)
    answer = await home.ask("GET", path, params={**asked, **VALUES[option]})
    if option in report.options:
        assert answer.status_code == 200, answer.text
        if option == "by":
            assert answer.json()["by"] == report.given["by"]
            return
        plain = await home.ask("GET", path, params=asked)
        assert plain.status_code == 200, plain.text
        assert answer.content != plain.content, "the option makes no difference"
    elif option == "by":
        refused(await home.ask("GET", path, params={**asked, "by": "payee"}), 422, "parameter_unknown", parameter="by")
    else:
        code = "option_unfit" if report.given else "parameter_unknown"
        is_known = any(option in other.options for other in REPORTS if other.path == report.path)
        refused(answer, 422, code if is_known else "parameter_unknown", parameter=option)


@pytest.mark.parametrize("wanted", list(reference.FORMATS.values()))
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
async def test_each_format_is_answered_or_refused(home: Household, report: reference.Report, wanted: str) -> None:
    answer = await home.ask("GET", f"/reports/{report.path}", params={**base(report), "format": wanted})
    if "format" not in report.options:
        refused(answer, 422, "parameter_unknown", parameter="format")
    elif wanted in report.formats:
        assert answer.status_code == 200, answer.text
        kind = answer.headers["content-type"].partition(";")[0]
        assert reference.FORMATS[kind] == wanted
        by_header = await home.ask("GET", f"/reports/{report.path}", params=base(report), headers={"Accept": kind})
        assert by_header.headers["content-type"] == answer.headers["content-type"]
    else:
        refused(answer, 422, "format_unfit", parameter="format")
