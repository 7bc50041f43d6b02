"""``farthing attachments``: what is kept of files, and for whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from farthing.entrypoints.cli.answers import answer_json
from farthing.entrypoints.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from farthing.core.settings import Settings

app = typer.Typer(help="The files that are attached to transactions and accounts.", no_args_is_help=True)


@app.callback()
def attachments() -> None:
    """Have the commands be named, also while there is but one."""


@app.command()
def sweep(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Delete what is kept for nobody: uploads that came to nothing, and files deleted more than 30 days ago."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings:
        orphans, unused = asyncio.run(sweep_storage(settings))
    if as_json:
        answer_json({"orphans": orphans, "unused": unused})
    else:
        print(f"Deleted {orphans} uploads that came to nothing, and {unused} files that were deleted long ago.")


async def sweep_storage(settings: Settings) -> tuple[int, int]:
    """Delete what is kept for nobody. Broken off at any moment, it leaves only what the next one deletes.

    Returns:
        How many objects no row ever named, and how many nothing has needed for long.

    Raises:
        StorageUnavailable: the storage can't be read or written.
    """
    from farthing.core.connection import Begin  # noqa: PLC0415 - for a quick --help
    from farthing.core.database import owner_connection, required_url  # noqa: PLC0415 - as above
    from farthing.core.storage import Storage  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import told  # noqa: PLC0415 - as above
    from farthing.features.attachments.service import SweepService  # noqa: PLC0415 - as above

    storage = Storage(settings)
    unused = 0
    with told():
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
