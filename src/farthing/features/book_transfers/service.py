"""What can be done about transfers between books."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.permissions import PermissionMissing
from farthing.core.statements import Row
from farthing.core.work import BookNotFound, Work, beside, look_into
from farthing.features.accounts.schemas import AccountCreate
from farthing.features.accounts.service.find import AccountService, Reference, check_postable
from farthing.features.accounts.service.open import OpeningService
from farthing.features.accounts.service.review import ReviewService
from farthing.features.book_transfers.errors import (
    AccountNotOwn,
    BookSame,
    BookTransferNotFound,
    BookUnknown,
    OtherBookClosed,
)
from farthing.features.book_transfers.models import BOOK_TRANSFER, Direction
from farthing.features.book_transfers.repository import BookTransferRepository
from farthing.features.book_transfers.schemas import BookTransferCreate, BookTransferQuery
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import Entry
from farthing.features.journal.models import TransactionKind
from farthing.features.journal.service import JournalService
from farthing.features.transactions.errors import ToAmountMissing
from farthing.kit import clock, ids
from farthing.kit.pages import Page
from farthing.ledger.accounts import AccountKind, name_key
from farthing.ledger.postings import Line

WRITES = "transactions:write"
READS = "transactions:read"
OTHER_BOOKS = "Other Books"


class BookTransferService:
    """Moves money between books."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.transfers = BookTransferRepository(work)

    async def transfer(
        self, wanted: BookTransferCreate, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> dict[str, Any]:
        """Move money from this book into another: a transaction in each, in one commit.

        Args:
            wanted: how much, from where to where.
            override_lock: whether to do it in locked periods too, if the member may do that, in both books.
            override_checkpoints: whether checkpoints may break by it, if the member may do that, in both books.

        Raises:
            BookSame, BookUnknown: the other book isn't another of the person's.
            PermissionMissing: they may not write there, or not override what is asked to be overridden.
            BookTransferIdTaken: one of the books has a transfer with the id that the client chose.
            AccountUnknown, AccountClosed, AccountNotOwn, CurrencyMismatch: the accounts don't fit.
            CurrencyUnknown: the other book hasn't got the currency.
            ToAmountMissing, AmountTooFine, AmountTooLarge: the amounts don't fit.
            PeriodLocked: one of the books is locked on that day.
            CheckpointBroken: a checkpoint of one of the books would not hold any more.
        """
        if wanted.to_book_id == self.work.book_id:
            raise BookSame.at("/to_book_id")
        transfer_id = wanted.id or ids.new_id()
        overrides = {"lock": override_lock, "checkpoints": override_checkpoints}
        day = wanted.date or self.work.today()
        giver = await _account(self.work, wanted.from_, "/from")
        given_currency = giver["currency"] or self.work.opened.currency
        try:
            async with beside(self.work, wanted.to_book_id, needs=WRITES) as there:
                taker = await _account(there, wanted.to, "/to")
                taken_currency = taker["currency"] or given_currency
                if wanted.to_amount is None and taken_currency != given_currency:
                    raise ToAmountMissing.at("/to_amount", from_currency=given_currency, to_currency=taken_currency)
                named = "/amount" if wanted.to_amount is None else "/to_amount"
                currencies = await CurrencyService(there).look_up([taken_currency])
                taken = currencies.settle(wanted.to_amount or wanted.amount, taken_currency, pointer=named)
                await Side(there, "/to", "/to_category", taken_currency, overrides).write(
                    transfer_id, Direction.IN, self.work.book_id, taker, taken, day, wanted
                )
                there.tell("Received money from another book.")
        except BookNotFound:
            raise BookUnknown.at("/to_book_id") from None
        currencies = await CurrencyService(self.work).look_up([given_currency])
        given = currencies.settle(wanted.amount, given_currency, pointer="/amount")
        await Side(self.work, "/from", "/category", given_currency, overrides).write(
            transfer_id, Direction.OUT, wanted.to_book_id, giver, -given, day, wanted
        )
        self.work.tell("Moved money to another book.")
        return await self.get(transfer_id)

    async def get(self, transfer_id: UUID) -> dict[str, Any]:
        """A transfer, with the other side if the person may see it.

        Raises:
            BookTransferNotFound: the book has none such.
        """
        (shown,) = await self._shown([await self._kept(transfer_id)])
        return shown

    async def find(self, wanted: BookTransferQuery) -> Page[dict[str, Any]]:
        """A page of transfers, newest first.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        page = await self.transfers.find(wanted)
        return Page(await self._shown(page.data), page.next_cursor)

    async def cancel(
        self, transfer_id: UUID, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> None:
        """Take a transfer out of both books.

        Args:
            transfer_id: which.
            override_lock: whether to do it in locked periods too, if the member may do that, in both books.
            override_checkpoints: whether checkpoints may break by it, if the member may do that, in both books.

        Raises:
            BookTransferNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            OtherBookClosed: the person may not write to the other book.
            PeriodLocked, AccountClosed, CheckpointBroken, PostingReconciled: one of the books doesn't let it go.
        """
        overrides = {"lock": override_lock, "checkpoints": override_checkpoints}
        side = await self._kept(transfer_id)
        self.work.expect(side["revision"])
        try:
            async with beside(self.work, side["other_book_id"], needs=WRITES) as there:
                other = await BookTransferRepository(there).get(transfer_id)
                if other is not None:
                    await _take_out(there, other, overrides)
        except (BookNotFound, PermissionMissing):
            raise OtherBookClosed from None
        await _take_out(self.work, side, overrides)

    async def _kept(self, transfer_id: UUID) -> Row:
        side = await self.transfers.get(transfer_id)
        if side is None:
            raise BookTransferNotFound
        return side

    async def _shown(self, sides: Sequence[Row]) -> list[dict[str, Any]]:
        here = await self._sides(self.work, sides)
        by_book: defaultdict[UUID, list[Row]] = defaultdict(list)
        for side in sides:
            by_book[side["other_book_id"]].append(side)
        there: dict[UUID, dict[str, Any]] = {}
        for book_id, its in by_book.items():
            async with look_into(self.work, book_id, needs=READS) as other:
                if other is not None:
                    transfers = BookTransferRepository(other)
                    found = [await transfers.get(side["id"]) for side in its]
                    there |= await self._sides(other, [each for each in found if each is not None])
        return [{**side, "here": here[side["id"]], "there": there.get(side["id"])} for side in sides]

    async def _sides(self, work: Work, sides: Sequence[Row]) -> dict[UUID, dict[str, Any]]:
        transfers = BookTransferRepository(work)
        names = await transfers.own_books(work.person_id, [work.book_id])
        postings = await transfers.postings([side["transaction_id"] for side in sides])
        return {
            side["id"]: {
                **postings[side["transaction_id"]],
                "transaction_id": side["transaction_id"],
                "book_id": work.book_id,
                "book": names[work.book_id],
            }
            for side in sides
        }


class Side:
    """One side of a transfer, as it is written into its book.

    Args:
        work: the book's.
        pointer: the field that names the account.
        category_pointer: the field that names what it is for.
        currency: what the account is moved in.
        overrides: what is written over, as :meth:`JournalService.override` has it.
    """

    def __init__(
        self, work: Work, pointer: str, category_pointer: str, currency: str, overrides: Mapping[str, bool]
    ) -> None:
        self.work = work
        self.pointer = pointer
        self.category_pointer = category_pointer
        self.currency = currency
        self.overrides = overrides

    async def write(
        self,
        transfer_id: UUID,
        direction: Direction,
        other_book_id: UUID,
        account: Row,
        amount: Decimal,
        day: dt.date,
        wanted: BookTransferCreate,
    ) -> None:
        """Write the transaction, and what links it to the other book's."""
        check_postable(account, self.currency, pointer=self.pointer)
        category = await self._category(wanted.category if direction is Direction.OUT else wanted.to_category)
        check_postable(category, self.currency, pointer=self.category_pointer)
        entry = Entry(
            id=ids.new_id(),
            date=day,
            kind=TransactionKind.BOOK_TRANSFER,
            description=wanted.description or None,
            lines=(
                Line(account_id=account["id"], amount=amount, currency=self.currency),
                Line(account_id=category["id"], amount=-amount, currency=self.currency),
            ),
        )
        journal = JournalService(self.work)
        journal.override(**self.overrides)
        await journal.write([entry])
        await BookTransferRepository(self.work).add(
            {
                "id": transfer_id,
                "direction": direction.value,
                "transaction_id": entry.id,
                "other_book_id": other_book_id,
            },
            revision=self.work.revision,
            at=clock.now(),
        )
        self.work.created(BOOK_TRANSFER.name, transfer_id)

    async def _category(self, named: str | None) -> Row:
        """What it is for: as named, or the account for other books, which is opened when it is needed first."""
        chart = AccountService(self.work)
        if named is not None:
            (category,) = await chart.resolve([Reference(named, self.category_pointer)])
            return category
        full = f"{AccountKind.EQUITY.root}:{OTHER_BOOKS}"
        known = await chart.look_up([full])
        found = [each for each in known.by_id.values() if each["name_key"] == name_key(full)]
        if found:
            return found[0]
        return await OpeningService(self.work).open(AccountCreate(name=OTHER_BOOKS, kind=AccountKind.EQUITY))


async def _account(work: Work, named: str, pointer: str) -> Row:
    (account,) = await AccountService(work).resolve([Reference(named, pointer)])
    if AccountKind(account["kind"]).is_category:
        raise AccountNotOwn.at(pointer)
    return account


async def _take_out(work: Work, side: Row, overrides: Mapping[str, bool]) -> None:
    journal = JournalService(work)
    journal.override(**overrides)
    written = await journal.get(side["transaction_id"])
    await BookTransferRepository(work).remove(side["id"])
    work.deleted(BOOK_TRANSFER.name, side["id"], BOOK_TRANSFER.image(side))
    await journal.strike(written)
    await ReviewService(work).review({posting.account_id for posting in written.postings})
    work.tell("Took back a transfer between books.")
