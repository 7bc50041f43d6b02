"""The one place that makes ids and secrets."""

from __future__ import annotations

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562): ordered by the time it was made, so that indexes grow at one end."""
    return uuid7()


def new_secret(prefix: str, *, size_bytes: int = 32) -> str:
    """An unguessable token with a readable prefix, so that a leaked one can be recognised."""
    return f"{prefix}_{secrets.token_urlsafe(size_bytes)}"


def new_salt() -> bytes:
    """Sixteen random bytes."""
    return secrets.token_bytes(16)


def new_key() -> bytes:
    """Thirty-two random bytes."""
    return secrets.token_bytes(32)


def new_nonce(length: int) -> bytes:
    """So many random bytes."""
    return secrets.token_bytes(length)


def new_code(alphabet: str, length: int) -> str:
    """So many letters of an alphabet, each as likely: a code for people to keep and to type."""
    return "".join(secrets.choice(alphabet) for _ in range(length))
