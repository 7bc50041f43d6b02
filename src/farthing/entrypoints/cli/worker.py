"""A worker: one of several processes that answer requests. Its supervisor hands it connections, and tells it to stop.

The two talk over a pair of sockets that nobody else holds, a byte for each word. Its end, on either side, is how the
other's death is noticed: at once, on every system, and whatever killed it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from farthing.core.logging import logger
from farthing.entrypoints.api.metrics import SHARED_FOLDER
from farthing.entrypoints.cli.answers import EXIT_FAULT, EXIT_UNEXPECTED
from farthing.entrypoints.cli.server import Server

READY = b"r"
"""The worker's only word: it can answer."""
CONNECTION, STOP, HURRY = b"c", b"s", b"h"
"""The supervisor's: a connection comes along; finish what is under way and end; end now."""
WORDS_AT_ONCE = 64
STANDARD_STREAMS = 3


def work(config: uvicorn.Config, channel: socket.socket, ended: memoryview) -> NoReturn:
    """Be a worker, in a process just forked for it with the signals held back, and end with it.

    Args:
        config: the application, and how it is served.
        channel: the worker's end of the pair.
        ended: a counter of connections that have ended, in memory shared with the supervisor.
    """
    code = EXIT_UNEXPECTED
    try:
        _heed_the_supervisor_alone(channel)
        worker = Worker(config, channel, ended)
        uvloop.run(worker.serve(sockets=[]))
        if worker.orphaned:  # nobody else will clear it away
            shutil.rmtree(os.environ[SHARED_FOLDER], ignore_errors=True)
        code = 0 if worker.healthy else EXIT_FAULT
    except BaseException as error:  # noqa: BLE001 - nothing may get past here: what lies beyond is the supervisor's
        logger().error("worker_broke", exc_info=error)
    finally:
        os._exit(code)


class Worker(Server):
    """Serves connections that were accepted elsewhere, until the supervisor says stop or is gone."""

    def __init__(self, config: uvicorn.Config, channel: socket.socket, ended: memoryview) -> None:
        super().__init__(config, on_ready=self._begin, database_pid=None)
        self._channel = channel
        self._ended = ended
        self._arriving: set[asyncio.Task[None]] = set()
        self.orphaned = False
        """Whether the supervisor has died."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals as they are."""
        yield

    def _begin(self) -> None:
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._hear)
        self._channel.send(READY)

    def _hear(self) -> None:
        try:
            words, descriptors, _, _ = socket.recv_fds(self._channel, WORDS_AT_ONCE, WORDS_AT_ONCE)
        except BlockingIOError:
            return
        except ConnectionError:
            words, descriptors = b"", []
        # A connection that this process had no descriptor left for came without one, and was closed by that.
        self._ended[0] += words.count(CONNECTION) - len(descriptors)
        for descriptor in descriptors:
            arrival = asyncio.get_running_loop().create_task(self._welcome(socket.socket(fileno=descriptor)))
            self._arriving.add(arrival)
            arrival.add_done_callback(self._arriving.discard)
        if not words:
            logger().error("supervisor_lost")
            self.orphaned = True
            asyncio.get_running_loop().remove_reader(self._channel)
        self.should_exit |= not words or STOP in words
        self.force_exit |= HURRY in words

    async def _welcome(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()
            self._count_end()

    def _protocol(self) -> asyncio.Protocol:
        return CountedConnection(
            self.config, self.server_state, self.lifespan.state, asyncio.get_running_loop(), on_end=self._count_end
        )

    def _count_end(self) -> None:
        self._ended[0] += 1


class CountedConnection(HttpToolsProtocol):
    """A connection whose end is told."""

    def __init__(self, *arguments: Any, on_end: Any) -> None:
        super().__init__(*arguments)
        self._on_end = on_end

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell, too."""
        super().connection_lost(exc)
        self._on_end()


def _heed_the_supervisor_alone(channel: socket.socket) -> None:
    """Ignore the signals that the supervisor acts on: Ctrl-C and service managers send them to the whole group.

    And let go of all that came along with the fork: a lock on the data folder, or the port, that a worker held a copy
    of would outlive its supervisor.
    """
    signal.set_wakeup_fd(-1)
    stopping = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    for number in stopping:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, stopping)
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        if descriptor >= STANDARD_STREAMS and descriptor != channel.fileno():
            with contextlib.suppress(OSError):  # the one that the list itself was read from
                os.close(descriptor)
