"""All that can go wrong with a report."""

from __future__ import annotations

from farthing.kit.faults import Invalid


class PeriodsUnfit(Invalid):
    """The range of a report begins after it ends, or holds more periods than a report shows."""

    code = "periods_unfit"
    message = "The range can't be reported on: {problem}."
    sample = {"problem": "it holds more than 400 periods"}


class ReportTooLarge(Invalid):
    """A report would have more rows and columns than one shows."""

    code = "report_too_large"
    message = "The report would have {what}; at most {most} are shown. Ask for less of them."
    sample = {"what": "more than 20,000 cells", "most": "20,000"}


class OptionUnfit(Invalid):
    """An option doesn't go with the others."""

    code = "option_unfit"
    message = "The option doesn't fit: {problem}."
    sample = {"problem": "payees aren't nested, so that there is no depth to cut them at"}
