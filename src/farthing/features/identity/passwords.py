"""Passwords: argon2id (RFC 9106), two at a time, with a short queue.

Each hash takes 64 MiB and a good part of a second by design; unbounded, a few hundred sign-ins at once would take the
machine's memory. For an address that nobody has, a dummy hash is checked, so that it costs a stranger the same time.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash

from farthing.features.identity.errors import SignInBusy
from farthing.kit import ids

WORKERS = 2
MAX_WAITING = 32


class Passwords:
    """Makes and checks password hashes off the event loop."""

    def __init__(self, hasher: PasswordHash | None = None) -> None:
        self._hasher = hasher or PasswordHash.recommended()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="argon2")
        self._under_way = 0
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
        if password_hash is None:
            if self._dummy is None:
                self._dummy = await self._run(self._hasher.hash, ids.new_secret("dummy"))
            await self._run(self._hasher.verify, password, self._dummy)
            return False
        return bool(await self._run(self._hasher.verify, password, password_hash))

    async def warm_up(self) -> None:
        """Make the dummy hash before anyone could measure that it is made."""
        self._dummy = await self._run(self._hasher.hash, ids.new_secret("dummy"))

    def close(self) -> None:
        """Let the workers go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: object, *arguments: str) -> str:
        if self._under_way >= WORKERS + MAX_WAITING:
            raise SignInBusy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)  # type: ignore[arg-type]
        finally:
            self._under_way -= 1
