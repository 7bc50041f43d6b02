"""Transactions, and the register of an account."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountClosed, AccountNotFound, AccountUnknown, CurrencyMismatch
from farthing.features.changes.errors import RevisionUnknown
from farthing.features.currencies.errors import CurrencyChanged
from farthing.features.journal.errors import (
    AlreadyReversed,
    CheckpointBroken,
    LineLinked,
    PeriodLocked,
    PostingIdTaken,
    PostingReconciled,
    PostingsTooMany,
    ReversedMissing,
    TransactionIdTaken,
    TransactionIsValuation,
    TransactionNotDeleted,
    TransactionNotFound,
    TransactionReversed,
    TransactionTransferred,
)
from farthing.features.journal.schemas import OverrideCheckpoints, OverrideLock
from farthing.features.payees.errors import PayeeUnknown
from farthing.features.tags.errors import TagsTooMany, TagUnknown
from farthing.features.transactions.errors import (
    AccountCurrencyChanged,
    AccountUnfit,
    AmountZero,
    CategoryUnfit,
    CountDiffers,
    FieldMissing,
    MatchesTooMany,
    OpeningBooked,
    PayeeMixed,
    PostingUnknown,
    SearchMalformed,
    ShapeMixed,
    SplitMixed,
    SplitUneven,
    TagsMixed,
    ToAmountMissing,
    TransactionMerged,
    TransactionNotSimple,
    TransactionTagsTooMany,
)
from farthing.features.transactions.schemas import (
    BatchCreate,
    BatchRead,
    ChangedTransactionsRead,
    DeletedTransactionsRead,
    RecordingMode,
    RecordingsRead,
    RegisterPage,
    RegisterQuery,
    ShowQuery,
    TransactionCreate,
    TransactionPage,
    TransactionQuery,
    TransactionRead,
    TransactionReverse,
    TransactionsCreate,
    TransactionsDelete,
    TransactionSplit,
    TransactionsRead,
    TransactionsUpdate,
    TransactionUpdate,
)
from farthing.features.transactions.service.batch import BatchService
from farthing.features.transactions.service.bulk import BulkService
from farthing.features.transactions.service.change import ChangeService
from farthing.features.transactions.service.find import FindService
from farthing.features.transactions.service.record import RecordService
from farthing.features.transactions.service.restore import RestoreService
from farthing.features.transactions.service.reverse import ReverseService
from farthing.features.transactions.service.split import SplitService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge, CurrencyUnknown
from farthing.ledger.postings import AmountMissing, TransactionUnbalanced
from farthing.ledger.prices import PriceDisagrees, PriceInItself

router = book_room(prefix="/transactions", tag="transactions")
batch = book_room(prefix="/batch", tag="transactions")
register = book_room(prefix="/accounts/{account_id}/register", tag="accounts")
Viewing = Annotated[FindService, serve(FindService, needs="transactions:read")]
Listing = Annotated[FindService, serve(FindService, needs="transactions:read", tag=Tag.BOOK)]
Recording = Annotated[RecordService, serve(RecordService, needs="transactions:write")]
Changing = Annotated[ChangeService, serve(ChangeService, needs="transactions:write")]
Picking = Annotated[BulkService, serve(BulkService, needs="transactions:write")]
Splitting = Annotated[SplitService, serve(SplitService, needs="transactions:write")]
Unreconcile = Annotated[
    bool, Query(description="Change also what was reconciled; what changes of it is cleared from then on.")
]
Restoring = Annotated[RestoreService, serve(RestoreService, needs="transactions:write")]
Batching = Annotated[BatchService, serve(BatchService, needs="transactions:write")]
Reversing = Annotated[ReverseService, serve(ReverseService, needs="transactions:write")]
LINE_FAULTS = (
    PeriodLocked,
    CheckpointBroken,
    PostingIdTaken,
    AccountClosed,
    AccountUnknown,
    CurrencyMismatch,
    CurrencyUnknown,
    AccountUnfit,
    CategoryUnfit,
    AmountTooFine,
    AmountTooLarge,
    AmountZero,
    AmountMissing,
    TransactionUnbalanced,
    PriceInItself,
    PriceDisagrees,
    ShapeMixed,
    PayeeUnknown,
    PayeeMixed,
    TagUnknown,
    TagsTooMany,
)
RECORD_FAULTS = (TransactionIdTaken, FieldMissing, ToAmountMissing, PostingsTooMany, *LINE_FAULTS)
RESTORE_FAULTS = (
    TransactionNotDeleted,
    TransactionMerged,
    AccountCurrencyChanged,
    CurrencyChanged,
    OpeningBooked,
    AlreadyReversed,
    ReversedMissing,
)


@router.post(
    "",
    status_code=201,
    response_model=TransactionRead,
    responses=faults(*RECORD_FAULTS),
)
async def record_transaction(
    transactions: Recording,
    transaction: TransactionCreate,
    request: Request,
    response: Response,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Record a transaction: in one line, as a movement between accounts, or with full postings."""
    book_id = transactions.work.book_id
    with told_where(request, TransactionIdTaken, "get_transaction", book_id=book_id, transaction_id=transaction.id):
        recorded = await transactions.record(
            transaction, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
    created_at(request, response, "get_transaction", book_id=book_id, transaction_id=recorded["id"])
    return recorded


@router.post(
    "/bulk",
    status_code=201,
    response_model=Annotated[TransactionsRead | RecordingsRead, Field(union_mode="left_to_right")],
    responses={
        200: {"model": RecordingsRead, "description": "None could be recorded (`mode=partial`)."},
        **faults(*RECORD_FAULTS),
    },
)
async def record_transactions(
    transactions: Recording,
    batch: TransactionsCreate,
    response: Response,
    mode: Annotated[
        RecordingMode, Query(description="`atomic`: all or none. `partial`: those that can be.")
    ] = RecordingMode.ATOMIC,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Record up to 500 transactions in one go, in their order and as one change: all of them or none.

    What is wrong is told with its place: `/transactions/3/amount`. Whether a checkpoint breaks is judged of all of them
    together. With `mode=partial` those that can be recorded are,
    and the answer says what became of each: 201, or 200 if none was. A body that isn't as described here is refused
    whole in both modes.
    """
    overrides = {"override_lock": override_lock, "override_checkpoints": override_checkpoints}
    if mode is RecordingMode.ATOMIC:
        return {"data": await transactions.record_all(batch.transactions, **overrides)}
    recorded = await transactions.record_each(batch.transactions, **overrides)
    if not recorded["created"]:
        response.status_code = HTTPStatus.OK.value
    return recorded


ANSWERED_WITH = {
    "record": HTTPStatus.CREATED,
    "change": HTTPStatus.OK,
    "delete": HTTPStatus.NO_CONTENT,
    "restore": HTTPStatus.OK,
    "reverse": HTTPStatus.CREATED,
}
"""The status of each operation, by the name it has in a batch."""
HELD_FAULTS = (TransactionIsValuation, TransactionTransferred, LineLinked)
PICK_FAULTS = (TransactionNotFound, SearchMalformed, AccountUnknown, TagUnknown, MatchesTooMany, CountDiffers)
Mode = Annotated[RecordingMode, Query(description="`atomic`: all or none. `partial`: those that can be.")]


@router.patch(
    "/bulk",
    response_model=ChangedTransactionsRead,
    responses=faults(*PICK_FAULTS, TransactionNotSimple, TransactionTagsTooMany, TagsMixed, *HELD_FAULTS, *LINE_FAULTS),
)
async def update_transactions(
    transactions: Picking,
    wanted: TransactionsUpdate,
    mode: Mode = RecordingMode.ATOMIC,
    override_lock: OverrideLock = False,
) -> dict[str, Any]:
    """Change up to 500 transactions by their ids, or up to 5,000 by a filter, as one change: all of them or none.

    With `dry_run=true` it is a preview: what would be different about the first hundred, and how many there are.
    `expected_count` then makes sure that it is done to as many. What is wrong is told with its place, `/ids/3`; of what
    a filter matches, `mode=partial` says which ones are refused, and changes the others.
    """
    return await transactions.change(wanted, mode=mode, override_lock=override_lock)


@router.post(
    "/bulk-delete",
    response_model=DeletedTransactionsRead,
    responses=faults(*PICK_FAULTS, *HELD_FAULTS, TransactionReversed, PeriodLocked, AccountClosed, AmountTooLarge),
)
async def delete_transactions(
    transactions: Picking,
    wanted: TransactionsDelete,
    mode: Mode = RecordingMode.ATOMIC,
    override_lock: OverrideLock = False,
) -> dict[str, Any]:
    """Delete up to 500 transactions by their ids, or up to 5,000 by a filter, as one change: all of them or none.

    `dry_run`, `expected_count` and `mode` are as of changing many. What they were stays in the history.
    """
    return await transactions.delete(wanted, mode=mode, override_lock=override_lock)


@batch.post(
    "",
    response_model=BatchRead,
    responses=faults(
        *RECORD_FAULTS,
        *HELD_FAULTS,
        *RESTORE_FAULTS,
        TransactionNotFound,
        TransactionNotSimple,
        TransactionReversed,
        PostingReconciled,
        PostingUnknown,
        RevisionStale,
    ),
)
async def apply_batch(
    transactions: Batching,
    wanted: BatchCreate,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
    unreconcile: Unreconcile = False,
) -> dict[str, Any]:
    """Record, change, delete, restore and reverse up to 100 transactions in this order, as one change: all or none.

    What is wrong is told with its place: `/operations/3/transaction/amount`. Whether a checkpoint breaks is judged of
    all of them together. A transaction that a batch changes and deletes comes back later as it was before the batch.
    """
    left = await transactions.apply(
        wanted.operations,
        override_lock=override_lock,
        override_checkpoints=override_checkpoints,
        unreconcile=unreconcile,
    )
    return {
        "results": [
            {"index": index, "op": each.op, "status": ANSWERED_WITH[each.op].value, "body": body}
            for index, (each, body) in enumerate(zip(wanted.operations, left, strict=True))
        ]
    }


@router.get(
    "",
    response_model=TransactionPage,
    responses=faults(CursorMalformed, AccountUnknown, TagUnknown, SearchMalformed, RevisionUnknown),
)
async def list_transactions(
    transactions: Listing, wanted: Annotated[TransactionQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Transactions, newest first unless another order is asked for.

    With `known_at` they are those that the book held then, with the amounts, words and tags they had, and the names
    that accounts, payees and tags bore; the filters mean those too.
    """
    return paged(request, response, await transactions.find(wanted))


@router.get("/{transaction_id}", response_model=TransactionRead, responses=faults(TransactionNotFound))
async def get_transaction(
    transactions: Viewing, transaction_id: Id, wanted: Annotated[ShowQuery, Query()]
) -> dict[str, Any]:
    """A transaction."""
    return await transactions.get(transaction_id, generated=wanted.generated)


@router.patch(
    "/{transaction_id}",
    response_model=TransactionRead,
    responses=faults(
        TransactionNotFound,
        TransactionNotSimple,
        TransactionIsValuation,
        TransactionTransferred,
        PostingReconciled,
        PostingUnknown,
        LineLinked,
        RevisionStale,
        *LINE_FAULTS,
    ),
)
async def update_transaction(
    transactions: Changing,
    transaction_id: Id,
    changes: TransactionUpdate,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
    unreconcile: Unreconcile = False,
) -> dict[str, Any]:
    """Change a transaction."""
    return await transactions.change(
        transaction_id,
        changes,
        override_lock=override_lock,
        override_checkpoints=override_checkpoints,
        unreconcile=unreconcile,
    )


@router.delete(
    "/{transaction_id}",
    status_code=204,
    responses=faults(
        TransactionNotFound,
        TransactionIsValuation,
        TransactionTransferred,
        PeriodLocked,
        CheckpointBroken,
        PostingReconciled,
        AccountClosed,
        LineLinked,
        TransactionReversed,
        AmountTooLarge,
        RevisionStale,
    ),
)
async def delete_transaction(
    transactions: Changing,
    transaction_id: Id,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
    unreconcile: Unreconcile = False,
) -> None:
    """Delete a transaction. What it was stays in the history."""
    await transactions.delete(
        transaction_id,
        override_lock=override_lock,
        override_checkpoints=override_checkpoints,
        unreconcile=unreconcile,
    )


@router.post(
    "/{transaction_id}/restore",
    response_model=TransactionRead,
    responses=faults(
        TransactionNotFound,
        *RESTORE_FAULTS,
        TransactionIsValuation,
        PeriodLocked,
        CheckpointBroken,
        AccountClosed,
        AmountTooLarge,
        PostingIdTaken,
        RevisionStale,
    ),
)
async def restore_transaction(
    transactions: Restoring,
    transaction_id: Id,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Bring a deleted transaction back as it was. To those who follow the log it is created."""
    return await transactions.restore(
        transaction_id, override_lock=override_lock, override_checkpoints=override_checkpoints
    )


@router.post(
    "/{transaction_id}/split",
    response_model=TransactionRead,
    responses=faults(
        TransactionNotFound,
        TransactionNotSimple,
        TransactionIsValuation,
        TransactionTransferred,
        SplitMixed,
        SplitUneven,
        CategoryUnfit,
        AccountUnknown,
        AccountClosed,
        CurrencyMismatch,
        AmountTooFine,
        AmountTooLarge,
        PriceDisagrees,
        PostingsTooMany,
        PeriodLocked,
        LineLinked,
        RevisionStale,
    ),
)
async def split_transaction(
    transactions: Splitting, transaction_id: Id, split: TransactionSplit, override_lock: OverrideLock = False
) -> dict[str, Any]:
    """Put several lines in the place of a transaction's one line on a category: by amount, by weight or by percent."""
    return await transactions.split(transaction_id, split, override_lock=override_lock)


@router.post(
    "/{transaction_id}/reverse",
    status_code=201,
    response_model=TransactionRead,
    responses=faults(
        TransactionNotFound,
        AlreadyReversed,
        TransactionIdTaken,
        PeriodLocked,
        CheckpointBroken,
        AccountClosed,
        AccountCurrencyChanged,
        RevisionStale,
    ),
)
async def reverse_transaction(
    transactions: Reversing,
    transaction_id: Id,
    request: Request,
    response: Response,
    wanted: TransactionReverse | None = None,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Take a transaction back by booking its mirror, once. Deleting the mirror lets it be reversed again."""
    wanted = wanted or TransactionReverse()
    book_id = transactions.work.book_id
    with told_where(request, TransactionIdTaken, "get_transaction", book_id=book_id, transaction_id=wanted.id):
        reversal = await transactions.reverse(
            transaction_id, wanted, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
    created_at(request, response, "get_transaction", book_id=book_id, transaction_id=reversal["id"])
    return reversal


@register.get("", response_model=RegisterPage, responses=faults(CursorMalformed, AccountNotFound, RevisionUnknown))
async def list_account_register(
    transactions: Listing,
    account_id: Id,
    wanted: Annotated[RegisterQuery, Query()],
    request: Request,
    response: Response,
) -> Page[dict[str, Any]]:
    """An account's transactions, newest first, each with what the account held after it.

    With `known_at`, both as the book knew them then.
    """
    return paged(request, response, await transactions.register(account_id, wanted))
