"""What a person takes along, as it is written down."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class HeldPerson(BaseModel):
    """Who the person is here."""

    id: UUID
    email: str
    name: str
    is_operator: bool
    default_book_id: UUID | None
    created_at: dt.datetime


class HeldSession(BaseModel):
    """One of their sign-ins."""

    id: UUID
    created_at: dt.datetime
    ended_at: dt.datetime | None
    device: str | None
    address: str | None
    last_used_at: dt.datetime
    proven_at: dt.datetime
    methods: list[str]


class HeldEvent(BaseModel):
    """Something that happened about who they are."""

    at: dt.datetime
    event: str
    address: str | None
    details: dict[str, Any]


class HeldFactor(BaseModel):
    """An authenticator app or a passkey of theirs; the secret of an app, and the key of a passkey, aren't told."""

    id: UUID
    kind: str
    name: str
    synced: bool | None
    created_at: dt.datetime
    last_used_at: dt.datetime | None


class HeldIdentity(BaseModel):
    """An account elsewhere that signs them in."""

    id: UUID
    issuer: str
    subject: str
    email: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None


class HeldMembership(BaseModel):
    """A book that they are a member of; ``archive`` is the file in which it is, if their role lets them take it."""

    book_id: UUID
    name: str
    role: str
    archive: str | None
