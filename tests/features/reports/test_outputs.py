"""Reports as files: CSV, XLSX, SVG, PNG and PDF, and how they are asked for."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
from python_calamine import CalamineWorkbook
from tests.features.answers import refused
from tests.features.reports.examples import EXAMPLES, TEXTS, a_year, made
from tests.household import Client, Household

from farthing.features.reports import representations
from farthing.features.reports.outputs import documents
from farthing.features.reports.outputs.offers import Format, Outputs
from farthing.features.reports.representations import accepted
from farthing.formats.tables import document, drawing, picture
from farthing.formats.tables.chart import Chart, Series, Shape

RANGE = {"date_from": "2026-01-01", "date_to": "2026-03-31"}
ALL = (Format.JSON, Format.CSV, Format.XLSX, Format.SVG, Format.PNG, Format.PDF)
HOSTILE = '=HYPERLINK("http://x")<script>&amp;]]>"\'+A1'
SVG = "{http://www.w3.org/2000/svg}"


async def asked(home: Household, report: str, **wanted: Any) -> httpx2.Response:
    answer = await home.ask("GET", f"/reports/{report}", params={**RANGE, **wanted})
    assert answer.status_code == 200, answer.text
    return answer


def cells(answer: httpx2.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


async def spent(home: Household, payee: str = "Corner Shop") -> None:
    await home.open_account("Wallet", currency="JPY")
    await home.record("-12.50", date="2026-01-05", payee=payee, category="Expenses:Food", tags=["a"])
    await home.record("-7.25", date="2026-02-05", payee=payee, category="Expenses:Food")
    await home.record("2000.00", date="2026-02-28", category="Income:Salary")
    await home.made(
        "/transactions",
        {"date": "2026-02-11", "amount": "-900", "account": "Assets:Wallet", "category": "Expenses:Food"},
    )


async def test_a_table_has_every_figure_of_the_answer(household: Household) -> None:
    await spent(household)
    answer = await asked(household, "income-statement", interval="month", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert 'filename="income-statement-2026-q1.csv"' in answer.headers["content-disposition"]
    food, yen, *_ = [row for row in cells(answer) if row["Account"] == "Expenses:Food"]
    assert food == {
        "Section": "Expenses",
        "Account": "Expenses:Food",
        "Currency": "EUR",
        "2026-01": "12.50",
        "2026-02": "7.25",
        "2026-03": "",
        "Total": "19.75",
        "Average": "6.58",
        "Share in %": "",
    }
    assert (yen["Currency"], yen["2026-02"], yen["Total"]) == ("JPY", "900", "900")


async def test_a_workbook_holds_numbers(household: Household) -> None:
    await spent(household)
    answer = await asked(household, "spending", by="payee", format="xlsx")
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
    assert sheet == "Spending by payee, 2026 Q1"
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["Payee", "Currency", "2026 Q1", "Total", "Average", "Share in %"]
    assert ["Corner Shop", "EUR", 19.75, 19.75, 19.75, ""] in rows
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert 'state="frozen"' in book.read("xl/worksheets/sheet1.xml").decode()
        assert "#,##0.00" in book.read("xl/styles.xml").decode()
    assert (await asked(household, "spending", by="payee", format="xlsx")).content == answer.content


async def test_no_text_is_a_formula_or_markup(household: Household) -> None:
    await spent(household, payee=HOSTILE)
    listed = cells(await asked(household, "spending", by="payee", format="csv"))
    assert listed[0]["Payee"] == f"'{HOSTILE}"
    book = (await asked(household, "spending", by="payee", format="xlsx")).content
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        assert "<f>" not in opened.read("xl/worksheets/sheet1.xml").decode()
    drawn = ET.fromstring((await asked(household, "spending", by="payee", format="svg")).content)  # noqa: S314 - our own
    assert not list(drawn.iter(f"{SVG}script"))
    assert any(HOSTILE[:20] in (text.text or "") for text in drawn.iter(f"{SVG}text"))
    answer = await asked(household, "register", account="Assets:Checking", format="csv")
    assert {row["Payee"] for row in cells(answer)} >= {f"'{HOSTILE}"}


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        ("income-statement", {"interval": "month"}),
        ("income-statement", {"compare": "previous"}),
        ("balance-sheet", {"interval": "week"}),
        ("cash-flow", {"interval": "day"}),
        ("spending", {"by": "tag"}),
        ("pivot", {"rows": "payee", "columns": "weekday"}),
        ("pivot", {"rows": "month", "measure": "count"}),
        ("register", {"account": "Assets:Checking"}),
    ],
)
async def test_a_chart_can_be_read_without_being_seen(
    household: Household, report: str, wanted: dict[str, str]
) -> None:
    await spent(household)
    answer = await asked(household, report, **wanted, format="svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    drawn = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert drawn.get("role") == "img"
    title, description = (drawn.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None
    assert description is not None
    assert str(title.text) in str(description.text)
    assert "nan" not in answer.text.lower()
    width, height = map(float, (drawn.get("width", ""), drawn.get("height", "")))
    for mark in drawn.iter(f"{SVG}rect"):
        left, top = float(mark.get("x", 0)), float(mark.get("y", 0))
        assert 0 <= left <= left + float(mark.get("width", 0)) <= width
        assert 0 <= top <= top + float(mark.get("height", 0)) <= height


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize(
    "figures",
    [[], ["0"], ["-3"], ["1e27", "-1e27"], ["0.000000000000000001"], ["5"] * 400, ["-1", "0", "1"]],
)
def test_any_figures_can_be_drawn(shape: Shape, figures: list[str]) -> None:
    amounts = tuple(Decimal(each) for each in figures)
    labels = tuple(f"\ufffe<{place}> & \x0c" for place in range(len(amounts)))
    chart = Chart("T", shape, "EUR", labels, (Series("a", amounts), Series("b", amounts)), "n")
    ET.fromstring(drawing.draw(chart))  # noqa: S314 - our own


async def test_a_picture_is_made_where_the_extra_is_there(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spent(household)
    if picture.IS_INSTALLED:
        answer = await asked(household, "spending", format="png")
        assert answer.content.startswith(b"\x89PNG")
        assert answer.headers["content-type"] == "image/png"
    monkeypatch.setattr(picture, "IS_INSTALLED", False)
    path = "/reports/spending"
    refusal = await household.ask("GET", path, params={"format": "png"})
    refused(refusal, 422, "format_missing", parameter="format")
    assert "charts" in refusal.json()["detail"]
    refusal = await household.ask("GET", path, headers={"Accept": "image/png"})
    assert (refusal.status_code, refusal.json()["code"]) == (406, "nothing_acceptable")
    assert "charts" in refusal.json()["detail"]
    assert (await household.ask("GET", path, headers={"Accept": "image/png, image/*;q=0.5"})).content.startswith(
        b"<svg"
    )


@pytest.mark.parametrize(
    ("header", "format_"),
    [
        (None, Format.JSON),
        ("", Format.JSON),
        ("*/*", Format.JSON),
        ("text/csv", Format.CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", Format.JSON),
        ("application/json;q=0.1, image/svg+xml", Format.SVG),
        ("image/*", Format.SVG),
        ("image/*;q=0.9, image/svg+xml;q=0", Format.PNG),
        ("TEXT/CSV; charset=utf-8", Format.CSV),
        ("application/pdf;q=nonsense, text/csv;q=0.001", Format.CSV),
    ],
)
def test_what_a_client_likes_best(header: str | None, format_: Format) -> None:
    assert accepted(header, ALL) is format_


async def test_each_representation_has_its_own_entity_tag(household: Household) -> None:
    await spent(household)
    path = "/reports/income-statement"
    tags = {}
    for wanted in ("json", "csv", "svg"):
        answer = await household.ask("GET", path, params={**RANGE, "format": wanted})
        tags[wanted] = answer.headers["etag"]
        assert "Accept" in answer.headers["vary"]
        seen = {"If-None-Match": tags[wanted]}
        assert (await household.ask("GET", path, params={**RANGE, "format": wanted}, headers=seen)).status_code == 304
    assert len(set(tags.values())) == 3
    assert (await household.ask("GET", path, headers={"Accept": "text/csv"}, params=RANGE)).headers["etag"] == tags[
        "csv"
    ]
    other = await household.ask("GET", path, params=RANGE, headers={"If-None-Match": tags["csv"]})
    assert other.status_code == 200
    await household.record("-1.00", date="2026-01-05", category="Expenses:Food")
    fresh = await household.ask("GET", path, params={**RANGE, "format": "csv"}, headers={"If-None-Match": tags["csv"]})
    assert fresh.status_code == 200
    refused(await household.ask("GET", path, params={"format": "pdf"}), 422, "format_unfit", parameter="format")
    assert (await household.ask("GET", path, headers={"Accept": "text/html"})).status_code == 406


async def test_an_overview_is_set_as_pages(household: Household) -> None:
    await spent(household, payee='#panic("x") $y$ @z *b*')
    await household.ask("PATCH", "", {"name": '#read("/etc/passwd")'})
    answer = await household.ask("GET", "/reports/overview", params={"period": "2026-02", "format": "pdf"})
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    again = await household.ask(
        "GET", "/reports/overview", params={"period": "2026-02"}, headers={"Accept": "application/pdf"}
    )
    assert again.content == answer.content
    read = await household.got("/reports/overview", params={"period": "2026-02"})
    assert (read["date_from"], read["date_to"]) == ("2026-02-01", "2026-02-28")
    assert read["payees"]["rows"][0]["name"] == '#panic("x") $y$ @z *b*'
    assert len(read["months"]["columns"]) == 12
    statement = await household.got(
        "/reports/income-statement",
        params={"date_from": "2026-02-01", "date_to": "2026-02-28", "depth": 2, "compare": "previous"},
    )
    assert read["income_statement"] == statement
    assert len(document.pictured(documents.overview(read))) >= 2


async def test_an_empty_book_has_all_outputs(client: Client) -> None:
    home = await Household.founded(client)
    for report in ("income-statement", "balance-sheet", "trial-balance", "spending", "trends", "pivot", "overview"):
        params: dict[str, str] = {}
        for wanted in ("csv", "xlsx", "svg") if report != "overview" else ("svg", "pdf"):
            answer = await home.ask("GET", f"/reports/{report}", params={**params, "format": wanted})
            assert answer.status_code == 200, (report, wanted, answer.text)


async def test_making_a_file_takes_so_long_and_no_longer(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(representations, "FILES_MADE_SECONDS", 0.0)
    answer = await household.ask("GET", "/reports/trends", params={"format": "csv"})
    assert (answer.status_code, answer.json()["code"]) == (503, "rendering_slow")
    assert "retry-after" in answer.headers


def test_outputs_say_what_they_are_for() -> None:
    assert Outputs().formats == (Format.JSON,)
    with pytest.raises(LookupError):
        Outputs().made(Format.CSV, {})


async def test_the_examples_are_what_the_reports_answer(household: Household) -> None:
    await household.ask("PATCH", "", {"name": "The Lovelaces"})
    await a_year(household)
    folder = Path(__file__).parents[3] / "docs" / "examples"
    for name in TEXTS:
        assert (folder / name).read_bytes() == await made(household, name), (
            "write them anew: .venv/bin/python -m tests.features.reports.examples"
        )
    for name in set(EXAMPLES) - set(TEXTS):
        assert (folder / name).stat().st_size > 1000
    read = await household.got("/reports/overview", params={"period": "2025"})
    assert json.dumps(read["income_statement"]["sections"][1]["total"]) in json.dumps(read["categories"])
