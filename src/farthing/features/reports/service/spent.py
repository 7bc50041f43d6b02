"""What was spent, row by row and period by period, as it was posted or in one currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.reports.line_repository import Grouping, Scope
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import SpendingBy
from farthing.features.reports.service.amounts import nothing
from farthing.features.reports.service.figures import Figures, Sums, summed
from farthing.features.reports.service.line_sums import LineSumService
from farthing.features.reports.service.lines import HOLDINGS
from farthing.features.reports.service.sheet import Chart
from farthing.features.reports.service.valuing import Conversion, Notes, Parts, ValuingService, merged, parts_of
from farthing.ledger.accounts import AccountKind
from farthing.ledger.periods import Period

GROUPINGS = {
    SpendingBy.PAYEE: Grouping.PAYEE,
    SpendingBy.TAG: Grouping.TAG,
    SpendingBy.ACCOUNT: Grouping.OTHER_ACCOUNT,
}
Key = UUID | None
"""What a row is about; None: what has none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is told of spending, whatever the periods.

    ``chart`` is of all accounts, ``expenses`` of those on which it was spent; ``conditions`` are what holds of all
    lines, as a link says it.
    """

    by: SpendingBy
    chart: Chart
    expenses: Chart
    conditions: Sequence[str]
    conversion: Conversion | None

    @property
    def expense_ids(self) -> list[UUID]:
        """The accounts on which it was spent."""
        return [account["id"] for account in self.expenses]


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, by period: in each row, and in all, everything once; and what of it was converted."""

    of_rows: Mapping[Key, Sequence[Sums]]
    total: Sequence[Sums]
    parts_of_rows: Mapping[Key, Sequence[Parts]]
    total_parts: Sequence[Parts]

    @property
    def currencies(self) -> set[str]:
        """All that a figure is in, or was."""
        return {code for sums in (*self.total, *self.total_parts) for code in sums}


class SpentService:
    """Adds up what was spent."""

    def __init__(self, work: Work) -> None:
        self.reports = ReportRepository(work)
        self.sums = LineSumService(work)
        self.valuing = ValuingService(work)

    async def in_periods(self, asked: Asked, periods: Sequence[Period]) -> Spent:
        """What was spent in periods that needn't follow each other.

        Raises:
            ReportTooLarge: there would be too many cells.
        """
        if all(one.last < other.first and (other.first - one.last).days == 1 for one, other in pairwise(periods)):
            return await self._in_a_row(asked, periods)
        each = [await self._in_a_row(asked, [period]) for period in periods]
        keys = {key for spent in each for key in spent.of_rows}
        none: Sequence[Parts] = ({},)
        return Spent(
            {key: [spent.of_rows.get(key, nothing(1))[0] for spent in each] for key in keys},
            [spent.total[0] for spent in each],
            {key: [spent.parts_of_rows.get(key, none)[0] for spent in each] for key in keys},
            [spent.total_parts[0] for spent in each],
        )

    async def _in_a_row(self, asked: Asked, periods: Sequence[Period]) -> Spent:
        if asked.by is SpendingBy.CATEGORY:
            return await self._by_category(asked, periods)
        return await self._by_lines(asked, periods, GROUPINGS[asked.by])

    async def _by_category(self, asked: Asked, periods: Sequence[Period]) -> Spent:
        """From the sums of months, as the income statement has it."""
        ids = asked.expense_ids
        rows = await self.reports.sums(periods, with_earlier=False, account_ids=ids)
        figures = Figures.of_rows(rows, len(periods), cumulative=False)
        if asked.conversion is None:
            return _nested(asked, figures, None)
        worths = await self.valuing.worths(asked.conversion, figures, periods, cumulative=False)
        figures = asked.conversion.figures(worths, [ids], len(periods))
        return _nested(asked, figures, Notes(asked.conversion, parts_of(worths), len(periods)))

    async def _by_lines(self, asked: Asked, periods: Sequence[Period], grouping: Grouping) -> Spent:
        """From the postings. What may count in several rows is added up anew, once."""
        others = _with_those_above(asked.chart) if grouping is Grouping.OTHER_ACCOUNT else []
        scope = Scope(periods[0].first, periods[-1].last, asked.expense_ids, others=others)
        rows = await self._cells(asked, periods, scope, grouping)
        once = await self._cells(asked, periods, scope, None) if grouping.is_manifold else rows
        return Spent(
            rows.figures,
            [summed(own[place] for own in once.figures.values()) for place in range(len(periods))],
            rows.parts,
            [reduce(merged, (own[place] for own in once.parts.values()), {}) for place in range(len(periods))],
        )

    async def _cells(self, asked: Asked, periods: Sequence[Period], scope: Scope, grouping: Grouping | None) -> _Cells:
        """What was spent, told apart by period and besides, if by anything."""
        by, starts = [Grouping.PERIOD], [[period.first for period in periods]]
        if grouping is not None:
            by, starts = [grouping, *by], [[], *starts]
        found: dict[tuple[Key, int], list[Row]] = {}
        for row in await self.sums.rows(scope, by, starts, asked.conversion, parameter="interval"):
            key = None if grouping is None else row.key_0
            found.setdefault((key, row[len(by) - 1] - 1), []).append(row)
        cells = _Cells({}, {})
        if asked.conversion is None:
            for (key, place), own in found.items():
                cells.figures.setdefault(key, [{} for _ in periods])[place] = {row.currency: row.amount for row in own}
            return cells
        worths = await self.sums.worths(asked.conversion, found, lambda cell: periods[cell[1]].last)
        overlap = grouping is not None and grouping.is_manifold
        together = [[cell] for cell in worths] if overlap else _columns(worths)
        for (key, place), sums in asked.conversion.rounded(worths, together).items():
            cells.figures.setdefault(key, [{} for _ in periods])[place] = sums
            cells.parts.setdefault(key, [{} for _ in periods])[place] = worths[key, place].parts
        return cells


@dataclass(frozen=True, slots=True)
class _Cells:
    """Figures, and what of them was converted: by row and period."""

    figures: dict[Key, list[Sums]]
    parts: dict[Key, list[Parts]]


def _nested(asked: Asked, figures: Figures, notes: Notes | None) -> Spent:
    """What was spent on accounts, each with all that is under it."""
    ids = asked.expense_ids
    of_rows: dict[Key, Sequence[Sums]] = dict(figures.rolled_up(asked.expenses).of_accounts.items())
    if notes is None:
        return Spent(of_rows, figures.total(ids), {}, [{}] * figures.periods)
    parts: dict[Key, Sequence[Parts]] = dict(notes.rolled_up(asked.expenses).items())
    return Spent(of_rows, figures.total(ids), parts, notes.total(ids))


def _columns(cells: Iterable[tuple[Key, int]]) -> list[list[tuple[Key, int]]]:
    """Cells by period."""
    columns: dict[int, list[tuple[Key, int]]] = {}
    for cell in cells:
        columns.setdefault(cell[1], []).append(cell)
    return list(columns.values())


def _with_those_above(chart: Chart) -> list[tuple[UUID, UUID]]:
    """Each asset and liability with itself and all accounts above it: what is paid from it counts for them too."""
    above = {account["id"]: account["parent_id"] for account in chart}
    pairs: list[tuple[UUID, UUID]] = []
    for account in chart:
        if AccountKind(account["kind"]) in HOLDINGS:
            counts_for: UUID | None = account["id"]
            while counts_for is not None:
                pairs.append((account["id"], counts_for))
                counts_for = above[counts_for]
    return pairs
