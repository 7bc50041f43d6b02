"""What happened about who someone is, written down once: sign-ins, and what was done to what signs people in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.identity.repository import IdentityRepository
from farthing.kit import ids


class SecurityEvents:
    """The security events of this instance. Each person's are a chain of their own: none can be taken out unseen."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)

    async def tell(
        self,
        person_id: UUID | None,
        event: str,
        *,
        address: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down that something happened; it stands if the unit of work does.

        Args:
            person_id: whom it is about; None: nobody who is known.
            event: what happened, in a word: ``signed_in``.
            address: where it was asked from; None: where this request comes from.
            details: more about it, as JSON. Ids and words: never a password, a token or a code.
        """
        await self.people.append_event(
            event_id=ids.new_id(),
            person_id=person_id,
            actor_id=self.work.actor.user_id if self.work.actor else None,
            event=event,
            address=address or self.work.request.address,
            details=dict(details or {}),
        )
