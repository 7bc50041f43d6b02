"""What people do with their personal access tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from farthing.core.permissions import SCOPE_SETS
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.access_tokens.errors import AccessTokenNotFound, AccessTokensTooMany, TokenBookUnknown
from farthing.features.access_tokens.repository import AccessTokenRepository
from farthing.features.access_tokens.schemas import AccessTokenCreate
from farthing.features.access_tokens.text import digest_of, new_token
from farthing.features.books.service import BookService
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.proof import recently_proven
from farthing.kit import clock, ids
from farthing.kit.pages import Page, PageQuery

MAX_TOKENS = 100


class AccessTokenService:
    """The personal access tokens of whoever asks."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.tokens = AccessTokenRepository(work)
        self.events = SecurityEvents(work)

    async def make(self, wanted: AccessTokenCreate) -> dict[str, Any]:
        """Make a token. This is the only time that it is told.

        Raises:
            ProofTooOld: the person hasn't lately proved who they are.
            TokenBookUnknown: it is to be good for a book that the person isn't a member of.
            AccessTokensTooMany: they have as many as people can have.
        """
        await recently_proven(self.work)
        if await self.tokens.count_good() >= MAX_TOKENS:
            raise AccessTokensTooMany
        mine = {book["id"] for book in await BookService(self.work).mine()}
        for place, book_id in enumerate(wanted.book_ids or ()):
            if book_id not in mine:
                raise TokenBookUnknown.at(f"/book_ids/{place}")
        token, token_id, at = new_token(), ids.new_id(), clock.now()
        await self.tokens.add(
            {
                "id": token_id,
                "digest": digest_of(token),
                "name": wanted.name,
                "scopes": _taken_apart(wanted.scopes),
                "book_ids": sorted(set(wanted.book_ids)) if wanted.book_ids else None,
                "created_at": at,
                "expires_at": at + dt.timedelta(days=wanted.good_for_days),
            }
        )
        made = await self.get(token_id)
        await self.events.tell(
            self.work.person_id, "access_token_made", details={"token_id": str(token_id), "scopes": made["scopes"]}
        )
        return {**made, "token": token}

    async def get(self, token_id: UUID) -> Row:
        """A token that isn't revoked.

        Raises:
            AccessTokenNotFound: the person has none such.
        """
        token = await self.tokens.get(token_id)
        if token is None:
            raise AccessTokenNotFound
        return token

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of tokens that aren't revoked, newest first."""
        return await self.tokens.find(wanted)

    async def revoke(self, token_id: UUID) -> None:
        """Revoke a token: whatever it is shown for next is refused. One may be revoked twice.

        Raises:
            AccessTokenNotFound: the person has none such.
        """
        if not await self.tokens.revoke(token_id, clock.now()):
            raise AccessTokenNotFound
        await self.events.tell(self.work.person_id, "access_token_revoked", details={"token_id": str(token_id)})


def _taken_apart(scopes: list[str]) -> list[str]:
    """The words that scopes stand for. Those are kept: a word that is new in a set is in no token made before."""
    return sorted(set().union(*(SCOPE_SETS.get(scope, {scope}) for scope in scopes)))
