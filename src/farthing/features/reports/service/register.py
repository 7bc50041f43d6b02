"""The register of an account as a report: what moved on it in a range of days, with the balance after each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.service import JournalService
from farthing.features.reports.errors import OptionUnfit, PeriodsUnfit, ReportTooLarge
from farthing.features.reports.schemas import RegisterReportQuery
from farthing.features.reports.service.amounts import money
from farthing.features.reports.service.conversion import AS_POSTED, Conversion, Worth, count
from farthing.features.reports.service.figures import Figures, Sums, minus
from farthing.features.reports.service.valuing import ValuingService
from farthing.features.reports.valued_schemas import Valued
from farthing.features.transactions.schemas import RegisterQuery
from farthing.features.transactions.service.find import FindService
from farthing.kit.wire import FIRST_DAY
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Period
from farthing.ledger.rates import GRAINS, Rates
from farthing.ledger.rounding import rounded

MOST_LINES = 5000


class RegisterService:
    """Draws up registers."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountService(work)
        self.finding = FindService(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)
        self.valuing = ValuingService(work)

    async def draw_up(self, wanted: RegisterReportQuery) -> dict[str, Any]:
        """What moved on an account, oldest first.

        Raises:
            AccountUnknown: the book has no such account.
            PeriodsUnfit: the range is turned round.
            ReportTooLarge: more moved than one register shows.
            RevisionUnknown: the book hasn't come that far.
            CurrencyUnknown: there is no such currency as it is to be told in.
            OptionUnfit: it is to be told at cost.
        """
        last = wanted.date_to or self.work.today()
        first = wanted.date_from or last.replace(day=1)
        if first > last:
            raise PeriodsUnfit.in_parameter("date_from", problem="it begins after it ends")
        known_at = await self.accounts.stood_at(wanted.known_at)
        conversion = await self.valuing.asked(wanted, Valued.END)
        if conversion is not None and conversion.valued is Valued.COST:
            raise OptionUnfit.in_parameter("valued", problem="what was paid isn't followed from line to line")
        reference = Reference(wanted.account, "account", is_parameter=True)
        account_id, *_ = await self.accounts.resolve_tree(reference, known_at)
        (account,) = await self.accounts.chart([account_id], known_at)
        asked = RegisterQuery.model_construct(
            date_from=first, date_to=last, known_at=known_at, limit=MOST_LINES, cursor=None
        )
        page = await self.finding.register(account_id, asked)
        if page.next_cursor is not None:
            raise ReportTooLarge.in_parameter(
                "date_from", what=f"more than {MOST_LINES:,} lines", most=f"{MOST_LINES:,}"
            )
        opening = await self._held(account, first, known_at)
        closing = await self._held(account, last + dt.timedelta(days=1), known_at)
        lines: list[dict[str, Any]] = list(reversed(page.data))
        worths: Sequence[Worth] = ()
        if conversion is not None:
            days = Period(first, last)
            worths = await self._worths(conversion, account_id, days, opening, lines, known_at)
        codes = {*opening, *closing, *(code for worth in worths for code in worth.parts)}
        currencies = await self.currencies.look_up(codes | ({conversion.currency} if conversion else set()))
        told = (
            _posted(opening, closing, lines, currencies)
            if conversion is None
            else _valued(conversion, worths, lines, currencies)
        )
        return {
            "report": "register",
            "account_id": account_id,
            "account": account["full_name"],
            "date_from": first,
            "date_to": last,
            **told,
        }

    async def _worths(
        self,
        conversion: Conversion,
        account_id: UUID,
        days: Period,
        opening: Sums,
        lines: Sequence[Mapping[str, Any]],
        known_at: int | None,
    ) -> list[Worth]:
        """What is worth what the account held at first, and what each line moved."""
        moved = [
            (line["transaction"]["date"], {each["currency"]: each["amount"] for each in line["amounts"]})
            for line in lines
        ]
        codes = {*opening, *(code for _, sums in moved for code in sums)}
        by_one_day = {Valued.END: days.last, Valued.TODAY: self.work.today()}.get(conversion.valued)
        on_days = {day for day, _ in moved} if by_one_day is None else {by_one_day}
        rates = await self.valuing.rates.rates(codes, conversion.currency, on_days, known_at=known_at)
        if by_one_day is None:
            eve = days.first - dt.timedelta(days=1)
            natives = Figures(1, {account_id: [opening]})
            before = await self.valuing.worths(
                conversion, natives, [Period(eve, eve)], cumulative=True, known_at=known_at
            )
            worths = [before[account_id][0]]
        else:
            worths = [_worth(conversion, rates, opening, by_one_day)]
        worths += [_worth(conversion, rates, sums, by_one_day or day) for day, sums in moved]
        conversion.leave(worths)
        return worths

    async def _held(self, account: Any, day: dt.date, known_at: int | None) -> Sums:
        """What the account held as a day began."""
        if day <= FIRST_DAY:
            return {}
        until = day - dt.timedelta(days=1)
        held = await self.journal.balances(until=until, account_ids=[account["id"]], known_at=known_at)
        found: dict[str, Decimal] = {}
        for balance in held:
            found[balance.currency] = found.get(balance.currency, Decimal(0)) + balance.amount
        return found


def _worth(conversion: Conversion, rates: Rates, sums: Mapping[str, Decimal], day: dt.date) -> Worth:
    worth = Worth()
    for currency, amount in sums.items():
        count(conversion, rates, worth, currency, amount, day)
    return worth


def _posted(opening: Sums, closing: Sums, lines: Sequence[Mapping[str, Any]], currencies: Currencies) -> dict[str, Any]:
    """A register in the currencies that its lines were posted in."""
    return {
        "opening": money(opening, currencies),
        "opening_converted": None,
        "lines": [{**line, "converted": None} for line in lines],
        "moved": money(minus(closing, opening), currencies),
        "closing": money(closing, currencies),
        "closing_converted": None,
        **AS_POSTED,
    }


def _valued(
    conversion: Conversion, worths: Sequence[Worth], lines: Sequence[Mapping[str, Any]], currencies: Currencies
) -> dict[str, Any]:
    """A register in one currency. Each balance is rounded by itself; what a line moved lies between two of them."""
    running, held = Worth(), []
    for worth in worths:
        running.include(worth)
        exact = Fraction(running.value, GRAINS)
        held.append({**running.left, conversion.currency: rounded(exact, conversion.digits)})
    opening, *balances = held
    nothing = [{"amount": currencies.show(Decimal(0), conversion.currency), "currency": conversion.currency}]
    shown = [
        {
            **line,
            "amounts": money(minus(after, before), currencies) or nothing,
            "balances": money(after, currencies),
            "converted": conversion.noted(worth.parts, currencies),
        }
        for line, worth, before, after in zip(lines, worths[1:], held[:-1], balances, strict=True)
    ]
    return {
        "opening": money(opening, currencies),
        "opening_converted": conversion.noted(worths[0].parts, currencies),
        "lines": shown,
        "moved": money(minus(held[-1], opening), currencies),
        "closing": money(held[-1], currencies),
        "closing_converted": conversion.noted(running.parts, currencies),
        **conversion.shown(),
    }
