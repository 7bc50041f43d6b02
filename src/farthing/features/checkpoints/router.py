"""Checkpoints, and reconciling accounts with statements."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountNotFound, AccountUnknown, CurrencyMismatch
from farthing.features.checkpoints.errors import (
    CheckpointExists,
    CheckpointIdTaken,
    CheckpointNotFound,
    PostingUnfit,
    ReconciliationDiffers,
    ReconciliationIdTaken,
    ReconciliationNotFound,
    ReconciliationTooLarge,
    SelectionUnclear,
)
from farthing.features.checkpoints.schemas import (
    CheckpointCreate,
    CheckpointPage,
    CheckpointQuery,
    CheckpointRead,
    CheckpointUpdate,
    ReconciledRead,
    ReconciliationCreate,
    ReconciliationPage,
    ReconciliationQuery,
    ReconciliationRead,
    SuspectPage,
    SuspectQuery,
)
from farthing.features.checkpoints.service.find import FindService
from farthing.features.checkpoints.service.reconcile import ReconcileService
from farthing.features.checkpoints.service.state import StateService
from farthing.features.journal.errors import CheckpointBroken, PeriodLocked
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge

router = book_room(prefix="/checkpoints", tag="checkpoints")
reconciliations = book_room(prefix="/accounts/{account_id}/reconciliations", tag="checkpoints")
Viewing = Annotated[FindService, serve(FindService, needs="checkpoints:read")]
Listing = Annotated[FindService, serve(FindService, needs="checkpoints:read", tag=Tag.BOOK)]
Stating = Annotated[StateService, serve(StateService, needs="checkpoints:write")]
Reconciling = Annotated[ReconcileService, serve(ReconcileService, needs="checkpoints:write")]
OverrideLock = Annotated[
    bool, Query(description="Mark postings in the locked period too. Needs `books:write`, and the change log says so.")
]
OverrideCheckpoints = Annotated[
    bool,
    Query(description="Do it also where other checkpoints break by it: they are marked, and the change log says so."),
]


@router.post(
    "",
    status_code=201,
    response_model=CheckpointRead,
    responses=faults(
        CheckpointIdTaken, CheckpointExists, AccountUnknown, CurrencyMismatch, AmountTooFine, AmountTooLarge
    ),
)
async def create_checkpoint(
    checkpoints: Stating, checkpoint: CheckpointCreate, request: Request, response: Response
) -> dict[str, Any]:
    """State what an account held at the end of a day. Where the book has it otherwise, the checkpoint is broken."""
    book_id = checkpoints.work.book_id
    with told_where(request, CheckpointIdTaken, "get_checkpoint", book_id=book_id, checkpoint_id=checkpoint.id):
        stated = await checkpoints.state(checkpoint)
    created_at(request, response, "get_checkpoint", book_id=book_id, checkpoint_id=stated["id"])
    return stated


@router.get("", response_model=CheckpointPage, responses=faults(CursorMalformed, AccountUnknown))
async def list_checkpoints(
    checkpoints: Listing, wanted: Annotated[CheckpointQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Checkpoints, the last day first."""
    return paged(request, response, await checkpoints.find(wanted))


@router.get("/{checkpoint_id}", response_model=CheckpointRead, responses=faults(CheckpointNotFound))
async def get_checkpoint(checkpoints: Viewing, checkpoint_id: Id) -> dict[str, Any]:
    """A checkpoint."""
    return await checkpoints.get(checkpoint_id)


@router.get(
    "/{checkpoint_id}/suspects", response_model=SuspectPage, responses=faults(CursorMalformed, CheckpointNotFound)
)
async def list_checkpoint_suspects(
    checkpoints: Listing,
    checkpoint_id: Id,
    wanted: Annotated[SuspectQuery, Query()],
    request: Request,
    response: Response,
) -> Page[Row]:
    """The transactions that moved what a broken checkpoint counts since it last held: together, by its difference."""
    return paged(request, response, await checkpoints.suspects(checkpoint_id, wanted))


@router.patch(
    "/{checkpoint_id}",
    response_model=CheckpointRead,
    responses=faults(CheckpointNotFound, CheckpointExists, AmountTooFine, AmountTooLarge, RevisionStale),
)
async def update_checkpoint(checkpoints: Stating, checkpoint_id: Id, changes: CheckpointUpdate) -> dict[str, Any]:
    """Change a checkpoint."""
    return await checkpoints.change(checkpoint_id, changes)


@router.delete("/{checkpoint_id}", status_code=204, responses=faults(CheckpointNotFound, RevisionStale))
async def delete_checkpoint(checkpoints: Stating, checkpoint_id: Id) -> None:
    """Delete a checkpoint: nothing is held to it any more. What it was stays in the history."""
    await checkpoints.delete(checkpoint_id)


@reconciliations.post(
    "",
    status_code=201,
    response_model=ReconciledRead,
    responses=faults(
        AccountNotFound,
        ReconciliationDiffers,
        ReconciliationIdTaken,
        ReconciliationTooLarge,
        CheckpointExists,
        CheckpointBroken,
        PeriodLocked,
        SelectionUnclear,
        PostingUnfit,
        CurrencyMismatch,
        AmountTooFine,
        AmountTooLarge,
    ),
)
async def reconcile_account(
    accounts: Reconciling,
    account_id: Id,
    statement: ReconciliationCreate,
    request: Request,
    response: Response,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Reconcile an account with a statement: what it has becomes reconciled, and a checkpoint keeps its balance.

    The postings that are ticked, and those reconciled before, must come to the balance, exactly. With `automatic` all
    that is cleared by the day is taken; if that is too much or too little, the few postings are left out that make the
    difference, if they can be told. What is left out becomes pending; the answer names it.
    """
    book_id = accounts.work.book_id
    with told_where(
        request,
        ReconciliationIdTaken,
        "get_reconciliation",
        book_id=book_id,
        account_id=account_id,
        reconciliation_id=statement.id,
    ):
        reconciled = await accounts.reconcile(
            account_id, statement, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
    created_at(
        request,
        response,
        "get_reconciliation",
        book_id=book_id,
        account_id=account_id,
        reconciliation_id=reconciled["id"],
    )
    return reconciled


@reconciliations.get("", response_model=ReconciliationPage, responses=faults(CursorMalformed, AccountNotFound))
async def list_reconciliations(
    accounts: Listing,
    account_id: Id,
    wanted: Annotated[ReconciliationQuery, Query()],
    request: Request,
    response: Response,
) -> Page[Row]:
    """The statements that an account was reconciled with, the last day first."""
    return paged(request, response, await accounts.find_reconciliations(account_id, wanted))


@reconciliations.get(
    "/{reconciliation_id}", response_model=ReconciliationRead, responses=faults(ReconciliationNotFound)
)
async def get_reconciliation(accounts: Viewing, account_id: Id, reconciliation_id: Id) -> Row:
    """A statement that an account was reconciled with."""
    return await accounts.get_reconciliation(account_id, reconciliation_id)
