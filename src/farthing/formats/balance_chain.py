"""The chain of balances: the bank's own proof that amounts are read rightly.

Where a file states the account's balance after each row, every balance is the one before plus the row's amount. Rows
are checked oldest first as they stand, and newest first; the direction that holds is the bank's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from farthing.ledger.money import EXACT

Direction = Literal["oldest first", "newest first"]

_MINORITY = 4
"""A direction is still the likely one where no more than one comparison in four fails."""


@dataclass(frozen=True, slots=True)
class Break:
    """A row whose balance is off by ``difference`` from what the rows before it make."""

    index: int
    difference: Decimal


@dataclass(frozen=True, slots=True)
class Chain:
    """How the balances follow from the amounts, in the file's order and against it."""

    comparisons: int
    oldest_first: tuple[Break, ...]
    newest_first: tuple[Break, ...]

    @property
    def proves(self) -> bool:
        """Whether every balance follows in one of the directions, and there was something to compare."""
        return self.comparisons > 0 and not (self.oldest_first and self.newest_first)

    @property
    def direction(self) -> Direction | None:
        """The only direction that holds, or fails so much less than the other that it must be meant; else None."""
        forward, backward = len(self.oldest_first), len(self.newest_first)
        if forward == backward or min(forward, backward) * _MINORITY > self.comparisons:
            return None
        return "oldest first" if forward < backward else "newest first"

    def breaks(self, direction: Direction) -> tuple[Break, ...]:
        """Where the balances don't follow in a direction."""
        return self.oldest_first if direction == "oldest first" else self.newest_first


def chain(amounts: Sequence[Decimal], balances: Sequence[Decimal | None]) -> Chain:
    """Check the balances of one account against its amounts, both in the file's order. Rows may lack a balance."""
    places = range(len(amounts))
    forward = _breaks(places, amounts, balances)
    backward = _breaks(reversed(places), amounts, balances)
    stated = sum(1 for balance in balances if balance is not None)
    return Chain(max(0, stated - 1), forward, backward)


def _breaks(places: Iterable[int], amounts: Sequence[Decimal], balances: Sequence[Decimal | None]) -> tuple[Break, ...]:
    found: list[Break] = []
    expected: Decimal | None = None
    for place in places:
        if expected is not None:
            expected = EXACT.add(expected, amounts[place])
        stated = balances[place]
        if stated is not None:
            if expected is not None and expected != stated:
                found.append(Break(place, EXACT.subtract(stated, expected)))
            expected = stated
    return tuple(found)
