"""All that can go wrong with the journal."""

from __future__ import annotations

from collections.abc import Sequence

from farthing.core.work import IdTaken
from farthing.kit.faults import Blame, Conflict, Invalid, NotFound

MAX_NAMED = 10
"""So many checkpoints are named one by one."""


class TransactionNotFound(NotFound):
    """The book has no such transaction."""

    code = "transaction_not_found"
    message = "The book has no such transaction."


class TransactionIdTaken(IdTaken):
    """The book has, or had, a transaction with the id that the client chose."""

    message = "A transaction with this id exists, or existed, in the book."


class PostingIdTaken(IdTaken):
    """The book has a posting with the id that the client chose."""

    message = "A posting with this id exists in the book, in another transaction or twice in this one."


class PostingsTooMany(Invalid):
    """More postings than a transaction holds."""

    code = "postings_too_many"
    message = "A transaction has at most 200 postings."


class PeriodLocked(Conflict):
    """What is to be written, changed or deleted is dated in the period that the book is locked for."""

    code = "period_locked"
    message = "The book is locked until {locked_until}: nothing dated on that day or earlier can change."
    sample = {"locked_until": "2025-12-31"}


class PeriodLockedMeanwhile(PeriodLocked):
    """PostgreSQL's own refusal: the lock isn't what it was when the book was opened."""

    message = "The book was locked meanwhile, and this is dated in the locked period."


class PostingReconciled(Conflict):
    """A posting that was reconciled with the bank's statement would change."""

    code = "posting_reconciled"
    message = (
        "A posting that was reconciled would go, or change its account, amount or day; say `unreconcile=true`, or give "
        "it another status with the same change."
    )


class CheckpointBroken(Conflict):
    """An account would not have held any more what it is stated to have held."""

    code = "checkpoint_broken"
    message = "Checkpoints would not hold any more: {count}. The first: {first}"
    sample = {
        "count": 1,
        "first": "Assets:Checking held 382.34 CAD at the end of 2026-03-31; it would be 12.50 CAD more.",
    }

    @classmethod
    def naming(cls, broken: Sequence[str]) -> CheckpointBroken:
        """This fault, of these checkpoints, each said in a sentence."""
        blames = tuple(Blame(code=cls.code, detail=each) for each in broken[:MAX_NAMED])
        return cls(blames=blames, count=len(broken), first=broken[0])


class TransactionIsValuation(Conflict):
    """The transaction is what a valuation books, and only the valuation changes it."""

    code = "transaction_is_valuation"
    message = "The transaction is what {valuation} books; change or delete that instead."
    sample = {"valuation": "the valuation 019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}


class ValuationIdTaken(IdTaken):
    """The book has, or had, a valuation with the id that the client chose."""

    message = "A valuation with this id exists, or existed, in the book."


class ValuationExists(Conflict):
    """The account was valued for that day before."""

    code = "valuation_exists"
    message = "The account has a valuation for that day; change that one."


class TransactionTransferred(Conflict):
    """The transaction is one side of a transfer between books, neither of which changes alone."""

    code = "transaction_transferred"
    message = "The transaction is one side of a transfer between two books; take back the transfer instead."


class LineLinked(Conflict):
    """A line that links say something about can't go, shrink below what they say, or turn round."""

    code = "line_linked"
    message = "A line is part of the {kind} {link_id}, and wouldn't bear it any more; change or delete that link first."
    sample = {"kind": "refund", "link_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}


class TransactionReversed(Conflict):
    """What was reversed can't be deleted: its mirror would stand alone."""

    code = "transaction_reversed"
    message = "The transaction was reversed by {reversed_by_id}; delete that one first."
    sample = {"reversed_by_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}


class AlreadyReversed(Conflict):
    """A transaction is reversed once."""

    code = "already_reversed"
    message = "The transaction was reversed already, by {reversed_by_id}."
    sample = {"reversed_by_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}


class ReversedMeanwhile(AlreadyReversed):
    """PostgreSQL's own refusal of a second reversal."""

    message = "The transaction that it reverses has another reversal by now."


class ReversedMissing(Conflict):
    """A reversal comes back only to what it reverses."""

    code = "reversed_missing"
    message = "The transaction that it reverses is deleted; bring that back first."


class TransactionNotDeleted(Conflict):
    """Only a deleted transaction can be brought back."""

    code = "transaction_not_deleted"
    message = "The transaction isn't deleted."
