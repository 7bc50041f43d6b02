"""From statements of the service to a script for pgbench."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from bench.statements import Rewriter, Sent, array_text, plain_text

BOOK, PERSON, MADE = UUID(int=1), UUID(int=2), UUID(int=3)
OPEN = Sent("SELECT * FROM open_for_write($1, $2, $3)", (PERSON, BOOK, None))


def test_values_become_variables() -> None:
    write = Sent(
        "INSERT INTO t SELECT $1, $2, * FROM unnest(CAST($3 AS uuid[]), CAST($4 AS bigint[]), CAST($5 AS text[]))",
        (BOOK, 7, [MADE], [7 << 20], ["Shop"]),
    )
    script = Rewriter("t", {BOOK: "book", PERSON: "person"}, made=[MADE], revision=7).script([OPEN, write])
    text = script.text
    assert "SELECT *, uuidv7() AS made_0 FROM open_for_write(:person, :book, NULL) \\gset" in text
    assert (
        "SELECT :book, :next, * FROM unnest(CAST(ARRAY[:made_0] AS uuid[]), CAST(ARRAY[:ordinal] AS bigint[])" in text
    )
    assert script.constants == {"constant_0": '{"Shop"}'}
    assert text.index("\\set first_turn 0") < text.index("BEGIN;") < text.index("COMMIT;")


def test_a_script_that_only_reads_is_rolled_back() -> None:
    text = Rewriter("t", {BOOK: "book"}).script([Sent("SELECT $1::UUID, $2", (BOOK, 51))]).text
    assert "REPEATABLE READ READ ONLY" in text
    assert "SELECT :book::UUID, :constant_0;" in text
    assert text.endswith("ROLLBACK;\n")


def test_values_are_written_as_postgresql_reads_them() -> None:
    assert plain_text(b"\x01\xff") == "\\x01ff"
    assert plain_text(dt.date(2026, 3, 1)) == "2026-03-01"
    assert array_text([Decimal("-12.50"), None, True, 'a "b" \\c']) == '{"-12.50",NULL,"true","a \\"b\\" \\\\c"}'
    assert array_text([]) == "{}"
