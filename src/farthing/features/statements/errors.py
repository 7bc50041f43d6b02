"""All that can go wrong with booking a statement."""

from __future__ import annotations

from farthing.features.journal.errors import PeriodLocked
from farthing.kit.faults import Invalid


class LineAmountUnfit(Invalid):
    """An amount in the file doesn't fit its currency."""

    code = "line_amount_unfit"
    message = "The amount on line {line} can't be booked: {problem}"
    sample = {"line": 4, "problem": "An amount in EUR has at most 2 digits after the point."}


class LinesLocked(PeriodLocked):
    """Lines that are new are dated in the period that the book is locked for."""

    message = (
        "The book is locked until {locked_until}; new lines dated on that day or earlier: {count}, the first of them "
        "line {line}. Nothing was imported."
    )
    sample = {"locked_until": "2025-12-31", "count": 3, "line": 2}
