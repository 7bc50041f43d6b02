"""Recording prices, finding them, deleting them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.prices.errors import PriceIdTaken, PriceNotFound
from farthing.features.prices.models import PRICE
from farthing.features.prices.repository import Key, PriceRepository
from farthing.features.prices.schemas import PriceCreate, PriceQuery
from farthing.kit import clock, ids
from farthing.kit.pages import Page
from farthing.ledger.prices import PriceInItself

CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"


@dataclass(frozen=True, slots=True)
class DayPrice:
    """What a unit of ``commodity`` was worth on a day, in ``currency``."""

    commodity: str
    currency: str
    date: dt.date
    amount: Decimal
    id: UUID | None = None

    @property
    def key(self) -> Key:
        """What a book has one price of."""
        return self.commodity, self.currency, self.date


class PriceService:
    """A book's own prices."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.prices = PriceRepository(work)
        self.currencies = CurrencyService(work)

    async def record(self, wanted: PriceCreate) -> tuple[Row, bool]:
        """Write a price down, in the place of the one that its day has; answers with it, and whether it is new.

        Raises:
            CurrencyUnknown: the book doesn't know one of the currencies.
            PriceInItself: both are one.
            PriceIdTaken: the book has, or had, a record with the id that the client chose.
            RevisionStale: the day has a price, and the caller's picture of it is out of date.
        """
        price = self._of(wanted)
        await self._check([price], [""])
        before = (await self.prices.on_days([price.key])).get(price.key)
        if before is not None:
            self.work.expect(before["revision"])
        done = await self._put({price.key: (price, wanted.source)}, {} if before is None else {price.key: before})
        if not done[UNCHANGED]:
            self.work.tell(f"{'Recorded' if done[CREATED] else 'Changed'} a price of {price.commodity}.")
        recorded = (await self.prices.on_days([price.key]))[price.key]
        self.work.shows(recorded["revision"])
        return recorded, bool(done[CREATED])

    async def record_all(self, wanted: Sequence[PriceCreate]) -> dict[str, int]:
        """Write prices down, each in the place of the one that its day has; answers what became of how many.

        Raises:
            CurrencyUnknown, PriceInItself, PriceIdTaken: as :meth:`record` says, of the first that can't be recorded.
        """
        prices = [self._of(each) for each in wanted]
        await self._check(prices, [f"/prices/{place}" for place in range(len(prices))])
        last = {price.key: (price, each.source) for price, each in zip(prices, wanted, strict=True)}
        done = await self._put(last, await self.prices.on_days(list(last)))
        if written := done[CREATED] + done[CHANGED]:
            self.work.tell("Recorded a price." if written == 1 else f"Recorded {written} prices.")
        return {CREATED: done[CREATED], CHANGED: done[CHANGED], UNCHANGED: done[UNCHANGED]}

    async def note_many(self, prices: Sequence[DayPrice], source: str) -> dict[str, int]:
        """Write down the prices that come with something else: a file, by its format. Thousands are one statement.

        Where a day has a price of the pair, that stays: what a member said isn't overwritten by a file, and the same
        file brought again writes nothing. What it is that is done is for the caller to tell the log.

        Args:
            prices: of two for one pair and day the later holds. Both codes are known to the book, and differ.
            source: where they come from.

        Returns:
            How many were ``created``, and how many ``unchanged``.
        """
        last = {price.key: (price, source) for price in prices}
        if not last:
            return {CREATED: 0, CHANGED: 0, UNCHANGED: 0}
        there = await self.prices.on_days(list(last))
        done = await self._put({key: price for key, price in last.items() if key not in there}, {})
        return {CREATED: done[CREATED], CHANGED: 0, UNCHANGED: len(there)}

    async def get(self, price_id: UUID) -> Row:
        """A price.

        Raises:
            PriceNotFound: the book has none such.
        """
        price = await self.prices.get(price_id)
        if price is None:
            raise PriceNotFound
        self.work.shows(price["revision"])
        return price

    async def find(self, wanted: PriceQuery) -> Page[Row]:
        """A page of prices, the newest first."""
        return await self.prices.find(wanted)

    async def delete(self, price_id: UUID) -> None:
        """Delete a price.

        Raises:
            PriceNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        price = await self.get(price_id)
        self.work.expect(price["revision"])
        self.work.shown = None
        await self.prices.remove(price_id)
        self.work.deleted(PRICE.name, price_id, PRICE.image(price))
        self.work.tell(f"Deleted a price of {price['commodity']}.")

    def _of(self, wanted: PriceCreate) -> DayPrice:
        day = wanted.date or self.work.today()
        return DayPrice(wanted.commodity, wanted.currency, day, wanted.amount, wanted.id)

    async def _check(self, prices: Sequence[DayPrice], pointers: Sequence[str]) -> None:
        known = await self.currencies.look_up({code for price in prices for code in (price.commodity, price.currency)})
        for price, pointer in zip(prices, pointers, strict=True):
            known.get(price.commodity, pointer=f"{pointer}/commodity")
            known.get(price.currency, pointer=f"{pointer}/currency")
            if price.commodity == price.currency:
                raise PriceInItself.at(f"{pointer}/currency", currency=price.currency)

    async def _put(self, wanted: dict[Key, tuple[DayPrice, str]], before: dict[Key, Row]) -> Counter[str]:
        """Write down those that differ from what their days have; answers how many were what."""
        done: Counter[str] = Counter()
        to_write = []
        made = []
        for key, (price, source) in wanted.items():
            was = before.get(key)
            if was is not None and (was["amount"], was["source"]) == (price.amount, source):
                done[UNCHANGED] += 1
                continue
            done[CREATED if was is None else CHANGED] += 1
            price_id = (price.id or ids.new_id()) if was is None else was["id"]
            to_write.append(
                {"id": price_id, "commodity": price.commodity, "currency": price.currency, "date": price.date}
                | {"amount": price.amount, "source": source}
            )
            if was is None:
                made.append(price_id)
            else:
                self.work.changed(PRICE.name, price_id, PRICE.image(was))
        chosen = [price.id for key, (price, _) in wanted.items() if price.id and key not in before]
        if chosen and (len(set(chosen)) < len(chosen) or await self.prices.taken(chosen)):
            raise PriceIdTaken
        if to_write:
            await self.prices.put(to_write, revision=self.work.revision, at=clock.now())
            self.work.created_many(PRICE.name, made)
        return done
