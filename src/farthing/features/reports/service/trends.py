"""Trends: a month against the average and the median of the months before it, without any budget."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import Pace, TrendsQuery
from farthing.features.reports.service.amounts import ROUNDED, cells, divided, is_nothing, median, money, share
from farthing.features.reports.service.conversion import AS_POSTED, Notes, Parts, parts_of
from farthing.features.reports.service.figures import Figures, Sums, minus, summed, turned
from farthing.features.reports.service.layouts import INCOME_STATEMENT, Section
from farthing.features.reports.service.links import LineLinks, TransactionLinks
from farthing.features.reports.service.valuing import ValuingService, check_known
from farthing.ledger.accounts import SEPARATOR, AccountKind
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Interval, Period, cut, month_end, month_of, months_before

ONE = Decimal(1)


class TrendService:
    """Holds a month against those before."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.valuing = ValuingService(work)

    async def draw_up(self, wanted: TrendsQuery) -> dict[str, Any]:
        """Income and expenses of a month, by category, against the months before.

        Raises:
            RevisionUnknown: the book hasn't come that far.
            CurrencyUnknown: there is no such currency as it is to be told in.
            OptionUnfit: what was paid is asked as of an earlier state of the book.
        """
        day = wanted.date or self.work.today()
        counted = _counted(day, wanted.months, wanted.pace)
        known_at = await self.accounts.stood_at(wanted.known_at)
        conversion = await self.valuing.asked(wanted)
        check_known(known_at, conversion)
        chart = await self.accounts.whole_chart(known_at)
        kinds = frozenset[AccountKind]().union(*(section.kinds for section in INCOME_STATEMENT.sections))
        periods, places = _laid_out(counted)
        rows = await self.reports.sums(
            periods,
            with_earlier=False,
            account_ids=[account["id"] for account in chart if AccountKind(account["kind"]) in kinds],
            known_at=known_at,
        )
        laid_out = Figures.of_rows(rows, len(periods), cumulative=False)
        parts: Mapping[UUID, Sequence[Parts]] = {}
        if conversion is not None:
            worths = await self.valuing.worths(conversion, laid_out, periods, cumulative=False, known_at=known_at)
            sections = [
                [account["id"] for account in chart if section.has(account)] for section in INCOME_STATEMENT.sections
            ]
            laid_out = conversion.figures(worths, sections, len(periods))
            parts = {id_: [own[place] for place in places] for id_, own in parts_of(worths).items()}
        figures = Figures(
            len(counted), {id_: [each[place] for place in places] for id_, each in laid_out.of_accounts.items()}
        )
        notes = None if conversion is None else Notes(conversion, parts, len(counted))
        posted = {code for own in parts.values() for each in own for code in each}
        currencies = await self.currencies.look_up({self.work.opened.currency, *figures.currencies, *posted})
        sheet = _TrendSheet(wanted, self.work.book_id, day, counted, notes, currencies)
        return {
            "report": "trends",
            "date": day,
            "pace": wanted.pace,
            "scale": sheet.scale.quantize(Decimal("0.0001")) if sheet.scale != ONE else ONE,
            "columns": [{"first": period.first, "last": period.last} for period in counted],
            "sections": [
                sheet.section(section, [each for each in chart if section.has(each)], figures)
                for section in INCOME_STATEMENT.sections
            ],
            **(AS_POSTED if conversion is None else conversion.shown()),
        }


class _TrendSheet:
    """Trends on their way to who asked for them."""

    def __init__(
        self,
        wanted: TrendsQuery,
        book_id: UUID,
        day: dt.date,
        counted: Sequence[Period],
        notes: Notes | None,
        currencies: Currencies,
    ) -> None:
        self.wanted = wanted
        self.book_id = book_id
        self.counted = counted
        self.notes = notes
        self.currencies = currencies
        self.scale = ONE
        self._links = TransactionLinks(book_id, {"known_at": wanted.known_at})
        if wanted.pace is Pace.SCALED:
            self.scale = ROUNDED.divide(Decimal(month_end(day).day), Decimal(day.day))

    def section(self, section: Section, accounts: Sequence[Mapping[str, Any]], figures: Figures) -> dict[str, Any]:
        """Income or expenses: a row for each category, and what they come to."""
        ids = [account["id"] for account in accounts]
        total = self._turned(section, figures.total(ids))
        rolled_up = figures.rolled_up(accounts)
        parts = {} if self.notes is None else self.notes.rolled_up(accounts)
        none: Sequence[dict[str, Any]] = [{}] * len(self.counted)
        rows = []
        for account in accounts:
            own = rolled_up.of_accounts.get(account["id"], none)
            depth = account["full_name"].count(SEPARATOR)
            if (self.wanted.depth is None or depth <= self.wanted.depth) and (self.wanted.empty or not is_nothing(own)):
                rows.append(self._row(section, account, own, parts.get(account["id"], none)))
        of_total = none if self.notes is None else self.notes.total(ids)
        return {
            "section": section.name,
            "rows": rows,
            "totals": [
                {**cell, "lines": lines}
                for cell, lines in zip(self._cells(section, total, of_total), self._lines(section), strict=True)
            ],
            "total": self._trend(total),
        }

    def _row(
        self, section: Section, account: Mapping[str, Any], own: Sequence[Sums], parts: Sequence[Parts]
    ) -> dict[str, Any]:
        figures = self._turned(section, own)
        return {
            "account_id": account["id"],
            "account": account["full_name"],
            "name": account["name"],
            "parent_id": account["parent_id"],
            "depth": account["full_name"].count(SEPARATOR),
            "figures": [
                {**cell, "transactions": self._links.of(account["id"], period.first, period.last)}
                for cell, period in zip(self._cells(section, figures, parts), self.counted, strict=True)
            ],
            **self._trend(figures),
        }

    def _cells(self, section: Section, figures: Sequence[Sums], parts: Sequence[Parts]) -> list[dict[str, Any]]:
        if self.notes is None:
            return [{**cell, "converted": None} for cell in cells(figures, None, self.currencies)]
        noted = self.notes.conversion.noted
        return [
            {**cell, "converted": noted(of_it, self.currencies, is_turned=section.is_turned)}
            for cell, of_it in zip(cells(figures, None, self.currencies), parts, strict=True)
        ]

    def _lines(self, section: Section) -> list[str | None]:
        """Where the lines of a section are, month by month."""
        if section.lines is None:
            return [None] * len(self.counted)
        links = LineLinks(self.book_id, section.lines.value, {"known_at": self.wanted.known_at})
        return [links.of([], period.first, period.last) for period in self.counted]

    def _trend(self, figures: Sequence[Sums]) -> dict[str, Any]:
        *before, now = figures
        if self.scale != ONE:
            now = {
                currency: self.currencies.rounded(ROUNDED.multiply(amount, self.scale), currency)
                for currency, amount in now.items()
            }
        average = divided(summed(before), len(before), self.currencies)
        return {
            "amounts": money(now, self.currencies),
            "average": money(average, self.currencies),
            "median": money(median(before, self.currencies), self.currencies),
            "change": money(minus(now, average), self.currencies),
            "ratio": share(now, average),
        }

    @staticmethod
    def _turned(section: Section, figures: Sequence[Sums]) -> Sequence[Sums]:
        return [turned(sums) for sums in figures] if section.is_turned else figures


def _counted(day: dt.date, months: int, pace: Pace) -> list[Period]:
    """The days that count of each month, oldest first. This month is the last, up to the day."""
    whole = cut(months_before(month_of(day), months), month_end(day), Interval.MONTH)
    is_over = day == month_end(day)
    if pace is not Pace.SAME_DAY or is_over:
        return [*whole[:-1], Period(whole[-1].first, day)]
    return [Period(each.first, min(each.last, each.first + dt.timedelta(days=day.day - 1))) for each in whole]


def _laid_out(counted: Sequence[Period]) -> tuple[list[Period], list[int]]:
    """Consecutive periods that have these among them, and the places of these."""
    periods: list[Period] = []
    places: list[int] = []
    for period in counted:
        if periods and (gap := periods[-1].last + dt.timedelta(days=1)) < period.first:
            periods.append(Period(gap, period.first - dt.timedelta(days=1)))
        places.append(len(periods))
        periods.append(period)
    return periods, places
