"""What GnuCash keeps, as its files say it: amounts are fractions, accounts and commodities known by their ids."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

CommodityKey = tuple[str, str]
"""The name space and the symbol of a commodity: ``("CURRENCY", "EUR")``, ``("NASDAQ", "AAPL")``."""

MONEY = frozenset({"CURRENCY", "ISO4217"})
"""The name spaces of money; the second is that of files written before 2.4."""
MOST_ACCOUNTS = 20_000
MOST_COMMODITIES = 5_000
MOST_PRICES = 500_000
MOST_SPLITS_EACH = 200
"""The most splits that a transaction has here; see ``farthing.ledger.postings``."""


@dataclass(frozen=True, slots=True)
class KeptCommodity:
    """A currency or security. ``fraction`` is how many of its smallest units make one."""

    key: CommodityKey
    name: str = ""
    fraction: int = 1


@dataclass(slots=True)
class KeptAccount:
    """An account, by its id; ``parent`` is None for the root."""

    id: str
    name: str
    type: str
    commodity: CommodityKey | None = None
    parent: str | None = None
    code: str = ""
    description: str = ""
    hidden: bool = False
    is_opening: bool = False
    """Whether GnuCash marks it as the account of opening balances."""


@dataclass(frozen=True, slots=True)
class KeptSplit:
    """A split: ``quantity`` in the account's commodity, ``value`` the same in the transaction's currency."""

    account: str
    quantity: Decimal
    value: Decimal
    state: str = "n"
    memo: str = ""
    action: str = ""


@dataclass(slots=True)
class KeptTransaction:
    """A transaction. ``number`` counts those of the file, from 1."""

    number: int
    id: str
    currency: CommodityKey
    date: dt.date
    description: str = ""
    num: str = ""
    notes: str = ""
    void_reason: str = ""
    splits: list[KeptSplit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KeptPrice:
    """What a unit of a commodity cost on a day."""

    number: int
    commodity: CommodityKey
    currency: CommodityKey
    date: dt.date
    value: Decimal | None


@dataclass(slots=True)
class Kept:
    """A whole book. ``left_out`` counts what it has besides, by what people call it."""

    commodities: dict[CommodityKey, KeptCommodity] = field(default_factory=dict)
    accounts: dict[str, KeptAccount] = field(default_factory=dict)
    transactions: list[KeptTransaction] = field(default_factory=list)
    prices: list[KeptPrice] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, what: str) -> None:
        """Count something that isn't read."""
        self.left_out[what] = self.left_out.get(what, 0) + 1
