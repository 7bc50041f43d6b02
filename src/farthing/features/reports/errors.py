"""All that can go wrong with a report."""

from __future__ import annotations

from farthing.kit.faults import Invalid


class PeriodsUnfit(Invalid):
    """The range of a report begins after it ends, or holds more periods than a report shows."""

    code = "periods_unfit"
    message = "The range can't be reported on: {problem}."
    sample = {"problem": "it holds more than 400 periods"}
