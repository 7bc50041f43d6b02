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


class AccountTerm(StrEnum):
    """What can be agreed about an account, with a bank or with anyone else."""

    INTEREST_RATE = "interest_rate"
    CREDIT_LIMIT = "credit_limit"
    MINIMUM_PAYMENT = "minimum_payment"
    PAYMENT_DAY = "payment_day"
    STARTED_ON = "started_on"
    ENDS_ON = "ends_on"
    ORIGINAL_AMOUNT = "original_amount"

    @property
    def is_amount(self) -> bool:
        """Whether it is an amount, in the currency that the account is kept in."""
        return self in {AccountTerm.CREDIT_LIMIT, AccountTerm.MINIMUM_PAYMENT, AccountTerm.ORIGINAL_AMOUNT}

    @property
    def types(self) -> tuple[AccountType, ...]:
        """The types of account about which this can be agreed."""
        return tuple(type_ for type_ in AccountType if self in type_.terms)


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

    @property
    def terms(self) -> frozenset[AccountTerm]:
        """What can be agreed about an account of this type."""
        return _TERMS_OF_TYPE.get(self, frozenset())

    @property
    def is_valued(self) -> bool:
        """Whether an asset of this type has a worth that isn't the sum of what was paid: a house, a car, a fund."""
        return self in _VALUED


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


_VALUED = frozenset({AccountType.INVESTMENT, AccountType.PROPERTY, AccountType.OTHER})
_REPAID = frozenset(AccountTerm) - {AccountTerm.CREDIT_LIMIT}
_TERMS_OF_TYPE = {
    AccountType.CHECKING: frozenset({AccountTerm.INTEREST_RATE, AccountTerm.CREDIT_LIMIT}),
    AccountType.SAVINGS: frozenset(
        {AccountTerm.INTEREST_RATE, AccountTerm.STARTED_ON, AccountTerm.ENDS_ON, AccountTerm.ORIGINAL_AMOUNT}
    ),
    AccountType.RECEIVABLE: _REPAID,
    AccountType.CREDIT_CARD: frozenset(
        {
            AccountTerm.INTEREST_RATE,
            AccountTerm.CREDIT_LIMIT,
            AccountTerm.MINIMUM_PAYMENT,
            AccountTerm.PAYMENT_DAY,
        }
    ),
    AccountType.LOAN: frozenset(AccountTerm),
    AccountType.MORTGAGE: _REPAID,
    AccountType.PAYABLE: _REPAID,
}


class SystemRole(StrEnum):
    """The accounts every book has, and that the service itself books to."""

    OPENING_BALANCES = "opening_balances"
    TRADING = "trading"
    UNCATEGORISED_INCOME = "uncategorised_income"
    UNCATEGORISED_EXPENSE = "uncategorised_expense"
    REVALUATION = "revaluation"


SYSTEM_ACCOUNTS: dict[SystemRole, tuple[AccountKind, str]] = {
    SystemRole.OPENING_BALANCES: (AccountKind.EQUITY, "Opening Balances"),
    SystemRole.TRADING: (AccountKind.EQUITY, "Trading"),
    SystemRole.UNCATEGORISED_INCOME: (AccountKind.INCOME, "Uncategorised"),
    SystemRole.UNCATEGORISED_EXPENSE: (AccountKind.EXPENSE, "Uncategorised"),
    SystemRole.REVALUATION: (AccountKind.EQUITY, "Revaluation"),
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
