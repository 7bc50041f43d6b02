"""Every table there is, for those who need them all: migrations, and the proofs."""

import farthing.features.departures.models  # noqa: F401 - functions on the tables of others
from farthing.core.changelog import Change, History
from farthing.core.mail import OutgoingMail
from farthing.core.queue import PeriodicTask, QueuedJob, QueueLog
from farthing.core.tickets import SpentTicket
from farthing.features.access_tokens.models import AccessToken
from farthing.features.accounts.models import Account, AccountGroup
from farthing.features.administration.models import Admission, InstanceSettings
from farthing.features.attachments.models import Attachment, Content
from farthing.features.book_transfers.models import BookTransfer
from farthing.features.books.models import Book, DeletedBook, Member
from farthing.features.checkpoints.models import Reconciliation
from farthing.features.currencies.models import OwnCurrency
from farthing.features.factors.models import Authenticator, FactorTries, Passkey, RecoveryCode
from farthing.features.identity.models import (
    Allowance,
    Challenge,
    KnownDevice,
    MailedLink,
    RefreshToken,
    SecurityEvent,
    Session,
    User,
)
from farthing.features.imports.models import Import, ImportFile, ImportProfile, ImportRow
from farthing.features.insights.models import AccountForecast, Analysis, Insight, RecurringPayment
from farthing.features.invitations.models import Invitation
from farthing.features.jobs.models import Job
from farthing.features.journal.models import (
    Checkpoint,
    MonthSum,
    Posting,
    PostingLink,
    Transaction,
    TransactionTag,
    Valuation,
)
from farthing.features.matches.models import RejectedMatch
from farthing.features.openid.models import OpenIdentity
from farthing.features.payees.models import Payee, PayeeName
from farthing.features.prices.models import Price, ReferenceLoad, ReferencePrice
from farthing.features.searches.models import SavedSearch
from farthing.features.settlements.models import Agreement, AgreementAccount, AgreementShare, AgreementTag
from farthing.features.statements.models import StatementLine
from farthing.features.tags.models import Tag

__all__ = [
    "AccessToken",
    "Account",
    "AccountForecast",
    "AccountGroup",
    "Admission",
    "Agreement",
    "AgreementAccount",
    "AgreementShare",
    "AgreementTag",
    "Allowance",
    "Analysis",
    "Attachment",
    "Authenticator",
    "Book",
    "BookTransfer",
    "Challenge",
    "Change",
    "Checkpoint",
    "Content",
    "DeletedBook",
    "FactorTries",
    "History",
    "Import",
    "ImportFile",
    "ImportProfile",
    "ImportRow",
    "Insight",
    "InstanceSettings",
    "Invitation",
    "Job",
    "KnownDevice",
    "MailedLink",
    "Member",
    "MonthSum",
    "OpenIdentity",
    "OutgoingMail",
    "OwnCurrency",
    "Passkey",
    "Payee",
    "PayeeName",
    "PeriodicTask",
    "Posting",
    "PostingLink",
    "Price",
    "QueueLog",
    "QueuedJob",
    "Reconciliation",
    "RecoveryCode",
    "RecurringPayment",
    "ReferenceLoad",
    "ReferencePrice",
    "RefreshToken",
    "RejectedMatch",
    "SavedSearch",
    "SecurityEvent",
    "Session",
    "SpentTicket",
    "StatementLine",
    "Tag",
    "Transaction",
    "TransactionTag",
    "User",
    "Valuation",
]
