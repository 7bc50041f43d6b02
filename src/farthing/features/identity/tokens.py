"""Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (EdDSA, RFC 8037). They say who, never what they may.

A token is ours to the byte or it isn't ours: its header must be one that we write, which fixes the algorithm and names
the key; its claims are those that we make, of the types that they have, and written as we write them.
New tokens are signed with the current key; those that the key before it signed are good until they run out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.utils import base64url_decode, base64url_encode

from farthing.core.work import Actor
from farthing.features.identity.errors import TokenInvalid
from farthing.kit import clock, ids

ALGORITHM = "EdDSA"
ISSUER = "farthing"
AUDIENCE = "farthing-api"
CLAIMS = {"iss": str, "aud": str, "sub": str, "sid": str, "iat": int, "exp": int, "jti": str}
"""What a token says, neither more nor less."""
LONGEST_SECONDS = 3600
"""The longest that an operator can have a token be good for."""
MAX_TOKEN_LENGTH = 2000
MAX_TOKENS_KNOWN = 5000


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token, and how many seconds it is good for."""

    text: str
    expires_in: int


class Tokens:
    """Issues access tokens and reads them."""

    def __init__(self, signing_key_pem: str, *, seconds: int, previous_key_pem: str | None = None) -> None:
        self._private = _key_of(signing_key_pem)
        self.kid = _key_id(self._private.public_key())
        self._public = {_header_of(self._private): self._private.public_key()}
        if previous_key_pem is not None:
            before = _key_of(previous_key_pem)
            self._public[_header_of(before)] = before.public_key()
        seed = self._private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        self._succession = hmac.digest(seed, b"farthing refresh tokens", "sha256")
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

    def successor(self, refresh_token: str) -> str:
        """The refresh token that another is changed for: the same at every worker, however often it is asked for.

        Who knows a token can't know its successor without the signing key.
        """
        made = hmac.digest(self._succession, refresh_token.encode(), "sha256")
        return f"frt_{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"

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
        header, _, rest = token.partition(".")
        key = self._public.get(header)
        if key is None:
            raise TokenInvalid
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": list(CLAIMS), "strict_aud": True},
            )
            payload, _, signature = rest.partition(".")
            if {name: type(value) for name, value in claims.items()} != CLAIMS:
                raise TokenInvalid
            if payload != _written(claims) or signature != _rewritten(signature):
                raise TokenInvalid
            if claims["exp"] - claims["iat"] > LONGEST_SECONDS:
                raise TokenInvalid
            return Actor(UUID(claims["sub"]), UUID(claims["sid"])), claims["exp"]
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, ArithmeticError):
            raise TokenInvalid from None


def digest(token: str) -> bytes:
    """What is kept of a token that only its holder may know: its SHA-256. Its randomness makes a salt needless."""
    return hashlib.sha256(token.encode()).digest()


def _key_of(pem: str) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the signing key must be an Ed25519 private key in PEM")
    return key


def _header_of(key: Ed25519PrivateKey) -> str:
    """How every token begins that this key signs."""
    return jwt.encode({}, key, algorithm=ALGORITHM, headers={"kid": _key_id(key.public_key())}).partition(".")[0]


def _written(claims: dict[str, Any]) -> str:
    """Claims as we write them: once each, in their order, in base64 without padding."""
    return base64url_encode(json.dumps(claims, separators=(",", ":")).encode()).decode()


def _rewritten(segment: str) -> str:
    """What base64 decodes to, in base64 again: its last character has bits that no byte is made of."""
    return base64url_encode(base64url_decode(segment)).decode()


def _key_id(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]
