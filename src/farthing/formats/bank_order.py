"""Bank order: an account's rows oldest first, and the balances before and after them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from farthing.formats.balance_chain import Chain, Direction
from farthing.formats.dates import FIRST_DAY
from farthing.formats.drafts import DraftBalance, DraftRow
from farthing.ledger.money import EXACT

_CLEARLY = 3
"""Rows run newest first where steps back in time outnumber steps forward by more than this."""
_MOST_NAMED = 5
"""So many breaks of a chain are named by line; more make the message no clearer."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An account's rows in bank order, the balances around them, and what is wrong with those."""

    rows: tuple[DraftRow, ...]
    opening: DraftBalance | None = None
    closing: DraftBalance | None = None
    warnings: tuple[str, ...] = ()
    reason: str = ""


def direction_by_dates(days: Sequence[dt.date]) -> Direction | None:
    """How rows run, judged by their dates; None where all are of one day."""
    later = sum(1 for before, after in pairwise(days) if after > before)
    earlier = sum(1 for before, after in pairwise(days) if after < before)
    if not later and not earlier:
        return None
    return "newest first" if earlier > later * _CLEARLY else "oldest first"


def place(rows: Sequence[DraftRow], chain: Chain | None, likely: Direction | None) -> Placed:
    """Put an account's rows into bank order.

    Args:
        rows: in the file's order.
        chain: their balances' chain, where the file has balances.
        likely: how the rest of the file runs, for rows that don't tell it themselves.
    """
    by_dates = direction_by_dates([row.date for row in rows])
    by_balance = chain.direction if chain else None
    direction = by_balance or by_dates or likely or "oldest first"
    ordered = tuple(rows) if direction == "oldest first" else tuple(reversed(rows))
    reason = f"{direction}, by the {'running balance' if by_balance else 'dates' if by_dates else 'file'}"
    if chain is None or not any(row.balance is not None for row in rows):
        return Placed(ordered, reason=reason)
    if chain.comparisons and not chain.proves and len({row.balance for row in rows}) == 1:
        # The same balance beside every row is the account's, as it was when the file was made.
        return Placed(ordered, None, _after(ordered), reason=reason)
    if chain.comparisons and not chain.proves:
        return _broken(rows, ordered, chain, by_balance, reason)
    if chain.comparisons and by_balance is None and by_dates is None:
        warning = "The running balance holds in both directions, so the balances before and after aren't known."
        return Placed(ordered, warnings=(warning,), reason=reason)
    return Placed(ordered, _before(ordered), _after(ordered), reason=reason)


def _broken(
    rows: Sequence[DraftRow],
    ordered: tuple[DraftRow, ...],
    chain: Chain,
    direction: Direction | None,
    reason: str,
) -> Placed:
    """Balances that don't follow from the amounts. The last is still the bank's word, if it's clear which that is."""
    if direction is None:
        warning = "The running balance doesn't follow from the amounts in either order, so it isn't used."
        return Placed(ordered, warnings=(warning,), reason=reason)
    breaks = chain.breaks(direction)
    warnings = [
        f"Line {rows[each.index].line}: the running balance is off by {each.difference} from the rows before it."
        for each in breaks[:_MOST_NAMED]
    ]
    if len(breaks) > _MOST_NAMED:
        warnings.append(f"The running balance is off at {len(breaks) - _MOST_NAMED} more lines.")
    closing = _after(ordered) if ordered[-1].balance is not None else None
    return Placed(ordered, None, closing, tuple(warnings), reason)


def _before(ordered: Sequence[DraftRow]) -> DraftBalance | None:
    moved = Decimal(0)
    for row in ordered:
        moved = EXACT.add(moved, row.amount)
        if row.balance is not None:
            return DraftBalance(EXACT.subtract(row.balance, moved), day_before(ordered))
    return None


def _after(ordered: Sequence[DraftRow]) -> DraftBalance | None:
    moved = Decimal(0)
    for row in reversed(ordered):
        if row.balance is not None:
            return DraftBalance(EXACT.add(row.balance, moved), max(each.date for each in ordered))
        moved = EXACT.add(moved, row.amount)
    return None


def day_before(rows: Sequence[DraftRow]) -> dt.date:
    """The day at whose end the account held what it did before the rows."""
    first = min(row.date for row in rows)
    return first if first == FIRST_DAY else first - dt.timedelta(days=1)
