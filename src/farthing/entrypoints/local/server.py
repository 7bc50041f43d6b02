"""One PostgreSQL server on one folder: made, found, started and stopped."""

from __future__ import annotations

import contextlib
import enum
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farthing.entrypoints.local import processes
from farthing.entrypoints.local.account import Account
from farthing.entrypoints.local.binaries import ENVIRONMENT, Binaries
from farthing.entrypoints.local.faults import NotAnswering, WontStart
from farthing.entrypoints.local.folder import Folder, open_secret, sync_folder
from farthing.entrypoints.local.greeting import HOST, SUPERUSER, PasswordRefused, Running, Unreachable, greet
from farthing.entrypoints.local.settings import flags

INIT_SECONDS = 300
START_SECONDS = 300
"""Long, since after a crash the server first replays what its log holds, on whatever disk there is."""

FAST_SECONDS = 10
"""How long the server gets to end sessions and write everything down, before it is told to drop everything."""

IMMEDIATE_SECONDS = 10
ORPHAN_SECONDS = 2
"""How long the children of a killed server get to notice by themselves."""

PORTS_TRIED = 5
LINES_QUOTED = 5
NOTE_LINES = 8
"""How long ``postmaster.pid`` is in the end; PostgreSQL adds the last line once it has begun to start."""

LOG_DAYS = 6
"""How old a day's log may get: a week later, its name is used again."""


class State(enum.StrEnum):
    """What a server says of itself in ``postmaster.pid``."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Note:
    """What ``postmaster.pid`` tells. The process may be long gone, and its pid another's by now."""

    pid: int
    port: int
    state: State


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server on a folder, run by an account.

    Nothing here asks who else is using the folder: whoever calls ``ensure`` or ``stop`` must be the only one who does.
    """

    folder: Folder
    binaries: Binaries
    account: Account
    settings: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the server's processes are called: no other folder's are, not even a copy's."""
        data = self.folder.data.stat()
        return f"farthing-{data.st_dev:x}-{data.st_ino:x}-"

    def ensure(self) -> Running:
        """The server, ready, with its database: the one that a killed program left behind, or a fresh one.

        Raises:
            WontStart: PostgreSQL gave up, or took too long; says why.
        """
        password = self.folder.password()
        for unfinished in self.folder.path.glob("incoming-*"):
            shutil.rmtree(unfinished, ignore_errors=True)  # the initdb of a killed program may still be writing
        if not self.folder.data.exists():
            self._initialise(password)
        self._put_rights_right()
        running = self._left_behind(password)
        if running is not None:
            return running
        running = self._start(password)
        try:
            try:
                greet(running, self.name)
            except PasswordRefused:
                # The password's file was lost, or came from elsewhere. Whoever may read the data may set a new one.
                self.stop()
                self._set_password(password)
                running = self._start(password)
                greet(running, self.name)
        except BaseException as trouble:
            self.stop()
            if isinstance(trouble, (PasswordRefused, Unreachable)):
                raise WontStart(folder=self.folder.path, why=str(trouble)) from trouble
            raise
        return running

    def join(self, seconds: float = START_SECONDS) -> Running:
        """The server that another program started, once it is ready.

        Raises:
            NotAnswering: it isn't, within so many seconds.
        """
        password = self.folder.password()
        until = time.monotonic() + seconds
        while True:
            note = self._note()
            why = "it isn't running"
            if note is not None and note.state is State.READY:
                running = Running(pid=note.pid, port=note.port, password=password)
                try:
                    greet(running, self.name)
                except (PasswordRefused, Unreachable) as trouble:
                    why = str(trouble)
                else:
                    return running
            elif note is not None:
                why = f"it is {note.state}"
            if note is None or note.state is not State.STARTING or time.monotonic() >= until:
                raise NotAnswering(folder=self.folder.path, why=why)
            time.sleep(processes.TICK_SECONDS)

    def stop(self, *, at_once: bool = False, hurry: threading.Event | None = None) -> None:
        """Stop the server if it runs: all sessions end, and everything is written down.

        ``at_once``, once ``hurry`` is set, or when it takes too long, the server drops everything instead; what was
        committed is still safe, the next start only takes a little longer.
        """
        note = self._note()
        if note is None:
            return
        ours = processes.named(self.name)
        if note.pid not in ours:
            return
        if not at_once:
            processes.send([note.pid], signal.SIGINT)
            until = time.monotonic() + FAST_SECONDS
            while time.monotonic() < until and not (hurry and hurry.is_set()):
                if processes.wait_gone([note.pid], processes.TICK_SECONDS):
                    return
        processes.send([note.pid], signal.SIGQUIT)
        if not processes.wait_gone([note.pid], IMMEDIATE_SECONDS):
            processes.send(ours, signal.SIGKILL)
            processes.wait_gone(ours, IMMEDIATE_SECONDS)

    # --- making the data folder -------------------------------------------------------------------------------------

    def _initialise(self, password: str) -> None:
        """Make the data folder aside and give it its name when it is whole, so that half of one is never used."""
        incoming = Path(tempfile.mkdtemp(prefix="incoming-", dir=self.folder.path))
        try:
            self.account.own(incoming)
            # An unnamed file: the account can open it through the descriptor, and no crash leaves it behind.
            with tempfile.TemporaryFile() as secret:
                secret.write(password.encode() + b"\n")
                secret.seek(0)
                self.account.own(secret.fileno())
                made = self._run(
                    "initdb",
                    f"--pgdata={self.account.name_for(incoming)}",
                    f"--username={SUPERUSER}",
                    f"--pwfile=/dev/fd/{secret.fileno()}",
                    "--auth-local=reject",
                    "--auth-host=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                    "--data-checksums",
                    "--no-instructions",
                    *(["--no-sync"] if self.settings["fsync"] == "off" else []),
                    folder=incoming,
                    pass_fds=(secret.fileno(),),
                )
            if made.returncode != 0:
                raise WontStart(folder=self.folder.path, why=_last_lines(made.stderr))
            incoming.rename(self.folder.data)
            sync_folder(self.folder.path)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def _put_rights_right(self) -> None:
        """Undo what a copy does to rights: one restored by root belongs to root, and others may look into it.

        PostgreSQL refuses to start on either.
        """
        rights = self.folder.data.stat()
        if self.account.uid is not None and rights.st_uid != self.account.uid:
            for place, folders, files in os.walk(self.folder.data):
                for name in (*folders, *files):
                    os.lchown(Path(place, name), self.account.uid, self.account.gid)
            self.account.own(self.folder.data)
        if rights.st_mode & 0o077:
            self.folder.data.chmod(0o700)

    def _set_password(self, password: str) -> None:
        """Set the superuser's password without knowing the old one, while the server is stopped."""
        asked = self._run(
            "postgres",
            "--single",
            "-D",
            self.account.name_for(self.folder.data),
            *flags({"log_min_error_statement": "panic", "exit_on_error": "on", "logging_collector": "off"}),
            "postgres",
            folder=self.folder.data,
            text=f"ALTER USER {SUPERUSER} PASSWORD '{password}'\n",
        )
        if asked.returncode != 0:
            raise WontStart(folder=self.folder.path, why=_last_lines(asked.stderr))

    def _run(
        self, program: str, *arguments: str, folder: Path, text: str = "", pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program in a folder to its end, with ``text`` to read."""
        surroundings = self._surroundings(folder)
        try:
            return subprocess.run(  # noqa: S603 - our own program, without a shell
                [self.binaries.program(program), *arguments],
                capture_output=True,
                check=False,
                timeout=INIT_SECONDS,
                input=text.encode(),
                pass_fds=pass_fds,
                **surroundings,
            )
        except (OSError, subprocess.TimeoutExpired) as trouble:
            raise WontStart(folder=self.folder.path, why=str(trouble)) from trouble

    def _surroundings(self, folder: Path) -> dict[str, Any]:
        # A session of its own: Ctrl-C in the terminal is for the program, which then stops the server in good order.
        return {"cwd": folder, "env": ENVIRONMENT, "start_new_session": True, **self.account.options()}

    # --- starting ---------------------------------------------------------------------------------------------------

    def _start(self, password: str) -> Running:
        """Start the server and wait until it takes connections."""
        self._forget_old_logs()
        port = self.folder.port()
        why = ""
        for _ in range(PORTS_TRIED):
            port = port if port and _is_free(port) else _free_port()
            logged = _Log(self.folder)
            process = self._launch(port)
            try:
                note = self._wait_ready(process)
            except BaseException:
                processes.send([process.pid], signal.SIGQUIT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(IMMEDIATE_SECONDS)
                raise
            # Whoever stops the server, be it this program or the last to use it: someone must take note of its end.
            threading.Thread(target=process.wait, name="postgres-reaper", daemon=True).start()
            if note is not None:
                self.folder.remember_port(note.port)
                return Running(pid=note.pid, port=note.port, password=password)
            why = logged.news()
            if "could not create any TCP/IP sockets" not in why:
                break
            port = None  # someone took it between our look and the server's
        raise WontStart(folder=self.folder.path, why=_last_lines(why.encode()))

    def _forget_old_logs(self) -> None:
        """Remove logs of a week ago. PostgreSQL begins a file anew only when it runs on into its day."""
        oldest = time.time() - LOG_DAYS * 24 * 60 * 60
        for file in self.folder.logs.glob("*.log"):
            if file.stat().st_mtime < oldest:
                file.unlink()

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        settings = {
            **self.settings,
            "cluster_name": self.name,
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
        }
        try:
            with open(self.folder.startup_log, "wb", opener=open_secret) as log:
                return subprocess.Popen(  # noqa: S603 - our own program, without a shell
                    [
                        self.binaries.program("postgres"),
                        "-D",
                        self.account.name_for(self.folder.data),
                        *flags(settings),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    **self._surroundings(self.folder.data),
                )
        except OSError as trouble:
            raise WontStart(folder=self.folder.path, why=str(trouble)) from trouble

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> Note | None:
        """The server's note once it takes connections; None when it gave up."""
        until = time.monotonic() + START_SECONDS
        while process.poll() is None:
            note = self._note()
            if note is not None and note.pid == process.pid and note.state is State.READY:
                return note
            if time.monotonic() >= until:
                raise WontStart(folder=self.folder.path, why=f"it wasn't ready within {START_SECONDS} seconds")
            time.sleep(processes.TICK_SECONDS)
        return None

    # --- what others left behind ------------------------------------------------------------------------------------

    def _note(self) -> Note | None:
        """What ``postmaster.pid`` says, or None where it says nothing."""
        try:
            lines = (self.folder.data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
            if len(lines) < NOTE_LINES:
                return Note(pid=int(lines[0]), port=0, state=State.STARTING)
            return Note(pid=int(lines[0]), port=int(lines[3]), state=State(lines[7].strip()))
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _left_behind(self, password: str) -> Running | None:
        """The server that a killed program left running, once it is ready; else None, with the way clear for a start.

        PostgreSQL itself won't start when the pid in ``postmaster.pid`` is some process of the same account, even if
        that is another program by now, nor while a killed server's children still work on its shared memory.
        """
        until = time.monotonic() + START_SECONDS
        while (note := self._note()) is not None:
            ours = note.pid in processes.named(self.name)
            if note.state is State.READY and processes.alive(note.pid):
                running = Running(pid=note.pid, port=note.port, password=password)
                try:
                    # Even if it doesn't look like ours: nothing may start beside a server that works on the data.
                    greet(running, self.name)
                except (PasswordRefused, Unreachable):
                    self.stop()
                    break
                return running
            if not ours:
                break
            if time.monotonic() >= until:
                raise WontStart(folder=self.folder.path, why=f"process {note.pid} has been {note.state} for too long")
            time.sleep(processes.TICK_SECONDS)
        self._end_orphans(processes.named(self.name))
        (self.folder.data / "postmaster.pid").unlink(missing_ok=True)
        return None

    def _end_orphans(self, orphans: set[int]) -> None:
        """Wait for the children of a killed server, which has nothing more to tell them, then end them."""
        if processes.wait_gone(orphans, ORPHAN_SECONDS):
            return
        processes.send(orphans, signal.SIGQUIT)
        if not processes.wait_gone(orphans, ORPHAN_SECONDS):
            processes.send(orphans, signal.SIGKILL)
            processes.wait_gone(orphans, IMMEDIATE_SECONDS)


class _Log:
    """What PostgreSQL has written since a moment: its reasons for giving up."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.sizes = {file: file.stat().st_size for file in self._files()}

    def news(self) -> str:
        """All of it, the earliest first."""
        texts = [self.folder.startup_log.read_text("utf-8", "replace")]
        for file in self._files():
            with file.open("rb") as handle:
                handle.seek(self.sizes.get(file, 0))
                texts.append(handle.read().decode("utf-8", "replace"))
        return "".join(texts)

    def _files(self) -> list[Path]:
        return sorted(self.folder.logs.glob("*.log"), key=lambda file: file.stat().st_mtime)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _last_lines(text: bytes) -> str:
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return " / ".join(lines[-LINES_QUOTED:]) or "it gave no reason"
