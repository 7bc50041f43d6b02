"""From what a request says to the lines of a balanced transaction: the same rules for every way of writing one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from farthing.core.statements import Row
from farthing.features.accounts.service.find import NamedAccounts, Reference, check_postable, takes
from farthing.features.journal.models import PostingStatus
from farthing.features.transactions.errors import (
    AccountUnfit,
    AmountZero,
    CategoryUnfit,
    FieldMissing,
    ShapeMixed,
    ToAmountMissing,
)
from farthing.features.transactions.schemas import PostingCreate, TransactionCreate
from farthing.ledger.accounts import AccountKind, SystemRole
from farthing.ledger.currencies import Currencies
from farthing.ledger.postings import Cost, Line, Price, balance, complete
from farthing.ledger.prices import check_noted

UNCATEGORISED = (SystemRole.UNCATEGORISED_INCOME, SystemRole.UNCATEGORISED_EXPENSE)
ONE_LINE_FIELDS = frozenset({"account", "category"})
MOVEMENT_FIELDS = frozenset({"from_", "to", "to_amount"})


class OneLine(NamedTuple):
    """An amount on an account, and the category it comes from or goes to."""

    account: Row
    amount: Decimal
    currency: str
    category: Row
    status: PostingStatus


class Liner:
    """Makes lines in a book of this base currency, of accounts and currencies that were looked up."""

    def __init__(self, base_currency: str, currencies: Currencies) -> None:
        self.base_currency = base_currency
        self.currencies = currencies

    def of(
        self, wanted: TransactionCreate, known: NamedAccounts, *, default_category: Row | None = None
    ) -> tuple[Line, ...]:
        """The lines of a new transaction, whichever way it was written.

        Args:
            wanted: what to record.
            known: the accounts that it names (:func:`named_in`) and may be booked to (:func:`booked_to`).
            default_category: where one line that names no category is booked to, if that takes it: its payee's.

        Raises:
            ShapeMixed, FieldMissing: it is written in no one way.
            AccountUnknown, AccountClosed, CurrencyMismatch, AccountUnfit, CategoryUnfit: the accounts don't fit.
            CurrencyUnknown: a currency is named that there isn't.
            AmountTooFine, AmountTooLarge, AmountZero, ToAmountMissing: the amounts don't fit.
            AmountMissing, TransactionUnbalanced: the postings don't sum to zero.
            PriceInItself, PriceDisagrees: a price or cost that is noted can't be true.
        """
        given = wanted.model_fields_set
        if wanted.postings is not None:
            if given & (ONE_LINE_FIELDS | MOVEMENT_FIELDS | {"amount", "currency", "status"}):
                raise ShapeMixed.at("/postings")
            return self.full(wanted.postings, known)
        if wanted.amount is None:
            raise FieldMissing.at("/amount", field="amount")
        if given & MOVEMENT_FIELDS:
            if given & ONE_LINE_FIELDS:
                raise ShapeMixed.at("/from")
            return self._movement(wanted, wanted.amount, known)
        return self._one_line(wanted, wanted.amount, known, default_category)

    def full(self, postings: Sequence[PostingCreate], known: NamedAccounts) -> tuple[Line, ...]:
        """The lines of full postings: the amount left out filled in, the postings of an exchange added.

        Raises:
            PriceInItself, PriceDisagrees: what is noted can't be true.
            Invalid, Conflict: as :meth:`of` says.
        """
        accounts = [
            known.get(Reference(posting.account, f"/postings/{place}/account"))
            for place, posting in enumerate(postings)
        ]
        lines = []
        for place, (posting, account) in enumerate(zip(postings, accounts, strict=True)):
            currency = posting.currency or account["currency"] or self._sole_currency(postings, accounts)
            self.currencies.get(currency, pointer=f"/postings/{place}/currency")
            lines.append(
                Line(
                    account_id=account["id"],
                    amount=posting.amount
                    if posting.amount is None
                    else self.currencies.settle(posting.amount, currency, pointer=f"/postings/{place}/amount"),
                    currency=currency,
                    id=posting.id,
                    status=posting.status,
                    memo=posting.memo or None,
                    price=price_of(posting),
                    cost=cost_of(posting),
                )
            )
        lines = list(complete(lines))
        for place, (line, account) in enumerate(zip(lines, accounts, strict=True)):
            check_postable(
                account,
                line.currency,
                pointer=f"/postings/{place}/account",
                currency_pointer=f"/postings/{place}/currency",
            )
        balanced = balance(lines, trading_account_id=known.system[SystemRole.TRADING]["id"])
        if any(line.price or line.cost for line in lines):
            on_category = [AccountKind(account["kind"]).is_category for account in accounts]
            check_noted(lines, on_category, self.currencies)
        return balanced

    def of_one_line(self, line: OneLine, *, ids: tuple[UUID | None, UUID | None] = (None, None)) -> tuple[Line, ...]:
        """The two lines of an amount between an account and a category.

        Raises:
            AccountUnfit, CategoryUnfit, AccountClosed, CurrencyMismatch: the accounts don't fit.
            AmountTooFine, AmountTooLarge, AmountZero: the amount doesn't fit.
        """
        if AccountKind(line.account["kind"]).is_category:
            raise AccountUnfit.at("/account")
        if not AccountKind(line.category["kind"]).is_category:
            raise CategoryUnfit.at("/category")
        amount = self.currencies.settle(line.amount, line.currency, pointer="/amount", currency_pointer="/currency")
        if not amount:
            raise AmountZero.at("/amount")
        check_postable(line.account, line.currency, pointer="/account", currency_pointer="/currency")
        check_postable(line.category, line.currency, pointer="/category", currency_pointer="/currency")
        return (
            Line(account_id=line.account["id"], amount=amount, currency=line.currency, id=ids[0], status=line.status),
            Line(account_id=line.category["id"], amount=-amount, currency=line.currency, id=ids[1]),
        )

    def _one_line(
        self, wanted: TransactionCreate, amount: Decimal, known: NamedAccounts, default_category: Row | None
    ) -> tuple[Line, ...]:
        if wanted.account is None:
            raise FieldMissing.at("/account", field="account")
        account = known.get(Reference(wanted.account, "/account"))
        currency = wanted.currency or account["currency"] or self.base_currency
        if wanted.category is not None:
            category = known.get(Reference(wanted.category, "/category"))
        elif default_category is not None and takes(default_category, currency):
            category = default_category
        else:
            category = known.system[uncategorised(amount)]
        return self.of_one_line(
            OneLine(
                account=account,
                amount=amount,
                currency=currency,
                category=category,
                status=wanted.status or PostingStatus.CLEARED,
            )
        )

    def _movement(self, wanted: TransactionCreate, amount: Decimal, known: NamedAccounts) -> tuple[Line, ...]:
        if wanted.from_ is None:
            raise FieldMissing.at("/from", field="from")
        if wanted.to is None:
            raise FieldMissing.at("/to", field="to")
        if amount <= 0:
            raise AmountZero.at("/amount")
        giver, taker = known.get(Reference(wanted.from_, "/from")), known.get(Reference(wanted.to, "/to"))
        given_currency = wanted.currency or giver["currency"] or self.base_currency
        taken_currency = taker["currency"] or given_currency
        if wanted.to_amount is None and taken_currency != given_currency:
            raise ToAmountMissing.at("/to_amount", from_currency=given_currency, to_currency=taken_currency)
        self.currencies.get(given_currency, pointer="/currency")
        check_postable(giver, given_currency, pointer="/from", currency_pointer="/currency")
        check_postable(taker, taken_currency, pointer="/to")
        status = wanted.status or PostingStatus.CLEARED
        given = self.currencies.settle(amount, given_currency, pointer="/amount")
        taken = self.currencies.settle(
            amount if wanted.to_amount is None else wanted.to_amount,
            taken_currency,
            pointer="/amount" if wanted.to_amount is None else "/to_amount",
        )
        return balance(
            (
                Line(account_id=giver["id"], amount=-given, currency=given_currency, status=status),
                Line(account_id=taker["id"], amount=taken, currency=taken_currency, status=status),
            ),
            trading_account_id=known.system[SystemRole.TRADING]["id"],
            pointer="/to_amount",
        )

    def _sole_currency(self, postings: Sequence[PostingCreate], accounts: Sequence[Row]) -> str:
        """The currency of a posting that names none, on an account that takes any: the others', if they agree."""
        named = {posting.currency or account["currency"] for posting, account in zip(postings, accounts, strict=True)}
        named.discard(None)
        return named.pop() if len(named) == 1 else self.base_currency


def named_in(wanted: TransactionCreate) -> Iterator[str]:
    """The accounts that a new transaction names, whichever way it was written."""
    yield from (posting.account for posting in wanted.postings or ())
    yield from (text for text in (wanted.account, wanted.category, wanted.from_, wanted.to) if text is not None)


def currencies_in(wanted: TransactionCreate, accounts: Iterable[Row]) -> Iterator[str | None]:
    """The currencies that a new transaction may be in: those it names, and those its accounts are kept in."""
    yield wanted.currency
    for posting in wanted.postings or ():
        yield from posting_currencies(posting)
    yield from (account["currency"] for account in accounts)


def posting_currencies(posting: PostingCreate) -> Iterator[str | None]:
    """The currencies that a posting names: of its amount, its price and its cost."""
    yield posting.currency
    yield from (noted.currency for noted in (posting.price, posting.cost) if noted)


def price_of(posting: PostingCreate) -> Price | None:
    """The price that is to be noted on a posting."""
    return Price(posting.price.amount, posting.price.currency) if posting.price else None


def cost_of(posting: PostingCreate) -> Cost | None:
    """The cost that is to be noted on a posting."""
    cost = posting.cost
    return Cost(cost.amount, cost.currency, cost.date, cost.label or None) if cost else None


def booked_to(wanted: TransactionCreate) -> Sequence[SystemRole]:
    """What the service may book a part of a new transaction to by itself."""
    if wanted.postings is not None or wanted.model_fields_set & MOVEMENT_FIELDS:
        return (SystemRole.TRADING,)
    return UNCATEGORISED if wanted.category is None else ()


def uncategorised(amount: Decimal) -> SystemRole:
    """The category of an amount that nobody named one for, by its sign on the account."""
    return SystemRole.UNCATEGORISED_INCOME if amount > 0 else SystemRole.UNCATEGORISED_EXPENSE
