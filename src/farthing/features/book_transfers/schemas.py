"""Transfers between books on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from farthing.features.accounts.schemas import AccountRef
from farthing.features.book_transfers.models import Direction
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, LongText
from farthing.ledger.wire import Amount, PositiveAmount


class BookTransferCreate(Given):
    """Money that leaves this book and comes into another."""

    model_config = ConfigDict(
        validate_by_alias=True,
        validate_by_name=False,
        json_schema_extra={
            "examples": [
                {
                    "date": "2026-11-23",
                    "amount": "200.00",
                    "from": "Assets:Checking",
                    "to_book_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f",
                    "to": "Assets:Joint Account",
                    "description": "Household money",
                }
            ]
        },
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    date: Annotated[Day | None, Field(description="The day in both books; today in this one if left out.")] = None
    amount: Annotated[PositiveAmount, Field(description="What leaves, in the currency of `from`.")]
    from_: Annotated[AccountRef, Field(alias="from", description="The account that it leaves, in this book.")]
    to_book_id: Annotated[Id, Field(description="The book that it comes into: another of yours.")]
    to: Annotated[AccountRef, Field(description="The account that it comes into, in the other book.")]
    to_amount: Annotated[
        PositiveAmount | None, Field(description="What comes in, where `to` is kept in another currency.")
    ] = None
    category: Annotated[
        AccountRef | None, Field(description="What it is for in this book; left out: `Equity:Other Books`.")
    ] = None
    to_category: Annotated[
        AccountRef | None, Field(description="What it is from in the other book; left out: `Equity:Other Books`.")
    ] = None
    description: Annotated[LongText | None, Field(description="Stands in both books.")] = None


class BookTransferQuery(PageQuery):
    """How much of the list."""


class SideRead(Answered):
    """One side of a transfer."""

    book_id: Id
    book: Annotated[str, Field(examples=["Household"])]
    transaction_id: Id
    date: Day
    account_id: Id
    amount: Annotated[Amount, Field(description="From the account's view: what leaves is negative.")]
    currency: Annotated[str, Field(examples=["EUR"])]


class BookTransferRead(Answered):
    """A transfer as this book sees it. The other side is shown to those who are members there, else it is null."""

    id: Id
    direction: Direction
    here: SideRead
    there: SideRead | None
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class BookTransferPage(PageRead[BookTransferRead]):
    """Transfers to and from other books, newest first."""
