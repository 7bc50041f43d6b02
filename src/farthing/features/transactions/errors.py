"""All that can go wrong with recording and changing transactions; the journal has its own."""

from __future__ import annotations

from farthing.kit.faults import Conflict, Invalid


class ShapeMixed(Invalid):
    """The request mixes the ways to write a transaction."""

    code = "shape_mixed"
    message = "Write a transaction in one way: account, amount and category; or from, to and amount; or postings."


class FieldMissing(Invalid):
    """A field that this way of writing a transaction needs is missing."""

    code = "field_missing"
    message = "This way of writing a transaction needs {field}."
    sample = {"field": "account"}


class CategoryUnfit(Invalid):
    """A category is an income or expense account."""

    code = "category_unfit"
    message = (
        "A category is an income or expense account; for money that moves between your own accounts use from and to."
    )


class AccountUnfit(Invalid):
    """The account of a one-line transaction isn't a category."""

    code = "account_unfit"
    message = "The account of a one-line transaction is one that money can be in; income and expenses are categories."


class PayeeMixed(Invalid):
    """The request names the payee twice over."""

    code = "payee_mixed"
    message = "Name the payee in one way: in words, as payee, or by id, as payee_id."


class TagsMixed(Invalid):
    """One tag is to be put on and taken off."""

    code = "tags_mixed"
    message = "A tag is put on or taken off, not both."


class TransactionTagsTooMany(Conflict):
    """A transaction would bear more tags than one does."""

    code = "transaction_tags_too_many"
    message = "The transaction would bear {count} tags; one bears at most {most}."
    sample = {"count": 31, "most": 30}


class AmountZero(Invalid):
    """A one-line transaction of nothing."""

    code = "amount_zero"
    message = "The amount is zero; or, between two accounts, less than that: from and to say which way it goes."


class ToAmountMissing(Invalid):
    """Two accounts kept in different currencies: an exchange names both amounts."""

    code = "to_amount_missing"
    message = "The accounts are kept in {from_currency} and {to_currency}: name both amounts, the second as to_amount."
    sample = {"from_currency": "EUR", "to_currency": "USD"}


class TransactionNotSimple(Conflict):
    """The transaction has more to it than one line can change."""

    code = "transaction_not_simple"
    message = "The transaction isn't one line between an account and a category; change its postings instead."


class TransactionMerged(Conflict):
    """A transaction that was merged into another can't stand beside it."""

    code = "transaction_merged"
    message = (
        "The transaction was merged into {kept}: beside it, it would count double. Undo change {revision} instead."
    )
    sample = {"kept": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f", "revision": 41}


class PostingUnknown(Invalid):
    """The transaction has no posting with that id."""

    code = "posting_unknown"
    message = "The transaction has no posting with this id, or it is named twice."


class SearchMalformed(Invalid):
    """The search has a term that can't be read."""

    code = "search_malformed"
    message = "The search can't be read at column {column}, {token}: {problem}."
    sample = {
        "column": 13,
        "token": "amount>ten",
        "problem": "an amount is written 12.50, a range of amounts 10..20",
    }


class MatchesTooMany(Invalid):
    """The filter matches more transactions than are changed with one request."""

    code = "matches_too_many"
    message = "The filter matches {count} transactions; at most {most}, with {postings} postings, are taken at once."
    sample = {"count": 7310, "most": 5000, "postings": 50000}


class CountDiffers(Conflict):
    """The filter doesn't match as many transactions as the caller expects."""

    code = "count_differs"
    message = "There are {count} such transactions, and not {expected} as expected; nothing was done."
    sample = {"count": 43, "expected": 42}


class AccountCurrencyChanged(Conflict):
    """An account that a deleted transaction stood on is kept in another currency since."""

    code = "account_currency_changed"
    message = "The account {account} is kept in {currency} by now; the transaction was in another currency."
    sample = {"account": "Assets:Checking", "currency": "USD"}


class OpeningBooked(Conflict):
    """The account of a deleted opening balance has another one since."""

    code = "opening_booked"
    message = "The account {account} has another opening balance by now; delete that one first."
    sample = {"account": "Assets:Checking"}


class SplitMixed(Invalid):
    """The lines of a split name more than one kind of share."""

    code = "split_mixed"
    message = (
        "A line has one of amount, weight and percent; and those without amount all have weights, or all percents."
    )


class SplitUneven(Invalid):
    """The lines of a split don't add up to the transaction's amount."""

    code = "split_uneven"
    message = "The lines don't add up to the transaction's {total}: {problem}."
    sample = {"total": "-12.50 EUR", "problem": "their amounts leave -2.50"}
