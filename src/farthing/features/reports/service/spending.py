"""Spending: what went onto expense accounts, by category, payee, tag, or the account it was paid from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from farthing.core.work import Work
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.errors import OptionUnfit
from farthing.features.reports.line_repository import LineRepository
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import UNFIT, Compare, SpendingBy, SpendingQuery
from farthing.features.reports.service.amounts import is_nothing
from farthing.features.reports.service.conversion import AS_POSTED
from farthing.features.reports.service.figures import summed
from farthing.features.reports.service.line_sums import check_size
from farthing.features.reports.service.lines import HOLDINGS, periods_of
from farthing.features.reports.service.links import AND_UNDER
from farthing.features.reports.service.sheet import Chart
from farthing.features.reports.service.spending_sheet import RowName, SpendingSheet
from farthing.features.reports.service.spent import GROUPINGS, Asked, Spent, SpentService
from farthing.features.reports.service.statement import EARLIER
from farthing.features.reports.service.valuing import ValuingService, check_known
from farthing.ledger.accounts import SEPARATOR, AccountKind
from farthing.ledger.periods import Period

FILTERS = {"account", "payee_id", "tag"}
"""What may hold of the transactions whose lines count."""


class SpendingService:
    """Breaks spending down."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.lines = LineRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.adding = SpentService(work)
        self.valuing = ValuingService(work)

    async def draw_up(self, wanted: SpendingQuery) -> dict[str, Any]:
        """What was spent in each period.

        Raises:
            OptionUnfit: an option isn't for this kind of rows, or for an earlier state of the book.
            RevisionUnknown: the book hasn't come that far.
            PeriodsUnfit: the range is turned round, or holds too many periods.
            AccountUnknown, TagUnknown: there is no such account or tag.
            CurrencyUnknown: there is no such currency as it is to be told in.
            PermissionMissing: the role doesn't let one see payees, or tags.
            ReportTooLarge: there would be too many cells.
        """
        self._check(wanted)
        last = wanted.date_to or self.work.today()
        periods, _ = await periods_of(self.reports, wanted.date_from, last, wanted.interval)
        asked = await self._asked(wanted)
        spent = await self.adding.in_periods(asked, periods)
        others: tuple[Period, ...] = ()
        before: Spent | None = None
        if wanted.compare is not Compare.NONE:
            others = tuple(map(EARLIER[wanted.compare], periods))
            before = await self.adding.in_periods(asked, others)
        names = await self._names(wanted, asked, spent, before)
        names = [name for name in names if wanted.empty or self._is_shown(name, spent, before)]
        if wanted.top is not None:
            names = names[: wanted.top]
        check_size(len(names) * len(periods), "interval")
        codes = spent.currencies | (before.currencies if before else set())
        currencies = await self.currencies.look_up(codes)
        sheet = SpendingSheet(asked, self.work.book_id, periods, spent, before, currencies)
        return {
            "report": "spending",
            "by": wanted.by,
            "date_from": periods[0].first,
            "date_to": periods[-1].last,
            "columns": [
                {
                    "first": period.first,
                    "last": period.last,
                    "compared": {"first": others[place].first, "last": others[place].last} if others else None,
                }
                for place, period in enumerate(periods)
            ],
            "rows": [sheet.row(name) for name in names],
            "overlapping": wanted.by in {SpendingBy.TAG, SpendingBy.ACCOUNT},
            **sheet.totals(),
            **(AS_POSTED if asked.conversion is None else asked.conversion.shown()),
        }

    def _check(self, wanted: SpendingQuery) -> None:
        if wanted.by is SpendingBy.PAYEE or wanted.payee_id is not None:
            self.work.allow("payees:read")
        if wanted.by is SpendingBy.TAG or wanted.tag:
            self.work.allow("tags:read")
        for option, problem in UNFIT[wanted.by].items():
            if getattr(wanted, option):
                raise OptionUnfit.in_parameter(option, problem=problem)

    async def _asked(self, wanted: SpendingQuery) -> Asked:
        """What is told of which expenses."""
        known_at = await self.accounts.stood_at(wanted.known_at)
        conversion = await self.valuing.asked(wanted)
        check_known(known_at, conversion, net_of_refunds=wanted.net_of_refunds)
        chart = await self.accounts.whole_chart(known_at)
        expenses = [account for account in chart if account["kind"] == AccountKind.EXPENSE]
        conditions = []
        if wanted.category is not None:
            named = Reference(wanted.category, "category", is_parameter=True)
            within = await self.accounts.resolve_tree(named, known_at)
            expenses = [account for account in expenses if account["id"] in set(within)]
            conditions = [f"category:{within[0]}{AND_UNDER}"]
        if wanted.category is not None and not expenses:
            raise AccountUnknown.in_parameter("category", near="")
        if wanted.status is not None:
            conditions.append(f"status:{wanted.status.value}")
        return Asked(
            wanted.by,
            chart,
            expenses,
            conditions,
            conversion,
            wanted.model_dump(include=FILTERS, exclude_defaults=True),
            wanted.status,
            wanted.net_of_refunds,
            known_at,
        )

    async def _names(self, wanted: SpendingQuery, asked: Asked, *spent: Spent | None) -> list[RowName]:
        """The rows, in their order: those of a chart in its own, others by what was spent, the largest first."""
        if wanted.by is SpendingBy.CATEGORY:
            return _of_chart(asked.expenses, wanted.depth)
        ids = {id_ for each in spent if each for id_ in each.of_rows}
        nameless = [RowName(None, None)] if None in ids else []
        if wanted.by is SpendingBy.ACCOUNT:
            holdings = [account for account in asked.chart if AccountKind(account["kind"]) in HOLDINGS]
            return [*_of_chart(holdings, wanted.depth), *nameless]
        named = await self.lines.names(GROUPINGS[wanted.by], [id_ for id_ in ids if id_ is not None], asked.known_at)
        rows = [*(RowName(id_, name) for id_, name in named.items()), *nameless]
        own = self.work.opened.currency if asked.conversion is None else asked.conversion.currency

        def size(row: RowName) -> tuple[Decimal, Decimal, str]:
            total = summed(spent[0].of_rows.get(row.id, ())) if spent[0] else {}
            return -total.get(own, Decimal(0)), -sum(total.values(), Decimal(0)), (row.name or "").casefold()

        return sorted(rows, key=size)

    @staticmethod
    def _is_shown(name: RowName, *spent: Spent | None) -> bool:
        return not all(each is None or is_nothing(each.of_rows.get(name.id, ())) for each in spent)


def _of_chart(accounts: Chart, depth: int | None) -> list[RowName]:
    return [
        RowName(account["id"], account["full_name"], account["parent_id"], account["full_name"].count(SEPARATOR))
        for account in accounts
        if depth is None or account["full_name"].count(SEPARATOR) <= depth
    ]
