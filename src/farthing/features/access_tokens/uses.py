"""When tokens were last used, to the minute: what the door tells of them."""

from __future__ import annotations

from collections import OrderedDict

from farthing.core.connection import Connection
from farthing.core.work import AccessTokenInvalid
from farthing.features.access_tokens.repository import UseRepository
from farthing.kit import clock

NOTED_SECONDS = 60.0
MAX_TOKENS_KNOWN = 5000


class TokenUses:
    """Writes uses of tokens down: of each token, one a minute, whatever the number of processes.

    What this process has noted lately it doesn't ask about again, and no more than that is kept here: whether a token
    is good is asked each time that something is opened.
    """

    def __init__(self) -> None:
        self._noted: OrderedDict[bytes, float] = OrderedDict()

    async def note(self, connection: Connection, digest: bytes) -> None:
        """A token is being used. The connection is in no transaction.

        Raises:
            AccessTokenInvalid: there is no such token, or it is good no longer.
        """
        now = clock.now().timestamp()
        if now < self._noted.get(digest, 0.0) + NOTED_SECONDS:
            return
        if not await UseRepository(connection).note(digest):
            raise AccessTokenInvalid
        self._noted[digest] = now
        self._noted.move_to_end(digest)
        if len(self._noted) > MAX_TOKENS_KNOWN:
            self._noted.popitem(last=False)
