"""Proving within a sign-in that one still is who one was."""

from __future__ import annotations

import datetime as dt
from typing import Any

from farthing.core.work import Work
from farthing.features.factors.errors import FactorRefused
from farthing.features.factors.schemas import FactorGiven
from farthing.features.factors.service.sign_in import count_try, verified
from farthing.features.factors.service.verify import Occasion, Verifier
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.proof import ProofService
from farthing.features.identity.service.throttling import Throttle, by_session


class StepUpService:
    """Proofs by a factor of the person signed in."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def options(self) -> dict[str, Any]:
        """What the person's devices are to sign."""
        return await Verifier(self.work).passkey_options(self._occasion())

    async def prove(self, given: FactorGiven) -> dt.datetime:
        """Prove it; when that was.

        Raises:
            TooManyAttempts: there were too many that came to nothing.
            FactorRefused: what was given proves nothing.
            FactorTriesSpent: too much was tried.
        """
        bound, throttle = by_session(self.work.actor.session_id if self.work.actor else None), Throttle(self.work)
        await throttle.spend(bound)
        await count_try(self.work, self._occasion())
        try:
            methods = await verified(self.work, given, self._occasion())
        except FactorRefused:
            await SecurityEvents(self.work).tell(self.work.person_id, "proof_failed")
            raise
        await throttle.give_back(bound)
        return await ProofService(self.work).proven(methods=methods)

    def _occasion(self) -> Occasion:
        assert self.work.actor is not None, "nobody is signed in"  # noqa: S101 - a route mixed up, not an input
        return Occasion.step_up(self.work.actor.session_id)
