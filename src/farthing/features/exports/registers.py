"""Registers: transactions as each account of their own sees them, for formats that know no double entry. Pure."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from farthing.features.exports.spool import Spool
from farthing.features.exports.surroundings import Surroundings
from farthing.formats.drafts import (
    DraftAccount,
    DraftBalance,
    DraftPosting,
    DraftRow,
    DraftSplit,
    DraftStatement,
    DraftTransaction,
    Status,
)
from farthing.ledger.accounts import SEPARATOR, AccountKind
from farthing.ledger.money import EXACT

_OWN = frozenset({AccountKind.ASSET.value, AccountKind.LIABILITY.value})
_STATUSES: Sequence[Status] = ("pending", "cleared", "reconciled")
Key = tuple[str, str]
"""An account, by its full name, and a currency."""


class Registers:
    """Registers of the accounts that people own or owe on: one for each of them and each currency that is on it."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._accounts: Mapping[str, DraftAccount] = {each.name: each for each in around.accounts}
        self._rows: Spool[DraftRow] = Spool()
        self._of: defaultdict[Key, array[int]] = defaultdict(lambda: array("q"))

    def add(self, transaction: DraftTransaction) -> None:
        """Enter a transaction into the registers of its accounts."""
        own: dict[Key, list[DraftPosting]] = {}
        for posting in transaction.postings:
            account = self._accounts.get(posting.account)
            if account is not None and account.kind in _OWN and not posting.generated:
                own.setdefault((posting.account, posting.currency), []).append(posting)
        for key, postings in own.items():
            row = self._row(transaction, key, postings)
            if row is not None:
                self._of[key].append(self._rows.add(row))

    def rows(self, key: Key) -> Iterator[DraftRow]:
        """The rows of a register, the oldest first."""
        return self._rows.some(self._of[key])

    def keys(self) -> Iterator[Key]:
        """The registers, in the order of the chart. If the whole book is written, accounts without rows have one."""
        for name, account in self._accounts.items():
            if account.kind not in _OWN:
                continue
            currencies = sorted(currency for at, currency in self._of if at == name)
            if not currencies and self._around.is_whole:
                currencies = [account.currency or self._around.currency]
            yield from ((name, currency) for currency in currencies)

    def statement(self, key: Key) -> DraftStatement:
        """What is said of a register, without its rows."""
        name, currency = key
        account = self._accounts[name]
        return DraftStatement(
            rows=(),
            number=account.number,
            account_type=account.type or ("other" if account.kind == AccountKind.ASSET.value else "payable"),
            currency=currency,
            closing=DraftBalance(self._around.held.get(key, Decimal(0)), self._around.until),
            name=self.name(key),
        )

    def name(self, key: Key) -> str:
        """What a register is called: as its account, without the root, and with the currency if it isn't the usual."""
        name, currency = key
        account = self._accounts.get(name)
        usual = (account.currency if account else None) or self._around.currency
        plain = _without_root(name)
        return plain if currency == usual else f"{plain} ({currency})"

    def close(self) -> None:
        """Let go of what waits on the disk."""
        self._rows.close()

    def _row(self, transaction: DraftTransaction, key: Key, own: Sequence[DraftPosting]) -> DraftRow | None:
        amount = Decimal(0)
        for posting in own:
            amount = EXACT.add(amount, posting.amount)
        parts = self._parts(transaction, key, amount)
        if not amount and len(parts) < 2:  # noqa: PLR2004 - nothing moved, and nothing is told by parts
            return None
        only = parts[0] if len(parts) == 1 else None
        return DraftRow(
            line=0,
            date=transaction.date,
            amount=amount,
            currency=key[1],
            payee=transaction.payee,
            description=transaction.description or own[0].memo,
            value_date=transaction.value_date,
            external_id=transaction.external_id,
            status=min((each.status for each in own), key=_STATUSES.index),
            category=only.category if only else None,
            transfer_to=only.transfer_to if only else None,
            splits=() if only else parts,
            tags=transaction.tags,
            notes=transaction.notes,
            is_opening=transaction.is_opening,
        )

    def _parts(self, transaction: DraftTransaction, key: Key, amount: Decimal) -> tuple[DraftSplit, ...]:
        """What a row is made of: the other postings in its currency, and what was exchanged for it."""
        parts: list[DraftSplit] = []
        left = amount
        elsewhere: list[DraftPosting] = []
        for posting in transaction.postings:
            if posting.generated or (posting.account, posting.currency) == key:
                continue
            if posting.currency != key[1]:
                elsewhere.append(posting)
                continue
            parts.append(self._part(posting, -posting.amount))
            left = EXACT.add(left, posting.amount)
        if left and elsewhere:
            parts.append(self._part(elsewhere[0], left))
        return tuple(parts)

    def _part(self, posting: DraftPosting, amount: Decimal) -> DraftSplit:
        account = self._accounts.get(posting.account)
        if account is not None and account.kind in _OWN:
            return DraftSplit(amount, transfer_to=self.name((posting.account, posting.currency)), memo=posting.memo)
        return DraftSplit(amount, category=_without_root(posting.account), memo=posting.memo)


def _without_root(name: str) -> str:
    root, _, rest = name.partition(SEPARATOR)
    return rest if root in {kind.root for kind in AccountKind} and rest else name
