"""Transfers between books."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import book_room, created_at, paged, serve, told_where
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountClosed, AccountUnknown, CurrencyMismatch
from farthing.features.book_transfers.errors import (
    AccountNotOwn,
    BookSame,
    BookTransferIdTaken,
    BookTransferNotFound,
    BookUnknown,
    OtherBookClosed,
)
from farthing.features.book_transfers.schemas import (
    BookTransferCreate,
    BookTransferPage,
    BookTransferQuery,
    BookTransferRead,
)
from farthing.features.book_transfers.service import READS, WRITES, BookTransferService
from farthing.features.journal.errors import CheckpointBroken, PeriodLocked, PostingReconciled
from farthing.features.journal.schemas import OverrideCheckpoints, OverrideLock
from farthing.features.transactions.errors import ToAmountMissing
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge, CurrencyUnknown

router = book_room(prefix="/book-transfers", tag="book transfers")
# What the other book holds may change without a revision of this one: no entity tag.
Reading = Annotated[BookTransferService, serve(BookTransferService, needs=READS, tag=None)]
Writing = Annotated[BookTransferService, serve(BookTransferService, needs=WRITES)]


@router.post(
    "",
    status_code=201,
    response_model=BookTransferRead,
    responses=faults(
        BookTransferIdTaken,
        PeriodLocked,
        CheckpointBroken,
        AccountClosed,
        BookSame,
        BookUnknown,
        AccountUnknown,
        AccountNotOwn,
        CurrencyMismatch,
        CurrencyUnknown,
        ToAmountMissing,
        AmountTooFine,
        AmountTooLarge,
    ),
)
async def create_book_transfer(
    transfers: Writing,
    transfer: BookTransferCreate,
    request: Request,
    response: Response,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Move money from this book into another of yours: a transaction in each, both or neither."""
    book_id = transfers.work.book_id
    with told_where(request, BookTransferIdTaken, "get_book_transfer", book_id=book_id, transfer_id=transfer.id):
        made = await transfers.transfer(
            transfer, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
    created_at(request, response, "get_book_transfer", book_id=book_id, transfer_id=made["id"])
    return made


@router.get("", response_model=BookTransferPage, responses=faults(CursorMalformed))
async def list_book_transfers(
    transfers: Reading, wanted: Annotated[BookTransferQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Money that came from other books or went there, newest first."""
    return paged(request, response, await transfers.find(wanted))


@router.get("/{transfer_id}", response_model=BookTransferRead, responses=faults(BookTransferNotFound))
async def get_book_transfer(transfers: Reading, transfer_id: Id) -> dict[str, Any]:
    """A transfer to or from another book. The other side is shown to those who are members there."""
    return await transfers.get(transfer_id)


@router.delete(
    "/{transfer_id}",
    status_code=204,
    responses=faults(
        BookTransferNotFound,
        OtherBookClosed,
        PeriodLocked,
        CheckpointBroken,
        PostingReconciled,
        AccountClosed,
        RevisionStale,
    ),
)
async def delete_book_transfer(
    transfers: Writing,
    transfer_id: Id,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> None:
    """Take a transfer out of both books; needs the permission in both."""
    await transfers.cancel(transfer_id, override_lock=override_lock, override_checkpoints=override_checkpoints)
