"""The reference is what the program says of itself, today."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.architecture.operations import document, operations

from farthing.entrypoints.api import reference

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "operations.md"
ASKED = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (\$BOOK|\$API)([^` ]*)")
"""An operation as the pages for people name it."""


def test_the_page_of_operations_is_the_one_that_the_program_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.operations(document()), (
        "make it anew: ./run farthing operations -o docs/reference/operations.md"
    )


def test_every_operation_stands_on_the_page_with_what_it_needs() -> None:
    described = document()
    page = reference.operations(described)
    for operation in operations(described):
        path = operation.path.replace("/api/v1/books/{book_id}", "…")
        (line,) = (line for line in page.splitlines() if line.startswith(f"| `{operation.method} {path}`"))
        assert f"| `{operation.needs}` |" in line


def test_a_fault_that_only_some_may_answer_is_told_with_each_of_them() -> None:
    page = reference.operations(document())
    (line,) = (line for line in page.splitlines() if line.startswith("| `POST …/accounts/{account_id}/close`"))
    assert "`account_not_empty`" in line
    assert "`internal_error`" not in line
    assert "`internal_error`" in page


def test_what_pages_say_that_one_can_ask_can_be_asked() -> None:
    described = document()["paths"]
    patterns = {path: re.compile(re.sub(r"{[^}]+}", "[^/]+", path)) for path in described}
    for page in (ROOT / "README.md", ROOT / "docs" / "reference" / "questions.md"):
        told = ASKED.findall(page.read_text("utf-8"))
        assert told, page
        for method, root, rest in told:
            asked = urlsplit("/api/v1" + ("/books/default" if root == "$BOOK" else "") + rest)
            found = [path for path in described if patterns[path].fullmatch(asked.path)]
            taken = {
                parameter["name"]
                for path in found
                for parameter in described[path].get(method.lower(), {}).get("parameters", ())
            }
            assert any(method.lower() in described[path] for path in found), (page.name, method, rest)
            assert parse_qs(asked.query).keys() <= taken, (page.name, method, rest)
