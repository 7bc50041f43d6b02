"""Checkpoints and reconciliations on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from farthing.core.bounds import RECONCILED_AT_ONCE
from farthing.core.work import Action
from farthing.features.accounts.schemas import AccountRef
from farthing.features.journal.models import CheckpointOrigin, CheckpointState
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, LongText, absent
from farthing.ledger.wire import Amount, CurrencyCode, Sum

ChosenId = Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")]
Stated = Annotated[Amount, Field(description="From the account's view: a debt is negative.", examples=["382.34"])]
Ticked = Annotated[list[Id], Field(max_length=RECONCILED_AT_ONCE)]


class CheckpointCreate(Given):
    """What an account is stated to have held at the end of a day; postings that are pending don't count."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"account": "Assets:Checking", "date": "2026-03-31", "amount": "382.34"}]}
    )

    id: ChosenId = None
    account: AccountRef
    date: Day
    amount: Stated
    currency: Annotated[
        CurrencyCode | None, Field(description="Left out: the account's, or the book's where it takes any.")
    ] = None
    note: LongText | None = None


class CheckpointUpdate(Given):
    """What can be changed about a checkpoint (merge patch, RFC 7396): absent keeps, null clears."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "The paper statement, page 3"}]})

    date: Day = Field(default_factory=absent)
    amount: Stated = Field(default_factory=absent)
    note: LongText | None = None


class CheckpointQuery(PageQuery):
    """Filters of the list of checkpoints. All that are given must hold."""

    account: Annotated[AccountRef | None, Field(description="Of this account.")] = None
    broken: Annotated[bool | None, Field(description="Only those that are broken, or only those that hold.")] = None


class CheckpointRead(Answered):
    """What an account is stated to have held at the end of a day, and whether it did."""

    id: Id
    account_id: Id
    date: Day
    amount: Stated
    currency: Annotated[str, Field(examples=["CAD"])]
    state: CheckpointState
    held: Annotated[Sum, Field(description="What the account's postings come to, those pending left out.")]
    outstanding: Annotated[
        Sum, Field(description="What is dated by then and reached the bank later, as reconciliations and merges found.")
    ]
    difference: Annotated[Sum, Field(description="What is stated, and outstanding, less what is held.")]
    broken_revision: Annotated[int | None, Field(description="The revision since which it doesn't hold.")]
    origin: CheckpointOrigin
    import_id: Annotated[Id | None, Field(description="The import that stated it.")]
    note: str | None
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class CheckpointPage(PageRead[CheckpointRead]):
    """Checkpoints, the last day first."""


class SuspectQuery(PageQuery):
    """How many suspects are shown."""


class SuspectRead(Answered):
    """A transaction that moved what a checkpoint is about after it last held."""

    transaction_id: Id
    date: Day
    action: Annotated[Action, Field(description="What became of it since the checkpoint last held.")]
    revision: Annotated[int, Field(description="When it was last written or deleted.", examples=[9])]
    amount: Annotated[Sum, Field(description="What that put on the account, as the checkpoint counts.")]


class SuspectPage(PageRead[SuspectRead]):
    """Suspects, the last day first. A checkpoint that holds has none."""


class ReconciliationCreate(Given):
    """A bank's statement to reconcile an account with: by what is ticked, or automatically."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"date": "2026-03-31", "balance": "382.34", "automatic": True}]}
    )

    id: ChosenId = None
    date: Annotated[Day, Field(description="The last day that the statement covers.")]
    balance: Stated
    currency: Annotated[
        CurrencyCode | None, Field(description="Left out: the account's, or the book's where it takes any.")
    ] = None
    postings: Annotated[Ticked, Field(description="Postings of the account that the statement has.")] = Field(
        default_factory=list
    )
    transactions: Annotated[
        Ticked, Field(description="Transactions all of whose postings on it the statement has.")
    ] = Field(default_factory=list)
    automatic: Annotated[
        bool,
        Field(description="Take what is cleared by that day, and find out which few of it the statement leaves out."),
    ] = False


class ReconciliationRead(Answered):
    """A statement that an account was reconciled with."""

    id: Id
    account_id: Id
    date: Day
    balance: Stated
    currency: Annotated[str, Field(examples=["CAD"])]
    checkpoint_id: Annotated[Id, Field(description="What came of it; it may have been deleted since.")]
    postings: Annotated[int, Field(description="How many became reconciled with it.", examples=[12])]
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class LeftOutRead(Answered):
    """A posting that was cleared, and that the statement hasn't: it is pending from then on."""

    id: Id
    transaction_id: Id
    date: Day
    amount: Amount


class ReconciledRead(ReconciliationRead):
    """A statement that an account was just reconciled with, and what it leaves out."""

    left_out: list[LeftOutRead]


class ReconciliationQuery(PageQuery):
    """How many reconciliations are shown."""


class ReconciliationPage(PageRead[ReconciliationRead]):
    """Reconciliations, the last day first."""
