"""Card signs: some card issuers write charges as positive amounts and payments as negative ones.

Such a file says so itself: a payment to the card is thanked for, and purchases are called so. That is taken as proof
only where it is plain and nothing speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from farthing.formats.sheets import headings

_THANKED = re.compile(
    r"payment.{0,40}thank you|thank you.{0,40}payment|payment received|payment thank-you", re.IGNORECASE
)
_PURCHASE = headings.phrases("purchase|purchases|sale|sales|charge")
_PAYMENT = headings.phrases("payment|payments|card payment received")
_LONGEST = 200


def charges_are_positive(rows: Sequence[tuple[Sequence[str], Decimal]]) -> bool:
    """Whether a file turns the signs round: its charges positive, its payments negative.

    Args:
        rows: each row's cells and its amount as written.
    """
    against = in_favour = positive = negative = 0
    for cells, amount in rows:
        if not amount:
            continue
        positive += amount > 0
        negative += amount < 0
        side = _side(cells)
        if side:
            turned = (amount > 0) == (side == "charge")
            in_favour += turned
            against += not turned
    return in_favour > 0 and against == 0 and positive >= negative


def _side(cells: Sequence[str]) -> str | None:
    """Whether a row is called a charge or a payment to the card."""
    for cell in cells:
        if 0 < len(cell) <= _LONGEST:
            word = headings.plain(cell)
            if word in _PURCHASE:
                return "charge"
            if word in _PAYMENT or _THANKED.search(cell):
                return "payment"
    return None
