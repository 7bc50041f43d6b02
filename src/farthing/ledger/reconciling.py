"""Reconciling: which postings a bank's statement leaves out, told from what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations, islice

LARGEST = 6
"""More postings than these are never left out by a guess: with so many, something adds up by chance."""
NEWEST = 30
"""Where more than two are left out, they are looked for among so many of the newest."""
MOST_TRIES = 100_000
"""Combinations that are tried for each number of postings."""


def leave_out(amounts: Sequence[Decimal], excess: Decimal) -> tuple[int, ...] | None:
    """The fewest amounts that come to the excess, by their places; among equals those that come first.

    Args:
        amounts: what might be left out, the likeliest first: the newest, which the bank may not have seen yet.
        excess: what is too much.

    Returns:
        None where no one, no two, and no few of the first come to it within the bounds above.
    """
    if not excess:
        return ()
    seen: dict[Decimal, int] = {}
    pair: tuple[int, int] | None = None
    for place, amount in enumerate(amounts):
        if amount == excess:
            return (place,)
        if pair is None and excess - amount in seen:
            pair = (seen[excess - amount], place)
        seen.setdefault(amount, place)
    if pair is not None:
        return pair
    places = range(min(len(amounts), NEWEST))
    for size in range(3, LARGEST + 1):
        for chosen in islice(combinations(places, size), MOST_TRIES):
            if sum(amounts[place] for place in chosen) == excess:
                return chosen
    return None
