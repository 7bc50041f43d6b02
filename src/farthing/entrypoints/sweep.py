"""Sweeping: the objects that the storage keeps for nobody, across all books. The operator's doing, or the worker's."""

from __future__ import annotations

from farthing.core.connection import Begin
from farthing.core.database import owner_connection, required_url
from farthing.core.settings import Settings
from farthing.core.storage import Storage
from farthing.features.attachments.service import SweepService


async def sweep_storage(settings: Settings) -> tuple[int, int]:
    """Delete what is kept for nobody. Broken off at any moment, it leaves only what the next one deletes.

    Returns:
        How many objects no row ever named, and how many nothing has needed for long.

    Raises:
        StorageUnavailable: the storage can't be read or written.
    """
    storage = Storage(settings)
    unused = 0
    async with owner_connection(required_url(settings)) as owner:
        sweeping = SweepService(owner)
        await owner.begin(Begin.READING)
        books = await sweeping.books()
        await owner.commit()
        for book_id in books:
            await owner.begin(Begin.WRITING)
            names = await sweeping.forget(book_id)
            await owner.commit()
            for name in names:
                await storage.delete(name)
            unused += len(names)
        # Listed before it is asked what is named: else what is stored and named in between would be deleted.
        listed = [each async for each in storage.objects()]
        await owner.begin(Begin.READING)
        orphans = await sweeping.orphans(listed)
        await owner.commit()
        for name in orphans:
            await storage.delete(name)
    return len(orphans), unused
