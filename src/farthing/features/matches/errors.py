"""All that can go wrong with proposing and merging."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class WindowUnfit(Invalid):
    """Matches are looked for among the transactions of at most a year."""

    code = "window_unfit"
    message = "Matches are looked for between date_from and a date_to that isn't earlier, at most {most} days later."
    sample = {"most": 366}


class TransactionUnknown(Invalid):
    """A request names a transaction that the book hasn't got."""

    code = "transaction_unknown"
    message = "The book has no transaction with this id."


class MatchWithItself(Invalid):
    """A transaction is named twice."""

    code = "match_with_itself"
    message = "A match is between two transactions."


class MatchUnfit(Conflict):
    """The two transactions can't be one."""

    code = "match_unfit"
    message = (
        "The two can't become one. A transfer is one line each on two accounts, in and out, against categories; a "
        "posted transaction has one line on the account of a pending one, in the same direction; or of one that was "
        "recorded by hand, if a bank's statement brought it."
    )


class BothCategorised(Conflict):
    """A transfer needs no category, and neither transaction is uncategorised."""

    code = "both_categorised"
    message = "Both transactions have a category, which a transfer hasn't; leave one of them uncategorised first."


class AmountsDiffer(Conflict):
    """The amounts of the two aren't the same, and nothing says where the difference goes."""

    code = "amounts_differ"
    message = "The amounts are {first} and {second} {currency}, and there is no one line that takes the difference."
    sample = {"first": "-101.50", "second": "100.00", "currency": "EUR"}


class RejectionNotFound(NotFound):
    """The book has no such rejected match."""

    code = "rejected_match_not_found"
    message = "The book has no such rejected match."


class RejectionIdTaken(IdTaken):
    """The book has, or had, a rejected match with the id that the client chose."""

    message = "A rejected match with this id exists, or existed, in the book."


class MatchRejected(Conflict):
    """A match is rejected once."""

    code = "match_rejected"
    message = "The match was rejected already, under another id."
