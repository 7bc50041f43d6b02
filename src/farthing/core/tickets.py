"""Tickets: what the service hands out to recognise it later, such as the state of a sign-in that is under way.

A ticket is sealed (:mod:`farthing.core.sealing`): whoever carries it can neither read nor change it, and nothing is
written down before it comes back, so that strangers who ask for many fill no table. It is good for a stated time, and
once: what was used is remembered until it would have expired, and PostgreSQL decides who was first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.connection import Connection
from farthing.core.schema import Base, guarded, with_sql
from farthing.core.sealing import SealBrokenError, Seals
from farthing.core.statements import prepared
from farthing.kit import clock, ids

SALT_LENGTH = 16


class SpentTicket(Base):
    """A ticket that was used, as its SHA-256 digest."""

    __tablename__ = "spent_tickets"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),)

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


guarded(SpentTicket, grants="", using=None)
with_sql(SpentTicket, __file__, "tickets.sql")


class TicketInvalidError(ValueError):
    """The ticket is forged, for something else, out of date, or was used before: which of these isn't told."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was read: what it says, and what it takes to spend it."""

    facts: dict[str, Any]
    digest: bytes
    expires_at: dt.datetime

    async def spend(self, connection: Connection) -> None:
        """Use it, with what the transaction does.

        Raises:
            TicketInvalidError: it was used before.
        """
        if not await connection.value(_SPEND, {"digest": self.digest, "until": self.expires_at}):
            raise TicketInvalidError


def issue(seals: Seals, purpose: str, facts: dict[str, Any], *, seconds: int) -> bytes:
    """A ticket that says ``facts`` (JSON), good for so long."""
    until = clock.now() + dt.timedelta(seconds=seconds)
    content = {"until": int(until.timestamp()), "salt": ids.new_nonce(SALT_LENGTH).hex(), "facts": facts}
    return seals.seal(json.dumps(content, separators=(",", ":")).encode(), purpose=f"ticket {purpose}")


def read(seals: Seals, purpose: str, ticket: bytes) -> Ticket:
    """What a ticket says.

    Raises:
        TicketInvalidError: it isn't ours, is for something else, or out of date.
    """
    try:
        content = json.loads(seals.open(ticket, purpose=f"ticket {purpose}"))
    except SealBrokenError:
        raise TicketInvalidError from None
    until = dt.datetime.fromtimestamp(content["until"], dt.UTC)
    if until <= clock.now():
        raise TicketInvalidError
    return Ticket(content["facts"], hashlib.sha256(ticket).digest(), until)


_SPEND = prepared("SELECT spend_ticket(:digest, :until)")
