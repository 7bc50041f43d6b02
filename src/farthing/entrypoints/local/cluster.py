"""A PostgreSQL for as long as it is needed: one's own, someone's, or one to throw away."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Literal

from farthing.entrypoints.local import binaries
from farthing.entrypoints.local.account import account_for, name_of
from farthing.entrypoints.local.faults import FolderInUse, FolderNotOurs, NotAnswering
from farthing.entrypoints.local.folder import CLAIM_SECONDS, Folder, Lock, Owner, OwnerLock, make_data_dir
from farthing.entrypoints.local.greeting import Running
from farthing.entrypoints.local.server import START_SECONDS, Server
from farthing.entrypoints.local.settings import HOME_SETTINGS, THROWAWAY_SETTINGS

Mode = Literal["own", "join"]

LEAVE_SECONDS = 30
"""How long to wait, on the way out, for a program that is just starting the server."""

GUARD = """
cat > /dev/null
kill -QUIT "$1" 2> /dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2> /dev/null || break; sleep 0.2; done
rm -rf -- "$2"
"""
"""Waits for the end of its input, that is, of the program that started it, and cleans up what that can't any more."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server that is ready to be used."""

    url: str = field(repr=False)
    """``postgresql://postgres:…@127.0.0.1:…/finance_db``, with the superuser's password: not for a log."""

    data_dir: Path
    pid: int
    port: int
    _claim: OwnerLock | None = field(default=None, repr=False)

    @property
    def owned(self) -> bool:
        """Whether this program owns the folder."""
        return self._claim is not None

    def announce(self, url: str) -> None:
        """Say where the folder's owner answers, for those who come after. Does nothing for one who only joined."""
        if self._claim is not None:
            self._claim.sign(url)


@contextlib.contextmanager
def open_cluster(
    data_dir: Path,
    *,
    mode: Mode = "own",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """The PostgreSQL of a folder, for as long as the block runs; made and started where need be.

    With ``mode="own"`` nobody else can own the folder meanwhile; with ``mode="join"`` the server is shared with whoever
    uses it. In either case the last to leave stops it. ``settings`` are PostgreSQL's own, such as
    ``{"shared_preload_libraries": "pg_stat_statements"}``, and count only if this call starts the server.

    Raises:
        FolderInUse: another program owns the folder; names its pid and URL.
        FolderNotOurs: the folder belongs to another account.
        BinariesMissing: no PostgreSQL comes along for this machine.
        AccountMissing: we are root, and nobody else can run PostgreSQL.
        NotAnswering: another program uses the folder, but its server can't be reached.
        WontStart: PostgreSQL gave up, or took too long.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_orderly_end())
        with _rights_explained(data_dir):
            data_dir = make_data_dir(data_dir)
            claim = stack.enter_context(_claimed(data_dir)) if mode == "own" else None
            folder = Folder.made(data_dir / "postgres")
            account = account_for(folder.data if folder.data.exists() else folder.path)
            server = Server(
                folder=folder,
                binaries=binaries.usable_by(account, binaries.installed()),
                account=account,
                settings={**HOME_SETTINGS, **(settings or {})},
            )
            running = stack.enter_context(_used(server))
        yield Cluster(url=running.url, data_dir=data_dir, pid=running.pid, port=running.port, _claim=claim)


@contextlib.contextmanager
def throwaway_cluster(*, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A fresh, empty PostgreSQL for tests, that forgets for speed and is gone after the block.

    It is gone, too, when the program is killed.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_orderly_end())
        place = Path(tempfile.mkdtemp(prefix="farthing-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        account = account_for(place)
        server = Server(
            folder=Folder(place),
            binaries=binaries.usable_by(account, binaries.installed()),
            account=account,
            settings={**THROWAWAY_SETTINGS, **(settings or {})},
        )
        stack.callback(server.stop, at_once=True)
        running = server.ensure()
        stack.enter_context(_guarded(running.pid, place))
        yield Cluster(url=running.url, data_dir=place, pid=running.pid, port=running.port)


def served_by(data_dir: Path) -> Owner | None:
    """Who owns the folder at this moment, or None."""
    file = data_dir.expanduser() / "serve.lock"
    if not file.exists():
        return None
    with OwnerLock(file) as lock:
        return None if lock.try_shared() else lock.owner()


@contextlib.contextmanager
def _rights_explained(data_dir: Path) -> Iterator[None]:
    """Tell a person whose folder it is that they can't use."""
    try:
        yield
    except PermissionError as trouble:
        nearest = next(place for place in (data_dir, *data_dir.expanduser().absolute().parents) if place.exists())
        owner = nearest.stat().st_uid
        if owner == os.geteuid():
            raise
        raise FolderNotOurs(folder=data_dir, owner=name_of(owner)) from trouble


@contextlib.contextmanager
def _claimed(data_dir: Path) -> Iterator[OwnerLock]:
    """Be the folder's owner."""
    lock = OwnerLock(data_dir / "serve.lock")
    try:
        if not lock.wait_alone(CLAIM_SECONDS):
            owner = lock.owner()
            raise FolderInUse(
                folder=data_dir,
                pid=owner.pid or "(unknown)",
                url=owner.url or "an address it hasn't told yet",
            )
        lock.sign(None)
        yield lock
    finally:
        lock.close()


@contextlib.contextmanager
def _used(server: Server) -> Iterator[Running]:
    """Be one of those who use the server. The first to come starts it, the last to leave stops it.

    Who is using it is known by a lock that all users share. To come and to leave, one at a time goes through the gate.
    Whoever gets the users' lock alone there knows that no other program relies on the server: it may be started,
    or, if a killed program left it behind, taken over, or stopped.
    """
    with Lock(server.folder.path / "gate.lock") as gate, Lock(server.folder.path / "users.lock") as users:
        if not gate.wait_alone(START_SECONDS):
            raise NotAnswering(folder=server.folder.path, why="it has been starting for too long")
        try:
            if users.try_alone():
                running = server.ensure()
                users.try_shared()
            else:
                users.try_shared()
                running = server.join()
        finally:
            gate.let_go()
        try:
            yield running
        finally:
            with _hurried() as hurry:
                # Not through the gate in time: someone is coming in, relies on the server from now on, and stops it.
                if gate.wait_alone(LEAVE_SECONDS) and users.try_alone():
                    server.stop(hurry=hurry)


@contextlib.contextmanager
def _guarded(pid: int, place: Path) -> Iterator[None]:
    """See to it that a server and its folder go when this program goes, even if it is killed."""
    guard = subprocess.Popen(  # noqa: S603 - our own script; pid and path are its arguments, not its text
        ["/bin/sh", "-c", GUARD, "guard", str(pid), str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        yield
    finally:
        # By its group: the shell's "cat" is to go as well.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guard.pid, signal.SIGKILL)
        if guard.stdin:
            guard.stdin.close()
        guard.wait()


@contextlib.contextmanager
def _orderly_end() -> Iterator[None]:
    """Make the signals that would end the program on the spot end it the orderly way, through every ``finally``.

    A program that handles them itself, as a web server does, keeps its say. Only the main thread can set this up.
    """

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) == leave:
                signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _hurried() -> Iterator[threading.Event]:
    """While this program leaves, a second Ctrl-C or SIGTERM doesn't break off the leaving: it sets the event."""
    hurry = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        hurry.set()

    if threading.current_thread() is not threading.main_thread():
        yield hurry
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    # One that is ignored, as under nohup, stays so; one that isn't Python's couldn't be put back.
    before = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, note)
    try:
        yield hurry
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
