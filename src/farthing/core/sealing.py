"""Sealing: secrets that must be read again, kept so that the database alone doesn't give them away.

AES-256-GCM under a key that the database never sees: it comes from the settings or lies in the data folder. What is
sealed names its key, so that keys can be changed: the first of the keys seals, all of them open. And it is sealed for
one purpose: what was sealed as one person's secret doesn't open as another's.

Sealed bytes are the id of the key (8), the nonce (12), then ciphertext and tag.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from farthing.core.secrets import sealing_keys
from farthing.core.settings import Settings
from farthing.kit import ids

KEY_ID_LENGTH = 8
NONCE_LENGTH = 12
_LETTERS = re.compile(r"[A-Za-z0-9_-]*")
LEAST_LENGTH = KEY_ID_LENGTH + NONCE_LENGTH + 16


class SealBrokenError(ValueError):
    """It wasn't sealed here, not for this purpose, or with a key that is gone."""


class Seals:
    """Seals and opens. The keys are read at first use: building an application touches no file."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def seal(self, content: bytes, *, purpose: str) -> bytes:
        """The content, to be opened for this purpose alone."""
        key_id, cipher = next(iter(self._ciphers.items()))
        nonce = ids.new_nonce(NONCE_LENGTH)
        return key_id + nonce + cipher.encrypt(nonce, content, purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """The content of what was sealed for this purpose.

        Raises:
            SealBrokenError: it wasn't, or its key is gone.
        """
        cipher = self._ciphers.get(sealed[:KEY_ID_LENGTH])
        if cipher is None or len(sealed) < LEAST_LENGTH:
            raise SealBrokenError
        nonce, content = sealed[KEY_ID_LENGTH:][:NONCE_LENGTH], sealed[KEY_ID_LENGTH + NONCE_LENGTH :]
        try:
            return cipher.decrypt(nonce, content, purpose.encode())
        except InvalidTag:
            raise SealBrokenError from None

    @cached_property
    def _ciphers(self) -> dict[bytes, AESGCM]:
        keys = sealing_keys(self._settings)
        return {hashlib.sha256(key).digest()[:KEY_ID_LENGTH]: AESGCM(key) for key in keys}


def as_text(sealed: bytes) -> str:
    """Sealed bytes, as letters that stand in addresses and headers (base64url, RFC 4648)."""
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """The bytes again.

    Raises:
        SealBrokenError: those letters are none of ours.
    """
    if not _LETTERS.fullmatch(text):
        raise SealBrokenError
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise SealBrokenError from None
