"""Who runs PostgreSQL: ourselves, or, since it refuses root, some account that can do less."""

from __future__ import annotations

import contextlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farthing.entrypoints.local.faults import AccountMissing, FolderNotOurs

STAND_INS = ("postgres", "nobody")
"""Accounts that may run PostgreSQL for root, the best first. None is ever made."""

SAME_FOLDER = Path("/proc/self/cwd")
"""On Linux, a name for a process's working folder that needs no right to enter the folders above it."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account to run PostgreSQL as. ``Account()`` is whoever runs this program."""

    uid: int | None = None
    gid: int = -1

    def options(self) -> dict[str, Any]:
        """What ``subprocess`` needs to start a program as this account, with none of root's groups."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, target: Path | int) -> None:
        """Give a file or folder, by path or descriptor, to this account."""
        if self.uid is not None:
            os.chown(target, self.uid, self.gid)

    def name_for(self, folder: Path) -> str:
        """How a process of this account whose working folder is ``folder`` should call it.

        Root's data may lie where this account can't go, as under /root (mode 0700). The kernel checks the way to a
        folder but not the way from it: started *in* the folder, a process may stay.
        """
        if self.uid is not None and SAME_FOLDER.is_dir():
            return str(SAME_FOLDER)
        return str(folder)


def account_for(folder: Path) -> Account:
    """Who is to run PostgreSQL on the existing ``folder``: its owner if that is not root, else a stand-in.

    Raises:
        FolderNotOurs: we are not root, and the folder is not ours.
        AccountMissing: we are root, and there is no account to stand in.
    """
    owner = folder.stat().st_uid
    me = os.geteuid()
    if me != 0:
        if owner != me:
            raise FolderNotOurs(folder=folder, owner=name_of(owner))
        return Account()
    if owner != 0:
        with contextlib.suppress(KeyError):  # initdb insists on an account with a name
            return Account(owner, pwd.getpwuid(owner).pw_gid)
    for name in STAND_INS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise AccountMissing(why="there is neither a 'postgres' nor a 'nobody'")


def name_of(uid: int) -> str:
    """An account's name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
