"""All SQL about transfers between books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, insert, select

from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.book_transfers.errors import BookTransferIdTaken
from farthing.features.book_transfers.models import BookTransfer
from farthing.features.book_transfers.schemas import BookTransferQuery
from farthing.features.books.models import Book, Member
from farthing.features.journal.models import Posting, Transaction
from farthing.kit.pages import CursorMalformed, Page

COLUMNS = tuple(column for column in BookTransfer.__table__.columns if column.name != "book_id")


class BookTransferRepository(Repository):
    """A book's sides of transfers to and from other books."""

    conflicts = {"pk_book_transfers": BookTransferIdTaken}

    async def add(self, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Write a side down."""
        stamps = {"created_revision": revision, "revision": revision, "created_at": at, "changed_at": at}
        await self.run(insert(BookTransfer).values(book_id=self.book_id, **values, **stamps))

    async def get(self, transfer_id: UUID) -> Row | None:
        """A side."""
        return await self.row(
            select(*COLUMNS).where(BookTransfer.book_id == self.book_id, BookTransfer.id == transfer_id)
        )

    async def remove(self, transfer_id: UUID) -> None:
        """Take a side out."""
        await self.run(delete(BookTransfer).where(BookTransfer.book_id == self.book_id, BookTransfer.id == transfer_id))

    async def find(self, wanted: BookTransferQuery) -> Page[Row]:
        """A page of sides, newest first."""
        query = select(*COLUMNS).where(BookTransfer.book_id == self.book_id)
        if (after := wanted.after()) is not None:
            try:
                (last,) = (UUID(value) for value in after)
            except ValueError:
                raise CursorMalformed from None
            query = query.where(BookTransfer.id < last)
        rows = await self.rows(query.order_by(BookTransfer.id.desc()).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def postings(self, transaction_ids: Sequence[UUID]) -> dict[UUID, Row]:
        """Of each transaction its day and its first posting, which is the one on the account."""
        rows = await self.rows(
            select(Transaction.id, Transaction.date, Posting.account_id, Posting.amount, Posting.currency)
            .join(Posting, (Posting.book_id == self.book_id) & (Posting.transaction_id == Transaction.id))
            .where(
                Transaction.book_id == self.book_id,
                Transaction.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
                Posting.position == 0,
            ),
            {"ids": list(transaction_ids)},
        )
        return {row["id"]: row for row in rows}

    async def own_books(self, person_id: UUID, book_ids: Sequence[UUID]) -> dict[UUID, str]:
        """The names of those of these books that a person is a member of."""
        rows = await self.rows(
            select(Book.id, Book.name)
            .join(Member, (Member.book_id == Book.id) & (Member.user_id == person_id))
            .where(Book.id == any_(bindparam("ids", type_=ARRAY(Uuid)))),
            {"ids": list(book_ids)},
        )
        return {row["id"]: row["name"] for row in rows}
