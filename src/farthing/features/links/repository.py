"""All SQL about links, and about the lines that they join as far as links must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row
from farthing.features.accounts.models import Account
from farthing.features.journal.models import LINK, Posting, PostingLink
from farthing.features.links.errors import LinkExists, LinkIdTaken, LinkRefused
from farthing.features.links.schemas import LinkQuery
from farthing.kit.pages import CursorMalformed, Page

_SPENT, _BACK = aliased(Posting), aliased(Posting)


class LinkRepository(Repository):
    """Links between lines."""

    conflicts = {
        "pk_posting_links": LinkIdTaken,
        "uq_posting_links_book_id_from_posting_id_to_posting_id": LinkExists,
        "posting_links_hold": LinkRefused,
    }

    async def get(self, link_id: UUID) -> Row | None:
        """A link, with the transactions of its lines."""
        return await self.row(self._shown().where(PostingLink.id == link_id))

    async def find(self, wanted: LinkQuery) -> Page[Row]:
        """A page of links, by their ids: the oldest first."""
        query = self._shown().order_by(PostingLink.id).limit(wanted.limit + 1)
        if wanted.kind is not None:
            query = query.where(PostingLink.kind == wanted.kind.value)
        if wanted.posting_id is not None:
            query = query.where(
                or_(PostingLink.from_posting_id == wanted.posting_id, PostingLink.to_posting_id == wanted.posting_id)
            )
        if wanted.transaction_id is not None:
            lines = select(Posting.id).where(
                Posting.book_id == self.book_id, Posting.transaction_id == wanted.transaction_id
            )
            query = query.where(or_(PostingLink.from_posting_id.in_(lines), PostingLink.to_posting_id.in_(lines)))
        if (after := wanted.after()) is not None:
            query = query.where(PostingLink.id > _link_id(after))
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def lines(self, posting_ids: Sequence[UUID]) -> dict[UUID, Row]:
        """Lines by their ids: what they are, on which kind of account, and how much of each is ``linked``."""
        linked = (
            select(func.coalesce(func.sum(PostingLink.amount), 0))
            .where(
                PostingLink.book_id == self.book_id,
                or_(PostingLink.from_posting_id == Posting.id, PostingLink.to_posting_id == Posting.id),
            )
            .scalar_subquery()
        )
        found = await self.rows(
            select(
                Posting.id,
                Posting.transaction_id,
                Posting.amount,
                Posting.currency,
                Account.kind.label("account_kind"),
                linked.label("linked"),
            )
            .join(Account, and_(Account.book_id == self.book_id, Account.id == Posting.account_id))
            .where(Posting.book_id == self.book_id, Posting.id == any_(literal(list(posting_ids), ARRAY(Uuid()))))
        )
        return {row["id"]: row for row in found}

    async def taken(self, link_id: UUID) -> bool:
        """Whether a link has this id, or had it before it was changed or deleted."""
        had = exists().where(History.book_id == self.book_id, History.record_id == link_id)
        has = exists().where(PostingLink.book_id == self.book_id, PostingLink.id == link_id)
        return bool(await self.value(select(or_(has, had))))

    async def add(self, values: Mapping[str, Any]) -> None:
        """Write a link down."""
        await self.run(insert(PostingLink).values(book_id=self.book_id, **values))

    async def change(self, link_id: UUID, values: Mapping[str, Any]) -> None:
        """Write it down anew."""
        await self.run(
            update(PostingLink).where(PostingLink.book_id == self.book_id, PostingLink.id == link_id).values(**values)
        )

    async def remove(self, link_id: UUID) -> None:
        """Take it out."""
        await self.run(delete(PostingLink).where(PostingLink.book_id == self.book_id, PostingLink.id == link_id))

    def _shown(self) -> Any:
        return (
            select(
                *LINK.columns,
                _SPENT.transaction_id.label("from_transaction_id"),
                _BACK.transaction_id.label("to_transaction_id"),
            )
            .join(_SPENT, and_(_SPENT.book_id == self.book_id, _SPENT.id == PostingLink.from_posting_id))
            .join(_BACK, and_(_BACK.book_id == self.book_id, _BACK.id == PostingLink.to_posting_id))
            .where(PostingLink.book_id == self.book_id)
        )


def _link_id(values: list[str]) -> UUID:
    try:
        (link_id,) = (UUID(value) for value in values)
    except ValueError:
        raise CursorMalformed from None
    return link_id
