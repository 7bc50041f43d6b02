"""References: the numbers that a bank gives movements, and whether they tell one from another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from farthing.formats.drafts import DraftStatement

_NONE = frozenset(
    {
        "NONREF",
        "NONE",
        "NOTPROVIDED",
        "NOT PROVIDED",
        "NOTAVAILABLE",
        "NOTAPPLICABLE",
        "N/A",
        "EREF",
        "KREF",
        "PREF",
        "MREF",
    }
)
_SHORTEST = 6


def provided(text: str | None) -> str | None:
    """The text, unless it is one of the words that banks write where they have nothing to say."""
    text = (text or "").strip()
    return text if text and text.upper().rstrip("+") not in _NONE else None


def reference(text: str | None) -> str | None:
    """The text, if it can tell movements apart: not a word for none, not zeros, not a short number of some kind."""
    text = provided(text)
    return text if text and len(text) >= _SHORTEST and text.strip("0 -") else None


def without_shared(statements: Sequence[DraftStatement]) -> list[DraftStatement]:
    """The statements with no reference that several different movements have in common: it can't be theirs."""
    movements: dict[str, set[tuple[str | None, dt.date, Decimal]]] = {}
    for statement in statements:
        for row in statement.rows:
            if row.external_id:
                movements.setdefault(row.external_id, set()).add((statement.number, row.date, row.amount))
    shared = {reference for reference, several in movements.items() if len(several) > 1}
    if not shared:
        return list(statements)
    return [
        replace(
            statement,
            rows=tuple(replace(row, external_id=None) if row.external_id in shared else row for row in statement.rows),
        )
        for statement in statements
    ]
