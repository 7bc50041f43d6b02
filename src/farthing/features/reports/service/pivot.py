"""The pivot: lines of transactions told apart twice, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.errors import OptionUnfit
from farthing.features.reports.line_repository import LineRepository
from farthing.features.reports.line_scope import Grouping
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import Dimension, Measure, PivotQuery
from farthing.features.reports.service.amounts import money
from farthing.features.reports.service.axes import Axis, Key
from farthing.features.reports.service.conversion import AS_POSTED
from farthing.features.reports.service.line_sums import check_size
from farthing.features.reports.service.lines import LineService, periods_of
from farthing.features.reports.service.links import LineLinks
from farthing.features.reports.service.sheet import Chart
from farthing.features.reports.service.tallies import Counted, Measuring, Tally, TallyService, period_of
from farthing.features.reports.service.valuing import ValuingService, check_known
from farthing.features.transactions.schemas import TransactionFilter
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Calendar, Interval, Period

FILTERS = set(TransactionFilter.model_fields) - {"date_from", "date_to"}


class PivotService:
    """Draws up pivots."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.lines = LineRepository(work)
        self.scoping = LineService(work)
        self.tallies = TallyService(work)
        self.valuing = ValuingService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(self, wanted: PivotQuery) -> dict[str, Any]:
        """Lines of the transactions that filters match, told apart by rows and by columns.

        Raises:
            OptionUnfit: rows and columns are about the same, what is counted is to be told in a currency, or what was
                paid is asked as of an earlier state of the book.
            RevisionUnknown: the book hasn't come that far.
            PeriodsUnfit: the range is turned round, or holds too many periods.
            SearchMalformed, AccountUnknown, TagUnknown: a filter can't be read, or names what the book hasn't got.
            CurrencyUnknown: there is no such currency as it is to be told in.
            ReportTooLarge: there would be too many cells.
        """
        if wanted.columns is wanted.rows:
            raise OptionUnfit.in_parameter("columns", problem="rows and columns can't be about the same")
        if wanted.is_valued and wanted.measure is Measure.COUNT:
            option = "valued" if wanted.currency is None else "currency"
            raise OptionUnfit.in_parameter(option, problem="lines are counted whatever currency they are in")
        last = wanted.date_to or self.work.today()
        (whole,), calendar = await periods_of(self.reports, wanted.date_from, last, Interval.NONE)
        known_at = await self.scoping.accounts.stood_at(wanted.known_at)
        conversion = await self.valuing.asked(wanted)
        check_known(known_at, conversion)
        chart = await self.scoping.accounts.whole_chart(known_at)
        axes = [await self._axis(each, wanted, chart, whole, calendar) for each in (wanted.rows, wanted.columns)]
        scope = await self.scoping.scope(wanted, whole.first, whole.last, chart, known_at)
        pairs = [(account_id, axes[0].counts_for(account_id)) for account_id, _ in scope.others]
        counted = Counted(replace(scope, others=pairs), whole, Measuring(wanted.measure, wanted.of), conversion)
        cells = await self.tallies.cells(counted, axes)
        for axis in axes:
            if axis.grouping in {Grouping.PAYEE, Grouping.TAG}:
                place = axes.index(axis)
                ids = {key[place] for key in cells}
                named = [id_ for id_ in ids if isinstance(id_, UUID)]
                axis.names = await self.lines.names(axis.grouping, named, known_at)
        rows = axes[0].ordered({row for row, _ in cells}, empty=wanted.empty)
        columns = axes[1].ordered({column for _, column in cells} or {None}, empty=wanted.empty)
        if axes[1].dimension is not None and not cells and not wanted.empty:
            columns = []
        check_size(len(rows) * max(len(columns), 1), "columns")
        table = await self.tallies.table(counted, axes, cells)
        currencies = await self.currencies.look_up(table.currencies)
        sheet = _PivotSheet(wanted, self.work.book_id, counted, axes, currencies)
        return {
            "report": "pivot",
            "rows": wanted.rows,
            "columns": wanted.columns,
            "measure": wanted.measure,
            "of": wanted.of,
            "date_from": whole.first,
            "date_to": whole.last,
            "overlapping": any(axis.is_manifold for axis in axes),
            "keys": [axes[1].shown(column) for column in columns],
            "data": [
                {
                    **axes[0].shown(row),
                    "cells": [sheet.cell(cells.get((row, column)), (row, column)) for column in columns],
                    "total": sheet.cell(table.rows.get(row), (row,)),
                }
                for row in rows
            ],
            "totals": [sheet.cell(table.columns.get(column), (None, column), of_column=True) for column in columns],
            "total": sheet.cell(table.whole, ()),
            **(AS_POSTED if conversion is None else conversion.shown()),
        }

    async def _axis(
        self, dimension: Dimension | None, wanted: PivotQuery, chart: Chart, whole: Period, calendar: Calendar
    ) -> Axis:
        interval = dimension and dimension.interval
        periods = (await periods_of(self.reports, whole.first, whole.last, interval))[0] if interval else ()
        return Axis(dimension, wanted.of, chart, wanted.depth, periods, calendar)


class _PivotSheet:
    """Cells on their way to who asked for them."""

    def __init__(
        self,
        wanted: PivotQuery,
        book_id: UUID,
        counted: Counted,
        axes: Sequence[Axis],
        currencies: Currencies,
    ) -> None:
        self.counted = counted
        self.axes = axes
        self.currencies = currencies
        given = wanted.model_dump(mode="json", include=FILTERS, exclude_defaults=True)
        filters = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
        filters |= {"known_at": counted.scope.known_at}
        self.links = LineLinks(book_id, wanted.of.value, filters)

    def cell(self, tally: Tally | None, keys: tuple[Key, ...], *, of_column: bool = False) -> dict[str, Any]:
        """A cell, with the way to its lines."""
        if tally is None:
            return {"amounts": [], "count": 0, "converted": self._converted(Tally()), "transactions": None}
        where = [
            condition
            for place, (axis, key) in enumerate(zip(self.axes, keys, strict=False))
            if not (of_column and place == 0)
            for condition in axis.condition(key)
        ]
        period = period_of(keys, self.axes, self.counted.whole)
        return {
            "amounts": money(tally.measured(self.counted.measuring, self.currencies), self.currencies),
            "count": tally.count,
            "converted": self._converted(tally),
            "transactions": self.links.of(where, period.first, period.last),
        }

    def _converted(self, tally: Tally) -> list[dict[str, Any]] | None:
        conversion, is_turned = self.counted.conversion, self.counted.measuring.is_turned
        return None if conversion is None else conversion.noted(tally.parts, self.currencies, is_turned=is_turned)
