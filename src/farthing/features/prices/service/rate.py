"""Rates: what the book recorded, what its postings note and what the instance refers to, brought together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from farthing.core.work import Work
from farthing.features.prices.errors import PriceUnknown
from farthing.features.prices.repository import QuoteRepository
from farthing.features.prices.schemas import RateQuery
from farthing.ledger.rates import Rate, Rates, Step


class RateService:
    """What things are worth in a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.quotes = QuoteRepository(work)

    async def rates(
        self, codes: Iterable[str], currency: str, days: Collection[dt.date], *, known_at: int | None = None
    ) -> Rates:
        """All that tells what some things were worth in a currency on some days: one statement.

        Args:
            codes: of which things.
            currency: in which currency.
            days: as of the ends of which days.
            known_at: by what the book knew at this revision. Reference prices are those of today.
        """
        asked = sorted({*codes} - {currency})
        if not asked or not days:
            return Rates((), self.work.opened.currency)
        base = self.work.opened.currency
        return Rates(await self.quotes.quotes(asked, currency, base, sorted(days), known_at=known_at), base)

    async def ask(self, wanted: RateQuery) -> dict[str, Any]:
        """The rate that is asked for.

        Raises:
            PriceUnknown: there is none.
        """
        on = wanted.date or self.work.today()
        rates = await self.rates([wanted.commodity], wanted.currency, [on])
        rate = rates.get(wanted.commodity, wanted.currency, on)
        if rate is None:
            raise PriceUnknown(commodity=wanted.commodity, currency=wanted.currency)
        return shown(rate)


def shown(rate: Rate) -> dict[str, Any]:
    """A rate as it is answered."""
    return {
        "commodity": rate.commodity,
        "currency": rate.currency,
        "on": rate.on,
        "date": rate.date,
        "rate": rate.shown(),
        "source": rate.source or None,
        "stale": rate.stale,
        "steps": [_step(step) for step in rate.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    quote = step.quote
    return {
        "commodity": quote.commodity,
        "currency": quote.currency,
        "date": quote.date,
        "amount": quote.amount,
        "inverse": step.inverse,
        "origin": quote.origin,
        "source": quote.source,
        "id": quote.id,
    }
