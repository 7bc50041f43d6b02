"""Codes: those of authenticator apps (TOTP, RFC 6238), and those kept on paper for when the app is gone. Pure.

An app's code is six digits of HMAC-SHA-1 over a counter that goes up every 30 seconds: what every app can do. A code of
the step before or after is taken too, as clocks differ; which step it was of is told, so that it can be spent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from uuid import UUID

import pyotp

from farthing.kit import ids

ISSUER = "Farthing"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SECRET_LENGTH = 32
"""Letters of a secret: 160 bits, as many as the hash has (RFC 4226, 4)."""
WINDOW = 1
"""Steps before and after the present one whose codes are taken."""

RECOVERY_CODES = 10
PLAIN_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No two of them look alike."""
RECOVERY_LENGTH = 16
"""Letters of a recovery code: 79 bits, too many to guess even for someone who has read the digest."""
GROUP_LENGTH = 4


def new_secret() -> str:
    """A fresh secret for an app, in base32 (RFC 4648)."""
    return ids.new_code(BASE32, SECRET_LENGTH)


def enrolment_uri(secret: str, *, name: str) -> str:
    """What an app reads from a QR code: ``otpauth://totp/…``. ``name`` is shown beside the code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, *, at: dt.datetime) -> int | None:
    """The 30-second step that a code is of, counted from 1970; None: of none near ``at``."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=at, valid_window=WINDOW)
    except pyotp.OTPVerificationError:
        return None


def new_recovery_codes() -> list[str]:
    """Ten fresh recovery codes, written in groups of four letters."""
    return [_grouped(ids.new_code(PLAIN_LETTERS, RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]


def recovery_digest(person_id: UUID, code: str) -> bytes:
    """What is kept of a recovery code, however it was typed: SHA-256, and the person's own."""
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(person_id.bytes + letters.encode()).digest()


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + GROUP_LENGTH] for start in range(0, len(letters), GROUP_LENGTH))
