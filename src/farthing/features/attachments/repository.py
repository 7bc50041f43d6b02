"""All SQL about attachments and their content."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, insert, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.core.changelog import History
from farthing.core.connection import Connection
from farthing.core.repository import Repository
from farthing.core.schema import OWNER_ROLE
from farthing.core.statements import Row, prepared
from farthing.features.accounts.errors import AccountNotFound
from farthing.features.attachments.errors import AttachmentIdTaken
from farthing.features.attachments.models import Attachment, Content
from farthing.features.attachments.schemas import AttachmentQuery
from farthing.features.books.models import Book, DeletedBook
from farthing.features.journal.errors import TransactionNotFound
from farthing.features.journal.models import Transaction
from farthing.kit.pages import CursorMalformed, Page

COLUMNS = (
    Attachment.id,
    Attachment.transaction_id,
    Attachment.account_id,
    Attachment.name,
    Attachment.media_type,
    Attachment.size,
    Attachment.content_hash,
    Attachment.note,
    Attachment.created_revision,
    Attachment.revision,
    Attachment.created_at,
    Attachment.changed_at,
)
SEEN = or_(
    Attachment.transaction_id.is_(None),
    exists().where(Transaction.book_id == Attachment.book_id, Transaction.id == Attachment.transaction_id),
)
"""What belongs to a transaction that was deleted isn't shown until that is back."""
_FORGET = prepared("""
WITH unused AS (
    SELECT c.book_id, c.hash, c.object_name
      FROM contents c
     WHERE c.book_id = :book AND c.object_name IS NOT NULL
       AND NOT EXISTS (SELECT FROM attachments a WHERE a.book_id = c.book_id AND a.content_hash = c.hash)
       AND :before > greatest(c.stored_at, (
            SELECT max(h.at) FROM history h
             WHERE h.book_id = c.book_id AND h.kind = 'attachment'
               AND h.before ->> 'content_hash' = encode(c.hash, 'hex')))
)
UPDATE contents SET object_name = NULL FROM unused
 WHERE contents.book_id = unused.book_id AND contents.hash = unused.hash
RETURNING unused.object_name
""")
_LOCK = prepared("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:book AS text), 0))")


class AttachmentRepository(Repository):
    """Files of transactions and of accounts."""

    conflicts = {
        "pk_attachments": AttachmentIdTaken,
        "fk_attachments_book_id_account_id": AccountNotFound,
        "attachments_transaction": TransactionNotFound,
    }

    async def add(self, values: dict[str, Any]) -> None:
        """Attach a file."""
        await self.run(insert(Attachment).values(book_id=self.book_id, **values))

    async def get(self, attachment_id: UUID) -> Row | None:
        """An attachment, unless what it belongs to was deleted."""
        return await self.row(
            select(*COLUMNS).where(Attachment.book_id == self.book_id, Attachment.id == attachment_id, SEEN)
        )

    async def find(
        self, wanted: AttachmentQuery, *, transaction_id: UUID | None = None, account_id: UUID | None = None
    ) -> Page[Row]:
        """A page of what belongs to a transaction or to an account, oldest first."""
        query = select(*COLUMNS).where(Attachment.book_id == self.book_id, _of(transaction_id, account_id), SEEN)
        if (after := wanted.after()) is not None:
            query = query.where(Attachment.id > _only_id(after))
        rows = await self.rows(query.order_by(Attachment.id).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def count(self, *, transaction_id: UUID | None, account_id: UUID | None) -> int:
        """How many belong to a transaction or to an account."""
        return int(
            await self.value(
                select(func.count())
                .select_from(Attachment)
                .where(Attachment.book_id == self.book_id, _of(transaction_id, account_id))
            )
        )

    async def is_taken(self, attachment_id: UUID) -> bool:
        """Whether an attachment has this id, or had it before it was deleted."""
        has = exists().where(Attachment.book_id == self.book_id, Attachment.id == attachment_id)
        had = exists().where(
            History.book_id == self.book_id, History.record_id == attachment_id, History.kind == "attachment"
        )
        return bool(await self.value(select(or_(has, had))))

    async def change(self, attachment_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change an attachment."""
        await self.run(
            update(Attachment)
            .where(Attachment.book_id == self.book_id, Attachment.id == attachment_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def delete(self, attachment_id: UUID) -> None:
        """Take an attachment away. Its content stays for a while."""
        await self.run(delete(Attachment).where(Attachment.book_id == self.book_id, Attachment.id == attachment_id))

    async def object_name(self, content_hash: bytes) -> str | None:
        """Where the storage keeps a content of the book; None: it doesn't."""
        kept = await self.row(
            select(Content.object_name).where(Content.book_id == self.book_id, Content.hash == content_hash)
        )
        return kept["object_name"] if kept else None

    async def keep(self, content_hash: bytes, size: int, object_name: str) -> None:
        """Note where the storage keeps a content that the book hadn't, or hadn't any longer."""
        noted = upsert(Content).values(book_id=self.book_id, hash=content_hash, size=size, object_name=object_name)
        await self.run(
            noted.on_conflict_do_update(
                index_elements=[Content.book_id, Content.hash],
                set_={"object_name": object_name, "stored_at": func.now()},
            )
        )

    async def bytes_kept(self) -> int:
        """How much the storage keeps for the book."""
        return int(
            await self.value(
                select(func.coalesce(func.sum(Content.size), 0)).where(
                    Content.book_id == self.book_id, Content.object_name.is_not(None)
                )
            )
        )


class ContentRepository:
    """The content of all books, for the operator.

    Args:
        connection: one that may take on ``farthing_owner``, in a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def take_role(self) -> None:
        """See every book, as the tables' owner does, until the transaction ends."""
        await self.connection.run(text(f"SET LOCAL ROLE {OWNER_ROLE}"))

    async def object_names(self) -> set[str]:
        """Where the storage keeps what any book has."""
        return set(await self.connection.column(select(Content.object_name).where(Content.object_name.is_not(None))))

    async def book_ids(self) -> list[UUID]:
        """All books."""
        return await self.connection.column(select(Book.id))

    async def deleted_book_ids(self) -> list[UUID]:
        """Books that there were."""
        return await self.connection.column(select(DeletedBook.id))

    async def lock(self, book_id: UUID) -> None:
        """Have those who write to a book wait, as each of them has the others."""
        await self.connection.run(_LOCK, {"book": str(book_id)})

    async def forget_unused(self, book_id: UUID, before: dt.datetime) -> list[str]:
        """Forget where content is kept that no attachment has named since; answers with where that was."""
        return await self.connection.column(_FORGET, {"book": book_id, "before": before})


def _of(transaction_id: UUID | None, account_id: UUID | None) -> Any:
    return and_(
        Attachment.transaction_id == transaction_id if transaction_id else true(),
        Attachment.account_id == account_id if account_id else true(),
    )


def _only_id(values: list[str]) -> UUID:
    try:
        (value,) = values
        return UUID(value)
    except ValueError:
        raise CursorMalformed from None
