"""Splitting: one category of a transaction becomes several, to the last minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference, check_postable
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import WrittenPosting
from farthing.features.journal.models import PostingStatus
from farthing.features.journal.service import JournalService
from farthing.features.transactions.errors import CategoryUnfit, SplitMixed, SplitUneven, TransactionNotSimple
from farthing.features.transactions.schemas import (
    NotedCostCreate,
    NotedPriceCreate,
    PostingCreate,
    SplitLineCreate,
    TransactionSplit,
    TransactionUpdate,
)
from farthing.features.transactions.service.change import ChangeService
from farthing.features.transactions.showing import Shown
from farthing.ledger.accounts import AccountKind
from farthing.ledger.currencies import Currencies
from farthing.ledger.money import allocate

WHOLE = Decimal(100)
"""What percentages add up to."""


class SplitService:
    """Splits transactions. What comes of it is written as any other change of the postings is."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.changes = ChangeService(work)

    async def split(self, transaction_id: UUID, wanted: TransactionSplit, *, override_lock: bool = False) -> Shown:
        """Put several lines in the place of the one line that a transaction has on a category.

        Amounts go first, at what they say; what they leave is shared out by weight or by percentage, exactly
        (:func:`farthing.ledger.money.allocate`). The first line keeps the posting's id, all of them its status,
        price and cost: these are of a unit.

        Args:
            transaction_id: which one.
            wanted: the lines, their amounts signed as the transaction's is from its account's view.
            override_lock: whether it may be dated in the locked period, if the member may do that.

        Raises:
            TransactionNotFound: the book has none such.
            TransactionNotSimple: it has no posting on a category, or more than one.
            SplitMixed, SplitUneven: the lines aren't shares of its amount.
            AccountUnknown, AccountClosed, CategoryUnfit, CurrencyMismatch: a category doesn't fit.
            AmountTooFine, AmountTooLarge: an amount doesn't fit the currency.
            TransactionIsValuation, TransactionTransferred, LineLinked: as :meth:`ChangeService.change` says.
            RevisionStale, PeriodLocked, PermissionMissing: as :meth:`ChangeService.change` says.
        """
        written = await self.journal.get(transaction_id)
        before = [posting for posting in written.postings if not posting.generated]
        accounts = {account["id"]: account for account in await self.accounts.chart([p.account_id for p in before])}
        on_category = [posting for posting in before if _is_category(accounts[posting.account_id])]
        if len(on_category) != 1:
            raise TransactionNotSimple
        (divided,) = on_category
        categories = await self._categories(wanted.lines, divided.currency)
        currencies = await self.currencies.look_up([divided.currency])
        amounts = _shares(wanted.lines, -divided.amount, divided.currency, currencies)
        parts = [
            _posting(divided, category["id"], -amount, line.memo)
            for line, category, amount in zip(wanted.lines, categories, amounts, strict=True)
        ]
        parts[0] = parts[0].model_copy(update={"id": divided.id})
        postings = []
        for posting in before:
            kept = _posting(posting, posting.account_id, posting.amount, posting.memo)
            postings += parts if posting is divided else [kept.model_copy(update={"id": posting.id})]
        changes = TransactionUpdate.model_construct({"postings"}, postings=postings)
        shown = await self.changes.change(transaction_id, changes, override_lock=override_lock)
        if self.work.is_dirty:
            self.work.tell(f"Split a transaction into {len(parts)} lines.")
        return shown

    async def _categories(self, lines: Sequence[SplitLineCreate], currency: str) -> list[Row]:
        pointers = [f"/lines/{place}/category" for place in range(len(lines))]
        found = await self.accounts.resolve(
            [Reference(line.category, pointer) for line, pointer in zip(lines, pointers, strict=True)]
        )
        for category, pointer in zip(found, pointers, strict=True):
            if not _is_category(category):
                raise CategoryUnfit.at(pointer)
            check_postable(category, currency, pointer=pointer)
        return found


def _shares(lines: Sequence[SplitLineCreate], total: Decimal, currency: str, currencies: Currencies) -> list[Decimal]:
    """What each line gets of the total: its amount, or its share of what the amounts leave."""
    named = [
        None if line.amount is None else currencies.settle(line.amount, currency, pointer=f"/lines/{place}/amount")
        for place, line in enumerate(lines)
    ]
    for place, line in enumerate(lines):
        if sum(each is not None for each in (line.amount, line.weight, line.percent)) > 1:
            raise SplitMixed.at(f"/lines/{place}")
    whole = f"{currencies.write(total, currency)} {currency}"
    left = total - sum((amount for amount in named if amount is not None), Decimal(0))
    weights = _weights([line for line in lines if line.amount is None], whole)
    if not weights and left:
        problem = f"their amounts leave {currencies.write(left, currency)}"
        raise SplitUneven.at("/lines", total=whole, problem=problem)
    if weights and left * total <= 0:
        problem = "their amounts leave nothing for the other lines"
        raise SplitUneven.at("/lines", total=whole, problem=problem)
    digits = currencies.get(currency, pointer="/lines").digits
    shares = iter(allocate(left, weights, digits) if weights else ())
    return [next(shares) if amount is None else amount for amount in named]


def _weights(lines: Sequence[SplitLineCreate], total: str) -> list[Decimal]:
    """How much each of these lines gets beside the others: a line that says nothing weighs one."""
    percents = [line.percent for line in lines if line.percent is not None]
    if not percents:
        return [Decimal(1) if line.weight is None else line.weight for line in lines]
    if len(percents) < len(lines):
        raise SplitMixed.at("/lines")
    if sum(percents) != WHOLE:
        raise SplitUneven.at("/lines", total=total, problem="percentages add up to 100")
    return percents


def _posting(like: WrittenPosting, account_id: UUID, amount: Decimal, memo: str | None) -> PostingCreate:
    return PostingCreate(
        account=str(account_id),
        amount=amount,
        currency=like.currency,
        status=PostingStatus(like.status),
        memo=memo,
        price=NotedPriceCreate(**asdict(like.price)) if like.price else None,
        cost=NotedCostCreate(**asdict(like.cost)) if like.cost else None,
    )


def _is_category(account: Row) -> bool:
    return AccountKind(account["kind"]).is_category
