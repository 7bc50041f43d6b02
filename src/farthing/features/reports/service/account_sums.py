"""Sums of accounts by period, in the currencies they were posted in and valued: from sums of months, or from lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from farthing.core.work import Work
from farthing.features.journal.models import PostingStatus
from farthing.features.reports.line_scope import Grouping, Scope
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.service.conversion import Conversion, Worth, Worths
from farthing.features.reports.service.figures import Figures
from farthing.features.reports.service.line_sums import LineSumService, by_row
from farthing.features.reports.service.valuing import ValuingService, moved_figures
from farthing.ledger.periods import Period


@dataclass(frozen=True, slots=True)
class AccountSums:
    """What was posted to accounts by themselves, and what refunds ``moved`` with it, if they count; and its worth."""

    natives: Figures
    worths: Worths | None
    moved: Figures | None

    def figures(self, conversion: Conversion | None, sections: Sequence[Sequence[UUID]]) -> Figures:
        """As they are shown: rounded, where they are told in one currency."""
        if conversion is None or self.worths is None:
            return self.natives
        return conversion.figures(self.worths, sections, self.natives.periods)


class AccountSumService:
    """Adds up what was posted to accounts."""

    def __init__(self, work: Work) -> None:
        self.reports = ReportRepository(work)
        self.lines = LineSumService(work)
        self.valuing = ValuingService(work)

    async def from_months(
        self,
        account_ids: Sequence[UUID],
        periods: Sequence[Period],
        conversion: Conversion | None,
        *,
        cumulative: bool = False,
        status: PostingStatus | None = None,
        known_at: int | None = None,
        net_of_refunds: bool = False,
    ) -> AccountSums:
        """What was posted in consecutive periods, or held at their ends: it costs the same after ten years.

        Args:
            account_ids: to which accounts.
            periods: oldest first.
            conversion: how it is valued; None: it isn't.
            cumulative: whether a figure is what was held at the period's end.
            status: of postings of which status only.
            known_at: at which revision it was known.
            net_of_refunds: whether what came back counts where and when it had been spent.
        """
        moved = []
        if net_of_refunds:
            moved = await self.valuing.refunds(first=periods[0].first, last=periods[-1].last)
        rows = await self.reports.sums(
            periods,
            with_earlier=cumulative,
            account_ids=account_ids,
            statuses=None if status is None else [status],
            known_at=known_at,
        )
        natives = Figures.of_rows(rows, len(periods), cumulative=cumulative)
        shifted: Figures | None = None
        if net_of_refunds:
            shifted = moved_figures(moved, periods, account_ids)
            natives = natives.with_others(shifted)
        if conversion is None:
            return AccountSums(natives, None, shifted)
        worths = await self.valuing.worths(
            conversion, natives, periods, cumulative=cumulative, status=status, known_at=known_at, moved=moved
        )
        return AccountSums(natives, worths, shifted)

    async def from_lines(
        self, scope: Scope, periods: Sequence[Period], conversion: Conversion | None, *, net_of_refunds: bool
    ) -> AccountSums:
        """What was posted in consecutive periods, by lines that the sums of months can't tell from others.

        Raises:
            ReportTooLarge: it comes to more than a report shows, or converts.
        """
        sums = await self.lines.in_periods(
            scope, periods, Grouping.OWN_ACCOUNT, conversion, net_of_refunds=net_of_refunds
        )
        count = len(periods)
        return AccountSums(
            Figures(count, by_row(sums.natives, count, dict)),
            None if sums.worths is None else by_row(sums.worths, count, Worth),
            None if sums.moved is None else Figures(count, by_row(sums.moved, count, dict)),
        )
