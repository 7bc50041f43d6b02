"""Tallies: what the lines in the cells of a pivot come to, as they were posted or in one currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.reports.line_scope import Scope
from farthing.features.reports.schemas import Lines, Measure
from farthing.features.reports.service.amounts import divided
from farthing.features.reports.service.axes import Axis, Key
from farthing.features.reports.service.conversion import Conversion, Parts, merged
from farthing.features.reports.service.figures import NOTHING, Sums, plus, turned
from farthing.features.reports.service.line_sums import LineSumService, added
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Period

Cell = tuple[Key, ...]
"""A key for each axis."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """What is told of lines. What goes onto a category went out of one's pocket; what goes onto an account, in."""

    measure: Measure
    of: Lines

    @property
    def column(self) -> str:
        """Which of the sums that the repository answers is told."""
        if self.measure not in {Measure.IN, Measure.OUT}:
            return "amount"
        return "debits" if (self.measure is Measure.IN) == (self.of is Lines.ACCOUNTS) else "credits"

    @property
    def is_turned(self) -> bool:
        """Whether it is told with the opposite sign."""
        return self.column == "credits" or (self.measure is Measure.NET and self.of is not Lines.ACCOUNTS)


@dataclass(frozen=True, slots=True)
class Counted:
    """Which lines of which days are counted, what is told of them, and in which currency; None: as it was posted."""

    scope: Scope
    whole: Period
    measuring: Measuring
    conversion: Conversion | None


@dataclass(slots=True)
class Tally:
    """What some lines come to, of what is told of them; what of that was converted; and how many they are."""

    sums: Sums = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    count: int = 0

    def include(self, other: Tally) -> None:
        """Count other lines too."""
        self.sums = plus(self.sums, other.sums)
        self.parts = merged(self.parts, other.parts)
        self.count += other.count

    def measured(self, measuring: Measuring, currencies: Currencies) -> Sums:
        """What is told."""
        match measuring.measure:
            case Measure.COUNT:
                return NOTHING
            case Measure.AVERAGE:
                return divided(self.sums, max(self.count, 1), currencies)
            case _:
                return turned(self.sums) if measuring.is_turned else self.sums


@dataclass(frozen=True, slots=True)
class Table:
    """All tallies of a pivot: of its cells, rows and columns, and of everything."""

    cells: Mapping[Cell, Tally]
    rows: Mapping[Key, Tally]
    columns: Mapping[Key, Tally]
    whole: Tally | None

    @property
    def currencies(self) -> set[str]:
        """All that a figure is in, or was."""
        return {code for tally in self.cells.values() for code in (*tally.sums, *tally.parts)}


class TallyService:
    """Adds up the lines of a pivot."""

    def __init__(self, work: Work) -> None:
        self.sums = LineSumService(work)

    async def cells(self, counted: Counted, axes: Sequence[Axis], *, together: bool = True) -> dict[Cell, Tally]:
        """What lines come to, told apart along axes.

        In one currency, figures that differ along the first axis alone are rounded so that they add up, unless a line
        may be in several of them, or they aren't to be rounded together.

        Raises:
            ReportTooLarge: there would be too many.
        """
        told = [axis for axis in axes if axis.grouping is not None]
        by = [axis.grouping for axis in told if axis.grouping is not None]
        starts = [[period.first for period in axis.periods] for axis in told]
        found: dict[Cell, list[Row]] = {}
        for row in await self.sums.rows(counted.scope, by, starts, counted.conversion, parameter="columns"):
            keys = iter(row)
            cell = tuple(None if axis.grouping is None else axis.key(next(keys)) for axis in axes)
            found.setdefault(cell, []).append(row)
        column, conversion = counted.measuring.column, counted.conversion
        if conversion is None:
            return {
                cell: Tally(added(rows, column), {}, sum(row.postings for row in rows)) for cell, rows in found.items()
            }
        worths = await self.sums.worths(
            conversion,
            found,
            lambda cell: period_of(cell, axes, counted.whole).last,
            measured=column,
            known_at=counted.scope.known_at,
        )
        adds_up = together and axes and not axes[0].is_manifold
        rounded = conversion.rounded(worths, _columns(worths) if adds_up else [[cell] for cell in worths])
        return {
            cell: Tally(rounded[cell], worths[cell].parts, sum(row.postings for row in rows))
            for cell, rows in found.items()
        }

    async def table(self, counted: Counted, axes: Sequence[Axis], cells: Mapping[Cell, Tally]) -> Table:
        """The cells with their totals. What is in several cells of a row or column is counted anew, once.

        Raises:
            ReportTooLarge: there would be too many.
        """
        totals = [await self._totals(counted, axes, cells, place) for place in (0, 1)]
        rows, columns = totals
        for axis, of_axis in zip(axes, totals, strict=True):
            if not axis.is_manifold:
                return Table(cells, rows, columns, _summed((None, tally) for tally in of_axis.values()).get(None))
        return Table(cells, rows, columns, (await self.cells(counted, [])).get(()))

    async def _totals(
        self, counted: Counted, axes: Sequence[Axis], cells: Mapping[Cell, Tally], place: int
    ) -> dict[Key, Tally]:
        if axes[1 - place].is_manifold:
            totals = await self.cells(counted, [axes[place]], together=place == 0)
            return {key: tally for (key,), tally in totals.items()}
        return _summed((cell[place], tally) for cell, tally in cells.items())


def period_of(cell: Cell, axes: Sequence[Axis], whole: Period) -> Period:
    """The days that a cell is about."""
    period = whole
    for axis, key in zip(axes, cell, strict=False):
        within = axis.period(key)
        if within is not None:
            period = Period(max(period.first, within.first), min(period.last, within.last))
    return period


def _columns(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells of each column."""
    columns: dict[Cell, list[Cell]] = {}
    for cell in cells:
        columns.setdefault(cell[1:], []).append(cell)
    return list(columns.values())


def _summed(tallies: Iterable[tuple[Key, Tally]]) -> dict[Key, Tally]:
    found: dict[Key, Tally] = {}
    for key, tally in tallies:
        found.setdefault(key, Tally()).include(tally)
    return found
