"""Valuing: what accounts' figures are worth in one currency, by the rates of ends, of days, or at what was paid."""

from __future__ import annotations

import asyncio
import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.models import PostingStatus
from farthing.features.prices.service.rate import RateService
from farthing.features.reports.errors import OptionUnfit
from farthing.features.reports.lot_repository import LotRepository
from farthing.features.reports.service.conversion import (
    BY_POSTING,
    NONE,
    Conversion,
    Lot,
    PostedLot,
    Worth,
    Worths,
    count,
    count_lot,
    exchanged,
)
from farthing.features.reports.service.figures import Figures, Sums
from farthing.features.reports.valued_schemas import Valued, ValuedQuery
from farthing.kit.wire import FIRST_DAY
from farthing.ledger.currencies import CurrencyUnknown
from farthing.ledger.money import EXACT
from farthing.ledger.periods import Period
from farthing.ledger.rates import Rates, grains


def moved_figures(moved: Iterable[PostedLot], periods: Sequence[Period], account_ids: Collection[UUID]) -> Figures:
    """What is moved between accounts and periods, as figures of some accounts in the currencies it was posted in."""
    within = set(account_ids)
    figures: dict[UUID, list[Sums]] = {}
    for lot in moved:
        for place, period in enumerate(periods):
            if lot.account_id in within and period.first <= lot.counted_on <= period.last:
                sums = figures.setdefault(lot.account_id, [{} for _ in periods])[place]
                sums[lot.currency] = EXACT.add(sums.get(lot.currency, NONE), lot.amount)
    return Figures(len(periods), figures)


def check_known(known_at: int | None, conversion: Conversion | None, *, net_of_refunds: bool = False) -> None:
    """Refuse what only the present can be asked.

    Raises:
        OptionUnfit: it is asked of an earlier state.
    """
    if known_at is None:
        return
    if conversion is not None and conversion.valued is Valued.COST:
        raise OptionUnfit.in_parameter("valued", problem="what was paid isn't told as of an earlier state of the book")
    if net_of_refunds:
        raise OptionUnfit.in_parameter(
            "net_of_refunds", problem="refunds aren't followed as of an earlier state of the book"
        )


class ValuingService:
    """Says what figures are worth."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lots = LotRepository(work)
        self.rates = RateService(work)
        self.currencies = CurrencyService(work)

    async def asked(self, wanted: ValuedQuery, otherwise: Valued = Valued.POSTING) -> Conversion | None:
        """How a report is told in one currency, by other rates if it isn't said by which; None: it isn't asked for.

        Raises:
            CurrencyUnknown: there is no such currency.
        """
        if not wanted.is_valued:
            return None
        return await self.conversion(wanted.currency, wanted.valued or otherwise)

    async def conversion(self, currency: str | None, valued: Valued) -> Conversion:
        """Into a currency, the book's own if none is named, by some rates.

        Raises:
            CurrencyUnknown: there is no such currency.
        """
        code = currency or self.work.opened.currency
        known = (await self.currencies.look_up([code])).find(code)
        if known is None:
            raise CurrencyUnknown.in_parameter("currency", near="")
        return Conversion(code, known.digits, valued)

    async def refunds(self, *, first: dt.date, last: dt.date) -> list[PostedLot]:
        """What moves if refunds count for what they were paid back for: from where they came to where it was spent.

        Their worth is that of the day on which they came.
        """
        lots = []
        for row in await self.lots.refunds(first=first, last=last):
            for account_id, day, amount in (
                (row.back_account_id, row.back_on, row.amount),
                (row.spent_account_id, row.spent_on, EXACT.minus(row.amount)),
            ):
                lots.append(
                    PostedLot(
                        account_id=account_id,
                        counted_on=day,
                        currency=row.currency,
                        amount=amount,
                        valued_on=row.back_on,
                    )
                )
        return lots

    async def worths(
        self,
        conversion: Conversion,
        natives: Figures,
        periods: Sequence[Period],
        *,
        cumulative: bool,
        status: PostingStatus | None = None,
        known_at: int | None = None,
        moved: Sequence[PostedLot] = (),
    ) -> Worths:
        """What accounts' own postings come to in a currency.

        Args:
            conversion: which, and by which rates.
            natives: the figures in the currencies that were posted, ``moved`` included.
            periods: their columns, oldest first; consecutive, where it matters when something was posted.
            cumulative: whether a figure is what was held at the period's end.
            status: of which status only they are.
            known_at: at which revision they were known.
            moved: what counts for another day or account than where it was posted, in any currency.
        """
        if conversion.valued in BY_POSTING:
            worths = await self._by_posting(conversion, natives, periods, cumulative, status, known_at, moved)
        else:
            worths = await self._by_period(conversion, natives, periods, known_at)
        conversion.leave(worth for own in worths.values() for worth in own)
        return worths

    async def _by_period(
        self, conversion: Conversion, natives: Figures, periods: Sequence[Period], known_at: int | None
    ) -> Worths:
        """All of a column by the rates of one day."""
        to = conversion.currency
        today = self.work.today()
        days = [today if conversion.valued is Valued.TODAY else period.last for period in periods]
        rates = await self.rates.rates(natives.currencies, to, set(days), known_at=known_at)
        worths: dict[UUID, list[Worth]] = {}
        for account_id, columns in natives.of_accounts.items():
            worths[account_id] = own = [Worth() for _ in periods]
            for worth, sums, day in zip(own, columns, days, strict=True):
                for currency, amount in sums.items():
                    count(conversion, rates, worth, currency, amount, day)
        return worths

    async def _by_posting(
        self,
        conversion: Conversion,
        natives: Figures,
        periods: Sequence[Period],
        cumulative: bool,
        status: PostingStatus | None,
        known_at: int | None,
        moved: Sequence[PostedLot],
    ) -> Worths:
        """Each posting by the rate of its day, or by what was paid."""
        to = conversion.currency
        foreign = [
            account_id
            for account_id, columns in natives.of_accounts.items()
            if any(currency != to for sums in columns for currency in sums)
        ]
        first = FIRST_DAY if cumulative else periods[0].first
        lots = await self.foreign_lots(
            conversion, foreign, first=first, last=periods[-1].last, status=status, known_at=known_at
        )
        lots += [lot for lot in moved if lot.currency != to]
        rates = await self.rates_of(lots, to, known_at=known_at)
        return await asyncio.to_thread(_counted, conversion, natives, periods, lots, rates, cumulative=cumulative)

    async def foreign_lots(
        self,
        conversion: Conversion,
        account_ids: Collection[UUID],
        *,
        first: dt.date,
        last: dt.date,
        status: PostingStatus | None = None,
        known_at: int | None = None,
    ) -> list[PostedLot]:
        """What was posted to accounts in foreign currencies, by day; with what was paid, if that is asked for."""
        if not account_ids:
            return []
        to = conversion.currency
        if conversion.valued is not Valued.COST:
            found = await self.lots.days(account_ids, to, first=first, last=last, status=status, known_at=known_at)
            return [_posted_lot(row) for row in found]
        lots = []
        for row in await self.lots.costs(account_ids, to, first=first, last=last, status=status):
            cost = None if row.cost is None else Fraction(row.cost)
            if row.taken:
                cost = exchanged(row.amount, row.given, row.taken)
            lots.append(_posted_lot(row, None if cost is None else row.cost_currency, cost))
        return lots

    async def rates_of(self, lots: Sequence[Lot], to: str, *, known_at: int | None = None) -> Rates:
        """The rates that lots are valued by."""
        codes = {lot.cost_currency or lot.currency for lot in lots}
        return await self.rates.rates(codes, to, {lot.valued_on for lot in lots}, known_at=known_at)


def _posted_lot(row: Row, cost_currency: str | None = None, cost: Fraction | None = None) -> PostedLot:
    return PostedLot(
        account_id=row.account_id,
        counted_on=row.date,
        currency=row.currency,
        amount=row.amount,
        valued_on=row.date,
        cost_currency=cost_currency,
        cost=cost,
    )


def _counted(
    conversion: Conversion,
    natives: Figures,
    periods: Sequence[Period],
    lots: Iterable[PostedLot],
    rates: Rates,
    *,
    cumulative: bool,
) -> Worths:
    """What lots are worth, and what was posted in the report's own currency: by account, a column each."""
    foreign = {account_id: [Worth() for _ in periods] for account_id in natives.of_accounts}
    starts = [period.first for period in periods]
    for lot in lots:
        column = bisect_right(starts, lot.counted_on) - 1
        # What is moved may be on accounts, or of days, that aren't asked about.
        if lot.account_id in foreign and lot.counted_on <= periods[-1].last and (column >= 0 or cumulative):
            count_lot(conversion, rates, foreign[lot.account_id][max(column, 0)], lot)
    for account_id, worths in foreign.items():
        if cumulative:
            for before, after in pairwise(worths):
                after.include(before)
        for worth, sums in zip(worths, natives.of_accounts[account_id], strict=True):
            worth.value += grains(sums.get(conversion.currency, NONE))
    return foreign
