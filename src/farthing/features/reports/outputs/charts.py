"""Reports as charts, each of one currency: the one that most of its figures are of. What is left out is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from farthing.features.reports.outputs.periods import heading, label
from farthing.features.reports.outputs.tables import STEPS, TITLES, WITHOUT, Answer
from farthing.formats.tables.chart import Chart, Series, Shape
from farthing.formats.tables.drawing import COLOURS, MOST_BARS

Money = Sequence[Mapping[str, str]]
NOTHING = Decimal(0)
DAYS_AND_MORE = frozenset({"day", "week", "month", "quarter", "year", "fiscal_year"})


def statement(read: Answer) -> Chart:
    """Several periods: what came in and went out, or what was held. One: its largest accounts."""
    title = f"{TITLES.get(read['report'], read['report'])}, {heading(read['date_from'], read['date_to'])}"
    everything = [cell["amounts"] for section in read["sections"] for cell in section["totals"]]
    unit, note = _unit(everything)
    if len(read["columns"]) == 1 and any(section["rows"] for section in read["sections"]):
        section = max(read["sections"], key=lambda each: len(each["rows"]))
        rows = [row for row in section["rows"] if row["depth"] == 1]
        return _ranked(title, unit, note, [(row["name"], row["figures"][0]) for row in rows], read["columns"][0])
    labels = tuple(label(each["first"], each["last"]) for each in read["columns"])
    of_sections = [
        Series(section["section"].capitalize(), tuple(_of(cell["amounts"], unit) for cell in section["totals"]))
        for section in read["sections"]
    ]
    net = Series("Net", tuple(_of(cell["amounts"], unit) for cell in read["net"]))
    is_held = all(section["total"] is None for section in read["sections"])
    series = (net, *of_sections) if is_held else (*of_sections, net) if len(of_sections) > 1 else (net,)
    return Chart(title, Shape.AREA if is_held else Shape.COLUMNS, unit, labels, tuple(series), note)


def bridge(read: Answer) -> Chart:
    """What one was worth, what changed that, and what one is worth."""
    steps = [(STEPS.get(step["step"], step["step"]), Decimal(step["amount"])) for step in read["steps"]]
    shown = [
        ("Before", Decimal(read["before"])),
        *(each for each in steps if each[1]),
        ("After", Decimal(read["after"])),
    ]
    title = f"Bridge of net worth, {heading(read['date_from'], read['date_to'])}"
    amounts = Series("Amount", tuple(amount for _, amount in shown))
    return Chart(title, Shape.BARS, read["currency"], tuple(name for name, _ in shown), (amounts,))


def spending(read: Answer) -> Chart:
    """What was spent on the most, over all periods."""
    title = f"Spending by {read['by']}, {heading(read['date_from'], read['date_to'])}"
    unit, note = _unit(row["total"] for row in read["rows"])
    rows = [row for row in read["rows"] if row["depth"] == 1]
    names = [(row["name"] or WITHOUT[read["by"]]).removeprefix("Expenses:") for row in rows]
    if len(read["columns"]) == 1:
        figures = [row["figures"][0] for row in rows]
        return _ranked(title, unit, note, list(zip(names, figures, strict=True)), read["columns"][0])
    cells = [{"amounts": row["total"], "compared": None} for row in rows]
    return _ranked(title, unit, note, list(zip(names, cells, strict=True)), {"compared": None})


def trends(read: Answer) -> Chart:
    """This month beside the average, of the expenses."""
    section = read["sections"][-1]
    unit, note = _unit(row[name] for row in section["rows"] for name in ("amounts", "average"))
    rows = [row for row in section["rows"] if row["depth"] == 1]
    rows.sort(key=lambda row: -max(_of(row["amounts"], unit), _of(row["average"], unit)))
    this = Series("This month", tuple(_of(row["amounts"], unit) for row in rows))
    average = Series("Average", tuple(_of(row["average"], unit) for row in rows))
    title = f"{section['section'].capitalize()} of this month at {read['date']}, against the months before"
    return Chart(title, Shape.BARS, unit, tuple(row["name"] for row in rows), (this, average), _more(len(rows), note))


def pivot(read: Answer) -> Chart:
    """The largest rows as series along the columns; without columns, the rows."""
    title = f"{read['measure'].capitalize()} by {read['rows']}".replace("_", " ")
    title = f"{title}, {heading(read['date_from'], read['date_to'])}"
    is_counted = read["measure"] == "count"
    unit, note = ("lines", "") if is_counted else _unit(row["total"]["amounts"] for row in read["data"])

    def figure(cell: Mapping[str, Any]) -> Decimal:
        return Decimal(cell["count"]) if is_counted else _of(cell["amounts"], unit)

    names = [row["name"] or WITHOUT.get(read["rows"], "") for row in read["data"]]
    ranked = sorted(zip(names, read["data"], strict=True), key=lambda each: -abs(figure(each[1]["total"])))
    if read["columns"] is None:
        totals = tuple(figure(row["total"]) for _, row in ranked)
        labels = tuple(name for name, _ in ranked)
        return Chart(title, Shape.BARS, unit, labels, (Series("Total", totals),), _more(len(ranked), note))
    series = tuple(
        Series(name, tuple(figure(cell) for cell in row["cells"])) for name, row in ranked[: len(COLOURS) - 2]
    )
    if len(ranked) > len(series):
        note = f"{note} The {len(series)} largest of {len(ranked)} are drawn.".strip()
    labels = tuple(key["name"] or WITHOUT.get(read["columns"], "") for key in read["keys"])
    shape = Shape.LINES if read["columns"] in DAYS_AND_MORE else Shape.COLUMNS
    return Chart(title, shape, unit, labels, series, note)


def trial_balance(read: Answer) -> Chart:
    """What accounts hold, the most first."""
    unit, note = _unit(line["balances"] for line in read["data"])
    held = [(line["account"], _of(line["balances"], unit)) for line in read["data"]]
    held = sorted((each for each in held if each[1]), key=lambda each: -abs(each[1]))
    series = (Series("Balance", tuple(amount for _, amount in held)),)
    title = f"Trial balance at {read['date']}"
    return Chart(title, Shape.BARS, unit, tuple(name for name, _ in held), series, _more(len(held), note))


def register(read: Answer) -> Chart:
    """The balance at the end of each day on which something moved."""
    unit, note = _unit([*(line["balances"] for line in read["lines"]), read["opening"], read["closing"]])
    held = {read["date_from"]: _of(read["opening"], unit)}
    for line in read["lines"]:
        held[line["transaction"]["date"]] = _of(line["balances"], unit)
    held[read["date_to"]] = _of(read["closing"], unit)
    title = f"{read['account']}, {heading(read['date_from'], read['date_to'])}"
    return Chart(title, Shape.AREA, unit, tuple(held), (Series("Balance", tuple(held.values())),), note)


def _ranked(
    title: str, unit: str, note: str, cells: Sequence[tuple[str, Mapping[str, Any]]], column: Mapping[str, Any]
) -> Chart:
    ordered = sorted(cells, key=lambda each: -_of(each[1]["amounts"], unit))
    series = [Series("Now", tuple(_of(cell["amounts"], unit) for _, cell in ordered))]
    if column["compared"]:
        name = heading(column["first"], column["last"])
        before = heading(column["compared"]["first"], column["compared"]["last"])
        series = [
            Series(name, series[0].figures),
            Series(before, tuple(_of(cell["compared"], unit) for _, cell in ordered)),
        ]
    return Chart(title, Shape.BARS, unit, tuple(name for name, _ in ordered), tuple(series), _more(len(ordered), note))


def _unit(everything: Iterable[Money]) -> tuple[str, str]:
    """The currency that most figures are of, and which others aren't drawn."""
    counted = Counter(each["currency"] for amounts in everything for each in amounts)
    if not counted:
        return "no currency", "There are no figures."
    unit = min(counted, key=lambda code: (-counted[code], code))
    others = sorted(set(counted) - {unit})
    return unit, f"Not drawn: {', '.join(others)}." if others else ""


def _of(amounts: Money, unit: str) -> Decimal:
    return next((Decimal(each["amount"]) for each in amounts if each["currency"] == unit), NOTHING)


def _more(count: int, note: str) -> str:
    return f"{note} The {MOST_BARS} largest of {count} are drawn.".strip() if count > MOST_BARS else note
