"""The API behind a real HTTP server, on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from farthing.core.settings import Settings
from farthing.entrypoints.api.app import create_app
from farthing.features.identity.passwords import Passwords


@contextmanager
def listening(settings: Settings, signing_key: str) -> Iterator[str]:
    """Serve on a free port; gives the address."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    shell = create_app(settings, signing_key, Passwords(cheap))
    server = uvicorn.Server(uvicorn.Config(shell, port=0, log_config=None, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server didn't start"
            time.sleep(0.01)
        ((socket, *_), *_) = (listener.sockets for listener in server.servers)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
