"""Agreements about what is shared, and settling up."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, paged, serve, told_where
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountClosed, AccountUnknown, CurrencyMismatch
from farthing.features.journal.errors import CheckpointBroken, PeriodLocked, TransactionIdTaken
from farthing.features.settlements.errors import (
    AccountUnshareable,
    AgreementDayTaken,
    AgreementIdTaken,
    AgreementNotFound,
    AgreementsTooMany,
    HolderMissing,
    MemberUnknown,
    NamedTwice,
    NothingShared,
)
from farthing.features.settlements.schemas import (
    AgreementCreate,
    AgreementPage,
    AgreementRead,
    PaymentCreate,
    SettlementQuery,
    SettlementRead,
)
from farthing.features.settlements.service.agree import AgreementService
from farthing.features.settlements.service.settle import SettlementService
from farthing.features.tags.errors import TagUnknown
from farthing.features.transactions.errors import ToAmountMissing
from farthing.features.transactions.schemas import TransactionRead
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooFine, AmountTooLarge

agreements = book_room(prefix="/agreements", tag="settlements")
router = book_room(prefix="/settlement", tag="settlements")
Viewing = Annotated[AgreementService, serve(AgreementService, needs="settlements:read")]
Listing = Annotated[AgreementService, serve(AgreementService, needs="settlements:read", tag=Tag.BOOK)]
Agreeing = Annotated[AgreementService, serve(AgreementService, needs="settlements:write")]
# No entity tag: people change their names without a word to the book.
Settling = Annotated[SettlementService, serve(SettlementService, needs="settlements:read", tag=None)]
Paying = Annotated[SettlementService, serve(SettlementService, needs="transactions:write")]


@agreements.post(
    "",
    status_code=201,
    response_model=AgreementRead,
    responses=faults(
        AgreementIdTaken,
        AgreementDayTaken,
        AgreementsTooMany,
        MemberUnknown,
        AccountUnknown,
        TagUnknown,
        NamedTwice,
        AccountUnshareable,
        NothingShared,
    ),
)
async def create_agreement(
    kept: Agreeing, agreement: AgreementCreate, request: Request, response: Response
) -> dict[str, Any]:
    """Agree on what is shared from a day on: who bears how much of it, and whose accounts are."""
    book_id = kept.work.book_id
    with told_where(request, AgreementIdTaken, "get_agreement", book_id=book_id, agreement_id=agreement.id):
        made = await kept.agree(agreement)
    created_at(request, response, "get_agreement", book_id=book_id, agreement_id=made["id"])
    return made


@agreements.get("", response_model=AgreementPage, responses=faults(CursorMalformed))
async def list_agreements(
    kept: Listing, wanted: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Agreements, the latest first."""
    return paged(request, response, await kept.find(wanted))


@agreements.get("/{agreement_id}", response_model=AgreementRead, responses=faults(AgreementNotFound))
async def get_agreement(kept: Viewing, agreement_id: Id) -> dict[str, Any]:
    """An agreement."""
    return await kept.get(agreement_id)


@agreements.delete("/{agreement_id}", status_code=204, responses=faults(AgreementNotFound, RevisionStale))
async def delete_agreement(kept: Agreeing, agreement_id: Id) -> None:
    """Take an agreement back: the one before it holds on."""
    await kept.delete(agreement_id)


@router.get("", response_model=SettlementRead)
async def get_settlement(settlement: Settling, wanted: Annotated[SettlementQuery, Query()]) -> dict[str, Any]:
    """Who has paid for what is shared, who owes whom, and the fewest payments that settle it."""
    return await settlement.draw_up(wanted.date)


@router.post(
    "/payments",
    status_code=201,
    response_model=TransactionRead,
    responses=faults(
        AccountUnknown,
        HolderMissing,
        TransactionIdTaken,
        AccountClosed,
        CurrencyMismatch,
        AmountTooFine,
        AmountTooLarge,
        ToAmountMissing,
        PeriodLocked,
        CheckpointBroken,
    ),
)
async def record_settlement_payment(
    settlement: Paying, payment: PaymentCreate, request: Request, response: Response
) -> dict[str, Any]:
    """Record that a member paid another: a transaction between an account of theirs each."""
    book_id = settlement.work.book_id
    with told_where(request, TransactionIdTaken, "get_transaction", book_id=book_id, transaction_id=payment.id):
        recorded = await settlement.pay(payment)
    created_at(request, response, "get_transaction", book_id=book_id, transaction_id=recorded["id"])
    return recorded
