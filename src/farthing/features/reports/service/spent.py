"""What was spent, row by row and period by period, as it was posted or in one currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.journal.models import PostingStatus
from farthing.features.reports.line_scope import Grouping, Scope, Where
from farthing.features.reports.schemas import SpendingBy
from farthing.features.reports.service.account_sums import AccountSums, AccountSumService
from farthing.features.reports.service.amounts import nothing
from farthing.features.reports.service.conversion import Conversion, Notes, Parts, merged, parts_of
from farthing.features.reports.service.figures import Sums, summed
from farthing.features.reports.service.line_sums import Cell, LineSumService, by_row
from farthing.features.reports.service.lines import HOLDINGS
from farthing.features.reports.service.sheet import Chart
from farthing.features.transactions.schemas import TransactionFilter
from farthing.features.transactions.service.find import FindService
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
    lines, as a link says it, and ``filters`` what holds of their transactions.
    """

    by: SpendingBy
    chart: Chart
    expenses: Chart
    conditions: Sequence[str]
    conversion: Conversion | None
    filters: Mapping[str, Any]
    status: PostingStatus | None
    net_of_refunds: bool
    known_at: int | None

    @property
    def expense_ids(self) -> list[UUID]:
        """The accounts on which it was spent."""
        return [account["id"] for account in self.expenses]

    @property
    def is_narrowed(self) -> bool:
        """Whether sums by account don't tell what counts."""
        return bool(self.filters) or self.status is not None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, by period: in each row, and in all, everything once.

    ``parts`` are what of it was converted, ``refunds`` what these move, if they count where it was spent.
    """

    of_rows: Mapping[Key, Sequence[Sums]]
    total: Sequence[Sums]
    parts_of_rows: Mapping[Key, Sequence[Parts]]
    total_parts: Sequence[Parts]
    refunds_of_rows: Mapping[Key, Sequence[Sums]] | None

    @property
    def currencies(self) -> set[str]:
        """All that a figure is in, or was."""
        moved = (sums for own in (self.refunds_of_rows or {}).values() for sums in own)
        return {code for sums in (*self.total, *self.total_parts, *moved) for code in sums}


class SpentService:
    """Adds up what was spent."""

    def __init__(self, work: Work) -> None:
        self.accounts = AccountSumService(work)
        self.sums = LineSumService(work)
        self.finding = FindService(work)

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
            None,
        )

    async def _in_a_row(self, asked: Asked, periods: Sequence[Period]) -> Spent:
        if asked.by is not SpendingBy.CATEGORY:
            return await self._by_lines(asked, periods, GROUPINGS[asked.by])
        if asked.is_narrowed:
            scope = await self._scope(asked, periods)
            sums = await self.accounts.from_lines(scope, periods, asked.conversion, net_of_refunds=asked.net_of_refunds)
        else:
            sums = await self.accounts.from_months(
                asked.expense_ids,
                periods,
                asked.conversion,
                known_at=asked.known_at,
                net_of_refunds=asked.net_of_refunds,
            )
        return _nested(asked, sums)

    async def _by_lines(self, asked: Asked, periods: Sequence[Period], grouping: Grouping) -> Spent:
        """From the postings. What may count in several rows is added up anew, once."""
        scope = await self._scope(asked, periods)
        rows = await self._rows(asked, periods, scope, grouping)
        once = await self._rows(asked, periods, scope, None) if grouping.is_manifold else rows
        return Spent(
            rows.of_rows,
            [summed(own[place] for own in once.of_rows.values()) for place in range(len(periods))],
            rows.parts_of_rows,
            [reduce(merged, (own[place] for own in once.parts_of_rows.values()), {}) for place in range(len(periods))],
            rows.refunds_of_rows,
        )

    async def _scope(self, asked: Asked, periods: Sequence[Period]) -> Scope:
        """The lines that count."""
        first, last = periods[0].first, periods[-1].last
        scope = Scope(
            first,
            last,
            asked.expense_ids,
            others=_with_those_above(asked.chart) if asked.by is SpendingBy.ACCOUNT else (),
            where=[] if asked.status is None else [Where(Grouping.TRANSACTION_STATUS, asked.status.value)],
            known_at=asked.known_at,
        )
        if not asked.filters:
            return scope
        wanted = TransactionFilter(**asked.filters, date_from=first, date_to=last)
        chosen = await self.finding.chosen(wanted, asked.known_at)
        return replace(scope, ids=chosen.ids, values=chosen.values)

    async def _rows(self, asked: Asked, periods: Sequence[Period], scope: Scope, grouping: Grouping | None) -> _Rows:
        """What was spent, told apart by period and besides, if by anything."""
        count, conversion = len(periods), asked.conversion
        sums = await self.sums.in_periods(scope, periods, grouping, conversion, net_of_refunds=asked.net_of_refunds)
        refunds = None if sums.moved is None else by_row(sums.moved, count, dict)
        if conversion is None or sums.worths is None:
            return _Rows(by_row(sums.natives, count, dict), {}, refunds)
        overlap = grouping is not None and grouping.is_manifold
        rounded = conversion.rounded(
            sums.worths, [[cell] for cell in sums.worths] if overlap else _columns(sums.worths)
        )
        parts: dict[Cell, Parts] = {cell: worth.parts for cell, worth in sums.worths.items()}
        return _Rows(by_row(rounded, count, dict), by_row(parts, count, dict), refunds)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Figures, what of them was converted, and what refunds move, period by period."""

    of_rows: Mapping[Key, Sequence[Sums]]
    parts_of_rows: Mapping[Key, Sequence[Parts]]
    refunds_of_rows: Mapping[Key, Sequence[Sums]] | None


def _nested(asked: Asked, sums: AccountSums) -> Spent:
    """What was spent on accounts, each with all that is under it."""
    ids, count = asked.expense_ids, sums.natives.periods
    figures = sums.figures(asked.conversion, [ids])
    parts: Mapping[UUID, Sequence[Parts]] = {}
    total: Sequence[Parts] = [{}] * count
    if asked.conversion is not None and sums.worths is not None:
        notes = Notes(asked.conversion, parts_of(sums.worths), count)
        parts, total = notes.rolled_up(asked.expenses), notes.total(ids)
    return Spent(
        dict(figures.rolled_up(asked.expenses).of_accounts.items()),
        figures.total(ids),
        dict(parts.items()),
        total,
        None if sums.moved is None else dict(sums.moved.rolled_up(asked.expenses).of_accounts.items()),
    )


def _columns(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Cells by period."""
    columns: dict[int, list[Cell]] = {}
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
