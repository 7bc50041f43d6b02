"""What can stand between a person and their own PostgreSQL."""

from __future__ import annotations

from typing import ClassVar

from farthing.kit.faults import Conflict, Fault


class BinariesMissing(Fault):
    """No PostgreSQL comes along for this kind of machine."""

    code: ClassVar[str] = "local_postgres_missing"
    message: ClassVar[str] = (
        "No PostgreSQL comes along for this machine ({machine}). Install one, version 15 or newer, "
        "and name it in FARTHING_DATABASE_URL."
    )
    sample: ClassVar[dict[str, object]] = {"machine": "Linux riscv64"}


class AccountMissing(Fault):
    """PostgreSQL refuses to run as root, and no other account can run it."""

    code: ClassVar[str] = "local_postgres_account_missing"
    message: ClassVar[str] = "PostgreSQL won't run as root, and no other account can run it: {why}."
    sample: ClassVar[dict[str, object]] = {"why": "there is neither a 'postgres' nor a 'nobody'"}


class FolderInUse(Conflict):
    """Another program owns the folder."""

    code: ClassVar[str] = "folder_in_use"
    message: ClassVar[str] = "The folder {folder} is already served by process {pid} at {url}."
    sample: ClassVar[dict[str, object]] = {"folder": "data", "pid": 4711, "url": "http://127.0.0.1:8000"}


class FolderNotOurs(Conflict):
    """The folder belongs to another account of this machine."""

    code: ClassVar[str] = "folder_not_ours"
    message: ClassVar[str] = "The folder {folder} belongs to '{owner}'. Run as that account, or choose another folder."
    sample: ClassVar[dict[str, object]] = {"folder": "data", "owner": "root"}


class NotAnswering(Conflict):
    """Another program uses the folder's PostgreSQL, but it can't be reached."""

    code: ClassVar[str] = "local_postgres_not_answering"
    message: ClassVar[str] = (
        "The folder {folder} is in use, but its PostgreSQL doesn't answer: {why}. "
        "Stop the program that uses it, and try again."
    )
    sample: ClassVar[dict[str, object]] = {"folder": "data", "why": "connection refused"}


class WontStart(Fault):
    """PostgreSQL was started and gave up, or took too long."""

    code: ClassVar[str] = "local_postgres_wont_start"
    message: ClassVar[str] = "PostgreSQL didn't start in {folder}: {why}"
    sample: ClassVar[dict[str, object]] = {"folder": "data/postgres", "why": "No space left on device"}
