"""The reference is what the program says of itself, today."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.operations import document, operations

from farthing.entrypoints.api import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "operations.md"


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
