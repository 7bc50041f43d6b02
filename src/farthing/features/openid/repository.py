"""All SQL about accounts elsewhere. Every statement names the person; the policies would hide what is another's."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.openid.errors import OpenIdTaken
from farthing.features.openid.models import OpenIdentity


class OpenIdRepository(Repository):
    """Accounts elsewhere, of the person the work is for."""

    conflicts = {"uq_openid_identities_issuer_subject": OpenIdTaken}

    async def owner_of(self, issuer: str, subject: str) -> UUID | None:
        """Who has joined this account to theirs; before anyone is known."""
        found: UUID | None = await self.value(_FIND, {"issuer": issuer, "subject": subject})
        return found

    async def mine(self) -> list[Row]:
        """The accounts that the person has joined to theirs, oldest first."""
        return await self.rows(
            select(OpenIdentity.__table__)
            .where(OpenIdentity.user_id == self.work.person_id)
            .order_by(OpenIdentity.created_at, OpenIdentity.id)
        )

    async def add(self, identity_id: UUID, *, issuer: str, subject: str, email: str) -> None:
        """Join an account to the person's.

        Raises:
            OpenIdTaken: it is joined to someone's already.
        """
        await self.run(
            insert(OpenIdentity).values(
                id=identity_id, user_id=self.work.person_id, issuer=issuer, subject=subject, email=email
            )
        )

    async def remove(self, identity_id: UUID) -> None:
        """Part an account from the person's."""
        await self.run(
            delete(OpenIdentity).where(OpenIdentity.user_id == self.work.person_id, OpenIdentity.id == identity_id)
        )

    async def used(self, issuer: str, subject: str, at: dt.datetime) -> None:
        """Note that the person signs in with an account."""
        await self.run(
            update(OpenIdentity)
            .where(
                OpenIdentity.user_id == self.work.person_id,
                OpenIdentity.issuer == issuer,
                OpenIdentity.subject == subject,
            )
            .values(last_used_at=at)
        )

    async def follow_operator_group(self, is_member: bool) -> bool:
        """Have the person run the instance if and only if they are in the operators' group; whether that is new."""
        return bool(await self.value(_FOLLOW, {"person": self.work.person_id, "member": is_member}))


_FIND = prepared("SELECT find_openid_identity(:issuer, :subject)")
_FOLLOW = prepared("SELECT follow_operator_group(:person, :member)")
