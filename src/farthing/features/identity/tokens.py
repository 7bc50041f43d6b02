"""Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (EdDSA, RFC 8037). They say who, never what they may.

The algorithm is fixed here, never taken from the token; ``kid`` must name our key; every claim is required.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from farthing.core.work import Actor
from farthing.features.identity.errors import TokenInvalid
from farthing.kit import clock, ids

ALGORITHM = "EdDSA"
ISSUER = "farthing"
AUDIENCE = "farthing-api"
REQUIRED = ["iss", "aud", "exp", "iat", "sub", "jti", "sid"]
MAX_TOKEN_LENGTH = 2000
MAX_TOKENS_KNOWN = 5000


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token, and how many seconds it is good for."""

    text: str
    expires_in: int


class Tokens:
    """Issues access tokens and reads them."""

    def __init__(self, signing_key_pem: str, *, seconds: int) -> None:
        key = serialization.load_pem_private_key(signing_key_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the signing key must be an Ed25519 private key in PEM")
        self._private = key
        self._public = key.public_key()
        raw = self._public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.kid = hashlib.sha256(raw).hexdigest()[:16]
        self._seconds = seconds
        self._read: OrderedDict[str, tuple[Actor, int]] = OrderedDict()

    def issue(self, user_id: UUID, session_id: UUID) -> AccessToken:
        """A token for a person and the sign-in they came by."""
        at = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": at,
            "exp": at + self._seconds,
            "jti": str(ids.new_id()),
        }
        text = jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self.kid})
        return AccessToken(text, self._seconds)

    def read(self, token: str) -> Actor:
        """Who the token speaks for. A token's signature is checked once; its time is checked always.

        Raises:
            TokenInvalid: it isn't ours, isn't whole, or is out of date.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenInvalid
        known = self._read.get(token)
        if known is None:
            known = self._check(token)
            self._read[token] = known
            if len(self._read) > MAX_TOKENS_KNOWN:
                self._read.popitem(last=False)
        actor, expires = known
        if expires <= clock.now().timestamp():
            self._read.pop(token, None)
            raise TokenInvalid
        return actor

    def _check(self, token: str) -> tuple[Actor, int]:
        try:
            if jwt.get_unverified_header(token).get("kid") != self.kid:
                raise TokenInvalid
            claims = jwt.decode(
                token,
                self._public,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": REQUIRED, "strict_aud": True},
            )
            return Actor(UUID(claims["sub"]), UUID(claims["sid"])), int(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            raise TokenInvalid from None
