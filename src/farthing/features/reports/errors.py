"""All that can go wrong with a report."""

from __future__ import annotations

from farthing.kit.faults import Busy, Invalid, NotAcceptable


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


class FormatUnfit(Invalid):
    """The report isn't answered in this format."""

    code = "format_unfit"
    message = "This report is answered as {formats}."
    sample = {"formats": "json, csv, xlsx, svg, png"}


class FormatMissing(Invalid):
    """The server hasn't got what it takes for this format."""

    code = "format_missing"
    message = "PNG needs the extra `charts` (farthing[charts]) on the server, which isn't installed; ask for svg."


class NothingAcceptable(NotAcceptable):
    """The client accepts none of the formats that the report is answered in."""

    code = "nothing_acceptable"
    message = "This is answered as one of {formats}, and the Accept header takes none of them."
    sample = {"formats": "application/json, text/csv"}


class RenderingSlow(Busy):
    """The file took too long to make."""

    code = "rendering_slow"
    message = "Making this file took too long, or others did; try again, or ask for less."
