"""The supervisor: forks the workers, hands each new connection to the one that holds fewest, replaces those that die.

It runs no event loop and no thread, so that it can fork at any time; it answers no request itself.
"""

from __future__ import annotations

import contextlib
import itertools
import mmap
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

import uvicorn

from farthing.core.logging import logger
from farthing.entrypoints.cli.answers import EXIT_FAULT, EXIT_WORKERS
from farthing.entrypoints.cli.server import BACKLOG, DRAIN_SECONDS, stopped_by_signals
from farthing.entrypoints.cli.worker import CONNECTION, HURRY, READY, STOP, WORDS_AT_ONCE, work
from farthing.entrypoints.local.processes import alive

WATCH_SECONDS = 1.0
"""How often the embedded database is looked after."""
STOP_SECONDS = DRAIN_SECONDS + 1.5
"""How long the workers get to end before they are killed."""
EARLY_SECONDS = 10.0
"""A worker that doesn't live that long died early."""
BACK_OFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""How long to wait before a worker is replaced, by how many in a row have died early; past the last, it's over."""
ACCEPTED_AT_ONCE = 64
COUNTER_BYTES = 8


@dataclass(eq=False)
class Forked:
    """A worker, as its supervisor knows it."""

    pid: int
    channel: socket.socket
    """The supervisor's end of the pair."""
    ended: memoryview
    """One counter, written by the worker: how many connections have ended."""
    began: float
    ready: bool = False
    handed: int = 0
    """How many connections it was given."""
    turn: int = 0
    """When it was last given one, in connections of all."""

    @property
    def load(self) -> tuple[int, int]:
        """How many connections it holds; among equals, who has waited longer comes first."""
        return self.handed - self.ended[0], self.turn


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A worker that is missing."""

    due: float
    """When to fork it."""
    ended: memoryview
    """The counter that will be its."""


class Supervisor:
    """Keeps so many workers serving on one socket, until a signal, or until the embedded database is gone."""

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        *,
        workers: int,
        on_ready: Callable[[], None],
        database_pid: int | None,
    ) -> None:
        self._config = config
        self._listener = listener
        self._on_ready = on_ready
        self._database_pid = database_pid
        counters = memoryview(mmap.mmap(-1, COUNTER_BYTES * workers)).cast("Q")
        self._workers: list[Forked] = []
        self._vacancies = [Vacancy(0.0, counters[number : number + 1]) for number in range(workers)]
        self._selector = selectors.DefaultSelector()
        self._turns = itertools.count(1)
        self._announced = False
        self._accepting = False
        self._early = 0
        self._watched = 0.0
        self._code: int | None = None
        """How to end; None while there is no reason to."""
        self._hurried = False

    def run(self) -> int:
        """Serve until told to stop. Returns the exit code."""
        with self._selector, self._woken_by_signals(), stopped_by_signals(self._stop):
            try:
                while self._code is None:
                    self._fill()
                    self._attend(self._pause())
                    self._watch_database()
                self._dismiss()
            finally:
                self._kill()
        return self._code

    # --- the workers ---

    def _fill(self) -> None:
        """Fork the workers that are missing, if it is time."""
        due = [vacancy for vacancy in self._vacancies if vacancy.due <= time.monotonic()]
        for vacancy in due:
            self._vacancies.remove(vacancy)
            self._fork(vacancy.ended)

    def _fork(self, ended: memoryview) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ended[0] = 0
        sys.stdout.flush()
        sys.stderr.flush()
        # Until it has let go of what is ours, a signal to the worker would be taken for one to us.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        pid = os.fork()
        if pid == 0:
            work(self._config, theirs, ended)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        worker = Forked(pid, ours, ended, began=time.monotonic())
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._hear(worker))

    def _hear(self, worker: Forked) -> None:
        try:
            said = worker.channel.recv(WORDS_AT_ONCE)
        except ConnectionError:
            said = b""
        if READY in said:
            worker.ready = True
            self._announce()
            self._accept_or_not()
        if not said:
            self._bury(worker)

    def _announce(self) -> None:
        if not self._announced and all(worker.ready for worker in self._workers):
            self._listener.setblocking(False)
            self._listener.listen(BACKLOG)
            self._announced = True
            self._on_ready()

    def _bury(self, worker: Forked) -> None:
        """A worker has ended: say when it is replaced, if at all."""
        self._selector.unregister(worker.channel)
        worker.channel.close()
        _, status = os.waitpid(worker.pid, 0)
        self._workers.remove(worker)
        self._accept_or_not()
        if self._code is not None:
            return
        logger().error("worker_lost", pid=worker.pid, code=os.waitstatus_to_exitcode(status))
        if not self._announced:
            self._code = EXIT_FAULT  # it didn't come up; its log says why
            return
        self._early = self._early + 1 if time.monotonic() - worker.began < EARLY_SECONDS else 0
        if self._early >= len(BACK_OFF_SECONDS):
            logger().error("workers_keep_dying", in_a_row=self._early)
            self._code = EXIT_WORKERS
            return
        self._vacancies.append(Vacancy(time.monotonic() + BACK_OFF_SECONDS[self._early], worker.ended))

    # --- connections ---

    def _accept_or_not(self) -> None:
        """Accept connections while there is somebody to serve them; until then they wait in the kernel's queue."""
        wanted = self._announced and self._code is None and any(worker.ready for worker in self._workers)
        if wanted and not self._accepting:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        elif self._accepting and not wanted:
            self._selector.unregister(self._listener)
        self._accepting = wanted

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # it was given up before its turn came
            except OSError as trouble:  # no descriptors left, most likely: they come back as connections end
                logger().error("connection_not_accepted", exc_info=trouble)
                time.sleep(0.1)
                return
            with connection:
                self._hand_over(connection)

    def _hand_over(self, connection: socket.socket) -> None:
        """Give a connection to the worker that holds fewest; to the next one if that doesn't listen."""
        for worker in sorted(self._workers, key=lambda worker: worker.load):
            if worker.ready:
                try:
                    socket.send_fds(worker.channel, [CONNECTION], [connection.fileno()])
                except OSError:  # it has just died, or is stuck
                    continue
                worker.handed += 1
                worker.turn = next(self._turns)
                return

    # --- the end ---

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """A signal says stop. A second Ctrl-C says: now."""
        if self._code is None:
            self._code = 0
        elif number == signal.SIGINT:
            self._hurried = True

    def _watch_database(self) -> None:
        if self._database_pid is None or self._code is not None or time.monotonic() < self._watched + WATCH_SECONDS:
            return
        self._watched = time.monotonic()
        if not alive(self._database_pid):
            logger().error("database_lost", pid=self._database_pid)
            self._code = EXIT_FAULT

    def _dismiss(self) -> None:
        """Have the workers finish what is under way, and wait until they have ended."""
        self._accept_or_not()
        self._listener.close()
        self._tell(STOP)
        until = time.monotonic() + STOP_SECONDS
        hurry_told = False
        while self._workers and time.monotonic() < until:
            if self._hurried and not hurry_told:
                self._tell(HURRY)
                hurry_told = True
            self._attend(until - time.monotonic())

    def _tell(self, word: bytes) -> None:
        for worker in self._workers:
            with contextlib.suppress(OSError):  # it has just died, or is so stuck that it has to be killed
                worker.channel.send(word)

    def _kill(self) -> None:
        """Whoever is still there won't go by itself."""
        for worker in self._workers:
            logger().error("worker_killed", pid=worker.pid)
            os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)

    # --- waiting ---

    def _pause(self) -> float:
        """How long nothing has to be done unless something happens, in seconds."""
        return max(0.0, min([WATCH_SECONDS, *(vacancy.due - time.monotonic() for vacancy in self._vacancies)]))

    def _attend(self, seconds: float) -> None:
        """Wait for what happens, at most so long, and deal with it."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if key.fd in self._selector.get_map():  # unless what happened just before ended that
                key.data()

    @contextlib.contextmanager
    def _woken_by_signals(self) -> Iterator[None]:
        """Have a signal end the waiting."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.setblocking(False)
            self._selector.register(ours, selectors.EVENT_READ, lambda: ours.recv(WORDS_AT_ONCE))
            before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
            try:
                yield
            finally:
                signal.set_wakeup_fd(before)
