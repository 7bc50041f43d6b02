"""Throttling: how often someone may try to come in. In PostgreSQL, so that it holds for all workers together.

What is bounded refills steadily (the generic cell rate algorithm): so many attempts at once, then one more after each
pause. Attempts that come to something are given back. A stranger at an account, a device that its owner has signed in
from, and the address that it all comes from have allowances apart: whoever uses up the strangers' share of an account
slows other strangers, and never its owner at a device of theirs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import math
from typing import NamedTuple
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.identity.errors import TooManyAttempts
from farthing.features.identity.repository import IdentityRepository


class Bound(NamedTuple):
    """So many attempts at once, then one more after each pause, by each subject."""

    policy: str
    subject: str
    burst: int
    pause: dt.timedelta

    @property
    def digest(self) -> bytes:
        """What the bound is kept under."""
        return hashlib.sha256(f"{self.policy}\n{self.subject}".encode()).digest()


def by_address(work: Work) -> Bound:
    """What one address may try, at whatever account. Of IPv6 it is the network that one customer has."""
    burst = work.tools[Settings].attempts_per_address
    return Bound("address", _network(work.request.address or ""), burst, dt.timedelta(seconds=20))


def by_registration(work: Work) -> Bound:
    """How many people one address may register, or find to be registered: a third of what it may try otherwise."""
    burst = max(3, work.tools[Settings].attempts_per_address // 3)
    return Bound("registration", _network(work.request.address or ""), burst, dt.timedelta(minutes=5))


def by_stranger(account: str) -> Bound:
    """What all whom nobody knows may try together at one account, be there such an account or not."""
    return Bound("account", account, 10, dt.timedelta(minutes=5))


def by_device(account: str, device: bytes) -> Bound:
    """What a device that its owner has signed in from may try at an account."""
    return Bound("device", f"{account}\n{device.hex()}", 20, dt.timedelta(minutes=1))


def by_session(session_id: UUID | None) -> Bound:
    """How often a sign-in may try to prove who it is."""
    return Bound("session", str(session_id), 10, dt.timedelta(minutes=1))


def by_second_factor(person_id: UUID, device: bytes | None = None) -> Bound:
    """How often a second factor may be tried by whoever has the first: by strangers together, or by a known device."""
    subject = str(person_id) if device is None else f"{person_id}\n{device.hex()}"
    return Bound("second_factor", subject, 10, dt.timedelta(minutes=5))


def by_mail(address: str) -> Bound:
    """How often mail may be sent to one address, be there such a person or not."""
    return Bound("mail", address, 3, dt.timedelta(minutes=15))


def by_inviter(person_id: UUID) -> Bound:
    """How many people someone may have mailed an invitation: twenty at once, and twenty a day."""
    return Bound("invitations", str(person_id), 20, dt.timedelta(minutes=72))


def by_invited(address: str) -> Bound:
    """How many invitations may be mailed to one address by all together, be there such a person or not."""
    return Bound("invited", address, 5, dt.timedelta(hours=4))


def by_taking_along(person_id: UUID) -> Bound:
    """How often someone may have all of their data sent, which takes long for as long as they take to read it."""
    return Bound("export", str(person_id), 5, dt.timedelta(minutes=10))


class Throttle:
    """Spends what is allowed, and gives back what came to something."""

    def __init__(self, work: Work) -> None:
        self.people = IdentityRepository(work)

    async def spend(self, *bounds: Bound) -> None:
        """Count an attempt against all of these, or against none.

        Raises:
            TooManyAttempts: one of them is used up; says when there will be more.
        """
        ordered = sorted(bounds, key=lambda bound: bound.digest)
        found = await self.people.spend_allowances(
            [bound.digest for bound in ordered],
            [bound.pause for bound in ordered],
            [bound.burst for bound in ordered],
        )
        if found["refused"] is None:
            return
        bound = ordered[found["refused"] - 1]
        raise TooManyAttempts(
            policy=bound.policy,
            limit=bound.burst,
            window_seconds=round(bound.pause.total_seconds() * bound.burst),
            retry_after_seconds=math.ceil(found["wait"].total_seconds()),
        )

    async def give_back(self, *bounds: Bound) -> None:
        """The attempt came to something: it doesn't count."""
        ordered = sorted(bounds, key=lambda bound: bound.digest)
        await self.people.give_allowances_back([bound.digest for bound in ordered], [bound.pause for bound in ordered])


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
