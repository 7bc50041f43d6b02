"""Openings: transactions of another program's book that say what accounts held before it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_NAMES = frozenset({"openingbalances", "openingbalance", "opening"})
_HOLDINGS = frozenset({"asset", "liability"})


def is_opening_account(name: str, kind: str | None) -> bool:
    """Whether an account is where opening balances come from, by its kind and the last part of its name."""
    last = name.rpartition(":")[2]
    return kind == "equity" and "".join(filter(str.isalpha, last.casefold())) in _NAMES


def is_opening(accounts: Iterable[str], kinds: Mapping[str, str | None]) -> bool:
    """Whether postings to these accounts are an opening: of what is owned or owed, from where openings come."""
    found = False
    for name in accounts:
        kind = kinds.get(name)
        if is_opening_account(name, kind):
            found = True
        elif kind not in _HOLDINGS:
            return False
    return found
