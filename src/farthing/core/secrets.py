"""Secrets: the key that access tokens are signed with.

It comes from the settings, or lies in the data folder, made there once. Whoever reads it can sign in as anyone, so the
file is readable by its owner alone from the moment it exists.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from farthing.core.settings import Settings
from farthing.kit.faults import Fault

KEY_FILE = "signing_key.pem"
OWNER_ONLY = 0o600


class SigningKeyUnfit(Fault):
    """What is given as the signing key is none."""

    code = "signing_key_unfit"
    message = "{place} doesn't hold an Ed25519 private key in PEM."
    sample = {"place": "FARTHING_SIGNING_KEY"}


def signing_key(settings: Settings) -> str:
    """The Ed25519 private key, PEM: given by the settings, else kept in the data folder, else made there.

    Raises:
        SigningKeyUnfit: what is there is no such key.
        OSError: the data folder can't be read or written.
    """
    if settings.signing_key is not None:
        return _checked(settings.signing_key.get_secret_value(), "FARTHING_SIGNING_KEY")
    file = settings.data_dir.expanduser() / KEY_FILE
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _keep(new_signing_key(), file)
    return _checked(file.read_text("utf-8", errors="replace"), str(file))


def new_signing_key() -> str:
    """A fresh Ed25519 private key, PEM (PKCS 8)."""
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def _checked(pem: str, place: str) -> str:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):  # not PEM; or PEM under a password
        raise SigningKeyUnfit(place=place) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyUnfit(place=place)
    return pem


def _keep(pem: str, file: Path) -> None:
    """Put the key into its place whole or not at all. If another program was quicker, its key stays."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
        # Unlike a rename, a link never takes the place of what is there.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
