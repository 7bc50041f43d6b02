"""Sums of lines, told apart in any way: as they were posted, or what they are worth in one currency."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.reports.errors import ReportTooLarge
from farthing.features.reports.line_repository import LineRepository
from farthing.features.reports.line_scope import Foreign, Grouping, Scope
from farthing.features.reports.service.conversion import BY_POSTING, Conversion, K, Lot, Worth, count_lot, exchanged
from farthing.features.reports.service.figures import NOTHING, Sums, plus
from farthing.features.reports.service.valuing import ValuingService
from farthing.features.reports.valued_schemas import Valued
from farthing.ledger.money import EXACT
from farthing.ledger.periods import Period
from farthing.ledger.rates import Rates

MOST_CELLS = 20_000
MOST_LOTS = 100_000
"""So many amounts are converted for one report: each day's, where each posting is valued by its own."""


V = TypeVar("V")
Cell = tuple[Any, int]
"""What lines have in common, and the place of their period."""


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What lines come to, by what they have in common and by period.

    ``natives`` is what was posted, and what refunds ``moved`` with it, if they count; ``worths`` is what that is worth,
    if it is valued.
    """

    natives: Mapping[Cell, Sums]
    worths: Mapping[Cell, Worth] | None
    moved: Mapping[Cell, Sums] | None


class LineSumService:
    """Adds lines up."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lines = LineRepository(work)
        self.valuing = ValuingService(work)

    async def rows(
        self,
        scope: Scope,
        by: Sequence[Grouping],
        starts: Sequence[Sequence[dt.date]],
        conversion: Conversion | None,
        *,
        moved: bool = False,
        parameter: str,
    ) -> list[Row]:
        """What lines come to, as :meth:`LineRepository.grouped` answers: as finely as they are to be valued.

        Args:
            scope: which lines.
            by: what they are told apart by.
            starts: for each grouping, where it is by period the first days of those.
            conversion: how they are to be valued; None: they aren't.
            moved: what refunds move, instead of lines as they were posted.
            parameter: what to blame if there is too much of it.

        Raises:
            ReportTooLarge: they come to more than a report shows, or converts.
        """
        foreign, most, what = None, MOST_CELLS, "cells"
        if conversion is not None and conversion.valued in BY_POSTING:
            foreign = Foreign(conversion.currency, at_cost=conversion.valued is Valued.COST)
            most, what = MOST_LOTS, "amounts to convert"
        rows = await self.lines.grouped(scope, by, starts, foreign=foreign, moved=moved, most=most + 1)
        check_size(len(rows), parameter, most=most, what=what)
        return rows

    async def in_periods(
        self,
        scope: Scope,
        periods: Sequence[Period],
        grouping: Grouping | None,
        conversion: Conversion | None,
        *,
        net_of_refunds: bool = False,
    ) -> PeriodSums:
        """What lines come to in consecutive periods, told apart besides, if by anything.

        Raises:
            ReportTooLarge: they come to more than a report shows, or converts.
        """
        by, starts = [Grouping.PERIOD], [[period.first for period in periods]]
        if grouping is not None:
            by, starts = [grouping, *by], [[], *starts]
        rows: dict[Cell, list[Row]] = {}
        moved: dict[Cell, Sums] = {}
        for is_moved in (False, True) if net_of_refunds else (False,):
            for row in await self.rows(scope, by, starts, conversion, moved=is_moved, parameter="interval"):
                cell = None if grouping is None else row.key_0, row[len(by) - 1] - 1
                rows.setdefault(cell, []).append(row)
                if is_moved:
                    moved[cell] = plus(moved.get(cell, NOTHING), {row.currency: row.amount})
        worths = None
        if conversion is not None:
            worths = await self.worths(conversion, rows, lambda cell: periods[cell[1]].last, known_at=scope.known_at)
        return PeriodSums({cell: added(own) for cell, own in rows.items()}, worths, moved if net_of_refunds else None)

    async def worths(
        self,
        conversion: Conversion,
        rows: Mapping[K, Sequence[Row]],
        end: Callable[[K], dt.date],
        *,
        measured: str = "amount",
        known_at: int | None = None,
    ) -> dict[K, Worth]:
        """What rows are worth.

        Args:
            conversion: in which currency, by which rates.
            rows: those of each figure, as :meth:`rows` answers for this conversion.
            end: the last day of the period that a figure is of.
            measured: which of their sums counts.
            known_at: by the rates that were known at this revision.
        """
        today = self.work.today()

        def lot(key: K, row: Row) -> Lot:
            amount: Decimal = row[measured]
            if conversion.valued is Valued.TODAY:
                return Lot(currency=row.currency, amount=amount, valued_on=today)
            if conversion.valued not in BY_POSTING or row.day is None:
                return Lot(currency=row.currency, amount=amount, valued_on=end(key))
            cost = _paid(row, amount) if conversion.valued is Valued.COST else None
            return Lot(
                currency=row.currency,
                amount=amount,
                valued_on=row.day,
                cost_currency=None if cost is None else row.cost_currency,
                cost=cost,
            )

        lots = {key: [lot(key, row) for row in own] for key, own in rows.items()}
        everything = [each for own in lots.values() for each in own if each.currency != conversion.currency]
        rates = await self.valuing.rates_of(everything, conversion.currency, known_at=known_at)
        worths = await asyncio.to_thread(_counted, conversion, rates, lots)
        conversion.leave(worths.values())
        return worths


def added(rows: Iterable[Row], measured: str = "amount") -> Sums:
    """What rows come to in the currencies they are in, by one of their sums."""
    sums: Sums = {}
    for row in rows:
        currency, amount = row["currency"], row[measured]
        sums[currency] = EXACT.add(sums[currency], amount) if currency in sums else amount
    return sums


def by_row(cells: Mapping[Cell, V], periods: int, nothing: Callable[[], V]) -> dict[Any, list[V]]:
    """Cells by what their lines have in common: each a list of all periods, oldest first."""
    found: dict[Any, list[V]] = {}
    for (key, place), value in cells.items():
        own = found.get(key)
        if own is None:
            own = found[key] = [nothing() for _ in range(periods)]
        own[place] = value
    return found


def check_size(count: int, parameter: str, *, most: int = MOST_CELLS, what: str = "cells") -> None:
    """Refuse what would be too large.

    Raises:
        ReportTooLarge: it is.
    """
    if count > most:
        raise ReportTooLarge.in_parameter(parameter, what=f"more than {most:,} {what}", most=f"{most:,}")


def _paid(row: Row, amount: Decimal) -> Fraction | None:
    """What was paid for an amount, as it is noted or was exchanged."""
    if row.cost is not None:
        return Fraction(row.cost) * Fraction(amount)
    return exchanged(amount, row.given, row.taken) if row.taken else None


def _counted(conversion: Conversion, rates: Rates, lots: Mapping[K, Sequence[Lot]]) -> dict[K, Worth]:
    worths: dict[K, Worth] = {}
    for key, own in lots.items():
        worths[key] = worth = Worth()
        for each in own:
            count_lot(conversion, rates, worth, each)
    return worths
