"""Layouts: what each statement is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from farthing.features.reports.schemas import Lines
from farthing.features.reports.service.figures import Sums, minus
from farthing.ledger.accounts import AccountKind, AccountType, SystemRole

LIQUID = frozenset({AccountType.CHECKING, AccountType.SAVINGS, AccountType.CASH})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a statement: the accounts of some kinds. ``is_turned`` shows what is owed or earned as positive."""

    name: str
    kinds: frozenset[AccountKind]
    is_turned: bool = False
    only: Callable[[Mapping[str, Any]], bool] = lambda _: True
    lines: Lines | None = None
    """Which lines of transactions are just those of its accounts."""

    def has(self, account: Mapping[str, Any]) -> bool:
        """Whether an account is part of it."""
        return AccountKind(account["kind"]) in self.kinds and self.only(account)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a statement is made of. ``cumulative`` is about what is held at each period's end."""

    name: str
    sections: tuple[Section, ...]
    cumulative: bool
    net: Callable[[Sequence[Sums]], Sums]
    """What the sections come to, from their totals as they are shown."""
    of_worth: bool = False
    """Whether a figure told in one currency is by how much what is held rose in worth since the period before."""
    lines: Lines | None = None
    """Which lines of transactions make up the net."""
    by_transaction: bool = False
    """Whether a status is that of a transaction: lines on categories have none of their own."""
    with_rows: bool = True
    """Whether the accounts are shown, or their totals only."""


def _is_liquid(account: Mapping[str, Any]) -> bool:
    return account["type"] is not None and AccountType(account["type"]) in LIQUID


def _is_trading(account: Mapping[str, Any]) -> bool:
    return bool(account["role"] == SystemRole.TRADING)


INCOME_STATEMENT = Layout(
    "income_statement",
    (
        Section("income", frozenset({AccountKind.INCOME}), is_turned=True, lines=Lines.INCOME),
        Section("expenses", frozenset({AccountKind.EXPENSE}), lines=Lines.EXPENSES),
    ),
    cumulative=False,
    net=lambda totals: minus(totals[0], totals[1]),
    lines=Lines.CATEGORIES,
    by_transaction=True,
)
BALANCE_SHEET = Layout(
    "balance_sheet",
    (
        Section("assets", frozenset({AccountKind.ASSET})),
        Section("liabilities", frozenset({AccountKind.LIABILITY}), is_turned=True),
    ),
    cumulative=True,
    net=lambda totals: minus(totals[0], totals[1]),
    lines=Lines.ACCOUNTS,
)
NET_WORTH = replace(BALANCE_SHEET, name="net_worth", with_rows=False)
CASH_FLOW = Layout(
    "cash_flow",
    (Section("cash", frozenset({AccountKind.ASSET}), only=_is_liquid),),
    cumulative=False,
    net=lambda totals: totals[0],
)
EXCHANGE_GAINS = Layout(
    "exchange_gains",
    (Section("gains", frozenset({AccountKind.EQUITY}), is_turned=True, only=_is_trading),),
    cumulative=False,
    net=lambda totals: totals[0],
    of_worth=True,
)
