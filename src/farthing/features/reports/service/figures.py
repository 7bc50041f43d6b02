"""Figures: sums of postings laid out by account and period, and added up along the chart. Pure, and exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.ledger.money import EXACT

Sums = dict[str, Decimal]
"""Amounts by currency. What has no entry was never posted to; what has one may still be zero."""
NOTHING: Sums = {}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was posted to accounts, by period.

    ``of_accounts`` has a list for each account, with an entry for each period, oldest first.
    """

    periods: int
    of_accounts: Mapping[UUID, Sequence[Sums]]

    @classmethod
    def of_rows(cls, rows: Iterable[Row], periods: int, *, cumulative: bool) -> Figures:
        """The figures of ``account_id, currency, place, amount``; places count from 1, and 0 is all before.

        Args:
            rows: as :meth:`ReportRepository.sums` answers.
            periods: how many there are.
            cumulative: whether a figure is what was held at the period's end, rather than what was posted within it.
        """
        figures: dict[UUID, list[Sums]] = {}
        for account_id, currency, place, amount, _ in rows:
            of_account = figures.get(account_id)
            if of_account is None:
                of_account = figures[account_id] = [{} for _ in range(periods + 1)]
            of_account[place][currency] = amount
        if cumulative:
            for of_account in figures.values():
                for place in range(1, periods + 1):
                    of_account[place] = plus(of_account[place - 1], of_account[place])
        return cls(periods, {account_id: each[1:] for account_id, each in figures.items()})

    @property
    def currencies(self) -> set[str]:
        """All that anything was posted in."""
        return {code for each in self.of_accounts.values() for sums in each for code in sums}

    def rolled_up(self, chart: Sequence[Mapping[str, Any]]) -> Figures:
        """The figures of these accounts, each with those of all accounts below it.

        Args:
            chart: accounts, children behind their parents.
        """
        within = {account["id"] for account in chart}
        whole = {
            account_id: [dict(sums) for sums in each]
            for account_id, each in self.of_accounts.items()
            if account_id in within
        }
        for account in reversed(chart):
            own = whole.get(account["id"])
            if own is None or account["parent_id"] not in within:
                continue
            above = whole.get(account["parent_id"])
            if above is None:
                whole[account["parent_id"]] = [dict(sums) for sums in own]
            else:
                _add_to(above, own)
        return Figures(self.periods, whole)

    def with_others(self, others: Figures) -> Figures:
        """These and others of the same periods."""
        both = {account_id: list(own) for account_id, own in self.of_accounts.items()}
        for account_id, own in others.of_accounts.items():
            there = both.get(account_id)
            both[account_id] = list(own) if there is None else [*map(plus, there, own)]
        return Figures(self.periods, both)

    def total(self, account_ids: Iterable[UUID]) -> list[Sums]:
        """What accounts come to together, by period."""
        total: list[Sums] = [{} for _ in range(self.periods)]
        for account_id in account_ids:
            if (own := self.of_accounts.get(account_id)) is not None:
                _add_to(total, own)
        return total


def _add_to(totals: Sequence[Sums], figures: Sequence[Mapping[str, Decimal]]) -> None:
    """Add figures to totals, period by period, where they stand."""
    add = EXACT.add
    for so_far, sums in zip(totals, figures, strict=True):
        for currency, amount in sums.items():
            so_far[currency] = add(so_far[currency], amount) if currency in so_far else amount


def plus(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> Sums:
    """Both together."""
    if not other:
        return dict(one)
    both = dict(one)
    for currency, amount in other.items():
        both[currency] = EXACT.add(both[currency], amount) if currency in both else amount
    return both


def minus(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> Sums:
    """One less the other."""
    return plus(one, turned(other))


def turned(sums: Mapping[str, Decimal]) -> Sums:
    """The same with the opposite signs."""
    return {currency: EXACT.minus(amount) for currency, amount in sums.items()}


def summed(all_sums: Iterable[Mapping[str, Decimal]]) -> Sums:
    """All together."""
    total: Sums = {}
    for sums in all_sums:
        total = plus(total, sums)
    return total
