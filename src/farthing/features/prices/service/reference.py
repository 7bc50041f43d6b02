"""The instance's reference prices: what comes with the program, and what the operator adds to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from farthing.core.connection import Connection
from farthing.core.statements import Row
from farthing.features.prices.errors import RateUnfit
from farthing.features.prices.published import BANK, Published, bundled, edition, read_published
from farthing.features.prices.repository import ReferenceRepository
from farthing.kit import clock
from farthing.ledger.currencies import BY_ISO
from farthing.ledger.rates import EURO


class ReferenceService:
    """Keeps the reference prices. Unlike other services it is for no one, and about no book.

    Args:
        owner: a connection that may take on ``farthing_owner``, in a transaction.
    """

    def __init__(self, owner: Connection) -> None:
        self.reference = ReferenceRepository(owner)

    async def begin_with_history(self) -> int:
        """Write down the history that comes with the program, once for each edition of it. What is there stays.

        Returns:
            How many were written. All of it takes a second; that it was done is one look-up.
        """
        await self.reference.take_role()
        if await self.reference.was_loaded(edition()):
            return 0
        written = await self.reference.fill(read_published(bundled()), BANK)
        await self.reference.note(edition(), written, at=clock.now())
        return written

    async def add(self, prices: Sequence[Published], source: str) -> int:
        """Write reference prices down, in the place of those of the same days.

        Args:
            prices: of two for one currency and day the later holds.
            source: who says so.

        Returns:
            How many of them are new, or differ from what was there.

        Raises:
            RateUnfit: one is of the euro, or of no currency of ISO 4217, or isn't more than zero.
        """
        last: dict[tuple[str, dt.date], Decimal] = {(code, day): amount for code, day, amount in prices}
        if any(code not in BY_ISO or code == EURO or amount <= 0 for (code, _), amount in last.items()):
            raise RateUnfit
        await self.reference.take_role()
        await self.reference.alone()
        written = await self.reference.put([(code, day, amount) for (code, day), amount in last.items()], source)
        if written:
            await self.reference.note(source, written, at=clock.now())
        return written

    async def overview(self) -> list[Row]:
        """Of each currency, how many days there are prices of, the first of them, the last, and who says the last."""
        await self.reference.take_role()
        return await self.reference.overview()


async def reference_state(connection: Connection) -> int:
    """What tells one state of the reference prices from another: it rises whenever some are written."""
    return await ReferenceRepository(connection).state()
