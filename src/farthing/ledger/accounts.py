"""The chart of accounts: kinds, types and full names.

A full name starts with the fixed English name of the account's kind: ``Assets:Bank:Checking``. Income and expense
accounts are what other programs call categories.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

SEPARATOR = ":"


class AccountKind(StrEnum):
    """What an account is in the books. Its postings' signs follow: money into an asset is positive."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def root(self) -> str:
        """The first segment of the full name of every account of this kind."""
        return _ROOTS[self]

    @property
    def is_category(self) -> bool:
        """Income and expenses: what money comes from and goes to."""
        return self in {AccountKind.INCOME, AccountKind.EXPENSE}


_ROOTS = {
    AccountKind.ASSET: "Assets",
    AccountKind.LIABILITY: "Liabilities",
    AccountKind.EQUITY: "Equity",
    AccountKind.INCOME: "Income",
    AccountKind.EXPENSE: "Expenses",
}


class AccountType(StrEnum):
    """What an account is in life."""

    CHECKING = "checking"
    SAVINGS = "savings"
    CASH = "cash"
    INVESTMENT = "investment"
    PROPERTY = "property"
    RECEIVABLE = "receivable"
    CREDIT_CARD = "credit_card"
    LOAN = "loan"
    MORTGAGE = "mortgage"
    PAYABLE = "payable"
    OTHER = "other"

    @property
    def kinds(self) -> frozenset[AccountKind]:
        """The kinds an account of this type can be of."""
        return _KINDS_OF_TYPE[self]

    @property
    def is_bank_like(self) -> bool:
        """Whether an account of this type is kept in one currency, as a bank keeps it."""
        return self in _BANK_LIKE


_ASSETS = frozenset({AccountKind.ASSET})
_LIABILITIES = frozenset({AccountKind.LIABILITY})
_KINDS_OF_TYPE = {
    AccountType.CHECKING: _ASSETS | _LIABILITIES,
    AccountType.SAVINGS: _ASSETS,
    AccountType.CASH: _ASSETS,
    AccountType.INVESTMENT: _ASSETS,
    AccountType.PROPERTY: _ASSETS,
    AccountType.RECEIVABLE: _ASSETS,
    AccountType.CREDIT_CARD: _LIABILITIES,
    AccountType.LOAN: _LIABILITIES,
    AccountType.MORTGAGE: _LIABILITIES,
    AccountType.PAYABLE: _LIABILITIES,
    AccountType.OTHER: frozenset(AccountKind),
}
_BANK_LIKE = frozenset(
    {
        AccountType.CHECKING,
        AccountType.SAVINGS,
        AccountType.CREDIT_CARD,
        AccountType.LOAN,
        AccountType.MORTGAGE,
    }
)


class SystemRole(StrEnum):
    """The accounts every book has, and that the service itself books to."""

    OPENING_BALANCES = "opening_balances"
    TRADING = "trading"
    UNCATEGORISED_INCOME = "uncategorised_income"
    UNCATEGORISED_EXPENSE = "uncategorised_expense"


SYSTEM_ACCOUNTS: dict[SystemRole, tuple[AccountKind, str]] = {
    SystemRole.OPENING_BALANCES: (AccountKind.EQUITY, "Opening Balances"),
    SystemRole.TRADING: (AccountKind.EQUITY, "Trading"),
    SystemRole.UNCATEGORISED_INCOME: (AccountKind.INCOME, "Uncategorised"),
    SystemRole.UNCATEGORISED_EXPENSE: (AccountKind.EXPENSE, "Uncategorised"),
}


def full_name(kind: AccountKind, parent: str | None, name: str) -> str:
    """The full name of an account called ``name`` under the full name ``parent``, or under its kind's root."""
    return f"{parent or kind.root}{SEPARATOR}{name}"


def name_key(name: str) -> str:
    """What two names share when a person would call them the same: case and Unicode form don't matter."""
    return unicodedata.normalize("NFKC", name).casefold()


def number_key(number: str) -> str:
    """An account number or IBAN without what people and banks add for the eye."""
    return "".join(character for character in number.upper() if character.isalnum())
