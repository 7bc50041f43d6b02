"""Admissions: invitations to the instance, for where registration is by invitation."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from farthing.core import bounds
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.administration.errors import AdmissionNotFound, AdmissionsTooMany
from farthing.features.administration.repository import AdministrationRepository
from farthing.features.administration.schemas import AdmissionCreate
from farthing.features.administration.service.settings import InstanceService
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.tokens import digest
from farthing.kit import clock, ids
from farthing.kit.pages import Page, PageQuery


class AdmissionService:
    """Who is let in."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.administration = AdministrationRepository(work)

    async def admit(self, wanted: AdmissionCreate) -> dict[str, Any]:
        """Make a token that someone can register with, once.

        Raises:
            AdmissionsTooMany: as many wait to be used as can.
        """
        token, admission_id, now = ids.new_secret("adm"), ids.new_id(), clock.now()
        made = {
            "id": admission_id,
            "email": wanted.email,
            "invited_by": self.work.person_id,
            "created_at": now,
            "expires_at": now + dt.timedelta(days=wanted.expires_in_days),
        }
        kept = await self.administration.admit(
            {
                "id": admission_id,
                "digest": digest(token),
                "email": wanted.email,
                "key": email_key(wanted.email) if wanted.email else None,
                "by": self.work.person_id,
                "created": now,
                "until": made["expires_at"],
                "most": bounds.ADMISSIONS,
            }
        )
        if not kept:
            raise AdmissionsTooMany
        await SecurityEvents(self.work).tell(
            self.work.person_id, "admission_made", details={"admission_id": str(admission_id)}
        )
        return made | {"token": token}

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of admissions that weren't used yet, oldest first."""
        return await self.administration.admissions(wanted)

    async def withdraw(self, admission_id: UUID) -> None:
        """Take an admission back.

        Raises:
            AdmissionNotFound: there is none such, or it was used.
        """
        if not await self.administration.withdraw(admission_id):
            raise AdmissionNotFound
        await SecurityEvents(self.work).tell(
            self.work.person_id, "admission_withdrawn", details={"admission_id": str(admission_id)}
        )

    async def lets_in(self, email: str, token: SecretStr | None) -> bool:
        """Whether someone may register who isn't the first; the token that lets them in is used up by it."""
        registration = (await InstanceService(self.work).get())["registration"]
        if registration == "open":
            return True
        if registration == "first" or token is None:
            return False
        return await self.administration.use(digest(token.get_secret_value()), email_key(email))
