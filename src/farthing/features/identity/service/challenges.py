"""Challenges: what the client of a sign-in holds between the password and the second factor."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from farthing.core.work import Work
from farthing.features.identity.errors import ChallengeInvalid
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.tokens import digest
from farthing.kit import clock, ids

GOOD_FOR = dt.timedelta(minutes=5)


class Challenges:
    """Sign-ins that want a second factor."""

    def __init__(self, work: Work) -> None:
        self.people = IdentityRepository(work)

    async def issue(self, person_id: UUID, *, methods: tuple[str, ...]) -> str:
        """What stands for someone's first factor for five minutes; ``methods`` say how it was shown."""
        challenge = ids.new_secret("chl")
        await self.people.issue_challenge(digest(challenge), person_id, clock.now() + GOOD_FOR, list(methods))
        return challenge

    async def look(self, challenge: str) -> tuple[UUID, tuple[str, ...]]:
        """Whose first factor the challenge stands for, and how it was shown. It stays as good as it is.

        Raises:
            ChallengeInvalid: it is unknown, too old, or used up.
        """
        found = await self.people.look_at_challenge(digest(challenge))
        if found.person_id is None:
            raise ChallengeInvalid
        return found.person_id, tuple(found.methods)

    async def take(self, challenge: str) -> UUID:
        """Whose first factor the challenge stands for. It is used up if the unit of work stands.

        Raises:
            ChallengeInvalid: it is unknown, too old, or used up.
        """
        person_id = await self.people.take_challenge(digest(challenge))
        if person_id is None:
            raise ChallengeInvalid
        return person_id
