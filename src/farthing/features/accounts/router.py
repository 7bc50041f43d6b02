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
    AccountValued,
    AccountValuedThen,
    CurrencyMismatch,
    CurrencyRequired,
    CurrencyUsed,
    GroupIdTaken,
    GroupNameTaken,
    GroupNotFound,
    GroupsOthers,
    GroupsTooMany,
    GroupUnknown,
    ParentUnfit,
    TermsReversed,
    TermUnfit,
    TransferUnfit,
    TypeUnfit,
)
from farthing.features.accounts.schemas import (
    AccountBalanceRead,
    AccountBalancesRead,
    AccountClose,
    AccountCreate,
    AccountGroupCreate,
    AccountGroupRead,
    AccountGroupsOrder,
    AccountGroupsRead,
    AccountGroupUpdate,
    AccountPage,
    AccountQuery,
    AccountRead,
    AccountUpdate,
    BalanceQuery,
    BalancesQuery,
)
from farthing.features.accounts.service.change import ChangeService
from farthing.features.accounts.service.find import AccountService
from farthing.features.accounts.service.group import GroupService
from farthing.features.accounts.service.open import OpeningService
from farthing.features.changes.errors import RevisionUnknown
from farthing.features.journal.errors import CheckpointBroken, PeriodLocked, PostingsTooMany
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge, CurrencyUnknown

router = book_room(prefix="/accounts", tag="accounts")
groups = book_room(prefix="/account-groups", tag="account groups")
Viewing = Annotated[AccountService, serve(AccountService, needs="accounts:read")]
Listing = Annotated[AccountService, serve(AccountService, needs="accounts:read", tag=Tag.BOOK)]
Counting = Annotated[AccountService, serve(AccountService, needs="reports:read", tag=Tag.BOOK_TODAY)]
Opening = Annotated[OpeningService, serve(OpeningService, needs="accounts:write")]
Changing = Annotated[ChangeService, serve(ChangeService, needs="accounts:write")]
ViewingGroups = Annotated[GroupService, serve(GroupService, needs="accounts:read")]
ListingGroups = Annotated[GroupService, serve(GroupService, needs="accounts:read", tag=Tag.BOOK)]
ChangingGroups = Annotated[GroupService, serve(GroupService, needs="accounts:write")]
FACT_FAULTS = (
    AccountUnknown,
    ParentUnfit,
    TypeUnfit,
    CurrencyRequired,
    CurrencyUnknown,
    GroupUnknown,
    TermUnfit,
    TermsReversed,
    AmountTooFine,
    AmountTooLarge,
)


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
        CurrencyMismatch,
        *FACT_FAULTS,
    ),
)
async def open_account(accounts: Opening, account: AccountCreate, request: Request, response: Response) -> Row:
    """Open an account, with what it held when the book began with it."""
    book_id = accounts.work.book_id
    with told_where(request, AccountIdTaken, "get_account", book_id=book_id, account_id=account.id):
        opened = await accounts.open(account)
    created_at(request, response, "get_account", book_id=book_id, account_id=opened["id"])
    return opened


@router.get("", response_model=AccountPage, responses=faults(CursorMalformed, GroupUnknown, RevisionUnknown))
async def list_accounts(
    accounts: Listing, wanted: Annotated[AccountQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """The chart of accounts, in its order or group by group: open accounts, unless others are asked for."""
    return paged(request, response, await accounts.find(wanted))


@router.get("/balances", response_model=AccountBalancesRead, responses=faults(RevisionUnknown))
async def list_account_balances(accounts: Counting, wanted: Annotated[BalancesQuery, Query()]) -> dict[str, Any]:
    """What each account holds at the end of a day: all at once, at most 5,000, in the order of the chart."""
    return await accounts.balances(wanted)


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
        AccountValued,
        RevisionStale,
        *FACT_FAULTS,
    ),
)
async def update_account(accounts: Changing, account_id: Id, changes: AccountUpdate) -> Row:
    """Rename, move, number, group, archive or otherwise change an account."""
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
        AccountValuedThen,
        PeriodLocked,
        CheckpointBroken,
        RevisionStale,
        AccountUnknown,
        TransferUnfit,
        CurrencyMismatch,
        AmountTooLarge,
        PostingsTooMany,
    ),
)
async def close_account(accounts: Changing, account_id: Id, closing: AccountClose | None = None) -> Row:
    """Close an account that holds nothing, or whose rest goes to another account in the same change."""
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


@groups.post(
    "",
    status_code=201,
    response_model=AccountGroupRead,
    responses=faults(GroupNameTaken, GroupIdTaken, GroupsTooMany),
)
async def create_account_group(
    account_groups: ChangingGroups, group: AccountGroupCreate, request: Request, response: Response
) -> Row:
    """Make a group of accounts."""
    book_id = account_groups.work.book_id
    with told_where(request, GroupIdTaken, "get_account_group", book_id=book_id, group_id=group.id):
        made = await account_groups.create(group)
    created_at(request, response, "get_account_group", book_id=book_id, group_id=made["id"])
    return made


@groups.get("", response_model=AccountGroupsRead)
async def list_account_groups(account_groups: ListingGroups) -> dict[str, Any]:
    """All groups of accounts, in their order."""
    return {"data": await account_groups.all()}


@groups.put("/order", response_model=AccountGroupsRead, responses=faults(GroupsOthers))
async def order_account_groups(account_groups: ChangingGroups, order: AccountGroupsOrder) -> dict[str, Any]:
    """Put the groups of accounts in order: each is named once, so that none is ordered unseen."""
    return {"data": await account_groups.order(order)}


@groups.get("/{group_id}", response_model=AccountGroupRead, responses=faults(GroupNotFound))
async def get_account_group(account_groups: ViewingGroups, group_id: Id) -> Row:
    """A group of accounts."""
    return await account_groups.get(group_id)


@groups.patch(
    "/{group_id}", response_model=AccountGroupRead, responses=faults(GroupNotFound, GroupNameTaken, RevisionStale)
)
async def update_account_group(account_groups: ChangingGroups, group_id: Id, changes: AccountGroupUpdate) -> Row:
    """Rename a group of accounts."""
    return await account_groups.change(group_id, changes)


@groups.delete("/{group_id}", status_code=204, responses=faults(GroupNotFound, RevisionStale))
async def delete_account_group(account_groups: ChangingGroups, group_id: Id) -> None:
    """Delete a group of accounts. The accounts stay, in no group."""
    await account_groups.delete(group_id)
