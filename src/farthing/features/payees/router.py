"""Payees."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.journal.errors import PeriodLocked
from farthing.features.payees.errors import (
    AliasesTooMany,
    DefaultCategoryUnfit,
    MergeTooLarge,
    PayeeIdTaken,
    PayeeInUse,
    PayeeNameTaken,
    PayeeNotFound,
    PayeesSame,
    PayeesTooMany,
    PayeeUnknown,
)
from farthing.features.payees.schemas import PayeeCreate, PayeeMerge, PayeePage, PayeeQuery, PayeeRead, PayeeUpdate
from farthing.features.payees.service.change import ChangeService
from farthing.features.payees.service.find import PayeeService
from farthing.features.payees.service.merge import MergeService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="/payees", tag="payees")
Viewing = Annotated[PayeeService, serve(PayeeService, needs="payees:read")]
Listing = Annotated[PayeeService, serve(PayeeService, needs="payees:read", tag=Tag.BOOK)]
Changing = Annotated[ChangeService, serve(ChangeService, needs="payees:write")]
Merging = Annotated[MergeService, serve(MergeService, needs="payees:write")]
OverrideLock = Annotated[
    bool, Query(description="Do it in the locked period too. Needs `books:write`, and the change log says so.")
]


@router.post(
    "",
    status_code=201,
    response_model=PayeeRead,
    responses=faults(PayeeIdTaken, PayeeNameTaken, PayeesTooMany, AccountUnknown, DefaultCategoryUnfit),
)
async def create_payee(payees: Changing, payee: PayeeCreate, request: Request, response: Response) -> Row:
    """Make a payee. One that a transaction or a bank's statement names is made by itself."""
    book_id = payees.work.book_id
    with told_where(request, PayeeIdTaken, "get_payee", book_id=book_id, payee_id=payee.id):
        made = await payees.create(payee)
    created_at(request, response, "get_payee", book_id=book_id, payee_id=made["id"])
    return made


@router.get("", response_model=PayeePage, responses=faults(CursorMalformed))
async def list_payees(
    payees: Listing, wanted: Annotated[PayeeQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """Payees, by name or by use, each with how many transactions are its own and the day of the last."""
    return paged(request, response, await payees.find(wanted))


@router.get("/{payee_id}", response_model=PayeeRead, responses=faults(PayeeNotFound))
async def get_payee(payees: Viewing, payee_id: Id) -> Row:
    """A payee."""
    return await payees.get(payee_id)


@router.patch(
    "/{payee_id}",
    response_model=PayeeRead,
    responses=faults(
        PayeeNotFound, PayeeNameTaken, AliasesTooMany, AccountUnknown, DefaultCategoryUnfit, RevisionStale
    ),
)
async def update_payee(payees: Changing, payee_id: Id, changes: PayeeUpdate) -> Row:
    """Rename, archive or otherwise change a payee. A new name shows in all its transactions at once."""
    return await payees.change(payee_id, changes)


@router.delete("/{payee_id}", status_code=204, responses=faults(PayeeNotFound, PayeeInUse, RevisionStale))
async def delete_payee(payees: Changing, payee_id: Id) -> None:
    """Delete a payee that no transaction names."""
    await payees.delete(payee_id)


@router.post(
    "/{payee_id}/merge",
    response_model=PayeeRead,
    responses=faults(
        PayeeNotFound, PayeeUnknown, PayeesSame, AliasesTooMany, MergeTooLarge, PeriodLocked, RevisionStale
    ),
)
async def merge_payee(payees: Merging, payee_id: Id, merging: PayeeMerge, override_lock: OverrideLock = False) -> Row:
    """Merge a payee into another: its transactions become the other's, its names aliases of the other; it is deleted.

    Answers with the other. What the transactions said as they were written, they still say.
    """
    return await payees.merge(payee_id, merging, override_lock=override_lock)
