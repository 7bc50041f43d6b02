"""The reference: what the OpenAPI document says of all operations, on one page for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from farthing.core.permissions import ANYONE, IN_BOOK, PERMISSIONS
from farthing.core.problems import MEDIA_TYPE
from farthing.features.reports.schemas import UNFIT

HEAD = """\
# Operations

What each operation needs, and what may go wrong with it. Made from the OpenAPI document by
`./run farthing operations`; a test compares.

A member's role says what they may do in a book:

{roles}

What may go wrong with every operation, or with every one of a kind, is told once:

{common}

Paths are under `/api/v1/books/{{book_id}}` where they begin with `…`.
"""
REPORTS_HEAD = """\
# Reports

Which report takes which option, and what it is answered as. Made from the OpenAPI document by `./run farthing reports`;
a test compares, and asks for every cell. An option that isn't taken is refused: 422, `parameter_unknown`, or
`option_unfit` where the report takes it in another breakdown.

{matrix}

## What the options do

{options}

## Examples

A year of a couple that nobody is; the files are in [docs/examples](../examples).

| | |
|---|---|
| `income-statement?interval=month&format=svg` | ![bars: income, expenses, net](../examples/income-and-expenses.svg) |
| `balance-sheet?interval=month&format=svg` | ![lines: net worth, assets, liabilities](../examples/net-worth.svg) |
| `spending?by=payee&format=svg` | ![bars: payees](../examples/spending-by-payee.svg) |
| `trends?date=2025-12-31&format=svg` | ![bars: a month beside the average](../examples/trends.svg) |
| `pivot?of=expenses&columns=month&depth=1&format=svg` | ![lines: categories by month](../examples/pivot.svg) |

`overview?period=2025&format=pdf`: [overview-2025.pdf](../examples/overview-2025.pdf).
`income-statement?interval=month&format=xlsx`: [income-statement.xlsx](../examples/income-statement.xlsx).
"""
REPORTS = "/api/v1/books/{book_id}/reports/"
FORMATS = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "image/svg+xml": "svg",
    "image/png": "png",
    "application/pdf": "pdf",
}
PAGING = frozenset({"limit", "cursor"})
BOOK = "/api/v1/books/{book_id}"
KINDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "any operation": lambda _operation: True,
    "that needs a sign-in": lambda operation: operation["x-permission"] != ANYONE,
    "that personal access tokens do": lambda operation: len(operation.get("security", ())) > 1,
    "that they don't": lambda operation: len(operation.get("security", ())) == 1,
    "in a book": lambda operation: operation["x-permission"] in IN_BOOK,
    "with a body": lambda operation: "requestBody" in operation,
    "that writes to a book": lambda operation: operation["x-permission"].endswith(":write"),
}
"""Kinds of operations, each of which shares some faults."""


def operations(document: dict[str, Any]) -> str:
    """A page in Markdown: for each operation its path, the permission it needs and its own faults."""
    every = list(_each(document))
    shared = {
        name: _shared(operation for _, _, operation in every if is_one(operation)) for name, is_one in KINDS.items()
    }
    told: set[str] = set()
    common = []
    for name, codes in shared.items():
        new = [code for code in codes if code not in told]
        told |= set(new)
        if new:
            common.append(f"- {name}: {_listed(new)}")
    page = HEAD.format(roles=_roles(), common="\n".join(common))
    tag = None
    for method, path, operation in every:
        if operation["tags"][0] != tag:
            tag = operation["tags"][0]
            page += f"\n## {tag.capitalize()}\n\n| operation | needs | may answer |\n|---|---|---|\n"
        implied = {code for name, is_one in KINDS.items() if is_one(operation) for code in shared[name]}
        own = [code for code in _codes(operation) if code not in implied]
        where = f"…{path.removeprefix(BOOK)}" if path.startswith(BOOK) else path
        page += f"| `{method} {where}`<br>{operation['summary']} | `{operation['x-permission']}` | {_listed(own)} |\n"
    return page


@dataclass(frozen=True)
class Report:
    """A report, or one breakdown of it: what it takes, and what it is answered as."""

    name: str
    path: str
    given: dict[str, str]
    options: dict[str, str]
    """Each with what it does."""
    formats: list[str]


def matrix(document: dict[str, Any]) -> str:
    """A page in Markdown: which report takes which option."""
    every = reports(document)
    options = list(dict.fromkeys(option for report in every for option in report.options))
    rows = [f"| | {' | '.join(report.name for report in every)} |", f"|---|{':-:|' * len(every)}"]
    rows += [_row(f"`{option}`", (option in report.options for report in every)) for option in options]
    rows += [_row(f"as `{name}`", (name in report.formats for report in every)) for name in FORMATS.values()]
    said = {
        option: dict.fromkeys(report.options[option] for report in every if option in report.options)
        for option in options
    }
    told = [f"- `{option}`: {' Or: '.join(each)}" for option, each in said.items()]
    return REPORTS_HEAD.format(matrix="\n".join(rows), options="\n".join(told))


def _row(name: str, taken: Iterable[bool]) -> str:
    return f"| {name} | {' | '.join('✓' if each else '' for each in taken)} |"


def reports(document: dict[str, Any]) -> list[Report]:
    """Every report, and every breakdown of spending by itself."""
    found = []
    for path, item in document["paths"].items():
        if not path.startswith(REPORTS):
            continue
        operation = item["get"]
        options = {
            each["name"]: _sentence(each)
            for each in operation["parameters"]
            if each["in"] == "query" and each["name"] not in PAGING
        }
        formats = [FORMATS[kind] for kind in operation["responses"]["200"]["content"] if kind in FORMATS]
        name = path.removeprefix(REPORTS)
        if "by" not in options:
            found.append(Report(name, name, {}, options, formats))
            continue
        for by, unfit in UNFIT.items():
            taken = {option: said for option, said in options.items() if option not in unfit}
            found.append(Report(f"{name} by {by.value}", name, {"by": by.value}, taken, formats))
    return found


def _sentence(parameter: dict[str, Any]) -> str:
    said: str = parameter.get("description") or parameter["schema"].get("description", "")
    return said or parameter["name"]


def _each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    order = [tag["name"] for tag in document["tags"]]
    found = [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    yield from sorted(found, key=lambda each: (order.index(each[2]["tags"][0]), each[1], each[0]))


def _codes(operation: dict[str, Any]) -> dict[str, str]:
    """The codes of the faults of an operation, each with its status."""
    return {
        code: status
        for status, answer in operation["responses"].items()
        for code in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
    }


def _shared(some: Iterable[dict[str, Any]]) -> list[str]:
    each = [_codes(operation) for operation in some]
    return [code for code in each[0] if all(code in other for other in each[1:])] if each else []


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _roles() -> str:
    words = sorted({word for some in PERMISSIONS.values() for word in some})
    lines = [f"| | {' | '.join(role.value for role in PERMISSIONS)} |", f"|---|{'---|' * len(PERMISSIONS)}"]
    for word in words:
        marks = " | ".join("✓" if word in some else "" for some in PERMISSIONS.values())
        lines.append(f"| `{word}` | {marks} |")
    return "\n".join(lines)
