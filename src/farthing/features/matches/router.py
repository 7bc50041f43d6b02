"""Matches: what may be one, and making one of two."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountClosed, AccountUnknown, CurrencyMismatch
from farthing.features.journal.errors import (
    CheckpointBroken,
    LineLinked,
    PeriodLocked,
    PostingReconciled,
    TransactionNotFound,
    TransactionReversed,
)
from farthing.features.journal.schemas import OverrideCheckpoints, OverrideLock
from farthing.features.matches.errors import (
    AmountsDiffer,
    BothCategorised,
    MatchRejected,
    MatchUnfit,
    MatchWithItself,
    RejectionIdTaken,
    RejectionNotFound,
    TransactionUnknown,
    WindowUnfit,
)
from farthing.features.matches.schemas import (
    MatchAccept,
    MatchPage,
    MatchQuery,
    MatchReject,
    RejectedMatchPage,
    RejectedMatchQuery,
    RejectedMatchRead,
    TransactionMerge,
)
from farthing.features.matches.service.merge import MergeService
from farthing.features.matches.service.propose import ProposeService
from farthing.features.matches.service.reject import RejectService
from farthing.features.transactions.errors import AccountCurrencyChanged, CategoryUnfit
from farthing.features.transactions.schemas import TransactionRead
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="/matches", tag="matches")
merging = book_room(prefix="/transactions", tag="transactions")
Proposing = Annotated[ProposeService, serve(ProposeService, needs="transactions:read", tag=Tag.BOOK_TODAY)]
Merging = Annotated[MergeService, serve(MergeService, needs="transactions:write")]
Viewing = Annotated[RejectService, serve(RejectService, needs="transactions:read")]
Listing = Annotated[RejectService, serve(RejectService, needs="transactions:read", tag=Tag.BOOK)]
Rejecting = Annotated[RejectService, serve(RejectService, needs="transactions:write")]
MERGE_FAULTS = (
    TransactionUnknown,
    MatchUnfit,
    BothCategorised,
    AmountsDiffer,
    AccountUnknown,
    CategoryUnfit,
    CurrencyMismatch,
    AccountClosed,
    AccountCurrencyChanged,
    LineLinked,
    TransactionReversed,
    PostingReconciled,
    PeriodLocked,
    CheckpointBroken,
)


@merging.post(
    "/{transaction_id}/merge",
    response_model=TransactionRead,
    responses=faults(TransactionNotFound, MatchWithItself, *MERGE_FAULTS, RevisionStale),
)
async def merge_transaction(
    matches: Merging,
    transaction_id: Id,
    wanted: TransactionMerge,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Make one transaction of two: of what a person recorded and the bank posted, or of the two sides of a transfer.

    What is pending, or was recorded by hand and came by a bank's statement too, stays, with its payee, categories,
    notes and links, and takes day, amount and status of the posted one; where the amounts differ, its one category
    takes the difference. Of a transfer the transaction that the path names stays, between the two accounts. The other
    is deleted; lines of bank statements follow.
    """
    return await matches.merge(
        transaction_id, wanted, override_lock=override_lock, override_checkpoints=override_checkpoints
    )


@router.get("", response_model=MatchPage, responses=faults(WindowUnfit, CursorMalformed))
async def list_matches(
    matches: Proposing, wanted: Annotated[MatchQuery, Query()], request: Request, response: Response
) -> dict[str, Any]:
    """Pairs of transactions that look like one, the likeliest first, with what speaks for it."""
    found = await matches.find(wanted)
    page: Page[dict[str, Any]] = paged(request, response, found.page)
    return {
        "data": page.data,
        "next_cursor": page.next_cursor,
        "date_from": found.date_from,
        "date_to": found.date_to,
    }


@router.post("/accept", response_model=TransactionRead, responses=faults(*MERGE_FAULTS))
async def accept_match(
    matches: Merging,
    match: MatchAccept,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Make one transaction of two that were proposed."""
    return await matches.accept(match, override_lock=override_lock, override_checkpoints=override_checkpoints)


@router.post(
    "/reject",
    status_code=201,
    response_model=RejectedMatchRead,
    responses={
        200: {"model": RejectedMatchRead, "description": "It was rejected before."},
        **faults(TransactionUnknown, RejectionIdTaken, MatchRejected),
    },
)
async def reject_match(matches: Rejecting, match: MatchReject, request: Request, response: Response) -> dict[str, Any]:
    """Say that two transactions aren't one. They aren't proposed again."""
    book_id = matches.work.book_id
    with told_where(request, RejectionIdTaken, "get_rejected_match", book_id=book_id, rejected_match_id=match.id):
        rejected = await matches.reject(match)
    if not matches.work.is_dirty:
        response.status_code = HTTPStatus.OK.value
    created_at(request, response, "get_rejected_match", book_id=book_id, rejected_match_id=rejected["id"])
    return rejected


@router.get("/rejected", response_model=RejectedMatchPage, responses=faults(CursorMalformed))
async def list_rejected_matches(
    matches: Listing, wanted: Annotated[RejectedMatchQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Matches that were rejected, oldest first."""
    return paged(request, response, await matches.find(wanted))


@router.get("/rejected/{rejected_match_id}", response_model=RejectedMatchRead, responses=faults(RejectionNotFound))
async def get_rejected_match(matches: Viewing, rejected_match_id: Id) -> dict[str, Any]:
    """A rejected match."""
    return await matches.get(rejected_match_id)


@router.delete("/rejected/{rejected_match_id}", status_code=204, responses=faults(RejectionNotFound, RevisionStale))
async def delete_rejected_match(matches: Rejecting, rejected_match_id: Id) -> None:
    """Let two transactions be proposed again."""
    await matches.remove(rejected_match_id)
