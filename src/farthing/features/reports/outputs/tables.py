"""Reports as tables: a row for each account and currency, so that every cell is one figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from farthing.features.reports.outputs.periods import heading
from farthing.formats.tables.table import Cell, CellKind, Column, Row, Table

Answer = Mapping[str, Any]
"""A report as the API answers it."""
Money = Sequence[Mapping[str, str]]
TITLES = {
    "income_statement": "Income statement",
    "balance_sheet": "Balance sheet",
    "cash_flow": "Cash flow",
    "net_worth": "Net worth",
    "exchange_gains": "Exchange gains",
    "spending": "Spending",
    "trends": "Trends",
    "pivot": "Pivot",
    "register": "Register",
}
WITHOUT = {
    "category": "(no category)",
    "payee": "(no payee)",
    "tag": "(no tag)",
    "account": "(no account)",
}
TOTAL = "Total"


def statement(read: Answer) -> Table:
    """Accounts in rows, periods in columns; sections one below the other, and what they come to."""
    has_totals = any(section["total"] is not None for section in read["sections"])
    rows: list[Row] = []
    for section in read["sections"]:
        name = section["section"].capitalize()
        for row in section["rows"]:
            ends = _ends(row["total"], row["average"], row["share"]) if has_totals else ()
            rows += _by_currency((name, row["account"]), row["figures"], ends, depth=row["depth"] - 1)
        ends = _ends(section["total"], None, None) if has_totals else ()
        rows += _by_currency((name, TOTAL), section["totals"], ends, is_total=True)
    ends = _ends(read["net_total"], None, None) if has_totals else ()
    rows += _by_currency(("Net", TOTAL), read["net"], ends, is_total=True)
    columns = (
        Column("Section"),
        Column("Account"),
        Column("Currency"),
        *_figures(read["columns"]),
        *_ended(has_totals),
    )
    return Table(_titled(read, read["report"]), _day(read["date_to"]), columns, tuple(rows))


STEPS = {
    "income": "Income",
    "spending": "Spending",
    "brought_in": "Brought in",
    "exchange": "Exchange",
    "revaluation": "Revaluation",
    "price": "Prices",
    "currency": "Currencies",
}


def bridge(read: Answer) -> Table:
    """From what one was worth to what one is, a row for each step and its parts."""
    rows = [Row(("Before", None, Decimal(read["before"])), is_total=True)]
    for step in read["steps"]:
        name = STEPS.get(step["step"], step["step"])
        rows.append(Row((name, None, Decimal(step["amount"]))))
        parts = [(part["account"], part["amount"]) for part in step["accounts"]]
        parts += [(part["commodity"], part["amount"]) for part in step["gains"]]
        rows += [Row((name, part, Decimal(amount)), depth=1) for part, amount in parts]
    rows += [Row(("Rounding", None, Decimal(read["rounding"])))] if Decimal(read["rounding"]) else []
    rows.append(Row(("After", None, Decimal(read["after"])), is_total=True))
    columns = (Column("Step"), Column("Part"), Column(f"Amount in {read['currency']}", CellKind.AMOUNT))
    title = f"Bridge of net worth, {heading(read['date_from'], read['date_to'])}"
    return Table(title, _day(read["date_to"]), columns, tuple(rows))


def spending(read: Answer) -> Table:
    """Categories, payees, tags or accounts in rows, periods in columns."""
    rows: list[Row] = []
    for row in read["rows"]:
        name = row["name"] or WITHOUT[read["by"]]
        ends = _ends(row["total"], row["average"], row["share"])
        rows += _by_currency((name,), row["figures"], ends, depth=row["depth"] - 1)
    rows += _by_currency((TOTAL,), read["totals"], _ends(read["total"], read["average"], None), is_total=True)
    columns = (Column(read["by"].capitalize()), Column("Currency"), *_figures(read["columns"]), *_ended(True))
    return Table(_titled(read, "spending"), _day(read["date_to"]), columns, tuple(rows))


def trends(read: Answer) -> Table:
    """Categories in rows; months, and what is made of them, in columns."""
    rows: list[Row] = []
    for section in read["sections"]:
        name = section["section"].capitalize()
        for row in section["rows"]:
            rows += _by_currency((name, row["account"]), row["figures"], _trend(row), depth=row["depth"] - 1)
        none: list[Answer] = [{"amounts": [], "compared": None}] * len(read["columns"])
        rows += _by_currency((name, TOTAL), none, _trend(section["total"]), is_total=True)
    ends = ("This month", "Average", "Median", "Change")
    columns = (
        Column("Section"),
        Column("Account"),
        Column("Currency"),
        *(Column(heading(each["first"], each["last"]), CellKind.AMOUNT) for each in read["columns"]),
        *(Column(end, CellKind.AMOUNT) for end in ends),
        Column("% of average", CellKind.PERCENT),
    )
    return Table(f"Trends at {read['date']}", _day(read["date"]), columns, tuple(rows))


def pivot(read: Answer) -> Table:
    """The pivot as it is; counts have no currency."""
    is_counted = read["measure"] == "count"
    keys = [key["name"] or WITHOUT.get(read["columns"] or "", "All") for key in read["keys"]]
    rows: list[Row] = []
    for row in [*read["data"], {"name": TOTAL, "cells": read["totals"], "total": read["total"], "key": None}]:
        name = row["name"] or WITHOUT.get(read["rows"], "")
        cells = row["cells"] if read["columns"] else []
        is_total = row["key"] is None
        if is_counted:
            rows.append(Row((name, *(cell["count"] for cell in cells), row["total"]["count"]), is_total=is_total))
        else:
            ends = (row["total"]["amounts"],)
            rows += _by_currency((name,), [{**cell, "compared": None} for cell in cells], ends, is_total=is_total)
    kind = CellKind.COUNT if is_counted else CellKind.AMOUNT
    named = [Column(read["rows"].replace("_", " ").capitalize()), *([] if is_counted else [Column("Currency")])]
    figures = [Column(key, kind) for key in keys] if read["columns"] else []
    title = f"{read['measure'].capitalize()} by {read['rows']}" + (f" and {read['columns']}" if read["columns"] else "")
    title = f"{title.replace('_', ' ')}, {heading(read['date_from'], read['date_to'])}"
    return Table(title, _day(read["date_to"]), (*named, *figures, Column(TOTAL, kind)), tuple(rows))


def trial_balance(read: Answer) -> Table:
    """Accounts and what they hold."""
    rows: list[Row] = []
    for line in read["data"]:
        rows += _by_currency((line["account"], line["kind"]), [], (line["balances"],))
    rows += [Row((TOTAL, None, total["currency"], Decimal(total["amount"])), is_total=True) for total in read["totals"]]
    columns = (Column("Account"), Column("Kind"), Column("Currency"), Column("Balance", CellKind.AMOUNT))
    return Table(f"Trial balance at {read['date']}", _day(read["date"]), columns, tuple(rows))


def register(read: Answer) -> Table:
    """Transactions in rows, with the balance after each."""
    rows = [
        Row((_day(read["date_from"]), "Opening balance", None, None, each["currency"], None, Decimal(each["amount"])))
        for each in read["opening"]
    ]
    for line in read["lines"]:
        transaction = line["transaction"]
        balances = _by_code(line["balances"])
        others = [posting["account"] for posting in transaction["postings"] if posting["account"] != read["account"]]
        for currency, amount in _by_code(line["amounts"]).items():
            said: tuple[Cell, ...] = (
                _day(transaction["date"]),
                transaction["payee"],
                transaction["description"],
                "; ".join(dict.fromkeys(others)),
            )
            rows.append(Row((*said, currency, amount, balances.get(currency))))
    rows += [
        Row(
            (_day(read["date_to"]), "Closing balance", None, None, each["currency"], None, Decimal(each["amount"])),
            is_total=True,
        )
        for each in read["closing"]
    ]
    columns = (
        Column("Date", CellKind.DAY),
        Column("Payee"),
        Column("Description"),
        Column("Other accounts"),
        Column("Currency"),
        Column("Amount", CellKind.AMOUNT),
        Column("Balance", CellKind.AMOUNT),
    )
    title = f"{read['account'].replace(':', ' ')}, {heading(read['date_from'], read['date_to'])}"
    return Table(title, _day(read["date_to"]), columns, tuple(rows))


def _titled(read: Answer, report: str) -> str:
    by = f" by {read['by']}" if "by" in read else ""
    title = TITLES.get(report, report.replace("_", " ").capitalize())
    return f"{title}{by}, {heading(read['date_from'], read['date_to'])}"


def _figures(columns: Sequence[Mapping[str, Any]]) -> Iterator[Column]:
    """A column for each period, and where it is compared two more: with what, and how far it is from that."""
    for each in columns:
        name = heading(each["first"], each["last"])
        yield Column(name, CellKind.AMOUNT)
        if each["compared"]:
            yield Column(heading(each["compared"]["first"], each["compared"]["last"]), CellKind.AMOUNT)
            yield Column(f"{name}: change", CellKind.AMOUNT)


def _ended(has_totals: bool) -> tuple[Column, ...]:
    if not has_totals:
        return ()
    return Column("Total", CellKind.AMOUNT), Column("Average", CellKind.AMOUNT), Column("Share in %", CellKind.PERCENT)


def _ends(total: Money | None, average: Money | None, share: str | None) -> tuple[Money | str | None, ...]:
    return total or [], average or [], share


def _trend(read: Mapping[str, Any]) -> tuple[Money | str | None, ...]:
    return read["amounts"], read["average"], read["median"], read["change"], read["ratio"]


def _by_currency(
    names: tuple[str, ...],
    figures: Sequence[Mapping[str, Any]],
    ends: Sequence[Money | str | None],
    *,
    depth: int = 0,
    is_total: bool = False,
) -> list[Row]:
    """A row for each currency that there is a figure in; one without any, if there is none."""
    spread: list[Money | str | None] = []
    for cell in figures:
        spread.append(cell["amounts"])
        if cell.get("compared") is not None:
            spread += [cell["compared"], cell["change"]]
    spread += ends
    codes = sorted({each["currency"] for some in spread if some and not isinstance(some, str) for each in some})
    rows = []
    for code in codes or [""]:
        cells = [
            Decimal(some) if isinstance(some, str) else _by_code(some).get(code) if some else None for some in spread
        ]
        rows.append(Row((*names, code, *cells), depth, is_total))
    return rows


def _by_code(amounts: Money) -> dict[str, Decimal]:
    return {each["currency"]: Decimal(each["amount"]) for each in amounts}


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
