"""A device that makes passkeys and proves that it has them, as WebAuthn Level 3 has devices and browsers do it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, MAKES_A_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
ORIGIN = "http://localhost:5173"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """One with one key. What it does can be spoiled by its fields."""

    rp_id: str = "localhost"
    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED
    sign_count: int = 0
    counts: bool = True
    ed25519: bool = False
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    key: Any = None

    def __post_init__(self) -> None:
        self.key = self.key or (
            Ed25519PrivateKey.generate() if self.ed25519 else ec.generate_private_key(ec.SECP256R1())
        )

    def make(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """What a browser answers to ``navigator.credentials.create()``."""
        self.user_handle = decoded(options["user"]["id"])
        key = cbor2.dumps(self._cose())
        made = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key
        data = self._authenticator_data(self.flags | MAKES_A_KEY, self.sign_count) + made
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options["challenge"], wrong)
        response = {
            "clientDataJSON": encoded(client),
            "attestationObject": encoded(attestation),
            "transports": ["internal", "hybrid", "telepathy"],
        }
        return self._credential(response)

    def use(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """What a browser answers to ``navigator.credentials.get()``."""
        if self.counts:
            self.sign_count += 1
        data = self._authenticator_data(self.flags, self.sign_count)
        client = self._client_data("webauthn.get", options["challenge"], wrong)
        signature = self._signed(data + hashlib.sha256(client).digest())
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
            "userHandle": encoded(self.user_handle),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = encoded(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }

    def _authenticator_data(self, flags: int, count: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str, wrong: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **wrong}
        return json.dumps(said).encode()

    def _cose(self) -> dict[int, Any]:
        if self.ed25519:
            return {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}

    def _signed(self, data: bytes) -> bytes:
        if self.ed25519:
            signature: bytes = self.key.sign(data)
        else:
            signature = self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return signature
