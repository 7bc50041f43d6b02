"""All SQL about invitations. What is asked by those who aren't members yet goes through functions of PostgreSQL."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, tuple_

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.books.models import Member
from farthing.features.invitations.errors import InvitationExists, InvitationIdTaken
from farthing.features.invitations.models import Invitation
from farthing.kit.pages import CursorMalformed, Page, PageQuery


class InvitationRepository(Repository):
    """Invitations."""

    conflicts = {"pk_invitations": InvitationIdTaken, "uq_invitations_book_id_email_key": InvitationExists}

    def _invitations(self) -> Select[*tuple[Any, ...]]:
        return (
            select(
                Invitation.id,
                Invitation.email,
                Invitation.role,
                Invitation.message,
                Invitation.invited_by,
                Invitation.expires_at,
                Invitation.created_revision,
                Invitation.revision,
                Invitation.created_at,
                Member.role.label("inviter_role"),
            )
            .join(
                Member,
                (Member.book_id == Invitation.book_id) & (Member.user_id == Invitation.invited_by),
                isouter=True,
            )
            .where(Invitation.book_id == self.book_id)
        )

    async def get(self, invitation_id: UUID) -> Row | None:
        """An invitation to the open book, and what role its writer has in it."""
        return await self.row(self._invitations().where(Invitation.id == invitation_id))

    async def addressed(self, key: str) -> Row | None:
        """The invitation to the open book that is to an address."""
        return await self.row(self._invitations().where(Invitation.email_key == key))

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of invitations to the open book, oldest first."""
        query = self._invitations().order_by(Invitation.created_revision, Invitation.id).limit(wanted.limit + 1)
        after = wanted.after()
        if after is not None:
            try:
                place = int(after[0]), UUID(after[1])
            except (IndexError, ValueError):
                raise CursorMalformed from None
            query = query.where(tuple_(Invitation.created_revision, Invitation.id) > place)
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["created_revision"], rows[-1]["id"]) if more else None)

    async def count(self) -> int:
        """How many invitations to the open book there are."""
        return int(
            await self.value(select(func.count()).select_from(Invitation).where(Invitation.book_id == self.book_id))
        )

    async def add(self, values: dict[str, Any]) -> None:
        """Write an invitation down."""
        await self.run(insert(Invitation).values(book_id=self.book_id, **values))

    async def remove(self, invitation_id: UUID) -> None:
        """Take an invitation out."""
        await self._remove(Invitation.id == invitation_id)

    async def remove_expired(self, now: dt.datetime) -> None:
        """Take out what nobody can accept any more."""
        await self._remove(Invitation.expires_at <= now)

    async def offers(self, person_id: UUID, digest: bytes | None) -> list[Row]:
        """What someone is invited to by their address, or by a token; each with the role that its writer has."""
        return await self.rows(_OFFERS, {"person": person_id, "digest": digest})

    async def open(self, person_id: UUID, invitation_id: UUID | None, digest: bytes | None) -> Row:
        """Take the lock of the book that someone is invited to, by the invitation's id or by its token's digest.

        Answers ``outcome``, and ``invitation`` and the book if it is ``open``.
        """
        return await self.one(_OPEN, {"person": person_id, "id": invitation_id, "digest": digest})

    async def issue_token(self, book_id: UUID, invitation_id: UUID, digest: bytes) -> Row:
        """Give an invitation to an address another token: what its letter says, all None where it can't be accepted."""
        return await self.one(_ISSUE_TOKEN, {"book": book_id, "id": invitation_id, "digest": digest})

    async def _remove(self, which: ColumnElement[bool]) -> None:
        await self.run(delete(Invitation).where(Invitation.book_id == self.book_id, which))


_OFFERS = prepared("SELECT * FROM invitations_for(:person, :digest)")
_OPEN = prepared("SELECT * FROM open_invitation(:person, :id, :digest)")
_ISSUE_TOKEN = prepared("SELECT * FROM issue_invitation_token(:book, :id, :digest)")
