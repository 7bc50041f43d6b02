"""Finding transactions: one, many, and as an account sees them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.bounds import BULK_POSTINGS
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.journal.errors import TransactionNotFound
from farthing.features.tags.service.find import TagReference, TagService
from farthing.features.transactions.errors import MatchesTooMany
from farthing.features.transactions.repository import Place, Sought, TransactionRepository
from farthing.features.transactions.schemas import RegisterQuery, TransactionFilter, TransactionQuery
from farthing.features.transactions.search import TREES, SearchField, read_search, term_of
from farthing.features.transactions.showing import Shown
from farthing.kit.faults import Fault
from farthing.kit.pages import Page


class FindService:
    """Transactions as people ask for them."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.transactions = TransactionRepository(work)
        self.accounts = AccountService(work)
        self.tags = TagService(work)

    async def get(self, transaction_id: UUID, *, generated: bool = False) -> Shown:
        """A transaction. Its entity tag follows the names of its accounts and tags too.

        Raises:
            TransactionNotFound: the book has none such.
        """
        found = await self.transactions.get(transaction_id, generated=generated)
        if found is None:
            raise TransactionNotFound
        transaction, shown_revision = found
        self.work.shows(shown_revision)
        return transaction

    async def find(self, wanted: TransactionQuery) -> Page[Shown]:
        """A page of transactions, in the order that is asked for.

        Raises:
            SearchMalformed: the search has a term that can't be read.
            AccountUnknown: a filter, or a term of the search, names an account that the book hasn't got.
            TagUnknown: the same of a tag.
            CursorMalformed: the cursor isn't this list's.
        """
        return await self.transactions.find(wanted, await self._sought(wanted))

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

    async def _sought(self, wanted: TransactionFilter) -> Sought:
        terms = read_search(wanted.q or "")
        accounts = await self._tree(wanted.account, "account")
        categories = await self._tree(wanted.category, "category")
        named = dict.fromkeys(str(term.value) for term in terms if term.field in TREES)
        trees = {name: await self.accounts.resolve_tree(Reference(name, "q", is_parameter=True)) for name in named}
        tags = await self.tags.resolve(
            [
                *(TagReference(name, "tag") for name in wanted.tag),
                *(TagReference(str(term.value), "q") for term in terms if term.field is SearchField.TAG),
            ]
        )
        terms = (*terms, *(term_of(SearchField.TAG, name) for name in dict.fromkeys(wanted.tag)))
        return Sought(wanted, accounts=accounts, categories=categories, terms=terms, trees=trees, tags=tags)

    async def register(self, account_id: UUID, wanted: RegisterQuery) -> Page[dict[str, Any]]:
        """A page of an account's transactions, newest first, each with what the account held after it.

        Raises:
            AccountNotFound: the book has no such account.
            CursorMalformed: the cursor isn't this list's.
        """
        await self.accounts.get(account_id)
        self.work.shown = None  # the answer is more than the account's own record
        page = await self.transactions.register_page(account_id, wanted)
        if not page.data:
            return Page([], None)
        newest = page.data[0]
        held = await self.transactions.sums_up_to(account_id, Place(newest["date"], newest["ordinal"], newest["id"]))
        lines = []
        for transaction in page.data:
            moved: dict[str, Decimal] = {}
            for posting in transaction["postings"]:
                if posting["account_id"] == account_id:
                    moved[posting["currency"]] = moved.get(posting["currency"], Decimal(0)) + posting["amount"]
            transaction["postings"] = [
                posting
                for posting in transaction["postings"]
                if not posting["generated"] or posting["account_id"] == account_id
            ]
            lines.append(
                {
                    "transaction": transaction,
                    "amounts": _money(moved),
                    "balances": _money(held),
                }
            )
            # Backwards through time: before this transaction the account held that much less.
            held = {currency: amount - moved.get(currency, Decimal(0)) for currency, amount in held.items()}
        return Page(lines, page.next_cursor)

    async def _tree(self, named: str | None, parameter: str) -> list[UUID] | None:
        if named is None:
            return None
        return await self.accounts.resolve_tree(Reference(named, parameter, is_parameter=True))


def _money(sums: dict[str, Decimal]) -> list[dict[str, Any]]:
    return [{"amount": amount, "currency": currency} for currency, amount in sorted(sums.items())]
