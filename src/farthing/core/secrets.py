"""Secrets: the key that access tokens are signed with, the one before it, and the keys that seal what is kept in the
database.

They come from the settings, or lie in the data folder, made there once. Whoever reads the first can sign in as anyone,
and whoever reads the second and the database knows everyone's second factor: so the files are readable by their owner
alone from the moment they exist.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from farthing.core.settings import Settings
from farthing.kit.faults import Fault

KEY_FILE = "signing_key.pem"
SEALING_KEY_FILE = "sealing_key"
SEALING_KEY_LENGTH = 32
PREVIOUS_KEY_FILE = "previous_signing_key.pem"
OWNER_ONLY = 0o600


class SigningKeyUnfit(Fault):
    """What is given as the signing key is none."""

    code = "signing_key_unfit"
    message = "{place} doesn't hold an Ed25519 private key in PEM."
    sample = {"place": "FARTHING_SIGNING_KEY"}


class SealingKeyUnfit(Fault):
    """What is given as the sealing key is none."""

    code = "sealing_key_unfit"
    message = "{place} doesn't hold keys of {length} bytes in base64, one a line."
    sample = {"place": "FARTHING_SEALING_KEY", "length": SEALING_KEY_LENGTH}


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


def previous_signing_key(settings: Settings) -> str | None:
    """The key that was the signing key before, PEM; None: there is none. What it signed is good until it runs out.

    Raises:
        SigningKeyUnfit: what is there is no such key.
        OSError: the data folder can't be read.
    """
    if settings.previous_signing_key is not None:
        given = settings.previous_signing_key.get_secret_value()
        # In a container the file is there before there is such a key.
        return _checked(given, "FARTHING_PREVIOUS_SIGNING_KEY") if given.strip() else None
    file = settings.data_dir.expanduser() / PREVIOUS_KEY_FILE
    if settings.signing_key is not None or not file.exists():
        return None
    return _checked(file.read_text("utf-8", errors="replace"), str(file))


def rotate_signing_key(folder: Path) -> None:
    """Put a fresh key into a folder in the place of the signing key, and that into the place of the one before.

    Whenever it is broken off, both files hold a key, and the signing key is one of the two.

    Raises:
        SigningKeyUnfit: what is there is no key.
        OSError: the folder can't be read or written.
    """
    current, previous = folder / KEY_FILE, folder / PREVIOUS_KEY_FILE
    owner = current.stat()
    pem = _checked(current.read_text("utf-8", errors="replace"), str(current))
    for file, text in ((previous, pem), (current, new_signing_key())):
        draft = _draft(text, file)
        if os.geteuid() == 0:
            # In a container the volume is root's, and its reader somebody else.
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.chmod(owner.st_mode & 0o777)
        draft.replace(file)
        _flush(folder)


def new_signing_key() -> str:
    """A fresh Ed25519 private key, PEM (PKCS 8)."""
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def sealing_keys(settings: Settings) -> tuple[bytes, ...]:
    """The AES-256 keys that seal secrets in the database: given by the settings, else kept or made in the data folder.

    The first seals; all of them open, so that a key is changed by putting a new one before it.

    Raises:
        SealingKeyUnfit: what is there is no such key.
        OSError: the data folder can't be read or written.
    """
    if settings.sealing_key is not None:
        return _keys_in(settings.sealing_key.get_secret_value(), "FARTHING_SEALING_KEY")
    file = settings.data_dir.expanduser() / SEALING_KEY_FILE
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _keep(new_sealing_key(), file)
    return _keys_in(file.read_text("utf-8", errors="replace"), str(file))


def new_sealing_key() -> str:
    """A fresh AES-256 key, in base64."""
    return base64.b64encode(secrets.token_bytes(SEALING_KEY_LENGTH)).decode() + "\n"


def _keys_in(text: str, place: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(base64.b64decode(word, validate=True) for word in text.split())
    except (ValueError, binascii.Error):
        raise SealingKeyUnfit(place=place, length=SEALING_KEY_LENGTH) from None
    if not keys or any(len(key) != SEALING_KEY_LENGTH for key in keys):
        raise SealingKeyUnfit(place=place, length=SEALING_KEY_LENGTH)
    return keys


def _checked(pem: str, place: str) -> str:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):  # not PEM; or PEM under a password
        raise SigningKeyUnfit(place=place) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyUnfit(place=place)
    return pem


def _keep(key: str, file: Path) -> None:
    """Put the key into its place whole or not at all. If another program was quicker, its key stays."""
    draft = _draft(key, file)
    try:
        # Unlike a rename, a link never takes the place of what is there.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
    _flush(file.parent)


def _draft(key: str, file: Path) -> Path:
    """A key in a file beside its place, whole and on the disk."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        draft.unlink()
        raise
    return draft


def _flush(path: Path) -> None:
    """Have the names in a folder on the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
