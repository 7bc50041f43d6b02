"""The overview as a document: what stands on its pages, in words and figures that are ready to be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from farthing.features.reports.outputs import charts
from farthing.features.reports.outputs.periods import heading
from farthing.features.reports.outputs.tables import WITHOUT, Answer
from farthing.formats.tables.chart import Chart
from farthing.formats.tables.document import Review
from farthing.formats.tables.drawing import draw

Money = Sequence[Mapping[str, str]]
LARGEST = 10
NO_FIGURE = "\u2013"
WAYS = {
    "cost": "at what was paid",
    "posting": "by the rates of the days of the postings",
    "end": "by the rates of the last days of the periods",
    "today": "by the rates of today",
}


def overview(read: Answer) -> Review:
    """The pages of an overview."""
    own = read["currency"]
    earned, held = read["income_statement"], read["balance_sheet"]
    income, expenses = earned["sections"]
    saved = f"{read['saved']} %" if read["saved"] is not None else NO_FIGURE
    worth = held["net"][0]
    period = heading(read["date_from"], read["date_to"])
    figures = [
        ("Income", _money(income["total"], own)),
        ("Expenses", _money(expenses["total"], own)),
        ("Net", _money(earned["net_total"], own)),
        ("Saved of income", [saved]),
        ("Net worth at the end", _money(worth["amounts"], own)),
        ("Net worth, change", _money(worth["change"], own)),
    ]
    lists = [_ranked("Largest categories", read["categories"], own)]
    if read["payees"] is not None:
        lists.append(_ranked("Largest payees", read["payees"], own))
    data = {
        "book": read["book"],
        "title": _named(read["date_from"], read["date_to"]),
        "figures": [{"name": name, "lines": lines} for name, lines in figures],
        "note": _told(read),
        "statements": [
            _statement("Income statement", earned, own, (period, _before(earned), "Change")),
            _statement("Balance sheet", held, own, (f"at {read['date_to']}", "at the beginning", "Change")),
        ],
        "lists": lists,
        "chart": draw(chart(read)).decode(),
    }
    return Review(f"Overview {read['book']} {period}", data)


def _told(read: Answer) -> str:
    """In which currency it is told, by which rates, which of them are stale, and what has none; if it is converted."""
    parts = [read[name] for name in ("income_statement", "balance_sheet", "months", "categories", "payees")]
    parts = [part for part in parts if part is not None]
    earned, held = read["income_statement"], read["balance_sheet"]
    if earned["currency"] is None:
        return ""
    said = [f"In {earned['currency']}: {WAYS[earned['valued']]}"]
    if held["valued"] != earned["valued"]:
        said[0] += f"; what is held, {WAYS[held['valued']]}"
    rates = [rate for part in parts for rate in part["rates"] if rate["stale"]]
    if rates:
        oldest = min(rates, key=lambda rate: str(rate["date"]))
        codes = ", ".join(sorted({rate["commodity"] for rate in rates}))
        said.append(f"Stale rates: {codes}; the oldest of {oldest['date']}")
    if left := sorted({code for part in parts for code in part["unconverted"]}):
        said.append(f"Without a rate, and as it was posted: {', '.join(left)}")
    return "".join(f"{each}. " for each in said).strip()


def chart(read: Answer) -> Chart:
    """The twelve months up to the end."""
    months = read["months"]
    drawn = charts.statement(months)
    first, last = months["columns"][0]["first"], months["columns"][-1]["last"]
    return replace(drawn, title=f"Income and expenses, {heading(first, last)}")


def _named(first: str, last: str) -> str:
    """The year, or the month in words: people read this."""
    begins, ends = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return f"{begins:%B %Y}" if begins.month == ends.month else str(begins.year)


def _before(read: Answer) -> str:
    compared = read["columns"][0]["compared"]
    return heading(compared["first"], compared["last"])


def _statement(title: str, read: Answer, own: str, headings: Sequence[str]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for section in read["sections"]:
        rows.append({"name": section["section"].capitalize(), "kind": "section", "cells": [[], [], []], "depth": 0})
        rows += [
            {"name": row["name"], "kind": "account", "cells": _cells(row["figures"][0], own), "depth": row["depth"]}
            for row in section["rows"]
        ]
        total = _cells(section["totals"][0], own)
        rows.append({"name": f"Total {section['section']}", "kind": "total", "cells": total, "depth": 0})
    rows.append({"name": "Net", "kind": "net", "cells": _cells(read["net"][0], own), "depth": 0})
    return {"title": title, "headings": list(headings), "rows": rows}


def _cells(cell: Mapping[str, Any], own: str) -> list[list[str]]:
    return [_money(cell[name] or [], own) for name in ("amounts", "compared", "change")]


def _ranked(title: str, read: Answer, own: str) -> dict[str, Any]:
    rows = [row for row in read["rows"] if row["depth"] == 1]
    rows.sort(key=lambda row: -_of(row["total"], own))
    return {
        "title": title,
        "rows": [
            {
                "name": (row["name"] or WITHOUT[read["by"]]).rpartition(":")[2],
                "lines": _money(row["total"], own),
                "share": f"{row['share']} %" if row["share"] is not None else "",
                "part": str(min(max(Decimal(row["share"] or 0), Decimal(0)), Decimal(100))),
            }
            for row in rows[:LARGEST]
        ],
    }


def _of(amounts: Money, currency: str) -> Decimal:
    return next((Decimal(each["amount"]) for each in amounts if each["currency"] == currency), Decimal(0))


def _money(amounts: Money, own: str) -> list[str]:
    """A line for each currency, the book's own first."""
    ordered = sorted(amounts, key=lambda each: (each["currency"] != own, each["currency"]))
    lines = [f"{Decimal(each['amount']):,f} {each['currency']}".replace("-", "\u2212") for each in ordered]
    return lines or [NO_FIGURE]
