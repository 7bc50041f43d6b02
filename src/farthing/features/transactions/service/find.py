"""Finding transactions: one, many, and as an account sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.bounds import BULK_POSTINGS
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountNotFound
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import BookCurrencies, CurrencyService
from farthing.features.journal.errors import TransactionNotFound
from farthing.features.tags.service.find import TagReference, TagService
from farthing.features.transactions.errors import MatchesTooMany
from farthing.features.transactions.repository import Chosen, Place, Sought, TransactionRepository
from farthing.features.transactions.schemas import (
    RegisterQuery,
    TransactionFilter,
    TransactionOrder,
    TransactionQuery,
)
from farthing.features.transactions.search import TREES, SearchField, read_search, term_of
from farthing.features.transactions.showing import Shown
from farthing.kit.faults import Fault
from farthing.kit.pages import Page
from farthing.ledger.currencies import BY_ISO

Sums = dict[str, tuple[Decimal, int]]
"""What postings add up to, by currency, and how many they are."""
NOTHING = (Decimal(0), 0)


class FindService:
    """Transactions as people ask for them."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.transactions = TransactionRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.tags = TagService(work)

    async def get(self, transaction_id: UUID, *, generated: bool = False) -> Shown:
        """A transaction. Its entity tag follows the names of its accounts and tags too, and its currencies' digits.

        Raises:
            TransactionNotFound: the book has none such.
        """
        found = await self.transactions.get(transaction_id, generated=generated)
        if found is None:
            raise TransactionNotFound
        transaction, shown_revision = found
        currencies = await self.settled([transaction])
        self.work.shows(max(shown_revision, currencies.revision))
        return transaction

    async def find(self, wanted: TransactionQuery) -> Page[Shown]:
        """A page of transactions, in the order that is asked for.

        Raises:
            SearchMalformed: the search has a term that can't be read.
            AccountUnknown: a filter, or a term of the search, names an account that the book hasn't got.
            TagUnknown: the same of a tag.
            CursorMalformed: the cursor isn't this list's.
            RevisionUnknown: the book hasn't come that far.
        """
        known_at = await self.accounts.stood_at(wanted.known_at)
        page = await self.transactions.find(wanted, await self._sought(wanted, known_at))
        await self.settled(page.data)
        return page

    async def all(
        self, wanted: TransactionFilter, *, at_once: int, touching: Sequence[UUID] | None = None
    ) -> AsyncIterator[list[Shown]]:
        """All transactions that filters match, oldest first, so many at a time, with the postings that exchanges made.

        Args:
            wanted: the filters.
            at_once: how many are in memory at a time.
            touching: instead of the filter by account, what accounts they have a posting on.

        Raises:
            SearchMalformed, AccountUnknown, TagUnknown: as :meth:`find` says.
        """
        sought = await self._sought(wanted)
        if touching is not None:
            sought.given["accounts"] = list(touching)
        filters = {name: getattr(wanted, name) for name in TransactionFilter.model_fields}
        cursor = None
        while True:
            asked = TransactionQuery.model_construct(
                **filters, sort=TransactionOrder.OLDEST, generated=True, limit=at_once, cursor=cursor
            )
            page = await self.transactions.find(asked, sought)
            await self.settled(page.data)
            yield list(page.data)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def check(self, wanted: TransactionFilter, pointer: str) -> Sought:
        """Make sure that filters in a body can be read, and name accounts that the book has; answers what they seek.

        Args:
            wanted: the filters.
            pointer: where in the body they stand.

        Raises:
            SearchMalformed, AccountUnknown: as :meth:`find` says.
        """
        try:
            return await self._sought(wanted)
        except Fault as fault:
            # What the list blames on a parameter stands in the body here.
            fault.blames = tuple(
                replace(blame, parameter=None, pointer=f"{pointer}/{blame.parameter}") for blame in fault.blames
            )
            raise

    async def matching(self, wanted: TransactionFilter, pointer: str, *, most: int) -> list[UUID]:
        """The ids of all transactions that filters in a body match, newest first.

        Raises:
            SearchMalformed, AccountUnknown: as :meth:`find` says.
            MatchesTooMany: they are more than that.
        """
        sought = await self.check(wanted, pointer)
        found = await self.transactions.matching(sought, most + 1)
        if len(found) > most:
            count = await self.transactions.count(sought)
            raise MatchesTooMany.at(pointer, count=count, most=most, postings=BULK_POSTINGS)
        return found

    async def chosen(self, wanted: TransactionFilter, known_at: int | None = None) -> Chosen:
        """The transactions that filters match, to be asked for in another room's statement.

        Of an earlier revision, that statement is led by the tables of then.

        Raises:
            SearchMalformed, AccountUnknown, TagUnknown: as :meth:`find` says.
        """
        return await self.transactions.chosen(await self._sought(wanted, known_at))

    async def _sought(self, wanted: TransactionFilter, known_at: int | None = None) -> Sought:
        """What filters seek. The accounts and tags that they name are those that bore the names at that revision."""
        terms = read_search(wanted.q or "")
        accounts = await self._tree(wanted.account, "account", known_at)
        categories = await self._tree(wanted.category, "category", known_at)
        named = dict.fromkeys(str(term.value) for term in terms if term.field in TREES)
        trees = {
            name: await self.accounts.resolve_tree(Reference(name, "q", is_parameter=True), known_at) for name in named
        }
        tags = await self.tags.resolve(
            [
                *(TagReference(name, "tag") for name in wanted.tag),
                *(TagReference(str(term.value), "q") for term in terms if term.field is SearchField.TAG),
            ],
            known_at,
        )
        terms = (*terms, *(term_of(SearchField.TAG, name) for name in dict.fromkeys(wanted.tag)))
        return Sought(
            wanted,
            accounts=accounts,
            categories=categories,
            terms=terms,
            trees=trees,
            tags=tags,
            known_at=known_at,
        )

    async def register(self, account_id: UUID, wanted: RegisterQuery) -> Page[dict[str, Any]]:
        """A page of an account's transactions, newest first, each with what the account held after it.

        Raises:
            AccountNotFound: the book has no such account.
            CursorMalformed: the cursor isn't this list's.
            RevisionUnknown: the book hasn't come that far.
        """
        known_at = await self.accounts.stood_at(wanted.known_at)
        if known_at is None:
            await self.accounts.get(account_id)
            self.work.shown = None  # the answer is more than the account's own record
        elif not await self.accounts.chart([account_id], known_at):
            raise AccountNotFound
        page = await self.transactions.register_page(account_id, wanted, known_at)
        if not page.data:
            return Page([], None)
        newest = page.data[0]
        place = Place(newest["date"], newest["ordinal"], newest["id"])
        held = await self.transactions.sums_up_to(account_id, place, known_at)
        currencies = await self.settled(page.data, held)
        lines = []
        for transaction in page.data:
            moved: dict[str, tuple[Decimal, int]] = {}
            for posting in transaction["postings"]:
                if posting["account_id"] == account_id:
                    amount, count = moved.get(posting["currency"], NOTHING)
                    moved[posting["currency"]] = (amount + posting["amount"], count + 1)
            transaction["postings"] = [
                posting
                for posting in transaction["postings"]
                if not posting["generated"] or posting["account_id"] == account_id
            ]
            lines.append(
                {
                    "transaction": transaction,
                    "amounts": _money(moved, currencies),
                    "balances": _money(held, currencies),
                }
            )
            # Backwards through time: before this transaction the account held that much less.
            held = _before(held, moved)
        return Page(lines, page.next_cursor)

    async def settled(self, shown: Sequence[Shown], codes: Iterable[str] = ()) -> BookCurrencies:
        """Give the amounts of transactions all digits that their currencies have by now.

        Only a book's own currency may have more than it had when an amount was posted.

        Args:
            shown: the transactions.
            codes: other currencies to look up with theirs.

        Returns:
            The currencies.
        """
        postings = [posting for transaction in shown for posting in transaction["postings"]]
        in_own = [posting for posting in postings if posting["currency"] not in BY_ISO]
        currencies = await self.currencies.look_up({*codes, *(posting["currency"] for posting in in_own)})
        for posting in in_own:
            posting["amount"] = currencies.show(posting["amount"], posting["currency"])
        return currencies

    async def _tree(self, named: str | None, parameter: str, known_at: int | None) -> list[UUID] | None:
        if named is None:
            return None
        return await self.accounts.resolve_tree(Reference(named, parameter, is_parameter=True), known_at)


def _before(held: Sums, moved: Sums) -> Sums:
    """What was held before this was moved; a currency that wasn't posted to by then isn't held at all."""
    before = {}
    for currency, (amount, count) in held.items():
        less, fewer = moved.get(currency, NOTHING)
        if count > fewer:
            before[currency] = (amount - less, count - fewer)
    return before


def _money(sums: Sums, currencies: BookCurrencies) -> list[dict[str, Any]]:
    return [
        {"amount": currencies.show(amount, currency), "currency": currency}
        for currency, (amount, _) in sorted(sums.items())
    ]
