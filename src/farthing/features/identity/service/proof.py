"""Proof anew: what matters most wants that a person has lately proved who they are, not only that they hold a token."""

from __future__ import annotations

import datetime as dt

from farthing.core.work import Work
from farthing.features.identity.errors import CredentialsWrong, ProofTooOld
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.sign_in import OpenWork
from farthing.features.identity.service.throttling import Throttle, by_session

RECENT_SECONDS = 600
COMMAND_LINE = "cli."
"""How the operations of the operator's command line begin."""


class ProofService:
    """When and how the person of this sign-in proved who they are."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)
        self.events = SecurityEvents(work)

    async def password_hash(self) -> str | None:
        """What the person's password is checked against; None: they have none."""
        standing = await self.people.own_standing()
        found: str | None = standing.password_hash
        return found

    async def proven(self, *, methods: tuple[str, ...]) -> dt.datetime:
        """The person of this sign-in has just proved again who they are; when."""
        assert self.work.actor is not None, "nobody is signed in"  # noqa: S101 - a route mixed up, not an input
        assert self.work.actor.session_id is not None, "there is no sign-in"  # noqa: S101 - as above
        at = await self.people.prove_session(self.work.actor.session_id)
        await self.events.tell(self.work.person_id, "proved", details={"methods": list(methods)})
        return at


async def recently_proven(work: Work, *, within_seconds: int = RECENT_SECONDS) -> None:
    """Let someone through who has lately proved who they are. The operator's command line needn't.

    Raises:
        ProofTooOld: they haven't; ``POST /auth/prove`` does.
    """
    if work.request.operation.startswith(COMMAND_LINE):
        return
    session_id = work.actor.session_id if work.actor else None
    if session_id is None or not await IdentityRepository(work).is_proven(
        session_id, dt.timedelta(seconds=within_seconds)
    ):
        raise ProofTooOld


async def prove(open_work: OpenWork, passwords: Passwords, *, password: str) -> dt.datetime:
    """Prove with the password that the person of a sign-in is still who is asking; when that was.

    Two units of work with the check between them, as for signing in.

    Raises:
        CredentialsWrong: it is another password, or the person has none.
        TooManyAttempts: this was tried too often.
        SignInBusy: too many passwords are being checked.
    """
    async with open_work() as work:
        bound = by_session(work.actor.session_id if work.actor else None)
        await Throttle(work).spend(bound)
        password_hash = await ProofService(work).password_hash()
    right = await passwords.check(password, password_hash)
    async with open_work() as work:
        if not right:
            await SecurityEvents(work).tell(work.person_id, "proof_failed")
            raise CredentialsWrong
        await Throttle(work).give_back(bound)
        return await ProofService(work).proven(methods=("pwd",))
