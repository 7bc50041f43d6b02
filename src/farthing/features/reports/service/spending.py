"""Spending: what went onto expense accounts, by category, payee, tag, or the account it was paid from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.errors import OptionUnfit, ReportTooLarge
from farthing.features.reports.line_repository import Grouping, LineRepository, Scope
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.schemas import UNFIT, Compare, Lines, SpendingBy, SpendingQuery
from farthing.features.reports.service.amounts import cells, divided, is_nothing, money, nothing, share
from farthing.features.reports.service.figures import Figures, Sums, plus, summed
from farthing.features.reports.service.lines import AND_UNDER, HOLDINGS, NONE, periods_of
from farthing.features.reports.service.links import LineLinks
from farthing.features.reports.service.pivot import MOST_CELLS
from farthing.features.reports.service.sheet import Chart
from farthing.features.reports.service.statement import EARLIER
from farthing.ledger.accounts import SEPARATOR, AccountKind
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Period

GROUPINGS = {
    SpendingBy.PAYEE: Grouping.PAYEE,
    SpendingBy.TAG: Grouping.TAG,
    SpendingBy.ACCOUNT: Grouping.OTHER_ACCOUNT,
}
SEEN_BY = {SpendingBy.PAYEE: "payees:read", SpendingBy.TAG: "tags:read"}
"""What lets one see names that aren't accounts'."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, by period: in each row, and in all, everything once."""

    of_rows: Mapping[UUID | None, Sequence[Sums]]
    total: Sequence[Sums]


@dataclass(frozen=True, slots=True)
class RowName:
    """What a row is called, and where it stands."""

    id: UUID | None
    name: str | None
    parent_id: UUID | None = None
    depth: int = 1


class SpendingService:
    """Breaks spending down."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.lines = LineRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(self, wanted: SpendingQuery) -> dict[str, Any]:
        """What was spent in each period.

        Raises:
            OptionUnfit: an option isn't for this kind of rows.
            PeriodsUnfit: the range is turned round, or holds too many periods.
            AccountUnknown: there is no such expense account.
            PermissionMissing: the role doesn't let one see what the rows are called.
            ReportTooLarge: there would be too many cells.
        """
        self._check(wanted)
        last = wanted.date_to or self.work.today()
        periods, _ = await periods_of(self.reports, wanted.date_from, last, wanted.interval)
        chart = await self.accounts.whole_chart()
        expenses = await self._expenses(wanted, chart)
        spent = await self._spent(wanted, periods, chart, expenses)
        others: tuple[Period, ...] = ()
        before: Spent | None = None
        if wanted.compare is not Compare.NONE:
            others = tuple(map(EARLIER[wanted.compare], periods))
            before = await self._apart(wanted, others, chart, expenses)
        names = await self._names(wanted, chart, expenses, spent, before)
        names = [name for name in names if wanted.empty or self._is_shown(name, spent, before)]
        if wanted.top is not None:
            names = names[: wanted.top]
        if len(names) * len(periods) > MOST_CELLS:
            raise ReportTooLarge.in_parameter(
                "interval", what=f"more than {MOST_CELLS:,} cells", most=f"{MOST_CELLS:,}"
            )
        codes = {code for figures in (spent, before) if figures for sums in figures.total for code in sums}
        sheet = _SpendingSheet(wanted, self.work.book_id, periods, spent, before, await self.currencies.look_up(codes))
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
        }

    def _check(self, wanted: SpendingQuery) -> None:
        if wanted.by in SEEN_BY:
            self.work.allow(SEEN_BY[wanted.by])
        for option, problem in UNFIT[wanted.by].items():
            if getattr(wanted, option):
                raise OptionUnfit.in_parameter(option, problem=problem)

    async def _expenses(self, wanted: SpendingQuery, chart: Chart) -> Chart:
        expenses = [account for account in chart if account["kind"] == AccountKind.EXPENSE]
        if wanted.category is None:
            return expenses
        within = set(await self.accounts.resolve_tree(Reference(wanted.category, "category", is_parameter=True)))
        expenses = [account for account in expenses if account["id"] in within]
        if not expenses:
            raise AccountUnknown.in_parameter("category", near="")
        return expenses

    async def _spent(self, wanted: SpendingQuery, periods: Sequence[Period], chart: Chart, expenses: Chart) -> Spent:
        """What was spent in consecutive periods."""
        ids = [account["id"] for account in expenses]
        if wanted.by is SpendingBy.CATEGORY:
            rows = await self.reports.sums(periods, with_earlier=False, account_ids=ids)
            figures = Figures.of_rows(rows, len(periods), cumulative=False)
            rolled_up: dict[UUID | None, Sequence[Sums]] = dict(figures.rolled_up(expenses).of_accounts.items())
            return Spent(rolled_up, figures.total(ids))
        others = _with_those_above(chart) if wanted.by is SpendingBy.ACCOUNT else []
        scope = Scope(periods[0].first, periods[-1].last, ids, others=others)
        starts = [period.first for period in periods]
        grouping = GROUPINGS[wanted.by]
        found = await self.lines.grouped(scope, [grouping, Grouping.PERIOD], [[], starts], most=MOST_CELLS + 1)
        if len(found) > MOST_CELLS:
            raise ReportTooLarge.in_parameter(
                "interval", what=f"more than {MOST_CELLS:,} cells", most=f"{MOST_CELLS:,}"
            )
        of_rows: dict[UUID | None, list[Sums]] = {}
        for row in found:
            own = of_rows.setdefault(row.key_0, [{} for _ in periods])
            own[row.key_1 - 1][row.currency] = row.amount
        if not grouping.is_manifold:
            total = nothing(len(periods))
            for own in of_rows.values():
                total = [*map(plus, total, own)]
            return Spent(of_rows, total)
        once: list[Sums] = [{} for _ in periods]
        for row in await self.lines.grouped(scope, [Grouping.PERIOD], [starts], most=MOST_CELLS):
            once[row.key_0 - 1][row.currency] = row.amount
        return Spent(of_rows, once)

    async def _apart(self, wanted: SpendingQuery, periods: Sequence[Period], chart: Chart, expenses: Chart) -> Spent:
        """What was spent in periods that needn't follow each other."""
        if all(one.last < other.first and (other.first - one.last).days == 1 for one, other in pairwise(periods)):
            return await self._spent(wanted, periods, chart, expenses)
        each = [await self._spent(wanted, [period], chart, expenses) for period in periods]
        ids = {id_ for spent in each for id_ in spent.of_rows}
        none = nothing(1)
        return Spent(
            {id_: [spent.of_rows.get(id_, none)[0] for spent in each] for id_ in ids},
            [spent.total[0] for spent in each],
        )

    async def _names(self, wanted: SpendingQuery, chart: Chart, expenses: Chart, *spent: Spent | None) -> list[RowName]:
        """The rows, in their order: those of a chart in its own, others by what was spent, the largest first."""
        if wanted.by is SpendingBy.CATEGORY:
            return _of_chart(expenses, wanted.depth)
        ids = {id_ for each in spent if each for id_ in each.of_rows}
        nameless = [RowName(None, None)] if None in ids else []
        if wanted.by is SpendingBy.ACCOUNT:
            holdings = [account for account in chart if AccountKind(account["kind"]) in HOLDINGS]
            return [*_of_chart(holdings, wanted.depth), *nameless]
        named = await self.lines.names(GROUPINGS[wanted.by], [id_ for id_ in ids if id_ is not None])
        rows = [*(RowName(id_, name) for id_, name in named.items()), *nameless]
        own = self.work.opened.currency

        def size(row: RowName) -> tuple[Decimal, Decimal, str]:
            total = summed(spent[0].of_rows.get(row.id, ())) if spent[0] else {}
            return -total.get(own, Decimal(0)), -sum(total.values(), Decimal(0)), (row.name or "").casefold()

        return sorted(rows, key=size)

    @staticmethod
    def _is_shown(name: RowName, *spent: Spent | None) -> bool:
        return not all(each is None or is_nothing(each.of_rows.get(name.id, ())) for each in spent)


class _SpendingSheet:
    """Spending on its way to who asked for it."""

    def __init__(
        self,
        wanted: SpendingQuery,
        book_id: UUID,
        periods: Sequence[Period],
        spent: Spent,
        before: Spent | None,
        currencies: Currencies,
    ) -> None:
        self.wanted = wanted
        self.links = LineLinks(book_id, Lines.EXPENSES.value, {})
        self.periods = periods
        self.spent = spent
        self.before = before
        self.currencies = currencies
        self.whole = summed(spent.total)

    def row(self, name: RowName) -> dict[str, Any]:
        none = nothing(len(self.periods))
        own = self.spent.of_rows.get(name.id, none)
        other = self.before.of_rows.get(name.id, none) if self.before else None
        total = summed(own)
        where = self._where(name)
        return {
            "id": name.id,
            "name": name.name,
            "parent_id": name.parent_id,
            "depth": name.depth,
            "figures": [
                {**cell, "transactions": self.links.of(where, period.first, period.last)}
                for cell, period in zip(cells(own, other, self.currencies), self.periods, strict=True)
            ],
            "total": money(total, self.currencies),
            "average": money(divided(total, len(self.periods), self.currencies), self.currencies),
            "share": share(total, self.whole),
        }

    def totals(self) -> dict[str, Any]:
        average = divided(self.whole, len(self.periods), self.currencies)
        return {
            "totals": cells(self.spent.total, self.before.total if self.before else None, self.currencies),
            "total": money(self.whole, self.currencies),
            "average": money(average, self.currencies),
        }

    def _where(self, name: RowName) -> list[str]:
        kind = self.wanted.by.value
        if name.id is None:
            where = [f"{kind}:{NONE}"]
        elif self.wanted.by in {SpendingBy.CATEGORY, SpendingBy.ACCOUNT}:
            where = [f"{kind}:{name.id}{AND_UNDER}"]
        else:
            where = [f"{kind}:{name.id}"]
        return where


def _of_chart(accounts: Chart, depth: int | None) -> list[RowName]:
    return [
        RowName(account["id"], account["full_name"], account["parent_id"], account["full_name"].count(SEPARATOR))
        for account in accounts
        if depth is None or account["full_name"].count(SEPARATOR) <= depth
    ]


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
