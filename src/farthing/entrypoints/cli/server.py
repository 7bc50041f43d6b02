"""The web server: uvicorn, stopped by signals without a sound, and by the end of the embedded database."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from farthing.core.logging import logger
from farthing.core.settings import Settings
from farthing.entrypoints.local.processes import alive

DRAIN_SECONDS = 8
"""How long requests under way may take once the program is told to stop."""
KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than proxies keep theirs, so that none is cut off."""
BACKLOG = 2048
"""Connections that may wait to be taken; more requests than are welcome at once are sent away, not kept waiting."""
WATCH_TICKS = 10
"""How often the embedded database is looked after, in ticks of uvicorn's, ten of which are a second."""


def configured(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the application: no log of requests, which the application keeps itself."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        backlog=BACKLOG,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


class Server(uvicorn.Server):
    """Serves until a signal, or until the database that it brought along is gone.

    Without its database it would only answer 503; whoever supervises the program restarts both.
    """

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None], database_pid: int | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._database_pid = database_pid
        self._database_lost = False

    @property
    def healthy(self) -> bool:
        """Whether it came up, and ended because it was told to."""
        return self.started and not self._database_lost

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Bring the application up, and say so once it answers."""
        try:
            await super().startup(sockets)
        except SystemExit:  # the application didn't come up; the log says why
            self.should_exit = True
            return
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Look after the database, too. Returns whether to stop."""
        if self._database_pid is not None and counter % WATCH_TICKS == 0 and not alive(self._database_pid):
            logger().error("database_lost", pid=self._database_pid)
            self._database_lost = True
            return True
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in order at these signals. Unlike uvicorn, don't raise them again: stopping was all they asked."""
        with stopped_by_signals(self.handle_exit):
            yield


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have ``stop`` called by each signal that asks the program to end."""
    # A script's background programs begin with Ctrl-C ignored, yet a SIGINT sent to one by its pid is meant. Under
    # nohup, on the other hand, the end of the terminal is to be ignored.
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
