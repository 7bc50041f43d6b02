"""Payees' names, as they are compared. Pure."""

from __future__ import annotations

from farthing.ledger.accounts import name_key

MAX_KEY = 600
"""Characters of a key: as many as an index of PostgreSQL is sure to take, whatever Unicode makes of a name."""


def payee_key(name: str) -> str:
    """What two names share when a person would call them the same: case and Unicode form don't matter."""
    return name_key(name)[:MAX_KEY]
