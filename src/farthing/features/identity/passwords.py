"""Passwords: argon2id (RFC 9106), one at a time in each worker, with a short queue.

Each hash takes 64 MiB and a good part of a second by design; unbounded, a few hundred sign-ins at once would take the
machine's memory. It is done by a thread that lets others go first: whoever is signed in doesn't notice. For an address
that nobody has, a dummy hash is checked, so that it costs a stranger the same time.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash

from farthing.features.identity.errors import SignInBusy
from farthing.kit import ids

WORKERS = 1
"""Threads that hash, in each process: each takes 64 MiB while it does."""
MAX_WAITING = 24
"""How many wait for them at most."""
MOST_SECONDS = 6.0
"""How long they wait at most, as far as can be told: less than half of the longest that a request may take."""
INERTIA = 0.8
"""How much of what is thought to be a hash's time stays when another was timed."""
COURTESY = 5
"""How much the threads let others go first (nice)."""
T = TypeVar("T")


class Passwords:
    """Makes and checks password hashes off the event loop."""

    def __init__(self, hasher: PasswordHash | None = None, *, most_seconds: float = MOST_SECONDS) -> None:
        self._hasher = hasher or PasswordHash.recommended()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="argon2", initializer=_let_others_go_first)
        self._under_way = 0
        self._most_seconds = most_seconds
        self._each_seconds = 0.0
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password, with its salt and parameters in it.

        Raises:
            SignInBusy: the queue is full.
        """
        return await self._run(self._hasher.hash, password)

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one that was hashed. None (nobody has that address) takes as long, and is no.

        Raises:
            SignInBusy: the queue is full.
        """
        right, _ = await self.check_anew(password, password_hash)
        return right

    async def check_anew(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """The same, and a new hash of the password where it is right and its hash cheaper than those of today.

        Raises:
            SignInBusy: the queue is full.
        """
        if password_hash is None:
            if self._dummy is None:
                self._dummy = await self._run(self._hasher.hash, ids.new_secret("dummy"))
            await self._run(self._hasher.verify_and_update, password, self._dummy)
            return False, None
        return await self._run(self._hasher.verify_and_update, password, password_hash)

    async def warm_up(self) -> None:
        """Make the dummy hash before anyone could measure that it is made."""
        self._dummy = await self._run(self._hasher.hash, ids.new_secret("dummy"))

    def close(self) -> None:
        """Let the workers go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        too_long = self._under_way * self._each_seconds > self._most_seconds * WORKERS
        if self._under_way >= WORKERS + MAX_WAITING or too_long:
            raise SignInBusy
        self._under_way += 1
        try:
            done, seconds = await asyncio.get_running_loop().run_in_executor(self._pool, _timed, work, *arguments)
        finally:
            self._under_way -= 1
        self._each_seconds = INERTIA * self._each_seconds + (1 - INERTIA) * seconds
        return done


def _timed(work: Callable[..., T], *arguments: str) -> tuple[T, float]:
    began = time.perf_counter()
    done = work(*arguments)
    return done, time.perf_counter() - began


def _let_others_go_first() -> None:
    """Only Linux tells the threads of a process apart."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), COURTESY)
