"""What each report can be answered as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from farthing.features.reports.outputs import charts, documents, tables
from farthing.features.reports.outputs.tables import Answer
from farthing.formats.tables import document, drawing, picture, separated, workbook
from farthing.formats.tables.chart import Chart
from farthing.formats.tables.table import Table


class Format(StrEnum):
    """What a report is answered as."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.SVG: "image/svg+xml",
    Format.PNG: "image/png",
    Format.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a report can be answered as besides JSON."""

    table: Callable[[Answer], Table] | None = None
    chart: Callable[[Answer], Chart] | None = None
    document: Callable[[Answer], document.Review] | None = None

    @property
    def formats(self) -> tuple[Format, ...]:
        """All that the report can be answered as."""
        return (
            Format.JSON,
            *((Format.CSV, Format.XLSX) if self.table else ()),
            *((Format.SVG, Format.PNG) if self.chart else ()),
            *((Format.PDF,) if self.document else ()),
        )

    def made(self, wanted: Format, read: Answer) -> tuple[str, bytes]:
        """The file, and what it is called.

        Raises:
            WorkbookTooSmall: it isn't for a workbook.
        """
        if wanted is Format.PDF and self.document is not None:
            review = self.document(read)
            return review.title, document.write(review)
        if wanted in {Format.SVG, Format.PNG} and self.chart is not None:
            chart = self.chart(read)
            drawn = drawing.draw(chart)
            return chart.title, picture.rastered(drawn) if wanted is Format.PNG else drawn
        if self.table is None:
            raise LookupError(f"no {wanted} of this report")
        table = self.table(read)
        return table.title, (workbook if wanted is Format.XLSX else separated).write(table)


STATEMENT = Outputs(tables.statement, charts.statement)
BRIDGE = Outputs(tables.bridge, charts.bridge)
SPENDING = Outputs(tables.spending, charts.spending)
TRENDS = Outputs(tables.trends, charts.trends)
PIVOT = Outputs(tables.pivot, charts.pivot)
TRIAL_BALANCE = Outputs(tables.trial_balance, charts.trial_balance)
REGISTER = Outputs(tables.register, charts.register)
OVERVIEW = Outputs(chart=documents.chart, document=documents.overview)
