"""The reference: what the OpenAPI document says of all operations, on one page for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from farthing.core.permissions import ANYONE, PERMISSIONS, SIGNED_IN
from farthing.core.problems import MEDIA_TYPE

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
BOOK = "/api/v1/books/{book_id}"
KINDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "any operation": lambda _operation: True,
    "that needs a sign-in": lambda operation: operation["x-permission"] != ANYONE,
    "that personal access tokens do": lambda operation: len(operation.get("security", ())) > 1,
    "that they don't": lambda operation: len(operation.get("security", ())) == 1,
    "in a book": lambda operation: operation["x-permission"] not in {ANYONE, SIGNED_IN},
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
