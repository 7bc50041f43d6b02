"""Passkeys: the two ceremonies of WebAuthn (Level 3), in which a device makes a key, and proves that it has it. Pure.

The service is the *relying party*: a passkey is made for its domain, and no page of another can use it. The domain is
that of ``public_url``; without one, passkeys work on ``localhost`` alone, whatever the port. The device must have
verified who holds it, by a PIN or a finger: a passkey is two factors in itself. Who made the device isn't asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.parse_client_data_json import parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from farthing.core.settings import Settings

NAME = "Farthing"
LOCAL = "localhost"
TIMEOUT_MILLISECONDS = 300_000
DEVICE_BOUND, SYNCED = "hwk", "swk"
"""What RFC 8176 calls a key that can't leave its device, and one that can."""
_LOCAL_ORIGIN = re.compile(r"https?://localhost(:[0-9]{1,5})?\Z")
_TRANSPORTS = {transport.value for transport in AuthenticatorTransport}
UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, EOFError)
"""What a library raises that was sent something that isn't what it says."""


class PasskeyRefusedError(ValueError):
    """What the device sent doesn't prove anything: for another challenge, domain or key, or not sent by a device."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that a device has just made."""

    credential_id: bytes
    public_key: bytes
    """As COSE has it (RFC 9052)."""
    sign_count: int
    synced: bool
    """Whether it can be on several devices."""


@dataclass(frozen=True, slots=True)
class UsedPasskey:
    """What a device said of itself while it proved that it has a passkey."""

    sign_count: int
    """How often it was used, as the device counts; 0: it doesn't."""
    method: str
    """``hwk`` or ``swk``."""


class RelyingParty:
    """The service, as devices know it."""

    def __init__(self, settings: Settings) -> None:
        parts = urlsplit(settings.public_url or "")
        self.id = parts.hostname or LOCAL
        self._origin = f"{parts.scheme}://{parts.netloc}".lower() if settings.public_url else None

    def creation(self, challenge: bytes, *, person_id: UUID, email: str, name: str, known: list[bytes]) -> Any:
        """What ``navigator.credentials.create`` is given. A device that has one of the known keys makes no other."""
        options = webauthn.generate_registration_options(
            rp_id=self.id,
            rp_name=NAME,
            user_id=person_id.bytes,
            user_name=email,
            user_display_name=name,
            challenge=challenge,
            timeout=TIMEOUT_MILLISECONDS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in known],
        )
        return options_to_json_dict(options)

    def request(self, challenge: bytes, *, allowed: dict[bytes, list[str]] | None = None) -> Any:
        """What ``navigator.credentials.get`` is given.

        Args:
            challenge: what the device is to sign.
            allowed: the keys to choose from, with the ways to their devices; None: the device offers what it has.
        """
        options = webauthn.generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=TIMEOUT_MILLISECONDS,
            user_verification=UserVerificationRequirement.REQUIRED,
            allow_credentials=[
                PublicKeyCredentialDescriptor(
                    id=credential_id, transports=[AuthenticatorTransport(way) for way in transports]
                )
                for credential_id, transports in (allowed or {}).items()
            ],
        )
        return options_to_json_dict(options)

    def check_new(self, credential: dict[str, Any], challenge: bytes) -> NewPasskey:
        """The passkey that was made.

        Raises:
            PasskeyRefusedError: it wasn't, or not for this.
        """
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self._origin_of(credential),
                require_user_verification=True,
            )
        except UNREADABLE:
            raise PasskeyRefusedError from None
        return NewPasskey(
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )

    def check_used(
        self, credential: dict[str, Any], challenge: bytes, *, public_key: bytes, sign_count: int
    ) -> UsedPasskey:
        """What was proven with a passkey.

        Raises:
            PasskeyRefusedError: nothing.
        """
        try:
            used = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self._origin_of(credential),
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except UNREADABLE:
            raise PasskeyRefusedError from None
        synced = used.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        return UsedPasskey(used.new_sign_count, SYNCED if synced else DEVICE_BOUND)

    def _origin_of(self, credential: dict[str, Any]) -> str:
        """The page that may have asked: of the public address, or any of this machine's where there is none."""
        if self._origin is not None:
            return self._origin
        said = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).origin
        if not _LOCAL_ORIGIN.match(said):
            raise PasskeyRefusedError
        return said


def challenge_in(credential: dict[str, Any]) -> bytes:
    """The challenge that a device says it answers.

    Raises:
        PasskeyRefusedError: it says none.
    """
    try:
        return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    except UNREADABLE:
        raise PasskeyRefusedError from None


def credential_id_in(credential: dict[str, Any]) -> bytes:
    """Which passkey a device says it has used.

    Raises:
        PasskeyRefusedError: it says none.
    """
    try:
        return base64url_to_bytes(credential["rawId"])
    except UNREADABLE:
        raise PasskeyRefusedError from None


def names(person_id: UUID, user_handle: str | None) -> bool:
    """Whether a device says that its passkey is this person's, as it was told when it made it."""
    return user_handle == bytes_to_base64url(person_id.bytes)


def ways_to(transports: list[str]) -> list[str]:
    """Those of the ways to a device that are known ones, each once."""
    return sorted(_TRANSPORTS & set(transports))
