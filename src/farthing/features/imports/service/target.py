"""Targets: where the rows of a statement go, and what stands against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.features.imports.mapping import Bound
from farthing.formats.drafts import DraftRow, DraftSplit, DraftStatement
from farthing.kit import ids
from farthing.ledger.accounts import number_key
from farthing.ledger.currencies import Currency
from farthing.ledger.money import decimals


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against the rows of a file: the accounts that its names are bound to, and those for what it doesn't
    name.
    """

    income_id: UUID
    expense_id: UUID
    trading_id: UUID
    """What stands between money and what it bought."""
    categories: Mapping[str, Bound] = field(default_factory=dict)
    accounts: Mapping[str, Bound] = field(default_factory=dict)
    """Accounts of the same person, by the names that the file calls them."""
    numbers: Mapping[str, Bound] = field(default_factory=dict)
    """The book's own accounts by their numbers, as these are compared."""
    opening_id: UUID | None = None
    """What opening balances come from."""
    units: Mapping[str, Currency] = field(default_factory=dict)
    """What the file's securities are here, by what it calls them."""

    def uncategorised(self, amount: Decimal) -> UUID:
        """The category of an amount that nobody named one for, by its sign on the account."""
        return self.income_id if amount > 0 else self.expense_id


@dataclass(frozen=True, slots=True)
class Target:
    """A statement, and the account that it goes to."""

    account_id: UUID
    account: str
    """Its full name."""
    statement: DraftStatement
    currency: str
    """Of rows that name none."""
    against: Against
    keeps_units: bool = False
    """Whether the account takes securities beside money."""
    is_opened: bool = True
    """Whether an opening balance is booked on it already."""

    @property
    def currencies(self) -> set[str]:
        """What its rows and balances are in."""
        return {self.currency, *(row.currency for row in self.statement.rows if row.currency)}

    def other_account(self, row: DraftRow) -> UUID | None:
        """The book's own account on the other side, if the bank names its number."""
        if row.counterparty_number is None:
            return None
        bound = self.against.numbers.get(number_key(row.counterparty_number))
        return bound.account_id if bound and bound.account_id != self.account_id else None

    def transferred_to(self, row: DraftRow) -> UUID | None:
        """The account of the same person on the other side, if the file names it."""
        if row.transfer_to is None or row.splits:
            return None
        bound = self.against.accounts.get(row.transfer_to)
        return bound.account_id if bound and bound.takes(row.currency or self.currency) else None

    def split_to(self, row: DraftRow, split: DraftSplit) -> UUID | None:
        """The other account of the same person that a part of a row went to or came from."""
        bound = self.against.accounts.get(split.transfer_to) if split.transfer_to is not None else None
        if bound is None or bound.account_id == self.account_id or not bound.takes(row.currency or self.currency):
            return None
        return bound.account_id

    def counterpart(
        self, row: DraftRow, amount: Decimal, currency: str, posting_id: UUID
    ) -> tuple[UUID | None, list[dict[str, Any]] | None]:
        """What stands against a row: one account, or all its postings where that doesn't do; neither: nobody said."""
        if row.is_opening and self.against.opening_id is not None:
            return self.against.opening_id, None
        if row.splits or row.security is not None:
            parts = self._split if row.splits else self._bought
            return None, parts(row, amount, currency, posting_id)
        other = self.transferred_to(row)
        if other is not None and other != self.account_id:
            return other, None
        if row.category is not None:
            bound = self.against.categories.get(row.category)
            if bound is not None and bound.account_id is not None and bound.takes(currency):
                return bound.account_id, None
        if row.counterparty_number is not None:
            named = self.against.numbers.get(number_key(row.counterparty_number))
            if named and named.account_id and named.account_id != self.account_id and named.takes(currency):
                # The other bank hasn't said so yet: until then it is pending there.
                return None, [
                    _posting(posting_id, self.account_id, amount, currency, row.status),
                    _posting(ids.new_id(), named.account_id, -amount, currency, "pending"),
                ]
        return None, None

    def _bought(self, row: DraftRow, amount: Decimal, currency: str, posting_id: UUID) -> list[dict[str, Any]]:
        """Money and units, each against the trading account: what buys shares isn't spent.

        On an account that is kept in one currency, the money alone.
        """
        security, trading_id = row.security, self.against.trading_id
        assert security is not None, "it is one that bought or sold"  # noqa: S101 - it was looked at before
        unit = self.against.units.get(security.commodity)
        money = _posting(posting_id, self.account_id, amount, currency, row.status)
        across = _posting(ids.new_id(), trading_id, -amount, currency, "cleared")
        if unit is None or not self.keeps_units or decimals(security.amount) > unit.digits:
            return [money, across]
        price = security.price
        worth = {"price_amount": f"{price.amount:f}", "price_currency": price.currency} if price else {}
        memo = security.name if security.name != security.commodity else None
        bought = _posting(ids.new_id(), self.account_id, security.amount, unit.code, row.status, memo)
        over = _posting(ids.new_id(), trading_id, -security.amount, unit.code, "cleared")
        return [money, bought | worth, over | {"generated": True}, across | {"generated": True}]

    def _split(self, row: DraftRow, amount: Decimal, currency: str, posting_id: UUID) -> list[dict[str, Any]]:
        postings = [_posting(posting_id, self.account_id, amount, currency, row.status)]
        left = amount
        for split in row.splits:
            if split.amount:
                account_id = self._of_split(split, currency) or self.against.uncategorised(split.amount)
                part = split.amount.quantize(amount)
                postings.append(_posting(ids.new_id(), account_id, -part, currency, "cleared", split.memo))
                left -= part
        if left:
            postings.append(_posting(ids.new_id(), self.against.uncategorised(left), -left, currency, "cleared"))
        return postings

    def _of_split(self, split: DraftSplit, currency: str) -> UUID | None:
        for name, known in ((split.transfer_to, self.against.accounts), (split.category, self.against.categories)):
            bound = known.get(name) if name is not None else None
            if bound is not None and bound.account_id != self.account_id and bound.takes(currency):
                return bound.account_id
        return None


def _posting(
    posting_id: UUID, account_id: UUID, amount: Decimal, currency: str, status: str, memo: str | None = None
) -> dict[str, Any]:
    return {
        "id": str(posting_id),
        "account_id": str(account_id),
        "amount": f"{amount:f}",
        "currency": currency,
        "status": status,
        "memo": memo[:200] if memo else None,
        "generated": False,
    }
