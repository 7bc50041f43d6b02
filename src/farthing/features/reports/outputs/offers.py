"""What each report can be answered as."""

from __future__ import annotations

from farthing.features.reports.outputs import charts, documents, tables
from farthing.features.reports.representations import Outputs

STATEMENT = Outputs(tables.statement, charts.statement)
SPENDING = Outputs(tables.spending, charts.spending)
TRENDS = Outputs(tables.trends, charts.trends)
PIVOT = Outputs(tables.pivot, charts.pivot)
TRIAL_BALANCE = Outputs(tables.trial_balance, charts.trial_balance)
REGISTER = Outputs(tables.register, charts.register)
OVERVIEW = Outputs(chart=documents.chart, document=documents.overview)
