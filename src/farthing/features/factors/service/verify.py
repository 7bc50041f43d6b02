"""Whether what someone gave proves who they are. What is taken is spent in the same commit as what it is taken for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from farthing.core import tickets
from farthing.core.sealing import SealBrokenError, Seals
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.factors.codes import recovery_digest, step_of
from farthing.features.factors.errors import FactorRefused
from farthing.features.factors.passkeys import PasskeyRefusedError, RelyingParty, challenge_in, credential_id_in, names
from farthing.features.factors.repository import FactorRepository
from farthing.features.factors.schemas import FactorGiven, PasskeyUsed
from farthing.kit import clock

OTP: Final = ("otp",)
"""What RFC 8176 calls a code that is good once."""
CEREMONY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a passkey is used for: what a device signed for one is good for no other."""

    purpose: str
    about: str
    """The sign-in that it is about, as a digest of what its client holds, or its id; '' where none is under way."""

    @classmethod
    def second_factor(cls, challenge: str) -> Occasion:
        """The second step of a sign-in."""
        return cls("passkey second factor", hashlib.sha256(challenge.encode()).hexdigest())

    @classmethod
    def step_up(cls, session_id: object) -> Occasion:
        """Proving oneself anew within a sign-in."""
        return cls("passkey step-up", str(session_id))

    @property
    def digest(self) -> bytes:
        """What tries are counted for."""
        return hashlib.sha256(f"{self.purpose} {self.about}".encode()).digest()


SIGN_IN: Final = Occasion("passkey sign-in", "")


class Verifier:
    """Checks what the person the work is for has given."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.factors = FactorRepository(work)
        self.party = RelyingParty(work.tools[Settings])

    async def passkey_options(self, occasion: Occasion) -> dict[str, Any]:
        """What the person's devices are to sign for this occasion."""
        allowed = {each["credential_id"]: each["transports"] for each in await self.factors.passkeys()}
        return ask_devices(self.work, occasion, allowed)

    async def verify(self, given: FactorGiven, occasion: Occasion) -> tuple[str, ...]:
        """How it proves who the person is, in words of RFC 8176; it proves nothing again.

        Raises:
            FactorRefused: it doesn't.
        """
        if given.code is not None:
            return await self._by_code(given.code.get_secret_value())
        if given.recovery_code is not None:
            return await self._by_recovery_code(given.recovery_code.get_secret_value())
        assert given.passkey is not None, "one of the three is given"  # noqa: S101 - the schema's rule
        return await self.by_passkey(given.passkey, occasion)

    async def _by_code(self, code: str) -> tuple[str, ...]:
        now = clock.now()
        for app in await self.factors.authenticators():
            try:
                secret = self.work.tools[Seals].open(app["sealed_secret"], purpose=f"authenticator {app['id']}")
            except SealBrokenError:
                continue  # its key is gone: nobody has this app any more
            step = step_of(secret.decode(), code, at=now)
            if step is not None and await self.factors.spend_step(app["id"], step, now):
                return OTP
        raise FactorRefused

    async def _by_recovery_code(self, code: str) -> tuple[str, ...]:
        if not await self.factors.spend_code(recovery_digest(self.work.person_id, code), clock.now()):
            raise FactorRefused
        return OTP

    async def by_passkey(self, given: PasskeyUsed, occasion: Occasion) -> tuple[str, ...]:
        """As :meth:`verify`, with a passkey."""
        credential = given.model_dump(by_alias=True, exclude_none=True)
        try:
            challenge = challenge_in(credential)
            ticket = tickets.read(self.work.tools[Seals], occasion.purpose, challenge)
            passkey = await self.factors.passkey(credential_id_in(credential))
            if passkey is None or ticket.facts["about"] != occasion.about:
                raise FactorRefused
            handle = given.response.user_handle
            # Devices that are told which keys to choose from needn't say whose they are.
            if (handle or occasion == SIGN_IN) and not names(self.work.person_id, handle):
                raise FactorRefused
            used = self.party.check_used(
                credential, challenge, public_key=passkey["public_key"], sign_count=passkey["sign_count"]
            )
            await ticket.spend(self.work.connection)
        except (tickets.TicketInvalidError, PasskeyRefusedError):
            raise FactorRefused from None
        if not await self.factors.count_use(passkey["id"], used.sign_count, clock.now()):
            raise FactorRefused
        return (used.method,)


def ask_devices(work: Work, occasion: Occasion, allowed: dict[bytes, list[str]] | None) -> dict[str, Any]:
    """What devices are to sign for an occasion."""
    challenge = tickets.issue(work.tools[Seals], occasion.purpose, {"about": occasion.about}, seconds=CEREMONY_SECONDS)
    return {"public_key": RelyingParty(work.tools[Settings]).request(challenge, allowed=allowed)}
