"""What has to be there before the containers start. Runs as root at each ``up``, in a container of its own, and ends.

Three things. The secrets: each is made once and from then on only handed to its reader, never changed. The folder of
attached files: it is ``web``'s. And the checkout: ``web`` may read its migrations and add new ones, whoever owns it.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import secrets
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

WEB_SECRETS = Path("/secrets/web")
DB_SECRETS = Path("/secrets/db")
PASSWORD = "database_password"  # noqa: S105 - a file's name
SIGNING_KEY = "signing_key.pem"
SEALING_KEY = "sealing_key"
OIDC_CLIENT_SECRET = "oidc_client_secret"  # noqa: S105 - a file's name
PREVIOUS_SIGNING_KEY = "previous_signing_key.pem"
SMTP_PASSWORD = "smtp_password"  # noqa: S105 - a file's name
ATTACHMENTS = Path("/attachments")
MIGRATIONS = Path("/app/migrations")

ACCOUNT = "farthing"
GROUP = "checkout"
"""Let in where the checkout belongs to someone else; ``web`` is its only member."""
POSTGRES = 999
"""User and group ``postgres`` in the image of PostgreSQL."""

READ, WRITE, SEARCH = 4, 2, 1


class TroubleError(Exception):
    """Something a person has to see to."""


class Reader(NamedTuple):
    """Who may read a secret: nobody else may."""

    user: int
    group: int


# --- the secrets ----------------------------------------------------------------------------------------------------


def keep(file: Path, make: Callable[[], str], reader: Reader) -> bool:
    """Put a secret into its place unless one is there. Says if it did. Whole or not at all, whatever happens."""
    new = not file.exists()
    if new:
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(make())
                stream.flush()
                os.fsync(stream.fileno())
            # Unlike a rename, a link never takes the place of what is there.
            with suppress(FileExistsError):
                file.hardlink_to(draft)
        finally:
            draft.unlink()
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    # At each start: the account's number may be another by now.
    os.chown(file, reader.user, reader.group)
    file.chmod(0o400)
    return new


def keep_secrets(
    web_folder: Path, db_folder: Path, web: Reader, db: Reader, new_keys: dict[str, Callable[[], str]]
) -> list[str]:
    """Make the secrets that are missing, each reader's in a volume of its own. Returns which, by name.

    Args:
        web_folder: the volume of ``web``.
        db_folder: the volume of ``db``.
        web: who reads the first.
        db: who reads the second.
        new_keys: what makes the keys of ``web``, by the names of their files.

    Raises:
        TroubleError: the two sides hold different passwords.
    """
    made = []
    web_password, db_password = web_folder / PASSWORD, db_folder / PASSWORD
    for here, there, reader in ((db_password, web_password, db), (web_password, db_password, web)):
        known = there.read_text("utf-8") if there.exists() else secrets.token_urlsafe(32)
        if keep(here, lambda known=known: known, reader):  # type: ignore[misc]
            made.append(f"{PASSWORD} for {here.parent.name}")
    if web_password.read_text("utf-8") != db_password.read_text("utf-8"):
        raise TroubleError("The volumes web-secrets and db-secrets hold different database passwords.")
    made += [name for name, new_key in new_keys.items() if keep(web_folder / name, new_key, web)]
    # Empty until an operator fills them (`farthing keys rotate` does the first); settings name them from the start.
    for name in (PREVIOUS_SIGNING_KEY, SMTP_PASSWORD, OIDC_CLIENT_SECRET):
        keep(web_folder / name, str, web)
    return made


# --- the attached files ---------------------------------------------------------------------------------------------


def hand_over(folder: Path, keeper: Reader) -> None:
    """Give a folder, and all that is in it, to an account, and let nobody else in."""
    folder.chmod(0o700)
    for place, _, files in os.walk(folder, topdown=False):
        for path in (*(Path(place, name) for name in files), Path(place)):
            status = path.lstat()
            if (status.st_uid, status.st_gid) != (keeper.user, keeper.group):
                os.chown(path, keeper.user, keeper.group, follow_symlinks=False)


# --- the checkout ---------------------------------------------------------------------------------------------------


def wanted(migrations: Path) -> Iterator[tuple[Path, int]]:
    """Every path of the migrations with the rights ``web`` needs there: adding files to versions/, else reading."""
    for place, folders, files in os.walk(migrations):
        folders[:] = [name for name in folders if name != "__pycache__"]
        folder = Path(place)
        yield folder, READ | SEARCH | (WRITE if folder == migrations / "versions" else 0)
        # Links are left alone: what they lead to isn't the checkout's.
        yield from ((folder / name, READ) for name in files if not (folder / name).is_symlink())


def lacking(paths: Sequence[tuple[Path, int]], user: int, group: int, others: Sequence[int]) -> list[tuple[Path, int]]:
    """Those paths where an account lacks rights. The account itself looks: only trying tells what mounts allow."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            os.setgroups(others)
            os.setgid(group)
            os.setuid(user)
            for number, (path, rights) in enumerate(paths):
                if not os.access(path, rights):
                    os.write(writing, struct.pack("<I", number))
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        numbers = answers.read()
    if os.waitpid(child, 0)[1]:
        raise TroubleError("The account that the service runs as can't be taken on.")
    return [paths[number] for (number,) in struct.iter_unpack("<I", numbers)]


ACL, INHERITED_ACL = "system.posix_acl_access", "system.posix_acl_default"
ACL_VERSION = 2
THE_OWNER, A_USER, THE_GROUP, A_GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY = 0xFFFFFFFF


def acl(*entries: tuple[int, int, int]) -> bytes:
    """An access control list (tag, rights, user or group) as the kernel reads it. There is no setfacl in the image."""
    return struct.pack("<I", ACL_VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def let_in(path: Path, rights: int, group: int) -> None:
    """Give a group rights on a path, by an access control list: owner, group and their rights stay as they are.

    What is made in a folder that the group may write to can be changed by the folder's owner too.

    Raises:
        OSError: the file system knows no such lists, or there is one already, which isn't ours to change.
    """
    if ACL in os.listxattr(path):
        raise OSError(errno.EEXIST, "it has an access control list already", str(path))
    status = path.stat()
    owner = (THE_OWNER, (status.st_mode >> 6) & 7, NOBODY)
    owning = (THE_GROUP, (status.st_mode >> 3) & 7, NOBODY)
    others = (OTHERS, status.st_mode & 7, NOBODY)
    if rights & WRITE:
        maker = (A_USER, READ | WRITE | SEARCH, status.st_uid)
        reader = (A_GROUP, READ | SEARCH, group)
        mask = (MASK, READ | WRITE | SEARCH, NOBODY)
        os.setxattr(path, INHERITED_ACL, acl(owner, maker, owning, reader, mask, others))
    mask = (MASK, owning[1] | rights, NOBODY)
    os.setxattr(path, ACL, acl(owner, owning, (A_GROUP, rights, group), mask, others))


def open_checkout(migrations: Path) -> list[str]:
    """Let ``web`` read the migrations, and add to them. Returns what a person should know."""
    account, group = pwd.getpwnam(ACCOUNT), grp.getgrnam(GROUP).gr_gid
    paths = list(wanted(migrations))
    needed = lacking(paths, account.pw_uid, account.pw_gid, [group])
    refusals = []
    for path, rights in needed:
        try:
            let_in(path, rights, group)
        except OSError as trouble:
            refusals.append(f"{path}: {trouble.strerror}")
    if not lacking(needed, account.pw_uid, account.pw_gid, [group]):
        return [f"let web use {len(needed)} paths in migrations"] if needed else []
    owner = migrations.stat()
    remedy = (
        f"put APP_UID={owner.st_uid} and APP_GID={owner.st_gid}, a line each, into .env"
        if owner.st_uid
        else f"give it to {account.pw_uid}:{account.pw_gid} by chown"
    )
    return [
        *refusals,
        f"web can't use all of migrations, which belongs to {owner.st_uid}:{owner.st_gid};",
        f"{remedy}, then run `docker-compose up --build`",
    ]


def main() -> None:
    """Do all three. No secret is ever printed."""
    from farthing.core.secrets import new_sealing_key, new_signing_key  # noqa: PLC0415 - tests of this file need no settings

    account = pwd.getpwnam(ACCOUNT)
    web = Reader(account.pw_uid, account.pw_gid)
    new_keys = {SIGNING_KEY: new_signing_key, SEALING_KEY: new_sealing_key}
    made = keep_secrets(WEB_SECRETS, DB_SECRETS, web, Reader(POSTGRES, POSTGRES), new_keys)
    hand_over(ATTACHMENTS, web)
    for line in (f"made {', '.join(made)}" if made else "all there", *open_checkout(MIGRATIONS)):
        print(f"secrets: {line}", flush=True)  # noqa: T201 - a command prints


if __name__ == "__main__":
    try:
        main()
    except TroubleError as trouble:
        sys.exit(f"secrets: {trouble}")
