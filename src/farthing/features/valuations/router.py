"""What accounts are worth."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountClosed, AccountNotFound
from farthing.features.journal.errors import CheckpointBroken, PeriodLocked, ValuationExists, ValuationIdTaken
from farthing.features.journal.schemas import OverrideCheckpoints, OverrideLock
from farthing.features.valuations.errors import (
    AccountNotValued,
    AccountWithoutCurrency,
    ValuationNotFound,
    ValuationsTooMany,
)
from farthing.features.valuations.schemas import (
    ValuationCreate,
    ValuationPage,
    ValuationQuery,
    ValuationRead,
    ValuationUpdate,
)
from farthing.features.valuations.service import ValuationService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge

router = book_room(prefix="/accounts/{account_id}/valuations", tag="valuations")
Viewing = Annotated[ValuationService, serve(ValuationService, needs="accounts:read")]
Listing = Annotated[ValuationService, serve(ValuationService, needs="accounts:read", tag=Tag.BOOK)]
Valuing = Annotated[ValuationService, serve(ValuationService, needs="accounts:write")]


@router.post(
    "",
    status_code=201,
    response_model=ValuationRead,
    responses=faults(
        AccountNotFound,
        AccountNotValued,
        AccountWithoutCurrency,
        AccountClosed,
        ValuationExists,
        ValuationIdTaken,
        ValuationsTooMany,
        PeriodLocked,
        CheckpointBroken,
        AmountTooFine,
        AmountTooLarge,
    ),
)
async def create_valuation(
    valuations: Valuing,
    account_id: Id,
    valuation: ValuationCreate,
    request: Request,
    response: Response,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> Row:
    """Say what an account is worth on a day. The difference to what it held is booked to Equity:Revaluation."""
    book_id = valuations.work.book_id
    with told_where(
        request,
        ValuationIdTaken,
        "get_valuation",
        book_id=book_id,
        account_id=account_id,
        valuation_id=valuation.id,
    ):
        made = await valuations.create(
            account_id, valuation, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
    created_at(request, response, "get_valuation", book_id=book_id, account_id=account_id, valuation_id=made["id"])
    return made


@router.get("", response_model=ValuationPage, responses=faults(AccountNotFound, CursorMalformed))
async def list_valuations(
    valuations: Listing,
    account_id: Id,
    wanted: Annotated[ValuationQuery, Query()],
    request: Request,
    response: Response,
) -> Page[Row]:
    """What an account was worth, newest first."""
    return paged(request, response, await valuations.find(account_id, wanted))


@router.get("/{valuation_id}", response_model=ValuationRead, responses=faults(ValuationNotFound))
async def get_valuation(valuations: Viewing, account_id: Id, valuation_id: Id) -> Row:
    """A valuation."""
    return await valuations.get(account_id, valuation_id)


@router.patch(
    "/{valuation_id}",
    response_model=ValuationRead,
    responses=faults(
        ValuationNotFound, AccountClosed, PeriodLocked, CheckpointBroken, AmountTooFine, AmountTooLarge, RevisionStale
    ),
)
async def update_valuation(
    valuations: Valuing,
    account_id: Id,
    valuation_id: Id,
    changes: ValuationUpdate,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> Row:
    """Change a valuation's amount or note. What it booked follows."""
    return await valuations.change(
        account_id, valuation_id, changes, override_lock=override_lock, override_checkpoints=override_checkpoints
    )


@router.delete(
    "/{valuation_id}",
    status_code=204,
    responses=faults(ValuationNotFound, AccountClosed, PeriodLocked, CheckpointBroken, AmountTooLarge, RevisionStale),
)
async def delete_valuation(
    valuations: Valuing,
    account_id: Id,
    valuation_id: Id,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> None:
    """Delete a valuation, and what it booked."""
    await valuations.delete(
        account_id, valuation_id, override_lock=override_lock, override_checkpoints=override_checkpoints
    )
