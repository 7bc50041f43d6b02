"""All that can go wrong with accounts."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class AccountNotFound(NotFound):
    """The book has no such account."""

    code = "account_not_found"
    message = "The book has no such account."


class AccountUnknown(Invalid):
    """No account of the book has that id or full name."""

    code = "account_unknown"
    message = "The book has no account of that id or full name.{near}"
    sample = {"near": " Did you mean Expenses:Food:Groceries?"}


class AccountIdTaken(IdTaken):
    """The book has an account with the id that the client chose."""

    message = "An account with this id exists in the book."


class AccountNameTaken(Conflict):
    """An account under the same parent has that name."""

    code = "account_name_taken"
    message = "An account with this full name exists in the book; names that differ in case only are one."


class AccountNumberTaken(Conflict):
    """Another account has that number."""

    code = "account_number_taken"
    message = "Another account of the book has this number."


class AccountNotEmpty(Conflict):
    """Only an empty account can be closed."""

    code = "account_not_empty"
    message = "The account still holds {balances}; move it first."
    sample = {"balances": "382.34 CAD"}


class AccountHasOpenChildren(Conflict):
    """An account is closed after those under it."""

    code = "account_has_open_children"
    message = "The account has open accounts under it; close them first."


class AccountClosed(Conflict):
    """A closed account takes no postings."""

    code = "account_closed"
    message = "The account {account} is closed; reopen it first."
    sample = {"account": "Assets:Old Bank"}


class AccountNotClosed(Conflict):
    """Only a closed account can be reopened."""

    code = "account_not_closed"
    message = "The account isn't closed."


class AccountInUseLater(Conflict):
    """An account can't be closed on a day before its last posting."""

    code = "account_in_use_later"
    message = "The account has postings after that day; close it on {last} or later."
    sample = {"last": "2026-11-23"}


class AccountIsSystem(Conflict):
    """The service itself books to this account: it stays as it is."""

    code = "account_is_system"
    message = "The service itself books to this account; it can't be renamed, moved, closed or archived."


class AccountValuedThen(Conflict):
    """An account that is worth something on a day can't be closed on that day."""

    code = "account_valued_then"
    message = "The account is valued at {amount} for {day}; delete that valuation, or close the account later."
    sample = {"amount": "310000.00 EUR", "day": "2026-11-23"}


class AccountValued(Conflict):
    """An account with valuations stays what it is."""

    code = "account_valued"
    message = "The account has valuations: it stays of a type that is valued, and in its currency."


class TransferUnfit(Invalid):
    """What is left on an account that is closed goes to another one."""

    code = "transfer_unfit"
    message = "What is left goes to another account, and to none that the service itself books to."


class ParentUnfit(Invalid):
    """An account can't stand under that one."""

    code = "parent_unfit"
    message = "An account stands under one of its own kind, never under itself, and at most 8 deep."


class TypeUnfit(Invalid):
    """Accounts of that kind can't be of that type."""

    code = "type_unfit"
    message = "An account of the kind {kind} can't be of the type {type}."
    sample = {"kind": "asset", "type": "credit_card"}


class TermUnfit(Invalid):
    """Nothing of the kind is agreed about accounts of that type."""

    code = "term_unfit"
    message = "An account of the type {type} has no {term}."
    sample = {"type": "cash", "term": "credit_limit"}


class TermsReversed(Invalid):
    """Something ends before it started."""

    code = "terms_reversed"
    message = "The account's term ends before it started."


class CurrencyRequired(Invalid):
    """A bank-like account is kept in one currency."""

    code = "currency_required"
    message = "An account of the type {type} is kept in one currency; name it."
    sample = {"type": "checking"}


class CurrencyUsed(Conflict):
    """The account was posted to in another currency than the one it is to be bound to."""

    code = "currency_used"
    message = "The account holds postings in {currencies}; its currency can't change."
    sample = {"currencies": "EUR"}


class CurrencyMismatch(Invalid):
    """The account is kept in another currency."""

    code = "currency_mismatch"
    message = "The account {account} is kept in {currency}."
    sample = {"account": "Assets:Checking", "currency": "EUR"}


class AccountMisplaced(Conflict):
    """An account's full name and place don't follow from those of the account above it."""

    code = "account_misplaced"
    message = "The account {account} wouldn't stand where its name says; accounts were moved or opened there since."
    sample = {"account": "Assets:Bank:Checking"}


class OpeningTwice(Conflict):
    """An account would have two opening balances."""

    code = "opening_twice"
    message = "The account {account} would have two opening balances, which count double; delete one first."
    sample = {"account": "Assets:Checking"}


class AccountsTooMany(Conflict):
    """More accounts than a book holds."""

    code = "accounts_too_many"
    message = "A book has at most 5,000 accounts."


class GroupNotFound(NotFound):
    """The book has no such group of accounts."""

    code = "account_group_not_found"
    message = "The book has no such group of accounts."


class GroupUnknown(Invalid):
    """No group of accounts has that id or name."""

    code = "account_group_unknown"
    message = "The book has no group of accounts of that id or name."


class GroupIdTaken(IdTaken):
    """The book has, or had, a group with the id that the client chose."""

    message = "A group of accounts with this id exists, or existed, in the book."


class GroupNameTaken(Conflict):
    """Another group of accounts has that name."""

    code = "account_group_name_taken"
    message = "A group of accounts with this name exists in the book; names that differ in case only are one."


class GroupsTooMany(Conflict):
    """More groups of accounts than a book holds."""

    code = "account_groups_too_many"
    message = "A book has at most 200 groups of accounts."


class GroupsOthers(Conflict):
    """The groups to be put in order aren't those that the book has."""

    code = "account_groups_others"
    message = "The book has other groups of accounts than these; read them again, and name each of them."
