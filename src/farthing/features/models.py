"""Every table there is, for those who need them all: migrations, and the proofs."""

from farthing.core.changelog import Change, History
from farthing.features.accounts.models import Account
from farthing.features.books.models import Book, Member
from farthing.features.checkpoints.models import Reconciliation
from farthing.features.identity.models import RefreshToken, Session, User
from farthing.features.imports.models import Import
from farthing.features.journal.models import Checkpoint, MonthSum, Posting, Transaction
from farthing.features.statements.models import StatementLine

__all__ = [
    "Account",
    "Book",
    "Change",
    "Checkpoint",
    "History",
    "Import",
    "Member",
    "MonthSum",
    "Posting",
    "Reconciliation",
    "RefreshToken",
    "Session",
    "StatementLine",
    "Transaction",
    "User",
]
