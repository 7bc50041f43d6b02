"""Charts: the accounts and categories of programs that call them by a plain name, as they are met.

Each gets a path under its kind, so that an account and a category of one name stay two.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from farthing.formats.drafts import DraftAccount, DraftTransaction
from farthing.formats.foreign_names import Paths, one_line
from farthing.ledger.accounts import SYSTEM_ACCOUNTS, AccountKind, SystemRole


@dataclass(slots=True)
class Chart:
    """The accounts met so far."""

    _paths: Paths = field(default_factory=Paths)
    _accounts: dict[str, DraftAccount] = field(default_factory=dict)
    _hidden: set[str] = field(default_factory=set)

    def account(
        self,
        key: Hashable,
        kind: AccountKind,
        *names: str | None,
        type: str | None = None,  # noqa: A002 - the draft's word
        currency: str | None = None,
        number: str | None = None,
        description: str | None = None,
        is_closed: bool = False,
    ) -> str:
        """The path of an account, which is noted when it is met first; what is told later fills in what was left out.

        Args:
            key: what tells it apart from others of its kind.
            kind: asset, liability, equity, income or expense.
            names: its name, behind those of the groups that it stands in.
            type: one of Farthing's types of accounts.
            currency: what it is bound to.
            number: its IBAN, or whatever number it has.
            description: what is said of it.
            is_closed: whether it isn't used any more.
        """
        given = [name for name in names if one_line(name)] or [None]
        below = kind.root
        for level, name in enumerate(given[:-1], 1):
            below = self._paths.give((kind, "group", tuple(given[:level])), name, below=below)
        path = self._paths.give((kind, key), given[-1], below=below)
        known = self._accounts.get(path)
        if known is None:
            self._accounts[path] = DraftAccount(
                path, kind.value, type, currency, one_line(number), one_line(description)
            )
        elif (type and not known.type) or (number and not known.number):
            self._accounts[path] = replace(known, type=known.type or type, number=known.number or one_line(number))
        if is_closed:
            self._hidden.add(path)
        return path

    def system(self, role: SystemRole) -> str:
        """The path of an account that every book has: the one of what has no category, or of opening balances."""
        kind, name = SYSTEM_ACCOUNTS[role]
        return self.account(role, kind, name)

    def uncategorised(self, amount: Decimal) -> str:
        """The path for money of which nothing is said.

        Args:
            amount: from the view of the account that it came to or went from.
        """
        is_income = amount > 0
        return self.system(SystemRole.UNCATEGORISED_INCOME if is_income else SystemRole.UNCATEGORISED_EXPENSE)

    def accounts(self, transactions: Iterable[DraftTransaction]) -> tuple[DraftAccount, ...]:
        """All of them. Those that aren't used any more are closed on the day on which they came to hold nothing."""
        held: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        last: dict[str, dt.date] = {}
        for transaction in transactions:
            for posting in transaction.postings:
                if posting.account in self._hidden:
                    held[posting.account][posting.currency] += posting.amount
                    last[posting.account] = max(transaction.date, last.get(posting.account, transaction.date))
        return tuple(
            replace(each, closed=last[path]) if path in last and not any(held[path].values()) else each
            for path, each in self._accounts.items()
        )
