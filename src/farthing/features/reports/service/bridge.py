"""The bridge of net worth: what one was worth, what one is worth, and all that lies between."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.reports.bridge_schemas import BridgeQuery
from farthing.features.reports.errors import PeriodsUnfit
from farthing.features.reports.repository import ReportRepository
from farthing.features.reports.service.conversion import Conversion, PostedLot, Worth, count_lot
from farthing.features.reports.service.figures import Figures, summed
from farthing.features.reports.service.layouts import BALANCE_SHEET
from farthing.features.reports.service.sheet import Chart
from farthing.features.reports.service.valuing import ValuingService
from farthing.features.reports.valued_schemas import Valued
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.bridge import FLOWS, Bridge, BridgeStep, Flow, build_bridge
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Period
from farthing.ledger.rates import GRAINS, Rates
from farthing.ledger.rounding import rounded, rounded_together

STEPS = {SystemRole.TRADING: BridgeStep.EXCHANGE, SystemRole.REVALUATION: BridgeStep.REVALUATION}
OWNED = frozenset({AccountKind.ASSET, AccountKind.LIABILITY})


class BridgeService:
    """Draws up bridges."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reports = ReportRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.valuing = ValuingService(work)

    async def draw_up(self, wanted: BridgeQuery) -> dict[str, Any]:
        """The bridge over a range of days.

        Raises:
            PeriodsUnfit: the range is turned round.
            CurrencyUnknown: there is no such currency.
            RevisionUnknown: the book hasn't come that far.
        """
        period = await self._period(wanted)
        known_at = await self.accounts.stood_at(wanted.known_at)
        chart = await self.accounts.whole_chart(known_at)
        conversion = await self.valuing.conversion(wanted.currency, Valued.END)
        eve = period.first - dt.timedelta(days=1)
        ends = [Period(eve, eve), period]
        owned = [account["id"] for account in chart if account["kind"] in OWNED]
        others = [account["id"] for account in chart if account["kind"] not in OWNED]
        held = await self._figures(ends, owned, known_at, cumulative=True)
        worths = await self.valuing.worths(conversion, held, ends, cumulative=True, known_at=known_at)
        sections = [[account["id"] for account in chart if section.has(account)] for section in BALANCE_SHEET.sections]
        before, after = (
            summed(own[place] for own in conversion.figures(worths, sections, len(ends)).of_accounts.values()).get(
                conversion.currency, Decimal(0)
            )
            for place in (0, 1)
        )
        lots = await self._lots(conversion, period, others, known_at)
        codes = held.currencies | {lot.currency for lot in lots}
        days = {eve, period.last, *(lot.valued_on for lot in lots)}
        rates = await self.valuing.rates.rates(codes, conversion.currency, days, known_at=known_at)
        step_of = {account["id"]: _step(account) for account in chart if account["id"] in set(others)}
        bridge = await asyncio.to_thread(
            build_bridge,
            summed(own[0] for own in held.of_accounts.values()),
            summed(own[1] for own in held.of_accounts.values()),
            [Flow(step_of[lot.account_id], lot.currency, lot.valued_on, lot.amount) for lot in lots],
            rates,
            currency=conversion.currency,
            eve=eve,
            last=period.last,
        )
        shown = {step: rounded(Fraction(amount, GRAINS), conversion.digits) for step, amount in bridge.steps.items()}
        currencies = await self.currencies.look_up({conversion.currency, *codes})
        accounts = _Accounts(conversion, chart, lots, rates, self._link(period, wanted.known_at))
        gains = _Gains(conversion, bridge, rates, (eve, period.last), currencies)
        return {
            "date_from": period.first,
            "date_to": period.last,
            "before": before,
            "steps": [
                {
                    "step": step,
                    "amount": amount,
                    "accounts": accounts.of([id_ for id_, its in step_of.items() if its is step]),
                    "gains": [] if step in FLOWS else gains.of(step),
                }
                for step, amount in shown.items()
            ],
            "rounding": after - before - sum(shown.values(), Decimal(0)),
            "after": after,
            **conversion.shown(),
        }

    async def _period(self, wanted: BridgeQuery) -> Period:
        last = wanted.date_to or self.work.today()
        first = wanted.date_from or (await self.reports.calendar()).fiscal_year_of(last)
        if first > last:
            raise PeriodsUnfit.in_parameter("date_from", problem="it begins after it ends")
        return Period(first, last)

    async def _figures(
        self, periods: Sequence[Period], account_ids: Collection[UUID], known_at: int | None, *, cumulative: bool
    ) -> Figures:
        rows = await self.reports.sums(periods, with_earlier=cumulative, account_ids=account_ids, known_at=known_at)
        return Figures.of_rows(rows, len(periods), cumulative=cumulative)

    async def _lots(
        self, conversion: Conversion, period: Period, account_ids: Collection[UUID], known_at: int | None
    ) -> list[PostedLot]:
        """What was posted to accounts: in foreign currencies day by day, in the report's own all at once."""
        posted = await self._figures([period], account_ids, known_at, cumulative=False)
        foreign = [
            account_id
            for account_id, (sums,) in posted.of_accounts.items()
            if any(code != conversion.currency for code in sums)
        ]
        lots = await self.valuing.foreign_lots(
            Conversion(conversion.currency, conversion.digits, Valued.POSTING),
            foreign,
            first=period.first,
            last=period.last,
            known_at=known_at,
        )
        own = ((account_id, sums.get(conversion.currency)) for account_id, (sums,) in posted.of_accounts.items())
        day = period.last
        return [
            *lots,
            *(
                PostedLot(account_id=id_, counted_on=day, currency=conversion.currency, amount=amount, valued_on=day)
                for id_, amount in own
                if amount
            ),
        ]

    def _link(self, period: Period, known_at: int | dt.datetime | None) -> str:
        """Where the transactions of an account are, whose id comes last."""
        asked = {"date_from": period.first.isoformat(), "date_to": period.last.isoformat()}
        if known_at is not None:
            asked["known_at"] = str(known_at)
        return f"/api/v1/books/{self.work.book_id}/transactions?{urlencode(asked)}&account="


class _Accounts:
    """What came by way of accounts, of the uppermost ones each with all that is under it."""

    def __init__(
        self,
        conversion: Conversion,
        chart: Chart,
        lots: Sequence[PostedLot],
        rates: Rates,
        link: str,
    ) -> None:
        self.conversion = conversion
        self.chart = chart
        self.link = link
        self._worths: dict[UUID, Worth] = {}
        for lot in lots:
            count_lot(conversion, rates, self._worths.setdefault(lot.account_id, Worth()), lot)
        conversion.leave(self._worths.values())

    def of(self, account_ids: Collection[UUID]) -> list[dict[str, Any]]:
        """The parts of a step: they add up to it."""
        within = set(account_ids)
        above: dict[UUID, Mapping[str, Any]] = {}
        values: dict[UUID, Fraction] = {}
        for account in self.chart:
            if account["id"] not in within:
                continue
            above[account["id"]] = top = above.get(account["parent_id"], account)
            worth = self._worths.get(account["id"])
            values[top["id"]] = values.get(top["id"], Fraction(0)) - Fraction(worth.value if worth else 0, GRAINS)
        return [
            {
                "account_id": account_id,
                "account": above[account_id]["full_name"],
                "amount": amount,
                "transactions": f"{self.link}{account_id}",
            }
            for account_id, amount in rounded_together(values, self.conversion.digits).items()
            if amount
        ]


class _Gains:
    """What rates did to what was held."""

    def __init__(
        self,
        conversion: Conversion,
        bridge: Bridge,
        rates: Rates,
        days: tuple[dt.date, dt.date],
        currencies: Currencies,
    ) -> None:
        self.conversion = conversion
        self.bridge = bridge
        self.rates = rates
        self.days = days
        self.currencies = currencies

    def of(self, step: BridgeStep) -> list[dict[str, Any]]:
        """The parts of a step: they add up to it."""
        values = {
            code: Fraction(gain.price if step is BridgeStep.PRICE else gain.currency, GRAINS)
            for code, gain in self.bridge.gains.items()
        }
        found = []
        for code, amount in rounded_together(values, self.conversion.digits).items():
            if not amount:
                continue
            gain = self.bridge.gains[code]
            before, after = (self._place(code, day) for day in self.days)
            found.append(
                {
                    "commodity": code,
                    "amount": amount,
                    "held_before": self.currencies.show(gain.before, code),
                    "held_after": self.currencies.show(gain.after, code),
                    "rate_before": before,
                    "rate_after": after,
                }
            )
        return found

    def _place(self, code: str, day: dt.date) -> int | None:
        rate = self.rates.get(code, self.conversion.currency, day)
        return None if rate is None else self.conversion.place(rate)


def _step(account: Mapping[str, Any]) -> BridgeStep:
    """What it is that changes net worth when something is posted to an account."""
    match AccountKind(account["kind"]):
        case AccountKind.INCOME:
            return BridgeStep.INCOME
        case AccountKind.EXPENSE:
            return BridgeStep.SPENDING
    return STEPS.get(account["role"], BridgeStep.BROUGHT_IN)
