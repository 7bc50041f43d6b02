"""The files around a server's data: the password, the port, and the locks that say who is using it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TICK_SECONDS = 0.01
"""How often a lock that another program holds is tried again."""

CLAIM_SECONDS = 0.2
"""How long the owner's lock is tried: longer than anyone holds it only to read who the owner is."""

NOTE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Owner:
    """The program that serves a folder, and where it answers; ``url`` is None until it has said so."""

    pid: int | None
    url: str | None


class Lock:
    """A lock on a file, held by an open descriptor: the kernel lets go of it when the program ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        _leave_to_owner(self.descriptor, path.parent)

    def try_alone(self) -> bool:
        """Take the lock for ourselves, or swap a shared one for it; when refused, a shared one is lost."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock together with others, or swap one held alone for it."""
        return self._try(fcntl.LOCK_SH)

    def wait_alone(self, seconds: float) -> bool:
        """Take the lock for ourselves within so many seconds. Returns whether that worked."""
        until = time.monotonic() + seconds
        while not self.try_alone():
            if time.monotonic() >= until:
                return False
            time.sleep(TICK_SECONDS)
        return True

    def let_go(self) -> None:
        """Release the lock; it may be taken again."""
        # Said aloud, since a forked child may still hold a copy of the descriptor.
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release the lock for good."""
        self.let_go()
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class OwnerLock(Lock):
    """The lock of the one program that serves the folder, with a note of who that is."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.signed = False

    def sign(self, url: str | None) -> None:
        """Note our pid and where we answer, for those who find the lock taken."""
        note = json.dumps({"pid": os.getpid(), "url": url}).encode()
        self.signed = True
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note, 0)

    def owner(self) -> Owner:
        """Who signed last."""
        try:
            note = json.loads(os.pread(self.descriptor, NOTE_BYTES, 0))
            return Owner(pid=note["pid"], url=note["url"])
        except (ValueError, KeyError, TypeError):
            return Owner(pid=None, url=None)  # it has only just taken the lock

    def close(self) -> None:
        """Take our signature back, if it is ours, and release the lock."""
        if self.signed:
            os.ftruncate(self.descriptor, 0)
        super().close()


@dataclass(frozen=True, slots=True)
class Folder:
    """A server's folder and what is in it."""

    path: Path

    @classmethod
    def made(cls, path: Path) -> Folder:
        """The folder, made where missing, for its owner's eyes only."""
        path.mkdir(mode=0o700, exist_ok=True)
        _leave_to_owner(path, path.parent)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
        return cls(path)

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.path / "data"

    @property
    def logs(self) -> Path:
        """Where PostgreSQL writes its log, a file for each day of the week."""
        return self.data / "log"

    @property
    def startup_log(self) -> Path:
        """What the last start wrote before PostgreSQL's own log began."""
        return self.path / "startup.log"

    def password(self) -> str:
        """The password of PostgreSQL's superuser, made at random at the first call. Safe in a URL as it is."""
        file = self.path / "password"
        with contextlib.suppress(FileNotFoundError):
            if known := file.read_text("ascii").strip():
                return known
        made = secrets.token_urlsafe(32)
        self._write(file, made)
        return made

    def port(self) -> int | None:
        """The port that was used last, or None."""
        try:
            return int((self.path / "port").read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def remember_port(self, port: int) -> None:
        """Keep the port for the next start, so that a bookmark in some other program stays good."""
        if port != self.port():
            self._write(self.path / "port", str(port))

    def _write(self, file: Path, text: str) -> None:
        """Put the text there whole or not at all, readable by the owner alone, and on disk when this returns."""
        incoming = file.with_suffix(".incoming")
        incoming.unlink(missing_ok=True)
        with open(incoming, "x", encoding="ascii", opener=open_secret) as handle:
            handle.write(text + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        incoming.replace(file)
        sync_folder(self.path)


def sync_folder(path: Path) -> None:
    """See to it that the names in a folder are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_data_dir(path: Path) -> Path:
    """The folder of everything as an absolute path, made with its parents where missing; for its owner's eyes only."""
    path = path.expanduser().absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def open_secret(path: str, flags: int) -> int:
    """An opener, for ``open``, of files that only their owner may read."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW, 0o600)
    _leave_to_owner(descriptor, Path(path).parent)
    return descriptor


def _leave_to_owner(target: Path | int, folder: Path) -> None:
    """What root makes in another account's folder shall be that account's: it may not be root the next time."""
    if os.geteuid() == 0:
        rights = folder.stat()
        if rights.st_uid != 0:
            os.chown(target, rights.st_uid, rights.st_gid)
