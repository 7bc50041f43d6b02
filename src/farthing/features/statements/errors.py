"""All that can go wrong with booking a statement."""

from __future__ import annotations

from farthing.kit.faults import Invalid


class LineAmountUnfit(Invalid):
    """An amount in the file doesn't fit its currency."""

    code = "line_amount_unfit"
    message = "The amount on line {line} can't be booked: {problem}"
    sample = {"line": 4, "problem": "An amount in EUR has at most 2 digits after the point."}
