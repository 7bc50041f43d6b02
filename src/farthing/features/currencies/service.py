"""What can be done about currencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from uuid import UUID

from babel import Locale

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.currencies.errors import (
    CurrenciesTooMany,
    CurrencyChanged,
    CurrencyCodeTaken,
    CurrencyInUse,
    CurrencyNotFound,
    CurrencyPostedFiner,
)
from farthing.features.currencies.models import CURRENCY
from farthing.features.currencies.repository import CurrencyRepository
from farthing.features.currencies.schemas import CurrencyCreate, CurrencyQuery, CurrencyUpdate, IsoCurrencyQuery
from farthing.kit import clock, ids
from farthing.kit.pages import CursorMalformed, Page
from farthing.ledger.currencies import BY_ISO, ISO, Currencies, Currency, CurrencyKind

MAX_CURRENCIES = 1000


class BookCurrencies(Currencies):
    """The currencies that were looked up in a book, and the revision at which one of its own last changed."""

    __slots__ = ("revision",)

    def __init__(self, rows: Iterable[Row] = (), hints: Iterable[str] = ()) -> None:
        kept = list(rows)
        super().__init__((_of_row(row) for row in kept), hints)
        self.revision: int = max((row["revision"] for row in kept), default=0)


NO_OWN = BookCurrencies()
"""Those of ISO 4217, and none of a book's own."""


class CurrencyService:
    """Currencies: those of everyone, and those of the book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.currencies = CurrencyRepository(work)

    async def look_up(self, codes: Iterable[str | None]) -> BookCurrencies:
        """The currencies with these codes, and all of ISO 4217's. Asks the database only about a book's own.

        Whether there is such a currency is told when it is asked for.
        """
        own = {code for code in codes if code is not None and code not in BY_ISO}
        if not own:
            return NO_OWN
        rows = await self.currencies.coded(sorted(own))
        hints = () if len(rows) == len(own) else await self.currencies.codes()
        return BookCurrencies(rows, hints)

    async def check(self, code: str, pointer: str) -> None:
        """Make sure that there is a currency with this code.

        Raises:
            CurrencyUnknown: there is none; says which was probably meant.
        """
        (await self.look_up([code])).get(code, pointer=pointer)

    async def review(self, codes: Iterable[str]) -> None:
        """Hold what was put back in these currencies to what they are by now.

        Raises:
            CurrencyChanged: one is gone since, or has fewer digits than an amount in it.
        """
        own = {code for code in codes if code not in BY_ISO}
        currencies = await self.look_up(own)
        for code in sorted(own):
            currency = currencies.find(code)
            _, finest = await self.currencies.use(code)
            if currency is None or (finest or 0) > currency.digits:
                raise CurrencyChanged(currency=code)

    async def open(self, wanted: CurrencyCreate) -> Row:
        """Give the book a currency of its own.

        Raises:
            CurrencyCodeTaken, CurrencyIdTaken: it has one like that.
            CurrenciesTooMany: it has as many as a book has.
        """
        if await self.currencies.coded([wanted.code]):
            raise CurrencyCodeTaken
        if await self.currencies.count() >= MAX_CURRENCIES:
            raise CurrenciesTooMany
        at = clock.now()
        values = {
            **wanted.model_dump(),
            "id": wanted.id or ids.new_id(),
            "created_revision": self.work.revision,
            "revision": self.work.revision,
            "created_at": at,
            "changed_at": at,
        }
        await self.currencies.add(values)
        self.work.created(CURRENCY.name, values["id"])
        self.work.tell(f"Added the currency {wanted.code}.")
        return await self.get(values["id"])

    async def get(self, currency_id: UUID) -> Row:
        """One of the book's own currencies.

        Raises:
            CurrencyNotFound: it has none such.
        """
        currency = await self.currencies.get(currency_id)
        if currency is None:
            raise CurrencyNotFound
        self.work.shows(currency["revision"])
        return currency

    async def find(self, wanted: CurrencyQuery) -> Page[Row]:
        """A page of the book's own currencies, by code."""
        return await self.currencies.find(wanted)

    async def change(self, currency_id: UUID, changes: CurrencyUpdate) -> Row:
        """Change one of the book's own currencies.

        Raises:
            CurrencyNotFound: it has none such.
            CurrencyPostedFiner: amounts in it have more digits than it is to have.
            RevisionStale: the caller's picture of it is out of date.
        """
        currency = await self.get(currency_id)
        self.work.expect(currency["revision"])
        given = changes.model_dump(exclude_unset=True)
        values = {name: value for name, value in given.items() if currency[name] != value}
        if not values:
            return currency
        if values.get("digits", currency["digits"]) < currency["digits"]:
            _, finest = await self.currencies.use(currency["code"])
            if finest is not None and finest > values["digits"]:
                raise CurrencyPostedFiner
        await self.currencies.change(currency_id, values, revision=self.work.revision, at=clock.now())
        self.work.changed(CURRENCY.name, currency_id, CURRENCY.image(currency))
        self.work.tell(f"Changed the currency {currency['code']}.")
        return await self.get(currency_id)

    async def delete(self, currency_id: UUID) -> None:
        """Delete one of the book's own currencies that nothing is kept in.

        Raises:
            CurrencyNotFound: it has none such.
            CurrencyInUse: postings or accounts are in it.
            RevisionStale: the caller's picture of it is out of date.
        """
        currency = await self.get(currency_id)
        self.work.expect(currency["revision"])
        self.work.shown = None
        used, _ = await self.currencies.use(currency["code"])
        if used:
            raise CurrencyInUse
        await self.currencies.remove(currency_id)
        self.work.deleted(CURRENCY.name, currency_id, CURRENCY.image(currency))
        self.work.tell(f"Deleted the currency {currency['code']}.")


class IsoCurrencyService:
    """The currencies of ISO 4217, to look at."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def find(self, wanted: IsoCurrencyQuery) -> Page[Currency]:
        """A page of them, by code, their names in the language that is asked for.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        after = wanted.after()
        if after is not None and len(after) != 1:
            raise CursorMalformed
        start = after[0] if after else ""
        found = [currency for currency in _matching(wanted) if currency.code > start]
        page = found[: wanted.limit]
        return Page(page, wanted.cursor_at(page[-1].code) if len(found) > len(page) else None)


def _matching(wanted: IsoCurrencyQuery) -> Iterator[Currency]:
    names = {} if wanted.locale == "en" else Locale.parse(wanted.locale, sep="-").currencies
    sought = (wanted.q or "").casefold()
    for code in sorted(ISO):
        currency = replace(ISO[code], name=names.get(code, ISO[code].name))
        if (wanted.historic or not currency.historic) and (
            sought in code.casefold() or sought in currency.name.casefold()
        ):
            yield currency


def _of_row(row: Row) -> Currency:
    return Currency(row["code"], row["digits"], row["name"], CurrencyKind(row["kind"]))
