"""The chart of accounts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import (
    AccountClosed,
    AccountHasOpenChildren,
    AccountIdTaken,
    AccountInUseLater,
    AccountIsSystem,
    AccountNameTaken,
    AccountNotClosed,
    AccountNotEmpty,
    AccountNotFound,
    AccountNumberTaken,
    AccountsTooMany,
    AccountUnknown,
    CurrencyMismatch,
    CurrencyRequired,
    CurrencyUsed,
    ParentUnfit,
    TypeUnfit,
)
from farthing.features.accounts.schemas import (
    AccountBalanceRead,
    AccountClose,
    AccountCreate,
    AccountPage,
    AccountQuery,
    AccountRead,
    AccountUpdate,
    BalanceQuery,
)
from farthing.features.accounts.service.change import ChangeService
from farthing.features.accounts.service.find import AccountService
from farthing.features.accounts.service.open import OpeningService
from farthing.features.changes.errors import RevisionUnknown
from farthing.features.journal.errors import CheckpointBroken, PeriodLocked
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge

router = book_room(prefix="/accounts", tag="accounts")
Viewing = Annotated[AccountService, serve(AccountService, needs="accounts:read")]
Listing = Annotated[AccountService, serve(AccountService, needs="accounts:read", tag=Tag.BOOK)]
Counting = Annotated[AccountService, serve(AccountService, needs="reports:read", tag=Tag.BOOK_TODAY)]
Opening = Annotated[OpeningService, serve(OpeningService, needs="accounts:write")]
Changing = Annotated[ChangeService, serve(ChangeService, needs="accounts:write")]


@router.post(
    "",
    status_code=201,
    response_model=AccountRead,
    responses=faults(
        AccountNameTaken,
        AccountNumberTaken,
        AccountIdTaken,
        AccountsTooMany,
        AccountClosed,
        PeriodLocked,
        CheckpointBroken,
        AccountUnknown,
        ParentUnfit,
        TypeUnfit,
        CurrencyRequired,
        CurrencyMismatch,
        AmountTooFine,
        AmountTooLarge,
    ),
)
async def open_account(accounts: Opening, account: AccountCreate, request: Request, response: Response) -> Row:
    """Open an account, with what it held when the book began with it."""
    book_id = accounts.work.book_id
    with told_where(request, AccountIdTaken, "get_account", book_id=book_id, account_id=account.id):
        opened = await accounts.open(account)
    created_at(request, response, "get_account", book_id=book_id, account_id=opened["id"])
    return opened


@router.get("", response_model=AccountPage, responses=faults(CursorMalformed, RevisionUnknown))
async def list_accounts(
    accounts: Listing, wanted: Annotated[AccountQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """The chart of accounts, in its order: open accounts, unless others are asked for."""
    return paged(request, response, await accounts.find(wanted))


@router.get("/{account_id}", response_model=AccountRead, responses=faults(AccountNotFound))
async def get_account(accounts: Viewing, account_id: Id) -> Row:
    """An account."""
    return await accounts.get(account_id)


@router.patch(
    "/{account_id}",
    response_model=AccountRead,
    responses=faults(
        AccountNotFound,
        AccountNameTaken,
        AccountNumberTaken,
        AccountIsSystem,
        AccountClosed,
        CurrencyUsed,
        AccountUnknown,
        ParentUnfit,
        TypeUnfit,
        CurrencyRequired,
        RevisionStale,
    ),
)
async def update_account(accounts: Changing, account_id: Id, changes: AccountUpdate) -> Row:
    """Rename, move, number, archive or otherwise change an account."""
    return await accounts.change(account_id, changes)


@router.post(
    "/{account_id}/close",
    response_model=AccountRead,
    responses=faults(
        AccountNotFound,
        AccountIsSystem,
        AccountClosed,
        AccountNotEmpty,
        AccountHasOpenChildren,
        AccountInUseLater,
        RevisionStale,
    ),
)
async def close_account(accounts: Changing, account_id: Id, closing: AccountClose | None = None) -> Row:
    """Close an account that holds nothing."""
    return await accounts.close(account_id, closing or AccountClose())


@router.post(
    "/{account_id}/reopen",
    response_model=AccountRead,
    responses=faults(AccountNotFound, AccountNotClosed, RevisionStale),
)
async def reopen_account(accounts: Changing, account_id: Id) -> Row:
    """Open a closed account again."""
    return await accounts.reopen(account_id)


@router.get(
    "/{account_id}/balance", response_model=AccountBalanceRead, responses=faults(AccountNotFound, RevisionUnknown)
)
async def get_account_balance(
    accounts: Counting, account_id: Id, wanted: Annotated[BalanceQuery, Query()]
) -> dict[str, Any]:
    """What an account holds at the end of a day."""
    return await accounts.balance(account_id, wanted)
