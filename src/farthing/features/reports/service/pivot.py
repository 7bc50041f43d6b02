"""The pivot: lines of transactions told apart twice, and measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.errors import OptionUnfit, ReportTooLarge
from farthing.features.reports.line_repository import Grouping, LineRepository, Scope
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import Dimension, Lines, Measure, PivotQuery
from farthing.features.reports.service.amounts import divided, money
from farthing.features.reports.service.figures import Sums, plus, turned
from farthing.features.reports.service.lines import AND_UNDER, NONE, LineService, grouping_of, periods_of
from farthing.features.reports.service.links import LineLinks
from farthing.features.reports.service.sheet import Chart
from farthing.features.transactions.schemas import TransactionFilter
from farthing.ledger.accounts import SEPARATOR
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Calendar, Interval, Period, named

MOST_CELLS = 20_000
FILTERS = set(TransactionFilter.model_fields) - {"date_from", "date_to"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Key = UUID | str | int | None
"""What a group of lines has in common; None: that they have none."""


@dataclass(slots=True)
class Tally:
    """What some lines come to."""

    amounts: Sums = field(default_factory=dict)
    debits: Sums = field(default_factory=dict)
    credits: Sums = field(default_factory=dict)
    count: int = 0

    def add(self, row: Row) -> None:
        """Count lines of one currency too, as the repository has them grouped."""
        self.amounts = plus(self.amounts, {row.currency: row.amount})
        self.debits = plus(self.debits, {row.currency: row.debits})
        self.credits = plus(self.credits, {row.currency: row.credits})
        self.count += row.postings

    def measured(self, measure: Measure, of: Lines, currencies: Currencies) -> Sums:
        """What is told of them. What goes onto a category went out of one's pocket; what goes onto an account, in."""
        into, out = self.debits, turned(self.credits)
        if of is not Lines.ACCOUNTS:
            into, out = out, into
        match measure:
            case Measure.SUM:
                return self.amounts
            case Measure.COUNT:
                return {}
            case Measure.AVERAGE:
                return divided(self.amounts, max(self.count, 1), currencies)
            case Measure.IN:
                return into
            case Measure.OUT:
                return out
            case Measure.NET:
                return plus(into, turned(out))


class Axis:
    """The rows or the columns: how lines are told apart along it, in which order, and by what names.

    Args:
        dimension: what it is about; None: there is one group alone.
        of: which lines count.
        chart: all accounts, children behind their parents.
        depth: below which accounts count for the one above.
        periods: those of its interval, if it is about time.
        calendar: when weeks begin.
    """

    def __init__(
        self,
        dimension: Dimension | None,
        of: Lines,
        chart: Chart,
        depth: int | None,
        periods: Sequence[Period],
        calendar: Calendar,
    ) -> None:
        self.dimension = dimension
        self.grouping = None if dimension is None else grouping_of(dimension, of)
        self.periods = periods
        self.calendar = calendar
        self.accounts = {account["id"]: account for account in chart}
        self.order = {account["id"]: place for place, account in enumerate(chart)}
        self.depth = depth
        self.names: dict[UUID, str] = {}

    @property
    def is_manifold(self) -> bool:
        """Whether a line may be in several of its groups."""
        return self.grouping is not None and self.grouping.is_manifold

    def counts_for(self, account_id: UUID) -> UUID:
        """The account that an account is shown under."""
        while self.depth is not None and self._depth_of(account_id) > self.depth:
            account_id = self.accounts[account_id]["parent_id"]
        return account_id

    def key(self, found: Any) -> Key:
        """The group that the repository's key belongs to."""
        if self.grouping is Grouping.OWN_ACCOUNT:
            return self.counts_for(found)
        return found if isinstance(found, UUID | str | int) else None

    def ordered(self, keys: Iterable[Key], *, empty: bool) -> list[Key]:
        """Groups in their order, what has none last; and those that nothing is in, if that is asked for."""
        known = set(keys)
        if empty and self.grouping is Grouping.PERIOD:
            known |= set(range(1, len(self.periods) + 1))
        if empty and self.grouping is Grouping.WEEKDAY:
            known |= set(range(1, len(WEEKDAYS) + 1))
        return sorted(known, key=self._place)

    def shown(self, key: Key) -> dict[str, Any]:
        """A group as it is answered."""
        if isinstance(key, int) and self.grouping is Grouping.PERIOD:
            period = self.periods[key - 1]
            return {"key": period.first.isoformat(), "name": named(period, self._interval)}
        return {"key": NONE if key is None else str(key), "name": self._name(key)}

    def condition(self, key: Key) -> list[str]:
        """What holds of the lines of a group, as a link says it; the days of a period are said otherwise."""
        if self.dimension is None or self.grouping is Grouping.PERIOD:
            return []
        if isinstance(key, UUID) and self.grouping in {Grouping.OWN_ACCOUNT, Grouping.OTHER_ACCOUNT}:
            is_cut = self.depth is not None and self._depth_of(key) == self.depth
            return [f"{self.dimension.value}:{key}{AND_UNDER if is_cut else ''}"]
        return [f"{self.dimension.value}:{NONE if key is None else key}"]

    def period(self, key: Key) -> Period | None:
        """The days of a group, if it is one of days."""
        return self.periods[key - 1] if isinstance(key, int) and self.grouping is Grouping.PERIOD else None

    @property
    def _interval(self) -> Interval:
        return (self.dimension and self.dimension.interval) or Interval.NONE

    def _depth_of(self, account_id: UUID) -> int:
        return int(self.accounts[account_id]["full_name"].count(SEPARATOR))

    def _name(self, key: Key) -> str | None:
        if isinstance(key, UUID):
            return self.accounts[key]["full_name"] if key in self.accounts else self.names.get(key)
        if isinstance(key, int):
            return WEEKDAYS[key - 1]
        return key

    def _place(self, key: Key) -> tuple[bool, int, str]:
        if isinstance(key, int):
            is_weekday = self.grouping is Grouping.WEEKDAY
            return False, (key - self.calendar.first_weekday) % len(WEEKDAYS) if is_weekday else key, ""
        if isinstance(key, UUID) and key in self.order:
            return False, self.order[key], ""
        return key is None, 0, (self._name(key) or "").casefold()


class PivotService:
    """Draws up pivots."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.lines = LineRepository(work)
        self.scoping = LineService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(self, wanted: PivotQuery) -> dict[str, Any]:
        """Lines of the transactions that filters match, told apart by rows and by columns.

        Raises:
            OptionUnfit: rows and columns are about the same.
            PeriodsUnfit: the range is turned round, or holds too many periods.
            SearchMalformed, AccountUnknown, TagUnknown: a filter can't be read, or names what the book hasn't got.
            ReportTooLarge: there would be too many cells.
        """
        if wanted.columns is wanted.rows:
            raise OptionUnfit.in_parameter("columns", problem="rows and columns can't be about the same")
        last = wanted.date_to or self.work.today()
        (whole,), calendar = await periods_of(self.reports, wanted.date_from, last, Interval.NONE)
        chart = await self.scoping.accounts.whole_chart()
        axes = [await self._axis(each, wanted, chart, whole, calendar) for each in (wanted.rows, wanted.columns)]
        scope = await self.scoping.scope(wanted, whole.first, whole.last, chart)
        pairs = [(account_id, axes[0].counts_for(account_id)) for account_id, _ in scope.others]
        scope = Scope(scope.first, scope.last, scope.account_ids, scope.ids, scope.values, pairs)
        cells = await self._tallies(scope, axes)
        for axis in axes:
            if axis.grouping in {Grouping.PAYEE, Grouping.TAG}:
                place = axes.index(axis)
                ids = {key[place] for key in cells}
                axis.names = await self.lines.names(axis.grouping, [id_ for id_ in ids if isinstance(id_, UUID)])
        rows = axes[0].ordered({row for row, _ in cells}, empty=wanted.empty)
        columns = axes[1].ordered({column for _, column in cells} or {None}, empty=wanted.empty)
        if axes[1].dimension is not None and not cells and not wanted.empty:
            columns = []
        _check_size(len(rows) * max(len(columns), 1))
        sheet = _PivotSheet(wanted, self.work.book_id, whole, axes, await self._known(cells.values()))
        of_rows = await self._totals(scope, axes, cells, 0)
        of_columns = await self._totals(scope, axes, cells, 1)
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
                    "total": sheet.cell(of_rows.get(row), (row,)),
                }
                for row in rows
            ],
            "totals": [sheet.cell(of_columns.get(column), (None, column), of_column=True) for column in columns],
            "total": sheet.cell(await self._grand(scope, axes, of_rows, of_columns), ()),
        }

    async def _axis(
        self, dimension: Dimension | None, wanted: PivotQuery, chart: Chart, whole: Period, calendar: Calendar
    ) -> Axis:
        interval = dimension and dimension.interval
        periods = (await periods_of(self.reports, whole.first, whole.last, interval))[0] if interval else ()
        return Axis(dimension, wanted.of, chart, wanted.depth, periods, calendar)

    async def _tallies(self, scope: Scope, axes: Sequence[Axis]) -> dict[tuple[Key, ...], Tally]:
        """What lines come to, told apart along these axes."""
        told = [axis for axis in axes if axis.grouping is not None]
        by = [axis.grouping for axis in told if axis.grouping is not None]
        starts = [[period.first for period in axis.periods] for axis in told]
        rows = await self.lines.grouped(scope, by, starts, most=MOST_CELLS + 1)
        _check_size(len(rows))
        found: dict[tuple[Key, ...], Tally] = {}
        for row in rows:
            keys = iter(row)
            key = tuple(None if axis.grouping is None else axis.key(next(keys)) for axis in axes)
            found.setdefault(key, Tally()).add(row)
        return found

    async def _totals(
        self, scope: Scope, axes: Sequence[Axis], cells: Mapping[tuple[Key, ...], Tally], place: int
    ) -> dict[Key, Tally]:
        """What each row or column comes to. What is in several cells of it is counted anew, once."""
        if axes[1 - place].is_manifold:
            return {key: tally for (key,), tally in (await self._tallies(scope, [axes[place]])).items()}
        return _summed((key[place], tally) for key, tally in cells.items())

    async def _grand(
        self, scope: Scope, axes: Sequence[Axis], of_rows: Mapping[Key, Tally], of_columns: Mapping[Key, Tally]
    ) -> Tally | None:
        for axis, totals in zip(axes, (of_rows, of_columns), strict=True):
            if not axis.is_manifold:
                return _summed((None, tally) for tally in totals.values()).get(None)
        return (await self._tallies(scope, [])).get(())

    async def _known(self, tallies: Iterable[Tally]) -> Currencies:
        return await self.currencies.look_up({code for tally in tallies for code in tally.amounts})


class _PivotSheet:
    """Cells on their way to who asked for them."""

    def __init__(
        self, wanted: PivotQuery, book_id: UUID, whole: Period, axes: Sequence[Axis], currencies: Currencies
    ) -> None:
        self.wanted = wanted
        self.whole = whole
        self.axes = axes
        self.currencies = currencies
        given = wanted.model_dump(mode="json", include=FILTERS, exclude_defaults=True)
        filters = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
        self.links = LineLinks(book_id, wanted.of.value, filters)

    def cell(self, tally: Tally | None, keys: tuple[Key, ...], *, of_column: bool = False) -> dict[str, Any]:
        """A cell, with the way to its lines."""
        if tally is None:
            return {"amounts": [], "count": 0, "transactions": None}
        where: list[str] = []
        period = self.whole
        for place, (axis, key) in enumerate(zip(self.axes, keys, strict=False)):
            if of_column and place == 0:
                continue
            where += axis.condition(key)
            within = axis.period(key)
            if within is not None:
                period = Period(max(period.first, within.first), min(period.last, within.last))
        measured = tally.measured(self.wanted.measure, self.wanted.of, self.currencies)
        return {
            "amounts": money(measured, self.currencies),
            "count": tally.count,
            "transactions": self.links.of(where, period.first, period.last),
        }


def _summed(tallies: Iterable[tuple[Key, Tally]]) -> dict[Key, Tally]:
    found: dict[Key, Tally] = {}
    for key, tally in tallies:
        total = found.setdefault(key, Tally())
        total.amounts = plus(total.amounts, tally.amounts)
        total.debits = plus(total.debits, tally.debits)
        total.credits = plus(total.credits, tally.credits)
        total.count += tally.count
    return found


def _check_size(count: int) -> None:
    if count > MOST_CELLS:
        raise ReportTooLarge.in_parameter("columns", what=f"more than {MOST_CELLS:,} cells", most=f"{MOST_CELLS:,}")
