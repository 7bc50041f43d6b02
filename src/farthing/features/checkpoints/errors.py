"""All that can go wrong with checkpoints and reconciliations; that a write breaks one is the journal's to say."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class CheckpointNotFound(NotFound):
    """The book has no such checkpoint."""

    code = "checkpoint_not_found"
    message = "The book has no such checkpoint."


class CheckpointIdTaken(IdTaken):
    """The book has, or had, a checkpoint with the id that the client chose."""

    message = "A checkpoint with this id exists, or existed, in the book."


class CheckpointExists(Conflict):
    """What the account held then is stated already."""

    code = "checkpoint_exists"
    message = "The account has a checkpoint in this currency on that day; change that one."


class ReconciliationNotFound(NotFound):
    """The account was never reconciled with such a statement."""

    code = "reconciliation_not_found"
    message = "The account has no such reconciliation."


class ReconciliationIdTaken(IdTaken):
    """The book has a reconciliation with the id that the client chose."""

    message = "A reconciliation with this id exists, or existed, in the book."


class ReconciliationDiffers(Conflict):
    """What was ticked, or could be found, doesn't come to the statement's balance."""

    code = "reconciliation_differs"
    message = (
        "The statement says {balance} {currency}; the postings taken, and those reconciled before, come to {total}: "
        "{difference} away."
    )
    sample = {"balance": "382.34", "currency": "CAD", "total": "369.84", "difference": "12.50"}


class ReconciliationTooLarge(Conflict):
    """More postings than are reconciled at once."""

    code = "reconciliation_too_large"
    message = "More than {most} postings up to that day aren't reconciled; begin with an earlier statement."
    sample = {"most": 5000}


class SelectionUnclear(Invalid):
    """It isn't said which postings the statement has, or in two ways."""

    code = "selection_unclear"
    message = "Name the postings or transactions that the statement has, or say `automatic`: one of both."


class PostingUnfit(Invalid):
    """What was ticked can't be reconciled with this statement."""

    code = "posting_unfit"
    message = "This isn't on the account, in the statement's currency, by its day and not yet reconciled."
