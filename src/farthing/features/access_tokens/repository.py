"""All SQL about personal access tokens, but for their gate."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from farthing.core.connection import Connection
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.access_tokens.models import AccessToken
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import as_id

COLUMNS = (
    AccessToken.id,
    AccessToken.name,
    AccessToken.scopes,
    AccessToken.book_ids,
    AccessToken.created_at,
    AccessToken.expires_at,
    AccessToken.last_used_at,
)


class AccessTokenRepository(Repository):
    """The personal access tokens of whoever asks."""

    async def get(self, token_id: UUID) -> Row | None:
        """A token that isn't revoked."""
        return await self.row(
            select(*COLUMNS).where(
                AccessToken.user_id == self.work.person_id,
                AccessToken.id == token_id,
                AccessToken.revoked_at.is_(None),
            )
        )

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of tokens that aren't revoked, newest first."""
        query = (
            select(*COLUMNS)
            .where(AccessToken.user_id == self.work.person_id, AccessToken.revoked_at.is_(None))
            .order_by(AccessToken.id.desc())
            .limit(wanted.limit + 1)
        )
        after = wanted.after()
        if after is not None:
            last = as_id(after[0]) if len(after) == 1 else None
            if last is None:
                raise CursorMalformed
            query = query.where(AccessToken.id < last)
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def count_good(self) -> int:
        """How many tokens are good. Whoever makes another waits until this work ends."""
        await self.run(_ONE_AT_A_TIME, {"person": str(self.work.person_id)})
        return int(
            await self.value(
                select(func.count())
                .select_from(AccessToken)
                .where(
                    AccessToken.user_id == self.work.person_id,
                    AccessToken.revoked_at.is_(None),
                    AccessToken.expires_at > func.now(),
                )
            )
        )

    async def add(self, values: dict[str, Any]) -> None:
        """Write a token down."""
        await self.run(insert(AccessToken).values(user_id=self.work.person_id, **values))

    async def revoke(self, token_id: UUID, at: dt.datetime) -> bool:
        """Revoke a token; False where the person has none such. One that was revoked before stays so since then."""
        return bool(
            await self.rows(
                update(AccessToken)
                .where(AccessToken.user_id == self.work.person_id, AccessToken.id == token_id)
                .values(revoked_at=func.coalesce(AccessToken.revoked_at, at))
                .returning(AccessToken.id)
            )
        )


class UseRepository:
    """The uses of tokens, whoever's they are."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def note(self, digest: bytes) -> bool:
        """Write down that a token is used, unless that was done within the minute; whether it is good."""
        return bool(await self.connection.value(_NOTE_USE, {"digest": digest}))


_ONE_AT_A_TIME = prepared("SELECT pg_advisory_xact_lock(hashtextextended('farthing.access_tokens ' || :person, 0))")
_NOTE_USE = prepared("SELECT note_token_use(:digest)")
