"""Recording a transaction: each client in its own book, or all in one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.households import SHOP, Household
from bench.rounds import RatedCase
from bench.stage import Stage

NAMES = ("record", "record-full", "record-one-book")
DATE = "2026-11-20"
ONE_LINE: dict[str, Any] = {
    "date": DATE,
    "payee": SHOP,
    "amount": "-12.50",
    "account": "Assets:Checking",
    "category": "Expenses:Food:Groceries",
}
IN_FULL: dict[str, Any] = {
    "date": DATE,
    "payee": SHOP,
    "postings": [
        {"account": "Assets:Checking", "amount": "-12.50"},
        {"account": "Expenses:Food:Groceries", "amount": "10.00"},
        {"account": "Expenses:Shopping:Household"},
    ],
}
BARE = """\\if :first_turn
SELECT max(value) FILTER (WHERE name = 'book') AS book, max(value) FILTER (WHERE name = 'one') AS one,
       max(value) FILTER (WHERE name = 'other') AS other
  FROM bench.variables WHERE script = 'bare' AND client = :client_id \\gset
\\set first_turn 0
\\endif
WITH t AS (
    INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, created_revision, revision, created_at,
                              changed_at)
    VALUES (:book, uuidv7(), '2026-11-20', 1, 'ordinary', 'Corner Shop', 1, 1, now(), now())
    RETURNING book_id, id, date, ordinal
)
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status,
                      generated)
SELECT t.book_id, uuidv7(), t.id, p.position, p.account, t.date, t.ordinal, p.amount, 'EUR', 'cleared', false
  FROM t, (VALUES (0, :one::uuid, -12.50), (1, :other::uuid, 12.50)) AS p (position, account, amount);
"""
"""A transaction and its postings, and nothing else: no lock, no log, no policies. The triggers are on."""


def cases(stage: Stage, clients: int, names: Sequence[str]) -> list[RatedCase]:
    """Those of the cases that are wanted."""
    stage.settle(clients)
    homes, others = stage.homes[:clients], stage.pgbench_homes[:clients]
    made = []
    if "record" in names:
        case = _case(stage, "record", ONE_LINE, homes, others)
        case.bare = _bare(stage, others)
        made.append(case)
    if "record-full" in names:
        made.append(_case(stage, "record-full", IN_FULL, homes, others))
    if "record-one-book" in names:
        made.append(_case(stage, "record-one-book", ONE_LINE, homes[:1] * clients, others[:1] * clients))
    return made


def _case(
    stage: Stage, name: str, body: dict[str, Any], homes: Sequence[Household], others: Sequence[Household]
) -> RatedCase:
    return RatedCase(
        name=name,
        clients=len(homes),
        requests=lambda: [[home.request("POST", "/transactions", body)] for home in homes],
        service=stage.service,
        script=stage.recording(f"{name}-{len(homes)}", others, body),
        writes_to=tuple({home.book_id: home for home in homes}.values()),
        pgbench_writes_to=tuple({home.book_id: home for home in others}.values()),
        status="201",
    )


def _bare(stage: Stage, homes: Sequence[Household]) -> Path:
    rows = ", ".join(
        f"('bare', {client}, 'book', '{home.book_id}'), "
        f"('bare', {client}, 'one', '{home.accounts['Assets:Checking']}'), "
        f"('bare', {client}, 'other', '{home.accounts['Expenses:Food:Groceries']}')"
        for client, home in enumerate(homes)
    )
    return stage.put_text("bare", BARE, f"INSERT INTO bench.variables VALUES {rows}")
