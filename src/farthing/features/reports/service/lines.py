"""Lines of transactions: which of them a figure is made of, and the way from the figure to them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.errors import OptionUnfit, PeriodsUnfit
from farthing.features.reports.line_repository import LineRepository
from farthing.features.reports.line_scope import Grouping, Scope, Where
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import CountedFilter, Dimension, Lines, LinesQuery
from farthing.features.reports.service.links import AND_UNDER, NONE
from farthing.features.reports.service.sheet import Chart
from farthing.features.transactions.schemas import TransactionFilter
from farthing.features.transactions.service.find import FindService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import FIRST_DAY, LAST_DAY, as_id
from farthing.ledger.accounts import SEPARATOR, AccountKind
from farthing.ledger.periods import MOST_PERIODS, Calendar, Interval, Period, PeriodsTooMany, cut

CATEGORIES = frozenset({AccountKind.INCOME, AccountKind.EXPENSE})
HOLDINGS = frozenset({AccountKind.ASSET, AccountKind.LIABILITY})
COUNTED = {
    Lines.CATEGORIES: CATEGORIES,
    Lines.EXPENSES: frozenset({AccountKind.EXPENSE}),
    Lines.INCOME: frozenset({AccountKind.INCOME}),
    Lines.ACCOUNTS: HOLDINGS,
}
"""The kinds of the accounts whose lines count."""


class LineService:
    """The lines that figures are made of."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lines = LineRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.finding = FindService(work)

    async def find(self, wanted: LinesQuery) -> Page[dict[str, Any]]:
        """A page of the lines that filters match, oldest first.

        Raises:
            SearchMalformed, AccountUnknown, TagUnknown: a filter can't be read, or names what the book hasn't got.
            OptionUnfit: a condition can't be read.
            CursorMalformed: the cursor isn't this list's.
            RevisionUnknown: the book hasn't come that far.
        """
        known_at = await self.accounts.stood_at(wanted.known_at)
        chart = await self.accounts.whole_chart(known_at)
        days = wanted.date_from or FIRST_DAY, wanted.date_to or LAST_DAY
        scope = await self.scope(wanted, *days, chart, known_at)
        scope = replace(scope, where=[_read_where(each, wanted.of, chart) for each in wanted.where])
        found = await self.lines.listed(scope, after=_after(wanted), most=wanted.limit + 1)
        page = found[: wanted.limit]
        currencies = await self.currencies.look_up({row.currency for row in page})
        last = page[-1] if len(found) > wanted.limit else None
        return Page(
            [{**dict(row), "amount": currencies.show(row.amount, row.currency)} for row in page],
            wanted.cursor_at(last.date, last.ordinal, last.transaction_id, last.position) if last else None,
        )

    async def scope(
        self, wanted: CountedFilter, first: dt.date, last: dt.date, chart: Chart, known_at: int | None
    ) -> Scope:
        """The lines that count, of transactions that filters match, in these days, as they were known at a revision.

        Raises:
            SearchMalformed, AccountUnknown, TagUnknown: a filter can't be read, or names what the book hasn't got.
        """
        filters = {name: getattr(wanted, name) for name in TransactionFilter.model_fields}
        filters |= {"date_from": first, "date_to": last}
        chosen = await self.finding.chosen(TransactionFilter.model_construct(**filters), known_at)
        counted = [account["id"] for account in chart if AccountKind(account["kind"]) in COUNTED[wanted.of]]
        others = [
            (account["id"], account["id"]) for account in chart if AccountKind(account["kind"]) in across(wanted.of)
        ]
        return Scope(first, last, counted, chosen.ids, chosen.values, others, known_at=known_at)


def across(of: Lines) -> frozenset[AccountKind]:
    """The kinds of accounts on the other side of lines."""
    return CATEGORIES if of is Lines.ACCOUNTS else HOLDINGS


def grouping_of(dimension: Dimension, of: Lines) -> Grouping:
    """How lines are told apart: by their own account, or by those on the other side of their transaction.

    Lines on categories have no status of their own: it is that of their transaction.
    """
    if dimension in {Dimension.ACCOUNT, Dimension.CATEGORY}:
        is_own = (dimension is Dimension.ACCOUNT) == (of is Lines.ACCOUNTS)
        return Grouping.OWN_ACCOUNT if is_own else Grouping.OTHER_ACCOUNT
    if dimension is Dimension.STATUS and of is not Lines.ACCOUNTS:
        return Grouping.TRANSACTION_STATUS
    return Grouping.PERIOD if dimension.interval is not None else Grouping(dimension.value)


def under(account_id: UUID, chart: Chart) -> list[UUID]:
    """An account and all that are under it."""
    names = {account["id"]: account["full_name"] for account in chart}
    if account_id not in names:
        return []
    name = names[account_id]
    return [id_ for id_, other in names.items() if other == name or other.startswith(name + SEPARATOR)]


async def periods_of(
    reports: ReportRepository, first: dt.date | None, last: dt.date, interval: Interval
) -> tuple[tuple[Period, ...], Calendar]:
    """The periods of a range; from the first of the fiscal year, if it isn't said from when.

    Raises:
        PeriodsUnfit: the range is turned round, or holds too many periods.
    """
    calendar = await reports.calendar()
    first = calendar.fiscal_year_of(last) if first is None else first
    if first > last:
        raise PeriodsUnfit.in_parameter("date_from", problem="it begins after it ends")
    try:
        return cut(first, last, interval, calendar), calendar
    except PeriodsTooMany:
        raise PeriodsUnfit.in_parameter("interval", problem=f"it holds more than {MOST_PERIODS} periods") from None


def _after(wanted: LinesQuery) -> tuple[dt.date, int, UUID, int] | None:
    place = wanted.after()
    if place is None:
        return None
    try:
        day, ordinal, id_, position = place
        return dt.date.fromisoformat(day), int(ordinal), UUID(id_), int(position)
    except ValueError:
        raise CursorMalformed from None


def _read_where(text: str, of: Lines, chart: Chart) -> Where:
    name, _, value = text.partition(":")
    grouping = grouping_of(Dimension(name), of)
    if value == NONE and grouping in {Grouping.OTHER_ACCOUNT, Grouping.PAYEE, Grouping.TAG}:
        return Where(grouping, None)
    match grouping:
        case Grouping.OWN_ACCOUNT | Grouping.OTHER_ACCOUNT:
            account_id = as_id(value.removesuffix(AND_UNDER))
            if account_id is not None:
                return Where(grouping, under(account_id, chart) if value.endswith(AND_UNDER) else [account_id])
        case Grouping.PAYEE | Grouping.TAG:
            if (id_ := as_id(value)) is not None:
                return Where(grouping, id_)
        case Grouping.WEEKDAY:
            if value in set("1234567"):
                return Where(grouping, int(value))
        case _:
            return Where(grouping, value)
    raise OptionUnfit.in_parameter("where", problem=f"no {name} is called so")
